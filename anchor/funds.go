package anchor

import (
	"fmt"
	"math/big"
	"time"

	"github.com/akashi-project/akashi/checkpoint"
)

const (
	// anchorGas is what one anchor takes, for estimates of how long a balance
	// lasts.
	anchorGas = 60_000

	// maxGas bounds what a transaction may be allowed to burn, whatever an
	// RPC estimates. Opening a log with the longest keys takes 3 million, a
	// deployment as much.
	maxGas = 8_000_000
)

// gasLimit leaves a quarter above an estimate: storage and calldata of the
// same call can cost more in a later block.
func gasLimit(estimate uint64) uint64 { return min(estimate, maxGas) * 5 / 4 }

// cost is gas times price, in wei.
func cost(gas uint64, price *big.Int) *big.Int {
	return new(big.Int).Mul(new(big.Int).SetUint64(gas), price)
}

// shortOfFunds says how much is missing and where to.
func shortOfFunds(a checkpoint.Address, chainID uint64, has, needs *big.Int) error {
	return fmt.Errorf("%w: %s on chain %d has %s, the next transaction may cost %s: send it at least %s", ErrShortOfFunds,
		a.Checksum(), chainID, coin(has), coin(needs), coin(new(big.Int).Sub(needs, has)))
}

// DaysAt estimates how long Balance pays for an anchor each interval at Price;
// -1: not known.
func (s Status) DaysAt(interval time.Duration) float64 {
	if s.Balance == nil || s.Price == nil || s.Price.Sign() <= 0 {
		return -1
	}
	one, _ := new(big.Float).SetInt(cost(anchorGas, s.Price)).Float64()
	has, _ := new(big.Float).SetInt(s.Balance).Float64()
	return has / one * interval.Hours() / 24
}
