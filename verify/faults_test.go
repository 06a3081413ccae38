package verify_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/verify"
)

// A faulty chain client answers as the true one does but for what is set.
type faulty struct {
	verify.Chain
	err       error // of every call
	hang      bool  // every call, until its context is done
	chainID   uint64
	code      verify.BlockHash
	finalized *verify.Block
	block     func(verify.Block) verify.Block
	head      func(verify.LogHead) verify.LogHead
	headErr   error
	anchored  func([]verify.Anchored) []verify.Anchored
	changes   func([]verify.KeyChange) ([]verify.KeyChange, error)
	calls     int
}

func (f *faulty) before(ctx context.Context) error {
	f.calls++
	if f.hang {
		<-ctx.Done()
		return ctx.Err()
	}
	return f.err
}

func (f *faulty) ChainID(ctx context.Context) (uint64, error) {
	if err := f.before(ctx); err != nil {
		return 0, err
	}
	if f.chainID != 0 {
		return f.chainID, nil
	}
	return f.Chain.ChainID(ctx)
}

func (f *faulty) CodeHash(ctx context.Context, a checkpoint.Address) (verify.BlockHash, error) {
	if err := f.before(ctx); err != nil || !f.code.IsZero() {
		return f.code, err
	}
	return f.Chain.CodeHash(ctx, a)
}

func (f *faulty) Finalized(ctx context.Context) (verify.Block, error) {
	if err := f.before(ctx); err != nil {
		return verify.Block{}, err
	}
	if f.finalized != nil {
		return *f.finalized, nil
	}
	return f.Chain.Finalized(ctx)
}

func (f *faulty) Block(ctx context.Context, n uint64) (verify.Block, error) {
	if err := f.before(ctx); err != nil {
		return verify.Block{}, err
	}
	b, err := f.Chain.Block(ctx, n)
	if err == nil && f.block != nil {
		b = f.block(b)
	}
	return b, err
}

func (f *faulty) LogHead(ctx context.Context, ref checkpoint.LogRef, at verify.Block) (verify.LogHead, error) {
	if err := errors.Join(f.before(ctx), f.headErr); err != nil {
		return verify.LogHead{}, err
	}
	h, err := f.Chain.LogHead(ctx, ref, at)
	if err == nil && f.head != nil {
		h = f.head(h)
	}
	return h, err
}

func (f *faulty) Anchored(ctx context.Context, ref checkpoint.LogRef, n uint64) ([]verify.Anchored, error) {
	if err := f.before(ctx); err != nil {
		return nil, err
	}
	list, err := f.Chain.Anchored(ctx, ref, n)
	if err == nil && f.anchored != nil {
		list = f.anchored(list)
	}
	return list, err
}

func (f *faulty) KeyChanges(ctx context.Context, ref checkpoint.LogRef, at verify.Block) ([]verify.KeyChange, error) {
	if err := f.before(ctx); err != nil {
		return nil, err
	}
	list, err := f.Chain.KeyChanges(ctx, ref, at)
	if err == nil && f.changes != nil {
		return f.changes(list)
	}
	return list, err
}

// TestFaultyClients: a chain client that is silent, slow, or says other things
// than the evidence never refutes; neither a good badge nor a revoked one.
func TestFaultyClients(t *testing.T) {
	dead := errors.New(`Post "https://user:pass@rpc.example:8545/v3/SECRETKEY": dial tcp 192.0.2.1:8545: connection refused`)
	for _, c := range []struct {
		name   string
		fault  faulty
		steps  []string // of a good badge
		blocks []string // when the policy names the blocks: what remains, if anything
	}{
		{"dead", faulty{err: dead},
			[]string{"registry.trusted warn: could not be compared", "existence.block unknown: connection refused", "status.block unknown", "status.current warn: could not be found out", "status.state unknown"},
			[]string{"registry.trusted warn", "status.current warn"}},
		{"on another chain", faulty{chainID: 5},
			[]string{"registry.trusted unknown: it is on chain 5, and the evidence is about chain 1337", "existence.block unknown: on chain 5", "status.block unknown", "status.current unknown: on chain 5", "status.state unknown"},
			[]string{"registry.trusted unknown", "status.current unknown", "status.state unknown"}},
		{"other code", faulty{code: verify.BlockHash{1}},
			[]string{"registry.trusted unknown: reports code with the hash 0x01", "status.state unknown"},
			[]string{"registry.trusted unknown", "status.state unknown"}},
		{"other block hashes", faulty{block: func(b verify.Block) verify.Block { b.Hash[0] ^= 1; return b }},
			[]string{"existence.block unknown: has another block 4", "status.block unknown: has another block 7", "status.state unknown"},
			nil},
		{"other block times", faulty{block: func(b verify.Block) verify.Block { b.Time++; return b }},
			[]string{"existence.block unknown", "status.block unknown", "status.state unknown"},
			nil},
		{"other block numbers", faulty{block: func(b verify.Block) verify.Block { b.Number++; return b }},
			[]string{"existence.block unknown: asked for block 4 it gave block 5", "status.block unknown", "status.state unknown"},
			nil},
		{"lagging finality", faulty{finalized: &verify.Block{Number: 5}},
			[]string{"status.block unknown: not final", "status.current warn: could not be found out", "status.state unknown"},
			[]string{"status.current warn"}},
		{"a smaller head", faulty{head: func(h verify.LogHead) verify.LogHead { h.Size--; return h }},
			[]string{"status.current unknown: fewer than the"}, []string{"status.current unknown"}},
		{"no head", faulty{head: func(h verify.LogHead) verify.LogHead { return verify.LogHead{} }},
			[]string{"status.current unknown: reports 0 entries"}, []string{"status.current unknown"}},
		{"another head", faulty{head: func(h verify.LogHead) verify.LogHead { h.Root[0] ^= 1; return h }},
			[]string{"status.current unknown: reports other contents"}, []string{"status.current unknown"}},
		{"no answer about the head", faulty{headErr: errors.New("missing trie node")},
			[]string{"status.current warn: missing trie node"}, []string{"status.current warn"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			verdict := func(steps []string) verify.Verdict {
				for _, s := range steps {
					if strings.Contains(s, "unknown") {
						return verify.CouldNotTell
					}
				}
				return verify.Verified
			}
			s := newScene(t)
			e := s.evidence(t)
			f := c.fault
			f.Chain = s.chain
			v := s.online()
			v.Chain = &f
			r := v.Check(context.Background(), s.badge, e)
			want(t, r, verdict(c.steps), c.steps...)
			for _, step := range r.Steps {
				for _, secret := range []string{"SECRETKEY", "pass@", "user:"} {
					if strings.Contains(step.Text, secret) {
						t.Errorf("%s tells the address of the chain client: %s", step.Code, step.Text)
					}
				}
			}
			v.Policy.Blocks = trustBlocks(e)
			want(t, v.Check(context.Background(), s.badge, e), verdict(c.blocks), c.blocks...)

			revoked := newScene(t, record.Revoked)
			f.Chain = revoked.chain
			v = revoked.online()
			v.Chain = &f
			if r := v.Check(context.Background(), revoked.badge, revoked.evidence(t)); r.Verdict == verify.Verified {
				t.Errorf("a revoked badge is verified: %+v", r)
			}
		})
	}
}

// TestContradiction: a client that contradicts itself.
func TestContradiction(t *testing.T) {
	s := newScene(t)
	e := s.evidence(t)
	other := e.Status.Event.Block
	other.Hash[5] ^= 1
	v := s.online()
	v.Chain = &faulty{Chain: s.chain, finalized: &other}
	want(t, v.Check(context.Background(), s.badge, e), verify.CouldNotTell,
		"status.block unknown: contradicts itself", "status.current warn", "status.state unknown")
}

// TestPolicyBlocks: the hash that the policy names counts, not the client's.
func TestPolicyBlocks(t *testing.T) {
	s := newScene(t)
	e := s.evidence(t)
	v := s.online()
	v.Policy.Blocks = trustBlocks(e)
	v.Policy.Blocks[0].Hash[0] ^= 1
	want(t, v.Check(context.Background(), s.badge, e), verify.CouldNotTell, "existence.block unknown: Your policy names block 4", "status.state unknown")
	v.Policy.Blocks = trustBlocks(e)
	v.Policy.Blocks[0].ChainID = 5 // of another chain: no word about this one
	want(t, v.Check(context.Background(), s.badge, e), verify.Verified)
	v.Chain = nil
	want(t, v.Check(context.Background(), s.badge, e), verify.CouldNotTell, "existence.block unknown: Nobody vouches for block 4", "status.current warn", "status.state unknown")
}

// TestHanging: a client that never answers costs one timeout and no more, and
// a caller who gives up is obeyed at once.
func TestHanging(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t)
		e := s.evidence(t)
		f := &faulty{Chain: s.chain, hang: true}
		v := s.online()
		v.Chain = f
		start := time.Now()
		want(t, v.Check(context.Background(), s.badge, e), verify.CouldNotTell, "registry.trusted warn",
			"existence.block unknown: did not answer within 10s", "status.block unknown", "status.current warn: did not answer within 10s", "status.state unknown")
		if took := time.Since(start); took != verify.DefaultCallTimeout || f.calls != 1 {
			t.Errorf("took %v and %d calls, want %v and 1", took, f.calls, verify.DefaultCallTimeout)
		}

		v.CallTimeout = time.Minute
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		start = time.Now()
		want(t, v.Check(ctx, s.badge, e), verify.CouldNotTell, "registry.trusted warn",
			"existence.block unknown: the check was stopped", "status.block unknown", "status.current warn", "status.state unknown")
		if took := time.Since(start); took != time.Second {
			t.Errorf("took %v, want 1s", took)
		}
	})
}

// TestOtherProofs: an event that is proved in a way that this version does not
// know stands when the chain client has it, and only then.
func TestOtherProofs(t *testing.T) {
	other := func(e verify.Event) verify.Event {
		e.Proof = verify.EventProof{Type: "eth-rpc-attested/1", Other: []byte(`{"more":[1,{"a":null}],"type":"eth-rpc-attested/1"}`)}
		return e
	}
	rest := []string{"existence.range unknown", "existence.inclusion unknown"}
	restOfStatus := []string{"status.order unknown", "status.head unknown", "status.chunk unknown", "status.current unknown", "status.state unknown"}
	none := append(append(append([]string{"existence.event unknown: in a way that this version does not know"}, rest...), "status.event unknown"), restOfStatus...)
	for _, c := range []struct {
		name    string
		fault   *faulty // nil: offline
		verdict verify.Verdict
		steps   []string
	}{
		{"confirmed", &faulty{}, verify.Verified, nil},
		{"offline", nil, verify.CouldNotTell, none},
		{"no such event", &faulty{anchored: func([]verify.Anchored) []verify.Anchored { return nil }}, verify.CouldNotTell, none},
		{"an event of another log", &faulty{anchored: func(l []verify.Anchored) []verify.Anchored { l[0].Log[0] ^= 1; return l }}, verify.CouldNotTell, none},
		{"an event of another block", &faulty{anchored: func(l []verify.Anchored) []verify.Anchored { l[0].Block.Number++; return l }}, verify.CouldNotTell, none},
		{"another block", &faulty{block: func(b verify.Block) verify.Block { b.Hash[0] ^= 1; return b }}, verify.CouldNotTell,
			append([]string{"existence.event unknown: its block 4 has the hash"}, none[1:]...)},
		{"sizes upside down", &faulty{anchored: func(l []verify.Anchored) []verify.Anchored { l[0].PrevSize = l[0].Size; return l }}, verify.CouldNotTell, none},
		// What a client says cannot refute, even where bytes would.
		{"another root", &faulty{anchored: func(l []verify.Anchored) []verify.Anchored { l[0].Root[0] ^= 1; return l }}, verify.CouldNotTell,
			[]string{"existence.inclusion unknown: not entry 6", "status.head unknown: not the last entry", "status.chunk unknown", "status.current unknown", "status.state unknown"}},
		{"another range", &faulty{anchored: func(l []verify.Anchored) []verify.Anchored { l[0].PrevSize = l[0].Size - 1; return l }}, verify.CouldNotTell,
			[]string{"existence.range unknown", "status.state unknown"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t)
			e := s.evidence(t)
			e.Existence.Event, e.Status.Event = other(e.Existence.Event), other(e.Status.Event)
			b, err := e.Encode()
			if err != nil {
				t.Fatal(err)
			}
			v := s.offline(e)
			if c.fault != nil {
				c.fault.Chain = s.chain
				v.Chain = c.fault
			}
			want(t, v.CheckBytes(context.Background(), s.badge, b), c.verdict, c.steps...)
		})
	}
	t.Run("one of the two", func(t *testing.T) {
		s := newScene(t)
		e := s.evidence(t)
		e.Status.Event = other(e.Status.Event)
		want(t, s.online().Check(context.Background(), s.badge, e), verify.Verified)
	})
	t.Run("two anchors in a block", func(t *testing.T) {
		s := newScene(t)
		e := s.evidence(t)
		e.Existence.Event, e.Status.Event = other(e.Existence.Event), other(e.Status.Event)
		v := s.online()
		v.Chain = &faulty{Chain: s.chain, anchored: func(l []verify.Anchored) []verify.Anchored {
			earlier, later := l[0], l[0]
			earlier.PrevSize, earlier.Size = 0, l[0].PrevSize
			later.PrevSize, later.Size = l[0].Size, l[0].Size+1
			earlier.Root[0], later.Root[0] = ^l[0].Root[0], ^l[0].Root[0]
			return append([]verify.Anchored{earlier}, l[0], later)
		}}
		want(t, v.Check(context.Background(), s.badge, e), verify.Verified)
	})
	t.Run("existence later than a proven status", func(t *testing.T) {
		// The client lies: it gives the anchor of block 4 in block 8.
		s := newScene(t)
		e := s.evidence(t)
		first := verify.Anchored{Log: s.log.ref.Log, Size: s.log.anchors[1].tree.Size, Root: s.log.anchors[1].tree.Root, PrevSize: s.log.anchors[1].prev}
		e.Existence.Event = other(e.Existence.Event)
		var err error
		if e.Existence.Event.Block, err = s.chain.at(8); err != nil {
			t.Fatal(err)
		}
		first.Block = e.Existence.Event.Block
		v := s.online()
		v.Chain = &faulty{Chain: s.chain, anchored: func([]verify.Anchored) []verify.Anchored { return []verify.Anchored{first} }}
		want(t, v.Check(context.Background(), s.badge, e), verify.CouldNotTell,
			"status.order unknown: from before the record was anchored", "status.current unknown", "status.state unknown")
	})
	t.Run("existence in other contents than a proven status", func(t *testing.T) {
		// The client lies: the log of that size held something else as well.
		s := newScene(t)
		e := s.log.evidenceAt(t, s.index, 1)
		size := s.log.anchors[1].tree.Size
		lie := &testLog{leaves: slices.Clone(s.log.leaves[:size])}
		lie.leaves[0][0] ^= 1
		e.Existence.Event, e.Existence.Inclusion = other(e.Existence.Event), lie.include(t, size, s.index)
		v := s.online()
		v.Chain = &faulty{Chain: s.chain, anchored: func(l []verify.Anchored) []verify.Anchored {
			l[0].Root = merkle.Root(lie.leaves)
			return l
		}}
		want(t, v.Check(context.Background(), s.badge, e), verify.CouldNotTell,
			"status.order unknown: different contents", "status.current unknown", "status.state unknown")
	})
	t.Run("status on another registry", func(t *testing.T) {
		s := newScene(t)
		e := s.evidence(t)
		e.Status.Event = other(e.Status.Event)
		e.Status.Event.Registry[0] ^= 1
		want(t, s.online().Check(context.Background(), s.badge, e), verify.CouldNotTell, append([]string{"status.event unknown: on another registry"}, restOfStatus...)...)
	})
}
