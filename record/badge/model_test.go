package badge_test

import (
	"strings"
	"testing"

	"github.com/akashi-project/akashi/record/badge"
)

// diploma is a credential of the VC Data Model 2.0 that is no badge.
func diploma(t testing.TB) doc {
	return parse(t, `{
	 "@context":["https://www.w3.org/ns/credentials/v2"],
	 "type":["VerifiableCredential"],
	 "issuer":{"id":"https://uni.example/issuers/1","name":"University of Example"},
	 "validFrom":"2026-01-01T00:00:00Z",
	 "credentialSubject":{"id":"did:example:learner","degree":"Bachelor"}}`)
}

// TestDataModel holds every rule of the VC Data Model that binds credentials of
// each kind to a document that breaks it and nothing else, and to one that does
// not.
func TestDataModel(t *testing.T) {
	const (
		page      = "https://uni.example/syllabus.pdf"
		sri256    = "sha256-LCa0a2j/xo/5m0U8HTBBNBNCLXBkg7+g+YpeiGJm564="                     // of "foo", as all of these
		multihash = "uEiAsJrRraP_Gj_mbRTwdMEE0E0ItcGSDv6D5il6IYmbnrg"                         // the same, as sha2-256
		base58    = "zQmRJzsvyCQyizr73Gmms8ZRtvNxmgqumxc2KUp71dfEmoj"                         // as IPFS writes it
		sri384    = "sha384-mMEf/f3VQGdrGhN8saIrKnA1DJpEFx1rEYDGvly7LuP3nVMsih3Z7y6OCOdSo7q7" // 48 bytes
		raw       = "uLCa0a2j_xo_5m0U8HTBBNBNCLXBkg7-g-YpeiGJm564"                            // 32 bytes, and nothing says of which algorithm
		cut       = "uEiAsJrRraP_Gj_mbRTwdMEE0E0ItcGSDv6D5il6IYmbn"                           // sha2-256 of 32 bytes, and fewer
		hexSRI    = "sha256-2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae" // hexadecimal digits are base64 of 48 bytes
		newer     = "sha3-LCa0a2j/xo/5m0U8HTBBNBNCLXBkg7+g+YpeiGJm564="                       // no algorithm of SRI
		anchored  = "sha256-LCa0a2j/xo/5m0U8HTBBNBNCLXBkg7+g+YpeiGJm564=?ct=application/pdf"  // with an option
		otherBase = "f12202c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"   // base16
		tooLong   = 600
	)
	type object = map[string]any
	list := func(v ...any) []any { return v }
	en := func(more ...string) object {
		o := object{"@value": "Data science", "@language": "en"}
		for i := 0; i < len(more); i += 2 {
			o[more[i]] = more[i+1]
		}
		return o
	}
	resource := func(members ...string) object {
		o := object{"id": page}
		for i := 0; i < len(members); i += 2 {
			o[members[i]] = members[i+1]
		}
		return o
	}
	with := func(path string, v any) doc { return diploma(t).set(path, v) }
	badgeWith := func(path string, v any) doc { return achievement(t).set(path, v) }
	old := func(path string, v any) doc {
		return with("@context", list(vc1)).set("validFrom", nil).set("issuanceDate", "2026-01-01T00:00:00Z").set(path, v)
	}
	cases := []struct {
		name   string
		doc    doc
		code   badge.Code
		result badge.Result // "": the check has nothing to say
	}{
		{"sound", diploma(t), badge.StructureContext, badge.Pass},
		{"a context by URL, one written out", with("@context", list(vc2, "https://uni.example/context", object{"degree": "https://uni.example/terms#degree"})), badge.StructureContext, badge.Pass},
		{"a context that is a number", with("@context", list(vc2, 7)), badge.StructureContext, badge.Fail},
		{"a context that is null", with("@context", list(vc2, nil)), badge.StructureContext, badge.Fail},
		{"a context that is no URL", with("@context", list(vc2, "https ://uni.example")), badge.StructureContext, badge.Fail},
		{"a context in a list of its own", with("@context", list(vc2, list(ob3))), badge.StructureContext, badge.Fail},

		{"types in any order", with("type", list("https://uni.example/types#Degree", "VerifiableCredential")), badge.StructureType, badge.Pass},
		{"a type that is a number", with("type", list("VerifiableCredential", 4)), badge.StructureType, badge.Fail},
		{"a type that is empty", with("type", list("VerifiableCredential", "")), badge.StructureType, badge.Fail},

		{"no id", diploma(t), badge.StructureID, ""},
		{"an id", with("id", "urn:uuid:5a1c8e4e-6f3c-4d55-9d5b-7a5a3c0e9f10"), badge.StructureID, badge.Pass},
		{"two ids", with("id", list("urn:uuid:1", "urn:uuid:2")), badge.StructureID, badge.Fail},

		{"two subjects", with("credentialSubject", list(object{"id": "did:example:a"}, object{"degree": "Bachelor"})), badge.StructureSubject, ""},
		{"a subject of whom nothing is said", with("credentialSubject", object{}), badge.StructureSubject, badge.Fail},
		{"one of two of whom nothing is said", with("credentialSubject", list(object{"id": "did:example:a"}, object{})), badge.StructureSubject, badge.Fail},
		{"a subject that is a text", with("credentialSubject", "did:example:a"), badge.StructureSubject, badge.Fail},
		{"no subjects", with("credentialSubject", list()), badge.StructureSubject, badge.Fail},
		{"a subject with two ids", with("credentialSubject.id", list("did:example:a", "did:example:b")), badge.StructureSubject, badge.Fail},
		{"a subject with a relative id", with("credentialSubject.id", "8842"), badge.StructureSubject, badge.Fail},
		{"a subject of the model 1.1 of whom nothing is said", old("credentialSubject", object{}), badge.StructureSubject, badge.Fail},

		{"a status without a type", with("credentialStatus", object{"id": page}), badge.StructureStatus, badge.Fail},
		{"a status whose type is a number", with("credentialStatus", object{"type": 2}), badge.StructureStatus, badge.Fail},
		{"a status with two ids", with("credentialStatus", object{"type": "MyStatus", "id": list("urn:a", "urn:b")}), badge.StructureStatus, badge.Fail},
		{"a status whose id is no URL", with("credentialStatus", object{"type": "MyStatus", "id": "https ://uni.example"}), badge.StructureStatus, badge.Fail},
		{"a status that is a text", with("credentialStatus", page), badge.StructureStatus, badge.Fail},
		{"a status of another kind without an id", with("credentialStatus", object{"type": "MyStatus"}), badge.StructureStatus, badge.Unknown},

		{"a name with its language and direction", with("name", en("@direction", "rtl")), badge.StructureNames, ""},
		{"a name in two languages", with("name", list(en(), object{"@value": "データサイエンス", "@language": "ja"})), badge.StructureNames, ""},
		{"a name with something beside it", with("name", en("url", page)), badge.StructureNames, badge.Fail},
		{"a name of a direction that there is not", with("name", en("@direction", "up")), badge.StructureNames, badge.Fail},
		{"a name without its text", with("name", object{"@language": "en"}), badge.StructureNames, badge.Fail},
		{"a name that is a number", with("name", 5), badge.StructureNames, badge.Fail},
		{"a list of no names", with("name", list()), badge.StructureNames, badge.Fail},
		{"a description in two languages, one not said", with("description", list(en(), "Datenwissenschaft")), badge.StructureNames, badge.Fail},
		{"an issuer's name with its language", with("issuer.name", en()), badge.StructureNames, ""},
		{"an issuer's name with something beside it", with("issuer.name", en("url", page)), badge.StructureNames, badge.Fail},
		{"an issuer's description that is true", with("issuer.description", true), badge.StructureNames, badge.Fail},
		{"a badge's name with something beside it", badgeWith("name", en("url", page)), badge.StructureNames, badge.Fail},
		{"a name of the model 1.1, which has none", old("name", 5), badge.StructureNames, ""},

		{"a schema", with("credentialSchema", object{"id": page, "type": "JsonSchema"}), badge.StructureExtension, badge.Pass},
		{"two schemas", with("credentialSchema", list(object{"id": page, "type": "JsonSchema"}, object{"id": page, "type": list("JsonSchema")})), badge.StructureExtension, badge.Pass},
		{"a schema without an id", with("credentialSchema", object{"type": "JsonSchema"}), badge.StructureExtension, badge.Fail},
		{"a schema without a type", with("credentialSchema", object{"id": page}), badge.StructureExtension, badge.Fail},
		{"a schema whose id is no URL", with("credentialSchema", object{"id": "schema 7", "type": "JsonSchema"}), badge.StructureExtension, badge.Fail},
		{"a schema that is a URL", with("credentialSchema", page), badge.StructureExtension, badge.Fail},
		{"a badge's schema without an id", badgeWith("credentialSchema", list(object{"type": "1EdTechJsonSchemaValidator2019"})), badge.StructureExtension, badge.Fail},
		{"a schema of the model 1.1 without a type", old("credentialSchema", object{"id": page}), badge.StructureExtension, badge.Fail},
		{"evidence", badgeWith("evidence", list(object{"type": list("Evidence"), "narrative": "A report."})), badge.StructureExtension, badge.Pass},
		{"evidence without a type", badgeWith("evidence", list(object{"type": "Evidence"}, object{"narrative": "A report."})), badge.StructureExtension, badge.Fail},
		{"terms of use without a type", with("termsOfUse", object{"id": page}), badge.StructureExtension, badge.Fail},
		{"terms of use with a relative id", with("termsOfUse", object{"type": "IssuerPolicy", "id": "terms"}), badge.StructureExtension, badge.Fail},
		{"a service without an id", with("refreshService", object{"type": "MyService"}), badge.StructureExtension, badge.Pass},
		{"a service without a type", with("refreshService", object{"id": page}), badge.StructureExtension, badge.Fail},
		{"a way to show it without a type", with("renderMethod", list(object{"id": page})), badge.StructureExtension, badge.Fail},
		{"a method of confidence that is null in a list", with("confidenceMethod", list(nil)), badge.StructureExtension, badge.Fail},

		{"a resource by SRI", with("relatedResource", resource("digestSRI", sri256)), badge.StructureRelated, badge.Pass},
		{"a resource by two digests of SRI", with("relatedResource", list(resource("digestSRI", sri256+" "+sri384))), badge.StructureRelated, badge.Pass},
		{"a resource by SRI with an option", with("relatedResource", resource("digestSRI", anchored)), badge.StructureRelated, badge.Pass},
		{"a resource by a multihash", with("relatedResource", resource("digestMultibase", multihash, "mediaType", "application/pdf")), badge.StructureRelated, badge.Pass},
		{"a resource by a multihash in base58", with("relatedResource", resource("digestMultibase", base58)), badge.StructureRelated, badge.Pass},
		{"a resource by a multihash in a base that is not read", with("relatedResource", resource("digestMultibase", otherBase)), badge.StructureRelated, badge.Pass},
		{"a resource that is a text", with("relatedResource", list(page)), badge.StructureRelated, badge.Fail},
		{"a resource without an id", with("relatedResource", object{"digestSRI": sri256}), badge.StructureRelated, badge.Fail},
		{"a resource without a digest", with("relatedResource", resource()), badge.StructureRelated, badge.Fail},
		{"a resource named twice", with("relatedResource", list(resource("digestSRI", sri256), resource("digestMultibase", multihash))), badge.StructureRelated, badge.Fail},
		{"a digest in hexadecimal", with("relatedResource", resource("digestSRI", hexSRI)), badge.StructureRelated, badge.Fail},
		{"a digest of an algorithm that SRI has not", with("relatedResource", resource("digestSRI", newer)), badge.StructureRelated, badge.Fail},
		{"a digest that is empty", with("relatedResource", resource("digestSRI", " ")), badge.StructureRelated, badge.Fail},
		{"a digest that is too long", with("relatedResource", resource("digestSRI", strings.Repeat(sri256+" ", tooLong/len(sri256)))), badge.StructureRelated, badge.Fail},
		{"a multihash without its algorithm", with("relatedResource", resource("digestMultibase", raw)), badge.StructureRelated, badge.Fail},
		{"a multihash cut off", with("relatedResource", resource("digestMultibase", cut)), badge.StructureRelated, badge.Fail},
		{"a multihash that is no base64", with("relatedResource", resource("digestMultibase", "u??")), badge.StructureRelated, badge.Fail},
		{"one digest that is right and one that is not", with("relatedResource", resource("digestMultibase", multihash, "digestSRI", hexSRI)), badge.StructureRelated, badge.Fail},
	}
	for _, c := range cases {
		r := check(t, c.doc.bytes(t), nil)
		if c.result == "" {
			if f, said := r.Find(c.code); said {
				t.Errorf("%s: %v", c.name, f)
			}
		} else {
			wants(t, c.name, r, c.code, c.result)
		}
		for _, other := range r.Checks {
			if other.Result == badge.Fail && other.Code != badge.ProofPresent && (other.Code != c.code || c.result != badge.Fail) {
				t.Errorf("%s: %s fails too: %s", c.name, other.Code, other.Text)
			}
		}
	}
}
