package verify

import (
	"encoding/hex"
	"fmt"
)

// prefixed is bytes that Ethereum defines: "0x" and lower-case hexadecimal.
type prefixed []byte

func (b prefixed) MarshalText() ([]byte, error) {
	return hex.AppendEncode([]byte("0x"), b), nil
}

func (b *prefixed) UnmarshalText(text []byte) (err error) {
	*b, err = unhex("value", text, true)
	return err
}

// plain is bytes of the log itself: lower-case hexadecimal without a prefix.
type plain []byte

func (b plain) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, b), nil }

func (b *plain) UnmarshalText(text []byte) (err error) {
	*b, err = unhex("value", text, false)
	return err
}

// unhex reads lower-case hexadecimal digits, after "0x" when prefix says so.
// Its errors give a place, never the text.
func unhex(what string, text []byte, prefix bool) ([]byte, error) {
	digits := text
	if prefix {
		if len(text) < 2 || text[0] != '0' || text[1] != 'x' {
			return nil, fmt.Errorf("%s does not begin with 0x", what)
		}
		digits = text[2:]
	}
	if len(digits)%2 != 0 {
		return nil, fmt.Errorf("%s has %d hexadecimal digits, want an even number", what, len(digits))
	}
	for i, c := range digits {
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f') {
			return nil, fmt.Errorf("%s has a character at position %d that is not a lower-case hexadecimal digit", what, len(text)-len(digits)+i)
		}
	}
	b := make([]byte, len(digits)/2)
	_, err := hex.Decode(b, digits)
	return b, err
}
