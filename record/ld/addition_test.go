package ld

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

// TestAddition reads the text that names an operator's context, and holds the
// file to its hash.
func TestAddition(t *testing.T) {
	const (
		url  = "https://terms.uni.example/v1"
		body = `{"@context":{"room":"https://terms.uni.example/v1#room"}}`
	)
	sum := sha256.Sum256([]byte(body))
	digits := hex.EncodeToString(sum[:])
	for text, want := range map[string]Addition{
		digits + ":terms.json:" + url:                                  {sum, "terms.json", url},
		digits + ":/etc/akashi/terms.json:urn:uni:terms:1":             {sum, "/etc/akashi/terms.json", "urn:uni:terms:1"},
		digits + `:C:\akashi\terms.json:` + url:                        {sum, `C:\akashi\terms.json`, url},
		strings.ToUpper(digits) + ":terms 1.json:" + url + "?v=1":      {sum, "terms 1.json", url + "?v=1"},
		digits + ":terms.json:https://terms.uni.example:8443/a:b.json": {sum, "terms.json", "https://terms.uni.example:8443/a:b.json"},
	} {
		got, err := ParseAddition(text)
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
		if again, err := ParseAddition(got.String()); err != nil || again != got {
			t.Errorf("%s: written %s, read %+v, %v", text, got, again, err)
		}
	}
	for _, text := range []string{
		"", digits, digits + ":terms.json", digits + ":terms.json:v1", digits + "::" + url, digits[1:] + ":terms.json:" + url,
		"g" + digits[1:] + ":terms.json:" + url, "terms.json:" + url, digits + ":terms.json:https://terms.uni.example/a b",
	} {
		if got, err := ParseAddition(text); !errors.Is(err, ErrAddition) {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	a, err := ParseAddition(digits + ":terms.json:" + url)
	if err != nil {
		t.Fatal(err)
	}
	known, err := Embedded().Add(a, []byte(body))
	if err != nil || len(known.Pins()) != len(Embedded().Pins())+1 {
		t.Fatalf("%v", err)
	}
	for _, changed := range []string{"", body + "\n", strings.Replace(body, "#room", "#hall", 1)} {
		_, err := Embedded().Add(a, []byte(changed))
		if !errors.Is(err, ErrHash) || !strings.Contains(err.Error(), digits) || !strings.Contains(err.Error(), "terms.json") || !strings.Contains(err.Error(), "Fetch "+url) {
			t.Errorf("%q: %v", changed, err)
		}
	}
	const none = "{}"
	a.SHA256 = sha256.Sum256([]byte(none))
	if _, err := Embedded().Add(a, []byte(none)); err == nil || errors.Is(err, ErrHash) || !strings.Contains(err.Error(), "terms.json") {
		t.Errorf("a file without a context: %v", err)
	}
}
