package proof_test

import (
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/record/ld"
	"github.com/akashi-project/akashi/record/proof"
)

func badge(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile("testdata/badge.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func sign(t testing.TB, doc string, key crypto.Signer, o proof.Options) string {
	t.Helper()
	if o.Created.IsZero() {
		o.Created = now()
	}
	method := issuer + "#" + issuer[len("did:key:"):]
	b, err := proof.Signer{Key: key, Method: method}.Document([]byte(doc), o)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// resolves answers with one key whatever is asked.
func resolves(key crypto.Signer) proof.Resolve {
	return func(context.Context, proof.Query) (proof.Key, error) { return proof.NewKey(key.Public()) }
}

// TestSuites signs with each suite and each key that makes it, verifies, and
// then changes one thing after the other.
func TestSuites(t *testing.T) {
	for _, test := range []struct {
		suite proof.Suite
		key   crypto.Signer
		other crypto.Signer
	}{
		{proof.EdDSARDFC2022, issuerKey(), nil},
		{proof.EdDSAJCS2022, issuerKey(), nil},
		{proof.Ed25519Signature2020, issuerKey(), nil},
		{proof.ECDSARDFC2019, p256Key(), issuerKey()},
		{proof.ECDSARDFC2019, p384Key(), p256Key()},
	} {
		t.Run(fmt.Sprintf("%s/%T", test.suite, test.key), func(t *testing.T) {
			signed := sign(t, badge(t), test.key, proof.Options{Suite: test.suite, Expires: now().Add(time.Hour), ID: "urn:uuid:1"})
			v := proof.Verifier{Now: now, Resolve: resolves(test.key)}
			r := one(t, &v, signed)
			if r.Outcome != proof.Pass || r.Code != proof.CodeSignature || r.Suite != test.suite || r.ID != "urn:uuid:1" ||
				!r.Created.Equal(now()) || !r.Expires.Equal(now().Add(time.Hour)) || r.Key.IsZero() || r.Signed == [32]byte{} {
				t.Fatalf("result %+v", r)
			}
			if wantContexts := test.suite != proof.EdDSAJCS2022; wantContexts != (len(r.Contexts) >= 2) {
				t.Errorf("contexts %v", r.Contexts)
			}
			for name, change := range map[string][2]string{
				"name":    {"Minato", "Minata"},
				"credit":  {`"creditsAvailable":1.5`, `"creditsAvailable":15`},
				"until":   {"2030-09-30", "2031-09-30"},
				"removed": {`"inLanguage":"en",`, ``},
				"created": {now().Format(time.RFC3339), now().Add(-time.Second).Format(time.RFC3339)},
				"method":  {`"verificationMethod":"`, `"verificationMethod":"did:example:1#`},
			} {
				changed := strings.Replace(signed, change[0], change[1], 1)
				if changed == signed {
					t.Fatalf("%s: nothing to change", name)
				}
				if r := one(t, &v, changed); r.Outcome != proof.Fail || r.Code != proof.CodeSignature {
					t.Errorf("%s: %s by %s, want fail by %s", name, r.Outcome, r.Code, proof.CodeSignature)
				}
			}
			// Another order of members and another spelling of characters are
			// the same document.
			if r := one(t, &v, strings.Replace(signed, "Minato", `Min\u0061to`, 1)+"\n"); r.Outcome != proof.Pass {
				t.Errorf("the same document spelled differently: %s by %s", r.Outcome, r.Code)
			}
			other := test.other
			if other == nil {
				other = p256Key()
			}
			if r := one(t, &proof.Verifier{Now: now, Resolve: resolves(other)}, signed); r.Outcome != proof.Fail {
				t.Errorf("by another key: %s by %s, want fail", r.Outcome, r.Code)
			}
		})
	}
}

func one(t testing.TB, v *proof.Verifier, doc string) proof.Result {
	t.Helper()
	results, err := v.Document(t.Context(), []byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	if len(results) != 1 {
		t.Fatalf("%d results, want 1", len(results))
	}
	return results[0]
}

// TestTraps changes a signed badge in the ways by which signatures have been
// bypassed. Each is refuted by the check that is there for it.
func TestTraps(t *testing.T) {
	signed := sign(t, badge(t), issuerKey(), proof.Options{Suite: proof.EdDSARDFC2022})
	v := proof.Verifier{Now: now}
	if r := one(t, &v, signed); r.Outcome != proof.Pass {
		t.Fatalf("unchanged: %s by %s: %s", r.Outcome, r.Code, r.Reason)
	}
	const subject = `"credentialSubject":{`
	for name, test := range map[string]struct {
		from, to string
		outcome  proof.Outcome
		code     proof.Code
		rule     ld.Code
		path     string
	}{
		"an undefined term": {
			subject, `"honours":"with distinction",` + subject,
			proof.Fail, proof.CodeTerms, ld.CodeTerm, "/honours"},
		"an undefined term deep inside": {
			`"targetCode":"6"`, `"targetCode":"6","honours":true`,
			proof.Fail, proof.CodeTerms, ld.CodeTerm, "/credentialSubject/achievement/alignment/0/honours"},
		"a relative id under related": {
			`"inLanguage":"en"`, `"inLanguage":"en","related":[{"id":"other-badge","type":["Related"]}]`,
			proof.Fail, proof.CodeTerms, ld.CodeRelative, "/credentialSubject/achievement/related/0/id"},
		"a relative type": {
			`"type":["Achievement"]`, `"type":["Achievement","Masterpiece"]`,
			proof.Fail, proof.CodeTerms, ld.CodeRelative, "/credentialSubject/achievement/type/1"},
		"the status under its IRI": {
			`"credentialStatus":`, `"https://www.w3.org/2018/credentials#credentialStatus":`,
			proof.Fail, proof.CodeTerms, ld.CodeHidden, "/https:~1~1www.w3.org~12018~1credentials#credentialStatus"},
		"the status in a nest": {
			`"credentialStatus":{`, `"@nest":{"credentialStatus":{`,
			proof.Fail, proof.CodeTerms, ld.CodeHidden, "/@nest"},
		"an index, which RDF has not": {
			`"name":"Minato`, `"@index":"honours","name":"Minato`,
			proof.Fail, proof.CodeTerms, ld.CodeDropped, "/issuer/@index"},
		"the 17th digit of a number": {
			`"creditsAvailable":1.5`, `"creditsAvailable":1.5000000000000002`,
			proof.Fail, proof.CodeTerms, ld.CodeDropped, "/credentialSubject/achievement/creditsAvailable"},
		"an IRI with a space": {
			`"targetUrl":"https://frameworks.example/eqf/6"`, `"targetUrl":"https://frameworks.example/eqf/ 6","x:y z":"1"`,
			proof.Fail, proof.CodeTerms, ld.CodeIRI, "/credentialSubject/achievement/alignment/0/x:y z"},
		"a context that is not pinned": {
			`"https://www.w3.org/ns/credentials/v2"`, `"https://www.w3.org/ns/credentials/v2","https://nobody.example/v1"`,
			proof.Unknown, proof.CodeContext, ld.CodeUnpinned, "/@context/1"},
		"a protected term with another meaning": {
			`"https://www.w3.org/ns/credentials/v2"`, `"https://www.w3.org/ns/credentials/v2",{"name":"https://nobody.example/name"}`,
			proof.Fail, proof.CodeContext, ld.CodeProtected, "/@context/1/name"},
	} {
		t.Run(name, func(t *testing.T) {
			changed := strings.Replace(signed, test.from, test.to, 1)
			if name == "the status in a nest" {
				changed = strings.Replace(changed, `"type":"BitstringStatusListEntry"}`, `"type":"BitstringStatusListEntry"}}`, 1)
			}
			if changed == signed || !json.Valid([]byte(changed)) {
				t.Fatalf("not changed, or not to JSON: %s", changed)
			}
			r := one(t, &v, changed)
			if r.Outcome != test.outcome || r.Code != test.code || r.Document == nil || r.Document.Code != test.rule || r.Document.Path != test.path {
				t.Errorf("%s by %s, %v; want %s by %s, %s at %s", r.Outcome, r.Code, r.Document, test.outcome, test.code, test.rule, test.path)
			}
		})
	}
}

// TestHiddenStatus writes the badge's RDF as other JSON, in which who looks for
// the status does not find it. Each signature would fit.
func TestHiddenStatus(t *testing.T) {
	signed := sign(t, badge(t), issuerKey(), proof.Options{Suite: proof.EdDSARDFC2022})
	for name, change := range map[string]func(doc map[string]any){
		"a term of the document's own": func(doc map[string]any) {
			doc["@context"] = append(doc["@context"].([]any), map[string]any{"state": "https://www.w3.org/2018/credentials#credentialStatus"})
			doc["state"] = doc["credentialStatus"]
		},
		"a prefix of the document's own": func(doc map[string]any) {
			doc["@context"] = append(doc["@context"].([]any), map[string]any{"c": "https://www.w3.org/2018/credentials#"})
			doc["c:credentialStatus"] = doc["credentialStatus"]
		},
		"@vocab": func(doc map[string]any) {
			doc["@context"] = append(doc["@context"].([]any), map[string]any{"@vocab": "https://www.w3.org/2018/credentials#credential"})
			doc["Status"] = doc["credentialStatus"]
		},
		"@included": func(doc map[string]any) {
			doc["@included"] = []any{map[string]any{"id": doc["id"], "credentialStatus": doc["credentialStatus"]}}
		},
		"@reverse": func(doc map[string]any) {
			status := doc["credentialStatus"].(map[string]any)
			status["@reverse"] = map[string]any{"credentialStatus": map[string]any{"id": doc["id"]}}
			doc["credentialSubject"].(map[string]any)["@included"] = status
		},
		"a second place with the badge's id": func(doc map[string]any) {
			achievement := doc["credentialSubject"].(map[string]any)["achievement"].(map[string]any)
			achievement["creator"] = map[string]any{"id": doc["id"], "type": []any{"VerifiableCredential"}, "credentialStatus": doc["credentialStatus"]}
		},
	} {
		t.Run(name, func(t *testing.T) {
			var doc map[string]any
			if err := json.Unmarshal([]byte(signed), &doc); err != nil {
				t.Fatal(err)
			}
			change(doc)
			delete(doc, "credentialStatus")
			changed, err := json.Marshal(doc)
			if err != nil {
				t.Fatal(err)
			}
			r := one(t, &proof.Verifier{Now: now}, string(changed))
			if r.Outcome != proof.Fail || r.Code != proof.CodeTerms || r.Document == nil || r.Document.Code != ld.CodeHidden {
				t.Errorf("%s by %s, %v; want fail by %s", r.Outcome, r.Code, r.Document, ld.CodeHidden)
			}
		})
	}
}

// TestProofMembers judges the proof itself.
func TestProofMembers(t *testing.T) {
	signed := sign(t, badge(t), issuerKey(), proof.Options{Suite: proof.EdDSAJCS2022, Expires: now().Add(time.Hour)})
	at := func(d time.Duration) func() time.Time { return func() time.Time { return now().Add(d) } }
	unreachable := errors.New("no answer")
	for name, test := range map[string]struct {
		verifier proof.Verifier
		from, to string
		outcome  proof.Outcome
		code     proof.Code
	}{
		"unchanged":                 {proof.Verifier{Now: now}, "", "", proof.Pass, proof.CodeSignature},
		"another purpose":           {proof.Verifier{Now: now}, `"assertionMethod"`, `"authentication"`, proof.Fail, proof.CodePurpose},
		"another purpose wanted":    {proof.Verifier{Now: now, Purpose: "authentication"}, "", "", proof.Fail, proof.CodePurpose},
		"over":                      {proof.Verifier{Now: at(time.Hour)}, "", "", proof.Fail, proof.CodeExpired},
		"made after now":            {proof.Verifier{Now: at(-time.Hour)}, "", "", proof.Fail, proof.CodeCreated},
		"a clock a little slow":     {proof.Verifier{Now: at(-time.Minute)}, "", "", proof.Pass, proof.CodeSignature},
		"no instant":                {proof.Verifier{Now: now}, `"created":"2026-01-02T03:04:05Z"`, `"created":"2026-01-02T03:04:05"`, proof.Fail, proof.CodeCreated},
		"an unknown suite":          {proof.Verifier{Now: now}, `"eddsa-jcs-2022"`, `"falcon-jcs-2040"`, proof.Unknown, proof.CodeSuite},
		"an unknown type":           {proof.Verifier{Now: now}, `"DataIntegrityProof"`, `"RsaSignature2017"`, proof.Unknown, proof.CodeSuite},
		"no method":                 {proof.Verifier{Now: now}, `"verificationMethod"`, `"verificationMethods"`, proof.Fail, proof.CodeForm},
		"no base58btc":              {proof.Verifier{Now: now}, `"proofValue":"z`, `"proofValue":"u`, proof.Fail, proof.CodeForm},
		"a short signature":         {proof.Verifier{Now: now}, `"proofValue":"z`, `"proofValue":"z1","x":"`, proof.Fail, proof.CodeForm},
		"a key that cannot sign so": {proof.Verifier{Now: now, Resolve: resolves(p256Key())}, "", "", proof.Fail, proof.CodeSuite},
		"a key that cannot be had": {proof.Verifier{Now: now, Resolve: func(context.Context, proof.Query) (proof.Key, error) {
			return proof.Key{}, unreachable
		}}, "", "", proof.Unknown, proof.CodeKey},
		"a key that the issuer does not list": {proof.Verifier{Now: now, Resolve: func(context.Context, proof.Query) (proof.Key, error) {
			return proof.Key{}, proof.ErrRefuted
		}}, "", "", proof.Fail, proof.CodeKey},
		"other contexts than the document's": {proof.Verifier{Now: now}, `"proof":{"@context":["https://www.w3.org/ns/credentials/v2",`, `"proof":{"@context":["https://www.w3.org/2018/credentials/v1",`, proof.Fail, proof.CodeContext},
	} {
		t.Run(name, func(t *testing.T) {
			changed := strings.Replace(signed, test.from, test.to, 1)
			if changed == signed && test.from != "" {
				t.Fatal("nothing to change")
			}
			if r := one(t, &test.verifier, changed); r.Outcome != test.outcome || r.Code != test.code {
				t.Errorf("%s by %s, want %s by %s: %s", r.Outcome, r.Code, test.outcome, test.code, r.Reason)
			}
		})
	}
	for _, doc := range []string{`{}`, `{"proof":[]}`} {
		if r, err := (&proof.Verifier{}).Document(t.Context(), []byte(doc)); !errors.Is(err, proof.ErrNoProof) {
			t.Errorf("%s: %v, %v; want ErrNoProof", doc, r, err)
		}
	}
	for doc, code := range map[string]proof.Code{
		`{"proof":"z"}`: proof.CodeForm, `{"proof":{}}`: proof.CodeForm, `{"proof":{"type":["DataIntegrityProof"]}}`: proof.CodeForm,
		`{"proof":{"type":"DataIntegrityProof"}}`:         proof.CodeForm,
		`{"proof":[` + strings.Repeat("{},", 16) + `{}]}`: proof.CodeComplex,
	} {
		if r := one(t, &proof.Verifier{}, doc); r.Outcome == proof.Pass || r.Code != code {
			t.Errorf("%s: %s by %s, want %s", doc, r.Outcome, r.Code, code)
		}
	}
}

// TestSetsAndChains judges each proof of a set by itself, and one of a chain
// with those that it covers.
func TestSetsAndChains(t *testing.T) {
	for _, suite := range []proof.Suite{proof.EdDSARDFC2022, proof.EdDSAJCS2022} {
		t.Run(string(suite), func(t *testing.T) {
			v := proof.Verifier{Now: now}
			doc := sign(t, badge(t), issuerKey(), proof.Options{Suite: suite, ID: "urn:uuid:1"})
			doc = sign(t, doc, issuerKey(), proof.Options{Suite: suite, ID: "urn:uuid:2", Created: now().Add(-time.Hour)})
			doc = sign(t, doc, issuerKey(), proof.Options{Suite: suite, ID: "urn:uuid:3", Previous: []string{"urn:uuid:1", "urn:uuid:2"}})
			doc = sign(t, doc, issuerKey(), proof.Options{Suite: suite, Previous: []string{"urn:uuid:3"}})
			codes := func(doc string) string {
				t.Helper()
				results, err := v.Document(t.Context(), []byte(doc))
				if err != nil {
					t.Fatal(err)
				}
				var b strings.Builder
				for _, r := range results {
					fmt.Fprintf(&b, "%s %s, ", r.Outcome, r.Code)
				}
				return b.String()
			}
			const pass, broken, chain = "pass proof.signature, ", "fail proof.signature, ", "fail proof.chain, "
			edit := func(change func(proofs []any) []any) string {
				var object map[string]any
				if err := json.Unmarshal([]byte(doc), &object); err != nil {
					t.Fatal(err)
				}
				object["proof"] = change(object["proof"].([]any))
				b, err := json.Marshal(object)
				if err != nil {
					t.Fatal(err)
				}
				return string(b)
			}
			for _, test := range []struct {
				name, doc, want string
			}{
				{"whole", doc, pass + pass + pass + pass},
				{"the first changed", edit(func(p []any) []any {
					p[0].(map[string]any)["created"] = "2026-01-02T03:04:04Z"
					return p
				}), broken + pass + broken + chain},
				{"the first removed", edit(func(p []any) []any { return p[1:] }), pass + chain + chain},
				{"the last removed", edit(func(p []any) []any { return p[:3] }), pass + pass + pass},
				{"the ids twice", edit(func(p []any) []any { return append(p[:2:2], p...) }), pass + pass + pass + pass + chain + chain},
				{"in a circle", edit(func(p []any) []any {
					p[0].(map[string]any)["previousProof"] = "urn:uuid:3"
					return p
				}), chain + pass + broken + chain},
			} {
				if got := codes(test.doc); got != test.want {
					t.Errorf("%s: %s; want %s", test.name, got, test.want)
				}
			}
		})
	}
}

// TestInjectedContext signs a document whose contexts do not define the terms
// of a proof.
func TestInjectedContext(t *testing.T) {
	const doc = `{"@context":["https://www.w3.org/2018/credentials/v1"],"type":["VerifiableCredential"],"issuer":"` + issuer + `","issuanceDate":"2026-01-01T00:00:00Z","credentialSubject":{"id":"did:example:1"}}`
	for suite, context := range map[proof.Suite]string{
		proof.EdDSARDFC2022:        "https://w3id.org/security/data-integrity/v2",
		proof.Ed25519Signature2020: "https://w3id.org/security/suites/ed25519-2020/v1",
	} {
		signed := sign(t, doc, issuerKey(), proof.Options{Suite: suite})
		if !strings.HasPrefix(signed, `{"@context":["https://www.w3.org/2018/credentials/v1","`+context+`"],`) {
			t.Errorf("%s: %s", suite, signed)
		}
		if r := one(t, &proof.Verifier{Now: now}, signed); r.Outcome != proof.Pass {
			t.Errorf("%s: %s by %s: %s", suite, r.Outcome, r.Code, r.Reason)
		}
	}
	if _, err := (proof.Signer{Key: issuerKey(), Method: "x:y"}).Document([]byte(strings.Replace(doc, `"type"`, `"honours":1,"type"`, 1)), proof.Options{Suite: proof.EdDSARDFC2022, Created: now()}); err == nil {
		t.Error("a document with an undefined term was signed")
	} else if e := (*ld.Error)(nil); !errors.As(err, &e) || e.Code != ld.CodeTerm {
		t.Errorf("%v, want %s", err, ld.CodeTerm)
	}
}
