package issue

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

const seismology = `{
  "v": 1, "format": "ob3", "ids": "https://hoshizora.example/credentials/",
  "learner": {"identifier": "{{student number}}", "type": "studentId"},
  "badge": {
    "@context": ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
    "type": ["VerifiableCredential", "OpenBadgeCredential"],
    "issuer": {"id": "https://hoshizora.example/issuer", "type": ["Profile"], "name": "Hoshizora University"},
    "validFrom": "{{awarded}}", "validUntil": "{{until?}}",
    "credentialSubject": {
      "type": ["AchievementSubject"],
      "narrative": "{{given name}} {{family name?}}: {{remark?}}",
      "result": [{"type": ["Result"], "value": "{{grade?}}"}],
      "achievement": {"id": "https://hoshizora.example/a/1", "type": ["Achievement"], "name": "地震学入門", "description": "d", "criteria": {"narrative": "c"}, "creditsAvailable": "{{credits:number?}}"}
    }
  }
}`

func template(t *testing.T, s string) Template {
	t.Helper()
	tpl, err := ParseTemplate([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return tpl
}

func table(t *testing.T, s string) Table {
	t.Helper()
	tab, err := ReadTable([]byte(s), "")
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

const learners = "student number,awarded,until,given name,family name,remark,grade,credits\n" +
	"0012345,2026-05-01T00:00:00Z,,花子,髙橋,,,1.5\n" +
	"0012346,2026-05-01T00:00:00Z,2031-05-01T00:00:00Z,Bob,,\"says \"\"hi\"\"\",A,\n"

func TestMake(t *testing.T) {
	secret := Secret{1}
	badges, err := template(t, seismology).Make(table(t, learners), secret)
	if err != nil || len(badges) != 2 {
		t.Fatalf("%d badges, %v", len(badges), err)
	}
	var got [2]struct {
		ID         string
		ValidUntil *string
		Subject    struct {
			Narrative   string
			Result      []any
			Identifier  []struct{ IdentityHash, Salt, IdentityType string }
			Achievement map[string]any
		} `json:"credentialSubject"`
	}
	for i, b := range badges {
		if err := json.Unmarshal(b.JSON, &got[i]); err != nil {
			t.Fatal(err)
		}
		if got[i].ID != b.ID || !strings.HasPrefix(b.ID, "https://hoshizora.example/credentials/") {
			t.Errorf("id %q, badge %q", got[i].ID, b.ID)
		}
		id := got[i].Subject.Identifier[0]
		sum := sha256.Sum256([]byte(badges[i].Row.Cells[0] + id.Salt))
		if id.IdentityHash != "sha256$"+hex.EncodeToString(sum[:]) || id.IdentityType != "studentId" {
			t.Errorf("identifier %+v", id)
		}
		if strings.Contains(string(b.JSON), "001234") {
			t.Error("the badge has the student number in clear")
		}
	}
	if got[0].Subject.Identifier[0].Salt == got[1].Subject.Identifier[0].Salt {
		t.Error("two badges have one salt")
	}
	one, two := got[0].Subject, got[1].Subject
	if one.Narrative != "花子 髙橋: " || one.Achievement["creditsAvailable"] != 1.5 || one.Result != nil || got[0].ValidUntil != nil {
		t.Errorf("%+v", got[0])
	}
	if two.Narrative != `Bob : says "hi"` || two.Achievement["creditsAvailable"] != nil || len(two.Result) != 1 || *got[1].ValidUntil != "2031-05-01T00:00:00Z" {
		t.Errorf("%+v", got[1])
	}

	again, err := template(t, seismology).Make(table(t, learners), secret)
	if err != nil || !bytes.Equal(again[0].JSON, badges[0].JSON) || !bytes.Equal(again[1].JSON, badges[1].JSON) {
		t.Errorf("the same run made other bytes: %v", err)
	}
	other, err := template(t, seismology).Make(table(t, learners), Secret{2})
	if err != nil || other[0].ID == badges[0].ID {
		t.Errorf("another run made the same id: %v", err)
	}
}

func TestMakeOB2(t *testing.T) {
	tpl := template(t, `{"v":1,"format":"ob2-hosted","ids":"https://hoshizora.example/assertions/","learner":{"identifier":"{{mail}}","type":"email"},
		"badge":{"@context":"https://w3id.org/openbadges/v2","type":"Assertion","badge":"https://hoshizora.example/b/1","verification":{"type":"HostedBadge"},"issuedOn":"2026-04-12T09:00:00+09:00"}}`)
	badges, err := tpl.Make(table(t, "mail\nann@students.example\n"), Secret{})
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Recipient struct {
			Type, Salt, Identity string
			Hashed               bool
		}
	}
	if err := json.Unmarshal(badges[0].JSON, &got); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte("ann@students.example" + got.Recipient.Salt))
	if got.Recipient.Identity != "sha256$"+hex.EncodeToString(sum[:]) || !got.Recipient.Hashed || got.Recipient.Type != "email" {
		t.Errorf("%+v", got)
	}
}

// TestMakeProblems holds that every row with a problem is named with its
// column, and that no cell is quoted.
func TestMakeProblems(t *testing.T) {
	rows := "student number,awarded,until,given name,family name,remark,grade,credits\n" +
		",2026-05-01T00:00:00Z,,Ann,,,,\n" +
		"1.2E+10,2026-05-01T00:00:00Z,,Secretname,,,,\n" +
		"1,,,,,,,007\n" +
		"2,2026-05-01T00:00:00Z,,Cy,,,,2\n" +
		"2,2026-05-01T00:00:00Z,,Cy,,,,2\n"
	badges, err := template(t, seismology).Make(table(t, rows), Secret{})
	if len(badges) != 1 || badges[0].Row.Line != 5 {
		t.Errorf("%d badges", len(badges))
	}
	for _, want := range []string{
		`line 2, column "student number": is empty`,
		`line 3, column "student number": looks like a number that a spreadsheet shortened`,
		`line 4, column "awarded": is empty; /badge/validFrom of the template needs it`,
		`line 4, column "given name": is empty`,
		`line 4, column "credits": is not a number`,
		`line 6: makes the same badge for the same learner as line 5`,
	} {
		if !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("not said: %s", want)
		}
	}
	if strings.Contains(fmt.Sprint(err), "Secretname") || strings.Contains(fmt.Sprint(err), "1.2E+10,") {
		t.Error("a cell is quoted")
	}
	header, _, _ := strings.Cut(learners, "\n")
	for _, c := range []struct{ header, want string }{
		{strings.Replace(header, "awarded", "day", 1), `the template asks for column "awarded"; the table has "student number", "day", "until"`},
		{strings.Replace(header, "awarded,until", "day,end", 1), `the template asks for columns "awarded", "until"; the table has`},
		// A table without a header: its first line is somebody.
		{"0012345,Secretname", "the first line names no column that the template asks for"},
	} {
		_, err := template(t, seismology).Make(table(t, c.header+"\n"+c.header+"\n"), Secret{})
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "Secretname") {
			t.Errorf("%s: %v", c.header, err)
		}
	}
}

func TestParseTemplateRefuses(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{`"v": 1`, `"v": 2`, "v is 2"},
		{`"format": "ob3"`, `"format": "ob4"`, `"ob4" is not known`},
		{`"v": 1`, `"v": 1, "vv": 1`, "vv is no member of a template"},
		{`"v": 1`, `"v": 1, "Image": "x.png"`, "Image is no member of a template"},
		{`"type": "studentId"`, `"typ": "studentId"`, "learner.typ is no member of a template"},
		{`"v": 1`, `"v": "1"`, "v has to be the number 1"},
		{`"v": 1`, `"v": 1, "accept": "status.revoked"`, "accept has to be a list of texts"},
		{`"v": 1`, `"v": 1, "documents": [1]`, "documents has to be a list of names"},
		{`"identifier": "{{student number}}"`, `"identifier": 1`, "learner.identifier has to be a text such as {{column}}"},
		{`{"identifier": "{{student number}}", "type": "studentId"}`, `"{{student number}}"`, "learner has to be an object with identifier and type"},
		{`"badge": {`, `"badge": [{}], "x": {`, "badge has to be an object"},
		{`"v": 1,`, `"v": 1,,`, "not a template: line 2, column 10: "},
		{`{{given name}}`, `{{given name}`, "/badge/credentialSubject/narrative: {{ without }} after it"},
		{`"v": 1`, `"v": 1, "v": 1`, "twice"},
		{`https://hoshizora.example/credentials/`, `http://hoshizora.example/credentials/`, "https URL"},
		{`https://hoshizora.example/credentials/`, `https://hoshizora.example/credentials`, "ends in / or #"},
		{`{{student number}}`, `1`, "has to name a column"},
		{`"studentId"`, `""`, "learner.type is missing"},
		{`"v": 1`, `"v": 1, "image": "../x.png"`, "beside the template"},
		{`"badge": {`, `"badge": {"id": "x",`, "badge.id is put in by the program"},
		{`"type": ["AchievementSubject"],`, `"id": "x",`, "badge.credentialSubject.id is put in"},
		{`{{awarded}}`, `{{awarded`, "/badge/validFrom: {{ without }}"},
		{`{{awarded}}`, `awarded}}`, "/badge/validFrom: }} without {{"},
		{`{{awarded}}`, `{{ }}`, "names no column"},
		{`"narrative": "c"`, `"{{c}}": "c"`, "the name of a member cannot be filled in"},
	} {
		if !strings.Contains(seismology, c.old) {
			t.Fatalf("%q is not in the template", c.old)
		}
		_, err := ParseTemplate([]byte(strings.Replace(seismology, c.old, c.new, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s for %s: %v", c.new, c.old, err)
		}
		if err != nil && (strings.Contains(err.Error(), "Go ") || strings.Contains(err.Error(), "json:")) {
			t.Errorf("%s: words of the program: %v", c.new, err)
		}
	}
	_, err := ParseTemplate([]byte(strings.Replace(seismology, `"ob3"`, `"OB3"`, 1)))
	if err == nil || strings.Contains(err.Error(), "learner.type") {
		t.Errorf("a format that is not known says nothing of the learner: %v", err)
	}
	if _, err := ParseTemplate([]byte("\ufeff" + seismology)); err != nil {
		t.Errorf("a byte order mark: %v", err)
	}
}
