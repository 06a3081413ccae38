package testnet

import (
	"crypto/ecdsa"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
)

const (
	// DefaultChainID is the chain id of a chain whose Options name none. It is
	// the one that development chains of go-ethereum use.
	DefaultChainID = 1337

	// gasLimit is the block gas limit: that of main net under Osaka rules.
	gasLimit = 60_000_000

	// minTip is the least tip, in wei per gas, for which a transaction is
	// mined; the pool takes smaller ones and keeps them, as on main net.
	minTip = params.GWei / 1000

	// accounts is how many funded accounts a chain starts with.
	accounts = 10
)

// An Account is an account of the development chain that holds coin from the
// first block on. Its key follows from its index and is printed by
// cmd/akashi-testnet: whoever reads this file holds it. It is worthless, and so
// is everything sent to its address on any other chain.
type Account struct {
	Address common.Address
	Key     *ecdsa.PrivateKey
}

// KeyHex returns the private key as 0x and 64 lower-case hex digits, the form
// in which wallets import it.
func (a Account) KeyHex() string { return hexutil.Encode(crypto.FromECDSA(a.Key)) }

// account derives the account of that label: its private key is
// keccak256("akashi testnet account " ‖ label).
func account(label string) Account {
	key, err := crypto.ToECDSA(crypto.Keccak256([]byte("akashi testnet account " + label)))
	if err != nil {
		// A scalar outside the curve's order: a chance of 2⁻¹²⁸ for each
		// label, all of which are constants that a test derives.
		panic("testnet: no key for account " + label)
	}
	return Account{Address: crypto.PubkeyToAddress(key.PublicKey), Key: key}
}

// devAccounts returns the accounts that every chain of this package funds: 0 to
// 9, each with a million coin.
func devAccounts() []Account {
	all := make([]Account, accounts)
	for i := range all {
		all[i] = account(fmt.Sprint(i))
	}
	return all
}

// faucet pays for Chain.Fund. It is none of the listed accounts, so that a test
// that counts an account's nonces is not disturbed by it.
func faucet() Account { return account("faucet") }

// chainConfig returns the rules of the chain: every fork up to Osaka from the
// first block on, and none after it. They are written out here since the
// development defaults of go-ethereum switch on whatever fork comes next, under
// which gas costs differ from those of the networks that people use today.
func chainConfig(chainID uint64) *params.ChainConfig {
	zero := func() *big.Int { return new(big.Int) }
	start := func() *uint64 { return new(uint64) }
	return &params.ChainConfig{
		ChainID:                 new(big.Int).SetUint64(chainID),
		HomesteadBlock:          zero(),
		EIP150Block:             zero(),
		EIP155Block:             zero(),
		EIP158Block:             zero(),
		ByzantiumBlock:          zero(),
		ConstantinopleBlock:     zero(),
		PetersburgBlock:         zero(),
		IstanbulBlock:           zero(),
		MuirGlacierBlock:        zero(),
		BerlinBlock:             zero(),
		LondonBlock:             zero(),
		ArrowGlacierBlock:       zero(),
		GrayGlacierBlock:        zero(),
		TerminalTotalDifficulty: zero(),
		ShanghaiTime:            start(),
		CancunTime:              start(),
		PragueTime:              start(),
		OsakaTime:               start(),
		BlobScheduleConfig: &params.BlobScheduleConfig{
			Cancun: params.DefaultCancunBlobConfig,
			Prague: params.DefaultPragueBlobConfig,
		},
	}
}

// genesis returns the first block of a chain with that id: the system contracts
// of the forks, and the funded accounts. It holds no time and nothing random:
// two chains of the same id share it. Its extra data names the id, or a
// directory would open under any: the hash covers no chain id.
func genesis(chainID uint64) *core.Genesis {
	alloc := core.SystemContractAllocs()
	million := new(big.Int).Mul(big.NewInt(1_000_000), big.NewInt(params.Ether))
	for _, a := range devAccounts() {
		alloc[a.Address] = types.Account{Balance: million}
	}
	alloc[faucet().Address] = types.Account{Balance: new(big.Int).Mul(million, million)}
	alloc[deployer().Address] = types.Account{Balance: big.NewInt(params.Ether)}
	return &core.Genesis{
		Config:     chainConfig(chainID),
		ExtraData:  fmt.Appendf(nil, "akashi/%d", chainID), // at most 27 of 32 bytes
		GasLimit:   gasLimit,
		BaseFee:    big.NewInt(params.InitialBaseFee),
		Difficulty: new(big.Int),
		Alloc:      alloc,
	}
}
