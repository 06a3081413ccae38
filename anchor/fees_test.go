package anchor

import (
	"errors"
	"math/big"
	"testing"
	"time"
)

func TestQuote(t *testing.T) {
	t.Parallel()
	p := FeePolicy{FeeCap: big.NewInt(1000), TipCap: big.NewInt(50)}
	for _, c := range []struct {
		base, tip    int64
		cap, wantTip int64
		err          error
	}{
		{100, 10, 210, 10, nil},
		{100, 70, 250, 50, nil},  // the suggestion above TipCap
		{100, 0, 201, 1, nil},    // none: the least there is
		{600, 10, 1000, 10, nil}, // room only up to FeeCap
		{999, 10, 1000, 10, nil},
		{1000, 10, 0, 0, ErrFeeTooHigh},
		{5000, 10, 0, 0, ErrFeeTooHigh},
		{0, 10, 10, 10, nil},
	} {
		f, err := p.quote(big.NewInt(c.base), big.NewInt(c.tip))
		if !errors.Is(err, c.err) {
			t.Errorf("base %d tip %d: %v, want %v", c.base, c.tip, err, c.err)
			continue
		}
		if err == nil && (f.cap.Int64() != c.cap || f.tip.Int64() != c.wantTip) {
			t.Errorf("base %d tip %d: cap %v tip %v, want %d and %d", c.base, c.tip, f.cap, f.tip, c.cap, c.wantTip)
		}
	}
}

// TestBump wants an eighth more of both each time, never above the cap, and an
// end.
func TestBump(t *testing.T) {
	t.Parallel()
	p := FeePolicy{}.withDefaults()
	f := fee{cap: big.NewInt(3), tip: big.NewInt(1)}
	now := f
	steps := 0
	for {
		next, ok := p.bump(f, now)
		if !ok {
			break
		}
		for _, pair := range [][2]*big.Int{{f.cap, next.cap}, {f.tip, next.tip}} {
			if new(big.Int).Mul(pair[1], big.NewInt(8)).Cmp(new(big.Int).Mul(pair[0], big.NewInt(9))) < 0 {
				t.Fatalf("from %v to %v: less than an eighth", pair[0], pair[1])
			}
		}
		if next.cap.Cmp(p.FeeCap) > 0 || next.tip.Cmp(next.cap) > 0 {
			t.Fatalf("cap %v tip %v", next.cap, next.tip)
		}
		f = next
		if steps++; steps > 400 {
			t.Fatal("no end")
		}
	}
	// A higher market price is taken at once.
	if next, ok := p.bump(fee{cap: big.NewInt(8), tip: big.NewInt(8)}, fee{cap: big.NewInt(100), tip: big.NewInt(20)}); !ok || next.cap.Int64() != 100 || next.tip.Int64() != 20 {
		t.Fatalf("%+v", next)
	}
}

func TestMoneyWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		wei  int64
		gwei string
		coin string
	}{
		{0, "0 gwei", "0 coin"},
		{1, "0.000000001 gwei", "0.000000000000000001 coin"},
		{1_500_000_000, "1.5 gwei", "0.0000000015 coin"},
		{2_000_000_000_000_000_000, "2000000000 gwei", "2 coin"},
	} {
		if g, e := gwei(big.NewInt(c.wei)), coin(big.NewInt(c.wei)); g != c.gwei || e != c.coin {
			t.Errorf("%d: %q and %q, want %q and %q", c.wei, g, e, c.gwei, c.coin)
		}
	}
	if d := (Status{Balance: big.NewInt(60_000 * 24 * 10), Price: big.NewInt(1)}).DaysAt(time.Hour); d != 10 {
		t.Errorf("%v days, want 10", d)
	}
	if d := (Status{Balance: big.NewInt(1), Price: new(big.Int)}).DaysAt(time.Hour); d != -1 {
		t.Errorf("%v days at no price", d)
	}
}
