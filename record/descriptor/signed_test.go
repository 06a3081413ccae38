package descriptor_test

import (
	"crypto"
	"testing"

	"github.com/akashi-project/akashi/record/descriptor"
	"github.com/akashi-project/akashi/record/ld"
)

// TestExtensionIsSigned: each member of the extension is under a signature by
// RDFC-1.0, also one that no page knows; the contexts that ship suffice.
func TestExtensionIsSigned(t *testing.T) {
	canonical := func(doc []byte) string {
		statements, _, err := ld.Embedded().Statements(doc, nil, ld.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		c, err := ld.Canonicalize(statements, crypto.SHA256, ld.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		return string(c.NQuads)
	}
	b := sample(t, "ob3.json")
	want := canonical(b)
	for _, member := range []string{"participationForm", "prerequisites", "somethingElse", "@id"} {
		changed := edit(t, b, []any{"credentialSubject", "achievement", "microCredential", member}, "changed")
		if canonical(changed) == want {
			t.Errorf("a changed %s leaves the signed statements as they are", member)
		}
		if got := lint(t, changed, "jp-1.0", descriptor.Options{}); len(got.Badges) != 1 {
			t.Errorf("%+v", got)
		}
	}
}
