package anchor

import (
	"encoding/json"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/keystore"
)

// FuzzParseKeystore wants decrypting to neither panic nor spend without end on
// anything that parseKeystore accepts.
func FuzzParseKeystore(f *testing.F) {
	key, err := NewKey()
	if err != nil {
		f.Fatal(err)
	}
	text, err := keystore.EncryptKey(&keystore.Key{Address: key.address, PrivateKey: key.private}, "x", 2, 1)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"version":3,"crypto":{"cipher":"aes-128-ctr","ciphertext":"","cipherparams":{"iv":""},"kdf":"pbkdf2","kdfparams":{"c":1,"dklen":32,"prf":"hmac-sha256","salt":""},"mac":""}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := parseKeystore(b)
		if err != nil {
			return
		}
		if n, ok := file.Crypto.KDFParams["n"].(float64); ok && n > 1024 {
			return // allowed, and too dear to try for each input
		}
		if c, ok := file.Crypto.KDFParams["c"].(float64); ok && c > 1024 {
			return
		}
		keystore.DecryptDataV3(file.Crypto, "x")
	})
}

// FuzzParseOpening wants what is accepted to be written back as it means.
func FuzzParseOpening(f *testing.F) {
	f.Add([]byte(`{"chainId":1,"registry":"0x0000000000000000000000000000000000000001","owner":"0x0000000000000000000000000000000000000001","operator":"0x0000000000000000000000000000000000000001","origin":"a","keys":[],"deadline":1,"signature":"0x"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		o, err := ParseOpening(b)
		if err != nil {
			return
		}
		text, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseOpening(text)
		if err != nil || again.Log.ID() != o.Log.ID() || again.Deadline != o.Deadline {
			t.Fatalf("%s became %+v, %v", text, again, err)
		}
	})
}
