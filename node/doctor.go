package node

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/contracts"
	"github.com/akashi-project/akashi/store"
	"github.com/akashi-project/akashi/verify"
)

// A Level says how a Finding is to be taken.
type Level string

// The levels of findings.
const (
	OK   Level = "ok"
	Warn Level = "warn" // it works, and will not for ever
	Fail Level = "fail" // it does not work, or something may be lost
)

// A Finding is one thing that Doctor looked at.
type Finding struct {
	Code  string `json:"code"`  // of FindingCodes
	Level Level  `json:"level"` // ok, warn or fail
	Text  string `json:"text"`  // what was found, one sentence
	Do    string `json:"do,omitempty"`
}

// FindingCodes are what Doctor looks at, in its order. Their names stay.
// docs/operations.md says of each what to do.
var FindingCodes = []string{
	"config", "store-secret", "checkpoint-key", "operator-key", "owner-key", "tokens", "binding", "certificate", "badge-key", "badge-contexts",
	"disk", "backup", "store", "node", "logging", "checkpoint", "anchoring",
	"rpc", "clock", "chain", "finality", "log", "funds", "fee",
}

// Bounds by which findings are judged.
const (
	minFree      = 512 << 20           // bytes on the store's disk below which writing is about to fail
	fewFree      = 5 << 30             // and below which somebody should look
	fewSeconds   = 10 * time.Second    // that clocks may differ
	manySeconds  = 2 * time.Minute     // by which records get wrong times, and TLS may fail
	slowRPC      = 2 * time.Second     // per question
	oldHead      = 30 * time.Minute    // of the chain's latest block
	lateFinality = 45 * time.Minute    // between the latest and the final block; Ethereum needs some 15
	endsSoon     = 14 * 24 * time.Hour // of certificates, tokens and funds
	endsNow      = 2 * 24 * time.Hour
)

// A doctor gathers findings.
type doctor struct {
	c        Config
	dir      string // of akashi init; empty: not known
	client   *Client
	now      func() time.Time
	findings []Finding

	every   time.Duration // between the last final anchors; 0: not known
	running bool
}

func (d *doctor) say(code string, level Level, do, format string, a ...any) {
	if level == OK {
		do = ""
	}
	d.findings = append(d.findings, Finding{Code: code, Level: level, Text: fmt.Sprintf(format, a...), Do: do})
}

// Doctor looks at everything that a node needs: its files, disk, chain and
// account, and the node itself through client when it runs. It changes nothing.
// What cannot be looked at because of something else that failed is left out.
// dir is the folder of akashi init.
func Doctor(ctx context.Context, c Config, dir string, client *Client) []Finding {
	c = c.withDefaults()
	d := &doctor{c: c, dir: dir, client: client, now: c.Now}
	if err := c.checkValues(); err != nil { // files are looked at one by one
		d.say("config", Fail, "Mend what is named; akashi config check looks again.", "The configuration is wrong: %s.", oneLine(err))
		return d.findings
	}
	d.say("config", OK, "", "The configuration is complete and each value is possible.")
	operator := d.files()
	d.disk()
	d.backup()
	d.work(ctx)
	d.chain(ctx, operator)
	return d.findings
}

// oneLine joins the lines of an error.
func oneLine(err error) string {
	var b []byte
	for _, r := range err.Error() {
		if r == '\n' {
			b = append(b, "; "...)
			continue
		}
		b = append(b, string(r)...)
	}
	return string(b)
}

// files looks at keys and other small files. It returns the operator's
// address, zero when the key cannot be read.
func (d *doctor) files() (operator checkpoint.Address) {
	c := d.c
	const private = "Put the file back from your copy of secrets/, readable for the node's account only (chmod 600)."
	if _, err := readStoreSecret(c.Store.SecretFile); err != nil {
		d.say("store-secret", Fail, private, "The store cannot be opened without its secret: %v.", err)
	} else {
		d.say("store-secret", OK, "", "The store's secret is there and private.")
	}
	if vkey, err := d.checkpointKey(); err != nil {
		d.say("checkpoint-key", Fail, private, "Checkpoints cannot be signed: %v.", err)
	} else {
		d.say("checkpoint-key", OK, "", "The checkpoint key is that of %s.", vkey)
	}
	if key, err := anchor.LoadKey(c.Chain.OperatorKeyFile, c.Chain.OperatorPassFile); err != nil {
		d.say("operator-key", Fail, private, "The operator key cannot be used: %v.", err)
	} else {
		operator = key.Address()
		d.say("operator-key", OK, "", "The operator key opens; its account is %s.", operator.Checksum())
	}
	d.ownerKey()
	d.tokens()
	d.binding()
	d.certificate()
	d.badgeKey()
	d.badgeContexts()
	return operator
}

// checkpointKey reads the signer as a start does.
func (d *doctor) checkpointKey() (string, error) {
	if d.c.Log.CheckpointKeyFile == "" {
		keys, err := CheckpointKeys(d.c)
		if err == nil && len(keys) == 0 {
			err = fmt.Errorf("there is no key in %s", d.c.checkpointKeysDir())
		}
		if err != nil {
			return "", err
		}
		return keys[len(keys)-1].Key, nil
	}
	signer, err := d.c.readSigner(d.c.Log.CheckpointKeyFile)
	if err != nil {
		return "", err
	}
	return signer.VerifierKey(), nil
}

// ownerKey wants the owner's key elsewhere, unless all is a trial.
func (d *doctor) ownerKey() {
	if d.dir == "" || isTrial(d.c.Chain.ID) {
		return
	}
	path := filepath.Join(d.dir, ownerKeyFile)
	if _, err := os.Stat(path); err == nil {
		d.say("owner-key", Warn, "Move the folder cold/ to a place that is not connected, its passphrase to another.",
			"The owner's key lies on the node's disk, in %s: who steals it owns the log.", path)
		return
	}
	d.say("owner-key", OK, "", "The owner's key is not on the node's disk.")
}

// isTrial says whether a chain is one for trying things out.
func isTrial(chain uint64) bool {
	n, ok := NetworkOf(chain)
	return ok && n.Dev
}

func (d *doctor) tokens() {
	b, err := readTokensFile(d.c.HTTP.TokensFile)
	var list []Token
	if err == nil {
		list, err = ParseTokens(b)
	}
	if err != nil {
		d.say("tokens", Fail, "Mend the line, or put the file back; a running node keeps to the tokens that it read before.", "The tokens file cannot be used: %v.", err)
		return
	}
	live, ended := 0, 0
	var next Token
	for _, t := range list {
		if t.Expired(d.now()) {
			ended++
			continue
		}
		live++
		if !t.Expires.IsZero() && (next.Expires.IsZero() || t.Expires.Before(next.Expires)) {
			next = t
		}
	}
	switch {
	case live == 0:
		d.say("tokens", Fail, "Make one with akashi token new.", "No token lets anybody write: %d in the file have ended.", ended)
	case !next.Expires.IsZero() && next.Expires.Sub(d.now()) < endsSoon:
		d.say("tokens", Warn, "Make its holder a new one with akashi token new.", "The token %q ends at %s.", cmp.Or(next.Name, "without a name"), next.Expires.Format(time.RFC3339))
	default:
		d.say("tokens", OK, "", "Tokens that count: %d; that have ended: %d.", live, ended)
	}
}

func (d *doctor) binding() {
	path := d.c.Issuer.BindingFile
	if path == "" {
		d.say("binding", Warn, "Sign one as docs/formats/trust.md says and set issuer.binding_file, or give verifiers the policy.",
			"No LogBinding ties the log to the issuer: verifiers need the log in their policy.")
		return
	}
	b, err := readSmall(path)
	if err == nil {
		_, err = d.c.checkBinding(b)
	}
	if err != nil {
		d.say("binding", Fail, "Put back the file that akashi init made, or have the issuer sign a new one.", "The LogBinding cannot be used: %s: %v.", path, err)
		return
	}
	d.say("binding", OK, "", "The issuer's LogBinding is signed and names this log.")
}

func (d *doctor) certificate() {
	if d.c.HTTP.TLSCertFile == "" {
		return // plain HTTP, by choice
	}
	pair, err := readCertificate(d.c.HTTP.TLSCertFile, d.c.HTTP.TLSKeyFile)
	if err != nil {
		d.say("certificate", Fail, "Put a certificate with its key there; a running node goes on with the one it read before.", "The certificate cannot be used: %v.", err)
		return
	}
	end := pair.Leaf.NotAfter
	const renew = "Renew it; a running node takes the new files by itself."
	switch left := end.Sub(d.now()); {
	case left <= 0:
		d.say("certificate", Fail, renew, "The certificate ended at %s.", end.UTC().Format(time.RFC3339))
	case d.now().Before(pair.Leaf.NotBefore):
		d.say("certificate", Fail, "Look at this machine's clock; else wait, or take another certificate.", "The certificate begins only at %s.", pair.Leaf.NotBefore.UTC().Format(time.RFC3339))
	case left < endsSoon:
		d.say("certificate", Warn, renew, "The certificate ends at %s, in %s.", end.UTC().Format(time.RFC3339), days(left))
	default:
		d.say("certificate", OK, "", "The certificate holds until %s.", end.UTC().Format(time.RFC3339))
	}
}

// days writes a duration for people.
func days(d time.Duration) string {
	switch n := d.Hours() / 24; {
	case n >= 3650:
		return "more than ten years"
	case n >= 10:
		return fmt.Sprintf("%.0f days", n)
	case n >= 1:
		return fmt.Sprintf("%.1f days", n)
	case d >= time.Hour:
		return fmt.Sprintf("%.1f hours", d.Hours())
	}
	return d.Round(time.Second).String()
}

// size writes bytes for people.
func size(n int64) string {
	for _, unit := range []struct {
		name string
		of   float64
	}{{"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}} {
		if float64(n) >= unit.of {
			return fmt.Sprintf("%.1f %s", float64(n)/unit.of, unit.name)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}

func (d *doctor) disk() {
	disk, err := store.DiskOf(d.c.Store.Dir)
	switch {
	case err != nil && errors.Is(err, os.ErrNotExist):
		d.say("disk", Fail, "Put back the folder, or restore a backup; akashi init made it.", "The store's folder is not there: %v.", err)
	case err != nil:
		d.say("disk", Warn, "Look by hand how much room there is.", "How much room the disk has is not known: %v.", err)
	case disk.Free < minFree:
		d.say("disk", Fail, "Make room on the disk: until then records are refused, and nothing that was answered is lost.", "The store's disk has %s left.", size(disk.Free))
	case disk.Free < fewFree && disk.Free < disk.Total/5:
		d.say("disk", Warn, "Make room, or move the store to a larger disk while the node is stopped; docs/operations.md says how fast it grows.", "The store's disk has %s left of %s.", size(disk.Free), size(disk.Total))
	default:
		d.say("disk", OK, "", "The store's disk has %s left of %s.", size(disk.Free), size(disk.Total))
	}
}

// backup looks when the backup was brought up to date.
func (d *doctor) backup() {
	c := d.c.Backup
	if c.Dir == "" {
		if !isTrial(d.c.Chain.ID) {
			d.say("backup", Warn, "Set backup.dir to a folder on another disk.", "No backup is configured: the log is as safe as one disk.")
		}
		return
	}
	b, err := store.ReadBackup(c.Dir)
	age := d.now().Sub(b.Made)
	switch {
	case errors.Is(err, os.ErrNotExist):
		d.say("backup", Warn, "Run akashi backup, or let the node run: it makes one by itself.", "There is no backup in %s yet.", c.Dir)
	case err != nil:
		d.say("backup", Fail, "Look at the disk, and run akashi backup with another folder.", "The backup cannot be read: %v.", err)
	case age > 2*c.Interval.Duration+time.Hour:
		d.say("backup", Warn, "See in the node's log why it does not follow, or run akashi backup.", "The backup is %s old; backup.interval is %s.", days(age), c.Interval)
	default:
		d.say("backup", OK, "", "The backup of %s holds %d entries.", b.Made.UTC().Format(time.RFC3339), b.Size)
	}
}

// work looks at the store, through the node when it runs.
func (d *doctor) work(ctx context.Context) {
	v, err := store.Look(d.c.Store.Dir)
	switch {
	case errors.Is(err, store.ErrLocked):
		d.live(ctx)
		return
	case errors.Is(err, store.ErrNoStore):
		d.say("store", OK, "", "The log is empty: the node has not run yet.")
	case err != nil:
		d.say("store", Fail, "Run akashi fsck, which names what is damaged, and restore a backup.", "The store cannot be read: %v.", err)
	case v.Format > store.Format:
		d.say("store", Fail, "Install the release that wrote it, or a later one.", "The store has format %d, and this release knows %d.", v.Format, store.Format)
	case v.Format < store.Format:
		d.say("store", Fail, "Make a backup and run akashi upgrade.", "The store has format %d of an earlier release, and this one works on %d.", v.Format, store.Format)
	default:
		d.say("store", OK, "", "The store holds %d entries, %d of them anchored for good, in %s; akashi fsck would recompute all of it.", v.Size, v.Final, size(v.Bytes))
		d.every = paceOf(v.FinalTimes)
	}
	d.say("node", Warn, "Start it with akashi node, or by the service.", "The node does not run: no process has the store open.")
}

// live asks the node that has the store open.
func (d *doctor) live(ctx context.Context) {
	if d.client == nil {
		d.say("node", Warn, "Name it with --node URL.", "A process has the store open, and where it answers is not known.")
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	l, err := d.client.Log(ctx)
	if err != nil {
		d.say("node", Fail, "Look at the node's log; if it hangs, restart it: nothing that was answered is lost.", "A process has the store open, but the node does not answer: %v.", err)
		return
	}
	if l.Ref != d.c.ref() {
		d.say("node", Fail, "Look which configuration the node was started with, and at http.listen.", "At %s answers the node of another log, %s.", d.client.URL, l.Ref)
		return
	}
	d.running = true
	d.say("node", OK, "", "The node runs and answers at %s.", d.client.URL)
	d.say("store", OK, "", "The store is open and holds %d entries, %d of them anchored for good.", l.Size, l.FinalSize)
	var refused *Problem
	switch err := d.client.ReadyTo(ctx, ReadyLogging); {
	case errors.As(err, &refused):
		d.say("logging", Fail, "Do as it says, and look at the node's log.", "No records are taken: %s.", refused.Detail)
	case err != nil:
		d.say("logging", Warn, "Run akashi doctor again; look at the node's log if it stays so.", "Whether records are taken is not known: %v.", err)
	default:
		d.say("logging", OK, "", "Records are taken.")
	}
	switch {
	case l.CheckpointSize < l.Size && l.Anchoring.Fenced:
		d.say("checkpoint", Warn, "See what is said of anchoring.", "Nothing is signed: the chain was not seen to agree with the store yet; %d entries wait.", l.Size-l.CheckpointSize)
	case l.CheckpointSize < l.Size && d.lags(ctx):
		d.say("checkpoint", Fail, "Look at the node's log for \"checkpoint not published\".", "The published checkpoint covers %d of %d entries and does not follow.", l.CheckpointSize, l.Size)
	default:
		d.say("checkpoint", OK, "", "The published checkpoint follows the log.")
	}
	switch a := l.Anchoring; a.State {
	case string(anchor.Stopped):
		d.say("anchoring", Fail, "Do as it says: anchoring goes on by itself then.", "Anchoring has stopped: %s.", a.Detail)
	case string(anchor.Waiting):
		d.say("anchoring", Warn, "See what is said of rpc, funds and fee; it goes on by itself.", "Anchoring waits: %s.", a.Detail)
	default:
		d.say("anchoring", OK, "", "Anchoring is %s: %s.", a.State, a.Detail)
	}
	// The node's own figures have the pace of its anchors.
	if m, err := d.client.Figures(ctx, d.c.HTTP.MetricsListen); err == nil {
		d.every = time.Duration(m["akashi_anchor_interval_seconds"] * float64(time.Second))
	}
}

// lags says whether the checkpoint is behind for good, and not for the moment
// between a record and its signature.
func (d *doctor) lags(ctx context.Context) bool {
	behind := func(l LogInfo, err error) bool { return err == nil && l.CheckpointSize < l.Size }
	first, err := d.client.Log(ctx)
	if !behind(first, err) {
		return false
	}
	wait := time.NewTimer(2*d.c.Sequencer.CheckpointInterval.Duration + time.Second)
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-ctx.Done():
	}
	l, err := d.client.Log(ctx)
	return behind(l, err) && l.CheckpointSize == first.CheckpointSize
}

// chain looks at the RPC, the registry, the log on it and the account.
func (d *doctor) chain(ctx context.Context, operator checkpoint.Address) {
	c := d.c
	client, err := anchor.Dial(c.Chain.RPC, c.Chain.Timeout.Duration)
	if err != nil {
		d.say("rpc", Fail, "Set chain.rpc to an http:// or https:// URL.", "The RPC cannot be asked: %v.", err)
		return
	}
	defer client.Close()
	examine := func(operator checkpoint.Address) (anchor.Examination, error) {
		return client.Examine(ctx, c.ref(), verify.BlockHash(contracts.RuntimeCodeHash), operator, c.Chain.Confirmations)
	}
	e, err := examine(operator)
	if err == nil && e.Opened && e.Operator != operator {
		// The owner may have named another, whose key the node has too.
		if _, kerr := OperatorKey(c, e.Operator); kerr == nil {
			operator = e.Operator
			e, err = examine(operator)
		}
	}
	switch {
	case errors.Is(err, anchor.ErrSetup):
		d.say("chain", Fail, "Put chain.rpc, chain.id and chain.registry right.", "%s.", upperFirst(err.Error()))
		return
	case err != nil:
		d.say("rpc", Fail, "Look whether chain.rpc is right and reachable from here; records are taken meanwhile, and anchored later.", "The chain's RPC does not answer: %v.", err)
		return
	case e.Latency > slowRPC:
		d.say("rpc", Warn, "Take an RPC that is nearer, or less busy.", "The chain's RPC takes %s for an answer.", e.Latency.Round(time.Millisecond))
	default:
		d.say("rpc", OK, "", "The chain's RPC at %s answers within %s (%s).", client.Host(), e.Latency.Round(time.Millisecond), cmp.Or(e.Program, "it does not say what it is"))
	}
	d.clock(e)
	d.head(e)
	if e.Opened && !e.Closed && e.Operator != operator {
		// The owner may have made another key of this node's the operator.
		if key, err := OperatorKey(c, e.Operator); err == nil {
			again, err := client.Examine(ctx, c.ref(), verify.BlockHash(contracts.RuntimeCodeHash), key.Address(), c.Chain.Confirmations)
			if err == nil {
				e, operator = again, key.Address()
			}
		}
	}
	d.announced(ctx, client)
	d.onChain(e, operator)
	d.funds(e, operator)
}

// announced wants the file of the key that the owner announced last.
func (d *doctor) announced(ctx context.Context, client *anchor.Client) {
	terms, _, err := client.KeyTerms(ctx, d.c.log(), d.c.ref(), d.c.Chain.Confirmations)
	if err != nil || len(terms) == 1 {
		return // what fails here fails elsewhere, and is said there
	}
	keys := terms.Current()
	if len(keys) == 0 {
		d.say("checkpoint-key", Fail, "Have the owner announce a key of this log: akashi owner keys.", "What the owner announced last on the chain are no keys of this log, so that nobody signs its checkpoints.")
		return
	}
	have, err := CheckpointKeys(d.c)
	if err == nil && !slices.ContainsFunc(have, func(k KeyFile) bool { return k.Key == keys[0] }) {
		d.say("checkpoint-key", Fail, "Put its file into "+d.c.checkpointKeysDir()+"; or make another key with akashi keys new, and have the owner announce it.",
			"On the chain the key of this log's checkpoints is %s, and this node does not have it: nothing is signed.", keys[0])
	}
}

func upperFirst(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}

// clock compares this machine's with that of the RPC, and with blocks, which
// are never made ahead of time.
func (d *doctor) clock(e anchor.Examination) {
	latest := time.Unix(int64(e.Latest.Time), 0)
	var off time.Duration
	if e.Ahead != nil {
		off = *e.Ahead
	}
	const set = "Let the system keep the time: timedatectl set-ntp true."
	switch behind := latest.Sub(d.now()); {
	case behind > fewSeconds:
		d.say("clock", Fail, set, "This machine's clock is behind: the chain's latest block is of %s, %s from now.", latest.UTC().Format(time.RFC3339), behind.Round(time.Second))
	case off.Abs() > manySeconds:
		d.say("clock", Fail, set, "This machine's clock differs by %s from that of the RPC.", off.Round(time.Second))
	case off.Abs() > fewSeconds:
		d.say("clock", Warn, set, "This machine's clock differs by %s from that of the RPC.", off.Round(time.Second))
	default:
		d.say("clock", OK, "", "This machine's clock agrees with the RPC and the chain.")
	}
}

// head looks how old the latest and how far below it the final block is.
func (d *doctor) head(e anchor.Examination) {
	latest := time.Unix(int64(e.Latest.Time), 0)
	age := d.now().Sub(latest)
	switch {
	case age > d.c.Anchor.MaxLag.Duration:
		d.say("chain", Fail, "Take another RPC, or see whether the chain halts; a node that starts now signs nothing until the block is younger than anchor.max_lag.", "The latest block, %d, is %s old.", e.Latest.Number, days(age))
	case age > oldHead && !isTrial(d.c.Chain.ID):
		d.say("chain", Warn, "Take another RPC if others show later blocks.", "The latest block, %d, is %s old.", e.Latest.Number, days(age))
	default:
		d.say("chain", OK, "", "Chain %d is at block %d, and the registry at %s has the right code.", d.c.Chain.ID, e.Latest.Number, d.c.Chain.Registry)
	}
	if e.Final == nil {
		d.say("finality", Fail, "If the chain has none, set chain.confirmations; else take another RPC.", "The chain names no final block: anchors are sent and never final.")
		return
	}
	lag := time.Duration(e.Latest.Time-min(e.Latest.Time, e.Final.Time)) * time.Second
	if lag > lateFinality && e.Final.Number > 0 { // the first block bears any time
		d.say("finality", Warn, "Wait: records are taken and anchored, and are final later; the chain's own news say what is the matter.", "The final block, %d, is %s older than the latest.", e.Final.Number, days(lag))
		return
	}
	d.say("finality", OK, "", "Block %d is final, %d below the latest.", e.Final.Number, e.Latest.Number-min(e.Latest.Number, e.Final.Number))
}

// onChain looks at the log on the registry.
func (d *doctor) onChain(e anchor.Examination, operator checkpoint.Address) {
	switch {
	case !e.Opened && d.c.Log.OpenFile == "":
		d.say("log", Fail, "Have the owner open it, or set log.open_file.", "The log is not opened on the registry, and there is no signed opening.")
	case !e.Opened:
		d.say("log", OK, "", "The log is not opened on the registry yet: the node does it when it runs.")
	case e.Closed:
		d.say("log", Fail, "Open a new log with akashi init: nothing can be anchored in this one any more.", "The owner closed the log at size %d.", e.Head.Size)
	case !operator.IsZero() && e.Operator != operator:
		d.say("log", Fail, "Have the owner name this node's account as operator, or put the key of that account into "+d.c.operatorKeysDir()+".", "On the registry the log's operator is %s, and this node's key is %s.", e.Operator.Checksum(), operator.Checksum())
	default:
		d.say("log", OK, "", "On the registry the log is open at size %d, and this node's key is its operator.", e.Head.Size)
	}
}

// funds reckons how long the account pays for anchors.
func (d *doctor) funds(e anchor.Examination, operator checkpoint.Address) {
	if operator.IsZero() || e.Balance == nil {
		return
	}
	send := "Send coin of chain " + fmt.Sprint(d.c.Chain.ID) + " to " + operator.Checksum() + "."
	if e.Balance.Sign() == 0 {
		d.say("funds", Fail, send, "The operator's account %s is empty: nothing can be anchored.", operator.Checksum())
		return
	}
	pace := d.c.Anchor.Interval.Duration
	measured := "an anchor each " + pace.String() + ", as configured"
	if d.every > pace {
		pace, measured = d.every, "the pace of the last anchors"
	}
	left := (anchor.Status{Balance: e.Balance, Price: e.Price}).DaysAt(pace)
	soon, now := endsSoon, endsNow
	if isTrial(d.c.Chain.ID) { // which anchors all the time, and is filled up in a second
		soon, now = 24*time.Hour, time.Hour
	}
	has := fmt.Sprintf("%.6g coin", coins(e.Balance))
	span := days(time.Duration(min(left, 1e5) * 24 * float64(time.Hour)))
	switch {
	case left < 0:
		d.say("funds", Warn, "Run akashi doctor again.", "The operator's account has %s; today's fee is not known.", has)
	case left < now.Hours()/24:
		d.say("funds", Fail, send, "The operator's account has %s, which lasts %s at today's fee and %s.", has, span, measured)
	case left < soon.Hours()/24:
		d.say("funds", Warn, send, "The operator's account has %s, which lasts %s at today's fee and %s.", has, span, measured)
	default:
		d.say("funds", OK, "", "The operator's account has %s, which lasts %s at today's fee and %s.", has, span, measured)
	}
	if e.Price == nil {
		return
	}
	price, _ := e.Price.Float64()
	if most := d.c.Chain.FeeCapGwei; price/1e9 >= most {
		d.say("fee", Warn, "Wait until it falls, or raise chain.fee_cap_gwei.", "The chain asks %.4g gwei for a unit of gas, and the cap is %g: anchors wait.", price/1e9, most)
	} else {
		d.say("fee", OK, "", "The chain asks %.4g gwei for a unit of gas; the cap is %g.", price/1e9, most)
	}
}
