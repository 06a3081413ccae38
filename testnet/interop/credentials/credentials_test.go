package credentials

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/akashi-project/akashi/record/badge"
	"github.com/akashi-project/akashi/record/fetch"
	"github.com/akashi-project/akashi/record/proof"
)

const contexts = "../../../record/ld/contexts"

var seed = strings.Repeat("2a", ed25519.SeedSize)

func start(t testing.TB) *JavaScript {
	t.Helper()
	j, err := Start(".", contexts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	})
	return j
}

// now is the instant of these tests on both sides: their badges end one day.
func now() time.Time { return time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC) }

func ask(t testing.TB, j *JavaScript, job Job) Answer {
	t.Helper()
	if job.Now.IsZero() {
		job.Now = now()
	}
	a, err := j.Ask(job)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// signer is the issuer of these tests, and the badge that it issues.
func signer(t testing.TB) (proof.Signer, []byte) {
	t.Helper()
	raw, err := hex.DecodeString(seed)
	if err != nil {
		t.Fatal(err)
	}
	key := ed25519.NewKeyFromSeed(raw)
	public, err := proof.NewKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	multikey, err := public.Multikey()
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile("../../../record/proof/testdata/badge.json")
	if err != nil {
		t.Fatal(err)
	}
	badge := strings.Replace(string(b), "did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd", "did:key:"+multikey, 1)
	return proof.Signer{Key: key, Method: "did:key:" + multikey + "#" + multikey}, []byte(badge)
}

var suites = []proof.Suite{proof.EdDSARDFC2022, proof.EdDSAJCS2022, proof.Ed25519Signature2020, proof.ECDSARDFC2019}

// signed is the badge under a suite, or as "VC-JWT": for node, and as bytes.
func signed(t testing.TB, kind string) (any, []byte) {
	t.Helper()
	s, badge := signer(t)
	if kind == "VC-JWT" {
		token, err := s.JWT(badge, proof.JWTVC20)
		if err != nil {
			t.Fatal(err)
		}
		return token, []byte(token)
	}
	b, err := s.Document(badge, proof.Options{Suite: proof.Suite(kind), Created: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	return json.RawMessage(b), b
}

// outcome is what akashi says of a credential.
func outcome(t testing.TB, kind string, b []byte) (proof.Outcome, proof.Code) {
	t.Helper()
	v := proof.Verifier{Now: now}
	if kind == "VC-JWT" {
		r := v.JWT(t.Context(), b)
		return r.Outcome, r.Code
	}
	results, err := v.Document(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	return results[0].Outcome, results[0].Code
}

// TestTheirs lets node sign in each suite; akashi takes it, and not when it was
// changed.
func TestTheirs(t *testing.T) {
	j := start(t)
	_, badge := signer(t)
	for _, suite := range append(suites, "VC-JWT") {
		kind := string(suite)
		a := ask(t, j, Job{Op: "sign", Kind: kind, Seed: seed, Credential: json.RawMessage(badge)})
		if a.Credential == nil {
			t.Errorf("%s: node did not sign: %s", kind, a.Error)
			continue
		}
		b := []byte(a.Credential)
		if kind == "VC-JWT" {
			var token string
			if err := json.Unmarshal(b, &token); err != nil {
				t.Fatal(err)
			}
			b = []byte(token)
		}
		if o, code := outcome(t, kind, b); o != proof.Pass {
			t.Errorf("%s by node: %s by %s, want pass", kind, o, code)
		}
		if kind == "VC-JWT" {
			continue
		}
		changed := strings.Replace(string(b), "Minato", "Minata", 1)
		if o, code := outcome(t, kind, []byte(changed)); o != proof.Fail || code != proof.CodeSignature {
			t.Errorf("%s by node, changed: %s by %s, want fail by %s", kind, o, code, proof.CodeSignature)
		}
	}
}

// TestFull lets each side check the other's signature of a badge that uses what
// Open Badges 3.0 has: every member must mean the same statements to both.
func TestFull(t *testing.T) {
	j := start(t)
	s, _ := signer(t)
	b, err := os.ReadFile("../../../record/proof/testdata/full.json")
	if err != nil {
		t.Fatal(err)
	}
	did, _, _ := strings.Cut(s.Method, "#")
	full := strings.Replace(string(b), "did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd", did, 1)
	for _, suite := range []proof.Suite{proof.EdDSARDFC2022, proof.Ed25519Signature2020} {
		a := ask(t, j, Job{Op: "sign", Kind: string(suite), Seed: seed, Credential: json.RawMessage(full)})
		if a.Credential == nil {
			t.Fatalf("%s: node did not sign: %s", suite, a.Error)
		}
		if o, code := outcome(t, string(suite), a.Credential); o != proof.Pass {
			t.Errorf("%s by node: %s by %s, want pass", suite, o, code)
		}
		ours, err := s.Document([]byte(full), proof.Options{Suite: suite, Created: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)})
		if err != nil {
			t.Fatal(err)
		}
		if a := ask(t, j, Job{Op: "verify", Kind: string(suite), Credential: json.RawMessage(ours)}); !a.Verified {
			t.Errorf("%s: node refuses it: %s", suite, a.Error)
		}
	}
}

// TestOurs lets node verify what akashi signed, and refuse what was changed.
func TestOurs(t *testing.T) {
	j := start(t)
	for _, kind := range []string{"eddsa-rdfc-2022", "eddsa-jcs-2022", "Ed25519Signature2020", "VC-JWT"} {
		credential, b := signed(t, kind)
		if a := ask(t, j, Job{Op: "verify", Kind: kind, Credential: credential}); !a.Verified {
			t.Errorf("%s: node refuses it: %s", kind, a.Error)
		}
		if kind == "VC-JWT" {
			segments := strings.Split(string(b), ".")
			changed := segments[0] + "." + segments[1][:40] + "A" + segments[1][41:] + "." + segments[2]
			if a := ask(t, j, Job{Op: "verify", Kind: kind, Credential: changed}); a.Verified {
				t.Errorf("%s, changed: node takes it", kind)
			}
			continue
		}
		for name, change := range map[string][2]string{
			"tampered":       {"Minato", "Minata"},
			"undefined term": {`"inLanguage"`, `"honours":"first","inLanguage"`},
			"relative id":    {`"inLanguage"`, `"related":[{"id":"other","type":["Related"]}],"inLanguage"`},
		} {
			changed := strings.Replace(string(b), change[0], change[1], 1)
			if a := ask(t, j, Job{Op: "verify", Kind: kind, Credential: json.RawMessage(changed)}); a.Verified {
				t.Errorf("%s, %s: node takes it", kind, name)
			}
			if o, code := outcome(t, kind, []byte(changed)); o != proof.Fail {
				t.Errorf("%s, %s: %s by %s, want fail", kind, name, o, code)
			}
		}
	}
}

// BenchmarkVerify times akashi and node on the same credential in one run, each
// warm and from its text, and reports how many times faster akashi is, by the
// clock and by processor time; the second says the same on a busy machine. The
// limit is the signature alone, by Go's standard library.
//
// Both sides parse the text, canonicalise, find the key that the issuer's
// document lists, look at purpose and instants, and check the signature. Of the
// credential, node looks at types, contexts and dates, and of a token at nothing
// but that it has a type; akashi's gates and the registered claims of a token are
// in its time. All that akashi badge check does, without the network, is
// whole-cpu-µs: structure, dates, recipient and the wording too.
func BenchmarkVerify(b *testing.B) {
	j := start(b)
	for _, kind := range []string{"eddsa-rdfc-2022", "eddsa-jcs-2022", "VC-JWT"} {
		b.Run(kind, func(b *testing.B) {
			credential, raw := signed(b, kind)
			s, _ := signer(b)
			public := s.Key.Public().(ed25519.PublicKey)
			signature := ed25519.Sign(s.Key.(ed25519.PrivateKey), raw)
			compare(b, j, Job{Kind: kind, Credential: credential}, raw, fetch.None, func() error {
				if o, code := outcome(b, kind, raw); o != proof.Pass {
					return fmt.Errorf("%s by %s", o, code)
				}
				return nil
			}, func() { ed25519.Verify(public, raw, signature) })
		})
	}
	b.Run("VC-JWT-RS256", func(b *testing.B) {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			b.Fatal(err)
		}
		public, err := proof.NewKey(key.Public())
		if err != nil {
			b.Fatal(err)
		}
		jwk, err := public.JWK()
		if err != nil {
			b.Fatal(err)
		}
		_, unsigned := signer(b)
		const uni = "https://uni.example/keys"
		did := `"` + issuerOf(b, unsigned) + `"`
		token, err := proof.Signer{Key: key, Method: uni + "#1"}.JWT([]byte(strings.Replace(string(unsigned), did, `"`+uni+`"`, 1)), proof.JWTVC20)
		if err != nil {
			b.Fatal(err)
		}
		digest := sha256.Sum256([]byte(token))
		signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
		if err != nil {
			b.Fatal(err)
		}
		document := `{"id":"` + uni + `","assertionMethod":[{"id":"` + uni + `#1","type":"JsonWebKey","controller":"` + uni + `","publicKeyJwk":` + string(jwk) + `}]}`
		v := proof.Verifier{Now: now, Resolve: func(context.Context, proof.Query) (proof.Key, error) { return proof.ParseJWK(jwk) }}
		compare(b, j, Job{Kind: "VC-JWT", Credential: token, JWK: json.RawMessage(jwk)}, []byte(token), one{uni, document}, func() error {
			if r := v.JWT(b.Context(), []byte(token)); r.Outcome != proof.Pass {
				return fmt.Errorf("%s by %s: %s", r.Outcome, r.Code, r.Reason)
			}
			return nil
		}, func() {
			if rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, digest[:], signature) != nil {
				b.Fatal("the bare signature does not fit")
			}
		})
	})
}

// issuerOf is the id of the issuer of a badge.
func issuerOf(t testing.TB, b []byte) string {
	var badge struct {
		Issuer struct {
			ID string `json:"id"`
		} `json:"issuer"`
	}
	if err := json.Unmarshal(b, &badge); err != nil {
		t.Fatal(err)
	}
	return badge.Issuer.ID
}

// one is a web of one document.
type one struct{ url, document string }

func (o one) Fetch(_ context.Context, q fetch.Request) (fetch.Answer, error) {
	if q.URL != o.url {
		return fetch.None.Fetch(context.Background(), q)
	}
	return fetch.Answer{Status: fetch.OK, ContentType: "application/json", Body: []byte(o.document)}, nil
}

// compare times node, ours, the whole of akashi badge check on raw, and the bare
// signature; ours on one core, and on all of them.
func compare(b *testing.B, j *JavaScript, job Job, raw []byte, web fetch.Fetcher, ours func() error, bare func()) {
	job.Op, job.MS = "time", 2000
	theirs := ask(b, j, job)
	if theirs.NS == 0 {
		b.Fatal(theirs.Error)
	}
	const n = 1000
	each := func(f func()) float64 {
		from := processor(b)
		for range n {
			f()
		}
		return float64(processor(b)-from) / n
	}
	limit := each(bare)
	whole := each(func() {
		r := badge.Check(b.Context(), raw, badge.Options{Fetcher: web, Now: now})
		if f, _ := r.Find(badge.ProofSignature); f.Result != badge.Pass || r.Verdict == badge.Refuted {
			b.Fatalf("%s: %v", r.Verdict, r.Checks)
		}
	})
	// Each core checks as many as one does alone.
	var all sync.WaitGroup
	cores := runtime.GOMAXPROCS(0)
	began := time.Now()
	for range cores {
		all.Go(func() {
			for range n {
				if err := ours(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	machine := float64(time.Since(began)) / float64(n*cores)
	from := processor(b)
	for b.Loop() {
		if err := ours(); err != nil {
			b.Fatal(err)
		}
	}
	clock := float64(b.Elapsed()) / float64(b.N)
	cpu := float64(processor(b)-from) / float64(b.N)
	b.ReportMetric(cpu/1e3, "cpu-µs")
	b.ReportMetric(limit/1e3, "bare-cpu-µs")
	b.ReportMetric(whole/1e3, "whole-cpu-µs")
	b.ReportMetric(float64(theirs.NS)/1e3, "node-µs")
	b.ReportMetric(float64(theirs.CPU)/1e3, "node-cpu-µs")
	b.ReportMetric(float64(theirs.NS)/clock, "×node")
	b.ReportMetric(float64(theirs.CPU)/cpu, "×node-cpu")
	b.ReportMetric(float64(theirs.CPU)/limit, "×node-limit")
	b.ReportMetric(1e9/machine, "machine/s")
	b.ReportMetric(float64(theirs.NS)/machine, "×node-machine")
}

// processor is the processor time of this process so far.
func processor(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
