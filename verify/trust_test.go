package verify_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/verify"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// TestAttackers: whoever has a record can make evidence of it. Each of these
// is perfect evidence, or as near to it as an attacker comes, of a badge that
// the university has revoked or never issued. None is verified.
func TestAttackers(t *testing.T) {
	mallory := privateKey("mallory")
	for _, c := range []struct {
		name string
		make func(t *testing.T, s *scene) verify.Evidence
		// Any verdict but verified will do for an attack; which one, and why,
		// is part of the test all the same.
		verdict verify.Verdict
		steps   []string
		revoked bool // the badge, in its own log
	}{
		{"own registry on the same chain", func(t *testing.T, s *scene) verify.Evidence {
			registry, _ := s.chain.deploy("mallory's registry")
			l := newLog(t, s.chain, registry, "log.hoshizora.example") // the same owner, origin and keys, and so log id
			return relog(t, s, l)
		}, verify.CouldNotTell, []string{"registry.trusted unknown: does not list", "issuer.bound unknown", "status.state unknown"}, true},

		{"own registry, events in the name of the trusted one", func(t *testing.T, s *scene) verify.Evidence {
			registry, _ := s.chain.deploy("mallory's registry")
			l := newLog(t, s.chain, registry, "log.hoshizora.example")
			e := relog(t, s, l)
			e.Existence.Event.Registry, e.Status.Event.Registry = s.registry, s.registry
			return e
		}, verify.Refuted, []string{"existence.event fail: not by the registry", "existence.range unknown", "existence.inclusion unknown",
			"status.event fail", "status.order unknown", "status.head unknown", "status.chunk unknown", "status.current unknown", "status.state unknown"}, false},

		{"own log on the trusted registry", func(t *testing.T, s *scene) verify.Evidence {
			return relog(t, s, newLog(t, s.chain, s.registry, "log.mallory.example"))
		}, verify.CouldNotTell, []string{"issuer.bound unknown: anyone can log", "status.state unknown: counts for nothing"}, true},

		{"own log in the name of the university", func(t *testing.T, s *scene) verify.Evidence {
			// Same origin; the key and the owner cannot be the university's.
			l := newLog(t, s.chain, s.registry, "log.hoshizora.example")
			l.log.Owner[0] ^= 1
			l.ref.Log = l.log.ID()
			return relog(t, s, l)
		}, verify.CouldNotTell, []string{"issuer.bound unknown", "status.state unknown"}, false},

		{"own log, with the names of the university's", func(t *testing.T, s *scene) verify.Evidence {
			e := relog(t, s, newLog(t, s.chain, s.registry, "log.mallory.example"))
			e.Log = s.log.log
			return e
		}, verify.Refuted, []string{"existence.event fail: it is about the log", "existence.range unknown", "existence.inclusion unknown",
			"status.event fail", "status.order unknown", "status.head unknown", "status.chunk unknown", "status.current unknown", "status.state unknown"}, false},

		{"own log, bound by an own key", func(t *testing.T, s *scene) verify.Evidence {
			l := newLog(t, s.chain, s.registry, "log.mallory.example")
			e := relog(t, s, l)
			e.Binding = l.binding(t, mallory, "")
			return e
		}, verify.CouldNotTell, []string{"issuer.bound unknown", "status.state unknown"}, false},

		{"own log, bound in the university's name", func(t *testing.T, s *scene) verify.Evidence {
			l := newLog(t, s.chain, s.registry, "log.mallory.example")
			e := relog(t, s, l)
			e.Binding = l.binding(t, mallory, uni)
			return e
		}, verify.CouldNotTell, []string{"issuer.binding unknown", "issuer.bound unknown", "status.state unknown"}, false},

		{"own log, with the university's binding of its own", func(t *testing.T, s *scene) verify.Evidence {
			e := relog(t, s, newLog(t, s.chain, s.registry, "log.mallory.example"))
			e.Binding = s.log.binding(t, privateKey("university"), uni)
			return e
		}, verify.CouldNotTell, []string{"issuer.binding unknown: not about this log", "issuer.bound unknown", "status.state unknown"}, false},

		{"existence from an own log, status from the university's", func(t *testing.T, s *scene) verify.Evidence {
			e := relog(t, s, newLog(t, s.chain, s.registry, "log.mallory.example"))
			e.Status = s.evidence(t).Status
			return e
		}, verify.Refuted, []string{"issuer.bound unknown", "status.event fail: it is about the log", "status.order unknown",
			"status.head unknown", "status.chunk unknown", "status.current unknown", "status.state unknown"}, false},

		{"status from an own registry", func(t *testing.T, s *scene) verify.Evidence {
			registry, _ := s.chain.deploy("mallory's registry")
			e := s.evidence(t)
			e.Status = relog(t, s, newLog(t, s.chain, registry, "log.hoshizora.example")).Status
			return e
		}, verify.Refuted, []string{"status.order fail: The status is from the registry", "status.current unknown", "status.state unknown"}, false},

		{"status of another entry, revoked", func(t *testing.T, s *scene) verify.Evidence {
			e := s.evidence(t)
			e.Status = s.log.status(t, s.index+128, 2) // a chunk without revocation
			return e
		}, verify.Refuted, []string{"status.chunk fail", "status.state unknown"}, true},

		{"status from before the revocation, as the newest", func(t *testing.T, s *scene) verify.Evidence {
			return s.log.evidenceAt(t, s.index, 1)
		}, verify.Verified, []string{"status.current warn: A newer anchor exists"}, true}, // said openly; see TestAge

		{"status from before the existence", func(t *testing.T, s *scene) verify.Evidence {
			e := s.evidence(t)
			e.Status = s.log.status(t, 0, 0)
			return e
		}, verify.Refuted, []string{"status.order fail: from before the record was anchored", "status.chunk fail", "status.current unknown", "status.state unknown"}, false},

		{"the index of another entry", func(t *testing.T, s *scene) verify.Evidence {
			e := s.evidence(t)
			e.Index++
			return e
		}, verify.Refuted, []string{"existence.inclusion fail", "status.state unknown"}, false},

		{"an index above the anchor", func(t *testing.T, s *scene) verify.Evidence {
			e := s.evidence(t)
			e.Index = 1 << 40
			return e
		}, verify.Refuted, []string{"existence.range fail: said to be entry 1099511627776", "existence.inclusion fail", "status.chunk fail", "status.state unknown"}, false},

		{"an index that a tree of another size would prove", func(t *testing.T, s *scene) verify.Evidence {
			// RFC 9162 inclusion binds size and index to each other and to
			// nothing else: with the size from the chain, only one index fits.
			e := s.evidence(t)
			for i := range uint64(200) {
				if i == s.index {
					continue
				}
				e.Index = i
				r := s.online().Check(context.Background(), s.badge, e)
				if step, _ := r.Step(verify.ExistenceInclusion); step.Result == verify.Pass {
					t.Errorf("entry %d is included at %d", s.index, i)
				}
			}
			return e
		}, verify.Refuted, []string{"existence.range fail", "existence.inclusion fail", "status.chunk fail", "status.state unknown"}, false},

		{"an anchor that is not the first", func(t *testing.T, s *scene) verify.Evidence {
			e := s.evidence(t)
			e.Existence = verify.Existence{Event: e.Status.Event, Inclusion: s.log.include(t, s.log.anchors[2].tree.Size, s.index)}
			return e
		}, verify.Refuted, []string{"existence.range fail: added the entries from 12 to", "status.state unknown"}, false},

		{"an anchor from before", func(t *testing.T, s *scene) verify.Evidence {
			e := s.evidence(t)
			e.Existence.Event = s.log.anchors[0].event
			return e
		}, verify.Refuted, []string{"existence.range fail", "existence.inclusion fail", "status.state unknown"}, false},

		{"a failed transaction", func(t *testing.T, s *scene) verify.Evidence {
			e := s.evidence(t)
			e.Status.Event = forge(t, s, func(r *types.Receipt) { r.Status = 0 }, 1)
			return e
		}, verify.Refuted, []string{"status.event fail: did not succeed", "status.order unknown", "status.head unknown", "status.chunk unknown", "status.current unknown", "status.state unknown"}, false},

		{"another event of the registry", func(t *testing.T, s *scene) verify.Evidence {
			e := s.evidence(t)
			e.Status.Event = forge(t, s, func(r *types.Receipt) { r.Logs[1].Topics[0][0] ^= 1 }, 1)
			return e
		}, verify.Refuted, []string{"status.event fail: not an Anchored event", "status.order unknown", "status.head unknown", "status.chunk unknown", "status.current unknown", "status.state unknown"}, false},

		{"an event of too few topics", func(t *testing.T, s *scene) verify.Evidence {
			e := s.evidence(t)
			e.Status.Event = forge(t, s, func(r *types.Receipt) { r.Logs[1].Topics = r.Logs[1].Topics[:2] }, 1)
			return e
		}, verify.Refuted, []string{"status.event fail: not an Anchored event", "status.order unknown", "status.head unknown", "status.chunk unknown", "status.current unknown", "status.state unknown"}, false},

		{"an event with more data", func(t *testing.T, s *scene) verify.Evidence {
			e := s.evidence(t)
			e.Status.Event = forge(t, s, func(r *types.Receipt) { r.Logs[1].Data = append(r.Logs[1].Data, 0) }, 1)
			return e
		}, verify.Refuted, []string{"status.event fail: 65 bytes", "status.order unknown", "status.head unknown", "status.chunk unknown", "status.current unknown", "status.state unknown"}, false},

		{"an event with sizes that no registry writes", func(t *testing.T, s *scene) verify.Evidence {
			e := s.evidence(t)
			e.Status.Event = forge(t, s, func(r *types.Receipt) { r.Logs[1].Topics[2][0] = 1 }, 1)
			return e
		}, verify.Refuted, []string{"status.event fail: its sizes", "status.order unknown", "status.head unknown", "status.chunk unknown", "status.current unknown", "status.state unknown"}, false},

		{"an event that does not grow", func(t *testing.T, s *scene) verify.Evidence {
			e := s.evidence(t)
			e.Status.Event = forge(t, s, func(r *types.Receipt) { copy(r.Logs[1].Data[32:], r.Logs[1].Topics[2][:]) }, 1)
			return e
		}, verify.Refuted, []string{"status.event fail: its sizes", "status.order unknown", "status.head unknown", "status.chunk unknown", "status.current unknown", "status.state unknown"}, false},

		{"an event of 2^56 entries", func(t *testing.T, s *scene) verify.Evidence {
			e := s.evidence(t)
			e.Status.Event = forge(t, s, func(r *types.Receipt) { r.Logs[1].Topics[2][24] = 1 }, 1)
			return e
		}, verify.Refuted, []string{"status.event fail: its sizes", "status.order unknown", "status.head unknown", "status.chunk unknown", "status.current unknown", "status.state unknown"}, false},

		{"another root of the same size", func(t *testing.T, s *scene) verify.Evidence {
			e := s.log.evidenceAt(t, s.index, 1)
			e.Status.Event = forge(t, s, func(r *types.Receipt) {
				r.Logs[1] = anchoredLog(s.log.ref, merkle.Tree{Size: s.log.anchors[1].tree.Size, Root: merkle.Hash{1}}, 4)
			}, 1)
			return e
		}, verify.Refuted, []string{"status.order fail: different contents", "status.head fail", "status.chunk unknown", "status.current unknown", "status.state unknown"}, false},

		{"another log of the receipt", func(t *testing.T, s *scene) verify.Evidence {
			e := s.evidence(t)
			e.Status.Event.Proof.LogIndex = 0
			return e
		}, verify.Refuted, []string{"status.event fail: written by the contract", "status.order unknown", "status.head unknown", "status.chunk unknown", "status.current unknown", "status.state unknown"}, false},

		{"a log index outside of the receipt", func(t *testing.T, s *scene) verify.Evidence {
			e := s.evidence(t)
			e.Status.Event.Proof.LogIndex = 2
			return e
		}, verify.Refuted, []string{"status.event fail: it has 2 logs", "status.order unknown", "status.head unknown", "status.chunk unknown", "status.current unknown", "status.state unknown"}, false},

		{"a transaction that is not in the block", func(t *testing.T, s *scene) verify.Evidence {
			e := s.evidence(t)
			e.Status.Event.Proof.TxIndex = 1 << 20
			return e
		}, verify.Refuted, []string{"status.event fail", "status.order unknown", "status.head unknown", "status.chunk unknown", "status.current unknown", "status.state unknown"}, false},

		{"another header", func(t *testing.T, s *scene) verify.Evidence {
			e := s.evidence(t)
			e.Status.Event.Proof.Header = e.Existence.Event.Proof.Header
			return e
		}, verify.Refuted, []string{"status.event fail: the header has the hash", "status.order unknown", "status.head unknown", "status.chunk unknown", "status.current unknown", "status.state unknown"}, false},

		{"another block number", func(t *testing.T, s *scene) verify.Evidence {
			e := s.evidence(t)
			e.Status.Event.Block.Number--
			return e
		}, verify.Refuted, []string{"status.event fail: the header is of block 7", "status.block unknown: another block 6", "status.order unknown", "status.head unknown", "status.chunk unknown", "status.current unknown", "status.state unknown"}, false},

		{"another time", func(t *testing.T, s *scene) verify.Evidence {
			e := s.evidence(t)
			e.Status.Event.Block.Time++
			return e
		}, verify.Refuted, []string{"status.event fail: the time", "status.block unknown", "status.order unknown", "status.head unknown", "status.chunk unknown", "status.current unknown", "status.state unknown"}, false},

		{"another chain", func(t *testing.T, s *scene) verify.Evidence {
			e := s.evidence(t)
			e.Existence.Event.ChainID, e.Status.Event.ChainID = 1, 1
			return e
		}, verify.CouldNotTell, []string{"registry.trusted unknown", "existence.block unknown: it is on chain 1337", "issuer.bound unknown", "status.block unknown", "status.current unknown", "status.state unknown"}, false},

		{"a block of an own chain", func(t *testing.T, s *scene) verify.Evidence {
			own := *s
			own.chain = newChain(1337, 99) // headers carry no chain id
			l := newLog(t, own.chain, s.registry, "log.hoshizora.example")
			return relog(t, &own, l)
		}, verify.CouldNotTell, []string{"existence.block unknown: has another block", "status.block unknown: has another block", "status.current warn: A newer anchor exists", "status.state unknown"}, false},

		{"a chunk with the revocation taken out", func(t *testing.T, s *scene) verify.Evidence {
			e := s.evidence(t)
			e.Status.Chunk.Set(s.index, uint8(record.Valid))
			return e
		}, verify.Refuted, []string{"status.chunk fail", "status.state unknown"}, true},

		{"a head of another tree", func(t *testing.T, s *scene) verify.Evidence {
			e := s.evidence(t)
			e.Status.Head = s.log.anchors[1].head
			return e
		}, verify.Refuted, []string{"status.head fail: not the last entry", "status.chunk unknown", "status.current unknown", "status.state unknown"}, false},

		{"the record's own entry as head", func(t *testing.T, s *scene) verify.Evidence {
			e := s.evidence(t)
			e.Status.Head = e.Record.Entry().Bytes()
			e.Status.HeadInclusion = s.log.include(t, s.log.anchors[2].tree.Size, s.index)
			return e
		}, verify.Refuted, []string{"status.head fail", "status.chunk unknown", "status.current unknown", "status.state unknown"}, false},

		{"a sibling too many", func(t *testing.T, s *scene) verify.Evidence {
			e := s.evidence(t)
			e.Existence.Inclusion = append(e.Existence.Inclusion, merkle.Hash{})
			return e
		}, verify.Refuted, []string{"existence.inclusion fail", "status.state unknown"}, false},

		{"a revoked badge as another type", func(t *testing.T, s *scene) verify.Evidence {
			e := s.evidence(t)
			e.Record.Type = record.Document
			return e
		}, verify.Refuted, []string{"record.type unknown", "existence.inclusion fail", "status.state unknown"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t)
			if c.revoked {
				s = newScene(t, record.Revoked)
			}
			e := c.make(t, s)
			s.setNow()
			want(t, s.online().Check(context.Background(), s.badge, e), c.verdict, c.steps...)
			// The same, with every block that the evidence names trusted.
			v := s.online()
			v.Policy.Blocks = trustBlocks(e)
			if r := v.Check(context.Background(), s.badge, e); r.Verdict == verify.Verified && c.verdict != verify.Verified && c.name != "a block of an own chain" {
				t.Error("verified once the blocks are trusted")
			}
		})
	}
}

// relog logs the badge of a scene in another log, with an anchor before and
// after, and returns evidence of it.
func relog(t *testing.T, s *scene, l *testLog) verify.Evidence {
	t.Helper()
	l.fill(t, 4)
	i := l.add(t, record.Badge, s.badge)
	l.anchor(t)
	l.fill(t, 20)
	l.anchor(t)
	return l.evidence(t, i)
}

// forge puts an anchor of the log's last head into a block, changed.
func forge(t *testing.T, s *scene, change func(*types.Receipt), log uint64) verify.Event {
	t.Helper()
	a := s.log.anchors[2]
	l := anchoredLog(s.log.ref, a.tree, a.prev)
	r := &types.Receipt{Type: types.DynamicFeeTxType, Status: 1, Logs: []*types.Log{{Address: common.Address{1}}, l}}
	change(r)
	s.chain.noise(3)
	tx := s.chain.add(r)
	s.chain.noise(3)
	s.chain.seal(2, 0)
	return s.chain.event(t, s.log.ref, uint64(len(s.chain.blocks)-3), tx, log)
}

// TestRevokedRelogged: a revoked badge, logged again where it is valid.
func TestRevokedRelogged(t *testing.T) {
	s := newScene(t, record.Revoked)
	e := s.evidence(t)
	want(t, s.online().Check(context.Background(), s.badge, e), verify.Refuted, "status.state fail: revoked as of block 7")

	elsewhere := relog(t, s, newLog(t, s.chain, s.registry, "log.mallory.example"))
	s.setNow()
	r := s.online().Check(context.Background(), s.badge, elsewhere)
	want(t, r, verify.CouldNotTell, "issuer.bound unknown", "status.state unknown")
	if r.Status != nil || r.Issuer != nil {
		t.Errorf("an unbound log gives facts: %+v", r)
	}

	// Even the log of a member that the policy knows, but not as this issuer's.
	l := newLog(t, s.chain, s.registry, "log.other.example")
	elsewhere = relog(t, s, l)
	s.setNow()
	s.policy.Issuers = append(s.policy.Issuers, verify.TrustedIssuer{ID: "https://other.example", Logs: []checkpoint.LogRef{l.ref}})
	want(t, s.online().Check(context.Background(), s.badge, elsewhere), verify.CouldNotTell, "issuer.bound unknown", "status.state unknown")

	// And the other way round: a stranger's log cannot refute a good badge.
	s = newScene(t)
	l = newLog(t, s.chain, s.registry, "log.mallory.example")
	i := l.add(t, record.Badge, s.badge)
	l.anchor(t)
	l.setState(i, record.Revoked)
	l.anchor(t)
	s.setNow()
	want(t, s.online().Check(context.Background(), s.badge, l.evidence(t, i)), verify.CouldNotTell, "issuer.bound unknown", "status.state unknown")
}

// TestUntrustedRevocation: what nobody vouches for does not refute either.
func TestUntrustedRevocation(t *testing.T) {
	s := newScene(t, record.Revoked)
	e := s.evidence(t)
	v := s.offline(e)
	v.Policy.Blocks = nil
	want(t, v.Check(context.Background(), s.badge, e), verify.CouldNotTell,
		"existence.block unknown", "status.block unknown", "status.current warn", "status.state unknown")
	v = s.online()
	v.Policy.Registries = nil
	want(t, v.Check(context.Background(), s.badge, e), verify.CouldNotTell, "registry.trusted unknown", "status.state unknown")
}

// TestSameAddressOnAnotherChain: contracts of one address on two chains are
// two registries. Here the verifier even names the blocks as of that chain.
func TestSameAddressOnAnotherChain(t *testing.T) {
	s := newScene(t)
	e := s.evidence(t)
	e.Existence.Event.ChainID, e.Status.Event.ChainID = 1, 1
	s.policy.Issuers[0].Logs = append(s.policy.Issuers[0].Logs, e.Ref())
	want(t, s.offline(e).Check(context.Background(), s.badge, e), verify.CouldNotTell,
		"registry.trusted unknown", "status.current warn", "status.state unknown")
}

// TestOtherRecord: other bytes, another type.
func TestOtherRecord(t *testing.T) {
	s := newScene(t)
	e := s.evidence(t)
	changed := bytes.Replace(s.badge, []byte("2026-05-01"), []byte("2026-05-02"), 1)
	want(t, s.online().Check(context.Background(), changed, e), verify.Refuted,
		"record.digest fail: not the record", "issuer.bound unknown", "status.state unknown")
	want(t, s.online().Check(context.Background(), []byte("a diploma"), e), verify.Refuted,
		"record.type fail: cannot be of the type badge", "record.digest fail", "issuer.bound unknown", "status.state unknown")
	want(t, s.online().Check(context.Background(), []byte(`{"a":1,"a":2}`), e), verify.Refuted,
		"record.form fail: duplicate-key", "record.type unknown", "record.digest unknown", "issuer.bound unknown", "status.state unknown")
	want(t, s.online().Check(context.Background(), nil, e), verify.Refuted,
		"record.form fail", "record.type unknown", "record.digest unknown", "issuer.bound unknown", "status.state unknown")

	// Whom one expects is not asked about another record.
	v := s.online()
	v.ExpectIssuer = uni
	want(t, v.Check(context.Background(), changed, e), verify.Refuted, "record.digest fail", "issuer.expected unknown", "status.state unknown")

	// A badge's entry whose bytes cannot be a badge: somebody logged a file
	// under the wrong type.
	s = newSceneOf(t, record.Badge, []byte("a diploma"))
	want(t, s.online().Check(context.Background(), s.badge, s.evidence(t)), verify.Refuted,
		"record.type fail", "issuer.bound unknown", "status.state unknown")
}

// TestOpenBadge: there is no open badge, whatever a log says.
func TestOpenBadge(t *testing.T) {
	s := newScene(t)
	e := s.evidence(t)
	e.Record.Open, e.Record.Salt = true, record.Salt{}
	want(t, s.online().Check(context.Background(), s.badge, e), verify.CouldNotTell, "evidence.form unknown: an open badge")

	// An open entry of type badge in the log is an unknown entry; evidence as
	// a sealed one does not fit it.
	r, err := record.Parse(s.badge)
	if err != nil {
		t.Fatal(err)
	}
	d := r.Digest()
	i := s.log.append(append([]byte{1, 2, 1, 0x01, 0x55, 0x12, 0x20}, d[:]...))
	s.log.claims[i] = verify.Claim{Type: record.Badge, Digest: d}
	s.log.anchor(t)
	s.setNow()
	want(t, s.online().Check(context.Background(), s.badge, s.log.evidence(t, i)), verify.Refuted, "existence.inclusion fail", "status.state unknown")
}

// TestNotTaken: bytes that this release does not read refute nothing; those
// that no release can read do.
func TestNotTaken(t *testing.T) {
	deep := strings.Repeat("[", record.MaxDepth) + strings.Repeat("]", record.MaxDepth)
	for _, c := range []struct {
		name, bytes string
		verdict     verify.Verdict
		form        string
	}{
		{"something like a baked badge", `<svg xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="http://openbadges.org"><openbadges:assertion verify="x"/></svg>`, verify.CouldNotTell, "record.form unknown: neither a compact JWS nor an address"},
		{"too large", strings.Repeat("x", record.MaxSize+1), verify.CouldNotTell, "record.form unknown: split the file"},
		{"too many values", `{"a":[` + strings.Repeat("0,", record.MaxValues) + `0]}`, verify.CouldNotTell, "record.form unknown: split the document"},
		{"too deep", `{"a":` + deep + `}`, verify.CouldNotTell, "record.form unknown: flatter"},
		{"empty", "", verify.Refuted, "record.form fail: no bytes"},
		{"a name twice", `{"a":1,"a":2}`, verify.Refuted, "record.form fail: duplicate-key"},
		{"cut off", `{"a":`, verify.Refuted, "record.form fail: cut off"},
		{"a number that would change", `{"a":9007199254740993}`, verify.Refuted, "record.form fail: number"},
		{"a padded JWS", "eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJodHRwczovL3VuaS5leGFtcGxlIn0=.AAAA", verify.Refuted, "record.form fail: jws"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t)
			want(t, s.online().Check(context.Background(), []byte(c.bytes), s.evidence(t)), c.verdict,
				c.form, "record.type unknown", "record.digest unknown", "issuer.bound unknown", "status.state unknown")
		})
	}
}

// TestMereFile: a badge that its issuer revoked, logged once more in the same
// log as a thing with another status, or with none, is not verified by that.
func TestMereFile(t *testing.T) {
	review := []byte(`{"type":"Review","issuer":"` + uni + `","course":"seismology-1"}`)
	for _, c := range []struct {
		name    string
		kind    record.Type // as which it is logged again
		bytes   []byte
		verdict verify.Verdict
		steps   []string
	}{
		{"a badge as a document", record.Document, badgeOf(uni), verify.CouldNotTell,
			[]string{"record.type unknown: These bytes are a badge and were logged as a mere document, which says nothing of the badge; ask for the badge's own evidence."}},
		{"a badge as a course-qa record", record.CourseQA, badgeOf(uni), verify.CouldNotTell,
			[]string{"record.type unknown: a badge and were logged as a mere course-qa", "issuer.bound unknown: record.type"}},
		{"a course-qa record as a document", record.Document, review, verify.CouldNotTell,
			[]string{"record.type unknown: a course-qa and were logged as a mere document"}},
		{"a JWS as a document", record.Document, []byte("eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJodHRwczovL3VuaS5leGFtcGxlIn0.AAAA"), verify.CouldNotTell, []string{"record.type unknown"}},
		{"a course-qa record as itself", record.CourseQA, review, verify.Verified, nil},
		{"JSON of no known type as a document", record.Document, []byte(`{"type":"Minutes"}`), verify.Verified, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSceneOf(t, record.Badge, c.bytes, record.Revoked)
			i := s.log.add(t, c.kind, c.bytes)
			s.log.anchor(t)
			s.setNow()
			want(t, s.online().Check(context.Background(), c.bytes, s.log.evidence(t, i)), c.verdict, c.steps...)
			if c.kind == record.Document && c.verdict != verify.Verified {
				// Whom one expects changes nothing.
				v := s.online()
				v.ExpectIssuer = uni
				want(t, v.Check(context.Background(), c.bytes, s.log.evidence(t, i)), c.verdict, c.steps[0], "issuer.expected unknown: rests on the step record.type")
				// Where the file was withdrawn too, that counts.
				s.log.setState(i, record.Revoked)
				s.log.anchor(t)
				s.setNow()
				want(t, s.online().Check(context.Background(), c.bytes, s.log.evidence(t, i)), verify.Refuted, c.steps[0], "status.state fail")
			}
		})
	}
}

// TestNoHead: a log that does not end in a head entry says nothing of status.
func TestNoHead(t *testing.T) {
	for name, last := range map[string][]byte{
		"a record":      verify.Claim{Type: record.Document}.Entry().Bytes(),
		"a status":      record.Entry{Kind: record.Status, Target: 1, State: record.Revoked}.Bytes(),
		"unknown bytes": []byte("\x02\x04 a head of version 2"),
		"a short head":  {1, 4},
		"nothing":       {},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.log.anchorWith(t, last)
			s.setNow()
			want(t, s.online().Check(context.Background(), s.badge, s.evidence(t)), verify.CouldNotTell,
				"status.head unknown: does not end in a head entry", "status.chunk unknown", "status.current unknown", "status.state unknown")
		})
	}
}

// TestEveryIndex: of a log of many entries, each is verified with its own
// evidence and with no other's.
func TestEveryIndex(t *testing.T) {
	s := newScene(t)
	for _, i := range slices.Sorted(mapKeys(s.log.claims)) {
		claim := s.log.claims[i]
		if claim.Type != record.Document {
			continue
		}
		body := fmt.Appendf(nil, "filling %d of %s", fillingOf(s, i), s.log.log.Origin)
		e := s.log.evidence(t, i)
		r := s.online().Check(context.Background(), body, e)
		if r.Verdict != verify.Verified {
			t.Fatalf("entry %d: %+v", i, r)
		}
		e.Index ^= 1
		if r := s.online().Check(context.Background(), body, e); r.Verdict == verify.Verified {
			t.Fatalf("entry %d is verified at %d", i, e.Index)
		}
	}
}
