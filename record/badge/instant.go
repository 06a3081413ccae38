package badge

import (
	"math"
	"time"

	"github.com/akashi-project/akashi/record/proof"
)

// instant reads a member that is an instant with a time zone.
func instant(v any) (time.Time, bool) {
	s, ok := v.(string)
	if !ok {
		return time.Time{}, false
	}
	t, err := proof.ParseInstant(s)
	return t, err == nil
}

// numericDate reads a NumericDate (RFC 7519, section 2): seconds since 1970.
func numericDate(v any) (time.Time, bool) {
	n, ok := v.(float64)
	if !ok || math.Abs(n) > 1<<40 {
		return time.Time{}, false
	}
	whole, fraction := math.Modf(n)
	return time.Unix(int64(whole), int64(fraction*1e9)).UTC(), true
}

// shown writes an instant for people.
func shown(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }
