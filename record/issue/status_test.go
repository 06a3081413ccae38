package issue

import (
	"fmt"
	"strings"
	"testing"
)

// TestStatusPlaces holds that two badges of a run which would be revoked together
// are told, with both lines.
func TestStatusPlaces(t *testing.T) {
	with := func(status string) string {
		return strings.Replace(seismology, `"name": "Hoshizora University"},`, `"name": "Hoshizora University"}, "credentialStatus": `+status+`,`, 1)
	}
	entry := func(purpose, list, index string) string {
		return fmt.Sprintf(`{"type": "BitstringStatusListEntry", "statusPurpose": %q, "statusListIndex": %q, "statusListCredential": %q}`, purpose, index, list)
	}
	const list = "https://hoshizora.example/status/"
	const head = "student number,awarded,until,given name,family name,remark,grade,credits\n"
	rows := func(indices ...string) string {
		text := head
		for i, n := range indices {
			text += fmt.Sprintf("%d,2026-05-01T00:00:00Z,,A,,,%s,\n", i+1, n)
		}
		return text
	}
	const told = `column "grade": has the index in the status list that line %d has: to revoke one would revoke both`
	for _, c := range []struct {
		name, status, rows string
		want               []string
	}{
		{"each its own", entry("revocation", list, "{{grade}}"), rows("0", "1", "2"), nil},
		{"one twice", entry("revocation", list, "{{grade}}"), rows("7", "8", "7"), []string{"line 4, " + fmt.Sprintf(told, 2)}},
		{"one three times", entry("revocation", list, "{{grade}}"), rows("7", "7", "7", "8"), []string{"line 3, " + fmt.Sprintf(told, 2), "line 4, " + fmt.Sprintf(told, 2)}},
		{"zeros before it", entry("revocation", list, "{{grade}}"), rows("0", "000"), []string{"line 3, " + fmt.Sprintf(told, 2)}},
		{"a number", entry("revocation", list, "{{grade:number}}"), rows("7", "7"), []string{"line 3, " + fmt.Sprintf(told, 2)}},
		{"in one of two lists", "[" + entry("revocation", list+"1", "{{grade}}") + "," + entry("suspension", list+"2", "{{grade}}") + "]", rows("7", "8", "7"), []string{"line 4, " + fmt.Sprintf(told, 2)}},
		{"in two lists", entry("revocation", list+"{{student number}}", "{{grade}}"), rows("7", "7"), nil},
		{"the template's", entry("revocation", list, "7"), rows("", "", ""), []string{"every badge: has the same index in the status list"}},
		{"the template's, of one learner", entry("revocation", list, "7"), rows(""), nil},
		{"of another kind", `{"id": "https://hoshizora.example/revoked", "type": "1EdTechRevocationList"}`, rows("", ""), nil},
	} {
		_, err := template(t, with(c.status)).Make(table(t, c.rows), Secret{})
		var got []string
		if err != nil {
			got = strings.Split(err.Error(), "\n")
		}
		if len(got) != len(c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
			continue
		}
		for i := range got {
			if !strings.HasPrefix(got[i], c.want[i]) {
				t.Errorf("%s: %q, want %q", c.name, got, c.want)
			}
		}
	}
}
