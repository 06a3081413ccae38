package issue

import (
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/record/proof"
)

// at is when the badges of these tests are issued.
var at = time.Date(2026, 5, 2, 0, 0, 0, 0, time.UTC)

const twoLearners = "student number,awarded,until,given name,family name,remark,grade,credits\n" +
	"0012345,2026-05-01T00:00:00Z,,花子,髙橋,,,1.5\n" +
	"0012346,2026-05-01T00:00:00Z,2031-05-01T00:00:00Z,Bob,,,A,\n"

// accepting is a template whose badges may be without a way to revoke them.
func accepting(s string) string {
	return strings.Replace(s, `"v": 1,`, `"v": 1, "accept": ["status.revoked"],`, 1)
}

func rehearse(t *testing.T, template_, rows string, r Rehearsal) (texts []string, unseen []string) {
	t.Helper()
	tpl := template(t, template_)
	badges, err := tpl.Make(table(t, rows), Secret{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Now.IsZero() {
		r.Now = at
	}
	out, err := tpl.Rehearse(t.Context(), badges, r)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range out.Problems {
		texts = append(texts, p.Error())
	}
	return texts, out.Unseen
}

// TestRehearse holds that what a check would refute or warn of, and what no
// context defines, is told before anything is signed: in which row, or once for
// all, and what to do.
func TestRehearse(t *testing.T) {
	whole := accepting(seismology)
	for _, c := range []struct {
		name, old, new string
		want           []string // of each problem: how it begins, and what it holds
	}{
		{"whole", "", "", nil},
		{"no revocation", `"accept": ["status.revoked"],`, ``, []string{"every badge: verifiers would be warned (status.revoked)", `name "status.revoked" in "accept"`}},
		{"undefined term", `"type": ["AchievementSubject"],`, `"type": ["AchievementSubject"], "nickname": "x",`,
			[]string{"every badge: /badge/credentialSubject/nickname of the template: no context defines this term", "Correct its spelling"}},
		{"relative id", `"achievement": {"id": "https://hoshizora.example/a/1"`, `"achievement": {"id": "a/1"`, []string{"every badge: /badge/credentialSubject/achievement/id of the template:", "absolute"}},
		{"relative id within", `"criteria": {`, `"related": [{"id": "other", "type": ["Related"]}], "criteria": {`, []string{"every badge: /badge/credentialSubject/achievement/related/0/id", "ld.relative"}},
		{"unpinned context", `context-3.0.3.json"]`, `context-3.0.3.json", "https://national.example/v1"]`, []string{"every badge: /badge/@context/2", "--context SHA256:FILE:URL"}},
		{"no criteria", `"criteria": {"narrative": "c"}`, `"criteria": {"narrative": ""}`, []string{"every badge: verifiers would refute it (structure.achievement)", "criteria"}},
		{"no type of the issuer", `"type": ["Profile"], `, ``, []string{"every badge: verifiers would be warned (structure.issuer)", "type Profile"}},
		{"a date of the template", `"validUntil": "{{until?}}"`, `"awardedDate": "2026-05-01"`, []string{"every badge: verifiers would refute it (structure.validity)", "2026-03-20T00:00:00+09:00"}},
		{"not begun", `"validFrom": "{{awarded}}"`, `"validFrom": "2027-04-01T00:00:00Z"`, []string{"every badge: verifiers would refute it (validity.from)", `"validity.from" in "accept"`}},
		{"not begun, and meant", `["status.revoked"],`, `["status.revoked", "validity.from"],`, nil},
		{"ended", `"validUntil": "{{until?}}"`, `"validUntil": "2026-05-01T12:00:00Z"`, []string{"every badge: verifiers would refute it (validity.until)", "Is the year right?"}},
		{"ends before it begins", `"validUntil": "{{until?}}"`, `"validUntil": "2026-04-01T12:00:00Z"`, []string{`every badge, column "awarded": verifiers would refute it (validity.order)`, "exchanged"}},
		{"half a status entry", `"name": "Hoshizora University"},`, `"name": "Hoshizora University"}, "credentialStatus": {"id": "https://hoshizora.example/status/1#2", "type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "x", "statusListCredential": "https://hoshizora.example/status/1"},`,
			[]string{"every badge: verifiers would refute it (structure.status)", "statusListIndex"}},
	} {
		for _, format := range []Format{OB3, OB3JWT} {
			tpl := strings.Replace(whole, c.old, c.new, 1)
			if c.old != "" && tpl == whole {
				t.Fatalf("%s: nothing is changed", c.name)
			}
			if c.name == "not begun, and meant" {
				tpl = strings.Replace(tpl, `"validFrom": "{{awarded}}"`, `"validFrom": "2027-04-01T00:00:00Z"`, 1)
			}
			tpl = strings.Replace(tpl, `"ob3"`, fmt.Sprintf("%q", format), 1)
			got, unseen := rehearse(t, tpl, twoLearners, Rehearsal{})
			holds(t, fmt.Sprintf("%s, %s", c.name, format), got, c.want)
			if len(unseen) > 0 {
				t.Errorf("%s: asked for %q", c.name, unseen)
			}
			if strings.Contains(strings.Join(got, " "), "髙橋") || strings.Contains(strings.Join(got, " "), "001234") {
				t.Errorf("%s: a learner is named: %q", c.name, got)
			}
		}
	}
}

// holds reports where what was told is not one problem with all of want, or
// where want is empty and something was told.
func holds(t *testing.T, name string, got, want []string) {
	t.Helper()
	if len(want) == 0 && len(got) > 0 || len(want) > 0 && len(got) != 1 {
		t.Errorf("%s: %q, want %q", name, got, want)
		return
	}
	for i, w := range want {
		if i == 0 && !strings.HasPrefix(got[0], w) || !strings.Contains(got[0], w) {
			t.Errorf("%s: %q, want %q", name, got, w)
		}
	}
}

// TestRehearseContexts lets a token name a context that nobody knows when its
// issuer says so, and no proof that hangs on it.
func TestRehearseContexts(t *testing.T) {
	tpl := strings.Replace(strings.Replace(accepting(seismology), `"ob3"`, `"ob3-jwt"`, 1), `context-3.0.3.json"]`, `context-3.0.3.json", "https://national.example/v1"]`, 1)
	got, _ := rehearse(t, tpl, twoLearners, Rehearsal{})
	holds(t, "unknown", got, []string{"every badge: /badge/@context/2", `"proof.context" in "accept"`})
	got, _ = rehearse(t, strings.Replace(tpl, `["status.revoked"]`, `["status.revoked", "proof.context"]`, 1), twoLearners, Rehearsal{})
	holds(t, "taken", got, nil)
	got, _ = rehearse(t, strings.Replace(strings.Replace(tpl, `"ob3-jwt"`, `"ob3"`, 1), `["status.revoked"]`, `["status.revoked", "proof.context"]`, 1), twoLearners, Rehearsal{})
	holds(t, "no proof without it", got, []string{"every badge: /badge/@context/2"})
}

const (
	ob2Class = `{"@context": "https://w3id.org/openbadges/v2", "type": "BadgeClass", "id": "https://hoshizora.example/b/1", "name": "Seismology", "description": "d",
		"image": "https://hoshizora.example/b/1.png", "criteria": {"narrative": "c"}, "issuer": "https://hoshizora.example/issuer.json"}`
	ob2Profile = `{"@context": "https://w3id.org/openbadges/v2", "type": "Issuer", "id": "https://hoshizora.example/issuer.json", "name": "Hoshizora University",
		"url": "https://hoshizora.example/", "email": "badges@hoshizora.example", "publicKey": "https://hoshizora.example/key.json", "revocationList": "https://hoshizora.example/revoked.json"}`
	ob2Revoked = `{"@context": "https://w3id.org/openbadges/v2", "type": "RevocationList", "id": "https://hoshizora.example/revoked.json", "issuer": "https://hoshizora.example/issuer.json", "revokedAssertions": []}`
	ob2Signed  = `{"v": 1, "format": "ob2", "ids": "urn:uuid:", "learner": {"identifier": "{{student number}}", "type": "email"},
		"badge": {"@context": "https://w3id.org/openbadges/v2", "type": "Assertion", "badge": "https://hoshizora.example/b/1",
		"verification": {"type": "SignedBadge", "creator": "https://hoshizora.example/key.json"}, "issuedOn": "{{awarded}}"}}`
	ob2Rows = "student number,awarded\n0012345,2026-05-01T00:00:00Z\n0012346,2026-05-01T00:00:00Z\n"
)

// ob2Key is the issuer's key and the document that says so.
func ob2Key(t *testing.T, seed byte) (ed25519.PrivateKey, string) {
	t.Helper()
	key := ed25519.NewKeyFromSeed(slices.Repeat([]byte{seed}, ed25519.SeedSize))
	public, err := proof.NewKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	jwk, err := public.JWK()
	if err != nil {
		t.Fatal(err)
	}
	return key, fmt.Sprintf(`{"@context": "https://w3id.org/openbadges/v2", "type": "CryptographicKey", "id": "https://hoshizora.example/key.json", "owner": "https://hoshizora.example/issuer.json", "publicKeyJwk": %s}`, jwk)
}

// TestRehearseOB2 holds assertions of Open Badges 2.0 to the rules, with their
// class, Profile, key and list of revocations where these are at hand, and names
// those that are not.
func TestRehearseOB2(t *testing.T) {
	key, ob2KeyDocument := ob2Key(t, 1)
	other, _ := ob2Key(t, 2)
	hosted := strings.NewReplacer(`"ob2"`, `"ob2-hosted"`, `"urn:uuid:"`, `"https://hoshizora.example/assertions/"`, "SignedBadge", "HostedBadge", `, "creator": "https://hoshizora.example/key.json"`, "").Replace(ob2Signed)
	all := []string{ob2Class, ob2Profile, ob2Revoked, ob2KeyDocument}
	profile := func(old, new string) []string {
		changed := strings.Replace(ob2Profile, old, new, 1)
		if changed == ob2Profile {
			t.Fatalf("%s is not in the Profile", old)
		}
		return []string{ob2Class, changed, ob2Revoked, ob2KeyDocument}
	}
	class := func(old, new string) []string {
		changed := strings.Replace(ob2Class, old, new, 1)
		if changed == ob2Class {
			t.Fatalf("%s is not in the class", old)
		}
		return []string{changed, ob2Profile, ob2Revoked, ob2KeyDocument}
	}
	for _, c := range []struct {
		name      string
		template  string
		old, new  string
		documents []string
		key       ed25519.PrivateKey
		want      []string
		unseen    []string
	}{
		{name: "whole", template: ob2Signed, documents: all, key: key},
		{name: "whole, hosted", template: hosted, documents: all},
		{name: "nothing at hand", template: ob2Signed, unseen: []string{"https://hoshizora.example/b/1"}},
		{name: "no Profile at hand", template: ob2Signed, documents: []string{ob2Class}, unseen: []string{"https://hoshizora.example/issuer.json"}},
		{name: "no key at hand", template: ob2Signed, documents: []string{ob2Class, ob2Profile, ob2Revoked}, key: key, unseen: []string{"https://hoshizora.example/key.json"}},
		{name: "no verification", template: ob2Signed, old: `"type": "SignedBadge"`, new: `"type": "HostedBadge"`, documents: all, want: []string{"every badge: verifiers would refute it (structure.assertion)", "verification"}},
		{name: "no class", template: ob2Signed, old: `"badge": "https://hoshizora.example/b/1",`, new: ``, want: []string{"every badge: verifiers would refute it (structure.assertion)", "badge"}},
		{name: "a bad date", template: ob2Signed, old: `"{{awarded}}"`, new: `"1 May"`, documents: all, want: []string{"every badge: verifiers would refute it (structure.assertion)", "issuedOn"}},
		{name: "undefined term", template: ob2Signed, old: `"issuedOn"`, new: `"honours": "first", "issuedOn"`, want: []string{"every badge: /badge/honours of the template: no context defines this term", "ld.term"}},
		{name: "a term of its own", template: ob2Signed, old: `"@context": "https://w3id.org/openbadges/v2"`, new: `"honours": "first", "@context": ["https://w3id.org/openbadges/v2", {"honours": "https://hoshizora.example/terms#honours"}]`, documents: all, key: key},
		{name: "relative evidence", template: ob2Signed, old: `"issuedOn"`, new: `"evidence": "thesis.pdf", "issuedOn"`, want: []string{"every badge: /badge/evidence of the template", "absolute"}},
		{name: "no image", template: ob2Signed, documents: class(`"image": "https://hoshizora.example/b/1.png", `, ``), key: key, want: []string{"every badge: verifiers would refute it (structure.class)", "image"}},
		{name: "no criteria", template: hosted, documents: class(`{"narrative": "c"}`, `{"narrative": " "}`), want: []string{"every badge: verifiers would refute it (structure.class)", "criteria"}},
		{name: "no mail of the Profile", template: hosted, documents: profile(`"email": "badges@hoshizora.example", `, ``), want: []string{"every badge: verifiers would refute it (structure.profile)", "email"}},
		{name: "outside the scope", template: hosted, old: `https://hoshizora.example/assertions/`, new: `https://elsewhere.example/a/`, documents: all, want: []string{"every badge: verifiers would refute it (hosted.scope)", "allowedOrigins"}},
		{name: "scope by the Profile", template: hosted, documents: profile(`"url"`, `"verification": {"startsWith": "https://hoshizora.example/only/"}, "url"`), want: []string{"every badge: verifiers would refute it (hosted.scope)", "startsWith"}},
		{name: "no revocation list", template: ob2Signed, documents: profile(`, "revocationList": "https://hoshizora.example/revoked.json"`, ``), key: key, want: []string{"every badge: verifiers would be warned (status.revoked)", "revocationList"}},
		{name: "another key is the Profile's", template: ob2Signed, documents: profile(`"https://hoshizora.example/key.json"`, `"https://hoshizora.example/old.json"`), want: []string{"every badge: verifiers would refute it (proof.key)", "verification.creator"}},
		{name: "signed with another key", template: ob2Signed, documents: all, key: other, want: []string{"every badge: verifiers would refute it (proof.signature)"}},
		{name: "a key of somebody else", template: ob2Signed, documents: []string{ob2Class, ob2Profile, ob2Revoked, strings.Replace(ob2KeyDocument, `"owner": "https://hoshizora.example`, `"owner": "https://other.example`, 1)}, key: key, want: []string{"every badge: verifiers would refute it (proof.key)"}},
	} {
		tpl := strings.Replace(c.template, c.old, c.new, 1)
		if c.old != "" && tpl == c.template {
			t.Fatalf("%s: nothing is changed", c.name)
		}
		r := Rehearsal{}
		for _, d := range c.documents {
			r.Documents = append(r.Documents, []byte(d))
		}
		if c.key != nil {
			r.Sign = func(b []byte) ([]byte, error) {
				return template(t, tpl).Sign(proof.Signer{Key: c.key, Method: "https://hoshizora.example/key.json"}, b, at)
			}
		}
		got, unseen := rehearse(t, tpl, ob2Rows, r)
		holds(t, c.name, got, c.want)
		if !slices.Equal(unseen, c.unseen) {
			t.Errorf("%s: not looked at %q, want %q", c.name, unseen, c.unseen)
		}
	}
}

// TestRehearseKey holds the issuer's own key to a did:key and to the issuer's
// document, before anything is signed with it.
func TestRehearseKey(t *testing.T) {
	key, _ := ob2Key(t, 1)
	public, err := proof.NewKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	multikey, err := public.Multikey()
	if err != nil {
		t.Fatal(err)
	}
	sign := func(tpl, method string) func([]byte) ([]byte, error) {
		return func(b []byte) ([]byte, error) {
			return template(t, tpl).Sign(proof.Signer{Key: key, Method: method}, b, at)
		}
	}
	did := "did:key:" + multikey
	mine := strings.NewReplacer("https://hoshizora.example/issuer", did, `["status.revoked"]`, `["status.revoked", "issuer.name"]`).Replace(accepting(seismology))
	got, _ := rehearse(t, mine, twoLearners, Rehearsal{Sign: sign(mine, did+"#"+multikey)})
	holds(t, "its own did:key", got, nil)
	bare := strings.Replace(mine, `, "issuer.name"`, ``, 1)
	got, _ = rehearse(t, bare, twoLearners, Rehearsal{})
	holds(t, "a bare key", got, []string{"every badge: verifiers would be warned (issuer.name)", "akashi badge key --issuer"})
	another := strings.Replace(mine, did, "did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd", 1)
	got, _ = rehearse(t, another, twoLearners, Rehearsal{Sign: sign(another, did+"#"+multikey)})
	holds(t, "another's did:key", got, []string{"every badge: verifiers would refute it (proof.key)"})

	web := accepting(seismology)
	method := "https://hoshizora.example/issuer#1"
	document := func(id string) []byte {
		b, err := json.Marshal(map[string]any{"id": "https://hoshizora.example/issuer",
			"verificationMethod": []any{map[string]any{"id": id, "type": "Multikey", "controller": "https://hoshizora.example/issuer", "publicKeyMultibase": multikey}},
			"assertionMethod":    []any{id}})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	got, unseen := rehearse(t, web, twoLearners, Rehearsal{Sign: sign(web, method)})
	holds(t, "no document at hand", got, nil)
	if !slices.Equal(unseen, []string{"https://hoshizora.example/issuer"}) {
		t.Errorf("not looked at: %q", unseen)
	}
	got, _ = rehearse(t, web, twoLearners, Rehearsal{Sign: sign(web, method), Documents: [][]byte{document(method)}})
	holds(t, "listed", got, nil)
	got, _ = rehearse(t, web, twoLearners, Rehearsal{Sign: sign(web, method), Documents: [][]byte{document("https://hoshizora.example/issuer#2")}})
	holds(t, "another is listed", got, []string{"every badge: verifiers would refute it (proof.key)", "--method"})
}

func TestRehearseRefusesDocuments(t *testing.T) {
	tpl := template(t, accepting(seismology))
	for _, c := range []struct {
		documents []string
		want      string
	}{
		{[]string{"{"}, "document 1"},
		{[]string{`{"name":"x"}`}, `document 1 has no "id"`},
		{[]string{ob2Class, ob2Class}, "document 2 has the address of another"},
	} {
		var r Rehearsal
		for _, d := range c.documents {
			r.Documents = append(r.Documents, []byte(d))
		}
		if _, err := tpl.Rehearse(t.Context(), nil, r); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v", c.documents, err)
		}
	}
}

// TestRehearseNamedLog holds that badges which name their log are judged with it.
func TestRehearseNamedLog(t *testing.T) {
	for _, text := range []string{accepting(seismology), strings.Replace(accepting(seismology), `"ob3"`, `"ob3-jwt"`, 1), ob2Signed} {
		tpl := template(t, text)
		if err := tpl.NameLog("eip155:1337:0x5fbdb2315678afecb367f032d93f642f64180aa3:0x1e0b4b2f3d5c6a798897a6b5c4d3e2f1011223344556677889900aabbccddeef"); err != nil {
			t.Fatal(err)
		}
		rows := twoLearners
		if tpl.Format == OB2 {
			rows = ob2Rows
		}
		badges, err := tpl.Make(table(t, rows), Secret{})
		if err != nil {
			t.Fatal(err)
		}
		if out, err := tpl.Rehearse(t.Context(), badges, Rehearsal{Now: at}); err != nil || len(out.Problems) > 0 {
			t.Errorf("%s: %v, %v", tpl.Format, out.Problems, err)
		}
	}
}
