package ld

import (
	"crypto/sha256"
	"os"
	"slices"
	"sync"
	"testing"
)

// TestConcurrent processes documents of different contexts at once on a set
// whose cache is empty at first; each makes what it makes alone. It is for the
// race detector, too.
func TestConcurrent(t *testing.T) {
	badge, err := os.ReadFile("../proof/testdata/badge.json")
	if err != nil {
		t.Fatal(err)
	}
	docs := [][]byte{
		badge,
		[]byte(`{"@context":["https://www.w3.org/2018/credentials/v1",{"own":"urn:own"}],"type":"VerifiableCredential","issuer":"urn:i","own":"1"}`),
		[]byte(`{"@context":"https://w3id.org/security/v2","type":"Ed25519VerificationKey2018","controller":"urn:c"}`),
	}
	var want []Dataset
	for _, doc := range docs {
		d, _, err := Embedded().Statements(doc, nil, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, d)
	}
	const own = `{"@context":{"own":"urn:own"}}`
	contexts, err := Embedded().With("https://own.example/", []byte(own), sha256.Sum256([]byte(own)))
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			d, _, err := contexts.Statements(docs[i%len(docs)], nil, Limits{})
			if err != nil || !slices.Equal(d, want[i%len(docs)]) {
				t.Errorf("document %d: %v, %v", i%len(docs), d, err)
			}
		})
	}
	wg.Wait()
}

// TestCacheIsBounded names pinned contexts in more orders than are kept.
func TestCacheIsBounded(t *testing.T) {
	const own = `{"@context":{"own":"urn:own"}}`
	contexts, err := Embedded().With("https://own.example/", []byte(own), sha256.Sum256([]byte(own)))
	if err != nil {
		t.Fatal(err)
	}
	urls := []string{"https://own.example/", "https://w3id.org/security/multikey/v1", "https://w3id.org/security/suites/ed25519-2020/v1"}
	for i := range 700 {
		list := ""
		for n := i; n > 0; n /= 3 {
			list += `"` + urls[n%3] + `",`
		}
		if _, _, err := contexts.Statements([]byte(`{"@context":[`+list+`"https://own.example/"],"own":"1"}`), nil, Limits{}); err != nil {
			t.Fatal(err)
		}
		if n := len(contexts.cache.made); n > maxCached {
			t.Fatalf("%d contexts are kept, at most %d are to be", n, maxCached)
		}
	}
}
