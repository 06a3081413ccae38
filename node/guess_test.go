package node

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/akashi-project/akashi/record"
)

// TestGuessesTellNothing asks as a stranger for what was never here, for what
// is sealed, and for what was forgotten: word for word the same answer, after
// the same time.
func TestGuessesTellNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil).start()
	submit := func(text string, open bool) (Logged, record.Record) {
		t.Helper()
		rec, err := record.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		kind := record.Document
		l, err := r.client.Submit(t.Context(), Submission{Record: []byte(text), Type: &kind, Open: open})
		if err != nil {
			t.Fatal(err)
		}
		return l, rec
	}
	salt := func(l Logged) record.Salt {
		t.Helper()
		i, err := r.node.store.Identity(l.Index)
		if err != nil {
			t.Fatal(err)
		}
		return i.Salt
	}
	sealed, sealedRecord := submit("sealed", false)
	gone, goneRecord := submit("forgotten", false)
	published, publishedRecord := submit("published", true)
	goneOpen, goneOpenRecord := submit("published and forgotten", true)
	right, wrong := salt(gone), record.Salt{1}
	for _, l := range []Logged{gone, goneOpen} {
		if _, err := r.client.Forget(t.Context(), Target{Index: &l.Index}); err != nil {
			t.Fatal(err)
		}
	}

	answers := map[string]string{}
	salted := func(name string, c record.Commitment, s record.Salt) {
		t.Helper()
		_, _, err := r.stranger().Evidence(t.Context(), EvidenceQuery{Commitment: &c, Salt: &s})
		p := wantProblem(t, err, "not-found", http.StatusNotFound)
		answers[p.Title+p.Detail] += name + ";"
	}
	salted("unknown", record.Commitment{1}, wrong)
	salted("sealed, wrong salt", *sealed.Commitment, wrong)
	salted("forgotten, wrong salt", *gone.Commitment, wrong)
	salted("forgotten, right salt", *gone.Commitment, right)
	if len(answers) != 1 {
		t.Errorf("answers differ: %v", answers)
	}
	_, _, err := r.client.Evidence(t.Context(), EvidenceQuery{Commitment: gone.Commitment, Salt: &right})
	wantProblem(t, err, "forgotten", http.StatusGone) // with a token it is said

	// In a bubble only waiting takes time: what all misses take is what they
	// wait, which covers the looking whatever it finds.
	synctest.Test(t, func(t *testing.T) {
		took := func(f func() error) (time.Duration, error) {
			begin := time.Now()
			err := f()
			return time.Since(begin), err
		}
		for name, f := range map[string]func() error{
			"cid of nothing":   func() error { _, err := r.node.openRecord(t.Context(), record.Digest{1}); return err },
			"cid of sealed":    func() error { _, err := r.node.openRecord(t.Context(), sealedRecord.Digest()); return err },
			"cid of forgotten": func() error { _, err := r.node.openRecord(t.Context(), goneRecord.Digest()); return err },
			"cid, published and forgotten": func() error {
				_, err := r.node.openRecord(t.Context(), goneOpenRecord.Digest())
				return err
			},
			"salt of nothing": func() error {
				_, err := r.node.findSalted(t.Context(), record.Commitment{1}, wrong, false)
				return err
			},
			"wrong salt": func() error {
				_, err := r.node.findSalted(t.Context(), *sealed.Commitment, wrong, false)
				return err
			},
			"salt of forgotten": func() error {
				_, err := r.node.findSalted(t.Context(), *gone.Commitment, wrong, false)
				return err
			},
		} {
			if d, err := took(f); d != missTime || err == nil {
				t.Errorf("%s: %v after %s, want a miss after %s", name, err, d, missTime)
			}
		}
		if d, err := took(func() error { _, err := r.node.openRecord(t.Context(), publishedRecord.Digest()); return err }); d != 0 || err != nil {
			t.Errorf("what is published took %s, %v", d, err)
		}
		// Slow looking ends on the same grid.
		missed := r.node.missing(t.Context(), "nothing")
		time.Sleep(missTime + missTime/3)
		if d, _ := took(missed); d != missTime-missTime/3 {
			t.Errorf("a slow miss waited %s", d)
		}
	})
	if resp, b := r.get("/v1/records/" + published.CID); resp.StatusCode != 200 || string(b) != "published" {
		t.Errorf("%d %q", resp.StatusCode, b)
	}
}

// TestGuessRate holds the limit on CIDs that hit nothing, for strangers, and
// that reading what is published is not under it until it is spent.
func TestGuessRate(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil)
	now := time.Unix(1_800_000_000, 0)
	r.load("http.evidence_per_minute", "3")
	r.config.Now = func() time.Time { return now }
	r.start()
	sealed, err := record.Parse([]byte("sealed"))
	if err != nil {
		t.Fatal(err)
	}
	kind := record.Document
	if _, err := r.client.Submit(t.Context(), Submission{Record: []byte("sealed"), Type: &kind}); err != nil {
		t.Fatal(err)
	}
	open := r.submit(fmt.Appendf(nil, `{"type":"Review","issuer":%q}`, r.made.Issuer), "")
	get := func(cid string, header http.Header) int {
		resp, _ := r.do(http.MethodGet, "/v1/records/"+cid, "", nil, header)
		return resp.StatusCode
	}
	for range 10 {
		if got := get(open.CID, nil); got != 200 {
			t.Fatalf("what is published: %d", got)
		}
	}
	for i, cid := range []string{sealed.CID().String(), record.CIDOf(record.Digest{1}).String(), sealed.CID().String()} {
		if got := get(cid, nil); got != 404 {
			t.Errorf("guess %d: %d", i, got)
		}
	}
	for _, cid := range []string{sealed.CID().String(), record.CIDOf(record.Digest{1}).String(), open.CID} {
		if got := get(cid, nil); got != 429 {
			t.Errorf("past the limit: %d", got)
		}
	}
	if got := get(sealed.CID().String(), auth(r)); got != 404 {
		t.Errorf("with a token: %d", got)
	}
	if got := get(open.CID, auth(r)); got != 200 {
		t.Errorf("with a token: %d", got)
	}
	// Guesses made at once count each: they cannot all begin before the last
	// allowed one ends.
	from := clientAddress(&http.Request{RemoteAddr: "192.0.2.7:1"}, "")
	for range 10 {
		r.node.limiter.charge(from)
	}
	now = now.Add(2 * time.Minute)
	if !r.node.limiter.spent(from) {
		t.Error("ten guesses at once are forgiven after two minutes, which allow six")
	}
}
