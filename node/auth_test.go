package node

import (
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// scopeOf is the scope that each path needs; paths that are missing need none.
var scopeOf = map[string]Scope{
	"POST /v1/records":        ScopeSubmit,
	"POST /v1/records/batch":  ScopeSubmit,
	"POST /v1/status-changes": ScopeStatus,
	"POST /v1/forget":         ScopeForget,
	"POST /v1/lookup":         ScopeRead,
	"POST /v1/badges/check":   ScopeRead,
	"GET /metrics":            ScopeMetrics,
	"POST /v1/backup":         ScopeBackup,
	"GET /v1/backup":          ScopeBackup,

	"POST /credentials/verify": ScopeRead,
	"POST /credentials/issue":  ScopeIssue,
}

// bearing is the header of a request that shows a token.
func bearing(token string) http.Header { return http.Header{"Authorization": {"Bearer " + token}} }

// tokensPath is the tokens file of a rig.
func (r *rig) tokensPath() string { return filepath.Join(r.dir, tokensFile) }

// newToken adds a token to the rig's file.
func (r *rig) newToken(t Token) string {
	r.t.Helper()
	text := NewToken()
	t.Hash = HashToken(text)
	if err := AddToken(r.t.Context(), r.tokensPath(), t); err != nil {
		r.t.Fatal(err)
	}
	return text
}

// TestScopes asks every path with every token: what a token does not allow is
// refused with 403, no token and a wrong one with 401, before anything else of
// the request is looked at.
func TestScopes(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil).start()
	tokens := map[string]Token{"all": {Name: "all"}}
	for _, s := range Scopes {
		tokens[string(s)] = Token{Name: string(s), Scopes: []Scope{s}}
	}
	bearer := map[string]string{}
	for name, token := range tokens {
		bearer[name] = r.newToken(token)
	}
	expired := r.newToken(Token{Name: "old", Expires: time.Now().Add(-time.Second).UTC().Truncate(time.Second)})
	for pattern := range r.node.routes() {
		method, path, _ := strings.Cut(pattern, " ")
		path = strings.NewReplacer("{path...}", "0/000.p/1", "{cid}", "x", "{size}", "1").Replace(path)
		ask := func(h http.Header) (name, challenge, detail string) {
			t.Helper()
			// A parameter that no path knows: whoever may pass is told of it.
			resp, body := r.do(method, path+"?unknown=1", "application/json", nil, h)
			p := problemOf(t, resp, body)
			return p.Name(), resp.Header.Get("WWW-Authenticate"), p.Detail
		}
		scope, private := scopeOf[pattern]
		for name, token := range tokens {
			problem, challenge, _ := ask(bearing(bearer[name]))
			switch {
			case !private || token.Allows(scope):
				if problem != "bad-request" || challenge != "" {
					t.Errorf("%s with the token %s: %s, %q", pattern, name, problem, challenge)
				}
			case problem != "token-scope" || challenge != fmt.Sprintf(`Bearer realm="akashi", error="insufficient_scope", scope="%s"`, scope):
				t.Errorf("%s with the token %s: %s, %q", pattern, name, problem, challenge)
			}
		}
		if !private {
			continue
		}
		if problem, challenge, _ := ask(nil); problem != "token-needed" || challenge != `Bearer realm="akashi"` {
			t.Errorf("%s without a token: %s, %q", pattern, problem, challenge)
		}
		for _, h := range []http.Header{bearing(NewToken()), bearing(""), bearing(expired), {"Authorization": {"Bearer a", "Bearer b"}}} {
			if problem, challenge, detail := ask(h); problem != "token-needed" || challenge != `Bearer realm="akashi", error="invalid_token"` ||
				(h.Get("Authorization") == "Bearer "+expired) != strings.Contains(detail, "expired") {
				t.Errorf("%s with a wrong token: %s, %q, %s", pattern, problem, challenge, detail)
			}
		}
		if problem, challenge, _ := ask(http.Header{"Authorization": {"Basic YTpi"}}); problem != "token-needed" || challenge != `Bearer realm="akashi"` {
			t.Errorf("%s with a password: %s, %q", pattern, problem, challenge)
		}
	}
	for _, token := range bearer {
		if strings.Contains(r.logs.String(), token) {
			t.Error("a token is in the log")
		}
	}
}

// TestEvidenceScope: a token without the scope read gets what a stranger gets,
// and is told which scope is missing for more.
func TestEvidenceScope(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil)
	r.config.HTTP.EvidencePerMinute = 2
	r.start()
	l := r.submit(badge("https://a.example", 1), StateFinal)
	ask := func(token string) (int, string) {
		t.Helper()
		resp, body := r.do(http.MethodPost, "/v1/evidence", "application/json", fmt.Appendf(nil, `{"index":%d}`, l.Index), bearing(token))
		if resp.StatusCode == http.StatusOK {
			return 200, ""
		}
		return resp.StatusCode, problemOf(t, resp, body).Name()
	}
	if status, problem := ask(r.newToken(Token{Name: "r", Scopes: []Scope{ScopeRead}})); status != 200 {
		t.Errorf("with read: %d %s", status, problem)
	}
	without := r.newToken(Token{Name: "w", Scopes: []Scope{ScopeSubmit, ScopeStatus, ScopeForget, ScopeMetrics}})
	for range 2 {
		if status, problem := ask(without); problem != "token-scope" {
			t.Errorf("without read: %d %s", status, problem)
		}
	}
	if status, problem := ask(without); problem != "too-many-requests" {
		t.Errorf("without read, beyond the limit of strangers: %d %s", status, problem)
	}
}

// TestTokensReread changes the tokens file under a running node.
func TestTokensReread(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil).start()
	status := func(token string) int {
		t.Helper()
		resp, _ := r.do(http.MethodPost, "/v1/records?unknown=1", "application/json", nil, bearing(token))
		return resp.StatusCode
	}
	allowed := func(token string) bool { t.Helper(); return status(token) == 400 }
	first := r.token()
	if !allowed(first) {
		t.Fatal("the first token is refused")
	}
	second := r.newToken(Token{Name: "second"})
	if !allowed(first) || !allowed(second) {
		t.Error("a new token does not count")
	}
	if _, err := RevokeToken(t.Context(), r.tokensPath(), initComment); err != nil {
		t.Fatal(err)
	}
	if allowed(first) || !allowed(second) {
		t.Error("a revoked token counts")
	}
	// A new file that is broken, or may be written by anybody, or is gone.
	good, err := os.ReadFile(r.tokensPath())
	if err != nil {
		t.Fatal(err)
	}
	write := func(b []byte, mode os.FileMode) {
		t.Helper()
		if err := os.WriteFile(r.tokensPath(), b, mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(r.tokensPath(), mode); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name   string
		break_ func()
		err    string
	}{
		{"broken", func() { write(append([]byte(first+"\n"), good...), 0o600) }, "line 1 does not begin"},
		{"open", func() { write(append([]byte("#\n"), good...), 0o666) }, "mode 0666"},
		{"gone", func() { os.Remove(r.tokensPath()) }, "no such file"},
	} {
		c.break_()
		for range 3 {
			if allowed(first) || !allowed(second) {
				t.Errorf("%s: the tokens before do not count", c.name)
			}
		}
		if err := r.node.TokensErr(); err == nil || !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: %v", c.name, err)
		}
		if _, body := r.get("/readyz?part=logging"); !strings.Contains(string(body), "the tokens file cannot be used as it is now") || strings.Contains(string(body), r.dir) {
			t.Errorf("%s: readiness says %s", c.name, body)
		}
		if n := strings.Count(r.logs.String(), c.err); n != 1 {
			t.Errorf("%s: said %d times in the log", c.name, n)
		}
		write(good, 0o600)
		if _, body := r.get("/readyz?part=logging"); strings.Contains(string(body), "tokens") {
			t.Errorf("%s: mended, and readiness says %s", c.name, body)
		}
		if !allowed(second) || r.node.TokensErr() != nil {
			t.Errorf("%s: mended, and refused: %v", c.name, r.node.TokensErr())
		}
	}
	// Edited in place to the same length, as fast as can be: the times of
	// files have a grain.
	for i := range 20 {
		token := NewToken()
		line := Token{Hash: HashToken(token)}.Line()
		write([]byte(line+"\n"), 0o600)
		if !allowed(token) || allowed(second) {
			t.Fatalf("edit %d in place is not seen", i)
		}
	}
	write(nil, 0o600)
	if allowed(second) {
		t.Error("a token counts with an empty file")
	}
	if strings.Contains(r.logs.String(), first) || strings.Contains(r.logs.String(), second) {
		t.Error("a token is in the log")
	}
}

// BenchmarkTokens finds a token among as many as a file may hold.
func BenchmarkTokens(b *testing.B) {
	var text strings.Builder
	for range maxTokens {
		text.WriteString(Token{Hash: HashToken(NewToken())}.Line() + "\n")
	}
	path := filepath.Join(b.TempDir(), "tokens")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	list, err := openTokens(path, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	sum := HashToken("akashi_wrong")
	for b.Loop() {
		if _, ok := list.find(b.Context(), sum); ok {
			b.Fatal("found")
		}
	}
}
