package checkpoint_test

import (
	"testing"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
)

func TestSignOpenCosign(t *testing.T) {
	skey, vkey, err := checkpoint.GenerateKey("university.example/log")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := checkpoint.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	if signer.VerifierKey() != vkey {
		t.Fatalf("signer says its verifier key is %s, want %s", signer.VerifierKey(), vkey)
	}
	want := checkpoint.Checkpoint{Origin: "university.example/log", Tree: merkle.Tree{Size: 7, Root: merkle.LeafHash([]byte("x"))}}
	signed, err := checkpoint.Sign(want, signer)
	if err != nil {
		t.Fatal(err)
	}
	keys := checkpoint.Keys{vkey}
	if got, _, err := checkpoint.Open(signed, keys); err != nil || got != want {
		t.Fatalf("Open gives %v, %v; want %v", got, err, want)
	}
	wskey, wvkey, err := checkpoint.GenerateCosignerKey("witness.example")
	if err != nil {
		t.Fatal(err)
	}
	witness, err := checkpoint.NewCosigner(wskey)
	if err != nil {
		t.Fatal(err)
	}
	cosigned, err := checkpoint.Cosign(signed, keys, witness)
	if err != nil {
		t.Fatal(err)
	}
	p := checkpoint.Policy{Logs: []checkpoint.Keys{keys}, Witnesses: []string{wvkey}, Quorum: 1}
	got, err := p.Open(cosigned)
	if err != nil || got.Checkpoint != want || len(got.Cosignatures) != 1 {
		t.Fatalf("policy gives %v, %v; want %v with one cosignature", got, err, want)
	}
}
