package checkpoint

import (
	"encoding/hex"
	"fmt"
	"strings"

	"golang.org/x/crypto/sha3"
)

// An Address is an account or contract of an Ethereum-compatible chain.
// As text it is "0x" and 40 lower-case hexadecimal digits.
type Address [20]byte

// A LogID names a log on every registry; see Log.ID. As text it is "0x" and
// 64 lower-case hexadecimal digits.
type LogID [32]byte

// String returns "0x" and 40 lower-case hexadecimal digits.
func (a Address) String() string { return "0x" + hex.EncodeToString(a[:]) }

// IsZero reports whether a is the zero address, which nobody holds.
func (a Address) IsZero() bool { return a == Address{} }

// MarshalText returns what String does.
func (a Address) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText accepts just what MarshalText returns.
func (a *Address) UnmarshalText(text []byte) error { return unhex(a[:], "address", string(text)) }

// ParseAddress reads an address as a person gives it: all digits lower case,
// all upper case, or mixed with the checksum of EIP-55, which is then
// verified. Stored and signed formats take UnmarshalText, which is exact.
func ParseAddress(s string) (Address, error) {
	var a Address
	digits, ok := strings.CutPrefix(s, "0x")
	lower := strings.ToLower(digits)
	if !ok {
		return a, fmt.Errorf("address does not begin with 0x")
	}
	if err := unhex(a[:], "address", "0x"+lower); err != nil {
		return a, err
	}
	if digits != lower && digits != strings.ToUpper(digits) && s != a.Checksum() {
		return Address{}, fmt.Errorf("address %s has a wrong EIP-55 checksum: a digit is mistyped, or its case was changed", s)
	}
	return a, nil
}

// Checksum returns the address in the mixed case of EIP-55, for people to
// read and copy.
func (a Address) Checksum() string {
	text := []byte(a.String())
	hash := keccak256(text[2:])
	for i := range 40 {
		nibble := hash[i/2] >> (4 * (1 - i%2)) & 0xf
		if c := text[2+i]; c >= 'a' && nibble >= 8 {
			text[2+i] = c - 'a' + 'A'
		}
	}
	return string(text)
}

// String returns "0x" and 64 lower-case hexadecimal digits.
func (id LogID) String() string { return "0x" + hex.EncodeToString(id[:]) }

// MarshalText returns what String does.
func (id LogID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText accepts just what MarshalText returns.
func (id *LogID) UnmarshalText(text []byte) error { return unhex(id[:], "log id", string(text)) }

// ParseLogID reads "0x" and 64 lower-case hexadecimal digits.
func ParseLogID(s string) (LogID, error) {
	var id LogID
	err := unhex(id[:], "log id", s)
	return id, err
}

// unhex reads "0x" and exactly 2·len(dst) lower-case hexadecimal digits.
func unhex(dst []byte, what, s string) error {
	if len(s) != 2+2*len(dst) || s[:2] != "0x" {
		return fmt.Errorf("%s is not 0x and %d hexadecimal digits", what, 2*len(dst))
	}
	for i, c := range []byte(s[2:]) {
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f') {
			return fmt.Errorf("%s has %q at character %d, want lower-case hexadecimal digits", what, c, 2+i)
		}
	}
	_, err := hex.Decode(dst, []byte(s[2:]))
	return err
}

// keccak256 is Ethereum's hash: Keccak before it became SHA-3.
func keccak256(data ...[]byte) (sum [32]byte) {
	h := sha3.NewLegacyKeccak256()
	for _, d := range data {
		h.Write(d)
	}
	h.Sum(sum[:0])
	return sum
}
