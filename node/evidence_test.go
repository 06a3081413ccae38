package node

import (
	"fmt"
	"net/http"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/verify"
)

// TestEvidenceAccess holds who gets evidence by which name, and that refusals
// do not tell what they refuse to tell.
func TestEvidenceAccess(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil).start()
	bytes := badge(r.made.Issuer, 1)
	sealedDocument := []byte("a sealed document")
	qa := []byte(fmt.Sprintf(`{"type":"Review","issuer":%q}`, r.made.Issuer))
	sealed := r.submit(bytes, "")
	document := r.submit(sealedDocument, "")
	open := r.submit(qa, StateFinal)
	rec, err := record.Parse(bytes)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := record.Parse(sealedDocument)
	if err != nil {
		t.Fatal(err)
	}
	digest, kind, otherDigest := rec.Digest(), record.Badge, record.Digest{1}
	docKind, docDigest := record.Document, doc.Digest()
	_, e, err := r.client.Evidence(t.Context(), EvidenceQuery{Index: &sealed.Index})
	if err != nil {
		t.Fatal(err)
	}
	otherSalt, otherCommitment := record.Salt{1}, record.Commitment{1}
	head := uint64(3) // the head entry that closed the batch
	for _, c := range []struct {
		name  string
		query EvidenceQuery
		// What the holder of a token and a stranger get: "" is evidence.
		trusted, stranger string
	}{
		{"index", EvidenceQuery{Index: &sealed.Index}, "", "private"},
		{"index of a head", EvidenceQuery{Index: &head}, "not-found", "private"},
		{"index of an open record", EvidenceQuery{Index: &open.Index}, "", "private"},
		{"digest", EvidenceQuery{Type: &kind, Digest: &digest}, "", "private"},
		{"digest of nothing", EvidenceQuery{Type: &kind, Digest: &otherDigest}, "not-found", "private"},
		{"digest under another type", EvidenceQuery{Type: &docKind, Digest: &digest}, "not-found", "private"},
		{"digest of a document", EvidenceQuery{Type: &docKind, Digest: &docDigest}, "", "private"},
		{"commitment", EvidenceQuery{Commitment: sealed.Commitment}, "", "private"},
		{"commitment of nothing", EvidenceQuery{Commitment: &otherCommitment}, "not-found", "private"},
		{"commitment and salt", EvidenceQuery{Commitment: sealed.Commitment, Salt: &e.Record.Salt}, "", ""},
		{"commitment and wrong salt", EvidenceQuery{Commitment: sealed.Commitment, Salt: &otherSalt}, "not-found", "not-found"},
		{"commitment of nothing and salt", EvidenceQuery{Commitment: &otherCommitment, Salt: &e.Record.Salt}, "not-found", "not-found"},
		{"another record's commitment and salt", EvidenceQuery{Commitment: document.Commitment, Salt: &e.Record.Salt}, "not-found", "not-found"},
		{"cid", EvidenceQuery{CID: open.CID}, "", ""},
		{"cid of a sealed badge", EvidenceQuery{CID: rec.CID().String()}, "not-found", "not-found"},
		{"cid of a sealed document", EvidenceQuery{CID: doc.CID().String()}, "not-found", "not-found"},
		{"cid of nothing", EvidenceQuery{CID: record.CIDOf(otherDigest).String()}, "not-found", "not-found"},
		{"cid in another base", EvidenceQuery{CID: strings.ToUpper(open.CID)}, "bad-request", "bad-request"},
	} {
		for who, want := range map[string]string{"trusted": c.trusted, "stranger": c.stranger} {
			client := r.client
			if who == "stranger" {
				client = r.stranger()
			}
			_, got, err := client.Evidence(t.Context(), c.query)
			if want == "" {
				if err != nil {
					t.Errorf("%s, %s: %v", c.name, who, err)
				} else if err := got.Validate(); err != nil {
					t.Errorf("%s, %s: %v", c.name, who, err)
				}
				continue
			}
			if p, ok := asProblem(err); !ok || p.Name() != want {
				t.Errorf("%s, %s: got %v, want %s", c.name, who, err, want)
			}
		}
	}
	// A refused guess and a refused hit read alike but for the request's id.
	same := func(a, b EvidenceQuery) {
		t.Helper()
		_, _, errA := r.stranger().Evidence(t.Context(), a)
		_, _, errB := r.stranger().Evidence(t.Context(), b)
		pa, _ := asProblem(errA)
		pb, _ := asProblem(errB)
		pa.Instance, pb.Instance = "", ""
		if !reflect.DeepEqual(*pa, *pb) {
			t.Errorf("two answers tell a hit from a guess:\n%v\n%v", pa, pb)
		}
	}
	same(EvidenceQuery{Type: &kind, Digest: &digest}, EvidenceQuery{Type: &kind, Digest: &otherDigest})
	same(EvidenceQuery{CID: doc.CID().String()}, EvidenceQuery{CID: record.CIDOf(otherDigest).String()})
	same(EvidenceQuery{Commitment: sealed.Commitment, Salt: &otherSalt}, EvidenceQuery{Commitment: &otherCommitment, Salt: &otherSalt})
	if _, err := r.client.Forget(t.Context(), Target{Index: &document.Index}); err != nil {
		t.Fatal(err)
	}
	same(EvidenceQuery{CID: doc.CID().String()}, EvidenceQuery{CID: record.CIDOf(otherDigest).String()})

	// Open records have evidence that verifies, and no status when course-qa.
	_, qe, err := r.stranger().Evidence(t.Context(), EvidenceQuery{CID: open.CID})
	if err != nil || qe.Status != nil || !qe.Record.Open {
		t.Fatalf("evidence of the review: %v, %v", qe, err)
	}
	if report := r.check(qa, qe, true); report.Verdict != verify.Verified {
		t.Errorf("the review is %s: %+v", report.Verdict, report.Steps)
	}
	resp, body := r.do(http.MethodPost, "/v1/evidence", "application/json", fmt.Appendf(nil, `{"cid":%q}`, open.CID), nil)
	if resp.Header.Get("Content-Type") != verify.MediaType || resp.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("evidence comes with %v: %s", resp.Header, body)
	}

	// A forgotten open record is gone, though the log still shows its CID.
	if _, err := r.client.Forget(t.Context(), Target{Index: &open.Index}); err != nil {
		t.Fatal(err)
	}
	if resp, _ := r.get("/v1/records/" + open.CID); resp.StatusCode != 404 {
		t.Errorf("the forgotten review is still served: %d", resp.StatusCode)
	}
}

// TestLookup finds records by identity.
func TestLookup(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil).start()
	b := badge("https://a.example", 1)
	logged := r.submit(b, StateFinal)
	rec, err := record.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.client.ChangeStatus(t.Context(), StatusChange{Index: &logged.Index, State: record.Suspended}); err != nil {
		t.Fatal(err)
	}
	found, err := r.client.Find(t.Context(), record.Badge, rec.Digest())
	if err != nil || found.Index != logged.Index || *found.Commitment != *logged.Commitment || found.State != StateFinal || found.Status != record.Suspended {
		t.Errorf("found %+v, %v", found, err)
	}
	_, err = r.client.Find(t.Context(), record.Document, rec.Digest())
	wantProblem(t, err, "not-found", 404)
	if _, err := r.client.Forget(t.Context(), Target{Index: &logged.Index}); err != nil {
		t.Fatal(err)
	}
	_, err = r.client.Find(t.Context(), record.Badge, rec.Digest())
	wantProblem(t, err, "forgotten", 410)
}

// TestNotFinal asks for evidence before its anchor is final.
func TestNotFinal(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", func(o *InitOptions) { o.AnchorInterval = time.Hour }).start()
	logged := r.submit(badge("https://a.example", 1), "")
	_, _, err := r.client.Evidence(t.Context(), EvidenceQuery{Index: &logged.Index})
	p := wantProblem(t, err, "not-final", 409)
	if !p.Retry() || p.RetryAfter != 60 || !strings.Contains(p.Detail, "logged, waiting for a final anchor") {
		t.Errorf("problem %+v", p)
	}
	resp, body := r.do(http.MethodPost, "/v1/evidence", "application/json", []byte(`{"index":0}`), auth(r))
	if resp.Header.Get("Retry-After") != "60" {
		t.Errorf("%v %s", resp.Header, body)
	}
	if l, err := r.client.Submit(t.Context(), Submission{Record: badge("https://a.example", 1), Wait: StateFinal, Timeout: time.Millisecond}); err != nil || l.State != StateLogged || !l.Duplicate {
		t.Errorf("a wait that ends too soon: %+v, %v", l, err)
	}
	r.until("the log is open", func(s anchor.Status) bool { return !s.Fenced })
	r.node.anchor.Request()
	if l := r.submit(badge("https://a.example", 1), StateAnchored); l.State == StateLogged {
		t.Errorf("waited for anchored, got %+v", l)
	}
	r.submit(badge("https://a.example", 1), StateFinal)
	if _, _, err := r.client.Evidence(t.Context(), EvidenceQuery{Index: &logged.Index}); err != nil {
		t.Error(err)
	}
}

// TestCheckpointFollows holds that a record is in a signed checkpoint soon,
// whether or not anything is anchored.
func TestCheckpointFollows(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", func(o *InitOptions) { o.AnchorInterval = time.Hour }).start()
	r.until("nothing is under way", func(s anchor.Status) bool { return s.Phase == anchor.Idle })
	for i := range uint64(3) {
		r.submit(badge("https://a.example", int(i)), "")
		waitFor(t, "the checkpoint", func() bool { return r.node.sequencer.published.Load().tree.Size == i+1 })
	}
}

// TestEvidenceRate holds the limit for strangers, and that it is not one for
// holders of a token.
func TestEvidenceRate(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil)
	now := time.Unix(1_800_000_000, 0)
	r.load("http.evidence_per_minute", "3")
	r.config.Now = func() time.Time { return now }
	r.start()
	ask := func(header http.Header) int {
		resp, body := r.do(http.MethodPost, "/v1/evidence", "application/json", []byte(`{"index":0}`), header)
		p := problemOf(t, resp, body)
		if resp.StatusCode == 429 && (p.Name() != "too-many-requests" || resp.Header.Get("Retry-After") != "21") {
			t.Errorf("%v %s", resp.Header, body)
		}
		return resp.StatusCode
	}
	for range 3 {
		if got := ask(nil); got != 403 {
			t.Errorf("status %d before the limit", got)
		}
	}
	if got := ask(nil); got != 429 {
		t.Errorf("status %d past the limit", got)
	}
	if got := ask(http.Header{"X-Forwarded-For": {"203.0.113.9"}}); got != 429 {
		t.Errorf("status %d for who names another address", got)
	}
	if got := ask(auth(r)); got != 404 {
		t.Errorf("status %d with a token", got)
	}
}

func TestLimiter(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	l := newLimiter(60, func() time.Time { return now })
	prefix := func(i int) netip.Prefix {
		return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 32)
	}
	for i := range 60 {
		if !l.allow(prefix(0)) {
			t.Fatalf("refused at %d of 60", i)
		}
	}
	if l.allow(prefix(0)) {
		t.Fatal("the 61st at once was allowed")
	}
	if !l.allow(prefix(1)) {
		t.Fatal("another address was refused")
	}
	now = now.Add(time.Second)
	if !l.allow(prefix(0)) || l.allow(prefix(0)) {
		t.Fatal("a second refills one, no more and no less")
	}
	// A change of generations gives no new allowance.
	now = l.born.Add(59 * time.Second)
	for l.allow(prefix(0)) {
	}
	now = now.Add(3 * time.Second)
	allowed := 0
	for l.allow(prefix(0)) {
		allowed++
	}
	if allowed != 3 || l.old == nil {
		t.Fatalf("%d were allowed in 3 seconds at a change of generations", allowed)
	}
	for i := range 3 * maxAddresses {
		l.allow(prefix(i))
	}
	if n := len(l.young) + len(l.old); n > 2*maxAddresses {
		t.Fatalf("%d addresses are kept", n)
	}
}

func TestClientAddress(t *testing.T) {
	for _, c := range []struct {
		remote, header string
		values         []string
		want           string
	}{
		{"192.0.2.1:99", "", nil, "192.0.2.1/32"},
		{"192.0.2.1:99", "", []string{"203.0.113.9"}, "192.0.2.1/32"},
		{"192.0.2.1:99", "X-Forwarded-For", []string{"203.0.113.9"}, "203.0.113.9/32"},
		{"192.0.2.1:99", "X-Forwarded-For", []string{"6.6.6.6, 203.0.113.9"}, "203.0.113.9/32"},
		{"192.0.2.1:99", "X-Forwarded-For", []string{"6.6.6.6", "203.0.113.9"}, "203.0.113.9/32"},
		{"192.0.2.1:99", "X-Forwarded-For", []string{"garbage"}, "192.0.2.1/32"},
		{"192.0.2.1:99", "X-Forwarded-For", nil, "192.0.2.1/32"},
		{"[2001:db8:1:2:3:4:5:6]:99", "", nil, "2001:db8:1:2::/64"},
		{"[fe80::1%eth0]:99", "", nil, "fe80::/64"},
		{"[::ffff:192.0.2.1]:99", "", nil, "192.0.2.1/32"},
		{"@", "", nil, "invalid Prefix"},
	} {
		r := &http.Request{RemoteAddr: c.remote, Header: http.Header{"X-Forwarded-For": c.values}}
		if got := clientAddress(r, c.header).String(); got != c.want {
			t.Errorf("%s with %s %v: %s, want %s", c.remote, c.header, c.values, got, c.want)
		}
	}
}
