package contracts_test

import (
	"encoding/binary"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/merkle/testonly"
)

// A tree is a log whose trees and proofs come from transparency-dev/merkle,
// so that what the contract says is compared with somebody else's code.
type tree struct {
	*testonly.Tree
	brand byte // two trees of other brands share no leaf
}

func newTree(brand byte, size uint64) *tree {
	t := &tree{Tree: testonly.New(rfc6962.DefaultHasher), brand: brand}
	for i := range size {
		t.AppendData(t.entry(i))
	}
	return t
}

// entry returns the entry at an index: a sealed one of 35 bytes.
func (t *tree) entry(index uint64) []byte {
	e := make([]byte, 35)
	e[0], e[1], e[2], e[3] = 1, 1, 1, t.brand
	binary.BigEndian.PutUint64(e[27:], index)
	return e
}

func (t *tree) root(size uint64) common.Hash { return common.BytesToHash(t.HashAt(size)) }

func (t *tree) consistency(tb testing.TB, from, to uint64) [][32]byte {
	tb.Helper()
	if from == 0 {
		return nil
	}
	p, err := t.ConsistencyProof(from, to)
	if err != nil {
		tb.Fatal(err)
	}
	return words(p)
}

func (t *tree) inclusion(tb testing.TB, index, size uint64) [][32]byte {
	tb.Helper()
	p, err := t.InclusionProof(index, size)
	if err != nil {
		tb.Fatal(err)
	}
	return words(p)
}

func words(hashes [][]byte) [][32]byte {
	var out [][32]byte
	for _, h := range hashes {
		out = append(out, [32]byte(h))
	}
	return out
}

func slices32(words [][32]byte) [][]byte {
	var out [][]byte
	for i := range words {
		out = append(out, words[i][:])
	}
	return out
}
