package node

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/verify"
)

func asProblem(err error) (*Problem, bool) {
	var p *Problem
	ok := errors.As(err, &p)
	return p, ok
}

// TestOneRecordAllTheWay takes records through everything that happens to
// them: logged, anchored, proved, verified online and from a block hash
// alone, suspended, reinstated, revoked, forgotten.
func TestOneRecordAllTheWay(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil).start()
	bytes := badge(r.made.Issuer, 1)
	logged := r.submit(bytes, StateFinal)
	if logged.Type != record.Badge || logged.Commitment == nil || logged.CID != "" || logged.Duplicate {
		t.Fatalf("logged as %+v", logged)
	}
	_, e, err := r.client.Evidence(t.Context(), EvidenceQuery{Index: &logged.Index})
	if err != nil {
		t.Fatal(err)
	}
	want := func(what string, report verify.Report, verdict verify.Verdict) {
		t.Helper()
		if report.Verdict != verdict {
			t.Fatalf("%s: %s, want %s:\n%+v", what, report.Verdict, verdict, report.Steps)
		}
	}
	want("online", r.check(bytes, e, true), verify.Verified)
	offline := &verify.Verifier{Policy: r.policy()}
	for _, b := range []verify.Block{e.Existence.Event.Block, e.Status.Event.Block} {
		if b.Number != e.Existence.Event.Block.Number || len(offline.Policy.Blocks) == 0 {
			offline.Policy.Blocks = append(offline.Policy.Blocks, verify.TrustedBlock{ChainID: r.config.Chain.ID, Number: b.Number, Hash: b.Hash})
		}
	}
	want("from the block's hash alone", offline.Check(t.Context(), bytes, e), verify.Verified)
	want("tampered", offline.Check(t.Context(), badge(r.made.Issuer, 2), e), verify.Refuted)

	for _, step := range []struct {
		state   record.State
		verdict verify.Verdict
	}{{record.Suspended, verify.Refuted}, {record.Valid, verify.Verified}, {record.Revoked, verify.Refuted}} {
		changed, err := r.client.ChangeStatus(t.Context(), StatusChange{Commitment: logged.Commitment, State: step.state})
		if err != nil || !changed.Changed || changed.Target != logged.Index || changed.Index == nil {
			t.Fatalf("%s: %+v, %v", step.state, changed, err)
		}
		again, err := r.client.ChangeStatus(t.Context(), StatusChange{Index: &logged.Index, State: step.state})
		if err != nil || again.Changed || again.Index != nil {
			t.Fatalf("%s again: %+v, %v", step.state, again, err)
		}
		r.submit(badge(r.made.Issuer, 100+int(*changed.Index)), StateFinal) // waits for an anchor after the change
		if _, e, err = r.client.Evidence(t.Context(), EvidenceQuery{Commitment: logged.Commitment, Salt: &e.Record.Salt}); err != nil {
			t.Fatal(err)
		}
		want(step.state.String(), r.check(bytes, e, true), step.verdict)
	}
	_, err = r.client.ChangeStatus(t.Context(), StatusChange{Index: &logged.Index, State: record.Valid})
	wantProblem(t, err, "no-effect", 409)

	for range 2 { // forgetting twice is no error
		if _, err := r.client.Forget(t.Context(), Target{Commitment: logged.Commitment}); err != nil {
			t.Fatal(err)
		}
	}
	_, _, err = r.client.Evidence(t.Context(), EvidenceQuery{Index: &logged.Index})
	wantProblem(t, err, "forgotten", 410)
	_, _, err = r.client.Evidence(t.Context(), EvidenceQuery{Commitment: logged.Commitment, Salt: &e.Record.Salt})
	wantProblem(t, err, "forgotten", 410)
	_, err = r.client.Submit(t.Context(), Submission{Record: bytes})
	wantProblem(t, err, "forgotten", 410)
}

// TestAnchorByCount closes a batch when enough entries wait, long before the
// interval is over.
func TestAnchorByCount(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", func(o *InitOptions) { o.AnchorInterval, o.AnchorEntries = 24*time.Hour, 3 }).start()
	first := r.submit(badge("https://a.example", 0), "")
	r.submit(badge("https://a.example", 1), "")
	r.until("nothing is under way", func(s anchor.Status) bool { return s.Phase == anchor.Idle })
	if state, _ := r.node.progress.of(first.Index); state != StateLogged {
		t.Fatalf("two of three entries were %s", state)
	}
	r.submit(badge("https://a.example", 2), StateFinal)
}

// TestWithoutCoin runs a node whose operator cannot pay: records are taken,
// the head is signed, the node says whom to send how much, and goes on by
// itself once it has it.
func TestWithoutCoin(t *testing.T) {
	t.Parallel()
	r := newPoorRig(t, "", nil).start()
	r.submit(badge("https://a.example", 1), "")
	r.until("it lacks coin", func(s anchor.Status) bool { return errors.Is(s.Err, anchor.ErrShortOfFunds) })
	l, err := r.client.Log(t.Context())
	if err != nil || l.Anchoring.State != "waiting" || !strings.Contains(l.Anchoring.Detail, r.made.Operator.Checksum()) || l.Anchoring.Fenced {
		t.Errorf("%+v, %v", l.Anchoring, err)
	}
	waitFor(t, "the checkpoint", func() bool { p := r.node.sequencer.published.Load(); return p != nil && p.tree.Size > 0 })
	if h, err := r.client.Ready(t.Context()); err != nil || h.Status != "ok" {
		t.Errorf("%+v, %v", h, err)
	}
	r.fund()
	r.submit(badge("https://a.example", 1), StateFinal)
}
