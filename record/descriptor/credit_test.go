package descriptor_test

import (
	"testing"

	"github.com/akashi-project/akashi/record/descriptor"
)

func TestCredits(t *testing.T) {
	for _, tt := range []struct{ scheme, credits, total, contact string }{
		{"UCTS", "1", "38 48", "13 16"}, {"ucts", "1.5", "57 72", "19.5 24"}, {"UMAP", "1/3", "≈12.667 16", "≈4.333 ≈5.333"},
		{"ECTS", "2", "50 60", "0 0"}, {"ects", "0.25", "6.25 7.5", "0 0"},
	} {
		s, ok := descriptor.SchemeByName(tt.scheme)
		n, good := descriptor.ParseNumber(tt.credits)
		if !ok || !good {
			t.Fatalf("%+v", tt)
		}
		least, most := s.Range(n)
		from, to := s.ContactRange(n)
		if got := descriptor.Decimal(least) + " " + descriptor.Decimal(most); got != tt.total {
			t.Errorf("%s %s: %s", tt.scheme, tt.credits, got)
		}
		if got := descriptor.Decimal(from) + " " + descriptor.Decimal(to); got != tt.contact {
			t.Errorf("%s %s in class: %s", tt.scheme, tt.credits, got)
		}
	}
	for _, bad := range []string{"", "1e9", "-1", "1.", ".5", "1/0", "1234567", "0x1", "１", "1.1234567", " 1"} {
		if _, ok := descriptor.ParseNumber(bad); ok {
			t.Errorf("%q is a number", bad)
		}
	}
}
