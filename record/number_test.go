package record

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/gowebpki/jcs"
)

func TestExactNumber(t *testing.T) {
	tests := []struct {
		number string
		exact  bool
	}{
		{"0", true}, {"-0", true}, {"0.000", true}, {"-0e-5", true},
		{"0e999999999999999999999999", true}, {"0.0e-99999999999999999999", true},
		{"1", true}, {"1.0", true}, {"1.50", true}, {"10e-1", true}, {"1E2", true}, {"1e+2", true}, {"1e0000000000000000002", true},
		{"100000000000000000000000000000000000000e-38", true},
		{"0.00000000000000000000000000000000000001e38", true},
		{"9007199254740991", true}, {"9007199254740992", true}, {"9007199254740992.0", true}, {"9007199254740994", true},
		{"9007199254740993", false}, {"9007199254740993.0", false}, {"-9007199254740993", false}, {"9007199254740993e0", false},
		{"0.1", true}, {"0.10000000000000001", false}, {"0.1000000000000000055511151231257827021181583404541015625", false},
		{"1e23", true}, {"100000000000000000000000", true}, {"99999999999999991611392", false},
		{"5e-324", true}, {"4e-324", false}, {"4.9406564584124654e-324", false}, {"2e-324", false}, {"1e-400", false},
		{"1.7976931348623157e308", true}, {"1.7976931348623158e308", false}, {"1.8e308", false}, {"1e400", false},
		{"1e999999999", false}, {"1e-999999999", false}, {"1e1099511627776", false}, {"1e9223372036854775807", false},
		{"1e-9223372036854775808", false}, {"1e18446744073709551617", false},
		{"1" + strings.Repeat("0", 99), true},
		{"0." + strings.Repeat("0", 93) + "1e94", true},
		{"1." + strings.Repeat("0", 98), true},
		{"1." + strings.Repeat("0", 99), false},
		{"1" + strings.Repeat("0", 800) + "e-800", false},
		{strings.Repeat("9", 1<<20), false},
		{"1e" + strings.Repeat("0", 1<<20) + "5", false},
		{"1e" + strings.Repeat("9", 1<<20), false},
	}
	for _, tt := range tests {
		if got := exactNumber(tt.number); got != tt.exact {
			t.Errorf("exactNumber(%.60s) is %t, want %t", tt.number, got, tt.exact)
		}
	}
}

// TestRFC8785Numbers reads the samples of RFC 8785, appendix B.
func TestRFC8785Numbers(t *testing.T) {
	samples := []struct {
		bits uint64
		text string
	}{
		{0x0000000000000000, "0"},
		{0x0000000000000001, "5e-324"},
		{0x8000000000000001, "-5e-324"},
		{0x7fefffffffffffff, "1.7976931348623157e+308"},
		{0xffefffffffffffff, "-1.7976931348623157e+308"},
		{0x4340000000000000, "9007199254740992"},
		{0xc340000000000000, "-9007199254740992"},
		{0x4430000000000000, "295147905179352830000"},
		{0x44b52d02c7e14af5, "9.999999999999997e+22"},
		{0x44b52d02c7e14af6, "1e+23"},
		{0x44b52d02c7e14af7, "1.0000000000000001e+23"},
		{0x444b1ae4d6e2ef4e, "999999999999999700000"},
		{0x444b1ae4d6e2ef4f, "999999999999999900000"},
		{0x444b1ae4d6e2ef50, "1e+21"},
		{0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
		{0x3eb0c6f7a0b5ed8d, "0.000001"},
		{0x41b3de4355555553, "333333333.3333332"},
		{0x41b3de4355555554, "333333333.33333325"},
		{0x41b3de4355555555, "333333333.3333333"},
		{0x41b3de4355555556, "333333333.3333334"},
		{0x41b3de4355555557, "333333333.33333343"},
		{0xbecbf647612f3696, "-0.0000033333333333333333"},
		{0x43143ff3c1cb0959, "1424953923781206.2"},
	}
	for _, s := range samples {
		in := fmt.Sprintf(`{"a":%s}`, s.text)
		r, err := Parse([]byte(in))
		if err != nil || string(r.Bytes()) != in {
			t.Errorf("%s becomes %s, %v", in, r.Bytes(), err)
		}
		if f, _ := strconv.ParseFloat(s.text, 64); math.Float64bits(f) != s.bits {
			t.Errorf("%s has bits %x, want %x", s.text, math.Float64bits(f), s.bits)
		}
	}
	if r, err := Parse([]byte(`{"a":-0}`)); err != nil || string(r.Bytes()) != `{"a":0}` {
		t.Errorf("-0 becomes %s, %v", r.Bytes(), err)
	}
}

// exactByRat is exactNumber as arithmetic says it, for exponents that a
// big.Rat can bear.
func exactByRat(s string) bool {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return false
	}
	out, err := jcs.NumberToJSON(f)
	if err != nil {
		return false
	}
	in, ok1 := new(big.Rat).SetString(s)
	canonical, ok2 := new(big.Rat).SetString(out)
	return ok1 && ok2 && in.Cmp(canonical) == 0
}

func TestExactNumberAgreesWithRat(t *testing.T) {
	rng := rand.New(rand.NewPCG(8785, 1))
	digits := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = "0000123456789999"[rng.IntN(16)]
		}
		return string(b)
	}
	exact := 0
	const rounds = 20000
	for range rounds {
		whole := strings.TrimLeft(digits(rng.IntN(19)), "0")
		if whole == "" {
			whole = "0"
		}
		s := []string{"", "-"}[rng.IntN(2)] + whole
		if rng.IntN(2) == 0 {
			s += "." + digits(1+rng.IntN(12))
		}
		if rng.IntN(2) == 0 {
			s += []string{"e", "E+", "e-"}[rng.IntN(3)] + digits(1) + strconv.Itoa(rng.IntN(33))
		}
		got := exactNumber(s)
		if want := exactByRat(s); got != want {
			t.Fatalf("exactNumber(%s) is %t, want %t", s, got, want)
		}
		if got {
			exact++
		}
	}
	if exact < rounds/10 || exact > rounds*9/10 {
		t.Errorf("%d of %d numbers were exact: the sample is lopsided", exact, rounds)
	}
}

func FuzzExactNumber(f *testing.F) {
	for _, s := range []string{"0", "1.5e3", "9007199254740993.0", "1e-400", "-0.10e1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := Parse([]byte(`{"a":` + s + `}`))
		if d := strings.TrimSpace(s); err != nil || d == "" || !strings.ContainsAny(d[:1], "-0123456789") || len(d) > 60 || strings.ContainsAny(d, ",: \t\r\n") {
			return
		}
		// Accepted: then it is one number, and the exponent is small unless it is zero.
		if parseDecimal(strings.TrimSpace(s)).digits == "" {
			return
		}
		if !exactByRat(strings.TrimSpace(s)) {
			t.Fatalf("%s was accepted as %s", s, r.Bytes())
		}
	})
}
