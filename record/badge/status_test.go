package badge_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"io"
	"testing"

	"github.com/akashi-project/akashi/record/badge"
)

const listURL = "https://uni.example/status/3"

func statusEntry(purpose, index string) map[string]any {
	return map[string]any{"type": "BitstringStatusListEntry", "statusPurpose": purpose, "statusListIndex": index, "statusListCredential": listURL}
}

// pack makes an encodedList of n bytes with some bits set; bit 0 is the first.
func pack(t testing.TB, n int, bits ...int) string {
	t.Helper()
	list := make([]byte, n)
	for _, i := range bits {
		list[i/8] |= 0x80 >> (i % 8)
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(list)
	z.Close()
	return "u" + base64.RawURLEncoding.EncodeToString(b.Bytes())
}

func statusList(t testing.TB, purpose, encoded string) doc {
	return parse(t, `{"@context":["https://www.w3.org/ns/credentials/v2"],"id":"`+listURL+`","type":["VerifiableCredential","BitstringStatusListCredential"],
	 "issuer":"`+uni+`","validFrom":"2026-03-01T00:00:00Z","credentialSubject":{"id":"`+listURL+`#list","type":"BitstringStatusList","statusPurpose":"`+purpose+`","encodedList":"`+encoded+`"}}`)
}

func signedPage(t testing.TB, d doc) page {
	return page{body: string(dean.prove(t, d, deanMethod()).bytes(t))}
}

func statusPage(t testing.TB, purpose string, n int, bits ...int) page {
	return signedPage(t, statusList(t, purpose, pack(t, n, bits...)))
}

func TestBitstring(t *testing.T) {
	const full = badge.MinPlaces / 8
	plain := statusList(t, "revocation", pack(t, full))
	entry := func(change func(map[string]any)) map[string]any {
		e := statusEntry("revocation", "7")
		if change != nil {
			change(e)
		}
		return e
	}
	bomb := func() string { // 16 MiB and more, packed into a few KB
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		io.CopyN(z, zeros{}, badge.MaxListBytes+1)
		z.Close()
		return "u" + base64.RawURLEncoding.EncodeToString(b.Bytes())
	}
	for _, c := range []struct {
		name    string
		entry   any
		page    page
		code    badge.Code
		result  badge.Result
		verdict badge.Verdict
	}{
		{"not set", entry(nil), statusPage(t, "revocation", full, 6, 8), badge.StatusRevoked, badge.Pass, badge.Verified},
		{"set", entry(nil), statusPage(t, "revocation", full, 7), badge.StatusRevoked, badge.Fail, badge.Refuted},
		{"the last place", entry(func(e map[string]any) { e["statusListIndex"] = "131071" }), statusPage(t, "revocation", full, 131071), badge.StatusRevoked, badge.Fail, badge.Refuted},
		{"beyond the end", entry(func(e map[string]any) { e["statusListIndex"] = "131072" }), statusPage(t, "revocation", full), badge.StatusRevoked, badge.Unknown, badge.CouldNotTell},
		{"far beyond the end", entry(func(e map[string]any) {
			e["statusListIndex"] = "4611686018427387903"
			e["statusSize"] = 2
			e["statusMessage"] = messages(4)
		}), statusPage(t, "revocation", full), badge.StatusRevoked, badge.Unknown, badge.CouldNotTell},
		{"suspended", entry(func(e map[string]any) { e["statusPurpose"] = "suspension" }), statusPage(t, "suspension", full, 7), badge.StatusSuspended, badge.Fail, badge.Refuted},
		{"not suspended", entry(func(e map[string]any) { e["statusPurpose"] = "suspension" }), statusPage(t, "suspension", full), badge.StatusSuspended, badge.Pass, badge.Verified},
		{"a message", entry(func(e map[string]any) {
			e["statusPurpose"] = "message"
			e["statusSize"] = 2
			e["statusMessage"] = messages(4)
		}), statusPage(t, "message", full/4, 15), badge.StatusNotice, badge.Warn, badge.Verified},
		{"two bits a place", entry(func(e map[string]any) { e["statusSize"] = 2; e["statusMessage"] = messages(4) }), statusPage(t, "revocation", full*2, 14), badge.StatusRevoked, badge.Fail, badge.Refuted},
		{"two bits a place, the neighbour", entry(func(e map[string]any) { e["statusSize"] = 2; e["statusMessage"] = messages(4) }), statusPage(t, "revocation", full*2, 13, 16), badge.StatusRevoked, badge.Pass, badge.Verified},
		{"index as a number", entry(func(e map[string]any) { e["statusListIndex"] = 7 }), statusPage(t, "revocation", full, 7), badge.StatusRevoked, badge.Fail, badge.Refuted},
		{"short", entry(nil), statusPage(t, "revocation", full-1), badge.StatusLength, badge.Warn, badge.Verified},
		{"two entries", []any{entry(nil), entry(func(e map[string]any) { e["statusPurpose"] = "suspension" })}, signedPage(t, statusList(t, "revocation", pack(t, full)).set("credentialSubject.statusPurpose", []any{"revocation", "suspension"})), badge.StatusSuspended, badge.Pass, badge.Verified},

		{"silent", entry(nil), page{status: -1}, badge.StatusRevoked, badge.Unknown, badge.CouldNotTell},
		{"404", entry(nil), page{status: 404}, badge.StatusRevoked, badge.Unknown, badge.CouldNotTell},
		{"404 with a sound list", entry(nil), page{status: 404, body: statusPage(t, "revocation", full).body}, badge.StatusRevoked, badge.Unknown, badge.CouldNotTell},
		{"410", entry(nil), page{status: 410}, badge.StatusRevoked, badge.Unknown, badge.CouldNotTell},
		{"garbage", entry(nil), page{body: "no"}, badge.StatusRevoked, badge.Unknown, badge.CouldNotTell},
		{"not signed", entry(nil), page{body: string(plain.bytes(t))}, badge.StatusSignature, badge.Unknown, badge.CouldNotTell},
		{"signed by a stranger, in the issuer's name", entry(nil), page{body: string(stranger.prove(t, plain, deanMethod()).bytes(t))}, badge.StatusSignature, badge.Unknown, badge.CouldNotTell},
		{"changed after signing", entry(nil), page{body: string(dean.prove(t, statusList(t, "revocation", pack(t, full, 7)), deanMethod()).set("credentialSubject.encodedList", pack(t, full)).bytes(t))}, badge.StatusSignature, badge.Unknown, badge.CouldNotTell},
		{"a stranger's own", entry(nil), page{body: string(stranger.prove(t, plain.clone(t).set("issuer", stranger.did()), stranger.didMethod()).bytes(t))}, badge.StatusIssuer, badge.Unknown, badge.CouldNotTell},
		{"another list of the issuer's", entry(nil), signedPage(t, plain.clone(t).set("id", "https://uni.example/status/4")), badge.StatusList, badge.Unknown, badge.CouldNotTell},
		{"another purpose", entry(nil), statusPage(t, "suspension", full), badge.StatusList, badge.Unknown, badge.CouldNotTell},
		{"another type", entry(nil), signedPage(t, plain.clone(t).set("type", []any{"VerifiableCredential"})), badge.StatusList, badge.Unknown, badge.CouldNotTell},
		{"out of date", entry(nil), signedPage(t, plain.clone(t).set("validUntil", "2026-03-31T00:00:00Z")), badge.StatusSignature, badge.Pass, badge.CouldNotTell},
		{"a lifetime", entry(nil), signedPage(t, plain.clone(t).set("credentialSubject.ttl", 300000)), badge.StatusRevoked, badge.Pass, badge.Verified},
		{"a lifetime that is none", entry(nil), signedPage(t, plain.clone(t).set("credentialSubject.ttl", "soon")), badge.StatusList, badge.Unknown, badge.CouldNotTell},
		{"a bomb", entry(nil), signedPage(t, statusList(t, "revocation", bomb())), badge.StatusRevoked, badge.Unknown, badge.CouldNotTell},
		{"no gzip", entry(nil), signedPage(t, statusList(t, "revocation", "uAAAA")), badge.StatusRevoked, badge.Unknown, badge.CouldNotTell},
		{"no multibase", entry(nil), signedPage(t, statusList(t, "revocation", pack(t, full)[1:])), badge.StatusRevoked, badge.Unknown, badge.CouldNotTell},
		{"cut off", entry(nil), signedPage(t, statusList(t, "revocation", pack(t, full)[:30])), badge.StatusRevoked, badge.Unknown, badge.CouldNotTell},
		{"as a token", entry(nil), page{kind: "application/vc+jwt", body: dean.token(t, doc{"kid": deanMethod()}, statusList(t, "revocation", pack(t, full, 7)).set("iss", uni)) + "\n"}, badge.StatusRevoked, badge.Fail, badge.Refuted},

		{"2021", map[string]any{"type": "StatusList2021Entry", "statusPurpose": "revocation", "statusListIndex": "7", "statusListCredential": listURL},
			signedPage(t, statusList(t, "revocation", pack(t, full, 7)[1:]).set("type", []any{"VerifiableCredential", "StatusList2021Credential"}).set("credentialSubject.type", "StatusList2021")), badge.StatusRevoked, badge.Fail, badge.Refuted},
		{"2021, not set", map[string]any{"type": "StatusList2021Entry", "statusPurpose": "revocation", "statusListIndex": "8", "statusListCredential": listURL},
			signedPage(t, statusList(t, "revocation", pack(t, full, 7)[1:]).set("type", []any{"VerifiableCredential", "StatusList2021Credential"}).set("credentialSubject.type", "StatusList2021")), badge.StatusRevoked, badge.Pass, badge.Verified},
		{"2021 by a list of another kind", map[string]any{"type": "StatusList2021Entry", "statusPurpose": "revocation", "statusListIndex": "7", "statusListCredential": listURL},
			statusPage(t, "revocation", full), badge.StatusList, badge.Unknown, badge.CouldNotTell},

		{"1EdTech", map[string]any{"type": "1EdTechRevocationList", "id": listURL}, page{body: `{"id":"` + listURL + `","issuer":"` + uni + `","revokedCredential":[{"id":"https://uni.example/credentials/1","revocationReason":"x"}]}`}, badge.StatusRevoked, badge.Fail, badge.Refuted},
		{"1EdTech, others only", map[string]any{"type": "1EdTechRevocationList", "id": listURL}, page{body: `{"id":"` + listURL + `","issuer":"` + uni + `","revokedCredential":["https://uni.example/credentials/2"]}`}, badge.StatusRevoked, badge.Pass, badge.Verified},
		{"1EdTech, by both names", map[string]any{"type": "1EdTechRevocationList", "id": listURL}, page{body: `{"id":"` + listURL + `","issuer":"` + uni + `","revokedCredential":[],"revokedCredentials":["https://uni.example/credentials/1"]}`}, badge.StatusRevoked, badge.Fail, badge.Refuted},
		{"1EdTech, no list but null", map[string]any{"type": "1EdTechRevocationList", "id": listURL}, page{body: `{"id":"` + listURL + `","issuer":"` + uni + `","revokedCredential":null}`}, badge.StatusRevoked, badge.Unknown, badge.CouldNotTell},
		{"1EdTech, silent", map[string]any{"type": "1EdTechRevocationList", "id": listURL}, page{status: -1}, badge.StatusRevoked, badge.Unknown, badge.CouldNotTell},
		{"1EdTech, of another", map[string]any{"type": "1EdTechRevocationList", "id": listURL}, page{body: `{"id":"` + listURL + `","issuer":"https://evil.example","revokedCredential":[]}`}, badge.StatusIssuer, badge.Unknown, badge.CouldNotTell},
		{"1EdTech, no list", map[string]any{"type": "1EdTechRevocationList", "id": listURL}, page{body: `{"id":"` + listURL + `","issuer":"` + uni + `"}`}, badge.StatusRevoked, badge.Unknown, badge.CouldNotTell},
		{"1EdTech, an entry of its own kind", map[string]any{"type": "1EdTechRevocationList", "id": listURL}, page{body: `{"id":"` + listURL + `","issuer":"` + uni + `","revokedCredential":[{"serial":1}]}`}, badge.StatusRevoked, badge.Unknown, badge.CouldNotTell},
	} {
		input := dean.prove(t, achievement(t).set("credentialStatus", c.entry), deanMethod()).bytes(t)
		r := check(t, input, campus(t).with(listURL, c.page))
		if c.name == "out of date" {
			wants(t, c.name, r, badge.StatusRevoked, badge.Unknown)
		} else {
			wants(t, c.name, r, c.code, c.result)
		}
		if r.Verdict != c.verdict {
			t.Errorf("%s: %s, want %s: %v", c.name, r.Verdict, c.verdict, r.Checks)
		}
	}
}

func messages(n int) []any {
	all := make([]any, n)
	for i := range all {
		all[i] = map[string]any{"status": "0x" + string(rune('0'+i)), "message": "m"}
	}
	return all
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
