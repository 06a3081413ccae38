package anchor

import (
	"testing"

	"github.com/akashi-project/akashi/checkpoint"
)

// TestAnnounced holds that a restored store's key counts as set when the owner
// has announced it, with others too, and also when others came after it.
func TestAnnounced(t *testing.T) {
	opening := checkpoint.Term{Keys: checkpoint.Keys{"opening"}}
	for name, c := range map[string]struct {
		terms checkpoint.Terms
		want  bool
	}{
		"never":             {checkpoint.Terms{opening}, false},
		"other keys":        {checkpoint.Terms{opening, {From: 2, Keys: checkpoint.Keys{"another"}}}, false},
		"nobody's":          {checkpoint.Terms{opening, {From: 2}}, false},
		"as it is":          {checkpoint.Terms{opening, {From: 2, Keys: checkpoint.Keys{"restored"}}}, true},
		"with a second one": {checkpoint.Terms{opening, {From: 2, Keys: checkpoint.Keys{"restored", "more"}}}, true},
		"and then another":  {checkpoint.Terms{opening, {From: 2, Keys: checkpoint.Keys{"restored"}}, {From: 2, Keys: checkpoint.Keys{"next"}}}, true},
	} {
		if got := announced(c.terms, []string{"restored"}); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
