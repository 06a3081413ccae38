package badge_test

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/record/badge"
)

// TestBounds has inputs that are meant to take long or much. What they measure
// is logged; what is held is that they end, having allocated no more than 256 MiB
// in all.
func TestBounds(t *testing.T) {
	entries := func(n int) []any {
		var all []any
		for range n {
			all = append(all, statusEntry("revocation", "7"))
		}
		return all
	}
	bomb := statusPage(t, "revocation", badge.MaxListBytes)
	listed := map[string]any(dean.prove(t, achievement(t).set("credentialStatus", entries(8)), deanMethod()))
	var many []any
	for range badge.MaxNested {
		many = append(many, listed)
	}
	var related []any
	for i := range 3000 {
		related = append(related, map[string]any{"id": "https://uni.example/a/" + strings.Repeat("x", i%50), "type": []any{"Related"}})
	}
	for _, c := range []struct {
		name  string
		input []byte
	}{
		{"a list of 16 MiB asked for 512 times", dean.prove(t, learnerRecord(t, many...), deanMethod()).bytes(t)},
		{"4 MiB of text", achievement(t).set("name", strings.Repeat("a", 4<<20-2000)).bytes(t)},
		{"many members", []byte(`{"type":"VerifiableCredential","a":[` + strings.Repeat("0,", 250_000) + `0]}`)},
		{"wide", linked(t, achievement(t).set("credentialSubject.achievement.related", related)).set("name", "x").bytes(t)},
		{"60 layers", []byte(strings.Repeat(`{"type":"ClrCredential","credentialSubject":{"verifiableCredential":`, 30) + "{}" + strings.Repeat("}}", 30))},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		began := time.Now()
		r := check(t, c.input, campus(t).with(listURL, bomb))
		took := time.Since(began)
		runtime.ReadMemStats(&after)
		t.Logf("%s: %v, %d MiB in all, %s", c.name, took, (after.TotalAlloc-before.TotalAlloc)>>20, r.Verdict)
		if used := after.TotalAlloc - before.TotalAlloc; used > 256<<20 {
			t.Errorf("%s: allocated %d MiB", c.name, used>>20)
		}
	}
}
