package audit

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/akashi-project/akashi/verify"
)

// A Lang is a language that a page is written in.
type Lang string

// The languages of pages. The report itself has none: its texts are English.
const (
	English  Lang = "en"
	Japanese Lang = "ja"
)

// Langs are all of them.
var Langs = []Lang{English, Japanese}

// ParseLang reads "en" or "ja".
func ParseLang(s string) (Lang, error) {
	for _, l := range Langs {
		if string(l) == s {
			return l, nil
		}
	}
	return "", fmt.Errorf("a page in the language %q: want en or ja", s)
}

// A phrase is one text in every language. Its verbs are numbered, so that each
// language orders them as it likes.
type phrase struct{ en, ja string }

func (p phrase) in(l Lang) string {
	if l == Japanese {
		return p.ja
	}
	return p.en
}

// say gives the text of that name. The tests hold every name that is used to
// the catalogue.
func (l Lang) say(name string, a ...any) string {
	text := catalogue[name].in(l)
	if len(a) == 0 {
		return text
	}
	return fmt.Sprintf(text, a...)
}

// Verdict words a verdict. Every page and report of the project that people read
// in that language has the same words.
func (l Lang) Verdict(v verify.Verdict) string { return l.say("verdict." + v.String()) }

// Result words the result of a check.
func (l Lang) Result(r verify.Result) string { return l.say("result." + r.String()) }

// count is say with a number, in English one or many of something.
func (l Lang) count(name string, n uint64) string {
	if n == 1 && l == English {
		name += ".one"
	}
	return l.say(name, number(n))
}

// number groups digits by three.
func number(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// lastSecond is the end of the year 9999. What blocks say of later times is
// not printed as a date.
const lastSecond = 253402300799

// moment words a time in Unix seconds.
func (l Lang) moment(unix uint64) string {
	return l.format(unix, "2 Jan 2006 15:04:05", "2006年1月2日 15:04:05")
}

// day words the day of a time.
func (l Lang) day(unix uint64) string { return l.format(unix, "2 January 2006", "2006年1月2日") }

func (l Lang) format(unix uint64, en, ja string) string {
	if unix > lastSecond {
		return l.say("time.beyond")
	}
	return time.Unix(int64(unix), 0).UTC().Format(phrase{en, ja}.in(l))
}

var units = []struct {
	name    string
	seconds uint64
}{{"span.days", 86400}, {"span.hours", 3600}, {"span.minutes", 60}, {"span.seconds", 1}}

// span words a number of seconds by its two largest units.
func (l Lang) span(seconds uint64) string {
	text := l.roughly(seconds)
	for i, u := range units[:len(units)-1] {
		if seconds < u.seconds {
			continue
		}
		smaller := units[i+1]
		if rest := seconds % u.seconds; rest >= smaller.seconds {
			text = l.say("span.and", text, l.count(smaller.name, rest/smaller.seconds))
		}
		break
	}
	return text
}

// roughly words it by the largest.
func (l Lang) roughly(seconds uint64) string {
	for _, u := range units {
		if seconds >= u.seconds {
			return l.count(u.name, seconds/u.seconds)
		}
	}
	return l.count("span.seconds", 0)
}

// size words a number of bytes.
func size(n uint64) string {
	switch {
	case n < 10_000:
		return number(n) + " B"
	case n < 10_000_000:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	case n < 10_000_000_000:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.1f GB", float64(n)/1e9)
}

// maxShown is how much of a stranger's text a page shows, in characters.
const maxShown = 600

// harmless is a stranger's text as a page shows it: what would move other
// text, or cannot be seen, is replaced, and what is too long is cut. Escaping
// is left to the template.
func harmless(s string) string {
	var b strings.Builder
	for i, n := 0, 0; i < len(s); n++ {
		if n == maxShown {
			b.WriteString(" …")
			break
		}
		r, width := rune(s[i]), 1
		if r >= 0x80 {
			for _, r = range s[i:] {
				break
			}
			width = len(string(r))
			if r == unicode.ReplacementChar && !strings.HasPrefix(s[i:], string(r)) {
				width = 1
			}
		}
		if r == ' ' || unicode.IsGraphic(r) && !unicode.Is(unicode.Zs, r) {
			b.WriteRune(r)
		} else {
			b.WriteRune(unicode.ReplacementChar)
		}
		i += width
	}
	return b.String()
}
