package proof

import (
	"errors"
	"strings"
	"time"
)

// errInstant is the refusal of ParseInstant.
var errInstant = errors.New("not an instant with a time zone, like 2026-01-02T15:04:05Z")

// ParseInstant reads an XML Schema dateTimeStamp, the form of every time in a
// proof or credential: 2026-01-02T15:04:05Z, with any fraction of a second, the
// zone written as Z or an offset (W3C XSD 1.1 Part 2, section 3.4.28). Years are
// of four digits. A time without a zone is refused: it is no instant.
//
// 24:00:00 is the midnight that ends the day, as XSD has it.
func ParseInstant(s string) (time.Time, error) {
	if len(s) > 64 || strings.ContainsAny(s, ", tz") {
		return time.Time{}, errInstant
	}
	midnight := false
	if len(s) > 19 && s[10:13] == "T24" {
		// Only 24:00:00 with a fraction of zeros is one.
		rest := strings.TrimLeft(strings.TrimPrefix(s[19:], "."), "0")
		if s[13:19] != ":00:00" || rest == "" || '1' <= rest[0] && rest[0] <= '9' {
			return time.Time{}, errInstant
		}
		s = s[:11] + "00" + s[13:]
		midnight = true
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}, errInstant
	}
	// XSD bounds offsets by 14:00; time.Parse lets 23:59 through.
	if _, offset := t.Zone(); offset > 14*3600 || offset < -14*3600 {
		return time.Time{}, errInstant
	}
	if midnight {
		t = t.AddDate(0, 0, 1)
	}
	return t.UTC(), nil
}
