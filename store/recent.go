package store

import (
	"encoding/binary"

	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/record"
)

type prefix [prefixSize]byte

// A table maps prefixes to indexes. Prefixes are beginnings of an HMAC or a
// hash, and so their own best hash. The table is made as large as it is meant
// to get: memory does not depend on how far the log has come.
type table struct {
	keys   []prefix
	values []uint32 // index − base + 1; 0 marks an empty slot
	base   uint64
	count  int
}

// newTable returns a table for n entries.
func newTable(n int) table {
	slots := 64
	for slots*3/4 < n {
		slots *= 2
	}
	return table{keys: make([]prefix, slots), values: make([]uint32, slots)}
}

// slot returns where p is, or the empty slot where it would be.
func (t *table) slot(p *prefix) int {
	mask := len(t.values) - 1
	i := int(binary.LittleEndian.Uint64(p[:])) & mask
	for t.values[i] != 0 && t.keys[i] != *p {
		i = (i + 1) & mask
	}
	return i
}

func (t *table) get(p prefix) (uint64, bool) {
	v := t.values[t.slot(&p)]
	return t.base + uint64(v) - 1, v != 0
}

func (t *table) put(p prefix, index uint64) {
	if t.count == 0 {
		t.base = index // indexes only grow
	}
	if t.count >= len(t.values)*7/8 {
		t.grow()
	}
	i := t.slot(&p)
	if t.values[i] == 0 {
		t.count++
	}
	t.keys[i], t.values[i] = p, uint32(index-t.base+1)
}

func (t *table) grow() {
	old := *t
	t.keys, t.values = make([]prefix, 2*len(old.keys)), make([]uint32, 2*len(old.values))
	for i, v := range old.values {
		if v != 0 {
			at := t.slot(&old.keys[i])
			t.keys[at], t.values[at] = old.keys[i], v
		}
	}
}

func (t *table) clear() {
	clear(t.values)
	t.count = 0
}

// A run is a stretch of the log whose index entries are in memory.
type run struct {
	lookup     table
	commitment table
	entries    int         // of the log that the run covers
	tree       merkle.Tree // the log ends here after the run
}

func newRun(entries int) *run {
	return &run{lookup: newTable(entries), commitment: newTable(entries)}
}

func (r *run) put(lookup []byte, e record.Entry, i uint64) {
	if lookup != nil {
		r.lookup.put(prefix(lookup), i)
	}
	if e.Kind == record.Sealed {
		r.commitment.put(prefix(e.Commitment[:]), i)
	}
}

func (r *run) clear() {
	r.lookup.clear()
	r.commitment.clear()
	r.entries = 0
}
