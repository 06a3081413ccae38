package ld

import (
	"crypto"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// hostile are documents that are small for what they ask for. Each must be
// answered within bounds; want is the code of the refusal, "" for none.
var hostile = []struct {
	name string
	want Code
	doc  func() string
}{
	{"one context many times", CodeComplex, func() string {
		return `{"@context":["https://www.w3.org/ns/credentials/v2"` + strings.Repeat(`,"https://www.w3.org/ns/credentials/v2"`, 90_000) + `],"name":"1"}`
	}},
	{"all contexts in turn", CodeComplex, func() string {
		const three = `,"https://w3id.org/security/v1","https://w3id.org/security/v2","https://www.w3.org/ns/did/v1"`
		return `{"@context":["https://w3id.org/security/v1"` + strings.Repeat(three, 20_000) + `],"urn:a":"1"}`
	}},
	{"a context in every node", CodeComplex, func() string {
		return `{"@context":{"a":"urn:a"},"a":[` + strings.Repeat(`{"@context":{"b":"urn:b"},"b":1},`, 20_000) + `1]}`
	}},
	{"many terms", CodeComplex, func() string {
		var b strings.Builder
		for i := range 100_000 {
			fmt.Fprintf(&b, `"t%d":"urn:t",`, i)
		}
		return `{"@context":{` + b.String() + `"a":"urn:a"},"a":"1"}`
	}},
	{"terms that grow by terms", CodeComplex, func() string {
		var b strings.Builder
		for i := range 60_000 {
			fmt.Fprintf(&b, `"t%06d":"t%06d:12345678901234567890:",`, i+1, i)
		}
		return `{"@context":{"t000000":"urn:",` + b.String() + `"a":"urn:a"},"a":"1"}`
	}},
	{"types with contexts of their own", CodeComplex, func() string {
		return `{"@context":"https://www.w3.org/ns/credentials/v2","type":[` + strings.Repeat(`"VerifiableCredential","VerifiablePresentation",`, 60_000) + `"VerifiableCredential"]}`
	}},
	{"a short name for a long one", CodeComplex, func() string {
		return `{"@context":{"a":"urn:` + strings.Repeat("a", 1<<20) + `"},"a":[` + strings.Repeat(`1,`, 100_000) + `2]}`
	}},
	{"many statements", CodeComplex, func() string {
		return `{"@context":{"a":"urn:a"},"a":[` + strings.Repeat(`"1",`, 200_000) + `"2"]}`
	}},
	{"nearly as many as are taken", "", func() string {
		var b strings.Builder
		for i := range 99_000 {
			fmt.Fprintf(&b, `"%d",`, i)
		}
		return `{"@context":{"a":"urn:a"},"a":[` + b.String() + `"x"]}`
	}},
	{"many nodes without an id", CodeComplex, func() string {
		return `{"@context":{"a":"urn:a"},"a":[` + strings.Repeat(`{"a":1},`, 60_000) + `1]}`
	}},
	{"nodes that look alike", CodeComplex, func() string {
		return `{"@context":{"a":"urn:a"},"a":[` + strings.Repeat(`{"a":{"a":{}}},`, 6_000) + `1]}`
	}},
	{"many different nodes", "", func() string {
		var b strings.Builder
		for i := range 19_000 {
			fmt.Fprintf(&b, `{"a":%d},`, i)
		}
		return `{"@context":{"a":"urn:a"},"a":[` + b.String() + `1]}`
	}},
	{"a long list", CodeComplex, func() string {
		return `{"@context":{"a":"urn:a"},"a":{"@list":[` + strings.Repeat(`1,`, 120_000) + `1]}}`
	}},
	{"a list of alike lists", CodeComplex, func() string {
		return `{"@context":{"a":"urn:a"},"a":[` + strings.Repeat(`{"@list":[1,1,1,1,1,1,1,1,1]},`, 1_900) + `1]}`
	}},
	{"nested to the limit", "", func() string {
		return strings.Replace(`{"@context":{"a":"urn:a"},"a":`+strings.Repeat(`{"a":`, 61)+`1`+strings.Repeat(`}`, 62), `"a":1`, `"a":"1"`, 1)
	}},
	{"nested beyond", CodeJSON, func() string { return strings.Repeat(`{"a":`, 10_000) + `1` + strings.Repeat(`}`, 10_000) }},
	{"a clique of nodes", CodeComplex, func() string { return clique(10, "urn:a") }},
	{"a clique with a long predicate", CodeComplex, func() string { return clique(10, "urn:"+strings.Repeat("a", 100_000)) }},
	{"a ring of nodes", CodeComplex, func() string {
		var b strings.Builder
		for i := range 3_000 {
			fmt.Fprintf(&b, `{"@id":"_:n%d","a":{"@id":"_:n%d"}},`, i, (i+1)%3_000)
		}
		return `{"@context":{"a":"urn:a"},"a":[` + b.String() + `1]}`
	}},
}

// clique is a graph in which each of n nodes points to all others, so that all
// look alike.
func clique(n int, predicate string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"@id":"_:n%d","a":[`, i)
		for j := range n {
			if j != i {
				fmt.Fprintf(&b, `{"@id":"_:n%d"},`, j)
			}
		}
		b.WriteString(`"1"]},`)
	}
	return `{"@context":{"a":"` + predicate + `"},"a":[` + b.String() + `1]}`
}

// canonical does all that is done with a document.
func canonical(doc string) error {
	d, _, err := Embedded().Statements([]byte(doc), nil, Limits{})
	if err != nil {
		return err
	}
	_, err = Canonicalize(d, crypto.SHA256, Limits{})
	return err
}

// TestHostile answers every hostile document. BenchmarkHostile measures what
// they cost.
func TestHostile(t *testing.T) {
	for _, test := range hostile {
		t.Run(test.name, func(t *testing.T) {
			if err := canonical(test.doc()); code(err) != test.want || err != nil && test.want == "" {
				t.Errorf("%.300v, want code %q", err, test.want)
			}
		})
	}
}

// BenchmarkHostile is the time for, and the memory taken by, each of them.
func BenchmarkHostile(b *testing.B) {
	for _, test := range hostile {
		doc := test.doc()
		b.Run(strings.ReplaceAll(test.name, " ", "-"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var e *Error
				if err := canonical(doc); err != nil && !errors.As(err, &e) {
					b.Fatal(err)
				}
			}
		})
	}
}
