package audit_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"slices"
	"testing"
	"time"

	"github.com/akashi-project/akashi/anchor/audit"
	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/contracts"
	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/testnet"
	"github.com/akashi-project/akashi/testnet/biglog"
	"github.com/akashi-project/akashi/verify"
	"github.com/ethereum/go-ethereum/common"
)

func statusEntry(target uint64, state record.State) []byte {
	return record.Entry{Kind: record.Status, Target: target, State: state}.Bytes()
}

// TestFalseHead anchors a head with another status root than the entries give.
func TestFalseHead(t *testing.T) {
	r := newRig(t, biglog.Options{Entries: 300, Anchors: 10, PerBlock: 5, Entry: func(i uint64, planned []byte) []byte {
		if i == 149 {
			planned[5] ^= 1
		}
		return planned
	}})
	report := r.audit(nil)
	want(t, report, verify.Refuted, audit.AnchorStatus)
	f := found(report, audit.AnchorStatus)
	if len(f) != 1 || *f[0].Where.Anchor != 150 || *f[0].Where.Entry != 149 {
		t.Errorf("%+v", f)
	}
}

// TestNoHead anchors a tree that ends in a badge.
func TestNoHead(t *testing.T) {
	r := newRig(t, biglog.Options{Entries: 300, Anchors: 10, PerBlock: 5, Entry: func(i uint64, planned []byte) []byte {
		if i == 149 {
			return record.Entry{Kind: record.Sealed, Type: record.Badge}.Bytes()
		}
		return planned
	}})
	report := r.audit(nil)
	want(t, report, verify.Refuted, audit.AnchorHead, audit.AnchorStatus)
	if f := found(report, audit.AnchorHead); len(f) != 1 || *f[0].Where.Anchor != 150 {
		t.Errorf("%+v", f)
	}
}

// TestOddEntries logs entries that change nothing, and reports each.
func TestOddEntries(t *testing.T) {
	odd := map[uint64][]byte{
		10: {2, 1, 0},                                      // of another version
		11: {},                                             // of none
		12: binary.BigEndian.AppendUint64([]byte{1, 3}, 5), // cut off
		20: statusEntry(20, record.Revoked),                // about itself
		21: statusEntry(4000, record.Revoked),              // about one that is not there
		22: statusEntry(10, record.Revoked),                // about one that has no state
		23: statusEntry(1, record.Revoked),
		24: statusEntry(1, record.Valid), // revoked is final
		25: statusEntry(2, record.Suspended),
		26: statusEntry(2, record.Valid),
		27: record.Entry{Kind: record.Open, Type: record.CourseQA}.Bytes(),
		28: statusEntry(27, record.Revoked),         // course-qa has no state
		29: record.Entry{Kind: record.Head}.Bytes(), // false, and ends no tree
	}
	r := newRig(t, biglog.Options{Entries: 50, Anchors: 1, Entry: func(i uint64, planned []byte) []byte {
		if b, ok := odd[i]; ok {
			return b
		}
		return planned
	}})
	report := r.audit(nil)
	want(t, report, verify.Verified, audit.EntryForm, audit.EntryEffect, audit.EntryHead)
	at := func(code audit.Code) (list []uint64) {
		for _, f := range found(report, code) {
			list = append(list, *f.Where.Entry)
		}
		return list
	}
	if got := at(audit.EntryForm); !slices.Equal(got, []uint64{10, 11, 12}) {
		t.Errorf("unknown entries %v", got)
	}
	if got := at(audit.EntryEffect); !slices.Equal(got, []uint64{20, 21, 22, 24, 28}) {
		t.Errorf("without effect %v", got)
	}
	if got := at(audit.EntryHead); !slices.Equal(got, []uint64{29}) {
		t.Errorf("false heads %v", got)
	}
	l := report.Logs[0]
	if l.Entries.Unknown != 3 || l.Entries.NoEffect != 5 || l.States.Revoked < 1 {
		t.Errorf("%+v %+v", l.Entries, l.States)
	}
}

// TestHistory follows what the owners did: keys, operator, another owner, the
// end.
func TestHistory(t *testing.T) {
	reg := contracts.NewAnchorRegistry()
	accounts := func(c *testnet.Chain) (owner, operator, next testnet.Account) {
		a := c.Accounts()
		return a[0], a[1], a[2]
	}
	origin := unique("log.test.example/" + t.Name())
	_, vkey, err := checkpoint.GenerateKey(origin)
	if err != nil {
		t.Fatal(err)
	}
	var c *testnet.Chain
	do := func(ctx context.Context, l *biglog.Log, from testnet.Account, data []byte) {
		to := common.Address(l.Ref.Registry)
		receipt, err := c.Transact(ctx, from, &to, nil, data)
		if err != nil || receipt.Status != 1 {
			t.Errorf("transact: %v %+v", err, receipt)
		}
	}
	c = chain(t)
	owner, operator, next := accounts(c)
	r := newRig(t, biglog.Options{Origin: origin, Entries: 400, Anchors: 40, PerBlock: 10, Mined: func(ctx context.Context, l *biglog.Log, anchors int) error {
		switch anchors {
		case 10:
			do(ctx, l, owner, reg.PackSetKeys(l.Ref.Log, []byte(vkey+"\n")))
			do(ctx, l, owner, reg.PackSetKeys(l.Ref.Log, []byte("no keys\n")))
		case 20:
			do(ctx, l, owner, reg.PackSetOperator(l.Ref.Log, next.Address))
			l.Operator = next
		case 30:
			do(ctx, l, owner, reg.PackTransferOwner(l.Ref.Log, next.Address))
			do(ctx, l, next, reg.PackAcceptOwner(l.Ref.Log))
		case 40:
			do(ctx, l, next, reg.PackCloseLog(l.Ref.Log))
		}
		return nil
	}})
	// The closing may still be above the final block.
	latest, _ := r.chain.Head()
	if err := r.chain.Mine(r.ctx, 2); err != nil {
		t.Fatal(err)
	}
	if err := r.chain.WaitFinal(r.ctx, latest); err != nil {
		t.Fatal(err)
	}
	report := r.audit(nil)
	// The last checkpoint is signed with keys that count no more.
	want(t, report, verify.Verified, audit.LogKeys, audit.CheckpointSigned)
	l := report.Logs[0]
	if len(l.Keys) != 3 || l.Keys[1].AtSize != 100 || l.Keys[1].Keys[0] != vkey || len(l.Keys[2].Keys) != 0 {
		t.Errorf("keys %+v", l.Keys)
	}
	address := func(a testnet.Account) checkpoint.Address { return checkpoint.Address(a.Address) }
	if o := l.Operators; len(o) != 2 || o[0].Account != address(operator) || o[1].Account != address(next) || o[1].AtSize != 200 || o[1].At.From != address(owner) || o[1].At.Call != "setOperator" {
		t.Errorf("operators %+v", o)
	}
	if o := l.Owners; len(o) != 2 || o[1].Account != address(next) || o[1].At.From != address(next) || o[1].At.Call != "acceptOwner" || o[1].AtSize != 300 {
		t.Errorf("owners %+v", o)
	}
	if len(l.Offers) != 1 || l.Closed == nil || l.Closed.Size != 400 || l.Closed.At.From != address(next) {
		t.Errorf("offers %+v, closed %+v", l.Offers, l.Closed)
	}
}

// TestRange audits a part of the chain, by blocks and by times.
func TestRange(t *testing.T) {
	r := newRig(t, biglog.Options{Entries: 1000, Anchors: 20, PerBlock: 1, Entry: func(i uint64, planned []byte) []byte {
		switch i { // what lies before the range
		case 50:
			return []byte{9} // of unknown form
		case 60:
			return statusEntry(50, record.Revoked) // without effect
		case 70:
			return record.Entry{Kind: record.Head}.Bytes() // false, and ends no tree
		case 99:
			planned[5] ^= 1 // a false head
		}
		return planned
	}})
	want(t, r.audit(nil), verify.Refuted, audit.AnchorStatus, audit.EntryForm, audit.EntryEffect, audit.EntryHead)
	from, to := r.log.Anchors[10], r.log.Anchors[14]
	byBlock := r.audit(func(o *audit.Options) { o.From.Block, o.To.Block = &from.Block, &to.Block })
	want(t, byBlock, verify.Verified)
	byTime := r.audit(func(o *audit.Options) {
		o.From.Time, o.To.Time = time.Unix(int64(from.Time), 0), time.Unix(int64(to.Time), 0)
	})
	if text(t, byTime) != text(t, byBlock) {
		t.Error("the same range by times gives another report")
	}
	l := byBlock.Logs[0]
	if len(l.Anchors) != 5 || l.Anchors[0].Size != from.Size || l.Base == nil || l.Base.Size != r.log.Anchors[9].Size || l.Entries.Total != to.Size || l.Checkpoint != nil || !byBlock.Range.Partial || !byBlock.Range.Past {
		t.Errorf("%s", text(t, byBlock))
	}
	// What was rewritten before the range makes its base wrong.
	r.rewrite(80)
	report := r.audit(func(o *audit.Options) { o.From.Block, o.To.Block = &from.Block, &to.Block })
	want(t, report, verify.Refuted, audit.AnchorRoot, audit.AnchorHead, audit.AnchorStatus, audit.EntryChanged)
	if f := found(report, audit.EntryChanged)[0]; *f.Where.Entry > 80 || *f.Where.Last < 80 || report.Logs[0].Base.Result != verify.Fail || report.Logs[0].Anchors[0].Result == verify.Fail {
		t.Errorf("%+v", f)
	}
	// A range that is not there yet.
	far := uint64(1 << 40)
	o := r.options()
	o.To.Block = &far
	if _, err := audit.Run(r.ctx, o); err == nil {
		t.Error("a block that is not final was taken as the end")
	}
}

// TestGap warns of a time without an anchor.
func TestGap(t *testing.T) {
	r := newRig(t, biglog.Options{Entries: 100, Anchors: 10, PerBlock: 1, Mined: func(ctx context.Context, l *biglog.Log, anchors int) error {
		if anchors == 5 {
			return chain(t).Mine(ctx, 30)
		}
		return nil
	}})
	report := r.audit(func(o *audit.Options) { o.MaxGap = 20 * time.Second })
	want(t, report, verify.Verified, audit.AnchorGap)
	if g := report.Logs[0].LongestGap; g.Seconds < 30 || g.Size != 60 || g.To-g.From != g.Seconds {
		t.Errorf("longest gap %+v", g)
	}
}

// TestGapAtEnd warns when there was no anchor from the last one to the end of
// the range: the log may have stopped.
func TestGapAtEnd(t *testing.T) {
	r := newRig(t, biglog.Options{Entries: 100, Anchors: 10, PerBlock: 1})
	last := r.log.Anchors[9]
	if err := r.chain.Mine(r.ctx, 40); err != nil {
		t.Fatal(err)
	}
	if err := r.chain.WaitFinal(r.ctx, last.Block+30); err != nil {
		t.Fatal(err)
	}
	limit := func(o *audit.Options) { o.MaxGap = 20 * time.Second }
	report := r.audit(limit)
	want(t, report, verify.Verified, audit.AnchorGap)
	f := found(report, audit.AnchorGap)
	if len(f) != 1 || f[0].Where.Anchor == nil || *f[0].Where.Anchor != 100 || report.Logs[0].Anchors[9].Result != verify.Pass {
		t.Errorf("%+v", f)
	}
	want(t, r.audit(func(o *audit.Options) { limit(o); o.To.Block = &last.Block }), verify.Verified)
}

// TestSkipped counts what strangers made the registry skip in the log's name:
// it takes no memory, and no verdict follows from it.
func TestSkipped(t *testing.T) {
	c := chain(t)
	r := newRig(t, biglog.Options{Entries: 40, Anchors: 4, PerBlock: 1, Mined: func(ctx context.Context, l *biglog.Log, anchors int) error {
		var items []contracts.SignedAnchor
		for i := range 5 {
			items = append(items, contracts.SignedAnchor{LogId: l.Ref.Log, Size: uint64(1000 + i)}, contracts.SignedAnchor{LogId: l.Ref.Log, Size: 7, Deadline: 1 << 40, Signature: make([]byte, 65)})
		}
		to := common.Address(l.Ref.Registry)
		receipt, err := c.Transact(ctx, c.Accounts()[5], &to, nil, contracts.NewAnchorRegistry().PackAnchorMany(items))
		if err == nil && receipt.Status != 1 {
			t.Error("anchorMany was reverted")
		}
		return err
	}})
	report := r.audit(nil)
	want(t, report, verify.Verified)
	l := report.Logs[0]
	headers := slices.IndexFunc(report.Inputs, func(in audit.Input) bool { return in.Kind == audit.InputHeaders })
	if l.Skipped < 30 || l.Skipped%10 != 0 || report.Inputs[headers].Items != 5 {
		t.Errorf("%d skipped, headers of %d blocks", l.Skipped, report.Inputs[headers].Items)
	}
}

// TestConfirmations says in report and page what was taken as final.
func TestConfirmations(t *testing.T) {
	r := newRig(t, biglog.Options{Entries: 20, Anchors: 2})
	for n, says := range map[uint64]bool{0: false, 2: true} {
		report := r.audit(func(o *audit.Options) { o.Confirmations = n })
		raw, err := audit.EncodeJSON(report)
		if err != nil {
			t.Fatal(err)
		}
		var page bytes.Buffer
		if err := audit.WriteHTML(&page, report, audit.Page{}); err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(raw, []byte(`"confirmations":2`)) != says || bytes.Contains(page.Bytes(), []byte(" --confirmations 2")) != says {
			t.Errorf("with %d confirmations: %s", n, raw)
		}
	}
}
