package credentials

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/testnet/interop/live"
)

// TestIssuedByNode lets a running node sign badges over HTTP, as the W3C's API
// has it. The packages take them, and not what was changed; the node says the
// same of each, and of what the packages sign.
func TestIssuedByNode(t *testing.T) {
	j := start(t)
	dir := t.TempDir()
	n, err := live.Start(t.Context(), dir, "badges.key_file="+filepath.Join(dir, "uni", "secrets", "issuer.key"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Stop(); err != nil {
			t.Error(err)
		}
	})
	post := func(path, body string) (int, []byte) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, n.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer "+n.Token)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, b
	}
	verify := func(credential string) (int, bool) {
		t.Helper()
		status, b := post("/credentials/verify", `{"verifiableCredential":`+credential+`,"options":{"checks":["proof"]}}`)
		var answer struct {
			Verified bool `json:"verified"`
		}
		if err := json.Unmarshal(b, &answer); err != nil {
			t.Fatalf("%d %s: %v", status, b, err)
		}
		return status, answer.Verified
	}
	// The badge of the other tests, whose issuer says more than its id; the
	// node refuses another's and says its own.
	raw, err := os.ReadFile("../../../record/proof/testdata/badge.json")
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		t.Fatal(err)
	}
	// The node would ask for its status list, which is nowhere; and it has no
	// clock but its own, by which the badge may have ended.
	delete(members, "credentialStatus")
	delete(members, "validUntil")
	badge, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	const before = "did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd"
	status, b := post("/credentials/issue", `{"credential":`+string(badge)+`}`)
	_, rest, ok := bytes.Cut(b, []byte("not that of this node, "))
	did, _, _ := strings.Cut(string(rest), ";")
	if status != http.StatusBadRequest || !ok || !strings.HasPrefix(did, "did:key:z6Mk") {
		t.Fatalf("another issuer: %d %s", status, b)
	}
	unsigned := strings.Replace(string(badge), before, did, 1)
	for _, suite := range []string{"eddsa-rdfc-2022", "eddsa-jcs-2022"} {
		status, b := post("/credentials/issue", fmt.Sprintf(`{"credential":%s,"options":{"cryptosuite":%q}}`, unsigned, suite))
		var issued struct {
			VerifiableCredential json.RawMessage `json:"verifiableCredential"`
		}
		if err := json.Unmarshal(b, &issued); err != nil || status != http.StatusCreated {
			t.Fatalf("%s: %d %s: %v", suite, status, b, err)
		}
		vc := string(issued.VerifiableCredential)
		if a := ask(t, j, Job{Op: "verify", Kind: suite, Credential: issued.VerifiableCredential}); !a.Verified {
			t.Errorf("%s: node.js refuses it: %s", suite, a.Error)
		}
		if status, verified := verify(vc); status != http.StatusOK || !verified {
			t.Errorf("%s: the node refuses it: %d", suite, status)
		}
		for name, change := range map[string][2]string{
			"tampered":       {"Minato", "Minata"},
			"undefined term": {`"inLanguage"`, `"honours":"first","inLanguage"`},
			"relative id":    {`"inLanguage"`, `"related":[{"id":"other","type":["Related"]}],"inLanguage"`},
		} {
			changed := strings.Replace(vc, change[0], change[1], 1)
			if a := ask(t, j, Job{Op: "verify", Kind: suite, Credential: json.RawMessage(changed)}); a.Verified || changed == vc {
				t.Errorf("%s, %s: node.js takes it", suite, name)
			}
			if status, verified := verify(changed); status != http.StatusBadRequest || verified {
				t.Errorf("%s, %s: the node takes it: %d", suite, name, status)
			}
		}
		a := ask(t, j, Job{Op: "sign", Kind: suite, Seed: seed, Credential: json.RawMessage(badge)})
		if status, verified := verify(string(a.Credential)); status != http.StatusOK || !verified {
			t.Errorf("%s by node.js: the node refuses it: %d", suite, status)
		}
	}
}
