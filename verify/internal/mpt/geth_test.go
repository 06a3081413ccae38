package mpt_test

import (
	"bytes"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/akashi-project/akashi/verify/internal/mpt"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/ethereum/go-ethereum/trie"
)

// path collects the nodes that go-ethereum proves a key with, root first.
type path [][]byte

func (p *path) Put(_, value []byte) error {
	*p = append(*p, bytes.Clone(value))
	return nil
}

func (p *path) Delete([]byte) error { return nil }

// byHash serves nodes as go-ethereum's VerifyProof looks them up.
type byHash map[common.Hash][]byte

func (m byHash) Has(key []byte) (bool, error)   { _, ok := m[common.BytesToHash(key)]; return ok, nil }
func (m byHash) Get(key []byte) ([]byte, error) { return m[common.BytesToHash(key)], nil }

func serve(nodes [][]byte) byHash {
	m := byHash{}
	for _, n := range nodes {
		m[crypto.Keccak256Hash(n)] = n
	}
	return m
}

func prove(t testing.TB, tr *trie.Trie, key []byte) [][]byte {
	t.Helper()
	var p path
	if err := tr.Prove(key, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// randomReceipts makes receipts of every type, with 0 to 5 logs each.
func randomReceipts(r *rand.Rand, n int) types.Receipts {
	var receipts types.Receipts
	for i := range n {
		receipt := &types.Receipt{
			Type:              uint8(r.IntN(5)),
			Status:            uint64(r.IntN(4) / 3),
			CumulativeGasUsed: uint64(21000 * (i + 1)),
		}
		receipt.Status ^= 1 // three in four succeed
		for range r.IntN(6) {
			l := &types.Log{Data: randomBytes(r, r.IntN(100))}
			r.Uint64()
			copy(l.Address[:], randomBytes(r, 20))
			for range r.IntN(5) {
				l.Topics = append(l.Topics, common.BytesToHash(randomBytes(r, 32)))
			}
			receipt.Logs = append(receipt.Logs, l)
		}
		receipt.Bloom = types.CreateBloom(receipt)
		receipts = append(receipts, receipt)
	}
	return receipts
}

func randomBytes(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// receiptTrie is the trie of a block, and its values.
func receiptTrie(t testing.TB, receipts types.Receipts) (*trie.Trie, [][]byte) {
	t.Helper()
	tr := trie.NewEmpty(nil)
	var values [][]byte
	for i := range receipts {
		var value bytes.Buffer
		receipts.EncodeIndex(i, &value)
		values = append(values, value.Bytes())
		if err := tr.Update(rlp.AppendUint64(nil, uint64(i)), value.Bytes()); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := tr.Hash(), types.DeriveSha(receipts, trie.NewListHasher()); got != want {
		t.Fatalf("root %x, want %x", got, want)
	}
	return tr, values
}

// TestBlocks proves every receipt of blocks of 1 to 200, and changes every
// byte of the proof of one receipt in each.
func TestBlocks(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := 1; n <= 200; n++ {
		receipts := randomReceipts(r, n)
		tr, values := receiptTrie(t, receipts)
		root := tr.Hash()
		changed := r.IntN(n)
		for i, want := range values {
			key := mpt.IndexKey(uint64(i))
			nodes := prove(t, tr, key)
			got, err := mpt.Get(root, key, nodes)
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("block of %d, receipt %d: %v", n, i, err)
			}
			if ref, err := trie.VerifyProof(root, key, serve(nodes)); err != nil || !bytes.Equal(ref, got) {
				t.Fatalf("block of %d, receipt %d: go-ethereum gives another value: %v", n, i, err)
			}
			checkLogs(t, receipts[i], got)
			if i == changed {
				breakProof(t, root, key, nodes)
			}
		}
	}
}

// checkLogs compares every log of a receipt with what was put in.
func checkLogs(t *testing.T, receipt *types.Receipt, value []byte) {
	t.Helper()
	for i := 0; i <= len(receipt.Logs); i++ {
		l, err := mpt.ReceiptLog(value, uint64(i))
		if receipt.Status != 1 || i == len(receipt.Logs) {
			if err == nil {
				t.Fatalf("log %d of a receipt with status %d and %d logs", i, receipt.Status, len(receipt.Logs))
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		want := receipt.Logs[i]
		if l.Address != want.Address || !bytes.Equal(l.Data, want.Data) || len(l.Topics) != len(want.Topics) {
			t.Fatalf("log %d: %+v, want %+v", i, l, want)
		}
		for j, topic := range want.Topics {
			if l.Topics[j] != topic {
				t.Fatalf("log %d topic %d: %x, want %x", i, j, l.Topics[j], topic)
			}
		}
	}
}

// breakProof changes each byte of a proof, takes away, doubles and swaps each
// node, and wants each to be refused.
func breakProof(t *testing.T, root [32]byte, key []byte, nodes [][]byte) {
	t.Helper()
	refused := func(what string, key []byte, nodes [][]byte) {
		if v, err := mpt.Get(root, key, nodes); err == nil {
			t.Fatalf("%s: accepted with value %x", what, v)
		}
	}
	for i, node := range nodes {
		for j := range node {
			old := node[j]
			node[j] ^= 1 << (j % 8)
			refused("a changed byte", key, nodes)
			node[j] = old
		}
		refused("a missing node", key, append(append([][]byte{}, nodes[:i]...), nodes[i+1:]...))
		refused("a doubled node", key, append(append([][]byte{}, nodes[:i+1]...), nodes[i:]...))
		refused("a cut node", key, append(append(append([][]byte{}, nodes[:i]...), node[:len(node)-1]), nodes[i+1:]...))
		refused("a longer node", key, append(append(append([][]byte{}, nodes[:i]...), append(bytes.Clone(node), 0)), nodes[i+1:]...))
	}
	for _, other := range [][]byte{{}, {0x80, 0x80}, append(bytes.Clone(key), 1), {key[0] ^ 1}, {key[0] ^ 0x10}} {
		if v, err := mpt.Get(root, other, nodes); err == nil {
			t.Fatalf("key %x: accepted with value %x", other, v)
		}
	}
	for i := range root {
		root[i] ^= 1
		refused("a changed root", key, nodes)
		root[i] ^= 1
	}
}

// TestTries compares with go-ethereum on tries of other shapes: short values
// that embed their nodes, keys that are prefixes of others, long extensions.
func TestTries(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		tr := trie.NewEmpty(nil)
		var keys [][]byte
		width, depth := 1+r.IntN(256), 1+r.IntN(4)
		for range 1 + r.IntN(12) {
			key := make([]byte, 1+r.IntN(depth))
			for i := range key {
				key[i] = byte(r.IntN(width))
			}
			keys = append(keys, key)
			if err := tr.Update(key, append([]byte{1}, randomBytes(r, r.IntN(40))...)); err != nil {
				t.Fatal(err)
			}
		}
		root := tr.Hash()
		for range 4 {
			keys = append(keys, randomBytes(r, 1+r.IntN(4)))
		}
		for _, key := range keys {
			nodes := prove(t, tr, key)
			want, refErr := trie.VerifyProof(root, key, serve(nodes))
			got, err := mpt.Get(root, key, nodes)
			if refErr != nil {
				t.Fatal(refErr)
			}
			if (err == nil) != (want != nil) || !bytes.Equal(got, want) {
				t.Fatalf("key %x: %x (%v), go-ethereum gives %x", key, got, err, want)
			}
		}
	}
}

// TestHeaders reads headers of every fork and changes every byte.
func TestHeaders(t *testing.T) {
	hash, gas := common.HexToHash("0x0102"), uint64(7)
	header := &types.Header{
		Number: big.NewInt(1 << 40), Time: 1 << 33, Difficulty: new(big.Int), GasLimit: 30_000_000,
		ReceiptHash: common.HexToHash("0xab"), Extra: []byte("extra"),
	}
	forks := []func(){
		func() {}, // Frontier
		func() { header.BaseFee = big.NewInt(7) },
		func() { header.WithdrawalsHash = &hash },
		func() { header.BlobGasUsed, header.ExcessBlobGas, header.ParentBeaconRoot = &gas, &gas, &hash },
		func() { header.RequestsHash = &hash },
		func() { header.BlockAccessListHash, header.SlotNumber = &hash, &gas },
	}
	for i, fork := range forks {
		fork()
		b, err := rlp.EncodeToBytes(header)
		if err != nil {
			t.Fatal(err)
		}
		check := func(b []byte, wantHash common.Hash) {
			t.Helper()
			h, err := mpt.ParseHeader(b)
			if err != nil {
				t.Fatalf("fork %d: %v", i, err)
			}
			if h.Hash != wantHash || h.ReceiptsRoot != header.ReceiptHash || h.Number != 1<<40 || h.Time != 1<<33 {
				t.Fatalf("fork %d: %+v", i, h)
			}
		}
		check(b, header.Hash())
		for j := range b {
			b[j] ^= 1 << (j % 8)
			if h, err := mpt.ParseHeader(b); err == nil && h.Hash == header.Hash() {
				t.Fatalf("fork %d: byte %d changed, and the hash is the same", i, j)
			}
			b[j] ^= 1 << (j % 8)
		}
		// A fork that nobody knows appends fields, perhaps lists.
		var fields []rlp.RawValue
		if err := rlp.DecodeBytes(b, &fields); err != nil {
			t.Fatal(err)
		}
		fields = append(fields, rlp.RawValue{0xc2, 0x01, 0xc0}, rlp.RawValue{0x80})
		if b, err = rlp.EncodeToBytes(fields); err != nil {
			t.Fatal(err)
		}
		check(b, crypto.Keccak256Hash(b))
	}
}

// TestIndexKey compares every width of an index.
func TestIndexKey(t *testing.T) {
	for shift := range 64 {
		for _, n := range []uint64{1<<shift - 1, 1 << shift, 1<<shift + 1} {
			if got, want := mpt.IndexKey(n), rlp.AppendUint64(nil, n); !bytes.Equal(got, want) {
				t.Errorf("%d: %x, want %x", n, got, want)
			}
		}
	}
}

func TestKeccak256(t *testing.T) {
	for _, s := range []string{"", "abc", "Anchored(bytes32,uint64,bytes32,uint64)"} {
		if got, want := mpt.Keccak256([]byte(s)), crypto.Keccak256Hash([]byte(s)); got != want {
			t.Errorf("%q: %x, want %x", s, got, want)
		}
	}
}
