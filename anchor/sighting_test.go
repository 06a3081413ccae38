package anchor

import (
	"testing"
	"time"

	"github.com/akashi-project/akashi/verify"
)

// TestSighting counts looks: only those in a row, apart, and of one chain that
// is settled where the last final anchor's block was.
func TestSighting(t *testing.T) {
	t.Parallel()
	l := finalRow(5, 0, 5)
	other, third, same := blockHash(5, 1), blockHash(5, 2), verify.BlockHash(l.Block.Hash)
	settled := func(hash verify.BlockHash) picture {
		return picture{latest: at(10, 0, 0), final: at(5, 0, 0), lastFinal: hash}
	}
	nameless := func(latest uint64) picture {
		return picture{latest: at(latest, 0, 0), noFinality: true, lastFinal: other}
	}
	unsettled := settled(other)
	unsettled.final = at(4, 0, 0)
	short := picture{latest: later(at(3, 0, 0)), final: at(1, 0, 0)}
	lagging := picture{latest: at(3, 0, 0), final: at(1, 0, 0)}

	for _, c := range []struct {
		name  string
		seen  []picture
		apart time.Duration
		want  int
	}{
		{"once", []picture{settled(other)}, time.Second, 1},
		{"thrice", []picture{settled(other), settled(other), settled(other)}, time.Second, 3},
		{"thrice at once", []picture{settled(other), settled(other), settled(other)}, time.Second - 1, 2},
		{"and then the right one", []picture{settled(other), settled(other), settled(same)}, time.Second, 0},
		{"and then another", []picture{settled(other), settled(other), settled(third)}, time.Second, 1},
		{"and then not settled", []picture{settled(other), unsettled}, time.Second, 0},
		{"and then a delay", []picture{settled(other), lagging}, time.Second, 0},
		{"too short", []picture{short, short}, time.Second, 2},
		{"no finality, deep", []picture{nameless(5 + deepBlocks)}, time.Second, 1},
		{"no finality, not deep", []picture{nameless(4 + deepBlocks)}, time.Second, 0},
	} {
		var s sighting
		now := t0
		for _, p := range c.seen {
			s = s.again(p, l, now, time.Second)
			now = now.Add(c.apart)
		}
		if s.looks != c.want {
			t.Errorf("%s: %d looks, want %d", c.name, s.looks, c.want)
		}
	}
	if s := (sighting{}).again(settled(other), nil, t0, 0); s.looks != 0 {
		t.Error("counted without a final anchor")
	}
	s := (sighting{}).again(settled(other), l, t0, 0)
	if s = s.again(settled(other), finalRow(6, 5, 5), t0, 0); s.looks != 1 {
		t.Errorf("%d looks, counted over two anchors", s.looks)
	}
}
