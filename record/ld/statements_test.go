package ld

import (
	"bytes"
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// nquads is the canonical form of a document.
func nquads(t testing.TB, c *Contexts, doc string) (string, error) {
	t.Helper()
	d, _, err := c.Statements([]byte(doc), nil, Limits{})
	if err != nil {
		return "", err
	}
	canonical, err := Canonicalize(d, crypto.SHA256, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return string(canonical.NQuads), nil
}

// TestStatements writes out what documents say, feature by feature.
func TestStatements(t *testing.T) {
	const x = `"@context":{"x":"https://x.example/","a":"x:a","b":"x:b","r":{"@id":"x:r","@type":"@id"},"v":{"@id":"x:v","@type":"@vocab"},"T":"x:T"%s}`
	for _, test := range []struct{ name, terms, members, want string }{
		{"text", "", `"@id":"x:s","a":"1"`, `<x:s> <https://x.example/a> "1" .`},
		{"an id by a pinned prefix stays", "", `"@id":"urn:x:s","@type":"T"`, `<urn:x:s> <` + rdfNS + `type> <https://x.example/T> .`},
		{"language", `,"@language":"EN"`, `"a":"1","b":{"@value":"2","@language":"de-CH"}`, "_:c14n0 <https://x.example/a> \"1\"@en .\n_:c14n0 <https://x.example/b> \"2\"@de-ch ."},
		{"no language", `,"@language":"en","n":{"@id":"x:n","@language":null}`, `"n":"1"`, `_:c14n0 <https://x.example/n> "1" .`},
		{"language map", `,"m":{"@id":"x:m","@container":"@language"}`, `"m":{"ja":"証","en":["proof",null]}`, "_:c14n0 <https://x.example/m> \"proof\"@en .\n_:c14n0 <https://x.example/m> \"証\"@ja ."},
		{"numbers", "", `"a":[1,-0,1.5,1e21,100000000000000000000,true]`, strings.Join([]string{
			`_:c14n0 <https://x.example/a> "0"^^<` + xsdInteger + `> .`,
			`_:c14n0 <https://x.example/a> "1"^^<` + xsdInteger + `> .`,
			`_:c14n0 <https://x.example/a> "1.0E21"^^<` + xsdDouble + `> .`,
			`_:c14n0 <https://x.example/a> "1.5E0"^^<` + xsdDouble + `> .`,
			`_:c14n0 <https://x.example/a> "100000000000000000000"^^<` + xsdInteger + `> .`,
			`_:c14n0 <https://x.example/a> "true"^^<` + xsdBoolean + `> .`}, "\n")},
		{"number as double and float", `,"d":{"@id":"x:d","@type":"` + xsdDouble + `"},"f":{"@id":"x:f","@type":"x:float"}`, `"d":2,"f":[2,0.5]`, strings.Join([]string{
			`_:c14n0 <https://x.example/d> "2.0E0"^^<` + xsdDouble + `> .`,
			`_:c14n0 <https://x.example/f> "2"^^<https://x.example/float> .`,
			`_:c14n0 <https://x.example/f> "5.0E-1"^^<https://x.example/float> .`}, "\n")},
		{"references", "", `"r":["urn:1",{"@id":"urn:2"}],"v":"T"`, "_:c14n0 <https://x.example/r> <urn:1> .\n_:c14n0 <https://x.example/r> <urn:2> .\n_:c14n0 <https://x.example/v> <https://x.example/T> ."},
		{"blank node twice", "", `"r":"_:n","b":{"@id":"_:n","a":"1"}`, "_:c14n0 <https://x.example/b> _:c14n1 .\n_:c14n0 <https://x.example/r> _:c14n1 .\n_:c14n1 <https://x.example/a> \"1\" ."},
		{"list", `,"l":{"@id":"x:l","@container":"@list"}`, `"l":["1"],"a":{"@list":[]}`, strings.Join([]string{
			`_:c14n0 <https://x.example/a> <` + rdfNS + `nil> .`, `_:c14n0 <https://x.example/l> _:c14n1 .`,
			`_:c14n1 <` + rdfNS + `first> "1" .`, `_:c14n1 <` + rdfNS + `rest> <` + rdfNS + `nil> .`}, "\n")},
		{"set", "", `"a":{"@set":["1",["2"]]}`, "_:c14n0 <https://x.example/a> \"1\" .\n_:c14n0 <https://x.example/a> \"2\" ."},
		{"JSON", `,"j":{"@id":"x:j","@type":"@json"}`, `"j":{"b":1.0,"a":[null,"\u20ac"]}`, `_:c14n0 <https://x.example/j> "{\"a\":[null,\"€\"],\"b\":1}"^^<` + rdfNS + `JSON> .`},
		{"JSON null", `,"j":{"@id":"x:j","@type":"@json"}`, `"j":null`, `_:c14n0 <https://x.example/j> "null"^^<` + rdfNS + `JSON> .`},
		{"graph", `,"g":{"@id":"x:g","@container":"@graph"}`, `"g":{"@id":"urn:1","a":"1"}`, "<urn:1> <https://x.example/a> \"1\" _:c14n0 .\n_:c14n1 <https://x.example/g> _:c14n0 ."},
		{"@vocab", `,"@vocab":"https://v.example/"`, `"free":"1","@type":"Free"`, "_:c14n0 <" + rdfNS + "type> <https://v.example/Free> .\n_:c14n0 <https://v.example/free> \"1\" ."},
		{"scoped to a type, and over at the next node", `,"S":{"@id":"x:S","@context":{"a":"x:scoped"}}`, `"@type":"S","a":"1","b":{"a":"2"}`, strings.Join([]string{
			`_:c14n0 <` + rdfNS + `type> <https://x.example/S> .`, `_:c14n0 <https://x.example/b> _:c14n1 .`,
			`_:c14n0 <https://x.example/scoped> "1" .`, `_:c14n1 <https://x.example/a> "2" .`}, "\n")},
		{"scoped to a property, and on", `,"p":{"@id":"x:p","@context":{"a":"x:scoped"}}`, `"p":{"a":"1","b":{"a":"2"}}`, strings.Join([]string{
			`_:c14n0 <https://x.example/b> _:c14n2 .`, `_:c14n0 <https://x.example/scoped> "1" .`,
			`_:c14n1 <https://x.example/p> _:c14n0 .`, `_:c14n2 <https://x.example/scoped> "2" .`}, "\n")},
		{"null is nothing", "", `"a":[null,"1"],"b":null`, `_:c14n0 <https://x.example/a> "1" .`},
		{"control characters", "", `"a":"\u0000\b\t\n\u000b\f\r\u001f\u007f\u0080\"\\"`, `_:c14n0 <https://x.example/a> "\u0000\b\t\n\u000B\f\r\u001F\u007F` + "\u0080" + `\"\\" .`},
	} {
		t.Run(test.name, func(t *testing.T) {
			doc := "{" + fmt.Sprintf(x, test.terms) + "," + test.members + "}"
			if test.name == "text" {
				doc = strings.Replace(doc, `"@id":"x:s"`, `"@id":"x://s"`, 1)
				test.want = strings.Replace(test.want, "x:s", "x://s", 1)
			}
			got, err := nquads(t, Embedded(), doc)
			if err != nil || got != test.want+"\n" {
				t.Errorf("%s\n%s, %v\nwant\n%s", doc, got, err, test.want)
			}
			// What is canonical stays so.
			d, err := ParseNQuads([]byte(got), Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if again, err := Canonicalize(d, crypto.SHA256, Limits{}); err != nil || string(again.NQuads) != got {
				t.Errorf("canonical again: %s, %v", again.NQuads, err)
			}
		})
	}
}

// TestRefused gives documents that JSON-LD would take and sign less of, or
// sign under another face.
func TestRefused(t *testing.T) {
	const head = `"@context":{"@version":1.1,"id":"@id","type":"@type","a":"https://x.example/a","r":{"@id":"https://x.example/r","@type":"@id"},"gone":null%s}`
	for _, test := range []struct {
		name, terms, members string
		code                 Code
		path                 string
	}{
		{"nothing is said", "", `"id":"urn:1"`, CodeDropped, ""},
		{"an undefined term", "", `"b":"1"`, CodeTerm, "/b"},
		{"a reserved word", "", `"@foo":"1"`, CodeTerm, "/@foo"},
		{"a term that means nothing", "", `"gone":"1"`, CodeTerm, "/gone"},
		{"a property that is a blank node", "", `"_:b":"1"`, CodeDropped, "/_:b"},
		{"a relative id", "", `"id":"b","a":"1"`, CodeRelative, "/id"},
		{"an empty id", "", `"id":"","a":"1"`, CodeRelative, "/id"},
		{"an id of null", "", `"id":null,"a":"1"`, CodeRelative, "/id"},
		{"a keyword as id", "", `"id":"@type","a":"1"`, CodeRelative, "/id"},
		{"a relative type", "", `"type":"b"`, CodeRelative, "/type/0"},
		{"a type of null", "", `"type":null,"a":"1"`, CodeRelative, "/type"},
		{"a relative reference", "", `"r":["urn:1","b"]`, CodeRelative, "/r/1"},
		{"an IRI that ends its brackets", "", `"r":"urn:1> <urn:2"`, CodeIRI, "/r"},
		{"an index", "", `"a":{"@value":"1","@index":"b"}`, CodeDropped, "/a/@index"},
		{"a direction", "", `"a":{"@value":"1","@direction":"rtl"}`, CodeDropped, "/a/@direction"},
		{"a direction for all", `,"@direction":"rtl"`, `"a":"1"`, CodeDropped, "/@context"},
		{"a direction of a term", `,"d":{"@id":"https://x.example/d","@direction":"rtl"}`, `"d":"1"`, CodeUnsupported, "/d"},
		{"a value of null with a type", "", `"a":{"@value":null,"@type":"urn:t"}`, CodeDropped, "/a"},
		{"a value with a type and a language", "", `"a":{"@value":"1","@type":"urn:t","@language":"en"}`, CodeDropped, "/a"},
		{"a value that is an object", "", `"a":{"@value":{}}`, CodeDropped, "/a"},
		{"a language of a number", "", `"a":{"@value":1,"@language":"en"}`, CodeDropped, "/a"},
		{"a language that is none", "", `"a":{"@value":"1","@language":"e n"}`, CodeDropped, "/a/@language"},
		{"a language alone", "", `"a":{"@language":"en"}`, CodeDropped, "/a/@language"},
		{"a set beside others", "", `"a":{"@set":["1"],"r":"urn:1"}`, CodeDropped, "/a/@set"},
		{"a list beside others", "", `"a":{"@list":["1"],"r":"urn:1"}`, CodeDropped, "/a/@list"},
		{"digits that a double has not", "", `"a":0.30000000000000004`, CodeDropped, "/a"},
		{"an empty graph", `,"g":{"@id":"https://x.example/g","@container":"@graph"}`, `"g":{"id":"urn:1"}`, CodeDropped, "/g"},
		{"a reference in a graph", `,"g":{"@id":"https://x.example/g","@container":"@graph","@type":"@id"}`, `"g":["urn:1"]`, CodeDropped, "/g/0"},
		{"a graph", "", `"@graph":[{"a":"1"}]`, CodeHidden, "/@graph"},
		{"included", "", `"@included":[{"a":"1"}]`, CodeHidden, "/@included"},
		{"reverse", "", `"@reverse":{"r":"urn:1"}`, CodeHidden, "/@reverse"},
		{"nest", "", `"@nest":{"a":"1"}`, CodeHidden, "/@nest"},
		{"a term for nest", `,"n":"@nest"`, `"n":{"a":"1"}`, CodeHidden, "/n"},
		{"a term that is reversed", `,"n":{"@reverse":"https://x.example/n"}`, `"n":{"a":"1"}`, CodeUnsupported, "/n"},
		{"a map by id", `,"m":{"@id":"https://x.example/m","@container":"@id"}`, `"m":{"urn:1":{"a":"1"}}`, CodeUnsupported, "/m"},
		{"the keyword instead of its name", "", `"@type":"urn:t"`, CodeHidden, "/@type"},
		{"two ids", `,"id2":"@id"`, `"id":"urn:1","id2":"urn:2","a":"1"`, CodeHidden, "/id2"},
		{"the IRI instead of the term", "", `"https://x.example/a":"1"`, CodeHidden, "/https:~1~1x.example~1a"},
		{"the document from elsewhere", "", `"id":"urn:1","r":{"id":"urn:1","a":"1"}`, CodeHidden, "/r/a"},
		{"an own prefix in an id", `,"p":"urn:p:"`, `"id":"p:1","a":"1"`, CodeHidden, "/id"},
		{"@base", `,"@base":"https://x.example/"`, `"id":"b","a":"1"`, CodeRelative, "/@context"},
		{"@import", `,"@import":"https://www.w3.org/ns/credentials/v2"`, `"a":"1"`, CodeUnsupported, "/@context"},
		{"a wrong version", `,"@version":1.0`, `"a":"1"`, CodeJSON, ""},
		{"a term defined by itself", `,"p":"p:p"`, `"a":"1"`, CodeContext, "/@context/p"},
		{"a term for a relative IRI", `,"p":"p"`, `"a":"1"`, CodeContext, "/@context/p"},
		{"a keyword defined", `,"@value":"urn:v"`, `"a":"1"`, CodeContext, "/@context/@value"},
		{"an unknown member of a definition", `,"p":{"@id":"urn:p","x":1}`, `"a":"1"`, CodeContext, "/@context/p"},
		{"a context that is a number", "", `"r":{"@context":7,"a":"1"}`, CodeContext, "/r/@context"},
		{"a name twice", "", `"a":"1","a":"2"`, CodeJSON, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			doc := "{" + fmt.Sprintf(head, test.terms) + "," + test.members + "}"
			got, err := nquads(t, Embedded(), doc)
			var e *Error
			if !errors.As(err, &e) || e.Code != test.code || e.Path != test.path {
				t.Errorf("%s\n%s%v; want %s at %q", doc, got, err, test.code, test.path)
			}
		})
	}
}

// TestProtected tries to give protected and pinned terms another meaning.
func TestProtected(t *testing.T) {
	const v2 = `"https://www.w3.org/ns/credentials/v2"`
	for _, test := range []struct{ name, doc string }{
		{"a protected term", `{"@context":[` + v2 + `,{"name":"urn:other"}],"name":"1"}`},
		{"a protected term of a type", `{"@context":` + v2 + `,"type":"VerifiableCredential","issuer":{"@context":{"id":"urn:other"},"id":"urn:1"}}`},
		{"no terms any more", `{"@context":[` + v2 + `,null,{"name":"urn:other"}],"name":"1"}`},
		{"none further in", `{"@context":` + v2 + `,"type":"VerifiableCredential","issuer":{"@context":null,"urn:a":"1"}}`},
		{"an unprotected term of a pinned context", `{"@context":["https://w3id.org/security/v1",{"expires":"urn:other"}],"expires":"1"}`},
	} {
		if got, err := nquads(t, Embedded(), test.doc); code(err) != CodeProtected {
			t.Errorf("%s: %s, %v; want %s", test.name, got, err, CodeProtected)
		}
	}
	// The same meaning again is none other.
	for _, doc := range []string{
		`{"@context":[` + v2 + `,` + v2 + `],"name":"1"}`,
		`{"@context":[` + v2 + `,{"name":"https://schema.org/name"}],"name":"1"}`,
		`{"@context":[` + v2 + `,{"own":"urn:own"}],"own":"1","name":"1"}`,
	} {
		if _, err := nquads(t, Embedded(), doc); err != nil {
			t.Errorf("%s: %v", doc, err)
		}
	}
}

// TestEndorsed takes a badge with an endorsement of that badge: an object
// further in with its id, which says what belongs to endorsements alone.
func TestEndorsed(t *testing.T) {
	const doc = `{"@context":["https://www.w3.org/ns/credentials/v2","https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
		"id":"urn:badge","type":["VerifiableCredential","OpenBadgeCredential"],"issuer":"urn:issuer",
		"endorsement":[{"id":"urn:endorsement","type":["VerifiableCredential","EndorsementCredential"],"issuer":"urn:endorser",
		"credentialSubject":{"id":"urn:badge","type":"EndorsementSubject","endorsementComment":"1"%s}}]}`
	if _, err := nquads(t, Embedded(), fmt.Sprintf(doc, "")); err != nil {
		t.Error(err)
	}
	// What belongs to the badge, and what could: the top has no name for it now.
	for _, more := range []string{`,"name":"2"`, `,"@context":{"own":"urn:own"},"own":"2"`, `,"urn:own":"2"`} {
		if got, err := nquads(t, Embedded(), fmt.Sprintf(doc, more)); code(err) != CodeHidden {
			t.Errorf("%s: %s, %v; want %s", more, got, err, CodeHidden)
		}
	}
	for id, looped := range map[string]bool{"urn:badge": true, "urn:other": false} {
		var object map[string]any
		if err := json.Unmarshal([]byte(strings.Replace(fmt.Sprintf(doc, ""), `"id":"urn:badge","type":"E`, `"id":"`+id+`","type":"E`, 1)), &object); err != nil {
			t.Fatal(err)
		}
		if s, _, err := Embedded().ObjectStatements(object, nil, Limits{}); err != nil || s.Looped != looped {
			t.Errorf("an endorsement of %s: %v, %v", id, s.Looped, err)
		}
	}
}

// TestErrorsKeepQuiet looks for values of the document in errors and logs.
func TestErrorsKeepQuiet(t *testing.T) {
	_, _, err := Embedded().Statements([]byte(`{"@context":"https://www.w3.org/ns/credentials/v2","name":"Mina Sato","id":"Mina Sato","urn:Mina Sato":1}`), nil, Limits{})
	var e *Error
	if !errors.As(err, &e) {
		t.Fatal(err)
	}
	e.Path = "/Mina Sato" // a name of a member can be private
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("refused", "error", e)
	if strings.Contains(log.String(), "Sato") || !strings.Contains(log.String(), string(e.Code)) {
		t.Errorf("the log has %s", log.String())
	}
	if _, _, err := Embedded().Statements([]byte(`{"@context":"https://www.w3.org/ns/credentials/v2","name":"1","id":"Mina Sato"}`), nil, Limits{}); err == nil || strings.Contains(err.Error(), "Sato") {
		t.Errorf("the error quotes a value: %v", err)
	}
}
