package jcs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/gowebpki/jcs"
)

// same holds the two libraries against each other on one document.
func same(t testing.TB, doc []byte) {
	t.Helper()
	before := bytes.Clone(doc)
	got, err := Transform(doc)
	want, wantErr := jcs.Transform(doc)
	if err != nil || wantErr != nil || !bytes.Equal(got, want) {
		t.Fatalf("%.200q:\n%.200q, %v by jsontext\n%.200q, %v by gowebpki/jcs", doc, got, err, want, wantErr)
	}
	if !bytes.Equal(doc, before) {
		t.Fatalf("%.200q was changed in place", before)
	}
}

func TestSamples(t *testing.T) {
	paths, err := filepath.Glob("../../testdata/*/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	more, err := filepath.Glob("../../testdata/golden/v1/evidence/*/*.json")
	if err != nil || len(more) == 0 {
		t.Fatalf("no golden evidence: %v", err)
	}
	for _, path := range append(paths, more...) {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		same(t, b)
	}
	for _, doc := range []string{
		`[]`, `{}`, ` { } `, `[null,true,false]`, `[-0,0.0,-0e5,1E30,4.50,2e-3,1e21,1e20,1e-6,1e-7]`,
		`["\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","\u2028\u2029\u007f\u0080\ufeff</script>&"]`,
		"{\"\\ud83d\\ude00\":1,\"\\ufb33\":2,\"\u20ac\":3,\"\\r\":4,\"1\":5,\"\":6,\"é\":7,\"e\\u0301\":8}",
		`{"b":{"b":[{"d":1,"c":2}],"a":0},"a":{"\u0061a":1,"a":2}}`,
		strings.Repeat(`[`, 200) + strings.Repeat(`]`, 200),
	} {
		same(t, []byte(doc))
	}
}

// TestNumbers: every kind of double, as it stands in a document.
func TestNumbers(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	for i := range 20_000 {
		f := math.Float64frombits(r.Uint64())
		if i%3 == 0 {
			f = math.Ldexp(r.Float64()-.5, r.IntN(140)-70)
		}
		if math.IsNaN(f) || math.IsInf(f, 0) {
			continue
		}
		fmt.Fprintf(&b, ",%s,%s", strconv.FormatFloat(f, "eg"[i%2], -1, 64), strconv.FormatFloat(f, 'e', 20, 64))
	}
	same(t, []byte("["+b.String()[1:]+"]"))
}

// FuzzTransform: what jsontext takes as an object or array in which no name
// stands twice, both libraries write alike.
func FuzzTransform(f *testing.F) {
	f.Add([]byte(`{"b":[1.0,"\u00e9\ud83d\ude00"],"a":{"":null}}`))
	f.Add([]byte(`[1e400]`))
	f.Add([]byte(`["\u2028"]`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		v := jsontext.Value(doc)
		if !v.IsValid() || v.Kind() != '{' && v.Kind() != '[' {
			return
		}
		// Numbers beyond the doubles have no form: one library refuses them,
		// the other takes the largest. Records with such are refused before.
		var any any
		if json.Unmarshal(doc, &any) != nil {
			return
		}
		same(t, doc)
	})
}
