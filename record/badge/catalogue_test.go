package badge

import (
	"regexp"
	"slices"
	"testing"
	"unicode"

	"github.com/akashi-project/akashi/record/controller"
	"github.com/akashi-project/akashi/record/proof"
)

var hole = regexp.MustCompile(`\{[0-9]\}`)

// TestCatalogue holds that every sentence is there in every language, says the
// same in each as far as a program can tell, and belongs to a known code.
func TestCatalogue(t *testing.T) {
	holes := func(s string) []string {
		all := hole.FindAllString(s, -1)
		slices.Sort(all)
		return slices.Compact(all)
	}
	japanese := func(s string) bool {
		for _, r := range s {
			if unicode.In(r, unicode.Hiragana, unicode.Katakana, unicode.Han) {
				return true
			}
		}
		return false
	}
	seen := map[string]bool{}
	words := func(where string, w map[Language]string) {
		for _, l := range Languages {
			if w[l] == "" {
				t.Errorf("%s: nothing in %s", where, l)
			}
		}
		if !slices.Equal(holes(w[English]), holes(w[Japanese])) {
			t.Errorf("%s: the languages are given different things: %q and %q", where, w[English], w[Japanese])
		}
		if !japanese(w[Japanese]) || japanese(w[English]) {
			t.Errorf("%s: %q and %q are not of their languages", where, w[English], w[Japanese])
		}
	}
	codes := map[Code]map[Result]bool{}
	for _, s := range catalogue {
		words(string(s.code), s.words)
		if _, known := required[s.code]; !known {
			t.Errorf("%s is not in Codes", s.code)
		}
		if key := string(s.code) + string(s.result) + s.words[English]; seen[key] {
			t.Errorf("%s says %q twice", s.code, s.words[English])
		} else {
			seen[key] = true
		}
		if codes[s.code] == nil {
			codes[s.code] = map[Result]bool{}
		}
		codes[s.code][s.result] = true
		end := s.words[English][len(s.words[English])-1]
		if end != '.' && end != '}' {
			t.Errorf("%s: %q is no sentence", s.code, s.words[English])
		}
	}
	for _, p := range phrases {
		if p.words[English] == p.words[Japanese] {
			t.Errorf("%q is in one language", p.words[English])
		}
		words("phrase", p.words)
	}
	for _, c := range Codes {
		if len(codes[c.Code]) == 0 {
			t.Errorf("nothing is ever said of %s", c.Code)
		}
	}
	// Every finding of the packages below has its sentence.
	for _, c := range []proof.Code{proof.CodeForm, proof.CodeSuite, proof.CodePurpose, proof.CodeCreated, proof.CodeExpired, proof.CodeChain,
		proof.CodeContext, proof.CodeTerms, proof.CodeComplex, proof.CodeSignature, proof.CodeHeader, proof.CodeClaims} {
		if s := proofSentences[c]; s.fail == nil || s.unknown == nil || string(s.fail.code) != string(c) || string(s.unknown.code) != string(c) {
			t.Errorf("proof code %s has no sentences of its own", c)
		}
	}
	for _, r := range []controller.Reason{controller.NoIssuer, controller.Unsupported, controller.BadDocument, controller.Unproven, controller.BadKey,
		controller.Unlisted, controller.Purpose, controller.Foreign, controller.Revoked, controller.Expired} {
		if keySentences[r] == nil {
			t.Errorf("the reason %s has no sentence", r)
		}
	}
}

// TestVisible has texts that would act on a terminal or hide the rest.
func TestVisible(t *testing.T) {
	s := say("test.code", Pass, "It is {0}.", "これは{0}です。")
	catalogue = catalogue[:len(catalogue)-1]
	for in, want := range map[string]string{
		"a":                 "It is a.",
		"\x1b[2Ja\nb":       "It is \ufffd[2Ja\ufffdb.",
		"\u202eb":           "It is \ufffdb.",
		"{1}":               "It is {1}.",
		string([]byte{255}): "It is \ufffd.",
	} {
		if got := s.in(English, []any{in}); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := s.in(Japanese, []any{wordsNoURL}); got != "これはURLで示されていませんです。" {
		t.Error(got)
	}
}
