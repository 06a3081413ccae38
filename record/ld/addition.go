package ld

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// MaxContext bounds the file of a context that an operator adds, in bytes; the
// largest that ships has 50 KB.
const MaxContext = 1 << 20

// An Addition names a context that an operator adds: the file that holds it, the
// URL that means it, and its hash, so that nobody changes a meaning by changing
// a file. As text: SHA256:FILE:URL, the hash as 64 hexadecimal digits.
type Addition struct {
	SHA256 [32]byte
	File   string
	URL    string
}

// ErrAddition says that a text names no context.
var ErrAddition = errors.New("write SHA256:FILE:URL, the hash as 64 hexadecimal digits and the URL with its scheme")

// ParseAddition reads the text of an Addition. The error is ErrAddition.
func ParseAddition(text string) (Addition, error) {
	digits, rest, _ := strings.Cut(text, ":")
	sum, err := hex.DecodeString(digits)
	if err != nil || len(sum) != sha256.Size {
		return Addition{}, ErrAddition
	}
	// The URL begins behind the first colon that leaves one: C:\terms.json has a
	// colon that does not.
	for i := 1; i < len(rest); i++ {
		if url := rest[i+1:]; rest[i] == ':' && isAbsolute(url) && isWritable(url) {
			return Addition{[32]byte(sum), rest[:i], url}, nil
		}
	}
	return Addition{}, ErrAddition
}

// String gives the text.
func (a Addition) String() string {
	return hex.EncodeToString(a.SHA256[:]) + ":" + a.File + ":" + a.URL
}

// Add returns a set that holds the context too, of which b is the file. The
// error says what is wrong with the file and what to do; it wraps ErrHash when it
// is another than was pinned.
func (c *Contexts) Add(a Addition, b []byte) (*Contexts, error) {
	if sum := sha256.Sum256(b); sum != a.SHA256 {
		return nil, fmt.Errorf("%s: %w: it has %x and %x was named. Fetch %s again from its publisher; when the publisher has changed it, read what changed before you name the new hash, since it changes what signatures cover",
			a.File, ErrHash, sum, a.SHA256, a.URL)
	}
	with, err := c.With(a.URL, b, a.SHA256)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a.File, err)
	}
	return with, nil
}
