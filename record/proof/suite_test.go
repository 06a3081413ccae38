package proof_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/record/ld"
	"github.com/akashi-project/akashi/record/proof"
)

// The suites are no part of the project. `make conformance SUITES=DIR` names
// the folder that holds rdf-canon and vc-di-eddsa.
var suites = flag.String("suites", os.Getenv("AKASHI_SUITES"), "folder of the W3C suites; TestEdDSAVectors then runs and fails when a file is missing")

// examplesV2 is the context of the examples in the specifications.
const (
	examplesV2    = `{"@context":{"@vocab":"https://www.w3.org/ns/credentials/examples#"}}`
	examplesV2URL = "https://www.w3.org/ns/credentials/examples/v2"
)

func withExamples(t testing.TB) *ld.Contexts {
	t.Helper()
	c, err := ld.Embedded().With(examplesV2URL, []byte(examplesV2), sha256.Sum256([]byte(examplesV2)))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// anyDIDKey takes the key in a did:key method, whoever the issuer is, as the
// vectors do.
func anyDIDKey(_ context.Context, q proof.Query) (proof.Key, error) {
	return proof.ParseDIDKey(q.Method)
}

// now is when these tests play.
func now() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }

// TestEdDSAVectors runs every vector of the W3C vc-di-eddsa suite: each signed
// document verifies, with the very hashes of the suite, and does not when a
// byte of it is changed.
func TestEdDSAVectors(t *testing.T) {
	if *suites == "" {
		t.Log("not run: name the folder of the W3C suites with -suites or make conformance SUITES=DIR")
		return
	}
	dir := filepath.Join(*suites, "vc-di-eddsa")
	v := proof.Verifier{Contexts: withExamples(t), Resolve: anyDIDKey, Now: now}
	signed := 0
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Ext(path) != ".json" {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var doc struct{ Proof json.RawMessage }
		if err := json.Unmarshal(b, &doc); err != nil {
			return err
		}
		if doc.Proof == nil {
			return nil
		}
		signed++
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		t.Run(name, func(t *testing.T) {
			results, err := v.Document(t.Context(), b)
			if err != nil {
				t.Fatal(err)
			}
			// The two documents that the suite calls temporary lack the proofs
			// that theirs cover.
			temporary := strings.Contains(name, "proofChainTempDoc2")
			for i, r := range results {
				want := proof.Pass
				if temporary {
					want = proof.Fail
				}
				if r.Outcome != want {
					t.Errorf("proof %d: %s by %s, want %s: %s", i, r.Outcome, r.Code, want, r.Reason)
				}
			}
			if hash, err := os.ReadFile(combined(path)); err == nil {
				want := sha256.Sum256(unhex(t, string(hash)))
				if results[0].Signed != want {
					t.Errorf("signed %x, want %x", results[0].Signed, want)
				}
			}
			changed := strings.Replace(string(b), "did:example:abcdefgh", "did:example:abcdefgi", 1)
			changed = strings.Replace(changed, `"JOHN"`, `"JOHM"`, 1)
			results, err = v.Document(t.Context(), []byte(changed))
			if err != nil {
				t.Fatal(err)
			}
			for i, r := range results {
				if r.Outcome != proof.Fail || r.Code != proof.CodeSignature && !temporary {
					t.Errorf("changed document, proof %d: %s by %s, want fail by %s", i, r.Outcome, r.Code, proof.CodeSignature)
				}
			}
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if signed < 9 {
		t.Errorf("%d signed documents in %s, want 9 or more", signed, dir)
	}
}

// combined is the file of the hash that a signed document of the suite signs.
func combined(path string) string {
	name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), "signed"), ".json")
	return filepath.Join(filepath.Dir(path), "combinedHash"+name+".txt")
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.TrimSpace(s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
