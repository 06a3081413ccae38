package audit

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
)

func auditorKey(t testing.TB, name string, seed byte) (*checkpoint.Signer, string) {
	t.Helper()
	s, vkey, err := checkpoint.SignerFromKey(name, ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	return s, vkey
}

func TestSignReport(t *testing.T) {
	signer, vkey := auditorKey(t, "audit.example", 1)
	report, page := []byte("the report"), []byte("its page")
	signed, err := SignReport(signer, report, page, []byte("another page"), page)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := SignReport(signer, report, []byte("another page"), page); err != nil || !bytes.Equal(signed, again) {
		t.Errorf("signed twice, the bytes differ (%v)", err)
	}
	s, err := OpenStatement(signed, vkey)
	if err != nil || s.Report != HashOf(report) || len(s.Pages) != 2 || !s.Names(page) || !s.Names(report) || s.Names([]byte("a third")) {
		t.Fatalf("opened as %+v (%v)", s, err)
	}

	_, other := auditorKey(t, "audit.example", 2)
	_, named := auditorKey(t, "other.example", 1)
	changed := bytes.Replace(signed, []byte("report "+s.Report.String()[:2]), []byte("report ff"), 1)
	checkpointNote, err := checkpoint.Sign(checkpoint.Checkpoint{Origin: "audit.example", Tree: merkle.Tree{Root: merkle.EmptyRoot}}, signer)
	if err != nil {
		t.Fatal(err)
	}
	otherFormat, err := note.Sign(&note.Note{Text: strings.Replace(string(s.Text()), "audit-report/v1", "audit-report/v2", 1)}, signer)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		note []byte
		vkey string
		want error
	}{
		"another key of that name":   {signed, other, ErrSigner},
		"the key under another name": {signed, named, ErrSigner},
		"changed":                    {changed, vkey, ErrSigned},
		"no note":                    {[]byte("hello\n"), vkey, ErrStatement},
		"nothing":                    {nil, vkey, ErrStatement},
		"too long":                   {append(bytes.Clone(signed), bytes.Repeat([]byte("x"), MaxSignature)...), vkey, ErrStatement},
		"another format":             {otherFormat, vkey, ErrStatement},
		"a checkpoint":               {checkpointNote, vkey, ErrStatement},
		"a checkpoint, another key":  {checkpointNote, other, ErrStatement},
		"no key":                     {signed, "audit.example", checkpoint.ErrLog},
	} {
		if _, err := OpenStatement(c.note, c.vkey); err == nil || c.want != checkpoint.ErrLog && !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	// Nor does a log's reader take it for a checkpoint.
	if _, _, err := checkpoint.Open(signed, checkpoint.Keys{vkey}); err == nil {
		t.Error("a statement was read as a checkpoint")
	}
	// Others may sign as well.
	second, _ := auditorKey(t, "second.example", 3)
	more, err := SignReport(second, report, page, []byte("another page"))
	if err != nil {
		t.Fatal(err)
	}
	line := more[bytes.LastIndex(more, []byte("\n—"))+1:]
	if s, err := OpenStatement(append(bytes.Clone(signed), line...), vkey); err != nil || !s.Names(report) {
		t.Errorf("with a second signature: %v", err)
	}
	// Each bit of it counts.
	for i := range signed {
		bent := bytes.Clone(signed)
		bent[i] ^= 1
		if s, err := OpenStatement(bent, vkey); err == nil && !(s.Names(report) && s.Names(page)) {
			t.Fatalf("byte %d changed, and it is believed as another statement", i)
		}
	}
	var pages [][]byte
	for i := range MaxPages + 1 {
		pages = append(pages, []byte{byte(i)})
	}
	if _, err := SignReport(signer, report, pages...); err == nil {
		t.Error("signed more pages than can be read")
	}
	if signed, err := SignReport(signer, report, pages[1:]...); err != nil {
		t.Error(err)
	} else if s, err := OpenStatement(signed, vkey); err != nil || len(s.Pages) != MaxPages {
		t.Errorf("%d pages (%v)", len(s.Pages), err)
	}
}

// FuzzParseStatement holds what is accepted to be what is written.
func FuzzParseStatement(f *testing.F) {
	f.Add(Statement{}.Text())
	f.Add(Statement{Pages: []merkle.Hash{{1}, {2}}}.Text())
	f.Add([]byte(strings.Repeat(statementName+"\n", 3)))
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := ParseStatement(b); err == nil && !bytes.Equal(s.Text(), b) {
			t.Errorf("accepted %q, written as %q", b, s.Text())
		}
	})
}
