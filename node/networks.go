package node

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/verify"
)

// A Network is a chain that is known by name, with what suits it.
type Network struct {
	Name    string // as --network takes it
	Title   string // for people
	ChainID uint64 // EIP-155
	// RPC is empty where everybody brings their own.
	RPC string
	// Registry is where the AnchorRegistry is deployed; zero while it is not.
	Registry checkpoint.Address
	// RegistryCode is keccak256 of the runtime code there.
	RegistryCode verify.BlockHash

	// Confirmations is 0 where the chain has finality of its own.
	Confirmations uint64
	BlockTime     time.Duration // between two blocks
	Finality      time.Duration // from a block until it is final, about

	// What suits AnchorConfig and ChainConfig; 0 is their default.
	AnchorInterval time.Duration
	Poll           time.Duration
	MaxLag         time.Duration
	FeeCapGwei     float64
	TipCapGwei     float64

	// Dev marks a chain for trying things out on one machine: keys are
	// encrypted lightly.
	Dev bool
	// Worthless says that the chain's coin is given away.
	Worthless bool
}

// Networks are the presets of InitOptions.Network. An address is filled in
// when a registry is deployed (akashi registry deploy); until then a user
// names one.
var Networks = []Network{
	{
		Name: "dev", Title: "development chain of akashi-testnet", ChainID: 1337, RPC: "http://127.0.0.1:8545",
		// Where testnet.Chain.Registry deploys, the first contract of an
		// account that does nothing else.
		Registry:     mustAddress("0x22c3aa5e27d72a88a08b83343ed5e6755bc376e9"),
		RegistryCode: registryCode,
		BlockTime:    time.Second, Finality: 3 * time.Second,
		AnchorInterval: 5 * time.Second,
		Dev:            true, Worthless: true,
	},
	{
		Name: "sepolia", Title: "Ethereum's public test network Sepolia", ChainID: 11155111,
		RegistryCode: registryCode,
		BlockTime:    12 * time.Second, Finality: 15 * time.Minute,
		AnchorInterval: 10 * time.Minute, Poll: 6 * time.Second, MaxLag: time.Hour,
		FeeCapGwei: 100, TipCapGwei: 2,
		Worthless: true,
	},
	{
		Name: "mainnet", Title: "Ethereum", ChainID: 1,
		RegistryCode: registryCode,
		BlockTime:    12 * time.Second, Finality: 15 * time.Minute,
		AnchorInterval: time.Hour, Poll: 6 * time.Second, MaxLag: time.Hour,
		FeeCapGwei: 20, TipCapGwei: 1,
	},
}

// registryCode is the hash of this release's AnchorRegistry
// (contracts.RuntimeCodeHash), written out so that a change of the contract
// shows here too.
var registryCode = mustHash("0x48bf6ce7c817c0515b0a6f2a6586f0e3c1d790f2b288ac02f9dcd656f3b0c7ee")

// AnchorGas is what one anchor takes on average in a log of a million
// entries, the transaction included.
const AnchorGas = 54_000

// FindNetwork gives the network of a name.
func FindNetwork(name string) (Network, error) {
	i := slices.IndexFunc(Networks, func(n Network) bool { return n.Name == name })
	if i < 0 {
		return Network{}, fmt.Errorf("there is no network %q; known are: %s", clipText(name), strings.Join(NetworkNames(), ", "))
	}
	return Networks[i], nil
}

// NetworkOf gives the network with a chain id, if it is known.
func NetworkOf(chainID uint64) (Network, bool) {
	i := slices.IndexFunc(Networks, func(n Network) bool { return n.ChainID == chainID })
	if i < 0 {
		return Network{}, false
	}
	return Networks[i], true
}

// NetworkNames lists the names of Networks.
func NetworkNames() []string {
	var names []string
	for _, n := range Networks {
		names = append(names, n.Name)
	}
	return names
}

// CoinText is the most that so much gas costs at a fee cap, in the chain's
// coin, to three digits.
func CoinText(gas uint64, feeCapGwei float64) string {
	return strconv.FormatFloat(float64(gas)*feeCapGwei/1e9, 'g', 3, 64)
}

func mustAddress(s string) checkpoint.Address {
	a, err := checkpoint.ParseAddress(s)
	if err != nil {
		panic("node: " + err.Error())
	}
	return a
}

func mustHash(s string) verify.BlockHash {
	var h verify.BlockHash
	if err := h.UnmarshalText([]byte(s)); err != nil {
		panic("node: " + err.Error())
	}
	return h
}
