package verify_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/verify"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/ethereum/go-ethereum/trie"
)

// A chain is a small Ethereum chain in memory: real headers, real receipts of
// every type, real receipts tries, and the rules of the registry. The same
// calls give the same bytes. It answers as a real client does.
type chain struct {
	mu      sync.Mutex
	id      uint64
	blocks  []*block
	pending types.Receipts
	final   uint64 // number of the highest final block
	code    map[checkpoint.Address]verify.BlockHash
	heads   map[checkpoint.LogRef][]head // each as of its block
	changes []verify.KeyChange           // of the one log that has any
	random  *rand.Rand
}

type block struct {
	header   *types.Header
	receipts types.Receipts
}

type head struct {
	block uint64
	verify.LogHead
}

// Time of the first block, and between blocks.
const (
	genesisTime = 1_790_000_000 // 2026-09-21
	blockTime   = 12
)

var errNotFound = errors.New("not found")

func newChain(id, seed uint64) *chain {
	c := &chain{
		id:     id,
		code:   map[checkpoint.Address]verify.BlockHash{},
		heads:  map[checkpoint.LogRef][]head{},
		random: rand.New(rand.NewPCG(seed, id)),
	}
	c.seal(0, 0)
	return c
}

// deploy puts a contract at an address. Its code is the name it is given.
func (c *chain) deploy(name string) (checkpoint.Address, verify.BlockHash) {
	code := crypto.Keccak256([]byte("code of " + name))
	a := checkpoint.Address(crypto.Keccak256([]byte(name))[:20])
	c.code[a] = verify.BlockHash(code)
	return a, verify.BlockHash(code)
}

// noise adds receipts of other transactions to the next block.
func (c *chain) noise(n int) {
	for range n {
		r := &types.Receipt{Type: uint8(c.random.IntN(5)), Status: uint64(c.random.IntN(2))}
		for range c.random.IntN(4) {
			r.Logs = append(r.Logs, c.noiseLog())
		}
		c.add(r)
	}
}

func (c *chain) noiseLog() *types.Log {
	l := &types.Log{Data: c.bytes(c.random.IntN(90))}
	copy(l.Address[:], c.bytes(20))
	for range c.random.IntN(4) {
		l.Topics = append(l.Topics, common.Hash(c.bytes(32)))
	}
	return l
}

func (c *chain) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(c.random.Uint32())
	}
	return b
}

// add puts a receipt into the next block and returns its transaction's index.
func (c *chain) add(r *types.Receipt) uint64 {
	r.CumulativeGasUsed = uint64(50_000 * (len(c.pending) + 1))
	r.Bloom = types.CreateBloom(r)
	c.pending = append(c.pending, r)
	return uint64(len(c.pending) - 1)
}

// anchoredLog is the log that a registry writes for an anchor.
func anchoredLog(ref checkpoint.LogRef, tree merkle.Tree, prev uint64) *types.Log {
	word := func(n uint64) (w common.Hash) {
		binary.BigEndian.PutUint64(w[24:], n)
		return w
	}
	data := append(bytes.Clone(tree.Root[:]), word(prev).Bytes()...)
	return &types.Log{
		Address: common.Address(ref.Registry),
		Topics:  []common.Hash{common.Hash(verify.AnchoredTopic), common.Hash(ref.Log), word(tree.Size)},
		Data:    data,
	}
}

// anchor records the head of a log, as the registry does: sizes only grow.
// The event stands among other logs of its receipt, in a block of others.
func (c *chain) anchor(t testing.TB, ref checkpoint.LogRef, tree merkle.Tree) verify.Event {
	t.Helper()
	var prev uint64
	if h := c.heads[ref]; len(h) > 0 {
		prev = h[len(h)-1].Size
		if h[len(h)-1].Closed || tree.Size <= prev {
			t.Fatalf("the registry refuses to anchor %d entries after %d", tree.Size, prev)
		}
	}
	r := &types.Receipt{Type: types.DynamicFeeTxType, Status: 1, Logs: []*types.Log{c.noiseLog(), anchoredLog(ref, tree, prev)}}
	c.noise(c.random.IntN(6))
	tx := c.add(r)
	c.noise(c.random.IntN(6))
	c.seal(2, 0)
	number := uint64(len(c.blocks) - 3)
	c.heads[ref] = append(c.heads[ref], head{number, verify.LogHead{Size: tree.Size, Root: tree.Root, Time: c.blocks[number].header.Time}})
	return c.event(t, ref, number, tx, 1)
}

// close closes a log in a block of its own.
func (c *chain) close(ref checkpoint.LogRef) {
	h := c.heads[ref]
	last := h[len(h)-1].LogHead
	last.Closed = true
	c.seal(1, 0)
	c.heads[ref] = append(h, head{uint64(len(c.blocks) - 2), last})
}

// seal makes a block of what is pending, then some empty ones, that far apart
// in time; the last but one is final.
func (c *chain) seal(empty int, gap time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range 1 + empty {
		h := &types.Header{
			Number: big.NewInt(int64(len(c.blocks))), Time: genesisTime, Difficulty: new(big.Int),
			UncleHash: types.EmptyUncleHash, TxHash: types.EmptyTxsHash, ReceiptHash: types.EmptyReceiptsHash,
			GasLimit: 60_000_000, BaseFee: big.NewInt(7), Extra: []byte("akashi"),
			WithdrawalsHash: &types.EmptyWithdrawalsHash, BlobGasUsed: new(uint64), ExcessBlobGas: new(uint64),
			ParentBeaconRoot: new(common.Hash), RequestsHash: &types.EmptyRequestsHash,
		}
		b := &block{header: h}
		if n := len(c.blocks); n > 0 {
			h.ParentHash = c.blocks[n-1].header.Hash()
			h.Time = c.blocks[n-1].header.Time + blockTime
		}
		if i == 0 {
			h.Time += uint64(gap / time.Second)
			b.receipts, c.pending = c.pending, nil
			h.ReceiptHash = types.DeriveSha(b.receipts, trie.NewListHasher())
			h.Bloom = types.MergeBloom(b.receipts)
		}
		h.GasUsed = 50_000 * uint64(len(b.receipts))
		copy(h.Root[:], crypto.Keccak256(h.ParentHash[:]))
		c.blocks = append(c.blocks, b)
	}
	c.final = uint64(max(0, len(c.blocks)-2))
}

// event proves one log of one receipt.
func (c *chain) event(t testing.TB, ref checkpoint.LogRef, number, tx, log uint64) verify.Event {
	t.Helper()
	b := c.blocks[number]
	header, err := rlp.EncodeToBytes(b.header)
	if err != nil {
		t.Fatal(err)
	}
	e, err := verify.NewEvent(c.id, ref.Registry, header, receiptProof(t, b.receipts, tx), tx, log)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// nodes collects the nodes of a proof, root first.
type nodes [][]byte

func (n *nodes) Put(_, value []byte) error { *n = append(*n, bytes.Clone(value)); return nil }
func (n *nodes) Delete([]byte) error       { return nil }

func receiptProof(t testing.TB, receipts types.Receipts, tx uint64) [][]byte {
	t.Helper()
	tr := trie.NewEmpty(nil)
	for i := range receipts {
		var value bytes.Buffer
		receipts.EncodeIndex(i, &value)
		if err := tr.Update(rlp.AppendUint64(nil, uint64(i)), value.Bytes()); err != nil {
			t.Fatal(err)
		}
	}
	var n nodes
	if err := tr.Prove(rlp.AppendUint64(nil, tx), &n); err != nil {
		t.Fatal(err)
	}
	return n
}

func (c *chain) at(number uint64) (verify.Block, error) {
	if number >= uint64(len(c.blocks)) {
		return verify.Block{}, errNotFound
	}
	h := c.blocks[number].header
	return verify.Block{Number: number, Hash: verify.BlockHash(h.Hash()), Time: h.Time}, nil
}

// The methods of verify.Chain.

func (c *chain) ChainID(ctx context.Context) (uint64, error) { return c.id, ctx.Err() }

func (c *chain) CodeHash(ctx context.Context, a checkpoint.Address) (verify.BlockHash, error) {
	if h, ok := c.code[a]; ok {
		return h, ctx.Err()
	}
	return verify.BlockHash(types.EmptyCodeHash), ctx.Err()
}

func (c *chain) Finalized(ctx context.Context) (verify.Block, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return verify.Block{}, err
	}
	return c.at(c.final)
}

func (c *chain) Block(ctx context.Context, number uint64) (verify.Block, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return verify.Block{}, err
	}
	return c.at(number)
}

func (c *chain) LogHead(ctx context.Context, ref checkpoint.LogRef, at verify.Block) (verify.LogHead, error) {
	if b, err := c.Block(ctx, at.Number); err != nil || b != at {
		return verify.LogHead{}, errors.Join(errNotFound, err)
	}
	var last verify.LogHead
	for _, h := range c.heads[ref] {
		if h.block <= at.Number {
			last = h.LogHead
		}
	}
	return last, nil
}

func (c *chain) Anchored(ctx context.Context, ref checkpoint.LogRef, number uint64) ([]verify.Anchored, error) {
	b, err := c.Block(ctx, number)
	if err != nil {
		return nil, err
	}
	var list []verify.Anchored
	for _, r := range c.blocks[number].receipts {
		for _, l := range r.Logs {
			if r.Status == 1 && l.Address == common.Address(ref.Registry) && len(l.Topics) == 3 && l.Topics[0] == common.Hash(verify.AnchoredTopic) && l.Topics[1] == common.Hash(ref.Log) {
				list = append(list, verify.Anchored{
					Log: ref.Log, Size: binary.BigEndian.Uint64(l.Topics[2][24:]), Root: merkle.Hash(l.Data[:32]),
					PrevSize: binary.BigEndian.Uint64(l.Data[56:]), Block: b,
				})
			}
		}
	}
	return list, nil
}

func (c *chain) KeyChanges(ctx context.Context, ref checkpoint.LogRef, at verify.Block) ([]verify.KeyChange, error) {
	if b, err := c.Block(ctx, at.Number); err != nil || b != at {
		return nil, errors.Join(errNotFound, err)
	}
	var list []verify.KeyChange
	for _, k := range c.changes {
		if k.Block.Number <= at.Number {
			list = append(list, k)
		}
	}
	return list, nil
}

// A testLog is a log with everything that is in it.
type testLog struct {
	chain   *chain
	ref     checkpoint.LogRef
	log     checkpoint.Log
	signer  *checkpoint.Signer
	leaves  []merkle.Hash
	states  map[uint64]record.State
	claims  map[uint64]verify.Claim
	anchors []anchored
}

// An anchored is one anchor of a log, with the states as of its head.
type anchored struct {
	event  verify.Event
	prev   uint64
	tree   merkle.Tree
	head   []byte
	states map[uint64]record.State
}

// privateKey derives a key from a name.
func privateKey(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte("key of " + name))
	return ed25519.NewKeyFromSeed(seed[:])
}

func newLog(t testing.TB, c *chain, registry checkpoint.Address, origin string) *testLog {
	t.Helper()
	signer, vkey, err := checkpoint.SignerFromKey(origin, privateKey(origin))
	if err != nil {
		t.Fatal(err)
	}
	l := &testLog{
		chain: c, signer: signer,
		log:    checkpoint.Log{Owner: checkpoint.Address(crypto.Keccak256([]byte("owner of " + origin))[:20]), Origin: origin, Keys: checkpoint.Keys{vkey}},
		states: map[uint64]record.State{},
		claims: map[uint64]verify.Claim{},
	}
	l.ref = checkpoint.LogRef{ChainID: c.id, Registry: registry, Log: l.log.ID()}
	return l
}

func (l *testLog) append(e []byte) uint64 {
	l.leaves = append(l.leaves, merkle.LeafHash(e))
	return uint64(len(l.leaves) - 1)
}

// add logs a record and returns its index.
func (l *testLog) add(t testing.TB, kind record.Type, b []byte) uint64 {
	t.Helper()
	r, err := record.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	claim := verify.Claim{Type: kind, Digest: r.Digest(), Open: kind == record.CourseQA}
	if !claim.Open {
		claim.Salt = sha256.Sum256([]byte(fmt.Sprintf("salt %d of %s", len(l.leaves), l.log.Origin)))
	}
	i := l.append(claim.Entry().Bytes())
	l.claims[i] = claim
	return i
}

// fill logs n documents of no interest.
func (l *testLog) fill(t testing.TB, n int) {
	t.Helper()
	for i := range n {
		l.add(t, record.Document, fmt.Appendf(nil, "filling %d of %s", i, l.log.Origin))
	}
}

// setState appends a status entry.
func (l *testLog) setState(target uint64, s record.State) {
	l.append(record.Entry{Kind: record.Status, Target: target, State: s}.Bytes())
	l.states[target] = s
}

// statusTree is the tree over the states of targets 0 … n−1.
func statusTree(t testing.TB, states map[uint64]record.State, n uint64) *merkle.StatusTree {
	t.Helper()
	tree, err := merkle.NewStatusTree(noTiles{}, 0)
	if err == nil {
		err = tree.Grow(n)
	}
	for target, s := range states {
		if err == nil {
			err = tree.Set(target, uint8(s))
		}
	}
	if err == nil {
		_, err = tree.Root()
	}
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

type noTiles struct{}

func (noTiles) ReadStatusTile(uint64) ([]byte, error) { return nil, nil }

// anchor appends a head entry and anchors the log.
func (l *testLog) anchor(t testing.TB) verify.Event {
	t.Helper()
	root, err := statusTree(t, l.states, uint64(len(l.leaves))).Root()
	if err != nil {
		t.Fatal(err)
	}
	return l.anchorWith(t, record.Entry{Kind: record.Head, StatusRoot: root}.Bytes())
}

// anchorWith anchors the log behind any last entry.
func (l *testLog) anchorWith(t testing.TB, last []byte) verify.Event {
	t.Helper()
	a := anchored{head: last, states: map[uint64]record.State{}}
	for target, s := range l.states {
		a.states[target] = s
	}
	if n := len(l.anchors); n > 0 {
		a.prev = l.anchors[n-1].tree.Size
	}
	l.append(last)
	a.tree = merkle.Tree{Size: uint64(len(l.leaves)), Root: merkle.Root(l.leaves)}
	a.event = l.chain.anchor(t, l.ref, a.tree)
	l.anchors = append(l.anchors, a)
	return a.event
}

// ReadTile implements merkle.TileReader.
func (l *testLog) ReadTile(tile merkle.Tile) ([]merkle.Hash, error) {
	span := uint64(1) << (8 * tile.Level)
	hashes := make([]merkle.Hash, tile.Width)
	for i := range hashes {
		first := (tile.Index*256 + uint64(i)) * span
		hashes[i] = merkle.Root(l.leaves[first : first+span])
	}
	return hashes, nil
}

func (l *testLog) include(t testing.TB, size, index uint64) []merkle.Hash {
	t.Helper()
	p, err := merkle.ProveInclusion(l, size, index)
	if err != nil {
		t.Fatal(err)
	}
	return p.Hashes
}

// evidence assembles the evidence of an entry, with the status of the latest
// anchor.
func (l *testLog) evidence(t testing.TB, index uint64) verify.Evidence {
	t.Helper()
	return l.evidenceAt(t, index, len(l.anchors)-1)
}

// evidenceAt takes the status of that anchor.
func (l *testLog) evidenceAt(t testing.TB, index uint64, status int) verify.Evidence {
	t.Helper()
	e := verify.Evidence{Record: l.claims[index], Log: l.log, Index: index}
	for _, a := range l.anchors {
		if a.prev <= index && index < a.tree.Size {
			e.Existence = verify.Existence{Event: a.event, Inclusion: l.include(t, a.tree.Size, index)}
		}
	}
	if e.Record.Type != record.CourseQA {
		e.Status = l.status(t, index, status)
	}
	return e
}

func (l *testLog) status(t testing.TB, index uint64, at int) *verify.Status {
	t.Helper()
	a := l.anchors[at]
	s := &verify.Status{Event: a.event, Head: a.head, HeadInclusion: l.include(t, a.tree.Size, a.tree.Size-1)}
	if entry, err := record.ParseEntry(a.head); err == nil && entry.Kind == record.Head && index < a.tree.Size-1 {
		var err error
		if s.Chunk, s.ChunkProof, err = statusTree(t, a.states, a.tree.Size-1).Prove(index); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// checkpoint is the log's signed head at an anchor.
func (l *testLog) checkpoint(t testing.TB, tree merkle.Tree) []byte {
	t.Helper()
	b, err := checkpoint.Sign(checkpoint.Checkpoint{Origin: l.log.Origin, Tree: tree}, l.signer)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// binding is a LogBinding of this log, signed with that key.
func (l *testLog) binding(t testing.TB, key ed25519.PrivateKey, issuer string) *verify.Binding {
	t.Helper()
	b, err := verify.SignBinding(key, issuer, l.log.Origin, l.log.Keys, []checkpoint.LogRef{l.ref}, time.Unix(genesisTime, 0))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
