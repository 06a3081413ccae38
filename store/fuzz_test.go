package store

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/akashi-project/akashi/merkle"
)

// FuzzRecordChunk: what is accepted as a chunk of records is written back as
// the same bytes.
func FuzzRecordChunk(f *testing.F) {
	f.Add([]byte{})
	f.Add(appendRecord(appendRecord(nil, []byte("box")), nil))
	f.Add([]byte{0, 0, 0, 9, 1})
	f.Add(bytes.Repeat([]byte{0}, 4*(chunkRows+1)))
	f.Fuzz(func(t *testing.T, data []byte) {
		boxes, err := chunk{data: data}.records()
		if err != nil {
			return
		}
		var back []byte
		for _, box := range boxes {
			back = appendRecord(back, box)
		}
		if !bytes.Equal(back, data) {
			t.Errorf("%x was read as %x", data, back)
		}
	})
}

// FuzzPrivateChunk: reading any row of any bytes gives a row, nothing or an
// error.
func FuzzPrivateChunk(f *testing.F) {
	f.Add([]byte{}, uint64(0), uint64(0))
	f.Add(make([]byte, rowSize), uint64(5), uint64(5))
	f.Add(bytes.Repeat([]byte{1}, 2*rowSize), uint64(1)<<63, uint64(3))
	f.Fuzz(func(t *testing.T, data []byte, first, index uint64) {
		row, err := chunk{first, data}.row(index)
		if err == nil && row != nil && (len(row) != rowSize || index < first || index-first >= chunkRows) {
			t.Errorf("row %d of chunk %d has %d bytes", index, first, len(row))
		}
	})
}

// FuzzAnchor: a journal row that is accepted is written back as one that
// reads the same.
func FuzzAnchor(f *testing.F) {
	row, err := json.Marshal(testAnchor(Frozen{Tree: merkle.Tree{Size: 9}}, 3))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(row)
	f.Add([]byte(`{"size":1,"root":"","state":"final"}`))
	f.Add([]byte(`{"size":1,"colour":2}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := decodeAnchor(data)
		if err != nil || a.validate() != nil {
			return
		}
		again, err := json.Marshal(a)
		if err != nil {
			t.Fatalf("a row that was accepted cannot be written: %v", err)
		}
		b, err := decodeAnchor(again)
		if err != nil {
			t.Fatal(err)
		}
		if third, err := json.Marshal(b); err != nil || !bytes.Equal(again, third) {
			t.Errorf("%s became %s: %v", again, third, err)
		}
	})
}

// FuzzTable: a table answers as a map does.
func FuzzTable(f *testing.F) {
	f.Add([]byte("abcabcxyz"))
	f.Add(bytes.Repeat([]byte{7, 0, 1}, 300))
	f.Fuzz(func(t *testing.T, data []byte) {
		table, model := newTable(8), map[prefix]uint64{}
		for i, b := range data {
			p := prefix{b, byte(i & 1)} // many of the same slot
			table.put(p, 1000+uint64(i))
			model[p] = 1000 + uint64(i)
		}
		if table.count != len(model) {
			t.Errorf("%d keys, want %d", table.count, len(model))
		}
		for b := range 256 {
			for odd := range 2 {
				p := prefix{byte(b), byte(odd)}
				got, ok := table.get(p)
				want, there := model[p]
				if ok != there || ok && got != want {
					t.Errorf("key %x: %d %v, want %d %v", p, got, ok, want, there)
				}
			}
		}
	})
}
