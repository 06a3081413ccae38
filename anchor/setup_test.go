package anchor_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/contracts"
	"github.com/akashi-project/akashi/store"
	"github.com/akashi-project/akashi/testnet"
	"github.com/akashi-project/akashi/verify"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"go.etcd.io/bbolt"
)

// TestSetup has everything configured wrong that can be. Each is its own
// error, and nothing is sent.
func TestSetup(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, c := range []struct {
		name   string
		change func(*anchor.Config)
		want   error
	}{
		{"chain id", func(c *anchor.Config) { c.Ref.ChainID++; c.Opening = nil }, anchor.ErrWrongChain},
		{"registry without code", func(c *anchor.Config) { c.Ref.Registry[0]++; c.Opening = nil }, anchor.ErrNoRegistry},
		{"registry with other code", func(c *anchor.Config) { c.CodeHash = verify.BlockHash{1} }, anchor.ErrOtherCode},
	} {
		r.config = c.change
		r.restart()
		r.request(1)
		r.fault.ResetCalls()
		if err := r.a.Fence(r.ctx); !errors.Is(err, c.want) || !errors.Is(err, anchor.ErrSetup) {
			t.Errorf("%s: fence: %v, want %v", c.name, err, c.want)
		}
		if err := r.a.Step(r.ctx); !errors.Is(err, c.want) {
			t.Errorf("%s: step: %v, want %v", c.name, err, c.want)
		}
		if s := r.phase(anchor.Stopped); !s.Fenced || !errors.Is(s.Err, c.want) {
			t.Errorf("%s: %+v", c.name, s)
		}
		if n := r.fault.Calls("eth_sendRawTransaction"); n != 0 {
			t.Errorf("%s: %d transactions sent", c.name, n)
		}
	}
}

// TestNew refuses configurations that contradict themselves, all complaints
// at once.
func TestNew(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	_, err := anchor.New(anchor.Config{Interval: -1}, r.store)
	if err == nil {
		t.Fatal("an empty configuration was taken")
	}
	for _, want := range []string{"client", "operator key", "owner", "chain id", "registry", "interval"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no word of %q in: %v", want, err)
		}
	}
	good := anchor.Config{Client: r.client, Log: r.log, Ref: r.ref, Operator: r.operator, Opening: &r.opening}
	for name, change := range map[string]func(*anchor.Config){
		"another log's id":       func(c *anchor.Config) { c.Ref.Log[0]++ },
		"opening elsewhere":      func(c *anchor.Config) { c.Ref.ChainID++ },
		"opening with signature": func(c *anchor.Config) { o := *c.Opening; o.Deadline = o.Deadline.Add(time.Second); c.Opening = &o },
		"fee cap below zero":     func(c *anchor.Config) { c.Fees.FeeCap = big.NewInt(-1) },
		"fee cap of nonsense":    func(c *anchor.Config) { c.Fees.FeeCap = new(big.Int).Lsh(big.NewInt(1), 80) },
	} {
		c := good
		change(&c)
		if _, err := anchor.New(c, r.store); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if _, err := anchor.New(good, r.store); err != nil {
		t.Error(err)
	}
}

// TestFunds waits while the account cannot pay and says what is missing, takes
// records meanwhile, and goes on once it is funded.
func TestFunds(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	poor, err := anchor.NewKey()
	r.must(err)
	r.setOperator(poor)
	r.operator = poor
	r.config = func(c *anchor.Config) { c.Opening = nil }
	r.restart()
	r.request(1)
	r.fault.ResetCalls()
	r.step()
	s := r.phase(anchor.Waiting)
	if !errors.Is(s.Err, anchor.ErrShortOfFunds) || !strings.Contains(s.Detail, poor.Address().Checksum()) || !strings.Contains(s.Detail, "at least 0.0") {
		t.Fatalf("%v", s.Detail)
	}
	if s.DaysLeft != 0 {
		t.Fatalf("%v days left of nothing", s.DaysLeft)
	}
	r.append(3)
	r.chain.Resume()
	r.must(r.chain.Fund(r.ctx, common.Address(poor.Address()), big.NewInt(60_000_000_000_000_000)))
	r.chain.Pause()
	r.a.Request()
	r.finish()
	if s := r.a.Status(); s.DaysLeft <= 0 || strings.Contains(s.Detail, "days") {
		t.Fatalf("%v days left: %s", s.DaysLeft, s.Detail)
	}
	// At an anchor each second the same coin lasts less than a week.
	r.config = func(c *anchor.Config) { c.Opening, c.Interval = nil, time.Second }
	r.restart()
	r.step()
	if s := r.a.Status(); s.DaysLeft <= 0 || s.DaysLeft >= 7 || !strings.Contains(s.Detail, "more days") || s.Err != nil {
		t.Fatalf("%v days left: %s", s.DaysLeft, s.Detail)
	}
}

// TestOpening opens the log once, whatever goes wrong on the way.
func TestOpening(t *testing.T) {
	t.Parallel()
	t.Run("none", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		r.config = func(c *anchor.Config) { c.Opening = nil }
		r.restart()
		r.request(1)
		r.step()
		if s := r.phase(anchor.Waiting); !errors.Is(s.Err, anchor.ErrLogNotOpen) || s.Fenced {
			t.Fatalf("%+v", s)
		}
		// Somebody else opens it.
		r.chain.Resume()
		payer := anchor.Payer{Client: r.client, ChainID: r.ref.ChainID, Key: anchor.KeyOf(r.chain.Accounts()[5].Key), Poll: time.Millisecond}
		r.must(payer.Open(r.ctx, r.opening))
		r.must(payer.Open(r.ctx, r.opening)) // again is no error
		r.chain.Pause()
		r.finish()
	})
	t.Run("deadline passed", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		o, err := anchor.SignOpening(r.owner, r.log, r.ref, r.operator.Address(), time.Unix(1_000_000_000, 0))
		r.must(err)
		r.opening = o
		r.restart()
		r.request(1)
		r.step()
		if s := r.phase(anchor.Waiting); !errors.Is(s.Err, anchor.ErrLogNotOpen) || !strings.Contains(s.Detail, "2001") {
			t.Fatalf("%+v", s)
		}
	})
	for _, at := range []string{"persisted", "sent"} {
		for _, sends := range []testnet.Sends{testnet.Forward, testnet.Drop, testnet.ForwardCut} {
			t.Run("crash "+at+"/"+string(sends), func(t *testing.T) {
				t.Parallel()
				r := newRig(t)
				r.set(testnet.Faults{Sends: sends})
				r.crashAt(at)
				r.set(testnet.Faults{})
				r.step()
				attempts, err := r.store.Opening()
				r.must(err)
				if len(attempts) != 1 {
					t.Fatalf("%d attempts", len(attempts))
				}
				r.mine(1)
				r.step()
				r.phase(anchor.Idle)
				r.request(1)
				r.finish()
				if n, err := r.chain.Client().NonceAt(r.ctx, r.account.Address, nil); err != nil || n != 2 {
					t.Fatalf("%d transactions, want 2 (%v)", n, err)
				}
			})
		}
	}
	t.Run("stuck", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		r.set(testnet.Faults{Sends: testnet.Drop})
		r.step()
		r.now = r.now.Add(time.Minute)
		r.set(testnet.Faults{})
		r.step()
		attempts, err := r.store.Opening()
		r.must(err)
		if len(attempts) != 2 || attempts[0].Nonce != attempts[1].Nonce || attempts[1].FeeCap <= attempts[0].FeeCap {
			t.Fatalf("attempts %+v", attempts)
		}
		r.mine(1)
		r.step()
		r.phase(anchor.Idle)
	})
	t.Run("reorg", func(t *testing.T) {
		t.Parallel()
		r := newRig(t)
		r.request(1)
		r.step()
		r.mine(1)
		r.step() // the anchor is sent on top
		r.mine(1)
		r.step()
		r.reorg(2, true)
		r.finish()
		if n := len(r.events()); n != 1 {
			t.Fatalf("%d anchors", n)
		}
	})
}

// TestOpeningText reads back what was written, and nothing else.
func TestOpeningText(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	text, err := json.Marshal(r.opening)
	r.must(err)
	back, err := anchor.ParseOpening(text)
	r.must(err)
	again, err := json.Marshal(back)
	r.must(err)
	if string(text) != string(again) {
		t.Fatalf("%s became %s", text, again)
	}
	for name, bad := range map[string]string{
		"more":        string(text) + "{}",
		"unknown":     strings.Replace(string(text), `{`, `{"x":1,`, 1),
		"signature":   strings.Replace(string(text), `"signature":"0x`, `"signature":"0x00`, 1),
		"upper":       strings.Replace(string(text), `"signature":"0x`, `"signature":"0X`, 1),
		"another log": strings.Replace(string(text), "log.uni.example", "log.bad.example", 1),
		"deadline":    strings.Replace(string(text), `"deadline":`, `"deadline":1`, 1),
		"empty":       "",
		"long":        strings.Repeat(" ", 1<<20),
	} {
		if _, err := anchor.ParseOpening([]byte(bad)); !errors.Is(err, anchor.ErrOpening) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := anchor.SignOpening(r.operator, r.log, r.ref, r.operator.Address(), time.Now()); !errors.Is(err, anchor.ErrOpening) {
		t.Errorf("signed by somebody else: %v", err)
	}
}

// payer pays from an account that nothing else uses.
func (r *rig) payer() anchor.Payer {
	return anchor.Payer{Client: r.client, ChainID: r.ref.ChainID, Key: anchor.KeyOf(r.chain.Accounts()[6].Key), Poll: time.Millisecond}
}

// submit has the owner sign an action and somebody submit it.
func (r *rig) submit(make func(nonce uint64) contracts.Message, by *anchor.Key) {
	r.t.Helper()
	nonce, err := r.client.OwnerNonce(r.ctx, r.ref)
	r.must(err)
	m := make(nonce)
	sig, err := by.Sign(m, contracts.Domain{ChainID: r.ref.ChainID, Registry: common.Address(r.ref.Registry)})
	r.must(err)
	r.chain.Resume()
	r.must(r.payer().Submit(r.ctx, r.ref.Registry, m, sig))
	r.chain.Pause()
}

var noDeadline = uint64(time.Now().Add(time.Hour).Unix())

func (r *rig) setOperator(k *anchor.Key) {
	r.t.Helper()
	r.submit(func(nonce uint64) contracts.Message {
		return contracts.SetOperator{LogID: common.Hash(r.ref.Log), Operator: common.Address(k.Address()), Nonce: nonce, Deadline: noDeadline}
	}, r.owner)
}

// TestOwner has the owner do everything an owner can, and the pipeline meet
// the consequences.
func TestOwner(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	other, err := anchor.NewKey()
	r.must(err)
	r.request(1)
	r.step()
	r.setOperator(other)
	r.step()
	if s := r.phase(anchor.Stopped); s.ChainSize != 2 { // it was mined before the change
		t.Fatalf("%+v", s)
	}
	r.request(1)
	r.step()
	if s := r.phase(anchor.Stopped); !errors.Is(s.Err, anchor.ErrNotOperator) || !strings.Contains(s.Detail, other.String()) {
		t.Fatalf("%+v", s)
	}
	r.setOperator(r.operator)
	r.finish()

	heir := anchor.KeyOf(r.chain.Accounts()[3].Key)
	id := common.Hash(r.ref.Log)
	r.submit(func(n uint64) contracts.Message {
		return contracts.SetKeys{LogID: id, Keys: r.log.Keys.Bytes(), Nonce: n, Deadline: noDeadline}
	}, r.owner)
	r.submit(func(n uint64) contracts.Message {
		return contracts.TransferOwner{LogID: id, NewOwner: common.Address(heir.Address()), Nonce: n, Deadline: noDeadline}
	}, r.owner)
	r.submit(func(n uint64) contracts.Message {
		return contracts.AcceptOwner{LogID: id, NewOwner: common.Address(heir.Address()), Nonce: n, Deadline: noDeadline}
	}, heir)
	r.request(1)
	r.finish()
	r.submit(func(n uint64) contracts.Message {
		return contracts.CloseLog{LogID: id, Nonce: n, Deadline: noDeadline}
	}, heir)
	r.request(1)
	r.step()
	if s := r.phase(anchor.Stopped); !errors.Is(s.Err, anchor.ErrLogClosed) {
		t.Fatalf("%+v", s)
	}

	// What would fail is found out before it is paid for, or named after.
	if err := r.payer().Submit(r.ctx, r.ref.Registry, contracts.Anchor{}, nil); err == nil {
		t.Error("an anchor was submitted as an owner's action")
	}
	if err := r.payer().Submit(r.ctx, r.ref.Registry, contracts.CloseLog{LogID: id}, make([]byte, 65)); !errors.Is(err, contracts.ErrSignature) {
		t.Errorf("bad signature: %v", err)
	}
	wrong := r.payer()
	wrong.ChainID++
	if _, err := wrong.DeployRegistry(r.ctx); !errors.Is(err, anchor.ErrWrongChain) {
		t.Errorf("deploy on another chain: %v", err)
	}
	poor, err := anchor.NewKey()
	r.must(err)
	broke := r.payer()
	broke.Key = poor
	if _, err := broke.DeployRegistry(r.ctx); !errors.Is(err, anchor.ErrShortOfFunds) {
		t.Errorf("deploy without funds: %v", err)
	}
}

// TestDeploy deploys a registry of one's own, through sends that fail.
func TestDeploy(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.chain.Resume()
	for _, sends := range []testnet.Sends{testnet.Forward, testnet.Duplicate, testnet.ForwardError, testnet.ForwardCut} {
		r.set(testnet.Faults{Sends: sends})
		at, err := r.payer().DeployRegistry(r.ctx)
		if err != nil {
			t.Fatalf("%s: %v", sends, err)
		}
		ref := checkpoint.LogRef{ChainID: r.ref.ChainID, Registry: at}
		r.must(r.client.CheckRegistry(r.ctx, ref, verify.BlockHash(contracts.RuntimeCodeHash)))
	}
}

// TestFenceBehind puts an old copy of the disk back.
func TestFenceBehind(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	r.append(3)
	r.stop()
	old := t.TempDir()
	r.must(os.CopyFS(filepath.Join(old, "copy"), os.DirFS(r.dir)))
	r.start()
	r.must(r.a.Fence(r.ctx))
	if s := r.a.Status(); s.Fenced {
		t.Fatal("fenced after the fence was passed")
	}
	r.request(2)
	r.finish()

	newest := r.dir
	r.stop()
	r.dir = filepath.Join(old, "copy")
	r.start()
	r.fault.ResetCalls()
	var f *anchor.FenceError
	if err := r.a.Fence(r.ctx); !errors.As(err, &f) || !errors.Is(err, anchor.ErrStoreBehind) {
		t.Fatalf("%v", err)
	}
	if f.Chain.Size != 6 || f.Store != 3 || !strings.Contains(f.Error(), "size 6") || !strings.Contains(f.Error(), "3 entries") {
		t.Fatalf("%+v: %v", f, f)
	}
	if s := r.phase(anchor.Stopped); !s.Fenced {
		t.Fatal("not fenced")
	}
	r.request(1)
	if err := r.a.Step(r.ctx); !errors.Is(err, anchor.ErrStoreBehind) {
		t.Fatalf("%v", err)
	}
	// It grows past the chain's size on its own way: another history now.
	r.append(10)
	if err := r.a.Step(r.ctx); !errors.Is(err, anchor.ErrStoreForked) {
		t.Fatalf("%v", err)
	}
	if s := r.phase(anchor.Stopped); !s.Fenced {
		t.Fatal("not fenced")
	}
	if n := r.fault.Calls("eth_sendRawTransaction"); n != 0 {
		t.Fatalf("%d transactions sent", n)
	}
	if _, err := r.store.LastFrozen(); !errors.Is(err, store.ErrNotFound) {
		t.Fatalf("frozen while fenced: %v", err)
	}

	// The newest copy goes on.
	r.stop()
	r.dir = newest
	r.start()
	r.request(1)
	r.finish()
}

// TestFenceUnknown leaves the fence up while the chain cannot be asked.
func TestFenceUnknown(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	r.restart()
	r.set(testnet.Faults{Dead: true})
	if err := r.a.Fence(r.ctx); !errors.Is(err, anchor.ErrNoAnswer) {
		t.Fatalf("%v", err)
	}
	r.a.Step(r.ctx)
	if s := r.phase(anchor.Waiting); !s.Fenced {
		t.Fatal("the fence fell without an answer")
	}
	r.set(testnet.Faults{})
	r.step()
	if s := r.a.Status(); s.Fenced {
		t.Fatal("still fenced")
	}
}

// TestLostJournal has lost every row of the journal, as a disk copied before
// the anchors were sent, with all the entries: the anchors are found on the
// chain, from the newest back, and proved.
func TestLostJournal(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	for range 3 {
		r.request(2)
		r.finish()
	}
	lose := func(keep int) {
		r.stop()
		db, err := bbolt.Open(filepath.Join(r.dir, "log.db"), 0o600, nil)
		r.must(err)
		r.must(db.Update(func(tx *bbolt.Tx) error {
			b := tx.Bucket([]byte("anchors"))
			var keys [][]byte
			b.ForEach(func(k, _ []byte) error { keys = append(keys, bytes.Clone(k)); return nil })
			for _, k := range keys[keep:] {
				if err := b.Delete(k); err != nil {
					return err
				}
			}
			return nil
		}))
		r.must(db.Close())
		r.start()
	}
	for _, keep := range []int{0, 1, 2} {
		lose(keep)
		r.finish()
		if n := len(r.events()); n != 3 {
			t.Fatalf("%d anchors", n)
		}
	}
	lose(0)
	r.request(1)
	r.finish()
	if n := strings.Count(r.logs.String(), "anchor found on the chain"); n != 3+2+1+3 {
		t.Fatalf("%d anchors found", n)
	}
	if n := len(r.events()); n != 4 {
		t.Fatalf("%d anchors", n)
	}
}

// TestConfirmations takes a number of blocks for finality.
func TestConfirmations(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	r.config = func(c *anchor.Config) { c.Confirmations = 5 }
	r.restart()
	r.request(1)
	r.step()
	size := r.store.Tree().Size
	for range 5 {
		r.mine(1)
		r.step()
		r.wantState(size, store.Mined)
	}
	r.mine(1)
	r.step()
	r.wantState(size, store.Final)
}

// TestNoFinality anchors on a chain that names no final block, waits, and says
// what to configure.
func TestNoFinality(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	r.set(testnet.Faults{Rewrite: func(method string, params, result []byte) []byte {
		if method == "eth_getBlockByNumber" && strings.Contains(string(params), "finalized") {
			return []byte("null")
		}
		return result
	}})
	r.request(1)
	r.step()
	r.mine(5)
	r.step()
	r.wantState(r.store.Tree().Size, store.Mined)
	if s := r.phase(anchor.Waiting); !errors.Is(s.Err, anchor.ErrNoFinality) || !strings.Contains(s.Detail, "confirmations") {
		t.Fatalf("%+v", s)
	}
	if _, err := anchor.NewReader(r.client, 0).Finalized(r.ctx); !errors.Is(err, anchor.ErrNoFinality) || !errors.Is(err, anchor.ErrNoAnswer) {
		t.Fatalf("reader: %v", err)
	}
	if _, err := anchor.NewReader(r.client, 2).Finalized(r.ctx); err != nil {
		t.Fatalf("reader with confirmations: %v", err)
	}
	r.set(testnet.Faults{})
	r.finish()
}

// TestPrunedStates is an RPC that knows the state of the latest block only.
func TestPrunedStates(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	r.request(1)
	r.step()
	r.mine(3)
	var final string
	head, err := r.chain.Client().HeaderByNumber(r.ctx, big.NewInt(int64(types.NewBlockWithHeader(r.header()).NumberU64())-2))
	r.must(err)
	final = head.Hash().Hex()
	r.set(testnet.Faults{Rewrite: func(method string, params, result []byte) []byte {
		if method == "eth_call" && strings.Contains(string(params), final) {
			return []byte(`"0x"`)
		}
		return result
	}})
	r.step()
	r.wantState(r.store.Tree().Size, store.Final)
}

func (r *rig) header() *types.Header {
	r.t.Helper()
	h, err := r.chain.Client().HeaderByNumber(r.ctx, nil)
	r.must(err)
	return h
}

// TestUnknownHeader is a chain whose headers have a field that nobody knows,
// as rollups do: the anchor becomes final, its proof says that only an RPC
// attests it.
func TestUnknownHeader(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	r.set(testnet.Faults{Rewrite: func(method string, params, result []byte) []byte {
		if method != "eth_getBlockByHash" {
			return result
		}
		return []byte(strings.Replace(string(result), `"gasUsed":"0x`, `"sendCount":"0x1","gasUsed":"0x1`, 1))
	}})
	r.request(1)
	r.step()
	r.mine(3)
	r.step()
	row := r.row(r.store.Tree().Size)
	if row.State != store.Final {
		t.Fatalf("%s: %+v", row.State, r.a.Status())
	}
	var e verify.Event
	r.must(json.Unmarshal(row.Proof, &e))
	if e.Proof.Type != anchor.ProofAttested {
		t.Fatalf("proof type %q", e.Proof.Type)
	}
	if _, err := verify.CheckEvent(e, r.ref.Log); !errors.Is(err, verify.ErrProofType) {
		t.Fatalf("%v", err)
	}
}
