package mpt

import (
	"errors"
	"fmt"
)

// ErrRLP is wrapped by every error that says: this is not RLP in its one
// exact form.
var ErrRLP = errors.New("not exact RLP")

// An item is one decoded RLP value: a string, or the bytes of a list's items.
type item struct {
	list    bool
	content []byte // of a string; or all items of a list, one after the other
	raw     []byte // header and content
}

// split reads the first item of b and returns it with what follows (Ethereum
// Yellow Paper, appendix B). It refuses every encoding but the shortest, so
// that an item has one.
func split(b []byte) (item, []byte, error) {
	bad := func(what string) (item, []byte, error) { return item{}, nil, fmt.Errorf("%w: %s", ErrRLP, what) }
	if len(b) == 0 {
		return bad("an item is missing")
	}
	tag := b[0]
	switch {
	case tag < 0x80: // a single byte is its own encoding
		return item{content: b[:1], raw: b[:1]}, b[1:], nil
	case tag < 0xb8, 0xc0 <= tag && tag < 0xf8: // length in the tag
		list := tag >= 0xc0
		n := int(tag & 0x3f)
		if len(b)-1 < n {
			return bad("an item is cut off")
		}
		if !list && n == 1 && b[1] < 0x80 {
			return bad("a single byte below 0x80 is encoded with a length")
		}
		return item{list: list, content: b[1 : 1+n], raw: b[:1+n]}, b[1+n:], nil
	}
	// The length follows in 1 to 8 bytes.
	list := tag >= 0xf8
	width := int(tag&0x07) + 1
	if len(b)-1 < width {
		return bad("a length is cut off")
	}
	if b[1] == 0 {
		return bad("a length has a leading zero")
	}
	if width > 4 {
		return bad("a length of 2^32 or more")
	}
	n := 0
	for _, c := range b[1 : 1+width] {
		if n > (1<<31-1)>>8 { // int has 32 bits under some compilers
			return bad("a length of 2^31 or more")
		}
		n = n<<8 | int(c)
	}
	if n < 56 {
		return bad("a length below 56 is written in its long form")
	}
	if len(b)-1-width < n {
		return bad("an item is cut off")
	}
	return item{list: list, content: b[1+width : 1+width+n], raw: b[:1+width+n]}, b[1+width+n:], nil
}

// whole reads b as exactly one item.
func whole(b []byte) (item, error) {
	it, rest, err := split(b)
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("%w: %d bytes after the end", ErrRLP, len(rest))
	}
	return it, err
}

// items reads all items of a list, at most most of them.
func (it item) items(most int) ([]item, error) {
	if !it.list {
		return nil, fmt.Errorf("%w: a string where a list is wanted", ErrRLP)
	}
	list := make([]item, 0, min(most, 24))
	for rest := it.content; len(rest) > 0; {
		if len(list) == most {
			return nil, fmt.Errorf("%w: a list of more than %d items", ErrRLP, most)
		}
		var next item
		var err error
		if next, rest, err = split(rest); err != nil {
			return nil, err
		}
		list = append(list, next)
	}
	return list, nil
}

// bytes returns the content of a string.
func (it item) bytes() ([]byte, error) {
	if it.list {
		return nil, fmt.Errorf("%w: a list where a string is wanted", ErrRLP)
	}
	return it.content, nil
}

// word returns a string of exactly 32 bytes.
func (it item) word() (w [32]byte, err error) {
	b, err := it.bytes()
	if err != nil {
		return w, err
	}
	if len(b) != len(w) {
		return w, fmt.Errorf("%w: a string of %d bytes, want 32", ErrRLP, len(b))
	}
	return [32]byte(b), nil
}

// number returns a string that holds an integer below 2^64 without leading
// zero.
func (it item) number() (n uint64, err error) {
	b, err := it.bytes()
	if err != nil {
		return 0, err
	}
	if len(b) > 8 {
		return 0, fmt.Errorf("%w: an integer of %d bytes, want at most 8", ErrRLP, len(b))
	}
	if len(b) > 0 && b[0] == 0 {
		return 0, fmt.Errorf("%w: an integer with a leading zero", ErrRLP)
	}
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return n, nil
}

// IndexKey returns rlp(index), the key of a receipt in its block's trie.
func IndexKey(index uint64) []byte {
	if index == 0 {
		return []byte{0x80}
	}
	if index < 0x80 {
		return []byte{byte(index)}
	}
	var be []byte
	for shift := 56; shift >= 0; shift -= 8 {
		if c := byte(index >> shift); c != 0 || be != nil {
			be = append(be, c)
		}
	}
	return append([]byte{0x80 + byte(len(be))}, be...)
}
