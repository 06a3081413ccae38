package mpt

import (
	"bytes"
	"errors"
	"fmt"

	"golang.org/x/crypto/sha3"
)

// ErrTrie is wrapped by every error that says: these nodes do not lead from
// the root to a value at the key.
var ErrTrie = errors.New("trie proof does not verify")

// Keccak256 is Ethereum's hash: Keccak before it became SHA-3.
func Keccak256(data []byte) (sum [32]byte) {
	h := sha3.NewLegacyKeccak256()
	h.Write(data)
	h.Sum(sum[:0])
	return sum
}

// Get returns the value at key in the trie with that root. The nodes are
// those on the path from the root that are referred to by their hash, the
// root first; each is used, none is left over. Nodes of less than 32 bytes
// stand inside their parents (Yellow Paper, appendix D).
func Get(root [32]byte, key []byte, nodes [][]byte) ([]byte, error) {
	bad := func(format string, a ...any) ([]byte, error) {
		return nil, fmt.Errorf("%w: %w", ErrTrie, fmt.Errorf(format, a...))
	}
	path := nibbles(key)
	next := item{content: root[:]} // reference to the node that comes next
	used := 0
	for {
		node := next
		if !node.list {
			if used == len(nodes) {
				return bad("the path goes on below the last of the %d nodes", len(nodes))
			}
			if hash := Keccak256(nodes[used]); !bytes.Equal(hash[:], next.content) {
				return bad("node %d is not the one that its parent refers to", used)
			}
			var err error
			if node, err = whole(nodes[used]); err != nil {
				return bad("node %d: %w", used, err)
			}
			if err := form(node); err != nil {
				return bad("node %d: %w", used, err)
			}
			used++
		}
		value, child, rest, err := step(node, path)
		if err != nil {
			return bad("node %d: %w", used-1, err)
		}
		if value != nil {
			if used != len(nodes) {
				return bad("%d nodes are left over behind the value", len(nodes)-used)
			}
			return value, nil
		}
		// Every step but one into an embedded node uses up a node, and an
		// embedded one is shorter than its parent: the loop ends.
		next, path = child, rest
	}
}

// step goes one node down: to the value, or to the child that the path leads
// to and what is left of the path.
func step(node item, path []byte) (value []byte, child item, rest []byte, err error) {
	fail := func(err error) ([]byte, item, []byte, error) { return nil, item{}, nil, err }
	fields, err := node.items(17)
	if err != nil {
		return fail(err)
	}
	switch len(fields) {
	case 17: // branch: a child for each nibble, and a value
		if len(path) == 0 {
			value, err := fields[16].bytes()
			if err == nil && len(value) == 0 {
				err = errors.New("there is no value at the key")
			}
			return value, item{}, nil, err
		}
		child, err := reference(fields[path[0]])
		return nil, child, path[1:], err
	case 2: // extension or leaf: a piece of path, and a child or value
		encoded, err := fields[0].bytes()
		if err != nil {
			return fail(err)
		}
		piece, leaf, err := compact(encoded)
		if err != nil {
			return fail(err)
		}
		if leaf {
			if !bytes.Equal(piece, path) {
				return fail(errors.New("the path ends at another key"))
			}
			value, err := fields[1].bytes()
			if err == nil && len(value) == 0 {
				err = errors.New("an empty value")
			}
			return value, item{}, nil, err
		}
		if len(piece) == 0 {
			return fail(errors.New("an extension that extends nothing"))
		}
		if !bytes.HasPrefix(path, piece) {
			return fail(errors.New("the path leads to another key"))
		}
		child, err := reference(fields[1])
		return nil, child, path[len(piece):], err
	}
	return fail(fmt.Errorf("a trie node of %d fields, want 2 or 17", len(fields)))
}

// form checks all fields of a node, those too that the path does not lead to:
// what no client of the chain could have built, no trie holds. The nodes inside
// it are of less than 32 bytes, which bounds their depth.
func form(node item) error {
	fields, err := node.items(17)
	if err != nil {
		return err
	}
	children := fields
	switch len(fields) {
	case 17:
		children = fields[:16]
		if _, err := fields[16].bytes(); err != nil {
			return err
		}
	case 2:
		encoded, err := fields[0].bytes()
		if err != nil {
			return err
		}
		_, leaf, err := compact(encoded)
		if err != nil {
			return err
		}
		if leaf {
			_, err = fields[1].bytes()
			return err
		}
		children = fields[1:]
	default:
		return fmt.Errorf("a trie node of %d fields, want 2 or 17", len(fields))
	}
	for _, c := range children {
		if len(fields) == 17 && !c.list && len(c.content) == 0 {
			continue // no key begins this way
		}
		if _, err := reference(c); err != nil {
			return err
		}
		if c.list {
			if err := form(c); err != nil {
				return err
			}
		}
	}
	return nil
}

// reference checks that a field refers to a child: by its hash, or by holding
// a node of less than 32 bytes itself.
func reference(field item) (item, error) {
	switch {
	case field.list && len(field.raw) < 32, !field.list && len(field.content) == 32:
		return field, nil
	case !field.list && len(field.content) == 0:
		return item{}, errors.New("there is nothing at the key")
	}
	return item{}, errors.New("a child that is neither a hash nor a node of less than 32 bytes")
}

// nibbles splits bytes into their halves, the high one first.
func nibbles(b []byte) []byte {
	n := make([]byte, 0, 2*len(b))
	for _, c := range b {
		n = append(n, c>>4, c&0xf)
	}
	return n
}

// compact decodes a piece of path (hex-prefix encoding, Yellow Paper,
// appendix C): flag 2 marks a leaf, flag 1 an odd number of nibbles; an even
// number is preceded by a zero nibble.
func compact(b []byte) (piece []byte, leaf bool, err error) {
	if len(b) == 0 || b[0]>>4 > 3 {
		return nil, false, errors.New("a piece of path without a right flag")
	}
	n := nibbles(b)
	leaf = n[0]&2 != 0
	if n[0]&1 == 1 {
		return n[1:], leaf, nil
	}
	if n[1] != 0 {
		return nil, false, errors.New("a piece of path with a filling that is not zero")
	}
	return n[2:], leaf, nil
}
