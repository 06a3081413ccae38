package store

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/record"
)

// rich fills a store with all that a store can hold: every kind of entry,
// records with and without bytes, all states, a forgotten record, frozen
// trees, a checkpoint, a journal. It returns the index of one record that
// stays.
func rich(t testing.TB, s *Store) (kept uint64) {
	t.Helper()
	ctx := context.Background()
	var badges []uint64
	for i := range 300 {
		badges = append(badges, mustAppend(t, s, testBadge(t, i)).Index)
	}
	mustFreeze(t, s)
	for i := range 20 {
		mustAppend(t, s, Submission{Type: record.Document, Digest: record.Digest{1, byte(i)}})
	}
	open := testDocument(t, 7)
	open.Open = true
	mustAppend(t, s, open)
	review, err := record.Parse([]byte(`{"type":["CourseReview"],"issuer":"https://uni.example"}`))
	if err != nil {
		t.Fatal(err)
	}
	mustAppend(t, s, Submission{Type: record.CourseQA, Record: review})
	for i, state := range []record.State{record.Suspended, record.Revoked, record.Suspended} {
		if _, err := s.ChangeStatus(ctx, badges[i], state); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.ChangeStatus(ctx, badges[2], record.Valid); err != nil {
		t.Fatal(err)
	}
	f := mustFreeze(t, s)
	if err := s.Forget(ctx, badges[5]); err != nil {
		t.Fatal(err)
	}
	mustAppend(t, s, testDocument(t, 8))
	setCheckpoint(t, s)
	putFinal(t, s, f, 0)
	return badges[9]
}

// setCheckpoint signs the committed tree and stores the note.
func setCheckpoint(t testing.TB, s *Store) {
	t.Helper()
	skey, _, err := checkpoint.GenerateKey("log.uni.example")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := checkpoint.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	tree := s.Tree()
	note, err := checkpoint.Sign(checkpoint.Checkpoint{Origin: "log.uni.example", Tree: tree}, signer)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SetCheckpoint(tree, note); err != nil {
		t.Fatal(err)
	}
}

// testAnchor is a final journal row for a frozen tree.
func testAnchor(f Frozen, prev uint64) Anchor {
	return Anchor{
		Size: f.Tree.Size, Root: f.Tree.Root, PrevSize: prev, State: Final,
		Attempts: []Attempt{{Nonce: 3, Raw: HexBytes{2, 0xf8}, Hash: ChainHash{1}, FeeCap: 2_000_000_000, TipCap: 1}},
		Block:    &ChainBlock{Number: 12, Hash: ChainHash{2}, Time: 1_800_000_100},
		TxHash:   &ChainHash{1},
		Proof:    json.RawMessage(`{"type":"eth-receipt-mpt/1"}`),
	}
}

func putFinal(t testing.TB, s *Store, f Frozen, prev uint64) {
	t.Helper()
	if err := s.PutAnchor(context.Background(), testAnchor(f, prev)); err != nil {
		t.Fatal(err)
	}
}

// allRoots returns the roots of the log at all sizes, from its bundles alone.
func allRoots(t testing.TB, s *Store) []merkle.Hash {
	t.Helper()
	var f merkle.Frontier
	roots := []merkle.Hash{f.Tree().Root}
	for i := range s.Tree().Size {
		e, err := s.Entry(i)
		if err != nil {
			t.Fatal(err)
		}
		f.Append(merkle.LeafHash(e.Bytes()))
		roots = append(roots, f.Tree().Root)
	}
	return roots
}
