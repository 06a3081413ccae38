package badge_test

import (
	"encoding/json"
	"runtime"
	"testing"
	"time"

	"github.com/akashi-project/akashi/record/badge"
)

// TestOtherNames replays an old status list, from before the revocation, whose
// end is hidden: contexts of the document's own give the signed statements other
// names, so that its signature fits and no reader finds "validUntil".
func TestOtherNames(t *testing.T) {
	const full = badge.MinPlaces / 8
	old := linked(t, statusList(t, "revocation", pack(t, full)).set("validUntil", "2026-03-02T00:00:00Z"))
	renamed := old.clone(t)
	renamed["ended"] = renamed["validUntil"]
	delete(renamed, "validUntil")
	const vc, sec, xsd = "https://www.w3.org/2018/credentials#", "https://w3id.org/security#", "http://www.w3.org/2001/XMLSchema#"
	status := "https://www.w3.org/ns/credentials/status#"
	renamed["@context"] = map[string]any{
		"id": "@id", "type": "@type", "VerifiableCredential": vc + "VerifiableCredential",
		"BitstringStatusListCredential": status + "BitstringStatusListCredential", "BitstringStatusList": status + "BitstringStatusList",
		"issuer":             map[string]any{"@id": vc + "issuer", "@type": "@id"},
		"validFrom":          map[string]any{"@id": vc + "validFrom", "@type": xsd + "dateTime"},
		"ended":              map[string]any{"@id": vc + "validUntil", "@type": xsd + "dateTime"},
		"credentialSubject":  map[string]any{"@id": vc + "credentialSubject", "@type": "@id"},
		"statusPurpose":      map[string]any{"@id": status + "statusPurpose"},
		"encodedList":        map[string]any{"@id": status + "encodedList", "@type": sec + "multibase"},
		"DataIntegrityProof": map[string]any{"@id": sec + "DataIntegrityProof"},
		"cryptosuite":        map[string]any{"@id": sec + "cryptosuite", "@type": sec + "cryptosuiteString"},
		"created":            map[string]any{"@id": "http://purl.org/dc/terms/created", "@type": xsd + "dateTime"},
		"verificationMethod": map[string]any{"@id": sec + "verificationMethod", "@type": "@id"},
		"proofPurpose":       map[string]any{"@id": sec + "proofPurpose", "@type": "@vocab"},
		"assertionMethod":    map[string]any{"@id": sec + "assertionMethod", "@type": "@id"},
		"proof":              map[string]any{"@id": sec + "proof", "@type": "@id", "@container": "@graph"},
		"proofValue":         map[string]any{"@id": sec + "proofValue", "@type": sec + "multibase"},
	}
	input := dean.prove(t, achievement(t).set("credentialStatus", statusEntry("revocation", "7")), deanMethod()).bytes(t)
	for name, list := range map[string]doc{"as it was": old, "with other names": renamed} {
		r := check(t, input, campus(t).with(listURL, page{body: string(list.bytes(t))}))
		wants(t, name, r, badge.StatusRevoked, badge.Unknown)
		if r.Verdict != badge.CouldNotTell {
			t.Errorf("%s: %s %v", name, r.Verdict, r.Checks)
		}
	}
}

// TestLargeController has a record of many badges with many proofs each, of an
// issuer whose document is as large as is fetched.
func TestLargeController(t *testing.T) {
	var large doc
	if err := json.Unmarshal([]byte(controllerOf(t, uni, dean)), &large); err != nil {
		t.Fatal(err)
	}
	rest := make([]any, 100_000)
	for i := range rest {
		rest[i] = "some service of the issuer"
	}
	large["service"] = rest
	one := achievement(t)
	for range 16 {
		one = dean.prove(t, one, deanMethod())
	}
	var within []any
	for range badge.MaxNested {
		within = append(within, map[string]any(one))
	}
	input := dean.prove(t, learnerRecord(t, within...), deanMethod()).bytes(t)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began := time.Now()
	r := check(t, input, world{uni: {body: string(large.bytes(t))}})
	t.Logf("%v, %s", time.Since(began), r.Verdict)
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 256<<20 {
		t.Errorf("allocated %d MiB", used>>20)
	}
	if r.Verdict != badge.Verified {
		t.Error(r.Verdict)
	}
}
