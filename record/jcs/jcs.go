// Package jcs writes JSON in the one form of RFC 8785, the JSON
// Canonicalization Scheme: members sorted by UTF-16 code units, numbers as
// ECMAScript prints them, no escape and no space that need not be there.
//
// The work is done by jsontext, which reads all JSON here. The tests hold it
// against github.com/gowebpki/jcs, which takes five times as long and makes a
// browser load a compiler of regular expressions.
package jcs

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// Transform returns the RFC 8785 form of a JSON object or array whose names
// are unique and whose numbers are in the range of IEEE 754 doubles. Its
// errors may quote the input, of which it keeps nothing.
func Transform(b []byte) ([]byte, error) {
	v := jsontext.Value(bytes.Clone(b)) // it works in place
	// That names are unique is the caller's word, who has looked.
	if err := v.Canonicalize(jsontext.AllowDuplicateNames(true)); err != nil {
		return nil, err
	}
	return v, nil
}
