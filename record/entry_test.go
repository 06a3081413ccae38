package record_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/record"
)

func sampleEntries() []record.Entry {
	var h [32]byte
	for i := range h {
		h[i] = byte(i + 1)
	}
	return []record.Entry{
		{Kind: record.Sealed, Type: record.Badge, Commitment: h},
		{Kind: record.Sealed, Type: record.CourseQA, Commitment: h},
		{Kind: record.Sealed, Type: record.Document},
		{Kind: record.Open, Type: record.CourseQA, Digest: h},
		{Kind: record.Open, Type: record.Document, Digest: h},
		{Kind: record.Status, Target: 258, State: record.Revoked},
		{Kind: record.Status, Target: 1<<64 - 1, State: record.Valid},
		{Kind: record.Head, StatusRoot: h},
	}
}

func TestEntryBytes(t *testing.T) {
	const h = "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"
	want := []string{
		"010101" + h,
		"010102" + h,
		"010103" + strings.Repeat("00", 32),
		"01020201551220" + h,
		"01020301551220" + h,
		"0103000000000000010202",
		"0103ffffffffffffffff00",
		"0104" + h,
	}
	for i, e := range sampleEntries() {
		b := e.Bytes()
		if got := hex.EncodeToString(b); got != want[i] {
			t.Errorf("entry %d is %s, want %s", i, got, want[i])
		}
		if len(b) > record.MaxEntrySize {
			t.Errorf("entry %d has %d bytes", i, len(b))
		}
		if back, err := record.ParseEntry(b); err != nil || back != e {
			t.Errorf("entry %d parses as %v, %v", i, back, err)
		}
		if joined := e.AppendTo([]byte("x")); !bytes.Equal(joined, append([]byte("x"), b...)) {
			t.Errorf("entry %d appends as %x", i, joined)
		}
	}
}

// TestParseEntryExact changes the length of each entry, and every byte that
// is not payload to every other value.
func TestParseEntryExact(t *testing.T) {
	accepted := func(b []byte) bool {
		e, err := record.ParseEntry(b)
		if err == nil {
			if !bytes.Equal(e.Bytes(), b) {
				t.Errorf("%x is accepted and written as %x", b, e.Bytes())
			}
			return true
		}
		if !errors.Is(err, record.ErrUnknownEntry) || e != (record.Entry{}) {
			t.Errorf("%x is refused with %+v, %v", b, e, err)
		}
		return false
	}
	for _, e := range sampleEntries() {
		b := e.Bytes()
		for n := range len(b) {
			if accepted(b[:n]) {
				t.Errorf("%s entry cut to %d bytes is accepted", e.Kind, n)
			}
		}
		if accepted(append(bytes.Clone(b), 0)) {
			t.Errorf("%s entry with a byte more is accepted", e.Kind)
		}
		for i := range b {
			for v := range 256 {
				c := bytes.Clone(b)
				if c[i] = byte(v); c[i] == b[i] {
					continue
				}
				payload := e.Kind == record.Sealed && i >= 3 || e.Kind == record.Open && i >= 7 ||
					e.Kind == record.Status && 2 <= i && i < 10 || e.Kind == record.Head && i >= 2
				known := e.Kind == record.Sealed && i == 2 && 1 <= v && v <= 3 ||
					e.Kind == record.Open && i == 2 && 2 <= v && v <= 3 ||
					e.Kind == record.Status && i == 10 && v <= 2
				if got := accepted(c); got != (payload || known) {
					t.Errorf("%s entry with byte %d set to %d: accepted %t", e.Kind, i, v, got)
				}
			}
		}
	}
}

// TestEffect goes through every kind and type of target, every state before,
// every state set and both orders of indexes, and compares with the rule as
// docs/formats/status.md words it.
func TestEffect(t *testing.T) {
	var targets []record.Entry
	for kind := record.Kind(0); kind <= 5; kind++ {
		for typ := record.Type(0); typ <= 4; typ++ {
			targets = append(targets, record.Entry{Kind: kind, Type: typ})
		}
	}
	const target = 7
	for _, entryKind := range []record.Kind{0, record.Sealed, record.Open, record.Status, record.Head} {
		for _, at := range targets {
			for set := record.State(0); set <= 4; set++ {
				for now := record.State(0); now <= 4; now++ {
					for _, index := range []uint64{0, target - 1, target, target + 1, 1 << 63} {
						e := record.Entry{Kind: entryKind, Target: target, State: set}
						acts := entryKind == record.Status && set <= 2 &&
							index > target &&
							(at.Kind == record.Sealed || at.Kind == record.Open) &&
							(at.Type == record.Badge || at.Type == record.Document) &&
							(now == 0 || now == 1)
						got, err := e.Effect(index, at, now)
						name := fmt.Sprintf("%s entry at %d sets %s on %s %s in %s", entryKind, index, set, at.Kind, at.Type, now)
						switch {
						case acts && (err != nil || got != set):
							t.Errorf("%s: got %s, %v; want it to act", name, got, err)
						case !acts && (!errors.Is(err, record.ErrNoEffect) || got != now):
							t.Errorf("%s: got %s, %v; want no effect", name, got, err)
						}
					}
				}
			}
		}
	}
}

// TestEffectWords looks at what a user reads.
func TestEffectWords(t *testing.T) {
	badge := record.Entry{Kind: record.Sealed, Type: record.Badge}
	tests := []struct {
		entry  record.Entry
		index  uint64
		target record.Entry
		now    record.State
		want   string
	}{
		{record.Entry{Kind: record.Status, Target: 3, State: record.Suspended}, 9, badge, record.Revoked, "entry 3 is revoked, which is final"},
		{record.Entry{Kind: record.Status, Target: 9, State: record.Revoked}, 9, badge, record.Valid, "entry 9 targets entry 9, which is not before it"},
		{record.Entry{Kind: record.Status, Target: 3, State: record.Revoked}, 9, record.Entry{Kind: record.Open, Type: record.CourseQA}, record.Valid, "entry 3 is of type course-qa; only a badge or a document has a state"},
		{record.Entry{Kind: record.Status, Target: 3, State: record.Revoked}, 9, record.Entry{Kind: record.Head}, record.Valid, "entry 3 is of kind head; only a sealed or open record has a state"},
		{record.Entry{Kind: record.Status, Target: 3, State: record.Revoked}, 9, record.Entry{}, record.Valid, "entry 3 is of no known kind; only a sealed or open record has a state"},
		{record.Entry{Kind: record.Head}, 9, badge, record.Valid, "entry 9 is of kind head, not a status entry"},
	}
	for _, tt := range tests {
		if _, err := tt.entry.Effect(tt.index, tt.target, tt.now); err == nil || err.Error() != "status entry has no effect: "+tt.want {
			t.Errorf("got %v, want %q", err, tt.want)
		}
	}
}

func TestEntryPanicsOnNoKind(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("an entry of kind 0 was written")
		}
	}()
	record.Entry{}.Bytes()
}

func TestStatusTargetIsBigEndian(t *testing.T) {
	b := record.Entry{Kind: record.Status, Target: 0x0102030405060708}.Bytes()
	if binary.BigEndian.Uint64(b[2:]) != 0x0102030405060708 {
		t.Errorf("target is written as %x", b[2:10])
	}
}
