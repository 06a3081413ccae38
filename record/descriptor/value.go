package descriptor

import (
	"net/url"
	"slices"
	"strings"
	"time"
)

// placeholders are what people write where they have nothing to say, in lower
// case.
var placeholders = []string{"-", "--", "—", "…", "...", "x", "xx", "xxx", "n/a", "na", "tba", "tbd", "to be announced", "to be decided", "test", "example", "sample",
	"string", "title", "description", "name", "lorem ipsum", "○○", "○○○", "××", "未定", "未記入", "なし", "無し", "該当なし", "検討中", "調整中", "後日", "テスト", "サンプル", "null", "undefined"}

// nothingNeeded are answers that are a placeholder elsewhere, and one where
// "none" is the answer.
var nothingNeeded = []string{"なし", "無し", "該当なし", "none", "no", "no prerequisites"}

func isPlaceholder(s string) bool {
	s = strings.ToLower(strings.Trim(s, " 　.。[]()（）<>*_"))
	return s == "" || slices.Contains(placeholders, s) || strings.HasPrefix(s, "lorem ipsum")
}

// prose takes a text in words from n into f.
func (f *Finding) prose(s Source, n node) {
	if !n.there() {
		return
	}
	f.place(s, n)
	text := n.words()
	switch _, isList := n.value.([]any); {
	case text == "" && n.value == "":
		f.problem(Empty, n)
	case text == "" && isList:
		f.list(s, n)
	case text == "":
		f.problem(Wrong, n)
	case isPlaceholder(text):
		f.problem(Placeholder, n)
	default:
		f.say(text)
	}
}

// list takes texts in words from the items of n, whose place stands already.
func (f *Finding) list(_ Source, n node) {
	good := 0
	for _, i := range n.items() {
		if text := i.words(); text != "" && !isPlaceholder(text) {
			f.say(text)
			good++
		}
	}
	if good == 0 {
		f.problem(Empty, n)
	}
}

// texts takes a text or a list of texts.
func (f *Finding) texts(s Source, n node) {
	if !n.there() {
		return
	}
	if _, isList := n.value.([]any); !isList {
		f.prose(s, n)
		return
	}
	f.place(s, n)
	f.list(s, n)
}

// word adds a word of the catalogue to the value that is shown.
func (f *Finding) word(code string, args ...string) {
	m := map[string]string{}
	for i := 0; i+1 < len(args); i += 2 {
		m[args[i]] = args[i+1]
	}
	f.say(Say(f.lang, code, m))
}

// say adds to the value that is shown.
func (f *Finding) say(text string) {
	if f.Value != "" {
		text = f.Value + "; " + text
	}
	f.Value = oneLine(text)
}

// instant takes an RFC 3339 date-time. A date alone is named, and taken.
func (f *Finding) instant(n node) {
	if !n.there() {
		return
	}
	f.place(FromCore, n)
	text := n.text()
	switch _, err := time.Parse(time.RFC3339, text); {
	case text == "":
		f.problem(Empty, n)
	case err != nil:
		f.problem(NotInstant, n)
		fallthrough
	default:
		f.say(text)
	}
}

// isWeb reports whether s is an absolute http or https address.
func isWeb(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && !strings.ContainsAny(s, " \"<>")
}

func isCountry(s string) bool {
	return len(s) == 2 && 'A' <= s[0] && s[0] <= 'Z' && 'A' <= s[1] && s[1] <= 'Z'
}

// isLanguage holds a tag to the outline of BCP 47: a language of two or three
// letters (or "x"), then subtags of one to eight letters and digits.
func isLanguage(s string) bool {
	parts := strings.Split(s, "-")
	for i, p := range parts {
		if p == "" || len(p) > 8 || strings.Trim(strings.ToLower(p), "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
			return false
		}
		if i == 0 && (len(p) < 2 || len(p) > 3 || strings.ContainsAny(p, "0123456789")) {
			return false
		}
	}
	return len(s) <= 35
}

// isHex64 reports whether s is 64 lower-case hexadecimal digits.
func isHex64(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}
