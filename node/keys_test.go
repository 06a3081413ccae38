package node

import (
	"errors"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/params"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/testnet"
	"github.com/akashi-project/akashi/verify"
)

// owner has the log's owner do something and waits until it is final.
func (r *rig) owner(a anchor.Action) {
	r.t.Helper()
	key, err := anchor.LoadKey(filepath.Join(r.dir, ownerKeyFile), filepath.Join(r.dir, ownerPassFile))
	if err != nil {
		r.t.Fatal(err)
	}
	if err := chain(r.t).Fund(r.t.Context(), common.Address(key.Address()), big.NewInt(params.Ether)); err != nil {
		r.t.Fatal(err)
	}
	client, err := anchor.Dial(r.config.Chain.RPC, 0)
	if err != nil {
		r.t.Fatal(err)
	}
	defer client.Close()
	a.Ref = r.made.Ref
	p := anchor.Payer{Client: client, ChainID: a.Ref.ChainID, Key: key, Poll: 10_000_000, Final: true}
	if _, err := p.Do(r.t.Context(), a); err != nil {
		r.t.Fatal(err)
	}
}

// checkpointNow opens the published checkpoint with one key, and returns its
// size, or 0 when another key signed it.
func (r *rig) checkpointNow(vkey string) uint64 {
	r.t.Helper()
	resp, body := r.get("/checkpoint")
	if resp.StatusCode != http.StatusOK {
		r.t.Fatalf("checkpoint: %s %s", resp.Status, body)
	}
	c, _, err := checkpoint.Open(body, checkpoint.Keys{vkey})
	if errors.Is(err, checkpoint.ErrUntrusted) {
		return 0
	}
	if err != nil {
		r.t.Fatalf("checkpoint %s: %v", body, err)
	}
	return c.Tree.Size
}

func (r *rig) log() LogInfo {
	r.t.Helper()
	l, err := r.client.Log(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	return l
}

// TestKeyRotation changes the checkpoint keys of a running node: it signs with
// the old one until the change is final, then with the new one, at once also
// for the head that stands; over restarts, without the old key's file, and
// with a key that comes late.
func TestKeyRotation(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil).start()
	opening := r.made.Keys[0]
	r.submit([]byte("one"), "")
	waitFor(t, "a checkpoint", func() bool { return r.log().CheckpointSize > 0 })
	if l := r.log(); r.checkpointNow(opening) == 0 || l.Signing.State != "signing" || len(l.KeyChanges) != 0 || l.Signing.Keys[0] != opening {
		t.Fatalf("before the change: %+v", l)
	}
	r.until("all is final", func(s anchor.Status) bool { return s.Phase == anchor.Idle && s.FinalSize > 0 })

	second, path, err := NewCheckpointKey(r.config)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("key file %v, %v", info, err)
	}
	// The node finds its file away when the change is final, and signs nothing
	// until it is there.
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	r.owner(anchor.Action{Kind: anchor.SetKeys, Keys: checkpoint.Keys{second}})
	waitFor(t, "the node says what it lacks", func() bool {
		l := r.log()
		return l.Signing.State == "waiting" && strings.Contains(l.Signing.Detail, second)
	})
	l := r.log()
	if strings.Contains(l.Signing.Detail, r.dir) || !strings.Contains(r.logs.String(), path) {
		t.Errorf("the path of the key file is for the node's log alone: %s", l.Signing.Detail)
	}
	size := l.CheckpointSize
	r.submit([]byte("two"), "") // records are taken
	if err := os.Rename(path+".away", path); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the new key signs", func() bool { return r.checkpointNow(second) > size })
	l = r.log()
	if l.Signing.State != "signing" || l.Signing.Keys[0] != second || len(l.KeyChanges) != 1 || l.KeyChanges[0].Keys[0] != second || l.KeyChanges[0].Block.Number == 0 {
		t.Errorf("after the change: %+v", l)
	}
	if l.Keys[0] != opening || l.Ref != r.made.Ref {
		t.Errorf("the log is %s with the keys %v", l.Ref, l.Keys)
	}
	terms := checkpoint.Terms{{Keys: r.made.Keys}, {From: l.KeyChanges[0].AtSize, Keys: l.KeyChanges[0].Keys}}
	_, body := r.get("/checkpoint")
	if _, term, err := terms.Open(body); err != nil || term != 1 {
		t.Errorf("by the terms of GET /v1/log the checkpoint is of term %d: %v", term, err)
	}

	// A restart, also without the old key's file and without the chain.
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	r.load("log.checkpoint_key_file", "", "log.checkpoint_keys_dir", filepath.Dir(path))
	r.start()
	r.submit([]byte("three"), "")
	waitFor(t, "a checkpoint of the restarted node", func() bool { l := r.log(); return l.CheckpointSize == l.Size && r.checkpointNow(second) == l.Size })
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	r.load("chain.rpc", deadRPC(t))
	r.start()
	if r.checkpointNow(second) == 0 || r.log().Signing.State != "waiting" {
		t.Errorf("without the chain: %+v", r.log())
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}

	// And back to the first, while nothing grows: the head that stands is
	// signed again.
	r.load()
	r.start()
	r.until("all is final", func(s anchor.Status) bool { return s.Phase == anchor.Idle && s.FinalSize == r.node.store.Tree().Size })
	size = r.log().Size
	r.owner(anchor.Action{Kind: anchor.SetKeys, Keys: r.made.Keys})
	waitFor(t, "the first key signs", func() bool { return r.checkpointNow(opening) == size })
	if l := r.log(); len(l.KeyChanges) != 2 || l.Size != size {
		t.Errorf("%+v", l)
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	// A store whose checkpoint no known key has signed is another's.
	other := newPoorRig(t, "", func(o *InitOptions) { o.Origin = r.made.Origin })
	other.config.Store.Dir = r.config.Store.Dir
	other.config.Store.SecretFile = r.config.Store.SecretFile
	if _, err := New(other.config); !errors.Is(err, checkpoint.ErrUntrusted) {
		t.Errorf("the store of another log: %v", err)
	}
}

// TestKeysBeforeFinal: a change that a reorganisation may still undo signs
// nothing.
func TestKeysBeforeFinal(t *testing.T) {
	t.Parallel()
	c, err := testnet.Start(t.Context(), testnet.Fast())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Stop()
	if _, err := c.Registry(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := newPoorRig(t, c.RPC(), nil)
	for _, a := range []checkpoint.Address{r.made.Operator, r.made.Owner} {
		if err := c.Fund(t.Context(), common.Address(a), big.NewInt(params.Ether)); err != nil {
			t.Fatal(err)
		}
	}
	r.start()
	r.submit([]byte("one"), "")
	r.until("all is final", func(s anchor.Status) bool { return s.Phase == anchor.Idle && s.FinalSize > 0 })
	second, _, err := NewCheckpointKey(r.config)
	if err != nil {
		t.Fatal(err)
	}
	c.Pause()
	key, err := anchor.LoadKey(filepath.Join(r.dir, ownerKeyFile), filepath.Join(r.dir, ownerPassFile))
	if err != nil {
		t.Fatal(err)
	}
	client, err := anchor.Dial(c.RPC(), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	post := func() {
		t.Helper()
		p := anchor.Payer{Client: client, ChainID: r.made.Ref.ChainID, Key: key, Poll: 10_000_000}
		ended := make(chan error, 1)
		go func() {
			_, err := p.Do(t.Context(), anchor.Action{Ref: r.made.Ref, Kind: anchor.SetKeys, Keys: checkpoint.Keys{second}})
			ended <- err
		}()
		waitFor(t, "the owner's action in the pool", func() bool {
			// Not just any transaction: the node's may be there before.
			owner := common.Address(r.made.Owner)
			waits, perr := c.Client().PendingNonceAt(t.Context(), owner)
			mined, err := c.Client().NonceAt(t.Context(), owner, nil)
			return perr == nil && err == nil && waits > mined
		})
		if err := c.Mine(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
	}
	post()
	waitFor(t, "the change is seen", func() bool { return len(r.log().Signing.Next) > 0 })
	r.submit([]byte("two"), "")
	waitFor(t, "a checkpoint", func() bool { l := r.log(); return l.CheckpointSize == l.Size })
	if r.checkpointNow(r.made.Keys[0]) == 0 {
		t.Error("a key signs that is not final on the chain")
	}
	if err := c.Reorg(t.Context(), 1, true); err != nil {
		t.Fatal(err)
	}
	if err := c.Mine(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the change is gone", func() bool { return len(r.log().Signing.Next) == 0 })
	post()
	c.Resume()
	waitFor(t, "the new key signs", func() bool { return r.checkpointNow(second) > 0 })
}

// TestOperatorHandover: the owner makes another account the operator, and the
// running node goes on with its key, which it finds as a file.
func TestOperatorHandover(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil).start()
	r.submit([]byte("one"), "")
	r.until("all is final", func(s anchor.Status) bool { return s.Phase == anchor.Idle && s.FinalSize > 0 })
	account, path, err := NewOperatorKey(r.config, anchor.LightScrypt)
	if err != nil {
		t.Fatal(err)
	}
	if err := chain(t).Fund(t.Context(), common.Address(account), big.NewInt(params.Ether)); err != nil {
		t.Fatal(err)
	}
	pass := strings.TrimSuffix(path, ".json") + ".pass"
	good, err := os.ReadFile(pass)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(pass, []byte("not it\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.owner(anchor.Action{Kind: anchor.SetOperator, Account: account})
	r.until("it stops without the key", func(s anchor.Status) bool { return errors.Is(s.Err, anchor.ErrNotOperator) })
	detail := r.log().Anchoring.Detail
	if !strings.Contains(detail, account.String()) || strings.Contains(detail, r.dir) || !strings.Contains(r.logs.String(), pass) {
		t.Errorf("it says: %s", detail)
	}
	r.submit([]byte("two"), "") // records are taken
	if err := os.WriteFile(pass, good, 0o600); err != nil {
		t.Fatal(err)
	}
	r.until("the new operator anchors", func(s anchor.Status) bool {
		return s.Operator == account && s.FinalSize == r.node.store.Tree().Size
	})
	if l := r.log(); l.Operator != account {
		t.Errorf("%+v", l)
	}
	// The key may also be configured in place of the old one, whose opening
	// is still there.
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	r.load("chain.operator_key_file", path, "chain.operator_pass_file", pass)
	r.start()
	r.submit([]byte("three"), "")
	r.until("all is final", func(s anchor.Status) bool {
		return s.Phase == anchor.Idle && s.FinalSize == r.node.store.Tree().Size && s.Operator == account
	})
}

// TestStolenCheckpointKey: a thief signs another history with the node's key
// and shows it to those who know the log by its key. No verdict rests on that;
// once the owner has announced another key, verifiers who ask the chain see
// that what the old one signs beyond counts for nothing, evidence of before
// verifies as it did, and the node's own checkpoint is of the new key.
func TestStolenCheckpointKey(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", func(o *InitOptions) { o.Issuer = "https://uni.example/issuer" }).start()
	opening := r.made.Keys[0]
	record := badge("https://uni.example/issuer", 1)
	r.submit(record, StateFinal)
	_, before, err := r.client.Evidence(r.t.Context(), EvidenceQuery{Index: ref(uint64(0))})
	if err != nil {
		t.Fatal(err)
	}
	thief, err := readSigner(r.config.Log.CheckpointKeyFile)
	if err != nil {
		t.Fatal(err)
	}
	size := r.log().AnchoredSize
	split := func(size uint64) []byte {
		t.Helper()
		note, err := checkpoint.Sign(checkpoint.Checkpoint{Origin: r.made.Origin, Tree: merkle.Tree{Size: size, Root: merkle.Hash{1}}}, thief)
		if err != nil {
			t.Fatal(err)
		}
		return note
	}
	judge := func(note []byte, online bool) (verify.Verdict, verify.Result) {
		t.Helper()
		e := before
		e.Checkpoint = note
		report := r.check(record, e, online)
		step, ok := report.Step(verify.CheckpointSigned)
		if ok != (note != nil) {
			t.Fatalf("the report has the step: %v", ok)
		}
		return report.Verdict, step.Result
	}
	wants := func(what string, note []byte, verdict verify.Verdict, result verify.Result) {
		t.Helper()
		if v, s := judge(note, true); v != verdict || s != result {
			t.Errorf("%s: %s, and the checkpoint %s; want %s, %s", what, v, s, verdict, result)
		}
	}
	// Who knows the key only believes the thief; an anchor of the size betrays
	// the fork.
	if _, _, err := checkpoint.Open(split(size+100), checkpoint.Keys{opening}); err != nil {
		t.Fatal(err)
	}
	wants("no checkpoint", nil, verify.Verified, verify.Step{}.Result)
	wants("before, beyond every anchor", split(size+100), verify.Verified, verify.Pass)
	wants("before, of an anchored size", split(size), verify.Refuted, verify.Fail)

	second, _, err := NewCheckpointKey(r.config)
	if err != nil {
		t.Fatal(err)
	}
	r.owner(anchor.Action{Kind: anchor.SetKeys, Keys: checkpoint.Keys{second}})
	wants("no checkpoint", nil, verify.Verified, verify.Step{}.Result)
	wants("after, beyond the change", split(size+100), verify.CouldNotTell, verify.Unknown)
	waitFor(t, "the new key signs", func() bool { return r.checkpointNow(second) > 0 })
	_, note := r.get("/checkpoint")
	wants("the node's own", note, verify.Verified, verify.Pass)

	// The doctor sees a node that lost the new key.
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	finding := func() Finding {
		t.Helper()
		var last Finding
		for _, f := range Doctor(t.Context(), r.config, r.dir, &Client{URL: deadRPC(t)}) {
			if f.Code == "checkpoint-key" {
				last = f
			}
		}
		return last
	}
	if f := finding(); f.Level != OK {
		t.Errorf("%+v", f)
	}
	if err := os.RemoveAll(r.config.checkpointKeysDir()); err != nil {
		t.Fatal(err)
	}
	if f := finding(); f.Level != Fail || !strings.Contains(f.Text, second) {
		t.Errorf("%+v", f)
	}
}

func ref[T any](v T) *T { return &v }
