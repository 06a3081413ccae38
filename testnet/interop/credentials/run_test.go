package credentials

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/record/proof"
	"github.com/akashi-project/akashi/testnet/interop/live"
)

// TestIssuedByRun issues badges of a table with the real program, by the template
// of docs/issuing.md with its descriptors. The packages and the program's own
// check take each, and neither takes a copy that was changed.
func TestIssuedByRun(t *testing.T) {
	j := start(t)
	dir := t.TempDir()
	program, err := live.Build(t.Context(), dir, "github.com/akashi-project/akashi/cmd/akashi")
	if err != nil {
		t.Fatal(err)
	}
	run := func(code int, args ...string) []byte {
		t.Helper()
		var said bytes.Buffer
		cmd := exec.Command(program, args...)
		cmd.Stderr = &said
		out, err := cmd.Output()
		if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok || ok && exit.ExitCode() != code || !ok && code != 0 {
			t.Fatalf("akashi %s: %v, want code %d\n%s%s", strings.Join(args, " "), err, code, out, &said)
		}
		return out
	}
	at := func(name string) string { return filepath.Join(dir, name) }
	var key struct {
		DID string `json:"did"`
	}
	if err := json.Unmarshal(run(0, "--json", "badge", "key", at("key.pem")), &key); err != nil {
		t.Fatal(err)
	}
	run(0, "badge", "key", "--rsa", at("rsa.pem"))
	jwk := jwkOf(t, at("rsa.pem"))

	const examples = "../../../testdata/issue/"
	read := func(name string) string {
		b, err := os.ReadFile(examples + name)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	write := func(name, content string) {
		if err := os.WriteFile(at(name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("picture.png", read("picture.png"))
	write("learners.csv", read("learners.csv"))
	const web = "https://hoshizora.example/issuer"
	template := strings.Replace(read("template.json"), `"status.revoked"`, `"status.revoked", "issuer.name"`, 1)
	for _, kind := range []struct {
		name, format, issuer, key, file string
		jwk                             any
	}{
		{"eddsa-rdfc-2022", "ob3", key.DID, "key.pem", "badge.json", nil},
		{"VC-JWT", "ob3-jwt", key.DID, "key.pem", "badge.jwt", nil},
		{"VC-JWT", "ob3-jwt", web, "rsa.pem", "badge.jwt", jwk},
	} {
		name := kind.name + " by " + kind.key
		text := strings.NewReplacer(`"format": "ob3"`, `"format": "`+kind.format+`"`, `"`+web+`"`, `"`+kind.issuer+`"`).Replace(template)
		write("template.json", text)
		out := at(kind.format + kind.key)
		run(0, "badge", "issue", "--no-log", "--template", at("template.json"), "--learners", at("learners.csv"), "--key", at(kind.key), "--out", out)
		badges, err := filepath.Glob(filepath.Join(out, "line-*", kind.file))
		if err != nil || len(badges) != 3 {
			t.Fatalf("%s: %d badges, %v", name, len(badges), err)
		}
		// check is what the program says of a badge: whether it is refuted, and
		// whether its signature fits. The issuer of the RSA key has no document to
		// ask for, so the key is given to the verifier there.
		check := func(b []byte) (refuted, fits bool) {
			t.Helper()
			if kind.jwk != nil {
				v := proof.Verifier{Now: now, Resolve: func(context.Context, proof.Query) (proof.Key, error) { return proof.ParseJWK(jwk) }}
				r := v.JWT(t.Context(), b)
				return r.Outcome == proof.Fail, r.Outcome == proof.Pass
			}
			write("copy", string(b))
			cmd := exec.Command(program, "--json", "badge", "check", "--offline", at("copy"))
			answer, err := cmd.Output()
			var report struct {
				Verdict string
				Checks  []struct{ Code, Result string }
			}
			if jerr := json.Unmarshal(answer, &report); jerr != nil {
				t.Fatalf("badge check: %s %v %v", answer, err, jerr)
			}
			for _, c := range report.Checks {
				fits = fits || c.Code == "proof.signature" && c.Result == "pass"
			}
			return report.Verdict == "refuted", fits
		}
		for _, path := range badges {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			credential := func(b []byte) any {
				if kind.name == "VC-JWT" {
					return string(b)
				}
				return json.RawMessage(b)
			}
			if a := ask(t, j, Job{Op: "verify", Kind: kind.name, Credential: credential(b), JWK: kind.jwk}); !a.Verified {
				t.Errorf("%s: node refuses it: %s", name, a.Error)
			}
			if refuted, fits := check(b); refuted || !fits {
				t.Errorf("%s: akashi: refuted %v, signature fits %v", name, refuted, fits)
			}
			for change, to := range map[string][2]string{
				"tampered":       {"地震学入門", "地震学大全"},
				"undefined term": {`"inLanguage"`, `"honours":"first","inLanguage"`},
				"relative id":    {`"inLanguage"`, `"related":[{"id":"other","type":["Related"]}],"inLanguage"`},
			} {
				copied := changed(t, kind.name, b, to[0], to[1])
				if a := ask(t, j, Job{Op: "verify", Kind: kind.name, Credential: credential(copied), JWK: kind.jwk}); a.Verified {
					t.Errorf("%s, %s: node takes it", name, change)
				}
				if refuted, fits := check(copied); fits || !refuted {
					t.Errorf("%s, %s: akashi: refuted %v, signature fits %v", name, change, refuted, fits)
				}
			}
		}
		// The baked image holds the same badge.
		image := filepath.Join(filepath.Dir(badges[0]), "badge.png")
		b, err := os.ReadFile(badges[0])
		if err != nil {
			t.Fatal(err)
		}
		if inside := run(0, "badge", "extract", image, "-o", "-"); !bytes.Equal(bytes.TrimSpace(inside), b) {
			t.Errorf("%s: the image holds another badge", name)
		}
	}
}

// changed is a copy of a badge with one text for another, within the payload of
// a token.
func changed(t *testing.T, kind string, b []byte, old, new string) []byte {
	t.Helper()
	replace := func(s string) string {
		out := strings.Replace(s, old, new, 1)
		if out == s {
			t.Fatalf("%q is not in the badge", old)
		}
		return out
	}
	if kind != "VC-JWT" {
		return []byte(replace(string(b)))
	}
	segments := strings.Split(string(b), ".")
	payload, err := base64.RawURLEncoding.DecodeString(segments[1])
	if err != nil {
		t.Fatal(err)
	}
	segments[1] = base64.RawURLEncoding.EncodeToString([]byte(replace(string(payload))))
	return []byte(strings.Join(segments, "."))
}

// jwkOf is the public half of a private key in PEM.
func jwkOf(t *testing.T, path string) json.RawMessage {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(b)
	if block == nil {
		t.Fatalf("%s holds no PEM", path)
	}
	private, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	key, err := proof.NewKey(private.(crypto.Signer).Public())
	if err != nil {
		t.Fatal(err)
	}
	jwk, err := key.JWK()
	if err != nil {
		t.Fatal(err)
	}
	return jwk
}
