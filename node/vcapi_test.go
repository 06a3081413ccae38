package node

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

// plainCredential is a credential of the VC Data Model 2.0 that is no badge.
const plainCredential = `{"@context":["https://www.w3.org/ns/credentials/v2"],"id":"urn:uuid:5a1c8e4e-6f3c-4d55-9d5b-7a5a3c0e9f10",` +
	`"type":["VerifiableCredential"],"validFrom":"2026-01-01T00:00:00Z","credentialSubject":{"id":"https://learners.example/8842","name":"Aiko-Tanaka-8842"}}`

// issuerRig is a rig whose node signs with the issuer's key.
func issuerRig(t testing.TB) *rig {
	r := newRig(t, "", nil)
	r.config.Badges.KeyFile = filepath.Join(r.dir, "secrets", "issuer.key")
	return r.start()
}

// askVC posts a document to a path with the rig's token.
func (r *rig) askVC(path, body string) (int, []byte) {
	r.t.Helper()
	resp, b := r.do(http.MethodPost, path, "application/json", []byte(body), auth(r))
	return resp.StatusCode, b
}

// issueVC has a credential signed.
func (r *rig) issueVC(credential, options string) string {
	r.t.Helper()
	status, b := r.askVC("/credentials/issue", fmt.Sprintf(`{"credential":%s,"options":%s}`, credential, options))
	var answer IssuedCredential
	if err := json.Unmarshal(b, &answer); err != nil || status != http.StatusCreated {
		r.t.Fatalf("issue: %d %s: %v", status, b, err)
	}
	return string(answer.VerifiableCredential)
}

// verifyVC has a credential judged.
func (r *rig) verifyVC(credential, options string) (int, VerifiedCredential) {
	r.t.Helper()
	status, b := r.askVC("/credentials/verify", fmt.Sprintf(`{"verifiableCredential":%s,"options":%s}`, credential, options))
	var answer VerifiedCredential
	if err := json.Unmarshal(b, &answer); err != nil {
		r.t.Fatalf("verify: %d %s: %v", status, b, err)
	}
	return status, answer
}

// has reports whether a list has a problem of that type.
func has(list []ProblemDetail, typ string) bool {
	for _, d := range list {
		if d.Type == typ && d.Detail != "" && d.Title != "" {
			return true
		}
	}
	return false
}

// TestVCAPI issues credentials and judges them, whole and changed.
func TestVCAPI(t *testing.T) {
	t.Parallel()
	r := issuerRig(t)
	for options, suite := range map[string]string{
		`{}`: "eddsa-rdfc-2022", `{"cryptosuite":"eddsa-jcs-2022"}`: "eddsa-jcs-2022", `{"type":"eddsa-jcs-2022"}`: "eddsa-jcs-2022",
		`{"type":"DataIntegrityProof","credentialId":"urn:uuid:1","mandatoryPointers":[]}`: "eddsa-rdfc-2022",
	} {
		vc := r.issueVC(plainCredential, options)
		if !strings.Contains(vc, `"cryptosuite":"`+suite+`"`) || !strings.Contains(vc, `"issuer":"`+r.made.Issuer+`"`) {
			t.Errorf("%s: %s", options, vc)
		}
		if status, b := r.askVC("/credentials/issue", `{"credential":`+vc+`}`); status != http.StatusBadRequest || !strings.Contains(string(b), "has a proof already") {
			t.Errorf("%s, signed again: %d %s", options, status, b)
		}
		// As the public suites of the W3C ask.
		if status, v := r.verifyVC(vc, `{"checks":["proof"]}`); status != http.StatusOK || !v.Verified || v.Credential != nil || v.Results != nil {
			t.Errorf("%s: %d %+v", options, status, v)
		}
		status, v := r.verifyVC(vc, `{"returnResults":true,"returnCredential":true,"returnProblemDetails":false}`)
		if status != http.StatusOK || v.ProblemDetails != nil || string(v.Credential) != vc || v.Results == nil || len(v.Results.Proof) != 1 || !v.Results.Proof[0].Verified ||
			v.Results.ValidFrom == nil || !v.Results.ValidFrom.Verified || v.Results.ValidUntil != nil {
			t.Errorf("%s: %d %+v", options, status, v)
		}
		for name, c := range map[string]struct{ from, to, want string }{
			"tampered":       {"Aiko", "Akio", vcSecurity},
			"undefined term": {`"credentialSubject":{`, `"credentialSubject":{"honours":"first",`, vcSecurity},
			"relative id":    {`"https://learners.example/8842"`, `"8842"`, vcSecurity},
			"no proof":       {`"proof":`, `"evidence":`, vcSecurity},
			"another key":    {`"proofPurpose":"assertionMethod"`, `"proofPurpose":"authentication"`, vcSecurity},
			"no type":        {`"VerifiableCredential"`, `"EvidenceDocument"`, vcMalformed},
		} {
			changed := strings.Replace(vc, c.from, c.to, 1)
			status, v := r.verifyVC(changed, `{"returnResults":true}`)
			if changed == vc || status != http.StatusBadRequest || v.Verified || !has(v.ProblemDetails, c.want) {
				t.Errorf("%s, %s: %d %+v", suite, name, status, v)
			}
		}
	}
	for _, c := range []struct{ change, want string }{
		{`"validUntil":"2026-01-02T00:00:00Z",`, "urn:akashi:check:validity.until"},
		{`"credentialStatus":{"type":"BitstringStatusListEntry","statusPurpose":"revocation","statusListIndex":"7","statusListCredential":"https://127.0.0.1:1/list"},`, vcStatusGet},
	} {
		vc := r.issueVC(strings.Replace(plainCredential, `"type"`, c.change+`"type"`, 1), `{}`)
		if status, v := r.verifyVC(vc, `{"returnResults":true}`); status != http.StatusBadRequest || v.Verified || !has(v.ProblemDetails, c.want) || !v.Results.Proof[0].Verified {
			t.Errorf("%s: %d %+v", c.want, status, v)
		}
	}
	if status, v := r.verifyVC(string(hostedBadge("https://badges.example", "8842")), `{}`); status != http.StatusBadRequest || !has(v.ProblemDetails, vcMalformed) {
		t.Errorf("Open Badges 2.0: %d %+v", status, v)
	}
	_, metrics := r.do(http.MethodGet, "/metrics", "", nil, auth(r))
	for name, text := range map[string]string{"the log": r.logs.String(), "metrics": string(metrics)} {
		// Not "8842" by itself: a port or a duration may have these digits.
		if strings.Contains(text, "learners.example") || strings.Contains(text, "Tanaka") || strings.Contains(text, "Aiko") || strings.Contains(text, "honours") {
			t.Errorf("%s tells of the credential", name)
		}
	}
}

// TestVCAPIEnvelopes has tokens made in their envelopes, and judges them whole
// and changed.
func TestVCAPIEnvelopes(t *testing.T) {
	t.Parallel()
	r := issuerRig(t)
	const asked = `{"type":"EnvelopedVerifiableCredential"}`
	vc := r.issueVC(plainCredential, asked)
	if !strings.Contains(vc, `"@context":"https://www.w3.org/ns/credentials/v2"`) || !strings.Contains(vc, `"data:application/vc+jwt,eyJ`) || strings.Contains(vc, "Aiko") {
		t.Fatal(vc)
	}
	if status, v := r.verifyVC(vc, `{"returnCredential":true}`); status != http.StatusOK || !v.Verified || string(v.Credential) != vc {
		t.Errorf("%d %+v", status, v)
	}
	token, _, _ := strings.Cut(vc[strings.Index(vc, "eyJ"):], `"`)
	for name, c := range map[string]struct{ from, to, want string }{
		"no context":   {`"@context"`, `"context"`, vcMalformed},
		"no data URL":  {`data:application/vc+jwt,`, ``, vcMalformed},
		"another type": {`"EnvelopedVerifiableCredential"`, `"VerifiableCredential"`, vcMalformed},
		"tampered":     {token[len(token)-40 : len(token)-30], "AAAAAAAAAA", vcSecurity},
	} {
		changed := strings.Replace(vc, c.from, c.to, 1)
		if status, v := r.verifyVC(changed, `{}`); changed == vc || status != http.StatusBadRequest || v.Verified || !has(v.ProblemDetails, c.want) {
			t.Errorf("%s: %d %+v", name, status, v)
		}
	}
	for name, body := range map[string]string{
		"the model 1.1":        `{"credential":` + strings.NewReplacer("https://www.w3.org/ns/credentials/v2", "https://www.w3.org/2018/credentials/v1", "validFrom", "issuanceDate").Replace(plainCredential) + `,"options":` + asked + `}`,
		"undefined term":       `{"credential":` + strings.Replace(plainCredential, `"type"`, `"honours":"first","type"`, 1) + `,"options":` + asked + `}`,
		"a fault of structure": `{"credential":` + strings.Replace(plainCredential, `"type"`, `"evidence":{"id":"urn:a"},"type"`, 1) + `,"options":` + asked + `}`,
		"two forms":            `{"credential":` + plainCredential + `,"options":{"type":"EnvelopedVerifiableCredential","cryptosuite":"eddsa-jcs-2022"}}`,
	} {
		if status, b := r.askVC("/credentials/issue", body); status != http.StatusBadRequest || strings.Contains(string(b), "eyJ") {
			t.Errorf("%s: %d %s", name, status, b)
		}
	}
}

// TestVCAPIRefuses has credentials that are not signed, and requests that are
// none; each says so with the type that the W3C has for it.
func TestVCAPIRefuses(t *testing.T) {
	t.Parallel()
	r := issuerRig(t)
	with := func(member string) string { return strings.Replace(plainCredential, `"type"`, member+`,"type"`, 1) }
	for name, credential := range map[string]string{
		"another issuer":        with(`"issuer":"https://other.example"`),
		"issuer without id":     with(`"issuer":{"name":"Uni"}`),
		"issuer null":           with(`"issuer":null`),
		"issuer list":           with(`"issuer":["` + r.made.Issuer + `"]`),
		"proof":                 with(`"proof":{"type":"DataIntegrityProof"}`),
		"proof null":            with(`"proof":null`),
		"undefined term":        with(`"honours":"first"`),
		"undefined type":        strings.Replace(plainCredential, `["VerifiableCredential"]`, `["VerifiableCredential","Honours"]`, 1),
		"relative id":           strings.Replace(plainCredential, "https://learners.example/8842", "8842", 1),
		"no context":            strings.Replace(plainCredential, "@context", "context", 1),
		"unknown context":       strings.Replace(plainCredential, `/v2"]`, `/v2","https://contexts.example/v1"]`, 1),
		"no type":               strings.Replace(plainCredential, `["VerifiableCredential"]`, `[]`, 1),
		"no subject":            strings.Replace(plainCredential, "credentialSubject", "evidence", 1),
		"ends before it begins": with(`"validUntil":"2025-01-01T00:00:00Z"`),
		"no instant":            with(`"validUntil":"tomorrow"`),
		"no status type":        with(`"credentialStatus":{"type":"BitstringStatusListEntry"}`),
		"number":                with(`"description":{"@value":"x","@language":9007199254740993}`),
		"no credential":         `{"honours":1}`,
		"evidence of no type":   with(`"evidence":{"id":"urn:a"}`),
		"schema of no id":       with(`"credentialSchema":{"type":"JsonSchema"}`),
		"nothing of a subject":  strings.Replace(plainCredential, `"credentialSubject":{`, `"credentialSubject":{},"evidence":{"type":"Evidence",`, 1),
	} {
		for _, options := range []string{`{}`, `{"cryptosuite":"eddsa-jcs-2022"}`} {
			resp, b := r.do(http.MethodPost, "/credentials/issue", "application/json", fmt.Appendf(nil, `{"credential":%s,"options":%s}`, credential, options), auth(r))
			if p := problemOf(t, resp, b); p.Name() != "credential-refused" || p.Status != 400 || len(p.ProblemDetails) == 0 || p.Detail == "" {
				t.Errorf("%s, %s: %s", name, options, b)
			}
		}
	}
	for path, member := range map[string]string{"/credentials/issue": "credential", "/credentials/verify": "verifiableCredential"} {
		for body, want := range map[string]string{
			``: vcParsing, `[]`: vcParsing, `{}`: vcMalformed, `{"` + member + `":"e30.e30.e30"}`: vcMalformed, `{"` + member + `":null}`: vcMalformed,
			`{"` + member + `":{},"` + member + `":{}}`: vcParsing, `{"` + member + `":{"a":1,"a":2}}`: vcParsing,
			`{"` + member + `":{},"more":1}`: vcOption, `{"` + member + `":{},"options":{"more":1}}`: vcOption, `{"` + member + `":{},"options":[]}`: vcOption,
		} {
			resp, b := r.do(http.MethodPost, path, "application/json", []byte(body), auth(r))
			if p := problemOf(t, resp, b); p.Name() != "bad-request" || !has(p.ProblemDetails, want) {
				t.Errorf("%s %s: %s, want %s", path, body, b, want)
			}
		}
		for _, c := range []struct {
			media string
			body  []byte
			want  string
		}{
			{"application/vc", []byte(`{}`), "media-type"},
			{"application/json", bytes.Repeat([]byte(" "), maxVCBody+1), "too-large"},
			{"application/json", []byte(`{"` + member + `":{"a":"` + strings.Repeat("x", 4<<20) + `"}}`), "too-large"},
		} {
			resp, b := r.do(http.MethodPost, path, c.media, c.body, auth(r))
			if got := problemOf(t, resp, b).Name(); got != c.want {
				t.Errorf("%s %s: %s, want %s", path, c.media, got, c.want)
			}
		}
		token := r.newToken(Token{Name: member, Scopes: []Scope{ScopeSubmit, ScopeStatus, ScopeForget, ScopeMetrics, ScopeBackup}})
		resp, b := r.do(http.MethodPost, path, "application/json", []byte(`{}`), bearing(token))
		if got := problemOf(t, resp, b).Name(); got != "token-scope" {
			t.Errorf("%s without its scope: %s", path, got)
		}
	}
	for _, options := range []string{`{"cryptosuite":"bbs-2023"}`, `{"type":"Ed25519Signature2020"}`, `{"type":"eddsa-jcs-2022","cryptosuite":"eddsa-rdfc-2022"}`,
		`{"mandatoryPointers":["/issuer"]}`, `{"credentialId":""}`, `{"credentialId":7}`, `{"credentialId":"` + strings.Repeat("x", 2049) + `"}`} {
		resp, b := r.do(http.MethodPost, "/credentials/issue", "application/json", fmt.Appendf(nil, `{"credential":%s,"options":%s}`, plainCredential, options), auth(r))
		if p := problemOf(t, resp, b); p.Name() != "bad-request" || !has(p.ProblemDetails, vcOption) {
			t.Errorf("%s: %s", options, b)
		}
	}
}

// TestJudgePlaces: as many badges are judged at once as may be, and who waits
// for a place gives up with its client.
func TestJudgePlaces(t *testing.T) {
	t.Parallel()
	n := &Node{badgeChecks: make(chan struct{}, 1)}
	leave, err := n.takeJudge(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := n.takeJudge(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("without a place: %v", err)
	}
	leave()
	if _, err := n.takeJudge(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestIssuerKey has settings and files that are no key, and the ids that
// follow from one.
func TestIssuerKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(other)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"nothing": nil, "no PEM": []byte("key"), "another kind": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}),
		"a public key": pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), "garbage": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")}),
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := (BadgesConfig{KeyFile: path}).issuer(); err == nil || !strings.Contains(err.Error(), "akashi badge key") {
			t.Errorf("%s: %v", name, err)
		}
	}
	r := newPoorRig(t, "", nil)
	c := BadgesConfig{KeyFile: filepath.Join(r.dir, "secrets", "issuer.key")}
	i, err := c.issuer()
	if err != nil || i.id != r.made.Issuer || i.signer.Method != i.id+"#"+strings.TrimPrefix(i.id, "did:key:") {
		t.Errorf("%v, %v", i, err)
	}
	c.Issuer = "https://uni.example/issuer"
	if i, err := c.issuer(); err != nil || i.id != c.Issuer || !strings.HasPrefix(i.signer.Method, c.Issuer+"#z6Mk") {
		t.Errorf("%v, %v", i, err)
	}
	c.Method = "did:web:uni.example#1"
	if i, err := c.issuer(); err != nil || i.signer.Method != c.Method {
		t.Errorf("%v, %v", i, err)
	}
	c.Issuer = "did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd"
	if _, err := c.issuer(); err == nil {
		t.Error("the did:key of another key was taken")
	}
	if err := os.Chmod(c.KeyFile, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := (BadgesConfig{KeyFile: c.KeyFile}).issuer(); err == nil || !strings.Contains(err.Error(), "0644") {
		t.Errorf("a key that everybody can read: %v", err)
	}
}

// TestNoIssuer asks a node that signs nothing.
func TestNoIssuer(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil).start()
	resp, b := r.do(http.MethodPost, "/credentials/issue", "application/json", []byte(`{"credential":`+plainCredential+`}`), auth(r))
	if p := problemOf(t, resp, b); p.Name() != "not-found" || !strings.Contains(p.Detail, "badges.key_file") {
		t.Errorf("%s", b)
	}
}
