package lognames_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/record/lognames"
)

const (
	one = "eip155:1337:0x1111111111111111111111111111111111111111:0x2222222222222222222222222222222222222222222222222222222222222222"
	two = "eip155:1:0x1111111111111111111111111111111111111111:0x2222222222222222222222222222222222222222222222222222222222222222"

	vc   = `"https://www.w3.org/ns/credentials/v2"`
	ours = `{"transparencyLog": {"@id": "https://github.com/akashi-project/akashi/transparency-log/v1", "@type": "@json"}}`
	desc = `{"microCredential": {"@id": "https://github.com/akashi-project/akashi/descriptors/v1", "@type": "@json"}}`
)

func parse(t *testing.T, text string) map[string]any {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return doc
}

// TestFind: a name has one form, in one place, under contexts that cannot take
// its meaning away.
func TestFind(t *testing.T) {
	credential := func(contexts, value string) string {
		return `{"@context":[` + contexts + `],"type":["VerifiableCredential"],"transparencyLog":` + value + `}`
	}
	quoted := func(logs ...string) string { b, _ := json.Marshal(logs); return string(b) }
	var nine []string
	for _, d := range "123456789" {
		nine = append(nine, "eip155:"+string(d)+one[len("eip155:1337"):])
	}
	for _, c := range []struct {
		name, doc string
		want      string // logs, separated by spaces
		err       error
	}{
		{"one", credential(vc+","+ours, quoted(one)), one, nil},
		{"two, beside descriptors and another address", credential(vc+","+desc+","+ours+`,"https://w3id.org/security/data-integrity/v2"`, quoted(two, one)), two + " " + one, nil},
		{"eight", credential(ours, quoted(nine[:8]...)), strings.Join(nine[:8], " "), nil},
		{"none", `{"@context":[` + vc + `]}`, "", nil},
		{"deeper", `{"@context":[` + vc + `,` + ours + `],"credentialSubject":{"transparencyLog":[` + quoted(one) + `]}}`, "", nil},
		{"the other standard's name", `{"type":"VerifiableCredential","extensions:transparencyLog":{"transparencyLog":` + quoted(one) + `}}`, "", nil},
		{"an assertion", `{"type":"Assertion","extensions:transparencyLog":{"transparencyLog":` + quoted(one) + `}}`, one, nil},

		{"no context", `{"transparencyLog":` + quoted(one) + `}`, "", lognames.ErrContext},
		{"a context that is no list", `{"@context":` + ours + `,"transparencyLog":` + quoted(one) + `}`, "", lognames.ErrContext},
		{"without its object", credential(vc, quoted(one)), "", lognames.ErrContext},
		{"taken away again", credential(vc+","+ours+`,{"transparencyLog":null}`, quoted(one)), "", lognames.ErrContext},
		{"cleared", credential(vc+","+ours+`,null`, quoted(one)), "", lognames.ErrContext},
		{"another meaning", credential(vc+","+strings.Replace(ours, "v1", "v2", 1), quoted(one)), "", lognames.ErrContext},
		{"another kind", credential(vc+","+strings.Replace(ours, "@json", "@id", 1), quoted(one)), "", lognames.ErrContext},
		{"no kind", credential(vc+`,{"transparencyLog":"`+lognames.Term+`"}`, quoted(one)), "", lognames.ErrContext},
		{"more in its object", credential(vc+","+strings.Replace(ours, `"}}`, `"},"x":"https://x.example/"}`, 1), quoted(one)), "", lognames.ErrContext},
		{"more in its definition", credential(vc+","+strings.Replace(ours, `"}}`, `","@protected":true}}`, 1), quoted(one)), "", lognames.ErrContext},
		{"by a type's own context", credential(vc+","+ours+`,{"Odd":{"@id":"https://x.example/Odd","@context":{"transparencyLog":null}}}`, quoted(one)), "", lognames.ErrContext},
		{"a list within", credential(vc+",["+ours+"]", quoted(one)), "", lognames.ErrContext},

		{"nine", credential(ours, quoted(nine...)), "", lognames.ErrForm},
		{"empty", credential(ours, `[]`), "", lognames.ErrForm},
		{"a text", credential(ours, `"`+one+`"`), "", lognames.ErrForm},
		{"null", credential(ours, `null`), "", lognames.ErrForm},
		{"twice", credential(ours, quoted(one, one)), "", lognames.ErrForm},
		{"a right and a wrong one", credential(ours, `["`+one+`",7]`), "", lognames.ErrForm},
		{"capitals", credential(ours, quoted(strings.Replace(one, "0x1", "0xA", 1))), "", lognames.ErrForm},
		{"0X", credential(ours, quoted(strings.Replace(one, "0x1", "0X1", 1))), "", lognames.ErrForm},
		{"a zero before", credential(ours, quoted(strings.Replace(one, "1337", "01337", 1))), "", lognames.ErrForm},
		{"chain 0", credential(ours, quoted(strings.Replace(one, "1337", "0", 1))), "", lognames.ErrForm},
		{"chain 2^53", credential(ours, quoted(strings.Replace(one, "1337", "9007199254740992", 1))), "", lognames.ErrForm},
		{"space", credential(ours, quoted(one+" ")), "", lognames.ErrForm},
		{"short", credential(ours, quoted(one[:len(one)-1])), "", lognames.ErrForm},
		{"five parts", credential(ours, quoted(one+":1")), "", lognames.ErrForm},
		{"an assertion's text", `{"type":"Assertion","extensions:transparencyLog":"` + one + `"}`, "", lognames.ErrForm},
	} {
		got, err := lognames.Find(parse(t, c.doc))
		if !errors.Is(err, c.err) || strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q, %v", c.name, got, err)
		}
		for _, l := range got {
			if _, err := checkpoint.ParseLogRef(l); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		}
	}
}

// TestName: what is written is found, and nothing is written over.
func TestName(t *testing.T) {
	for _, text := range []string{
		`{"@context":[` + vc + `],"type":["VerifiableCredential"]}`,
		`{"@context":[` + vc + `,` + desc + `],"type":["VerifiableCredential"]}`,
		`{"@context":"https://w3id.org/openbadges/v2","type":"Assertion"}`,
	} {
		doc := parse(t, text)
		if err := lognames.Name(doc, one, two); err != nil {
			t.Fatal(err)
		}
		if got, err := lognames.Find(doc); err != nil || strings.Join(got, " ") != one+" "+two {
			t.Errorf("%s: %q, %v", text, got, err)
		}
		if err := lognames.Name(doc, one); err == nil {
			t.Errorf("%s: named twice", text)
		}
	}
	for text, want := range map[string]error{
		`{"@context":` + vc + `}`:           lognames.ErrContext,
		`{"@context":[` + vc + `,{"a":1}]}`: lognames.ErrContext,
	} {
		doc := parse(t, text)
		if err := lognames.Name(doc, one); !errors.Is(err, want) || doc[lognames.Member] != nil {
			t.Errorf("%s: %v, %v", text, err, doc)
		}
	}
	if err := lognames.Name(parse(t, `{"@context":[]}`), "eip155:1"); !errors.Is(err, lognames.ErrForm) {
		t.Error(err)
	}
}

// TestContextsLeaveItAlone: no context that ships says anything of the member,
// and so none takes its meaning away.
func TestContextsLeaveItAlone(t *testing.T) {
	files, err := filepath.Glob("../ld/contexts/*")
	if err != nil || len(files) < 20 {
		t.Fatal(len(files), err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(b), lognames.Member) || strings.Contains(string(b), lognames.Term) {
			t.Errorf("%s speaks of it", f)
		}
	}
}
