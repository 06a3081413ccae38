package issue_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/record/issue"
	"github.com/akashi-project/akashi/record/lognames"
)

// TestNameLog: every badge of a template names the log that it is told to, in
// the form that verifiers read.
func TestNameLog(t *testing.T) {
	const log = "eip155:1337:0x5fbdb2315678afecb367f032d93f642f64180aa3:0x1e0b4b2f3d5c6a798897a6b5c4d3e2f1011223344556677889900aabbccddeef"
	template := func(format, badge string) issue.Template {
		t.Helper()
		made, err := issue.ParseTemplate([]byte(`{"v":1,"format":"` + format + `","ids":"https://uni.example/badges/","learner":{"identifier":"{{n}}","type":"email"},"badge":` + badge + `}`))
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	const subject = `"credentialSubject":{"achievement":{"name":"{{n}}"}}`
	table, err := issue.ReadTable([]byte("n\n1\n2\n"), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, made := range []issue.Template{
		template("ob3", `{"@context":["https://www.w3.org/ns/credentials/v2"],`+subject+`}`),
		template("ob3-jwt", `{"@context":["https://www.w3.org/ns/credentials/v2",{"microCredential":{"@id":"https://github.com/akashi-project/akashi/descriptors/v1","@type":"@json"}}],`+subject+`}`),
		template("ob2", `{"@context":"https://w3id.org/openbadges/v2","type":"Assertion","badge":"https://uni.example/{{n}}"}`),
	} {
		if err := made.NameLog(log); err != nil {
			t.Fatal(err)
		}
		badges, err := made.Make(table, issue.Secret{})
		if err != nil || len(badges) != 2 {
			t.Fatal(len(badges), err)
		}
		for _, b := range badges {
			var doc map[string]any
			if err := json.Unmarshal(b.JSON, &doc); err != nil {
				t.Fatal(err)
			}
			if logs, err := lognames.Find(doc); err != nil || !slices.Equal(logs, []string{log}) {
				t.Errorf("%s names %v, %v: %s", made.Format, logs, err, b.JSON)
			}
		}
	}
	for text, made := range map[string]issue.Template{
		"hosted badges are not signed": template("ob2-hosted", `{"@context":"https://w3id.org/openbadges/v2","type":"Assertion","badge":"https://uni.example/{{n}}"}`),
		"names logs already":           template("ob3", `{"@context":["https://www.w3.org/ns/credentials/v2"],"transparencyLog":[],`+subject+`}`),
		"its @context":                 template("ob3", `{"@context":["https://www.w3.org/ns/credentials/v2",{"a":"https://a.example/"}],`+subject+`}`),
	} {
		if err := made.NameLog(log); !errors.Is(err, issue.ErrTemplate) || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
