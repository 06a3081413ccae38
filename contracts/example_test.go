package contracts_test

import (
	"fmt"
	"log"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/akashi-project/akashi/contracts"
)

// An operator signs an anchor, which anybody may then submit and pay for. The
// signature counts on one registry of one chain, and on no other.
func Example() {
	key, err := crypto.ToECDSA(common.LeftPadBytes([]byte{1}, 32)) // never a real one
	if err != nil {
		log.Fatal(err)
	}
	here := contracts.Domain{ChainID: 1337, Registry: common.HexToAddress("0x22c3aa5e27d72a88a08b83343ed5e6755bc376e9")}
	anchor := contracts.Anchor{
		LogID:    common.HexToHash("0x23ebe8db9984521154fbab2d98dfaeb6d0deabcddd5a11251a2d9a99fc45da12"),
		Size:     4,
		Root:     common.HexToHash("0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
		Deadline: 1_800_000_000,
	}
	signature, err := contracts.Sign(anchor, here, key)
	if err != nil {
		log.Fatal(err)
	}
	for _, d := range []contracts.Domain{here, {ChainID: 1, Registry: here.Registry}} {
		who, err := contracts.Signer(anchor, d, signature)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("chain", d.ChainID, "takes it as signed by the operator:", who == crypto.PubkeyToAddress(key.PublicKey))
	}
	fmt.Println("verifiers know the contract by", contracts.RuntimeCodeHash)
	// Output:
	// chain 1337 takes it as signed by the operator: true
	// chain 1 takes it as signed by the operator: false
	// verifiers know the contract by 0x48bf6ce7c817c0515b0a6f2a6586f0e3c1d790f2b288ac02f9dcd656f3b0c7ee
}
