package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/anchor/audit"
	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/verify"
)

func (e *env) auditCommand() *cli.Command {
	return &cli.Command{
		Name:      "audit",
		Usage:     "replay a log from the chain and its tiles, and judge it",
		ArgsUsage: "LOG|REGISTRY",
		Description: `LOG is eip155:CHAIN:REGISTRY:LOGID; REGISTRY is eip155:CHAIN:REGISTRY, and
every log opened there is audited. What is read is the registry's events, by
--rpc, and the tiles that the log serves; no index of a node is asked. Each
anchored root is computed anew from the entries, each status root from the
status entries. When a root differs, the report names the entry that was
changed, or those among which it is.

The tiles are read at https://ORIGIN, or where --tiles says; further --tiles
are mirrors, and what they serve is compared. In a registry, write LOGID=URL.

With --from and --to only the anchors between are judged: a block's number, a
date in UTC, or a time as in RFC 3339. What lies before is read all the same, since a
root is over all entries and a state comes from all status entries; the last
anchor before is judged, so that what is found there is known to be true. An
audit with --to does not look at what the log serves now, and so two auditors
who give the same range write the same bytes.

With --state it can be interrupted, and the same command goes on.

Exit code 0: verified. 1: refuted, and only that. 2: could not tell.

Examples:
   akashi audit eip155:1337:0x22c3…:0x9f86… --rpc http://127.0.0.1:8545
   akashi audit eip155:1337:0x22c3…:0x9f86… --rpc URL --state audit.state \
      --to 2026-09-30 -o report.json --html report.html --key auditor.key
   akashi audit eip155:1337:0x22c3… --rpc URL --tiles 0x9f86…=http://10.0.0.7`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "rpc", Usage: "`URL` of a JSON-RPC of the chain (needed)", EnvVars: []string{"AKASHI_RPC"}},
			&cli.DurationFlag{Name: "rpc-timeout", Usage: "longest `TIME` that the RPC may take for each answer", Value: 30 * time.Second},
			&cli.Uint64Flag{Name: "confirmations", Usage: "take a block as final when `N` lie above it, for chains without finality"},
			&cli.StringSliceFlag{Name: "tiles", Usage: "`[LOGID=]URL` where the log serves its tiles; may be repeated"},
			&cli.StringFlag{Name: "from", Usage: "`BLOCK or TIME` of the first anchors to judge"},
			&cli.StringFlag{Name: "to", Usage: "`BLOCK or TIME` of the last anchors to judge"},
			&cli.DurationFlag{Name: "max-gap", Usage: "warn when there was no anchor for longer than `TIME`"},
			&cli.StringFlag{Name: "state", Usage: "`FILE` that keeps how far the audit has come"},
			&cli.DurationFlag{Name: "log-time", Usage: "in a registry: longest `TIME` for one log that is read at its origin", Value: audit.DefaultLogTime},
			&cli.IntFlag{Name: "parallel", Usage: "ask for `N` tiles at once", Value: audit.DefaultParallel},
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "`FILE` for the report in JSON"},
			&cli.StringFlag{Name: "html", Usage: "`FILE` for the report as a page to print"},
			&cli.StringFlag{Name: "lang", Usage: "language of that page: `en or ja`", Value: string(audit.English)},
			&cli.StringFlag{Name: "key", Usage: "`FILE` of akashi audit key: signs the report, in FILE.sig beside --output"},
		},
		Subcommands: []*cli.Command{e.auditKeyCommand(), e.auditCheckCommand()},
		Action:      e.audit,
	}
}

func (e *env) audit(c *cli.Context) error {
	if c.NArg() != 1 {
		return usage("give the one log, eip155:CHAIN:REGISTRY:LOGID, or the registry, eip155:CHAIN:REGISTRY")
	}
	o, err := auditOptions(c)
	if err != nil {
		return err
	}
	files, err := e.newAuditFiles(c)
	if err != nil {
		return err
	}
	timeout := c.Duration("rpc-timeout")
	if timeout <= 0 {
		return usage("--rpc-timeout %s is not above zero", timeout)
	}
	if c.String("rpc") == "" {
		return usage("give --rpc URL: an audit reads the chain's events")
	}
	// An audit takes hours, perhaps: what it cannot write is to be known before.
	if err := files.writable(o.State); err != nil {
		return codedError{exitUnknown, err}
	}
	client, err := anchor.Dial(c.String("rpc"), timeout)
	if err != nil {
		return usage("--rpc: %v", err)
	}
	defer client.Close()
	o.Client = client
	line := e.progress()
	line.began = time.Now()
	o.Progress = line.audit
	report, err := audit.Run(c.Context, o)
	line.clear()
	switch {
	case errors.Is(err, audit.ErrOptions), errors.Is(err, audit.ErrState):
		return codedError{exitUsage, err}
	case errors.Is(err, context.Canceled) && o.State != "":
		return codedError{exitUnknown, fmt.Errorf("%w; %s keeps what was read: give the same command once more to go on", err, o.State)}
	case errors.Is(err, context.Canceled):
		return codedError{exitUnknown, fmt.Errorf("%w; with --state FILE an audit goes on where it was", err)}
	case report == nil:
		return codedError{exitUnknown, err}
	case err != nil:
		e.complain("%v", err)
	}
	// Whatever goes wrong from here on says nothing about the log.
	raw, err := audit.EncodeJSON(report)
	if err != nil {
		return codedError{exitUnknown, err}
	}
	if err := files.write(report, raw); err != nil {
		return codedError{exitUnknown, err}
	}
	if e.json {
		err = e.write(append(bytes.TrimRight(raw, "\n"), '\n'))
	} else {
		var b bytes.Buffer
		printAudit(&b, report)
		files.print(&b)
		if o.State != "" && report.Verdict == verify.CouldNotTell {
			fmt.Fprintf(&b, "to do    %s keeps what was read, if entries are missing: give the same command once more to go on\n", o.State)
		}
		err = e.write([]byte(plain(b.String())))
	}
	if err != nil {
		return codedError{exitUnknown, err}
	}
	return exit(exitFor(report.Verdict, verify.Verified, verify.Refuted))
}

// audit shows how far an audit has come.
func (l *progressLine) audit(p audit.Progress) {
	if p.Log == 0 {
		l.show("blocks %d of %d", p.Done, p.Total)
		return
	}
	// A log of 2^56 entries is in no int of 32 bits; nor is it audited there.
	l.bar(int(p.Done), int(p.Total), "entries of %s, %d anchors, log %d of %d", p.Origin, p.Anchors, p.Log, p.Logs)
}

// auditOptions reads the command line.
func auditOptions(c *cli.Context) (o audit.Options, err error) {
	subject := c.Args().First()
	ref, err := checkpoint.ParseLogRef(subject)
	if err == nil {
		o.Log = &ref.Log
	} else {
		whole := err
		if ref, err = checkpoint.ParseLogRef(subject + ":" + checkpoint.LogID{}.String()); err != nil {
			return o, usage("%v, or eip155:CHAIN:0xREGISTRY", whole)
		}
	}
	o.ChainID, o.Registry = ref.ChainID, ref.Registry
	o.Confirmations, o.MaxGap, o.State, o.Parallel = c.Uint64("confirmations"), c.Duration("max-gap"), c.String("state"), c.Int("parallel")
	if o.LogTime = c.Duration("log-time"); o.LogTime <= 0 {
		return o, usage("--log-time %s is not above zero", o.LogTime)
	}
	if o.Parallel < 1 || o.Parallel > 256 {
		return o, usage("--parallel %d: want 1 to 256", o.Parallel)
	}
	if o.From, err = bound(c.String("from"), false); err != nil {
		return o, usage("--from: %v", err)
	}
	if o.To, err = bound(c.String("to"), true); err != nil {
		return o, usage("--to: %v", err)
	}
	for _, t := range c.StringSlice("tiles") {
		var at audit.Tiles
		id, url, ok := strings.Cut(t, "=")
		if ok && !strings.Contains(id, "/") {
			at.Log, at.URL = new(checkpoint.LogID), url
			if err := at.Log.UnmarshalText([]byte(id[strings.LastIndexByte(id, ':')+1:])); err != nil {
				return o, usage("--tiles: %v; want LOGID=URL", err)
			}
		} else {
			at.URL = t
		}
		o.Tiles = append(o.Tiles, at)
	}
	return o, nil
}

// bound reads an end of the range. A date stands for its first second, or as
// the end for its last.
func bound(text string, end bool) (b audit.Bound, err error) {
	if text == "" {
		return b, nil
	}
	if n, err := strconv.ParseUint(text, 10, 53); err == nil {
		b.Block = &n
		return b, nil
	}
	if b.Time, err = time.Parse(time.RFC3339, text); err == nil {
		return b, nil
	}
	if b.Time, err = time.Parse(time.DateOnly, text); err == nil {
		if end {
			b.Time = b.Time.AddDate(0, 0, 1).Add(-time.Second)
		}
		return b, nil
	}
	return b, fmt.Errorf("%q is no block, no date like 2026-09-30 and no time like 2026-09-30T12:00:00Z", text)
}

// auditFiles are the files that an audit writes.
type auditFiles struct {
	report, page string
	lang         audit.Lang
	signer       *checkpoint.Signer
}

func (e *env) newAuditFiles(c *cli.Context) (f auditFiles, err error) {
	f.report, f.page = c.String("output"), c.String("html")
	if f.lang, err = audit.ParseLang(c.String("lang")); err != nil {
		return f, usage("--lang: %v", err)
	}
	if path := c.String("key"); path != "" {
		if f.report == "" {
			return f, usage("--key signs the file that --output names: give both")
		}
		if f.signer, err = e.readAuditKey(c.Context, path); err != nil {
			return f, codedError{exitUsage, fmt.Errorf("--key: %w", err)}
		}
	}
	return f, nil
}

// writable reports an error when a file that is to come of the audit cannot be
// written where it is to be.
func (f auditFiles) writable(state string) error {
	for _, x := range [][2]string{{"--output", f.report}, {"--html", f.page}, {"--state", state}} {
		if x[1] == "" {
			continue
		}
		try, err := os.CreateTemp(filepath.Dir(x[1]), ".akashi-*")
		if err != nil {
			return fmt.Errorf("%s %s: %w", x[0], x[1], pathless(err))
		}
		try.Close()
		os.Remove(try.Name())
	}
	return nil
}

func (f auditFiles) signature() string { return f.report + ".sig" }

func (f auditFiles) write(r *audit.Report, raw []byte) error {
	var pages [][]byte
	if f.page != "" {
		p := audit.Page{Lang: f.lang}
		if f.signer != nil {
			p.Key = f.signer.VerifierKey()
		}
		var b bytes.Buffer
		if err := audit.WriteHTML(&b, r, p); err != nil {
			return err
		}
		if err := replace(f.page, b.Bytes(), 0o644); err != nil {
			return fmt.Errorf("--html %s: %w", f.page, pathless(err))
		}
		pages = append(pages, b.Bytes())
	}
	if f.report == "" {
		return nil
	}
	if err := replace(f.report, raw, 0o644); err != nil {
		return fmt.Errorf("--output %s: %w", f.report, pathless(err))
	}
	if f.signer == nil {
		return nil
	}
	sig, err := audit.SignReport(f.signer, raw, pages...)
	if err != nil {
		return err
	}
	if err := replace(f.signature(), sig, 0o644); err != nil {
		return fmt.Errorf("%s: %w", f.signature(), pathless(err))
	}
	return nil
}

func (f auditFiles) print(w io.Writer) {
	if f.report != "" {
		fmt.Fprintf(w, "report   %s\n", f.report)
	}
	if f.page != "" {
		fmt.Fprintf(w, "page     %s\n", f.page)
	}
	if f.signer != nil {
		fmt.Fprintf(w, "signed   %s, by %s\n", f.signature(), f.signer.VerifierKey())
	}
}
