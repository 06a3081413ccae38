//go:build !js

package jcs

import "github.com/gowebpki/jcs"

// Transform returns the RFC 8785 form of a JSON object or array whose names
// are unique and whose numbers are in the range of IEEE 754 doubles. Its
// errors quote the input.
func Transform(b []byte) ([]byte, error) { return jcs.Transform(b) }
