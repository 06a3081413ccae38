package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/anchor/audit"
	"github.com/akashi-project/akashi/record/badge"
	"github.com/akashi-project/akashi/record/descriptor"
	"github.com/akashi-project/akashi/record/stack"
	"github.com/akashi-project/akashi/verify"
)

// TestVerdictWords holds the check of badges, the audit's page, the dossier of
// stacked badges and the guides for people to one word for one answer, so that
// a registrar who has two of them in hand need not ask whether they differ.
func TestVerdictWords(t *testing.T) {
	for _, c := range []struct {
		word    string
		verdict verify.Verdict
		judged  badge.Verdict
		dossier string // "" where a dossier has an answer of its own
	}{
		{"確認できた", verify.Verified, badge.Verified, ""},
		{"否定された", verify.Refuted, badge.Refuted, ""},
		{"判断できない", verify.CouldNotTell, badge.CouldNotTell, "verdict.could-not-tell"},
	} {
		if got := badge.Japanese.Verdict(c.judged); got != c.word {
			t.Errorf("the check of badges says %s, want %s", got, c.word)
		}
		if got := audit.Japanese.Verdict(c.verdict); got != c.word {
			t.Errorf("the audit says %s, want %s", got, c.word)
		}
		if c.dossier != "" {
			if got := stack.Say(descriptor.Ja, c.dossier, nil); got != c.word {
				t.Errorf("the dossier says %s, want %s", got, c.word)
			}
		}
		if c.verdict.String() != string(c.judged) {
			t.Errorf("%s and %s are one verdict with two names", c.verdict, c.judged)
		}
		for _, page := range []string{"faq.ja.md", "verifying.ja.md"} {
			b, err := os.ReadFile(filepath.Join("..", "..", "docs", page))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(b), "「"+c.word+"」") && !strings.Contains(string(b), "**"+c.word+"**") {
				t.Errorf("docs/%s does not have the answer %s", page, c.word)
			}
		}
	}
	for _, c := range []struct {
		word   string
		result verify.Result
		judged badge.Result
		row    stack.Result
	}{
		{"適合", verify.Pass, badge.Pass, stack.Pass},
		{"注意", verify.Warn, badge.Warn, stack.Warn},
		{"不適合", verify.Fail, badge.Fail, stack.Fail},
		{"不明", verify.Unknown, badge.Unknown, stack.Unknown},
	} {
		for where, got := range map[string]string{
			"check of badges": badge.Japanese.Result(c.judged),
			"audit":           audit.Japanese.Result(c.result),
			"dossier":         stack.Say(descriptor.Ja, "result."+string(c.row), nil),
		} {
			if got != c.word {
				t.Errorf("the %s says %s, want %s", where, got, c.word)
			}
		}
	}
	// The sentences use the same words as the verdicts: the stems of them, and of
	// no others.
	for code, stem := range map[string]string{"badge.genuine.pass": "確認でき", "badge.genuine.fail": "否定され", "badge.genuine.unknown": "判断でき"} {
		if got := stack.Say(descriptor.Ja, code, nil); !strings.Contains(got, stem) {
			t.Errorf("the dossier's %s is %q, without %s", code, got, stem)
		}
	}
}
