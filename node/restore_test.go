package node

import (
	"bytes"
	"errors"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/params"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/store"
	"github.com/akashi-project/akashi/testnet"
	"github.com/akashi-project/akashi/verify"
)

// copyPrivate copies a folder whose files only their owner may read.
func copyPrivate(t testing.TB, from, to string) {
	t.Helper()
	copyDir(t, from, to)
	err := filepath.WalkDir(to, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return os.Chmod(path, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// lose takes the machine of a stopped rig away, and returns a folder with the
// snapshot of it that somebody made.
func (r *rig) lose() (snapshot string) {
	r.t.Helper()
	snapshot = filepath.Join(r.t.TempDir(), "snapshot")
	copyPrivate(r.t, r.dir, snapshot)
	if err := os.RemoveAll(r.dir); err != nil {
		r.t.Fatal(err)
	}
	return snapshot
}

// restored is the rig of the node that Restore makes.
func (r *rig) restored(from, secret string, set ...string) (*rig, Restored) {
	r.t.Helper()
	out := *r
	out.dir, out.logs, out.node = filepath.Join(r.t.TempDir(), "restored"), &logBuffer{}, nil
	made, err := Restore(r.t.Context(), out.dir, RestoreOptions{From: from, SecretFile: secret})
	if err != nil {
		r.t.Fatal(err)
	}
	out.made.Operator = made.Operator
	out.load(set...)
	return &out, made
}

// keep copies what an operator keeps apart from the machine: the owner's key,
// the node's secret, a token.
func (r *rig) keep() (cold, secret string) {
	r.t.Helper()
	cold = filepath.Join(r.t.TempDir(), "cold")
	copyPrivate(r.t, filepath.Join(r.dir, "cold"), cold)
	b, err := os.ReadFile(filepath.Join(r.dir, nodeSecretFile))
	if err != nil {
		r.t.Fatal(err)
	}
	secret = filepath.Join(cold, "node.secret")
	if err := os.WriteFile(secret, b, 0o600); err != nil {
		r.t.Fatal(err)
	}
	return cold, secret
}

// giveToken puts a token where the rig looks for it; no backup has it.
func (r *rig) giveToken(token string) {
	r.t.Helper()
	if err := os.WriteFile(filepath.Join(r.dir, TokenFile), []byte(token+"\n"), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// TestRestoreDrill loses a node under load and restores it from the backup
// that it kept of itself: nothing is signed before the owner has set new keys,
// then all goes on, and the machine that was lost can do nothing when it comes
// back.
func TestRestoreDrill(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	r := newRig(t, "", nil)
	backup := filepath.Join(t.TempDir(), "backup")
	r.load("anchor.interval", "1h", "backup.dir", backup)
	cold, secret := r.keep()
	token := r.token()
	r.start()
	anchored := func(r *rig) {
		t.Helper()
		size := r.node.store.Tree().Size
		r.node.anchor.Request()
		r.until("all is anchored", func(s anchorStatus) bool { return s.FinalSize >= size })
	}

	// Load, and backups meanwhile.
	early := badge(r.made.Issuer, 1)
	first := r.submit(early, "")
	anchored(r)
	_, evidence, err := r.client.Evidence(ctx, EvidenceQuery{Index: &first.Index})
	if err != nil {
		t.Fatal(err)
	}
	var load sync.WaitGroup
	stop := make(chan struct{})
	for c := range 4 {
		load.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				r.submit(badge("https://load.example", 1000*c+i), "")
			}
		})
	}
	for range 4 {
		if s, err := r.client.Backup(ctx, time.Millisecond); err != nil || s.Error != "" || s.Last == nil {
			t.Fatalf("backup under load: %+v, %v", s, err)
		}
	}
	close(stop)
	load.Wait()
	gone := badge("https://gone.example", 1)
	forgotten := r.submit(gone, "")
	anchored(r)
	if _, err := r.client.Forget(ctx, Target{Index: &forgotten.Index}); err != nil {
		t.Fatal(err)
	}
	s, err := r.client.Backup(ctx, time.Millisecond)
	if err != nil || s.Last == nil || s.Last.Size != r.node.store.Tree().Size {
		t.Fatalf("the last backup: %+v, %v", s, err)
	}
	late := badge("https://late.example", 1) // logged, and in no backup
	r.submit(late, "")
	size := s.Last.Size
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}

	// The machine is lost.
	snapshot := r.lose()
	r2, made := r.restored(backup, secret, "anchor.interval", "1h")
	if made.Size != size || made.Lost != 0 || made.ChainSize == nil || *made.ChainSize == 0 || made.Ref != r.made.Ref {
		t.Fatalf("restored %+v", made)
	}
	for _, name := range []string{"checkpoint.key", "token"} {
		if _, err := os.Stat(filepath.Join(r2.dir, "secrets", name)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the restored node has %s", name)
		}
	}
	r2.giveToken(token)
	held := func() {
		t.Helper()
		r2.until("it knows that it was restored", func(s anchorStatus) bool { return errors.Is(s.Err, anchor.ErrRestored) && s.Restored.Asked > 0 })
		info, err := r2.client.Log(ctx)
		if err != nil || !info.Anchoring.Fenced || !strings.Contains(info.Anchoring.Detail, made.Operator.Checksum()) || !strings.Contains(info.Anchoring.Detail, made.Key) {
			t.Fatalf("a restored node says %+v, %v", info.Anchoring, err)
		}
	}
	r2.start()
	held()
	before, err := r2.client.Checkpoint(ctx)
	if err != nil {
		t.Fatal(err)
	}
	// Records are taken and durable meanwhile; what was there keeps its index.
	if l := r2.submit(early, ""); l.Index != first.Index || !l.Duplicate {
		t.Errorf("a record that was there is at %d: %+v", first.Index, l)
	}
	if l := r2.submit(late, ""); l.Duplicate || l.Index != size {
		t.Errorf("the record that no backup had: %+v", l)
	}
	_, err = r2.client.Submit(ctx, Submission{Record: gone})
	wantProblem(t, err, "forgotten", 410)
	r2.node.anchor.Request()
	// Also after a restart nothing is signed.
	if err := r2.stop(); err != nil {
		t.Fatal(err)
	}
	r2.start()
	held()
	if after, err := r2.client.Checkpoint(ctx); err != nil || !bytes.Equal(before, after) {
		t.Errorf("it signed: %s, %v", after, err)
	}
	if open, err := r2.node.store.OpenAnchors(); err != nil || len(open) != 0 {
		t.Errorf("it intends to anchor: %+v, %v", open, err)
	}

	// The owner acts; one action is not enough.
	owner := *r2
	owner.dir = filepath.Dir(cold)
	if err := chain(t).Fund(ctx, common.Address(made.Operator), big.NewInt(params.Ether)); err != nil {
		t.Fatal(err)
	}
	owner.owner(anchor.Action{Kind: anchor.SetOperator, Account: made.Operator})
	r2.until("the operator is set", func(s anchorStatus) bool {
		return errors.Is(s.Err, anchor.ErrRestored) && !strings.Contains(s.Detail, made.Operator.Checksum())
	})
	owner.owner(anchor.Action{Kind: anchor.SetKeys, Keys: checkpoint.Keys{made.Key}})
	r2.until("it is released", func(s anchorStatus) bool { return !s.Fenced && s.Restored == nil })

	// The machine that was lost comes back. It anchors nothing, and signs
	// nothing: its keys are not the chain's any more.
	old := *r
	old.dir, old.logs, old.node = snapshot, &logBuffer{}, nil
	old.load("anchor.interval", "100ms")
	old.start()
	old.until("it knows that it is not the operator", func(s anchorStatus) bool { return errors.Is(s.Err, anchor.ErrNotOperator) })
	had, err := old.client.Checkpoint(ctx)
	if err != nil {
		t.Fatal(err)
	}
	old.submit(badge("https://old.example", 1), "")
	old.node.anchor.Request()
	old.until("it looked again", func(s anchorStatus) bool { return s.Keys != nil && errors.Is(s.Err, anchor.ErrNotOperator) })
	if _, err := old.node.signerNow(); err == nil {
		t.Error("the old machine has a key that the chain names")
	}
	if open, err := old.node.store.OpenAnchors(); err != nil || len(open) != 0 {
		t.Errorf("the old machine anchors: %+v, %v", open, err)
	}
	if now, err := old.client.Checkpoint(ctx); err != nil || !bytes.Equal(now, had) {
		t.Errorf("the old machine signed %s, %v", now, err)
	}
	if err := old.stop(); err != nil {
		t.Fatal(err)
	}

	// And the restored one goes on.
	anchored(r2)
	waitFor(t, "a checkpoint by the new key", func() bool { return r2.checkpointNow(made.Key) > size })
	if report := r2.check(early, evidence, true); report.Verdict != verify.Verified {
		t.Errorf("old evidence: %+v", report)
	}
	lateNow, err := r2.client.Submit(ctx, Submission{Record: late, Wait: StateFinal, Timeout: patience})
	if err != nil || lateNow.State != StateFinal || !lateNow.Duplicate {
		t.Errorf("the late record: %+v, %v", lateNow, err)
	}
	if err := r2.stop(); err != nil {
		t.Fatal(err)
	}
	// A later start knows nothing of a restore.
	r2.start()
	r2.until("the fence falls", func(s anchorStatus) bool { return !s.Fenced })
	if _, ok, err := r2.node.store.Restored(); ok || err != nil {
		t.Errorf("still marked: %v, %v", ok, err)
	}
	// What the snapshot holds now contradicts the chain.
	old.start()
	old.until("the fork shows", func(s anchorStatus) bool {
		return errors.Is(s.Err, anchor.ErrStoreForked) || errors.Is(s.Err, anchor.ErrStoreBehind)
	})
}

// TestRestoreBehind restores a backup that lacks what the chain holds.
func TestRestoreBehind(t *testing.T) {
	t.Parallel()
	fault := faulty(t)
	r := newRig(t, fault.URL(), nil)
	_, secret := r.keep()
	token := r.token()
	r.start()
	r.submit(badge("https://a.example", 1), StateFinal)
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	backup := filepath.Join(t.TempDir(), "backup")
	if _, err := Backup(t.Context(), r.config, backup); err != nil {
		t.Fatal(err)
	}
	r.start()
	r.submit(badge("https://a.example", 2), StateFinal)
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	r.lose()

	// While the chain is silent nobody knows, and no index is given away.
	if err := fault.Set(testnet.Faults{Dead: true}); err != nil {
		t.Fatal(err)
	}
	r2, made := r.restored(backup, secret)
	if made.ChainSize != nil || made.Chain == "" {
		t.Errorf("restored with a dead chain: %+v", made)
	}
	r2.giveToken(token)
	r2.start()
	_, err := r2.client.Submit(t.Context(), Submission{Record: badge("https://a.example", 3)})
	if p := wantProblem(t, err, "unavailable", 503); !strings.Contains(p.Detail, "restored from a backup") || !p.Retry() {
		t.Errorf("it says %+v", p)
	}
	if err := fault.Set(testnet.Faults{}); err != nil {
		t.Fatal(err)
	}
	r2.until("the chain is ahead", func(s anchorStatus) bool { return errors.Is(s.Err, anchor.ErrStoreBehind) })
	_, err = r2.client.Submit(t.Context(), Submission{Record: badge("https://a.example", 3)})
	if p := wantProblem(t, err, "rollback", 503); !strings.Contains(p.Detail, "restore a newer backup") || !strings.Contains(p.Detail, "akashi init") {
		t.Errorf("it says %s", p.Detail)
	}
	zero := uint64(0)
	if _, _, err := r2.client.Evidence(t.Context(), EvidenceQuery{Index: &zero}); err != nil {
		t.Errorf("evidence of what was there: %v", err)
	}
	// And the command says so at once.
	_, made = r.restored(backup, secret)
	if made.Lost == 0 {
		t.Errorf("restored %+v", made)
	}
}

// TestRestoreErrors: what cannot be restored leaves nothing behind.
func TestRestoreErrors(t *testing.T) {
	t.Parallel()
	r := newPoorRig(t, "", nil)
	s, err := store.Open(store.Options{Dir: r.config.Store.Dir, Secret: mustSecret(t, r.config.Store.SecretFile)})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	backup := filepath.Join(t.TempDir(), "backup")
	if _, err := Backup(t.Context(), r.config, backup); err != nil {
		t.Fatal(err)
	}
	other := newPoorRig(t, "", func(o *InitOptions) { o.Origin = "other.example" })
	good := filepath.Join(r.dir, nodeSecretFile)
	odd := filepath.Join(t.TempDir(), "odd.toml")
	b, err := os.ReadFile(filepath.Join(r.dir, ConfigFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(odd, []byte("store.dir = \"elsewhere\"\n"+strings.Replace(string(b), "dir = \"data\"\n", "", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		o    RestoreOptions
		want string
	}{
		"no backup":       {RestoreOptions{From: t.TempDir(), SecretFile: good}, "no whole backup"},
		"no secret":       {RestoreOptions{From: backup, SecretFile: "nowhere"}, "nowhere"},
		"not a secret":    {RestoreOptions{From: backup, SecretFile: filepath.Join(r.dir, checkpointKeyFile)}, "does not hold 32 bytes"},
		"another secret":  {RestoreOptions{From: backup, SecretFile: filepath.Join(other.dir, nodeSecretFile)}, "not this store's secret"},
		"another's paths": {RestoreOptions{From: backup, SecretFile: good, Config: odd}, "configuration"},
	} {
		dir := filepath.Join(t.TempDir(), "restored")
		if _, err := Restore(t.Context(), dir, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if left, err := os.ReadDir(filepath.Dir(dir)); err != nil || len(left) != 0 {
			t.Errorf("%s left %v, %v", name, left, err)
		}
	}
	if _, err := Restore(t.Context(), r.dir, RestoreOptions{From: backup, SecretFile: good}); !errors.Is(err, ErrExists) {
		t.Errorf("over a folder: %v", err)
	}
}

func mustSecret(t *testing.T, path string) []byte {
	t.Helper()
	b, err := readStoreSecret(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestSetPaths adapts configurations to a new folder.
func TestSetPaths(t *testing.T) {
	values := map[string]string{"store.dir": "data", "log.open_file": "", "http.tokens_file": "secrets/tokens"}
	got, err := setPaths("# mine\n[log]\norigin = \"a\"\nopen_file = \"x\" # old\n[store] # here\ndir = \"/var/lib/a\"\nsecret_file = \"s\"\n", values)
	want := "# mine\n[log]\norigin = \"a\"\n[store] # here\ndir = \"data\"\nsecret_file = \"s\"\n\n[http]\ntokens_file = \"secrets/tokens\"\n"
	if err != nil || got != want {
		t.Errorf("%v\n%s", err, got)
	}
	list := map[string]string{"badges.contexts": ""}
	got, err = setPaths("[badges]\ncontexts = [ # two\n  \"a\",\n  \"b\",\n]\nissuer = \"x\"\n[http]\n", list)
	if want := "[badges]\nissuer = \"x\"\n[http]\n"; err != nil || got != want {
		t.Errorf("a list over lines: %v\n%s", err, got)
	}
	got, err = setPaths("[badges]\ncontexts = [\"a\"]\nissuer = \"x\"\n", list)
	if want := "[badges]\nissuer = \"x\"\n"; err != nil || got != want {
		t.Errorf("a list on one line: %v\n%s", err, got)
	}
	for _, text := range []string{"log.open_file = \"x\"\n", "store = { dir = \"x\" }\n", "[store]\n\"dir\" = \"x\"\n", "[[["} {
		if got, err := setPaths(text, values); err == nil {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// TestBackupFails: a backup that cannot be made is told of and stops nothing.
func TestBackupFails(t *testing.T) {
	t.Parallel()
	r := newPoorRig(t, "", nil)
	dir := filepath.Join(t.TempDir(), "full")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	thesis := filepath.Join(dir, "thesis.tex")
	if err := os.WriteFile(thesis, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	r.load("backup.dir", dir)
	r.start()
	s, err := r.client.Backup(t.Context(), time.Millisecond)
	if err != nil || s.Last != nil || !strings.Contains(s.Error, "thesis.tex") || s.FailedAt == 0 {
		t.Errorf("into a folder in use: %+v, %v", s, err)
	}
	r.submit(badge("https://a.example", 1), "")
	if err := os.Remove(thesis); err != nil {
		t.Fatal(err)
	}
	s, err = r.client.Backup(t.Context(), time.Millisecond)
	if err != nil || s.Last == nil || s.Last.Size != 1 || s.Error != "" {
		t.Errorf("the next: %+v, %v", s, err)
	}
	_, err = r.stranger().BackupStatus(t.Context())
	wantProblem(t, err, "token-needed", 401)
	r.load("backup.dir", filepath.Join(r.config.Store.Dir, "backup"))
	if err := r.config.Validate(); err == nil || !strings.Contains(err.Error(), "backup.dir") {
		t.Errorf("a backup in the store: %v", err)
	}
}
