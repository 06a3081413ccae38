package badge

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// The words of a report beside its sentences.
var (
	verdictWords = map[Verdict]*phrase{
		Verified:     part("VERIFIED", "確認できた"),
		Refuted:      part("REFUTED", "否定された"),
		CouldNotTell: part("COULD NOT TELL", "判断できない"),
	}
	resultWords = map[Result]*phrase{
		Pass:    part("pass", "適合"),
		Warn:    part("warn", "注意"),
		Fail:    part("fail", "不適合"),
		Unknown: part("unknown", "不明"),
	}
	wordTitle    = part("title", "名称")
	wordIssuer   = part("issuer", "発行者")
	wordUnproven = part("not proven", "未証明")
	wordFetched  = part("fetched", "取得")
	wordWithin   = part("within", "内包")
)

// Verdict words a verdict. Every page and report of the project that people read
// in that language has the same words.
func (l Language) Verdict(v Verdict) string { return verdictWords[v].words[l] }

// Result words the result of a check.
func (l Language) Result(r Result) string { return resultWords[r].words[l] }

// Write writes the report for people, in a language: the verdict, the issuer,
// every check, what was fetched, and the same of each badge within. The
// sentences are in the language in which the badge was checked.
func (r Report) Write(w io.Writer, name string, l Language) error {
	var b strings.Builder
	r.write(&b, name, "", l)
	_, err := io.WriteString(w, b.String())
	return err
}

func (r Report) write(b *strings.Builder, name, indent string, l Language) {
	in := func(p *phrase) string { return p.words[l] }
	fmt.Fprintf(b, "%s%s: %s\n", indent, name, l.Verdict(r.Verdict))
	if r.Kind.Title != "" {
		fmt.Fprintf(b, "%s  %s: %s\n", indent, in(wordTitle), r.Kind.Title)
	}
	if i := r.Issuer; i != nil {
		text := i.ID
		if i.Name != "" {
			text = i.Name + " (" + i.ID + ")"
		}
		if !i.Proven {
			text += ", " + in(wordUnproven)
		}
		fmt.Fprintf(b, "%s  %s: %s\n", indent, in(wordIssuer), text)
	}
	for _, c := range r.Checks {
		fmt.Fprintf(b, "%s  %s %-22s %s\n", indent, pad(l.Result(c.Result), 8), c.Code, c.Text)
	}
	for _, e := range r.Fetched {
		what := string(e.Error)
		if what == "" {
			what = fmt.Sprintf("%d, %d bytes, sha256 %x", e.Status, e.Bytes, e.SHA256)
		}
		fmt.Fprintf(b, "%s  %s %s (%s, %s)\n", indent, in(wordFetched), visible(e.URL), time.Unix(e.At, 0).UTC().Format("2006-01-02T15:04:05Z"), what)
	}
	for _, list := range [][]Nested{r.Credentials, r.Endorsements} {
		for _, n := range list {
			n.Report.write(b, in(wordWithin)+" "+n.Path, indent+"  ", l)
		}
	}
}

// pad fills a word up to so many columns; a letter of Japanese takes two.
func pad(s string, columns int) string {
	n := 0
	for _, r := range s {
		if n++; r > 0x2e80 {
			n++
		}
	}
	return s + strings.Repeat(" ", max(0, columns-n))
}
