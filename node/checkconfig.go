package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"runtime"
	"strings"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/contracts"
	"github.com/akashi-project/akashi/verify"
)

// Results of a ConfigCheck.
const (
	CheckPass    = "pass"
	CheckWarn    = "warn"    // works, and should be looked at
	CheckFail    = "fail"    // the node would not start, or not do its work
	CheckUnknown = "unknown" // the chain could not be asked
)

// A ConfigCheck is one thing that was looked at, with one sentence of what was
// found, and what to do about it unless it passed.
type ConfigCheck struct {
	Name   string `json:"name"`   // "settings", "values", "files", "mode", "chain", "registry", "log" or "operator"
	Result string `json:"result"` // CheckPass and so on
	Text   string `json:"text"`
}

// CheckConfig looks at a configuration as a node would: whether it can be
// read, its values, the files that it names and, when online, whether the
// chain has the registry and the log's operator is one of the node's keys. It
// changes nothing, and does not need the node to be stopped.
func CheckConfig(ctx context.Context, path string, environ []string, flags map[string]string, online bool) []ConfigCheck {
	var all []ConfigCheck
	add := func(name, result, format string, a ...any) {
		all = append(all, ConfigCheck{name, result, fmt.Sprintf(format, a...)})
	}
	// each makes a check of each error that was joined.
	each := func(name string, err error, good string) {
		if err == nil {
			add(name, CheckPass, "%s", good)
			return
		}
		for _, one := range parts(err) {
			add(name, CheckFail, "%s", strings.ReplaceAll(one.Error(), "\n", "; "))
		}
	}
	l, err := load(path, environ, flags)
	each("settings", err, fmt.Sprintf("%d of %d settings are set, the others have their default", len(l.places), len(l.settings)))
	if l.unread {
		return all // what follows would complain of all that stands there
	}
	c := l.config.withDefaults()
	c.Logger = slog.New(slog.DiscardHandler)
	values := c.checkValues()
	each("values", values, "every value is within its bounds")
	f, err := c.readFiles()
	each("files", err, "the files that are named can be read, and belong together")
	if text := tooOpen(path, c.Chain.RPC); text != "" {
		add("mode", CheckWarn, "%s", text)
	}
	if online && values == nil {
		all = append(all, c.checkChain(ctx, f)...)
	}
	return all
}

// parts takes joined errors apart, and leaves those whole that say something of
// all their parts.
func parts(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok || errors.Join(joined.Unwrap()...).Error() != err.Error() {
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, parts(e)...)
	}
	return all
}

// tooOpen says that others can read an RPC's access key.
func tooOpen(path, rpc string) string {
	u, err := url.Parse(rpc)
	if err != nil || strings.Trim(u.EscapedPath(), "/") == "" && u.RawQuery == "" && u.User == nil {
		return ""
	}
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS == "windows" || info.Mode().Perm()&0o007 == 0 {
		return ""
	}
	return fmt.Sprintf("%s has mode %04o, and chain.rpc may hold a provider's key, which others can read: run chmod 600 on it", path, info.Mode().Perm())
}

// checkChain asks the chain.
func (c Config) checkChain(ctx context.Context, f files) (all []ConfigCheck) {
	add := func(name, result, format string, a ...any) {
		all = append(all, ConfigCheck{name, result, fmt.Sprintf(format, a...)})
	}
	failed := func(name string, err error) {
		result := CheckFail
		if errors.Is(err, anchor.ErrNoAnswer) {
			result = CheckUnknown
		}
		add(name, result, "%v", err)
	}
	client, err := anchor.Dial(c.Chain.RPC, c.Chain.Timeout.Duration)
	if err != nil {
		failed("chain", err)
		return all
	}
	defer client.Close()
	ref := c.ref()
	err = client.CheckRegistry(ctx, ref, verify.BlockHash(contracts.RuntimeCodeHash))
	if err != nil && !errors.Is(err, anchor.ErrNoRegistry) && !errors.Is(err, anchor.ErrOtherCode) {
		failed("chain", err)
		return all
	}
	add("chain", CheckPass, "%s is a node of chain %d", client.Host(), c.Chain.ID)
	if err != nil {
		failed("registry", err)
		return all
	}
	add("registry", CheckPass, "%s is an AnchorRegistry of this release", c.Chain.Registry)
	o, err := client.Owner(ctx, ref)
	switch {
	case err != nil:
		failed("log", err)
		return all
	case o.Owner.IsZero() && f.opening == nil:
		add("log", CheckWarn, "the log is not open yet, and log.open_file is not set: nothing is anchored until somebody opens it")
		return all
	case o.Owner.IsZero():
		add("log", CheckPass, "the log is not open yet: the node opens it when it first runs")
		o.Operator = f.opening.Operator
	case o.Closed:
		add("log", CheckFail, "its owner closed this log: nothing can be anchored in it any more; open a new one with akashi init")
		return all
	default:
		add("log", CheckPass, "the log is open, with %d entries anchored", o.Size)
	}
	switch {
	case f.operator != nil && f.operator.Address() == o.Operator:
		add("operator", CheckPass, "chain.operator_key_file is the key of the log's operator %s", o.Operator)
	default:
		if _, err := newKeyring(c, nil, c.Logger).operator(o.Operator); err != nil {
			add("operator", CheckFail, "the log's operator is %s, whose key is neither chain.operator_key_file nor in %s: put it there, or let the owner name another operator", o.Operator, c.operatorKeysDir())
			return all
		}
		add("operator", CheckPass, "the key of the log's operator %s is in %s", o.Operator, c.operatorKeysDir())
	}
	return all
}
