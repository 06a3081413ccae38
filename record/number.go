package record

import (
	"strconv"
	"strings"
)

// A decimal is the exact value 0.digits × 10^exponent of a JSON number.
// Digits have no zero at either end; zero has none, exponent 0 and no sign.
type decimal struct {
	negative bool
	digits   string
	exponent int64
}

// hugeExponent stands for every exponent at or beyond it. No 64-bit IEEE 754
// value comes near, and adding the length of an input cannot overflow.
const hugeExponent = 1 << 40

// longestDigits is the most significant digits that RFC 8785 ever writes:
// the shortest that identify a 64-bit IEEE 754 value.
const longestDigits = 17

// parseDecimal reads a number of the grammar of RFC 8259, section 6. Time
// and memory are linear in its length, whatever its exponent.
func parseDecimal(s string) decimal {
	var d decimal
	s, d.negative = strings.CutPrefix(s, "-")
	mantissa, exponent := s, ""
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		mantissa, exponent = s[:i], s[i+1:]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	all := whole + fraction
	trimmed := strings.TrimLeft(all, "0")
	d.digits = strings.TrimRight(trimmed, "0")
	if d.digits == "" {
		return decimal{}
	}
	d.exponent = int64(len(whole)-(len(all)-len(trimmed))) + parseExponent(exponent)
	return d
}

func parseExponent(s string) int64 {
	s, negative := strings.CutPrefix(s, "-")
	s = strings.TrimLeft(strings.TrimPrefix(s, "+"), "0")
	if s == "" {
		return 0
	}
	n := int64(hugeExponent)
	if len(s) < 13 { // below 10^12, which is below 1<<40
		n, _ = strconv.ParseInt(s, 10, 64) // only digits remain
	}
	if negative {
		return -n
	}
	return n
}

// exactNumber reports whether the JSON number s, of at most MaxNumber
// characters, has the same decimal value as its RFC 8785 form.
// 9007199254740993.0 has not, nor 1e-400, nor 1e400; 1.50, 1E2 and -0 have.
//
// The limit is there because readers go wrong on long numbers: of 1, 800
// zeros and e-800, strconv makes 0.1.
func exactNumber(s string) bool {
	if len(s) > MaxNumber {
		return false
	}
	if isPlainInteger(s) {
		return true
	}
	d := parseDecimal(s)
	if len(d.digits) > longestDigits {
		return false
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return false // beyond the range
	}
	// RFC 8785 writes the shortest digits that identify f, which are these;
	// where it puts the point and the exponent does not change their value.
	return parseDecimal(strconv.FormatFloat(f, 'e', -1, 64)) == d
}

// isPlainInteger reports whether s is digits only, so few that an IEEE 754 value
// holds every such integer.
func isPlainInteger(s string) bool {
	digits := strings.TrimPrefix(s, "-")
	if len(digits) == 0 || len(digits) > 15 {
		return false
	}
	for _, c := range []byte(digits) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
