package contracts

import (
	"bytes"
	"sync"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
)

// RuntimeCodeHash is the Keccak-256 hash of the registry's code as
// eth_getCode gives it and EXTCODEHASH hashes it. The code has no immutables:
// every deployment of this release, on every chain, has this hash.
var RuntimeCodeHash = common.HexToHash(runtimeCodeHash)

// CreationCode returns the code that deploys a registry. Its constructor
// takes no arguments, and refuses a chain without the SHA-256 precompile.
func CreationCode() []byte {
	return common.FromHex(AnchorRegistryMetaData.Bin)
}

// ABI returns the registry's interface. It is shared: do not modify it.
var ABI = sync.OnceValue(func() *abi.ABI {
	parsed, err := AnchorRegistryMetaData.ParseABI()
	if err != nil {
		panic("contracts: the generated ABI does not parse: " + err.Error())
	}
	return parsed
})

// ErrorName returns the name of the registry's error with this selector, such
// as "NotOperator": the first four bytes of a revert's data, or the reason of
// a Skipped event. It is empty for an error that is not the registry's.
func ErrorName(selector [4]byte) string {
	for name, e := range ABI().Errors {
		if bytes.Equal(e.ID[:4], selector[:]) {
			return name
		}
	}
	return ""
}

// SignedAnchor is one item of AnchorMany: what the operator signed (see
// Anchor), the consistency proof from the registry's head of the log to the
// new one, and the signature. The proof is not signed, since whoever submits
// the anchor may have to make a newer one.
type SignedAnchor = IAnchorRegistrySignedAnchor
