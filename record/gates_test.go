package record

import (
	"errors"
	"strings"
	"testing"
)

// sameGates holds the quick look at some bytes to the slow one, which says what
// is wrong with them: both must take the same.
func sameGates(t *testing.T, b []byte) {
	t.Helper()
	for _, exact := range []bool{true, false} {
		quick, slow := checkJSON(b, exact), explainJSON(b, exact)
		if looksLikeJSON(b) && (quick == nil) != (slow == nil) {
			t.Errorf("%.200q, exact %v: %v by the quick look, %v by the slow one", b, exact, quick, slow)
		}
	}
	s, isExact := splitExact(b)
	if isExact != (looksLikeJWS(b) && explainsNothing(b)) {
		t.Errorf("%.200q: exact %v (%d bytes are signed), looks like a JWS %v", b, isExact, s.Signed, looksLikeJWS(b))
	}
}

func explainsNothing(b []byte) bool {
	e, ok := errors.AsType[*FormatError](explainJWS(b))
	return ok && e.Reason == "not an exact compact JWS"
}

var gateSeeds = []string{
	`{}`, ` {"a":[1,-2.50,1e3,true,false,null]} `, `{"a":"\\","b":"\"","c":"\\\"","d":"\\\\"}`, `{"a":"\"}`, `{"a":1}x`, `{"a":01}`,
	`{"a":1e400}`, `{"a":9007199254740993}`, `{"a":999999999999999,"b":9999999999999999}`, `{"a":-0,"b":-}`, `{"a":1,"\u0061":2}`,
	`{"a":"\ud800"}`, "{\"a\":\"\xff\"}", "\xef\xbb\xbf{}", `{"a":nul}`, `{"a":truefalse}`, `{"a":1-2}`, `{"a":"`, `{"a"}`, `{]`, `{"a":[}]`, "{\v}",
	"{\"a\":\"\n\"}", `{"a":12345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901}`,
	"eyJhbGciOiJFUzI1NiJ9.e30.AAAA", "eyJhbGciOiJFUzI1NiJ9.e30.AAB", "eyJhbGciOiJFUzI1NiJ9.e30.AAAA\n", "eyJhbGciOiJFUzI1NiJ9..AAAA", "a.b.c", "e30.e30.",
	".e30.AAAA", "e30.e30.AAAA.AAAA", "e30.e\n30.AAAA", "e30=.e30.AAAA", "e30.e30.AA+A",
}

// TestSameGates has the edges of the bounds, beside the seeds of the fuzzer.
func TestSameGates(t *testing.T) {
	for _, depth := range []int{MaxDepth - 1, MaxDepth} {
		sameGates(t, []byte(`{"a":`+strings.Repeat("[", depth)+strings.Repeat("]", depth)+"}"))
	}
	// What stands between two escaped quotation marks is no text.
	sameGates(t, []byte(`{"a":"\"","b":`+strings.Repeat("[", MaxDepth)+strings.Repeat("]", MaxDepth)+`,"c":"\""}`))
	for _, n := range []int{MaxValues - 4, MaxValues - 3} {
		sameGates(t, []byte(`{"a":[`+strings.Repeat("0,", n)+"0]}"))
	}
	for _, s := range gateSeeds {
		sameGates(t, []byte(s))
	}
}

func FuzzGates(f *testing.F) {
	for _, s := range gateSeeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) { sameGates(t, b) })
}
