package record_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/record"
)

func TestInferType(t *testing.T) {
	tests := []struct {
		name, in string
		want     record.Type
	}{
		{"OB2 assertion", `{"type":"Assertion"}`, record.Badge},
		{"OB2 assertion with an array", `{"type":["Assertion","Extension"]}`, record.Badge},
		{"OB3", `{"type":["VerifiableCredential","OpenBadgeCredential"]}`, record.Badge},
		{"OB3 by its other name", `{"type":["VerifiableCredential","AchievementCredential"]}`, record.Badge},
		{"CLR", `{"type":["VerifiableCredential","ClrCredential"]}`, record.Badge},
		{"endorsement", `{"type":["VerifiableCredential","EndorsementCredential"],"issuer":"did:key:z6Mk"}`, record.Badge},
		{"course review shaped as an endorsement", `{"type":["VerifiableCredential","EndorsementCredential","Review"],"issuer":{"id":"did:key:z6Mk"}}`, record.CourseQA},
		{"course review without issuer is not published", `{"type":"Review"}`, record.Document},
		{"course review with an issuer that cannot be read", `{"type":"Review","issuer":["a"]}`, record.Document},
		{"badge that also calls itself a review", `{"type":["OpenBadgeCredential","Review"],"issuer":"did:key:z6Mk"}`, record.Badge},
		{"unknown type", `{"type":"Certificate"}`, record.Document},
		{"no type", `{"Type":"Assertion","@type":"Assertion"}`, record.Document},
		{"type of another shape", `{"type":{"0":"Assertion"}}`, record.Document},
		{"type with a value that is no string", `{"type":["Assertion",1]}`, record.Document},
		{"array", `[{"type":"Assertion"}]`, record.Document},
		{"jws", "eyJhbGciOiJFUzI1NiJ9.AAAA.AAAA", record.Badge},
		{"pdf", "%PDF-1.7", record.Document},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := mustParse(t, tt.in)
			if got := r.InferType(); got != tt.want {
				t.Errorf("type is %s, want %s", got, tt.want)
			}
			if err := r.CheckType(r.InferType()); err != nil {
				t.Errorf("the inferred type is impossible: %v", err)
			}
		})
	}
	if got := (record.Record{}).InferType(); got != record.Document {
		t.Errorf("the zero record is a %s", got)
	}
}

func TestCheckType(t *testing.T) {
	tests := []struct {
		in    string
		types []record.Type // that the bytes can be of
	}{
		{`{"type":"Assertion"}`, []record.Type{record.Badge, record.CourseQA, record.Document}},
		{`{}`, []record.Type{record.Badge, record.CourseQA, record.Document}},
		{"eyJhbGciOiJFUzI1NiJ9.e30.AAAA", []record.Type{record.Badge, record.Document}},
		{"%PDF-1.7", []record.Type{record.Document}},
	}
	for _, tt := range tests {
		r := mustParse(t, tt.in)
		for typ := record.Type(0); typ <= 4; typ++ {
			want := false
			for _, ok := range tt.types {
				want = want || ok == typ
			}
			if err := r.CheckType(typ); (err == nil) != want {
				t.Errorf("%.20s as %s: %v", tt.in, typ, err)
			}
		}
	}
}

func TestIssuer(t *testing.T) {
	jws := func(payload string) string {
		return "eyJhbGciOiJFUzI1NiJ9." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".AAAA"
	}
	const a, b = `"https://a.example"`, `"https://b.example"`
	tests := []struct {
		name, in, want string
	}{
		{"OB3, text", `{"issuer":` + a + `}`, "https://a.example"},
		{"OB3, object", `{"issuer":{"id":` + a + `,"name":"A"}}`, "https://a.example"},
		{"OB2, text", `{"badge":{"issuer":` + a + `}}`, "https://a.example"},
		{"OB2, object", `{"badge":{"issuer":{"id":` + a + `}}}`, "https://a.example"},
		{"OB2, hosted class", `{"badge":"https://a.example/badge"}`, ""},
		{"both agree", `{"issuer":` + a + `,"badge":{"issuer":{"id":` + a + `}}}`, "https://a.example"},
		{"both differ", `{"issuer":` + a + `,"badge":{"issuer":` + b + `}}`, ""},
		{"one cannot be read", `{"issuer":` + a + `,"badge":{"issuer":1}}`, ""},
		{"beyond ASCII", `{"issuer":"https://大学.example/発行者"}`, "https://大学.example/発行者"},
		{"other case", `{"Issuer":` + a + `}`, ""},
		{"as escape", `{"\u0069ssuer":` + a + `}`, "https://a.example"},
		{"iss outside a JWT", `{"iss":` + a + `}`, ""},
		{"in depth", `{"x":{"issuer":` + a + `}}`, ""},
		{"null", `{"issuer":null}`, ""},
		{"empty", `{"issuer":""}`, ""},
		{"array", `{"issuer":[` + a + `]}`, ""},
		{"object without id", `{"issuer":{"name":"A"}}`, ""},
		{"object with the id as object", `{"issuer":{"id":{"id":` + a + `}}}`, ""},
		{"object with two ids", `{"issuer":{"id":` + a + `,"@id":` + b + `}}`, ""},
		{"line break inside", `{"issuer":"https://a.example\nverified"}`, ""},
		{"escape character inside", `{"issuer":"https://a.example\u001b[2K"}`, ""},
		{"space inside", `{"issuer":"https://a.example is genuine"}`, ""},
		{"right-to-left override inside", `{"issuer":"https://a.example/\u202etset"}`, ""},
		{"zero-width space inside", `{"issuer":"https://a\u200b.example"}`, ""},
		{"longest", `{"issuer":"` + strings.Repeat("x", 2048) + `"}`, strings.Repeat("x", 2048)},
		{"too long", `{"issuer":"` + strings.Repeat("x", 2049) + `"}`, ""},
		{"none", `{}`, ""},

		{"jwt, iss", jws(`{"iss":` + a + `}`), "https://a.example"},
		{"jwt, issuer", jws(`{"issuer":{"id":` + a + `}}`), "https://a.example"},
		{"jwt, both", jws(`{"iss":` + a + `,"issuer":{"id":` + a + `}}`), "https://a.example"},
		{"jwt, both differ", jws(`{"iss":` + a + `,"issuer":{"id":` + b + `}}`), ""},
		{"jwt, vc", jws(`{"vc":{"issuer":` + a + `}}`), "https://a.example"},
		{"jwt, iss and vc", jws(`{"iss":` + a + `,"vc":{"type":["VerifiableCredential"]}}`), "https://a.example"},
		{"jwt, iss and vc differ", jws(`{"iss":` + a + `,"vc":{"issuer":` + b + `}}`), ""},
		{"jwt, three places agree", jws(`{"iss":` + a + `,"issuer":` + a + `,"vc":{"issuer":` + a + `}}`), "https://a.example"},
		{"jwt, issuer inside vc cannot be read", jws(`{"iss":` + a + `,"vc":{"issuer":{}}}`), ""},
		{"jwt, vc of another shape", jws(`{"iss":` + a + `,"vc":"x"}`), ""},
		{"jwt, iss as object", jws(`{"iss":{"id":` + a + `}}`), ""},
		{"jws of OB2", jws(`{"type":"Assertion","badge":{"issuer":{"id":` + a + `}}}`), "https://a.example"},
		{"jws, issuer twice", jws(`{"iss":` + a + `,"iss":` + b + `}`), ""},
		{"jws, payload too deep", jws(`{"iss":` + a + `,"x":` + strings.Repeat("[", 64) + strings.Repeat("]", 64) + `}`), ""},
		{"jws, payload with something after", jws(`{"iss":` + a + `}{}`), ""},
		{"jws, payload is no object", jws(`[]`), ""},
		{"jws, payload is no JSON", jws("\xff\x00"), ""},
		{"file", "issuer: https://a.example", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := mustParse(t, tt.in).Issuer()
			if got != tt.want || ok != (tt.want != "") {
				t.Errorf("issuer is %q, %t; want %q", got, ok, tt.want)
			}
		})
	}
}
