// Package jcs writes JSON in the one form of RFC 8785, the JSON
// Canonicalization Scheme: members sorted by UTF-16 code units, numbers as
// ECMAScript prints them, no escape and no space that need not be there.
//
// The work is done by github.com/gowebpki/jcs. A build for browsers has the
// same of jsontext, which it links in anyway: the first library compiles a
// regular expression, and a page would load all of package regexp for it. The
// tests here hold the two against each other.
package jcs

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// byJSONText is Transform by the other library.
func byJSONText(b []byte) ([]byte, error) {
	v := jsontext.Value(bytes.Clone(b)) // it works in place
	if err := v.Canonicalize(); err != nil {
		return nil, err
	}
	return v, nil
}
