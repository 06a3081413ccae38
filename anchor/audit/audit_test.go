package audit_test

import (
	"slices"
	"testing"

	"github.com/akashi-project/akashi/anchor/audit"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/testnet/biglog"
	"github.com/akashi-project/akashi/verify"
)

// TestRight audits a log in which nothing is wrong.
func TestRight(t *testing.T) {
	r := newRig(t, biglog.Options{Entries: 3000, Anchors: 70, PerBlock: 10})
	report := r.audit(nil)
	want(t, report, verify.Verified)
	l := report.Logs[0]
	if len(l.Anchors) != 70 || l.Entries.Total != 3000 || l.Entries.Head != 70 || l.Origin != r.log.Origin || l.Owner != r.log.Log.Owner {
		t.Errorf("%s", text(t, report))
	}
	for i, a := range l.Anchors {
		if want := r.log.Anchors[i]; a.Size != want.Size || a.Root != want.Root || a.Block != want.Block || a.Time != want.Time || a.Result != verify.Pass {
			t.Errorf("anchor %d: %+v, want %+v", i, a, want)
		}
	}
	if s := l.States; s.Valid+s.Suspended+s.Revoked != l.Entries.Badge+l.Entries.Document || s.Revoked == 0 || s.Suspended == 0 {
		t.Errorf("states %+v of %+v", s, l.Entries)
	}
	if l.Checkpoint == nil || l.Checkpoint.Size != 3000 || !l.Checkpoint.Compared || l.Checkpoint.Term != 0 {
		t.Errorf("checkpoint %+v", l.Checkpoint)
	}
	if again := text(t, r.audit(nil)); again != text(t, report) {
		t.Error("a second audit of the same inputs has another report")
	}
}

// TestRewritten rewrites one entry, and everything that follows from it, in
// batches of one record and its head: the entry is named.
func TestRewritten(t *testing.T) {
	r := newRig(t, biglog.Options{Entries: 600, Anchors: 300, PerBlock: 50})
	const index = 404
	r.rewrite(index)
	report := r.audit(nil)
	want(t, report, verify.Refuted, audit.AnchorRoot, audit.AnchorHead, audit.AnchorStatus, audit.EntryChanged, audit.CheckpointTree)
	f := found(report, audit.EntryChanged)
	if len(f) != 1 || f[0].Result != verify.Fail || f[0].Where.Entry == nil || *f[0].Where.Entry != index || f[0].Where.Last != nil {
		t.Fatalf("named %+v, want entry %d", f, index)
	}
	// What follows is judged on its own: one anchor is wrong, the others are
	// not.
	var wrong []uint64
	for _, a := range report.Logs[0].Anchors {
		if a.Result != verify.Pass {
			wrong = append(wrong, a.Size)
		}
	}
	if !slices.Equal(wrong, []uint64{406}) {
		t.Errorf("anchors %v did not pass, want that of size 406", wrong)
	}
}

// rewrite puts another badge in the place of an entry and forges all tiles.
func (r *rig) rewrite(index uint64) {
	r.t.Helper()
	e := record.Entry{Kind: record.Sealed, Type: record.Badge, Commitment: record.Commitment(merkle.LeafHash([]byte("forged")))}
	if err := r.log.Rewrite(index, e.Bytes()); err != nil {
		r.t.Fatal(err)
	}
}
