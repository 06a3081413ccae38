package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/gowebpki/jcs"
)

// TestEncodeJSON compares the bytes of reports with another library's RFC
// 8785, and reads them back.
func TestEncodeJSON(t *testing.T) {
	for name, r := range map[string]*Report{"few": scene(3), "flawed": flawed(40), "many": scene(3000), "nothing": {Version: ReportVersion}} {
		b, err := EncodeJSON(r)
		if err != nil {
			t.Fatal(name, err)
		}
		if want, err := jcs.Transform(b); err != nil || !bytes.Equal(b, want) {
			t.Errorf("%s: not RFC 8785 (%v)", name, err)
		}
		back, err := DecodeJSON(b)
		if err != nil {
			t.Fatal(name, err)
		}
		if again, err := EncodeJSON(back); err != nil || !bytes.Equal(b, again) {
			t.Errorf("%s: read back it is another report (%v)", name, err)
		}
	}
	// A list without members and no list are one thing.
	a, b := scene(3), scene(3)
	a.Findings, a.Logs[0].Offers = nil, nil
	x, _ := EncodeJSON(a)
	if y, _ := EncodeJSON(b); !bytes.Equal(x, y) {
		t.Error("a nil list changes the bytes")
	}
	// What RFC 8785 cannot carry is refused and not rounded.
	a.Logs[0].Anchors[2].Size = 1<<53 + 1
	if _, err := EncodeJSON(a); err == nil || !strings.Contains(err.Error(), "2^53") {
		t.Errorf("a size of 2^53+1: %v", err)
	}
	a.Logs[0].Anchors[2].Size = 1<<53 - 1
	if b, err := EncodeJSON(a); err != nil || !bytes.Contains(b, []byte("9007199254740991")) {
		t.Errorf("a size of 2^53-1: %v", err)
	}
	// Bytes that are no text do not keep a report from being written.
	a.Inputs[0].Source = "a\xffb"
	if b, err := EncodeJSON(a); err != nil || !bytes.Contains(b, []byte("a\ufffdb")) {
		t.Errorf("a source that is no text: %v", err)
	}
}

func TestDecodeJSONRefuses(t *testing.T) {
	r := flawed(12)
	r.Logs[0].Offers = nil
	good, err := EncodeJSON(r)
	if err != nil {
		t.Fatal(err)
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, good, "", " "); err != nil {
		t.Fatal(err)
	}
	text := string(good)
	for name, b := range map[string]string{
		"nothing":           "",
		"a line end":        text + "\n",
		"laid out":          indented.String(),
		"cut off":           text[:len(text)-1],
		"an unknown member": strings.Replace(text, `"version"`, `"extra":1,"version"`, 1),
		"a member twice":    strings.Replace(text, `"version":1`, `"version":1,"version":1`, 1),
		"other case":        strings.Replace(text, `"version"`, `"Version"`, 1),
		"another order":     strings.Replace(strings.Replace(text, `"version":1}`, "}", 1), `{`, `{"version":1,`, 1),
		"version 2":         strings.Replace(text, `"version":1}`, `"version":2}`, 1),
		"1.0 for 1":         strings.Replace(text, `"version":1}`, `"version":1.0}`, 1),
		"escaped slash":     strings.Replace(text, `https://`, `https:\/\/`, 1),
		"a null list":       strings.Replace(text, `"offers":[]`, `"offers":null`, 1),
		"two reports":       text + text,
		"a large number":    strings.Replace(text, `"skipped":2`, `"skipped":9007199254740993`, 1),
	} {
		if b == text {
			t.Fatalf("%s: the same bytes", name)
		}
		if _, err := DecodeJSON([]byte(b)); !errors.Is(err, ErrReport) {
			t.Errorf("%s: %v, want it refused", name, err)
		}
	}
}

// FuzzDecodeJSON holds what is accepted to be what is written.
func FuzzDecodeJSON(f *testing.F) {
	for _, r := range []*Report{scene(1), flawed(12), {Version: ReportVersion}} {
		b, err := EncodeJSON(r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := DecodeJSON(b)
		if err != nil {
			return
		}
		if again, err := EncodeJSON(r); err != nil || !bytes.Equal(again, b) {
			t.Errorf("accepted, and encoded as other bytes (%v)", err)
		}
		for _, lang := range Langs {
			if p := parse(t, render(t, r, Page{Lang: lang})); len(p.bad) > 0 {
				t.Error(p.bad)
			}
		}
	})
}
