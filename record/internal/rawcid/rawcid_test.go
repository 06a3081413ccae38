package rawcid_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/record/internal/rawcid"
	"github.com/ipfs/go-cid"
	"github.com/multiformats/go-multibase"
	"github.com/multiformats/go-multihash"
)

// library returns the CID that go-cid makes of a digest.
func library(t testing.TB, digest [32]byte) cid.Cid {
	t.Helper()
	mh, err := multihash.Encode(digest[:], multihash.SHA2_256)
	if err != nil {
		t.Fatal(err)
	}
	return cid.NewCidV1(cid.Raw, mh)
}

// same holds one digest against the library, text and bytes.
func same(t testing.TB, digest [32]byte) {
	t.Helper()
	c, want := rawcid.CID(digest), library(t, digest)
	if c.String() != want.String() || !bytes.Equal(c.Bytes(), want.Bytes()) {
		t.Fatalf("%s, and the library has %s", c, want)
	}
	if back, err := rawcid.Parse(want.String()); err != nil || back != c {
		t.Fatalf("%s reads as %s: %v", want, back, err)
	}
}

func TestAgainstLibrary(t *testing.T) {
	same(t, [32]byte{})
	same(t, [32]byte(bytes.Repeat([]byte{0xff}, 32)))
	for i := range 2000 {
		same(t, sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(i))))
	}
}

// TestRefused: another spelling of the same CID, and other CIDs.
func TestRefused(t *testing.T) {
	digest := sha256.Sum256([]byte("a record"))
	c := library(t, digest)
	good := c.String()
	other := func(codec, hash uint64) string {
		mh, err := multihash.Encode(digest[:], hash)
		if err != nil {
			t.Fatal(err)
		}
		return cid.NewCidV1(codec, mh).String()
	}
	spelled := func(base multibase.Encoding) string {
		s, err := c.StringOfBase(base)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for name, s := range map[string]string{
		"nothing":            "",
		"a letter":           "b",
		"upper case":         "b" + strings.ToUpper(good[1:]),
		"base32 in capitals": spelled(multibase.Base32Upper),
		"padding":            spelled(multibase.Base32pad),
		"base58":             spelled(multibase.Base58BTC),
		"version 0":          cid.NewCidV0(c.Hash()).String(),
		"dag-pb":             other(cid.DagProtobuf, multihash.SHA2_256),
		"sha3-256":           other(cid.Raw, multihash.SHA3_256),
		"cut off":            good[:58],
		"a letter more":      good + "a",
		"a line end":         good[:20] + "\n" + good[20:],
		"spare bits":         good[:58] + "v",
	} {
		if s == good {
			t.Fatalf("%s: not another text", name)
		}
		if got, err := rawcid.Parse(s); err == nil {
			t.Errorf("%s: %q is read as %s", name, s, got)
		}
	}
}

// FuzzParse: what is read is what the library reads to the same text.
func FuzzParse(f *testing.F) {
	f.Add(rawcid.CID{}.String())
	f.Add("bafkqaaa")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := rawcid.Parse(s)
		want, wantErr := cid.Decode(s)
		ours := wantErr == nil && want.Prefix() == cid.Prefix{Version: 1, Codec: cid.Raw, MhType: multihash.SHA2_256, MhLength: 32} && want.String() == s
		if (err == nil) != ours || err == nil && c.String() != s {
			t.Fatalf("%q: %v here; %v, %v by the library", s, err, want, wantErr)
		}
	})
}
