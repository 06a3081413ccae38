package anchor

import (
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/params"
)

// FeePolicy bounds what an anchor may cost (EIP-1559). All amounts are in wei
// for one unit of gas; a single anchor takes some 55,000 to 60,000 of them.
type FeePolicy struct {
	// FeeCap is the most that is paid, base fee and tip together; nil or 0
	// means 100 gwei. While the chain asks more, anchors wait.
	FeeCap *big.Int

	// TipCap is the most of it that goes to the block's proposer; nil or 0
	// means 2 gwei. The RPC's suggestion is taken up to here; a stuck
	// transaction may go beyond, up to FeeCap.
	TipCap *big.Int
}

// The documented defaults.
var (
	defaultFeeCap = new(big.Int).Mul(big.NewInt(100), big.NewInt(params.GWei))
	defaultTipCap = new(big.Int).Mul(big.NewInt(2), big.NewInt(params.GWei))
)

// withDefaults returns p with the default for each zero.
func (p FeePolicy) withDefaults() FeePolicy {
	if p.FeeCap == nil || p.FeeCap.Sign() == 0 {
		p.FeeCap = defaultFeeCap
	}
	if p.TipCap == nil || p.TipCap.Sign() == 0 {
		p.TipCap = defaultTipCap
	}
	return p
}

// validate wants a policy without zeroes.
func (p FeePolicy) validate() error {
	if p.FeeCap.Sign() < 0 || p.TipCap.Sign() < 0 {
		return fmt.Errorf("fee caps of %v and %v wei: want amounts above 0", p.FeeCap, p.TipCap)
	}
	// 10⁹ gwei: far beyond any chain, far below what a balance is counted in.
	if most := new(big.Int).Exp(big.NewInt(10), big.NewInt(18), nil); p.FeeCap.Cmp(most) > 0 || p.TipCap.Cmp(most) > 0 {
		return fmt.Errorf("fee caps of %v and %v wei: want at most %v", p.FeeCap, p.TipCap, most)
	}
	return nil
}

// A fee is what one attempt offers for a unit of gas, in wei.
type fee struct {
	cap *big.Int // base fee and tip together
	tip *big.Int // at most cap
}

// quote returns the fee for a first attempt: the suggested tip up to TipCap,
// and room for the base fee to double, which takes at least six full blocks
// (EIP-1559 raises it by an eighth a block). It returns ErrFeeTooHigh when
// FeeCap does not even pay the present base fee: such a transaction is refused
// by some nodes and sits in the pool of others.
func (p FeePolicy) quote(baseFee, suggested *big.Int) (fee, error) {
	if baseFee.Cmp(p.FeeCap) >= 0 {
		return fee{}, fmt.Errorf("%w: base fee %s, cap %s", ErrFeeTooHigh, gwei(baseFee), gwei(p.FeeCap))
	}
	// A proposer takes a transaction without tip last, some never.
	tip := lesser(greater(suggested, big.NewInt(1)), p.TipCap)
	want := new(big.Int).Add(new(big.Int).Lsh(baseFee, 1), tip)
	f := fee{cap: lesser(want, p.FeeCap)}
	f.tip = lesser(tip, f.cap)
	return f, nil
}

// bump returns the fee that replaces a stuck attempt: an eighth more tip and
// an eighth more cap than it had, or what quote now says if that is more.
// Nodes want a tenth at least (geth's price bump) and an eighth clears all.
// It returns false when FeeCap forbids it: a smaller raise would be refused.
func (p FeePolicy) bump(old, now fee) (fee, bool) {
	f := fee{cap: greater(eighthMore(old.cap), now.cap), tip: greater(eighthMore(old.tip), now.tip)}
	if eighthMore(old.cap).Cmp(p.FeeCap) > 0 || eighthMore(old.tip).Cmp(p.FeeCap) > 0 {
		return fee{}, false
	}
	f.cap = lesser(f.cap, p.FeeCap)
	f.tip = lesser(f.tip, f.cap)
	return f, true
}

// eighthMore returns x·9/8, rounded up.
func eighthMore(x *big.Int) *big.Int {
	y := new(big.Int).Mul(x, big.NewInt(9))
	y.Add(y, big.NewInt(7))
	return y.Rsh(y, 3)
}

func lesser(a, b *big.Int) *big.Int {
	if a.Cmp(b) < 0 {
		return a
	}
	return b
}

func greater(a, b *big.Int) *big.Int {
	if a.Cmp(b) > 0 {
		return a
	}
	return b
}

// gwei and coin write an amount of wei for people.
func gwei(x *big.Int) string { return decimal(x, 9) + " gwei" }
func coin(x *big.Int) string { return decimal(x, 18) + " coin" }

// decimal writes x·10^-places, exactly, without trailing zeros.
func decimal(x *big.Int, places int) string {
	one := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(places)), nil)
	s := new(big.Rat).SetFrac(x, one).FloatString(places)
	for s[len(s)-1] == '0' {
		s = s[:len(s)-1]
	}
	if s[len(s)-1] == '.' {
		s = s[:len(s)-1]
	}
	return s
}
