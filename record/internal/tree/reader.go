package tree

import "errors"

// ErrTooMuch says that a Reader has parsed as much as it may.
var ErrTooMuch = errors.New("more documents than one check reads")

// A Reader parses the documents of one check: each once, however often it is
// asked for, and so many bytes in all. A few bytes of a badge can name the same
// large document a thousand times.
type Reader struct {
	left int
	read map[string]reading
}

type reading struct {
	object Object
	err    error
}

// NewReader returns a Reader of that many bytes.
func NewReader(bytes int) *Reader { return &Reader{left: bytes, read: map[string]reading{}} }

// Left returns how many bytes may still be parsed.
func (r *Reader) Left() int { return r.left }

// Take takes from the bytes that may be parsed. It reports whether they were
// left.
func (r *Reader) Take(bytes int) bool {
	if bytes > r.left {
		return false
	}
	r.left -= bytes
	return true
}

// Parse is the function Parse, of the body that was found at an address. The
// object is shared and must not be changed.
func (r *Reader) Parse(address string, body []byte) (Object, error) {
	if known, ok := r.read[address]; ok {
		return known.object, known.err
	}
	if !r.Take(len(body)) {
		return nil, ErrTooMuch
	}
	o, err := Parse(body)
	r.read[address] = reading{o, err}
	return o, err
}
