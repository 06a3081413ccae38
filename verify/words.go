package verify

import (
	"fmt"
	"strings"
	"time"
)

// sentence formats one sentence of a report. What comes from strangers is
// made harmless by because and clip before.
func sentence(format string, a ...any) string {
	return strings.ReplaceAll(fmt.Sprintf(format, a...), "\n", " ")
}

// because words an error for people: one line, no more of an address than its
// host, and no full stop, since one follows.
func because(err error) string {
	text := strings.NewReplacer("\n", "; ", "\t", " ").Replace(err.Error())
	return strings.TrimRight(clipTo(hostsOnly(text), 500), ".")
}

// hostsOnly cuts each URL in a text to its scheme and host: what follows, and
// what stands before an "@", may be the key of a paid chain client. It does
// what this regular expression does with "$1$2", without which a page in a
// browser has a sixteenth less to load:
//
//	\b([a-z][a-z0-9+.-]*://)(?:[^\s/"'@]*@)?([^\s/"'?#]*)[^\s"']*
func hostsOnly(text string) string {
	const white, quotes, mark = " \t\n\f\r", `"'`, "://"
	var b strings.Builder
	done := 0 // bytes of text that are dealt with
	for next := 0; ; {
		i := strings.Index(text[next:], mark)
		if i < 0 {
			return b.String() + text[done:]
		}
		colon := next + i
		next = colon + len(mark)
		start := schemeStart(text, done, colon)
		if start < 0 {
			continue
		}
		b.WriteString(text[done:next])
		rest := text[next:]
		if at := strings.IndexAny(rest, white+quotes+"/@"); at >= 0 && rest[at] == '@' {
			rest = rest[at+1:]
		}
		b.WriteString(rest[:indexAny(rest, white+quotes+"/?#")])
		next = len(text) - len(rest) + indexAny(rest, white+quotes)
		done = next
	}
}

// schemeStart returns where the scheme of a URL begins that ends before colon,
// at or after from; or -1 if there is none.
func schemeStart(text string, from, colon int) int {
	letter := func(c byte) bool { return 'a' <= c && c <= 'z' }
	digit := func(c byte) bool { return '0' <= c && c <= '9' }
	start := -1
	for i := colon - 1; i >= from && (letter(text[i]) || digit(text[i]) || strings.IndexByte("+.-", text[i]) >= 0); i-- {
		inWord := i > 0 && (letter(text[i-1]|0x20) || digit(text[i-1]) || text[i-1] == '_')
		if letter(text[i]) && !inWord {
			start = i
		}
	}
	return start
}

// indexAny is strings.IndexAny, and the length of s when it has none of them.
func indexAny(s, chars string) int {
	if i := strings.IndexAny(s, chars); i >= 0 {
		return i
	}
	return len(s)
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
