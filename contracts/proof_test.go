package contracts_test

import (
	"bytes"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/akashi-project/akashi/contracts"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
)

// Each probe is one proof, genuine or mutated, of which the registry must say
// what transparency-dev/merkle says.
const minProbes = 20_000

// A consistencyProbe asks whether the tree of size to and newRoot extends that
// of size from and oldRoot; 0 < from < to.
type consistencyProbe struct {
	from, to         uint64
	oldRoot, newRoot common.Hash
	proof            [][32]byte
}

func (p consistencyProbe) oracle() bool {
	return proof.VerifyConsistency(rfc6962.DefaultHasher, p.from, p.to, slices32(p.proof), p.oldRoot[:], p.newRoot[:]) == nil
}

// mutations returns p changed in each of the ways that a forger may try.
func (p consistencyProbe) mutations(rng *rand.Rand) []consistencyProbe {
	var all []consistencyProbe
	add := func(change func(*consistencyProbe)) {
		q := p
		q.proof = slices.Clone(p.proof)
		change(&q)
		if 0 < q.from && q.from < q.to && q.to < 1<<56 {
			all = append(all, q)
		}
	}
	for _, proof := range mutatedProofs(rng, p.proof, p.oldRoot, p.newRoot) {
		add(func(q *consistencyProbe) { q.proof = proof })
	}
	add(func(q *consistencyProbe) { flip(rng, &q.oldRoot) })
	add(func(q *consistencyProbe) { flip(rng, &q.newRoot) })
	add(func(q *consistencyProbe) { q.oldRoot, q.newRoot = q.newRoot, q.oldRoot })
	add(func(q *consistencyProbe) { q.newRoot = q.oldRoot })
	for _, size := range nearby(p.from) {
		add(func(q *consistencyProbe) { q.from = size })
	}
	for _, size := range nearby(p.to) {
		add(func(q *consistencyProbe) { q.to = size })
	}
	add(func(q *consistencyProbe) { q.from, q.to = q.from+1, q.to+1 })
	return all
}

// An inclusionProbe asks whether entry is at index of the tree.
type inclusionProbe struct {
	index, size uint64
	entry       []byte
	root        common.Hash
	proof       [][32]byte
}

func (p inclusionProbe) oracle() bool {
	leaf := rfc6962.DefaultHasher.HashLeaf(p.entry)
	return proof.VerifyInclusion(rfc6962.DefaultHasher, p.index, p.size, leaf, slices32(p.proof), p.root[:]) == nil
}

func (p inclusionProbe) mutations(rng *rand.Rand) []inclusionProbe {
	var all []inclusionProbe
	add := func(change func(*inclusionProbe)) {
		q := p
		q.proof, q.entry = slices.Clone(p.proof), bytes.Clone(p.entry)
		change(&q)
		if q.size > 0 && q.size < 1<<56 {
			all = append(all, q)
		}
	}
	for _, proof := range mutatedProofs(rng, p.proof, p.root, rfc6962.DefaultHasher.HashLeaf(p.entry)) {
		add(func(q *inclusionProbe) { q.proof = proof })
	}
	add(func(q *inclusionProbe) { flip(rng, &q.root) })
	add(func(q *inclusionProbe) { q.entry[rng.IntN(len(q.entry))] ^= 1 << rng.IntN(8) })
	add(func(q *inclusionProbe) { q.entry = q.entry[1:] })
	add(func(q *inclusionProbe) { q.entry = append(q.entry, 0) })
	add(func(q *inclusionProbe) { q.entry = []byte{} })
	if len(p.proof) > 0 {
		// An inner node passed off as an entry: both its halves, and the proof
		// of the rest.
		leaf := rfc6962.DefaultHasher.HashLeaf(p.entry)
		add(func(q *inclusionProbe) {
			q.entry, q.proof, q.index = append(bytes.Clone(leaf), q.proof[0][:]...), q.proof[1:], q.index/2
			q.size = (q.size + 1) / 2
		})
	}
	for _, index := range nearby(p.index) {
		add(func(q *inclusionProbe) { q.index = index })
	}
	for _, size := range nearby(p.size) {
		add(func(q *inclusionProbe) { q.size = size })
	}
	add(func(q *inclusionProbe) { q.index, q.size = q.index+1, q.size+1 })
	return all
}

// mutatedProofs returns a proof with each hash spoilt, and taken apart in other
// ways; values are hashes that a forger has at hand.
func mutatedProofs(rng *rand.Rand, p [][32]byte, values ...any) [][][32]byte {
	var all [][][32]byte
	with := func(change func(q [][32]byte) [][32]byte) { all = append(all, change(slices.Clone(p))) }
	for i := range p {
		with(func(q [][32]byte) [][32]byte { flip(rng, (*common.Hash)(&q[i])); return q })
		with(func(q [][32]byte) [][32]byte { return slices.Delete(q, i, i+1) })
	}
	if n := len(p); n > 0 {
		i := rng.IntN(n)
		with(func(q [][32]byte) [][32]byte { q[i] = [32]byte{}; return q })
		with(func(q [][32]byte) [][32]byte { return slices.Insert(q, i, q[i]) })
		with(func([][32]byte) [][32]byte { return nil })
		if n > 1 {
			j := (i + 1) % n
			with(func(q [][32]byte) [][32]byte { q[i], q[j] = q[j], q[i]; return q })
			with(func(q [][32]byte) [][32]byte { slices.Reverse(q); return q })
		}
	}
	for _, v := range values {
		var w [32]byte
		switch v := v.(type) {
		case common.Hash:
			w = v
		case []byte:
			w = [32]byte(v)
		}
		with(func(q [][32]byte) [][32]byte { return append(q, w) })
		with(func(q [][32]byte) [][32]byte { return slices.Insert(q, 0, w) })
	}
	with(func(q [][32]byte) [][32]byte { return append(q, [32]byte{}) })
	return all
}

func flip(rng *rand.Rand, h *common.Hash) { h[rng.IntN(32)] ^= 1 << rng.IntN(8) }

func nearby(n uint64) []uint64 { return []uint64{n - 1, n + 1, n ^ 2, n * 2, n / 2, n | 1<<40} }

// TestConsistencyProofs anchors along every proof between trees of at most 40
// entries, and of random large ones, and mutations of each.
func TestConsistencyProofs(t *testing.T) {
	rng := rand.New(rand.NewChaCha8([32]byte{2}))
	var probes []consistencyProbe
	add := func(p consistencyProbe) {
		t.Helper()
		if !p.oracle() {
			t.Fatalf("the oracle refuses the genuine proof from %d to %d", p.from, p.to)
		}
		probes = append(append(probes, p), p.mutations(rng)...)
	}
	tree := newTree(1, 1<<17)
	genuine := func(from, to uint64) consistencyProbe {
		return consistencyProbe{from, to, tree.root(from), tree.root(to), tree.consistency(t, from, to)}
	}
	for to := uint64(2); to <= 40; to++ {
		for from := uint64(1); from < to; from++ {
			add(genuine(from, to))
		}
	}
	for range 150 {
		to := 2 + rng.Uint64N(tree.Size()-2)
		add(genuine(1+rng.Uint64N(to-1), to))
	}
	// Larger than any tree in memory: the proof comes first, the roots after.
	for range 100 {
		to := 2 + rng.Uint64()>>(8+rng.IntN(40))
		from := 1 + rng.Uint64N(to-1)
		walk := make([][32]byte, consistencyLen(from, to))
		for i := range walk {
			for j := range walk[i] {
				walk[i][j] = byte(rng.Uint32())
			}
		}
		oldRoot, newRoot := rootsOf(t, from, to, walk)
		add(consistencyProbe{from, to, oldRoot, newRoot, walk})
	}
	if len(probes) < minProbes {
		t.Fatalf("%d probes, want at least %d", len(probes), minProbes)
	}

	r := deploy(t, shared)
	id := r.open()
	var good, bad int
	r.each(len(probes), func(i int) request {
		p := probes[i]
		return request{
			from:  operator.Address,
			data:  binding.PackAnchor(id, p.to, p.newRoot, p.proof),
			slots: headSlots(id, operator.Address, p.from, p.oldRoot),
		}
	}, func(i int, out []byte, err error) {
		p := probes[i]
		switch want := p.oracle(); {
		case want && err != nil:
			t.Errorf("refused from %d to %d: %v", p.from, p.to, explain(err))
		case !want && err == nil:
			t.Errorf("a proof from %d to %d is accepted that transparency-dev/merkle refuses: %+v", p.from, p.to, p)
		case want:
			good++
		default:
			bad++
			got, unpackErr := binding.UnpackError(revertData(err))
			want := contracts.AnchorRegistryInvalidProof{LogId: id, HeadSize: p.from, Size: p.to, Root: p.newRoot}
			if e, ok := got.(*contracts.AnchorRegistryInvalidProof); unpackErr != nil || !ok || *e != want {
				t.Errorf("from %d to %d: refused with %v (%#v), want %#v", p.from, p.to, err, got, want)
			}
		}
	})
	t.Logf("%d proofs accepted, %d refused", good, bad)
	if bad < minProbes {
		t.Errorf("only %d proofs were refused, want at least %d", bad, minProbes)
	}
}

// TestInclusionProofs proves every entry of trees of at most 40, and of random
// large ones, and mutations of each.
func TestInclusionProofs(t *testing.T) {
	rng := rand.New(rand.NewChaCha8([32]byte{3}))
	var probes []inclusionProbe
	tree := newTree(1, 1<<17)
	add := func(index, size uint64) {
		t.Helper()
		p := inclusionProbe{index, size, tree.entry(index), tree.root(size), tree.inclusion(t, index, size)}
		if !p.oracle() {
			t.Fatalf("the oracle refuses the genuine proof of %d in %d", index, size)
		}
		probes = append(append(probes, p), p.mutations(rng)...)
	}
	for size := uint64(1); size <= 40; size++ {
		for index := range size {
			add(index, size)
		}
	}
	for range 150 {
		size := 1 + rng.Uint64N(tree.Size()-1)
		add(rng.Uint64N(size), size)
	}
	if len(probes) < minProbes {
		t.Fatalf("%d probes, want at least %d", len(probes), minProbes)
	}

	r := deploy(t, shared)
	id := r.open()
	var good, bad int
	r.each(len(probes), func(i int) request {
		p := probes[i]
		return request{
			data:  binding.PackVerifyInclusion(id, p.size, p.index, p.entry, p.proof),
			slots: headSlots(id, operator.Address, p.size, p.root),
		}
	}, func(i int, out []byte, err error) {
		p := probes[i]
		if err != nil {
			t.Errorf("entry %d of %d: %v", p.index, p.size, explain(err))
			return
		}
		got, err := binding.UnpackVerifyInclusion(out)
		if err != nil {
			t.Fatal(err)
		}
		if want := p.oracle(); got != want {
			t.Errorf("entry %d of %d: %v, transparency-dev/merkle says %v: %+v", p.index, p.size, got, want, p)
		}
		if got {
			good++
		} else {
			bad++
		}
	})
	t.Logf("%d proofs accepted, %d refused", good, bad)
	if bad < minProbes {
		t.Errorf("only %d proofs were refused, want at least %d", bad, minProbes)
	}
}

func TestVerifyInclusionOfOlderHead(t *testing.T) {
	r := deploy(t, shared)
	id, tree := r.open(), newTree(1, 20)
	r.send(operator, binding.PackAnchor(id, 10, tree.root(10), nil))
	r.send(operator, binding.PackAnchor(id, 20, tree.root(20), tree.consistency(t, 10, 20)))
	for _, size := range []uint64{0, 10, 19, 21} {
		r.refuse(stranger, binding.PackVerifyInclusion(id, size, 3, tree.entry(3), tree.inclusion(t, 3, 10)),
			&contracts.AnchorRegistryNotHead{LogId: id, Size: size, HeadSize: 20})
	}
	// A log that is open and empty holds nothing.
	empty := r.openAs("empty", operator.Address)
	ok, err := binding.UnpackVerifyInclusion(r.view(binding.PackVerifyInclusion(empty, 0, 0, []byte{}, nil)))
	if ok || err != nil {
		t.Errorf("an entry of an empty log: %v, %v", ok, err)
	}
}

// TestNoGasLimitMakesAProof sends a proof with one bit flipped with each gas
// limit at which it can fail in between, and the genuine one beside it. A call
// to the precompile that runs out of gas must not leave a hash out.
func TestNoGasLimitMakesAProof(t *testing.T) {
	r := deploy(t, shared)
	id, tree := r.open(), newTree(1, 60)
	const from, to = 23, 60
	slots := headSlots(id, operator.Address, from, tree.root(from))
	good := tree.consistency(t, from, to)
	bad := slices.Clone(good)
	bad[len(bad)-1][31] ^= 1
	const limits = 30_000
	var enough int
	r.each(2*limits/5, func(i int) request {
		p := [][][32]byte{good, bad}[i%2]
		return request{from: operator.Address, data: binding.PackAnchor(id, to, tree.root(to), p), slots: slots, gas: 21_000 + uint64(i/2*5)}
	}, func(i int, out []byte, err error) {
		switch {
		case i%2 == 1 && err == nil:
			t.Errorf("a false proof is accepted with %d gas", 21_000+i/2*5)
		case i%2 == 0 && err == nil:
			enough++
		case i%2 == 0 && enough > 0:
			t.Errorf("%d gas is too little, and less was enough: %v", 21_000+i/2*5, explain(err))
		}
	})
	if enough == 0 {
		t.Error("no gas limit was enough for the genuine proof")
	}
}

// consistencyLen is how many hashes a consistency proof has.
func consistencyLen(from, to uint64) int {
	nodes, err := proof.Consistency(from, to)
	if err != nil {
		panic(err)
	}
	_, begin, end := nodes.Ephem()
	n := len(nodes.IDs)
	if end > begin {
		n -= end - begin - 1
	}
	return n
}

// rootsOf returns the roots to which a walk along these hashes leads (RFC 9162,
// section 2.1.4.2, step by step), and has the oracle confirm it.
func rootsOf(tb testing.TB, from, to uint64, walk [][32]byte) (oldRoot, newRoot common.Hash) {
	tb.Helper()
	h := rfc6962.DefaultHasher
	fn, sn := from-1, to-1
	for fn&1 == 1 {
		fn, sn = fn>>1, sn>>1
	}
	rest := slices32(walk)
	fr := bytes.Repeat([]byte{0xaa}, 32) // the old root itself, for a power of two
	if from&(from-1) != 0 {
		fr, rest = rest[0], rest[1:]
	}
	sr := fr
	for _, c := range rest {
		if fn&1 == 1 || fn == sn {
			fr, sr = h.HashChildren(c, fr), h.HashChildren(c, sr)
			for fn&1 == 0 && fn != 0 {
				fn, sn = fn>>1, sn>>1
			}
		} else {
			sr = h.HashChildren(sr, c)
		}
		fn, sn = fn>>1, sn>>1
	}
	oldRoot, newRoot = common.BytesToHash(fr), common.BytesToHash(sr)
	if !(consistencyProbe{from, to, oldRoot, newRoot, walk}).oracle() {
		tb.Fatalf("the oracle refuses the walk from %d to %d", from, to)
	}
	return oldRoot, newRoot
}

// A request is a call on a state in which some slots of the registry are
// others than on the chain: so that each probe may have a head of its own.
type request struct {
	from  common.Address
	data  []byte
	slots map[common.Hash]common.Hash
	gas   uint64 // 0 for all there is
}

// headSlots puts a log at a head, by the storage layout that the package
// comment describes.
func headSlots(id common.Hash, operator common.Address, size uint64, root common.Hash) map[common.Hash]common.Hash {
	first := new(big.Int).SetBytes(crypto.Keccak256(id[:], make([]byte, 32)))
	word := new(big.Int).SetUint64(size)
	word.Lsh(word, 160).Or(word, new(big.Int).SetBytes(operator[:]))
	return map[common.Hash]common.Hash{
		common.BigToHash(first):                                  common.BigToHash(word),
		common.BigToHash(new(big.Int).Add(first, big.NewInt(1))): root,
	}
}

// each makes n requests, many at a time, and hands over each answer.
func (r *registry) each(n int, make_ func(i int) request, take func(i int, out []byte, err error)) {
	r.Helper()
	const batch = 500
	for at := 0; at < n; at += batch {
		var calls []rpc.BatchElem
		var outs [batch]hexutil.Bytes
		for i := at; i < min(n, at+batch); i++ {
			q := make_(i)
			msg := map[string]any{"from": q.from, "to": r.address, "input": hexutil.Bytes(q.data)}
			if q.gas != 0 {
				msg["gas"] = hexutil.Uint64(q.gas)
			}
			calls = append(calls, rpc.BatchElem{Method: "eth_call", Result: &outs[i-at], Args: []any{
				msg, "latest", map[common.Address]any{r.address: map[string]any{"stateDiff": q.slots}},
			}})
		}
		if err := r.chain.Client().Client().BatchCallContext(r.Context(), calls); err != nil {
			r.Fatal(fmt.Errorf("batch of %d calls: %w", len(calls), err))
		}
		for i, c := range calls {
			take(at+i, outs[i], c.Error)
		}
	}
}
