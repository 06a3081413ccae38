package checkpoint_test

import (
	"crypto/ed25519"
	"errors"
	"fmt"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
)

func Example() {
	// A log signs with a key of its own; this seed is of zeros, so that the
	// example gives the same signature each time. Real keys: GenerateKey.
	signer, vkey, err := checkpoint.SignerFromKey("university.example/log", ed25519.NewKeyFromSeed(make([]byte, 32)))
	if err != nil {
		fmt.Println(err)
		return
	}
	head := checkpoint.Checkpoint{Origin: "university.example/log", Tree: merkle.Tree{Root: merkle.EmptyRoot}}
	signed, err := checkpoint.Sign(head, signer)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s", signed)

	opened, _, err := checkpoint.Open(signed, checkpoint.Keys{vkey})
	fmt.Println(opened.Origin, opened.Tree.Size, err)
	// Output:
	// university.example/log
	// 0
	// 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
	//
	// — university.example/log H2bflkJ3kxSqi7IFX37wPvI6IHFRjyS+RvbnCSKZkiahVWT6m0n3oCGPaH5eHFi97eqZFB7r9dHAflyjfnsMKaKcYAM=
	// university.example/log 0 <nil>
}

func ExamplePolicy_Open() {
	skey, vkey, err := checkpoint.GenerateKey("university.example/log")
	if err != nil {
		fmt.Println(err)
		return
	}
	signer, err := checkpoint.NewSigner(skey)
	if err != nil {
		fmt.Println(err)
		return
	}
	wskey, wvkey, err := checkpoint.GenerateCosignerKey("witness.example")
	if err != nil {
		fmt.Println(err)
		return
	}
	witness, err := checkpoint.NewCosigner(wskey)
	if err != nil {
		fmt.Println(err)
		return
	}
	policy := checkpoint.Policy{Logs: []checkpoint.Keys{{vkey}}, Witnesses: []string{wvkey}, Quorum: 1}

	signed, err := checkpoint.Sign(checkpoint.Checkpoint{Origin: "university.example/log", Tree: merkle.Tree{Size: 1, Root: merkle.LeafHash([]byte("entry"))}}, signer)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = policy.Open(signed)
	fmt.Println(errors.Is(err, checkpoint.ErrQuorum), err)

	cosigned, err := checkpoint.Cosign(signed, checkpoint.Keys{vkey}, witness)
	if err != nil {
		fmt.Println(err)
		return
	}
	opened, err := policy.Open(cosigned)
	fmt.Println(opened.Tree.Size, opened.Cosignatures[0].Name, err)
	// Output:
	// true checkpoint without its witnesses' quorum: 0 of 1 witnesses cosigned, want 1
	// 1 witness.example <nil>
}

func ExampleLog_ID() {
	log := checkpoint.Log{
		Owner:  checkpoint.Address{0x01, 19: 0xff},
		Origin: "university.example/log",
		Keys:   checkpoint.Keys{"university.example/log+7b642958+ASe9tiZA7LNjt1LQngIiLavubrovL4F2xBZA+R18Rcxs"},
	}
	fmt.Println(checkpoint.LogRef{ChainID: 1, Registry: checkpoint.Address{19: 1}, Log: log.ID()})
	// Output:
	// eip155:1:0x0000000000000000000000000000000000000001:0x7705eada9818d22d994ae056ec19811e6ed289aa3dccf8eb1395890f605ae8d0
}
