package contracts

import (
	"github.com/ethereum/go-ethereum/params"
)

// What AnchorMany takes beside its calldata, measured and rounded up. The
// dearest item that there can be walks 56 levels with two SHA-256 calls on
// each; the one that this takes next most is a log's first.
const (
	anchorManyGas = 5_000
	anchorGas     = 60_000
)

// AnchorManyGas returns how much gas a transaction with AnchorMany(items) has
// to be sent with, so that nobody can make it fail. An estimate is too little:
// the owner of one of the logs can anchor a head that it never had in between,
// from which the same item takes a longer walk, and a transaction that runs out
// of gas loses all its items. What is not used is not paid for.
//
// A transaction may have at most 2^24 gas (EIP-7825): about 200 items.
func AnchorManyGas(items []SignedAnchor) uint64 {
	data := NewAnchorRegistry().PackAnchorMany(items)
	var tokens uint64 // as EIP-7623 counts: 1 for a zero byte, 4 for any other
	for _, b := range data {
		if b == 0 {
			tokens++
		} else {
			tokens += params.TxTokenPerNonZeroByte
		}
	}
	gas := params.TxGas + tokens*params.TxDataZeroGas + anchorManyGas + anchorGas*uint64(len(items))
	return max(gas, params.TxGas+tokens*params.TxCostFloorPerToken)
}
