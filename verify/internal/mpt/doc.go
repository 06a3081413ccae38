// Package mpt checks that a receipt is in a block, from bytes alone.
//
// A block header holds the root of a Merkle-Patricia trie over the receipts
// of its transactions. A proof is the header and the trie's nodes from the
// root to one receipt:
//
//	header        RLP list; keccak256 of it is the block's hash; field 5 is
//	              the receipts root, 8 the number, 11 the time
//	key           rlp(index of the transaction), as nibbles
//	node          RLP list of 17 (branch) or 2 (extension or leaf); referred
//	              to by keccak256 of its RLP, or embedded when shorter than 32
//	value         RLP list status, gas, bloom, logs; behind the type byte of
//	              a typed transaction (EIP-2718)
//	log           RLP list address[20], topics (of 32 bytes each), data
//
// The rules are those of the Ethereum Yellow Paper, appendices B (RLP), C
// (hex-prefix) and D (trie). Everything is read in its one exact form, and
// nothing is decoded that the path does not lead through. The package needs
// Keccak and nothing else, so that a verifier fits into a browser; its tests
// compare it with go-ethereum.
package mpt
