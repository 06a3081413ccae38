package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestParseTokens(t *testing.T) {
	sum := strings.Repeat("ab", 32)
	other := strings.Repeat("cd", 32)
	for _, c := range []struct {
		text string
		n    int
		err  string // a part of the error; empty means accepted
	}{
		{"", 0, ""},
		{"# nothing\n\n  # here\n", 0, ""},
		{sum, 1, ""},
		{sum + "\r\n" + other + "\n", 2, ""},
		{sum + " made by akashi init\n", 1, ""},
		{sum + " scopes=submit,read expires=2027-03-31T00:00:00Z name=the office, floor 2=b\n", 1, ""},
		{sum + " expires=2027-03-31T00:00:00Z scopes=metrics", 1, ""},
		{sum + " name=scopes=none of a field", 1, ""},

		{strings.ToUpper(sum), 0, "line 1 does not begin with the SHA-256"},
		{sum + "00", 0, "line 1 does not begin"},
		{"\nakashi_secret\n", 0, "line 2 does not begin"},
		{sum[:63], 0, "line 1"},
		{sum + ",x", 0, "line 1"},
		{sum + "\tname=x", 0, "line 1"},
		{" " + sum, 0, "line 1"},
		{sum + " mine", 0, "line 1 has something that is no field"},
		{sum + " scope=submit", 0, "no field"},
		{sum + " scopes submit", 0, "no field"},
		{sum + "  scopes=submit", 0, "no field"},
		{sum + " Scopes=submit", 0, "no field"},
		{sum + " scopes=", 0, "no scope"},
		{sum + " scopes=submit,", 0, "no scope"},
		{sum + " scopes=write", 0, `no scope "write"; scopes are submit,status,forget,read,metrics,backup,issue`},
		{sum + " scopes=read,read", 0, "named twice"},
		{sum + " scopes=read scopes=submit", 0, "twice"},
		{sum + " expires=2027-03-31", 0, "expires"},
		{sum + " expires=2027-03-31T02:00:00+02:00", 0, "expires"},
		{sum + " expires=2027-03-31T00:00:00.5Z", 0, "expires"},
		{sum + " expires=", 0, "expires"},
		{sum + " name=", 0, "the name is empty"},
		{sum + " name= x", 0, "space"},
		{sum + " name=a\x1b[31m", 0, "cannot be shown"},
		{sum + " name=\xff", 0, "cannot be shown"},
		{sum + " name=" + NewToken(), 0, "looks like a token"},
		{sum + " name=" + strings.Repeat("x", 101), 0, "longer than 100"},
		{sum + "\n" + other + "\n" + sum + " scopes=read\n", 0, "line 3 holds the same token as line 1"},
		{sum + " a\n" + other + " b\n", 0, "line 2"},
		{strings.Repeat(" \n", maxTokensSize), 0, "larger than"},
	} {
		got, err := ParseTokens([]byte(c.text))
		if len(got) != c.n || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%.80q: %d tokens, %v", c.text, len(got), err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the error repeats what may be a token: %v", err)
		}
	}
	var many strings.Builder
	for i := range maxTokens {
		fmt.Fprintf(&many, "%064x scopes=submit,status,forget,read,metrics expires=2027-03-31T00:00:00Z name=%s\n", i, strings.Repeat("x", maxTokenName))
	}
	if list, err := ParseTokens([]byte(many.String())); err != nil || len(list) != maxTokens {
		t.Errorf("%d tokens, %v", len(list), err)
	}
	fmt.Fprintf(&many, "%064x\n", maxTokens)
	if _, err := ParseTokens([]byte(many.String())); err == nil || !strings.Contains(err.Error(), "at most 10000") {
		t.Errorf("one too many: %v", err)
	}
}

// FuzzTokens holds that a file which is taken means what its lines written
// anew mean.
func FuzzTokens(f *testing.F) {
	sum := strings.Repeat("ab", 32)
	for _, s := range []string{sum, sum + " scopes=read,submit expires=2027-03-31T00:00:00Z name=a b", sum + " made by akashi init", "# x\n" + sum + " name=x=y"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := ParseTokens(b)
		if err != nil {
			return
		}
		var text strings.Builder
		for _, token := range list {
			text.WriteString(token.Line() + "\n")
		}
		again, err := ParseTokens([]byte(text.String()))
		if err != nil || !slices.EqualFunc(list, again, func(a, b Token) bool { return a.Line() == b.Line() && a.Expires.Equal(b.Expires) }) {
			t.Fatalf("%q became %q: %v", b, text.String(), err)
		}
	})
}

// tokensFileWith makes a tokens file.
func tokensFileWith(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tokens")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestEditTokens(t *testing.T) {
	t.Parallel()
	begin := "# ours\n" + strings.Repeat("ab", 32) + " name=first" // no newline at the end
	path := tokensFileWith(t, begin)
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	second := Token{Hash: HashToken("x"), Scopes: []Scope{ScopeRead}, Expires: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), Name: "second"}
	if err := AddToken(ctx, link, second); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(path); string(b) != begin+"\n"+second.Line()+"\n" {
		t.Errorf("the file is %q", b)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link became %v, %v", info.Mode(), err)
	}
	if err := AddToken(ctx, path, Token{Hash: HashToken("y"), Name: "second"}); !errors.Is(err, ErrTokenExists) {
		t.Errorf("a second token of a name: %v", err)
	}
	if err := AddToken(ctx, path, Token{Hash: HashToken("x"), Name: "third"}); err == nil || !strings.Contains(err.Error(), "same token") {
		t.Errorf("a token twice: %v", err)
	}
	for _, which := range []string{"", "nobody", strings.Repeat("ab", 3), "second "} {
		if _, err := RevokeToken(ctx, path, which); !errors.Is(err, ErrNoToken) {
			t.Errorf("revoke %q: %v", which, err)
		}
	}
	if gone, err := RevokeToken(ctx, path, strings.Repeat("ab", 4)); err != nil || gone.Name != "first" {
		t.Errorf("revoked %+v, %v", gone, err)
	}
	if gone, err := RevokeToken(ctx, path, "second"); err != nil || gone.Line() != second.Line() {
		t.Errorf("revoked %+v, %v", gone, err)
	}
	if b, _ := os.ReadFile(path); string(b) != "# ours\n" {
		t.Errorf("the file is %q", b)
	}
	// Two whose hashes begin alike.
	alike := tokensFileWith(t, strings.Repeat("ab", 32)+"\n"+strings.Repeat("ab", 31)+"ac\n")
	if _, err := RevokeToken(ctx, alike, strings.Repeat("ab", 4)); err == nil || !strings.Contains(err.Error(), "2 tokens") {
		t.Errorf("revoked one of two: %v", err)
	}
	// A broken file is nobody's to edit, and stays.
	broken := tokensFileWith(t, "what\n")
	if err := AddToken(ctx, broken, second); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("added to a broken file: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestEditTokensAtOnce has many editors at once: none undoes another's edit,
// and who reads meanwhile never sees half a file.
func TestEditTokensAtOnce(t *testing.T) {
	t.Parallel()
	path := tokensFileWith(t, "")
	const editors = 8
	var edits sync.WaitGroup
	done := make(chan struct{})
	for i := range editors {
		edits.Go(func() {
			name := fmt.Sprint("t", i)
			for j := range 4 {
				if err := AddToken(context.Background(), path, Token{Hash: HashToken(NewToken()), Name: name}); err != nil {
					t.Error(err)
				}
				if j < 3 {
					if _, err := RevokeToken(context.Background(), path, name); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	go func() { edits.Wait(); close(done) }()
	for reading := true; reading; {
		select {
		case <-done:
			reading = false
		default:
		}
		if _, err := ReadTokens(path); err != nil {
			t.Fatal(err)
		}
	}
	list, err := ReadTokens(path)
	if err != nil || len(list) != editors {
		t.Errorf("%d tokens, %v", len(list), err)
	}
}
