package descriptor_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/record/descriptor"
)

// TestHome: a badge that has everything where the report says to put it lacks
// nothing.
func TestHome(t *testing.T) {
	for _, empty := range []string{
		`{"type":["OpenBadgeCredential"],"credentialSubject":{"achievement":{}}}`,
		`{"type":"Assertion","badge":{"type":"BadgeClass"}}`,
	} {
		var badge map[string]any
		if err := json.Unmarshal([]byte(empty), &badge); err != nil {
			t.Fatal(err)
		}
		for _, row := range lint(t, []byte(empty), "jp-1.0", descriptor.Options{}).Badges[0].Rows {
			if row.State != descriptor.Missing || row.Home == "" {
				t.Fatalf("of an empty badge: %+v", row)
			}
			put(badge, strings.Split(row.Home, "."))
		}
		full, _ := json.Marshal(badge)
		for _, row := range lint(t, full, "jp-1.0", descriptor.Options{}).Badges[0].Rows {
			if row.State == descriptor.Missing || row.Home != "" {
				t.Errorf("in %s: %+v", full, row)
			}
		}
	}
}

// put puts a value at a path of names; one that ends in [0] is of a list.
func put(in map[string]any, path []string) {
	name, list := strings.CutSuffix(path[0], "[0]")
	var value any = map[string]any{"identityHash": "sha256$00", "identity": "sha256$00", "salt": "s", "hashed": true}
	switch {
	case len(path) > 1:
		inner, ok := in[name].(map[string]any)
		if !ok {
			inner = map[string]any{}
		}
		in[name] = inner
		put(inner, path[1:])
		return
	case list:
		value = []any{value}
	case name == "recipient":
	case name == "totalHours":
		value = 45
	case name == "uri":
		value = "https://uni.example/qa"
	case name == "kind":
		value = "modular"
	default:
		value = "something"
	}
	in[name] = value
}
