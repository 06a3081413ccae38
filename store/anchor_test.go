package store

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/merkle"
)

func TestJournal(t *testing.T) {
	ctx := context.Background()
	o := testOptions(filepath.Join(t.TempDir(), "store"))
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	var frozen []Frozen
	for i := range 4 {
		mustAppend(t, s, testBadge(t, i))
		frozen = append(frozen, mustFreeze(t, s)) // sizes 2, 4, 6, 8
	}
	a := testAnchor(frozen[0], 0)
	intended := Anchor{Size: a.Size, Root: a.Root, State: Intended}
	sent := intended
	sent.State, sent.Attempts = Sent, a.Attempts
	sent.Attempts[0].SentAt = time.Unix(1_800_000_000, 5).UTC()
	mined := sent
	mined.State, mined.Block, mined.TxHash = Mined, a.Block, a.TxHash
	orphaned := sent
	orphaned.State = Orphaned
	final := mined
	final.State, final.Proof = Final, a.Proof
	for _, step := range []Anchor{intended, sent, mined, orphaned, sent, mined, final, final} {
		if err := s.PutAnchor(ctx, step); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Anchor(step.Size); err != nil || !reflect.DeepEqual(got, step) {
			t.Fatalf("row %+v, %v, want %+v", got, err, step)
		}
	}
	if err := s.PutAnchor(ctx, sent); !errors.Is(err, ErrFinal) {
		t.Errorf("changing a final row: %v", err)
	}
	// The tree of size 4 was overtaken: 6 carries its entries.
	put := func(a Anchor) {
		t.Helper()
		if err := s.PutAnchor(ctx, a); err != nil {
			t.Fatal(err)
		}
	}
	put(Anchor{Size: 4, Root: frozen[1].Tree.Root, PrevSize: 2, State: Orphaned})
	put(testAnchor(frozen[2], 2))
	put(Anchor{Size: 8, Root: frozen[3].Tree.Root, PrevSize: 6, State: Intended})
	closeTest(t, s)
	s = openTest(t, o)

	if last, err := s.LastFinal(); err != nil || last.Size != 6 {
		t.Errorf("last final: %d, %v", last.Size, err)
	}
	if open, err := s.OpenAnchors(); err != nil || len(open) != 1 || open[0].Size != 8 {
		t.Errorf("open: %+v, %v", open, err)
	}
	for index, want := range []uint64{2, 2, 6, 6, 6, 6} {
		if got, err := s.FinalAnchorOf(uint64(index)); err != nil || got.Size != want {
			t.Errorf("anchor of entry %d: %d, %v, want %d", index, got.Size, err, want)
		}
	}
	for _, index := range []uint64{6, 7, 1<<64 - 1} {
		if _, err := s.FinalAnchorOf(index); !errors.Is(err, ErrNotFound) {
			t.Errorf("anchor of entry %d: %v", index, err)
		}
	}
	sizes := func(from uint64, limit int) (out []uint64) {
		rows, err := s.Anchors(from, limit)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range rows {
			out = append(out, a.Size)
		}
		return out
	}
	if got := sizes(0, 0); !reflect.DeepEqual(got, []uint64{2, 4, 6, 8}) {
		t.Errorf("all: %v", got)
	}
	if got := sizes(3, 2); !reflect.DeepEqual(got, []uint64{4, 6}) {
		t.Errorf("from 3, two: %v", got)
	}
}

func TestJournalRefusals(t *testing.T) {
	ctx := context.Background()
	s := newTest(t)
	mustAppend(t, s, testBadge(t, 1))
	f := mustFreeze(t, s)
	for name, test := range map[string]struct {
		change func(*Anchor)
		want   string
	}{
		"never frozen": {func(a *Anchor) { a.Size = 1 }, "not in the store"},
		"other root":   {func(a *Anchor) { a.Root = merkle.Hash{} }, "frozen was"},
		"shrinks":      {func(a *Anchor) { a.PrevSize = 2 }, "previous size 2 is not smaller"},
		"no state":     {func(a *Anchor) { a.State = 0 }, "anchor state 0"},
		"unknown":      {func(a *Anchor) { a.State = 6 }, "anchor state 6"},
		"no block":     {func(a *Anchor) { a.Block = nil }, "needs its block"},
		"no proof":     {func(a *Anchor) { a.Proof = nil }, "needs its receipt proof"},
		"bad proof":    {func(a *Anchor) { a.Proof = json.RawMessage("{") }, "JSON"},
		"large proof":  {func(a *Anchor) { a.Proof = make([]byte, MaxProofBytes+1) }, "at most"},
		"no attempt":   {func(a *Anchor) { a.State, a.Attempts = Sent, nil }, "there is no attempt"},
		"no bytes":     {func(a *Anchor) { a.Attempts[0].Raw = nil }, "attempt 0 has 0 bytes"},
		"large tx":     {func(a *Anchor) { a.Attempts[0].Raw = make([]byte, MaxRawTx+1) }, "want 1 to"},
		"all large": {func(a *Anchor) {
			a.Attempts = slices.Repeat([]Attempt{{Raw: make([]byte, MaxRawTx)}}, MaxRawTxs/MaxRawTx+1)
		}, "in all; drop the oldest"},
		"attempts":  {func(a *Anchor) { a.Attempts = make([]Attempt, MaxAttempts+1) }, "drop the oldest"},
		"long note": {func(a *Anchor) { a.Note = strings.Repeat("x", 1025) }, "at most 1024"},
	} {
		t.Run(name, func(t *testing.T) {
			a := testAnchor(f, 0)
			test.change(&a)
			if err := s.PutAnchor(ctx, a); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
	if rows, err := s.Anchors(0, 0); err != nil || len(rows) != 0 {
		t.Errorf("the journal holds %+v, %v", rows, err)
	}
}

func TestAnchorText(t *testing.T) {
	for s := Intended; s <= Orphaned; s++ {
		text, err := s.MarshalText()
		var back AnchorState
		if err != nil || back.UnmarshalText(text) != nil || back != s {
			t.Errorf("state %d: %q, %v, back %d", s, text, err, back)
		}
	}
	for _, bad := range []string{"", "Final", "finaly", "0"} {
		var s AnchorState
		if s.UnmarshalText([]byte(bad)) == nil {
			t.Errorf("state %q was accepted", bad)
		}
	}
	hash := "0x" + strings.Repeat("0a", 32)
	var h ChainHash
	if err := h.UnmarshalText([]byte(hash)); err != nil || h.String() != hash {
		t.Errorf("hash %s: %v", h, err)
	}
	for _, bad := range []string{"", "0x", hash[2:], hash + "00", strings.ToUpper(hash), "0x" + strings.Repeat("zz", 32)} {
		if h.UnmarshalText([]byte(bad)) == nil {
			t.Errorf("hash %q was accepted", bad)
		}
	}
	var b HexBytes
	for _, bad := range []string{"", "00", "0x0", "0X00", "0xAA", "0xgg"} {
		if b.UnmarshalText([]byte(bad)) == nil {
			t.Errorf("bytes %q were accepted", bad)
		}
	}
}

func TestCheckpointRow(t *testing.T) {
	s := newTest(t)
	mustAppend(t, s, testBadge(t, 1))
	f := mustFreeze(t, s)
	setCheckpoint(t, s)
	size, note, err := s.Checkpoint()
	if err != nil || size != 2 || !strings.Contains(string(note), "log.uni.example\n2\n") {
		t.Fatalf("checkpoint of %d, %v: %s", size, err, note)
	}
	for name, c := range map[string]struct {
		tree merkle.Tree
		note string
	}{
		"never committed": {merkle.Tree{Size: 2, Root: merkle.Hash{1}}, "x"},
		"too large":       {merkle.Tree{Size: 3, Root: f.Tree.Root}, "x"},
		"empty note":      {f.Tree, ""},
		"long note":       {f.Tree, strings.Repeat("x", 70_000)},
		"backwards":       {merkle.Tree{Size: 0, Root: merkle.EmptyRoot}, "x"},
	} {
		if err := s.SetCheckpoint(c.tree, []byte(c.note)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if again, _, _ := s.Checkpoint(); again != 2 {
		t.Errorf("checkpoint of %d after refusals", again)
	}
}

// TestDecodedRows: a row that is remembered reads as its bytes do, whatever
// was read before, and what is remembered has a bound.
func TestDecodedRows(t *testing.T) {
	var d decodedRows
	for round := range 2 {
		for size := range uint64(2*maxDecodedRows + 10) {
			a := testAnchor(Frozen{Tree: merkle.Tree{Size: size + 9}}, size)
			row, err := json.Marshal(a)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if got, err := d.anchor(row); err != nil || !reflect.DeepEqual(got, a) {
					t.Fatalf("round %d: %+v, want %+v (%v)", round, got, a, err)
				}
			}
			if len(d.rows) > maxDecodedRows {
				t.Fatalf("%d rows are remembered, want at most %d", len(d.rows), maxDecodedRows)
			}
		}
	}
	if _, err := d.anchor([]byte(`{"size":1,"colour":2}`)); !errors.Is(err, ErrDamaged) {
		t.Errorf("a row of another form: %v", err)
	}
}
