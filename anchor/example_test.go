package anchor_test

import (
	"encoding/json"
	"fmt"
	"log"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/checkpoint"
)

// An owner, on a machine without network, names another operator. Whoever has
// coin submits what it signed; a change of who it names is noticed.
func Example() {
	private, err := crypto.ToECDSA(common.LeftPadBytes([]byte{1}, 32)) // never a real one
	if err != nil {
		log.Fatal(err)
	}
	owner := anchor.KeyOf(private)
	ref, err := checkpoint.ParseLogRef("eip155:1337:0x22c3aa5e27d72a88a08b83343ed5e6755bc376e9:0x23ebe8db9984521154fbab2d98dfaeb6d0deabcddd5a11251a2d9a99fc45da12")
	if err != nil {
		log.Fatal(err)
	}
	action := anchor.Action{Ref: ref, Kind: anchor.SetOperator, Account: checkpoint.Address{19: 2}}
	signed, err := action.Sign(owner, 7, time.Unix(1_800_000_000, 0))
	if err != nil {
		log.Fatal(err)
	}
	file, err := json.Marshal(signed)
	if err != nil {
		log.Fatal(err)
	}

	read, err := anchor.ParseSignedAction(file)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(read.Action)
	fmt.Println("as number", read.Nonce, "until", read.Deadline.Format(time.DateOnly), "by", read.Signer)

	read.Account = checkpoint.Address{19: 3}
	fmt.Println(read.Validate())
	// Output:
	// Make 0x0000000000000000000000000000000000000002 the operator of log eip155:1337:0x22c3aa5e27d72a88a08b83343ed5e6755bc376e9:0x23ebe8db9984521154fbab2d98dfaeb6d0deabcddd5a11251a2d9a99fc45da12: it alone can anchor from then on, and the operator before it no more.
	// as number 7 until 2027-01-15 by 0x7e5f4552091a69125d5dfcb7b8c2659029395bdf
	// bad owner action: it says that 0x7e5f4552091a69125d5dfcb7b8c2659029395bdf signed it, but the signature is of 0x8cad81314718a9191f80816e15a22f5bc02b121e: something in it was changed
}
