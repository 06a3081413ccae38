package anchor_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"testing"
	"time"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/contracts"
	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/store"
	"github.com/akashi-project/akashi/testnet"
	"github.com/akashi-project/akashi/testnet/await"
	"github.com/akashi-project/akashi/verify"
	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
)

// patience bounds a test that hangs; nothing is timed by it.
const patience = 8 * time.Minute

// A rig is a chain that seals only when told, a faulty RPC before it, a store
// and the pipeline between them, all of them real. Its clock stands still
// until moved.
type rig struct {
	t     *testing.T
	ctx   context.Context
	chain *testnet.Chain
	fault *testnet.Fault

	owner, operator *anchor.Key
	account         testnet.Account // the operator's
	log             checkpoint.Log
	ref             checkpoint.LogRef
	opening         anchor.Opening

	dir    string
	secret []byte
	store  *store.Store
	client *anchor.Client
	a      *anchor.Anchor
	config func(*anchor.Config) // changes the next anchor.New
	now    time.Time
	logged uint64 // records appended
	logs   bytes.Buffer
}

// newRig starts everything. The log is not open on the registry yet.
func newRig(t *testing.T) *rig {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	r := &rig{t: t, ctx: ctx, dir: t.TempDir(), secret: bytes.Repeat([]byte{7}, store.SecretSize), now: time.Unix(1_800_000_000, 0)}
	var err error
	r.chain, err = testnet.Start(ctx, testnet.Fast())
	r.must(err)
	t.Cleanup(func() { r.chain.Stop() })
	at, err := r.chain.Registry(ctx)
	r.must(err)
	r.chain.Pause()
	r.fault, err = testnet.NewFault(r.chain.RPC())
	r.must(err)
	t.Cleanup(func() { r.fault.Close() })

	r.account = r.chain.Accounts()[0]
	r.operator = anchor.KeyOf(r.account.Key)
	r.owner = anchor.KeyOf(r.chain.Accounts()[1].Key)
	const origin = "log.uni.example"
	_, vkey, err := checkpoint.GenerateKey(origin)
	r.must(err)
	r.log = checkpoint.Log{Owner: r.owner.Address(), Origin: origin, Keys: checkpoint.Keys{vkey}}
	r.ref = checkpoint.LogRef{ChainID: r.chain.ChainID(), Registry: checkpoint.Address(at), Log: r.log.ID()}
	r.opening, err = anchor.SignOpening(r.owner, r.log, r.ref, r.operator.Address(), time.Now().Add(24*time.Hour))
	r.must(err)
	r.start()
	t.Cleanup(r.stop)
	return r
}

// newOpenRig is newRig with the log open and final, by the pipeline itself.
func newOpenRig(t *testing.T) *rig {
	t.Helper()
	r := newRig(t)
	r.step()
	r.mine(3)
	r.step()
	r.phase(anchor.Idle)
	return r
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// await waits for what nobody announces.
func (r *rig) await(what string, is func() bool) {
	r.t.Helper()
	if err := await.True(r.ctx, is); err != nil {
		r.t.Fatalf("waiting until %s: %v", what, err)
	}
}

// start opens the store and makes a pipeline, as a start of the node does.
func (r *rig) start() {
	r.t.Helper()
	var err error
	r.store, err = store.Open(store.Options{Dir: r.dir, Secret: r.secret, Now: func() time.Time { return r.now }})
	r.must(err)
	r.client, err = anchor.Dial(r.fault.URL(), 5*time.Second)
	r.must(err)
	c := anchor.Config{
		Client: r.client, Log: r.log, Ref: r.ref, Operator: r.operator, Opening: &r.opening,
		Interval: time.Hour, Stuck: time.Minute,
		MaxLag: 100 * 365 * 24 * time.Hour, // the rig's clock is not the chain's
		Logger: slog.New(slog.NewTextHandler(&r.logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Now:    func() time.Time { return r.now },
	}
	if r.config != nil {
		r.config(&c)
	}
	r.a, err = anchor.New(c, r.store)
	r.must(err)
}

func (r *rig) stop() {
	r.client.Close()
	if err := r.store.Close(); err != nil {
		r.t.Error(err)
	}
}

// restart ends the pipeline and the store and starts both again.
func (r *rig) restart() {
	r.t.Helper()
	r.stop()
	r.start()
}

// append logs n records.
func (r *rig) append(n int) {
	r.t.Helper()
	for range n {
		var d record.Digest
		r.logged++
		binary.BigEndian.PutUint64(d[:], r.logged)
		_, err := r.store.Append(r.ctx, store.Submission{Type: record.Badge, Digest: d})
		r.must(err)
	}
}

// request appends n records and asks for an anchor over them.
func (r *rig) request(n int) {
	r.t.Helper()
	r.append(n)
	r.a.Request()
}

// step looks once and must succeed.
func (r *rig) step() {
	r.t.Helper()
	if err := r.a.Step(r.ctx); err != nil {
		r.t.Fatalf("step: %v\n%s", err, r.logs.String())
	}
}

func (r *rig) mine(n int) {
	r.t.Helper()
	r.must(r.chain.Mine(r.ctx, n))
}

func (r *rig) reorg(depth uint64, drop bool) {
	r.t.Helper()
	r.must(r.chain.Reorg(r.ctx, depth, drop))
}

func (r *rig) set(f testnet.Faults) {
	r.t.Helper()
	r.must(r.fault.Set(f))
}

// finish mines and looks until everything is final.
func (r *rig) finish() {
	r.t.Helper()
	for range 20 {
		r.step()
		s := r.a.Status()
		if s.Phase == anchor.Idle && s.Pending == 0 && s.FinalSize == r.store.Tree().Size {
			r.check()
			return
		}
		r.mine(1)
	}
	r.t.Fatalf("not final after 20 blocks: %+v\njournal %s\n%s", r.a.Status(), r.journal(), r.logs.String())
}

func (r *rig) phase(want anchor.Phase) anchor.Status {
	r.t.Helper()
	s := r.a.Status()
	if s.Phase != want {
		r.t.Fatalf("phase %s, want %s: %s\njournal %s\n%s", s.Phase, want, s.Detail, r.journal(), r.logs.String())
	}
	if s.Detail == "" {
		r.t.Fatalf("phase %s without a sentence", s.Phase)
	}
	return s
}

// state returns the journal's word on a size.
func (r *rig) state(size uint64) store.AnchorState {
	r.t.Helper()
	row, err := r.store.Anchor(size)
	r.must(err)
	return row.State
}

func (r *rig) row(size uint64) store.Anchor {
	r.t.Helper()
	row, err := r.store.Anchor(size)
	r.must(err)
	return row
}

func (r *rig) wantState(size uint64, want store.AnchorState) {
	r.t.Helper()
	if got := r.state(size); got != want {
		r.t.Fatalf("size %d is %s, want %s\n%s", size, got, want, r.logs.String())
	}
}

func (r *rig) journal() string {
	rows, err := r.store.Anchors(0, 0)
	if err != nil {
		return err.Error()
	}
	var b bytes.Buffer
	for _, row := range rows {
		fmt.Fprintf(&b, "[%d %s prev %d attempts", row.Size, row.State, row.PrevSize)
		for _, a := range row.Attempts {
			fmt.Fprintf(&b, " %d@%d", a.Nonce, a.FeeCap)
		}
		fmt.Fprintf(&b, "] ")
	}
	return b.String()
}

// events returns the Anchored events of the canonical chain, asked past the
// fault.
func (r *rig) events() []types.Log {
	r.t.Helper()
	logs, err := r.chain.Client().FilterLogs(r.ctx, ethereum.FilterQuery{
		FromBlock: new(big.Int), Addresses: []common.Address{common.Address(r.ref.Registry)},
		Topics: [][]common.Hash{{verify.AnchoredTopic}, {common.Hash(r.ref.Log)}},
	})
	r.must(err)
	return logs
}

// check holds journal, store and chain against each other: each size was
// anchored once, the anchors follow each other without gap, the journal is
// final about each of them, and each proof leads from the block's hash to the
// event with the store's root.
func (r *rig) check() {
	r.t.Helper()
	seen := map[uint64]bool{}
	var prev uint64
	for _, l := range r.events() {
		e, err := contracts.NewAnchorRegistry().UnpackAnchoredEvent(&l)
		r.must(err)
		if seen[e.Size] {
			r.t.Fatalf("size %d was anchored twice", e.Size)
		}
		seen[e.Size] = true
		if e.PrevSize != prev {
			r.t.Fatalf("size %d follows %d, want %d", e.Size, e.PrevSize, prev)
		}
		prev = e.Size
		tree, err := r.store.TreeAt(e.Size)
		r.must(err)
		if tree.Root != e.Root {
			r.t.Fatalf("size %d is anchored with root %x, the store has %s", e.Size, e.Root, tree.Root)
		}
		row := r.row(e.Size)
		if row.State != store.Final || row.PrevSize != e.PrevSize || common.Hash(row.Block.Hash) != l.BlockHash || common.Hash(*row.TxHash) != l.TxHash {
			r.t.Fatalf("the journal says of size %d: %s after %d in block %v by %v; the chain: after %d in block %s by %s", e.Size, row.State, row.PrevSize, row.Block, row.TxHash, e.PrevSize, l.BlockHash, l.TxHash)
		}
		var event verify.Event
		r.must(json.Unmarshal(row.Proof, &event))
		got, err := verify.CheckEvent(event, r.ref.Log)
		r.must(err)
		if got.Tree() != tree || got.PrevSize != e.PrevSize || common.Hash(event.Block.Hash) != l.BlockHash {
			r.t.Fatalf("the proof of size %d says %+v", e.Size, got)
		}
	}
	rows, err := r.store.Anchors(0, 0)
	r.must(err)
	for _, row := range rows {
		if (row.State == store.Final) != seen[row.Size] {
			r.t.Fatalf("the journal has size %d %s, on the chain is %v", row.Size, row.State, seen[row.Size])
		}
	}
}

// errCrash stands for the end of the process.
var errCrash = errors.New("crash")

// crashAt ends the next step at that instant and starts everything again.
func (r *rig) crashAt(at string) {
	r.t.Helper()
	hit := false
	r.a.Trap(func(now string) error {
		if now == at {
			hit = true
			return errCrash
		}
		return nil
	})
	if err := r.a.Step(r.ctx); !errors.Is(err, errCrash) || !hit {
		r.t.Fatalf("no crash at %q: %v\njournal %s\n%s", at, err, r.journal(), r.logs.String())
	}
	r.restart()
}

func ether(n int64) *big.Int { return new(big.Int).Mul(big.NewInt(n), big.NewInt(params.Ether)) }

// sendBeside puts a transfer into the pool, past the fault.
func (r *rig) sendBeside(from testnet.Account, nonce uint64, to common.Address) {
	r.t.Helper()
	c := r.chain.Client()
	tx, err := types.SignNewTx(from.Key, types.LatestSignerForChainID(new(big.Int).SetUint64(r.chain.ChainID())), &types.DynamicFeeTx{
		Nonce: nonce, GasTipCap: big.NewInt(params.GWei), GasFeeCap: big.NewInt(100 * params.GWei), Gas: 21_000, To: &to, Value: big.NewInt(1),
	})
	r.must(err)
	r.must(c.SendTransaction(r.ctx, tx))
}

// callOf is a call of the registry.
func callOf(r *rig, data []byte) ethereum.CallMsg {
	to := common.Address(r.ref.Registry)
	return ethereum.CallMsg{To: &to, Data: data}
}

// wantNot fails when the journal has a size in that state.
func (r *rig) wantNot(size uint64, not store.AnchorState) {
	r.t.Helper()
	if r.state(size) == not {
		r.t.Fatalf("size %d is %s\n%s", size, not, r.logs.String())
	}
}
