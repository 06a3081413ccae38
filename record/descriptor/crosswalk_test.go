package descriptor_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/record/descriptor"
)

// TestCrosswalk wants each framework's rows, and no more: what has no
// counterpart is nil.
func TestCrosswalk(t *testing.T) {
	walk, err := descriptor.Crosswalk(parse(t, sample(t, "ob3.json")), descriptor.Options{})
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for _, row := range walk.Badges[0].Rows {
		for i, c := range row.Frameworks {
			if c != nil {
				counts[walk.Frameworks[i].ID]++
			}
		}
		if row.Key == descriptor.Content && (row.Frameworks[1] != nil || row.Frameworks[2] == nil) {
			t.Errorf("content: %+v", row.Frameworks)
		}
	}
	if got := fmt.Sprint(counts); got != "map[au-2022:13 eu-2022:13 jp-1.0:17 my:14]" {
		t.Error(got)
	}
	var text strings.Builder
	walk.WriteText(&text)
	for _, want := range []string{"Notional workload (ECTS)", "— no counterpart", "present (extension)", "Which of these descriptors are mandatory is not in the source"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, text.String())
		}
	}
}

// TestOtherFrameworks: where the needs are not known, nothing is called
// mandatory, and the report says so.
func TestOtherFrameworks(t *testing.T) {
	for _, id := range []string{"eu-2022", "au-2022", "my"} {
		report := lint(t, []byte(`{"type":["OpenBadgeCredential"],"credentialSubject":{"achievement":{}}}`), id, descriptor.Options{})
		if !report.Complete() || report.Badges[0].Counts.MandatoryMissing != nil || !strings.Contains(report.Framework.Note, "not in the source") {
			t.Errorf("%s: %+v", id, report)
		}
		for _, row := range report.Badges[0].Rows {
			if row.Need != descriptor.Unspecified {
				t.Errorf("%s: %s is %s", id, row.Key, row.Need)
			}
		}
	}
	if _, err := descriptor.FrameworkByID("jp-2.0"); err == nil || !strings.Contains(err.Error(), "jp-1.0, eu-2022, au-2022, my") {
		t.Error(err)
	}
}
