package verify

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// sentence formats one sentence of a report. What comes from strangers is
// made harmless by because and clip before.
func sentence(format string, a ...any) string {
	return strings.ReplaceAll(fmt.Sprintf(format, a...), "\n", " ")
}

// address matches a URL up to the end of its host: what follows, and what
// stands before an "@", may be the key of a paid chain client.
var address = regexp.MustCompile(`\b([a-z][a-z0-9+.-]*://)(?:[^\s/"'@]*@)?([^\s/"'?#]*)[^\s"']*`)

// because words an error for people: one line, no more of an address than its
// host, and no full stop, since one follows.
func because(err error) string {
	text := strings.NewReplacer("\n", "; ", "\t", " ").Replace(err.Error())
	return strings.TrimRight(clipTo(address.ReplaceAllString(text, "$1$2"), 500), ".")
}

// date words a time of a block.
func date(unix uint64) string {
	if unix > maxNumber {
		return "a time beyond reckoning"
	}
	return time.Unix(int64(unix), 0).UTC().Format("2006-01-02 15:04 UTC")
}

// age words a duration in its largest unit.
func age(d time.Duration) string {
	unit := func(n int64, name string) string {
		if n == 1 {
			return "1 " + name
		}
		return fmt.Sprintf("%d %ss", n, name)
	}
	switch {
	case d < time.Minute:
		return unit(int64(d/time.Second), "second")
	case d < time.Hour:
		return unit(int64(d/time.Minute), "minute")
	case d < 48*time.Hour:
		return unit(int64(d/time.Hour), "hour")
	}
	return unit(int64(d/(24*time.Hour)), "day")
}
