package testnet

import (
	"context"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/akashi-project/akashi/contracts"
)

// deployer owns nothing but the registry's address and the coin to deploy it:
// its first transaction on a chain creates the registry, so that every chain of
// this package has it in the same place.
func deployer() Account { return account("registry") }

// RegistryAddress is where Registry deploys, on every chain of this package.
// The network "dev" of `akashi init` names it.
func RegistryAddress() common.Address { return crypto.CreateAddress(deployer().Address, 0) }

// Registry returns the address of the chain's AnchorRegistry, deploying it when
// it is not there.
func (c *Chain) Registry(ctx context.Context) (common.Address, error) {
	at := RegistryAddress()
	code, err := c.client.CodeAt(ctx, at, nil)
	if err != nil {
		return common.Address{}, fmt.Errorf("testnet: registry: %w", err)
	}
	if len(code) > 0 {
		if crypto.Keccak256Hash(code) != contracts.RuntimeCodeHash {
			return common.Address{}, fmt.Errorf("testnet: the chain's registry at %s is that of another release; start a new chain in an empty folder", at)
		}
		return at, nil
	}
	receipt, err := c.Transact(ctx, deployer(), nil, nil, contracts.CreationCode())
	if err != nil {
		return common.Address{}, fmt.Errorf("testnet: deploy the registry: %w", err)
	}
	if receipt.Status != types.ReceiptStatusSuccessful || receipt.ContractAddress != at {
		return common.Address{}, fmt.Errorf("testnet: deploy the registry: transaction %s failed, or created %s instead of %s", receipt.TxHash, receipt.ContractAddress, at)
	}
	return at, nil
}
