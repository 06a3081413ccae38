package store

import (
	"encoding/binary"
	"fmt"
)

// Format is the version of the layout that this release reads and writes.
const Format = 2

// indexFormat is the version of index.db, which is made anew when it differs.
const indexFormat = 1

// The files of a store, in Options.Dir.
const (
	logFile   = "log.db"   // bbolt: everything below but the index
	indexFile = "index.db" // bbolt: derived, may be deleted while the store is closed
	keysFile  = "keys"     // one 32-byte slot an index, see keys.go
	lockFile  = "LOCK"     // text for humans: who has log.db locked
)

// The buckets of log.db. Integers in keys and values are unsigned and
// big-endian, so that the order of keys is the order of numbers.
var (
	// bucketMeta: name → value, the names being those of the meta block below.
	bucketMeta = []byte("meta")

	// bucketEntries: bundle[8] → the C2SP entry bundle: up to 256 times
	// (length[2] ‖ entry). Entry i is number i mod 256 of bundle ⌊i/256⌋.
	// The last bundle may be partial.
	bucketEntries = []byte("entries")

	// bucketTiles: level[1] ‖ tile[8] → up to 256 hashes of 32 bytes, the C2SP
	// tile. The last tile of a level may be partial; a narrower partial tile is
	// its beginning.
	bucketTiles = []byte("tiles")

	// bucketStatus: tile[8] → index[8] of the status entry that changed the tile
	// last ‖ the 8,192 bytes of the current states of targets 32,768·tile and
	// on, two bits each. A tile that no status entry changed is absent.
	bucketStatus = []byte("status")

	// bucketChanges: target[8] ‖ index[8] → state[1], one row for each status
	// entry: what its target became at that index. The states as of any head
	// follow from it.
	bucketChanges = []byte("changes")

	// bucketFrozen: size[8] → root[32] ‖ Unix seconds[8], one row for each
	// head entry: the tree that ends in it.
	bucketFrozen = []byte("frozen")

	// bucketPrivate: first index[8] → up to 256 rows of 112 bytes, one for each
	// index from the first on: lookup HMAC[32] ‖ box[80]. The row of an index
	// without a record, or with a forgotten one, is zero. The box is
	// ChaCha20-Poly1305 (RFC 8439) of salt[32] ‖ digest[32] with nonce 0; see
	// private.go for the key.
	bucketPrivate = []byte("private")

	// bucketRecords: first index[8] → up to 256 times (length[4] ‖ box), one for
	// each index from the first on. The box is ChaCha20-Poly1305 of the record
	// as submitted, with nonce 1, under the key of its private row. The length
	// is 0, or the index in no chunk, when only a digest was submitted, after
	// Forget, and where there is no record.
	bucketRecords = []byte("records")

	// bucketTombstones: lookup HMAC[32] → index[8] of a forgotten record.
	bucketTombstones = []byte("tombstones")

	// bucketForgotten: index[8] → lookup HMAC[32], the other way round.
	bucketForgotten = []byte("forgotten")

	// bucketDestroy: index[8] → nothing: a slot of the keys file that Forget
	// has still to overwrite. Rows live for an instant; Open finishes them.
	bucketDestroy = []byte("destroy")

	// bucketAnchors: size[8] → Anchor as JSON (anchor.go).
	bucketAnchors = []byte("anchors")
)

// logBuckets are the buckets that a log.db of this format has, no more.
var logBuckets = [][]byte{
	bucketMeta, bucketEntries, bucketTiles, bucketStatus, bucketChanges,
	bucketFrozen, bucketPrivate, bucketRecords,
	bucketTombstones, bucketForgotten, bucketDestroy, bucketAnchors,
}

// The names in bucketMeta of log.db.
var (
	metaFormat     = []byte("format")     // version[4]
	metaID         = []byte("id")         // 16 random bytes, made with the store
	metaHead       = []byte("head")       // size[8] ‖ root[32] of the committed tree
	metaSecret     = []byte("secret")     // check[16] of Options.Secret, see private.go
	metaCheckpoint = []byte("checkpoint") // size[8] ‖ signed note; absent before the first
	metaKeyTerms   = []byte("keyterms")   // what is known of changes of checkpoint keys on the chain, as JSON; absent before the first
	metaOpening    = []byte("opening")    // attempts to open the log on the chain, as JSON; absent before the first
	metaRestored   = []byte("restored")   // Restored as JSON, from Restore until Release (restored.go); absent otherwise
	metaUpgrading  = []byte("upgrading")  // cursor of an upgrade to the format that meta names, while it is not finished
)

// The buckets of index.db, and the names in its meta bucket.
var (
	// bucketLookup: first 16 bytes of the lookup HMAC → index[8].
	bucketLookup = []byte("lookup")

	// bucketCommitment: first 16 bytes of a sealed entry's commitment →
	// index[8].
	bucketCommitment = []byte("commitment")

	metaIndexed = []byte("indexed") // size[8] ‖ root[32]: the entries before size are in the index
)

const (
	idSize     = 16
	slotSize   = 32
	lookupSize = 32
	prefixSize = 16 // of an HMAC or a commitment in index.db
)

func key64(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func key2(a, b uint64) []byte {
	return binary.BigEndian.AppendUint64(key64(a), b)
}

func tileKey(level uint8, index uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{level}, index)
}

// num reads the integer of a key or value of 8 bytes.
func num(b []byte) (uint64, error) {
	if len(b) != 8 {
		return 0, fmt.Errorf("%w: a number of %d bytes, want 8", ErrDamaged, len(b))
	}
	return binary.BigEndian.Uint64(b), nil
}
