package badge

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"testing"
	"time"

	"github.com/akashi-project/akashi/record"
)

// FuzzParse holds what Parse accepts to its exact bytes, and Check to ending
// without a network: with the same findings each time, and never verified
// unless a signature was.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`{"@context":["https://www.w3.org/ns/credentials/v2","https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],"type":["VerifiableCredential","OpenBadgeCredential"],"credentialSubject":{"achievement":{}},"proof":{"type":"DataIntegrityProof"}}`,
		`{"@context":["https://www.w3.org/2018/credentials/v1"],"type":"ClrCredential","credentialSubject":{"verifiableCredential":[{},"a.b.c",1,null]},"credentialStatus":[{"type":"BitstringStatusListEntry"},1]}`,
		`{"@context":"https://w3id.org/openbadges/v2","type":"Assertion","badge":{"issuer":{}},"recipient":{"hashed":true,"identity":"sha256$"},"verification":{"type":"hosted"}}`,
		`{"type":"EnvelopedVerifiableCredential","id":"data:application/vc+jwt,eyJhbGciOiJFUzI1NiJ9.e30.AAAA"}`,
		`{"@context":"https://www.w3.org/ns/credentials/v2","type":"EnvelopedVerifiableCredential","id":"data:application/vc+jwt,eyJhbGciOiJFUzI1NiJ9.e30.AAAA"}`,
		`{"type":"EndorsementCredential","endorsement":[{"type":"EndorsementCredential","endorsement":[]}],"issuer":{"endorsement":1}}`,
		"eyJhbGciOiJFUzI1NiJ9.eyJ2YyI6eyJ0eXBlIjoiVmVyaWZpYWJsZUNyZWRlbnRpYWwifSwibmJmIjoxZTk5fQ.AAAA",
		"\x89PNG\r\n\x1a\n", `<svg xmlns:openbadges="http://openbadges.org"/>`,
	} {
		f.Add([]byte(s))
	}
	at := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, in []byte) {
		if b, err := Parse(in); err == nil {
			again, err := record.Parse(b.Record.Bytes())
			if err != nil || !bytes.Equal(again.Bytes(), b.Record.Bytes()) {
				t.Fatalf("its bytes are not their own: %v", err)
			}
		}
		o := Options{Now: func() time.Time { return at }}
		first := Check(t.Context(), in, o)
		if first.Verdict == Verified {
			if s, ok := first.Find(ProofSignature); !ok || s.Result != Pass {
				t.Fatalf("verified without a signature: %v", first.Checks)
			}
		}
		one, err := json.Marshal(first)
		if err != nil {
			t.Fatal(err)
		}
		two, _ := json.Marshal(Check(t.Context(), in, o))
		if !bytes.Equal(one, two) {
			t.Fatalf("first %s then %s", one, two)
		}
	})
}

// FuzzStatusList holds reading a list to a reader that is slow and plain.
func FuzzStatusList(f *testing.F) {
	pack := func(list []byte) string {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write(list)
		z.Close()
		return "u" + base64.RawURLEncoding.EncodeToString(b.Bytes())
	}
	f.Add(pack([]byte{0x80, 1}), true, uint64(0), uint64(1))
	f.Add(pack(make([]byte, 1<<14))[1:], false, uint64(131071), uint64(1))
	f.Add("uH4sIAAAA", true, uint64(1)<<63, uint64(64))
	f.Fuzz(func(t *testing.T, encoded string, multibase bool, index, size uint64) {
		list, err := unpack(encoded, multibase)
		if err != nil {
			return
		}
		if len(list) > MaxListBytes {
			t.Fatalf("%d bytes", len(list))
		}
		value, ok := place(list, index, size)
		if !ok {
			return
		}
		var want uint64
		for i := uint64(0); i < size; i++ {
			bit := index*size + i
			if list[bit/8]&(0x80>>(bit%8)) != 0 {
				want |= 1 << (size - 1 - i)
			}
		}
		if value != want {
			t.Fatalf("place %d of %d bits is %x, want %x", index, size, value, want)
		}
		// What is read is what was packed.
		if back, err := unpack(pack(list), true); err != nil || !bytes.Equal(back, list) {
			t.Fatalf("packed again it is another: %v", err)
		}
	})
}
