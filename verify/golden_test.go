package verify_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/verify"
	"github.com/akashi-project/akashi/verify/internal/golden"
	"github.com/ethereum/go-ethereum/core/types"
)

// There is a folder for each case; package golden reads them.
const goldenDir = "../testdata/golden/v1/evidence"

var update = flag.Bool("update", false, "write the golden cases that are not there yet; one that is there is never changed")

// A goldenReport is a Report as far as it is frozen: without the texts.
type goldenReport struct {
	Verdict   verify.Verdict        `json:"verdict"`
	Steps     []goldenStep          `json:"steps"`
	Type      *record.Type          `json:"type,omitempty"`
	Issuer    *verify.Issuer        `json:"issuer,omitempty"`
	Log       *checkpoint.LogRef    `json:"log,omitempty"`
	Index     *uint64               `json:"index,omitempty"`
	Existence *verify.ExistenceFact `json:"existence,omitempty"`
	Status    *verify.StatusFact    `json:"status,omitempty"`
}

type goldenStep struct {
	Code   verify.Code   `json:"code"`
	Result verify.Result `json:"result"`
}

func frozen(r verify.Report) goldenReport {
	g := goldenReport{Verdict: r.Verdict, Issuer: r.Issuer, Log: r.Log, Index: r.Index, Existence: r.Existence, Status: r.Status}
	if r.Type != 0 {
		g.Type = &r.Type
	}
	for _, s := range r.Steps {
		g.Steps = append(g.Steps, goldenStep{s.Code, s.Result})
	}
	return g
}

// TestGolden reaches every frozen report.
func TestGolden(t *testing.T) {
	if *update {
		writeGolden(t)
	}
	cases, err := golden.Cases(goldenDir)
	if err != nil {
		t.Fatal(err)
	}
	verdicts := map[verify.Verdict]int{}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			var want goldenReport
			strictJSON(t, c.Report, &want)
			r := judge(t, c)
			checkReport(t, r)
			verdicts[r.Verdict]++
			got := frozen(r)
			// A later release may add steps; those that are frozen stay.
			got.Steps = slices.DeleteFunc(got.Steps, func(s goldenStep) bool {
				return !slices.ContainsFunc(want.Steps, func(w goldenStep) bool { return w.Code == s.Code })
			})
			if !reflect.DeepEqual(got, want) {
				g, _ := json.MarshalIndent(r, "", " ")
				w, _ := json.MarshalIndent(want, "", " ")
				t.Errorf("%s: report\n%s\nwant\n%s", c.About, g, w)
			}
			if e, err := verify.ParseEvidence(c.Evidence); err == nil && !bytes.Equal(encoded(t, e), c.Evidence) {
				t.Error("the evidence is written otherwise now")
			}
		})
	}
	for _, v := range []verify.Verdict{verify.Verified, verify.Refuted, verify.CouldNotTell} {
		if verdicts[v] < 5 {
			t.Errorf("%d cases of %s", verdicts[v], v)
		}
	}
	for _, c := range goldenCases {
		if _, err := os.Stat(filepath.Join(goldenDir, c.name)); err != nil {
			t.Errorf("case %s is not frozen: run the test with -update, and look at what it writes", c.name)
		}
	}
}

// TestGoldenChanged changes each member of the golden evidence and records,
// one at a time. With another record or value none is verified; without a
// member only if evidence may be without it.
func TestGoldenChanged(t *testing.T) {
	cases, err := golden.Cases(goldenDir)
	if err != nil {
		t.Fatal(err)
	}
	optional := regexp.MustCompile(`evidence/(binding|checkpoint|qa) left out$`)
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			changes, refuted := 0, 0
			for change, c := range c.Changed() {
				changes++
				r := judge(t, c)
				checkReport(t, r)
				if r.Verdict == verify.Refuted {
					refuted++
				}
				if r.Verdict == verify.Verified && !(change == golden.MemberGone && optional.MatchString(c.Name)) {
					t.Errorf("%s, and it is verified", c.Name)
				}
			}
			if changes < 50 || c.Name == "verified" && refuted < 20 {
				t.Errorf("only %d changes, %d of them refuted", changes, refuted)
			}
		})
	}
}

// judge checks a case offline.
func judge(t *testing.T, c golden.Case) verify.Report {
	t.Helper()
	policy, err := verify.ParsePolicy(c.Policy)
	if err != nil {
		t.Fatal(err)
	}
	v := verify.Verifier{Policy: policy, Now: func() time.Time { return time.Unix(c.Now, 0) }, ExpectIssuer: c.ExpectIssuer}
	return v.CheckBytes(context.Background(), c.Record, c.Evidence)
}

func strictJSON(t testing.TB, b []byte, v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		t.Fatal(err)
	}
}

// writeGolden writes the cases that have no folder yet.
func writeGolden(t *testing.T) {
	for _, c := range goldenCases {
		dir := filepath.Join(goldenDir, c.name)
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		s, e := c.make(t)
		s.setNow()
		if c.later != 0 {
			s.now = s.now.Add(c.later)
		}
		evidence := encoded(t, e)
		policy := s.policy
		policy.Blocks = append(policy.Blocks, trustBlocks(e)...)
		if c.edit != nil {
			s.badge, evidence, policy = c.edit(s.badge, evidence, policy)
		}
		v := verify.Verifier{Policy: policy, Now: func() time.Time { return s.now }, ExpectIssuer: c.expect}
		report := v.CheckBytes(context.Background(), s.badge, evidence)
		if report.Verdict != c.verdict {
			t.Errorf("%s: %s, want %s: %+v", c.name, report.Verdict, c.verdict, report)
			continue
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		write := func(name string, b []byte) {
			if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		indented := func(v any) []byte {
			b, err := json.MarshalIndent(v, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			return append(b, '\n')
		}
		write("record", s.badge)
		write("evidence.json", evidence)
		write("policy.json", indented(policy))
		write("case.json", indented(golden.Setting{About: c.about, Now: s.now.Unix(), ExpectIssuer: c.expect}))
		write("report.json", indented(frozen(report)))
	}
}

var goldenCases = []struct {
	name, about string
	verdict     verify.Verdict
	make        func(t *testing.T) (*scene, verify.Evidence)
	later       time.Duration
	expect      string
	edit        func(record, evidence []byte, p verify.Policy) ([]byte, []byte, verify.Policy)
}{
	{name: "verified", about: "an Open Badges 3.0 badge in a log that the policy lists for its issuer", verdict: verify.Verified, make: goldenScene()},
	{name: "verified-did-key", about: "the issuer is a did:key, which has signed that the log is its own", verdict: verify.Verified,
		make: func(t *testing.T) (*scene, verify.Evidence) {
			key := privateKey("university")
			s := newSceneOf(t, record.Badge, badgeOf(verify.DIDKey(public(key))))
			s.policy.Issuers = nil
			e := s.evidence(t)
			e.Binding = s.log.binding(t, key, "")
			return s, e
		}},
	{name: "verified-pinned-key", about: "the binding is signed with a key that the policy lists for the issuer", verdict: verify.Verified,
		make: func(t *testing.T) (*scene, verify.Evidence) {
			s, e := full(t)
			s.policy.Issuers[0].Logs = nil
			return s, e
		}},
	{name: "verified-jws", about: "a badge as a compact JWS", verdict: verify.Verified,
		make: func(t *testing.T) (*scene, verify.Evidence) {
			segment := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
			jws := segment(`{"alg":"EdDSA","typ":"JWT"}`) + "." + segment(`{"iss":"`+uni+`","vc":{"type":["VerifiableCredential","OpenBadgeCredential"],"issuer":"`+uni+`"}}`) + "." + segment(strings.Repeat("s", 64))
			s := newSceneOf(t, record.Badge, []byte(jws))
			return s, s.evidence(t)
		}},
	{name: "verified-document", about: "a document, which names no issuer, in a log that the policy lists", verdict: verify.Verified,
		make: func(t *testing.T) (*scene, verify.Evidence) {
			s := newSceneOf(t, record.Document, []byte("%PDF-1.7 a diploma\n"))
			return s, s.evidence(t)
		}, expect: uni},
	{name: "verified-course-qa", about: "an open course-qa record, which has no status", verdict: verify.Verified,
		make: func(t *testing.T) (*scene, verify.Evidence) {
			s := newSceneOf(t, record.CourseQA, []byte(`{"type":"Review","issuer":"`+uni+`","course":"seismology-1","finding":"meets"}`))
			return s, s.evidence(t)
		}},
	{name: "verified-large", about: "an entry far back in the log, blocks of 150 and more transactions", verdict: verify.Verified,
		make: func(t *testing.T) (*scene, verify.Evidence) {
			s := newScene(t)
			s.log.fill(t, 700)
			s.index = s.log.add(t, record.Badge, s.badge)
			s.log.fill(t, 90)
			s.log.setState(s.index-1, record.Revoked)
			s.log.setState(s.index+1, record.Suspended)
			s.chain.noise(150)
			s.log.anchor(t)
			s.log.fill(t, 300)
			s.chain.noise(190)
			s.log.anchor(t)
			return s, s.evidence(t)
		}},
	{name: "verified-one-anchor", about: "existence and status from the same anchor, with a checkpoint", verdict: verify.Verified,
		make: func(t *testing.T) (*scene, verify.Evidence) {
			s := newScene(t)
			e := s.log.evidenceAt(t, s.index, 1)
			e.Checkpoint = s.log.checkpoint(t, s.log.anchors[1].tree)
			return s, e
		}},
	{name: "verified-reinstated", about: "suspended once, and valid again", verdict: verify.Verified, make: goldenScene(record.Suspended, record.Valid)},
	{name: "revoked", about: "revoked by its issuer", verdict: verify.Refuted, make: goldenScene(record.Revoked)},
	{name: "revoked-long-ago", about: "a revocation does not age", verdict: verify.Refuted, make: goldenScene(record.Revoked), later: 1000 * 24 * time.Hour},
	{name: "suspended", about: "suspended by its issuer, which may have lifted it since: nobody was asked", verdict: verify.CouldNotTell, make: goldenScene(record.Suspended)},
	{name: "suspended-long-ago", about: "a suspension may have been lifted since", verdict: verify.CouldNotTell, make: goldenScene(record.Suspended), later: 1000 * 24 * time.Hour},
	{name: "stale", about: "valid when it was asked, eight days ago", verdict: verify.CouldNotTell, make: goldenScene(), later: 8 * 24 * time.Hour},
	{name: "unbound", about: "nothing says that the log is the issuer's", verdict: verify.CouldNotTell,
		make: func(t *testing.T) (*scene, verify.Evidence) {
			s := newScene(t)
			s.policy.Issuers = nil
			return s, s.evidence(t)
		}},
	{name: "relogged", about: "a badge that its issuer revoked, logged again in a log of somebody else", verdict: verify.CouldNotTell,
		make: func(t *testing.T) (*scene, verify.Evidence) {
			s := newScene(t, record.Revoked)
			return s, relog(t, s, newLog(t, s.chain, s.registry, "log.mallory.example"))
		}},
	{name: "badge-as-document", about: "a badge that its issuer revoked, logged again in the same log as a mere document", verdict: verify.CouldNotTell,
		make: func(t *testing.T) (*scene, verify.Evidence) {
			s := newScene(t, record.Revoked)
			s.index = s.log.add(t, record.Document, s.badge)
			s.log.anchor(t)
			return s, s.evidence(t)
		}},
	{name: "foreign-registry", about: "the same log id on a registry that the policy does not list", verdict: verify.CouldNotTell,
		make: func(t *testing.T) (*scene, verify.Evidence) {
			s := newScene(t, record.Revoked)
			registry, _ := s.chain.deploy("mallory's registry")
			return s, relog(t, s, newLog(t, s.chain, registry, "log.hoshizora.example"))
		}},
	{name: "unknown-block", about: "nobody vouches for the blocks", verdict: verify.CouldNotTell, make: goldenScene(),
		edit: func(record, evidence []byte, p verify.Policy) ([]byte, []byte, verify.Policy) {
			p.Blocks = nil
			return record, evidence, p
		}},
	{name: "no-status", about: "evidence without status", verdict: verify.CouldNotTell,
		make: func(t *testing.T) (*scene, verify.Evidence) {
			s := newScene(t)
			e := s.evidence(t)
			e.Status = nil
			return s, e
		}},
	{name: "no-head", about: "a log whose last anchor does not end in a head entry", verdict: verify.CouldNotTell,
		make: func(t *testing.T) (*scene, verify.Evidence) {
			s := newScene(t)
			s.log.anchorWith(t, verify.Claim{Type: record.Document}.Entry().Bytes())
			return s, s.evidence(t)
		}},
	{name: "other-proof", about: "an event that is proved in a way of later versions", verdict: verify.CouldNotTell,
		make: func(t *testing.T) (*scene, verify.Evidence) {
			s := newScene(t)
			e := s.evidence(t)
			e.Status.Event.Proof = verify.EventProof{Type: "eth-rpc-attested/1", Other: []byte(`{"by":["a","b"],"type":"eth-rpc-attested/1"}`)}
			return s, e
		}},
	{name: "other-issuer", about: "the badge is of another issuer than the verifier expects", verdict: verify.Refuted, make: goldenScene(), expect: "https://other.example"},
	{name: "tampered-record", about: "a date in the badge was changed", verdict: verify.Refuted, make: goldenScene(),
		edit: func(record, evidence []byte, p verify.Policy) ([]byte, []byte, verify.Policy) {
			return bytes.Replace(record, []byte("2026-05-01"), []byte("2026-05-02"), 1), evidence, p
		}},
	{name: "tampered-inclusion", about: "a hash of the inclusion proof was changed", verdict: verify.Refuted,
		make: func(t *testing.T) (*scene, verify.Evidence) {
			s := newScene(t)
			e := s.evidence(t)
			e.Existence.Inclusion[1][0] ^= 1
			return s, e
		}},
	{name: "tampered-status", about: "a revocation was taken out of the chunk", verdict: verify.Refuted,
		make: func(t *testing.T) (*scene, verify.Evidence) {
			s := newScene(t, record.Revoked)
			e := s.evidence(t)
			e.Status.Chunk.Set(s.index, uint8(record.Valid))
			return s, e
		}},
	{name: "tampered-receipt", about: "a byte in a node of the receipts trie was changed", verdict: verify.Refuted,
		make: func(t *testing.T) (*scene, verify.Evidence) {
			s := newScene(t)
			e := s.evidence(t)
			last := e.Existence.Event.Proof.Nodes
			last[len(last)-1][40] ^= 1
			return s, e
		}},
	{name: "tampered-binding", about: "the binding names one key and is signed by another", verdict: verify.Refuted,
		make: func(t *testing.T) (*scene, verify.Evidence) {
			s := newScene(t)
			e := s.evidence(t)
			e.Binding = broken(privateKey("university"))(t, s)
			return s, e
		}},
	{name: "tampered-spelling", about: "one space more: not the one exact form, and so no evidence", verdict: verify.CouldNotTell, make: goldenScene(),
		edit: func(record, evidence []byte, p verify.Policy) ([]byte, []byte, verify.Policy) {
			return record, append([]byte("{ "), evidence[1:]...), p
		}},
	{name: "not-the-first-anchor", about: "a later anchor covers the record too, and does not date it", verdict: verify.Refuted,
		make: func(t *testing.T) (*scene, verify.Evidence) {
			s := newScene(t)
			e := s.evidence(t)
			e.Existence = verify.Existence{Event: e.Status.Event, Inclusion: s.log.include(t, s.log.anchors[2].tree.Size, s.index)}
			return s, e
		}},
	{name: "status-before-existence", about: "the status is of an anchor from before the record", verdict: verify.Refuted,
		make: func(t *testing.T) (*scene, verify.Evidence) {
			s := newScene(t)
			e := s.evidence(t)
			e.Status = s.log.status(t, 0, 0)
			return s, e
		}},
	{name: "failed-transaction", about: "the receipt is of a transaction that failed", verdict: verify.Refuted,
		make: func(t *testing.T) (*scene, verify.Evidence) {
			s := newScene(t)
			e := s.evidence(t)
			e.Status.Event = forge(t, s, func(r *types.Receipt) { r.Status = 0 }, 1)
			return s, e
		}},
	{name: "forked-unproved", about: "the log signed another root than an anchor in a block that nobody vouches for: no proof of a fork", verdict: verify.CouldNotTell,
		make: func(t *testing.T) (*scene, verify.Evidence) {
			s := newScene(t)
			e := s.evidence(t)
			other := s.log.anchors[2].tree
			other.Root[0] ^= 1
			e.Checkpoint = s.log.checkpoint(t, other)
			return s, e
		},
		edit: func(record, evidence []byte, p verify.Policy) ([]byte, []byte, verify.Policy) {
			p.Blocks = p.Blocks[:1]
			return record, evidence, p
		}},
	{name: "forked", about: "the log signed another root for the size that was anchored", verdict: verify.Refuted,
		make: func(t *testing.T) (*scene, verify.Evidence) {
			s := newScene(t)
			e := s.evidence(t)
			other := s.log.anchors[2].tree
			other.Root[0] ^= 1
			e.Checkpoint = s.log.checkpoint(t, other)
			return s, e
		}},
	{name: "tampered-head", about: "the head is not the last entry of the log", verdict: verify.Refuted,
		make: func(t *testing.T) (*scene, verify.Evidence) {
			s := newScene(t, record.Revoked)
			e := s.evidence(t)
			e.Status.Head[2] ^= 1
			return s, e
		}},
	{name: "malformed-record", about: "a member of the record stands twice, so that readers differ on what it says", verdict: verify.Refuted, make: goldenScene(),
		edit: func(record, evidence []byte, p verify.Policy) ([]byte, []byte, verify.Policy) {
			return append([]byte(`{"name":"Nine credits",`), append([]byte(`"name":"Two credits",`), record[1:]...)...), evidence, p
		}},
	{name: "binding-of-another-log", about: "the binding is about another log, and the policy lists this one", verdict: verify.Verified,
		make: func(t *testing.T) (*scene, verify.Evidence) {
			s, e := full(t)
			e.Binding = newLog(t, s.chain, s.registry, "log2.hoshizora.example").binding(t, privateKey("university"), uni)
			return s, e
		}},
	{name: "state-beyond-the-log", about: "the head sums up a chunk with a state for an entry that is not there", verdict: verify.Refuted,
		make: func(t *testing.T) (*scene, verify.Evidence) {
			s := newScene(t)
			s.index = s.log.add(t, record.Badge, append([]byte(" "), s.badge...))
			s.log.anchor(t)
			n := uint64(len(s.log.leaves))
			chunk, proof, err := statusTree(t, s.log.states, n).Prove(s.index)
			if err != nil || len(proof) != 1 {
				t.Fatal("want the second of two chunks", err)
			}
			chunk.Set(n, uint8(record.Revoked))
			head := record.Entry{Kind: record.Head, StatusRoot: merkle.NodeHash(proof[0], merkle.LeafHash(chunk[:]))}
			s.log.anchorWith(t, head.Bytes())
			e := s.evidence(t)
			e.Status.Chunk, e.Status.ChunkProof = chunk, proof
			return s, e
		}},
}

func goldenScene(then ...record.State) func(t *testing.T) (*scene, verify.Evidence) {
	return func(t *testing.T) (*scene, verify.Evidence) {
		s := newScene(t, then...)
		return s, s.evidence(t)
	}
}
