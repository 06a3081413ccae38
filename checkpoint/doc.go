// Package checkpoint names logs, and reads, signs and cosigns their heads. It
// says whose signature is believed and knows neither disk nor chain.
//
// The formats are those of C2SP (https://c2sp.org/signed-note,
// /tlog-checkpoint, /tlog-cosignature), read and written by
// golang.org/x/mod/sumdb/note and github.com/transparency-dev/formats. Where
// those accept several spellings of one thing, this package accepts one.
//
// # Log
//
// A Log is an owner (an account of the chain), an origin and keys. Its LogID
// is what the chain calls it, wherever it is registered:
//
//	keccak256(owner left-padded to 32 bytes ‖ keccak256(origin) ‖ keccak256(keys))
//
// which is keccak256(abi.encode(owner, keccak256(bytes(origin)),
// keccak256(keys))). The origin has 1 to 255 bytes of 0x21–0x7E without "+".
// Keys are verifier keys, each ended by a newline: first one of Ed25519, then
// at most MaxKeys-1 of ML-DSA-44, all named as the origin. A LogRef adds chain
// and registry: eip155:CHAIN:0xREGISTRY:0xLOGID.
//
// A verifier key is text,
//
//	name "+" hash "+" base64(type[1] ‖ public key)
//
// where hash is the first 4 bytes, in lower-case hexadecimal, of
// SHA-256(name ‖ 0x0A ‖ type ‖ public key). Type 0x01 is Ed25519 (32 bytes),
// 0x04 is Ed25519 for cosignature/v1, 0x06 is ML-DSA-44 (1,312 bytes). The hash
// is verified, and the base64 has padding and no spare bits: a log id hashes
// this text.
//
// # Checkpoint
//
// The body has exactly three lines, each ended by a newline:
//
//	university.example/log                           origin
//	20852163                                         size, decimal, below 2^63
//	PAb5plclr2BSYfY2ZyyWINQJcx2JpFHXRV/pxK4WeCk=     root, base64 of 32 bytes
//
// Extension lines are refused: no monitor could audit them. The root of size 0
// is SHA-256 of nothing. After the body come an empty line and one line for
// each signature,
//
//	— university.example/log base64(key hash[4] ‖ signature)
//
// at most MaxSignatures of them, and at most MaxNoteSize bytes in all. An
// Ed25519 signature is over the body. A cosignature/v1 is time[8, big-endian,
// Unix seconds] ‖ Ed25519 over
//
//	cosignature/v1
//	time 1679315147
//
// and the body after these two lines.
//
// Sign is given only what is committed to disk; publishing comes after. Open
// asks for the first key of a log, and holds further ones to their word if they
// signed. A Policy asks for a log that it trusts and a quorum of witnesses. Each
// of their refusals wraps one of ErrMalformed, ErrUntrusted, ErrSignature and
// ErrQuorum.
package checkpoint
