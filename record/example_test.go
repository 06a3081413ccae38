package record_test

import (
	"errors"
	"fmt"

	"github.com/akashi-project/akashi/record"
)

func Example() {
	badge := []byte(`{"type": ["VerifiableCredential", "OpenBadgeCredential"], "issuer": "https://u.example", "credits": 2.0}`)
	r, err := record.Parse(badge)
	if err != nil {
		fmt.Println(err)
		return
	}
	issuer, _ := r.Issuer()
	fmt.Println(r.Form(), r.InferType(), issuer)
	fmt.Printf("%s\n", r.Bytes())

	// Only the commitment reaches the log. A salt is random; this one is
	// fixed so that the example can be run.
	entry := record.Entry{Kind: record.Sealed, Type: record.Badge, Commitment: record.Commit(record.Salt{}, r.Digest())}
	fmt.Printf("%x\n", entry.Bytes())
	fmt.Println(r.Digest())
	// Output:
	// json badge https://u.example
	// {"credits":2,"issuer":"https://u.example","type":["VerifiableCredential","OpenBadgeCredential"]}
	// 01010168ba4f4a4e510833f285ea4ad0db2019d95466a52c5a7d2929fbc74e1ec0c2f0
	// [redacted]
}

func ExampleParse_refused() {
	_, err := record.Parse([]byte("{\n  \"id\": 9007199254740993\n}"))
	var f *record.FormatError
	if errors.As(err, &f) {
		fmt.Println(f.Gate, f.Line, f.Column)
	}
	fmt.Println(err)
	// Output:
	// number 2 9
	// record refused by gate number at line 2, column 9 (byte 10): this number has more than 100 characters or differs from its RFC 8785 form, the shortest for a 64-bit IEEE 754 value; round it, or write it as a string
}

func ExampleEntry_Effect() {
	badge := record.Entry{Kind: record.Sealed, Type: record.Badge}
	revoke := record.Entry{Kind: record.Status, Target: 0, State: record.Revoked}
	state, err := revoke.Effect(1, badge, record.Valid)
	fmt.Println(state, err)

	reinstate := record.Entry{Kind: record.Status, Target: 0, State: record.Valid}
	state, err = reinstate.Effect(2, badge, state)
	fmt.Println(state, err)
	// Output:
	// revoked <nil>
	// revoked status entry has no effect: entry 0 is revoked, which is final
}

func ExampleCIDOf() {
	// What `ipfs add --cid-version=1 --raw-leaves` prints for this content.
	fmt.Println(record.CIDOf(record.DigestOf([]byte("hello world"))))
	// Output: bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e
}
