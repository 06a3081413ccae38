// Package record gives what is claimed its exact bytes: records, their digest
// and CID, the salted commitment of a sealed record, and the entries of a log.
// It knows neither disk nor chain.
//
// # Records
//
// Parse takes any bytes and, from the bytes alone, makes one of three forms:
//
//	form   input                                   canonical bytes
//	JSON   first byte after space, tab, LF or CR   RFC 8785 (JCS) of the whole object,
//	       is "{"                                  proofs included
//	JWS    three base64url segments, two dots      the input (RFC 7515, section 7.1)
//	Bytes  anything else: a PDF, a plain image     the input
//
// A PNG or SVG image with a badge baked in is that badge, of form JSON or JWS,
// whatever the picture: see package record/image.
//
// Input that should be one of the first two and is not exactly so is refused,
// never taken as the third. So is an image with a badge that cannot be read.
//
// JSON passes these gates, because readers differ on what lies beyond them
// and each such input would be two documents with one digest, or one document
// with two:
//
//	size           at most MaxSize bytes, and not none
//	bom            no byte order mark
//	utf-8          UTF-8 throughout, no surrogates in it (RFC 3629)
//	syntax         the grammar of RFC 8259, with nothing left out
//	duplicate-key  no name twice in one object, compared after unescaping
//	surrogate      no \u escape of half a surrogate pair
//	number         at most MaxNumber characters, and the exact decimal value of
//	               its RFC 8785 form: 9007199254740993.0 would become
//	               9007199254740992, and 1e-400 would become 0
//	depth          at most MaxDepth arrays and objects inside each other
//	values         at most MaxValues names and values
//	trailing       nothing but white space after the object
//
// A JWS has no white space, no padding, no empty segment, no segment whose last
// character holds bits beyond its last byte, and a header that is a JSON object
// behind the same gates but for number. Each is a way to spell one signed
// statement twice.
//
// Every refusal is a *FormatError with the gate, the line and column, and what
// to do; it never repeats the input.
//
// # Digest, CID, commitment
//
// Digest is SHA-256 of the canonical bytes. As a CID it is version 1, codec raw
// (0x55), multihash sha2-256 (0x12), in base32: what IPFS tools print for a
// file of up to 262,144 bytes. Identity is the pair of Type and Digest.
//
// A sealed record is shown by Commit only,
//
//	SHA-256("akashi/commitment/v1\n" ‖ salt[32] ‖ digest[32])
//
// with a salt of its own. Digest and Salt print as "[redacted]" everywhere;
// Hex and MarshalText are the deliberate ways to write them down.
//
// # Entries
//
// An Entry is one leaf of a log before it is hashed (docs/formats/entry.md):
//
//	sealed  01 01 type[1] commitment[32]                35 bytes
//	open    01 02 type[1] 01 55 12 20 digest[32]        39 bytes
//	status  01 03 target[8, big-endian] status[1]       11 bytes
//	head    01 04 statusRoot[32]                        34 bytes
//
// ParseEntry accepts these bytes and no others, so what it accepts Bytes gives
// back. Entry.Effect is the rule by which a status entry acts
// (docs/formats/status.md).
package record
