// Package store keeps one log on disk: its entries, the trees over them, what
// is needed to prove a record again, and the journal of its anchors.
//
// # What an answer means
//
// When Append, ChangeStatus or Freeze returns without error, the entry, its
// private row, the tiles and the head are in a bbolt transaction that is
// synced. Thousands of callers share one: a goroutine, the sequencer, decides
// what comes at which index and builds the next batch, while another, the
// committer, writes and syncs the batch before. Nothing is signed, sent or
// waited for inside a transaction. A caller who submits a record that another
// caller has under way is answered after the other's sync.
//
// When a commit fails for lack of room, its callers get ErrFull and the log is
// what it was. When it fails otherwise, a sync above all, nobody knows what
// the disk holds, and nothing more is written until the store is opened again
// (ErrBroken). Either way reading goes on.
//
// # Files
//
// All in Options.Dir, readable by the owner alone:
//
//	log.db    a bbolt database, and the truth
//	keys      the slots that private rows need to be read (below)
//	index.db  a bbolt database made from log.db; it may be deleted while the
//	          store is closed, and is made anew by Open
//	LOCK      the process that has the store open, for the error message; the
//	          lock itself is bbolt's, on log.db
//
// Integers are unsigned and big-endian; ‖ joins bytes; [n] counts them.
//
// # log.db, format 2
//
//	bucket      key → value
//	meta        "format"     → version[4], 2
//	            "id"         → 16 random bytes, made with the store
//	            "secret"     → HMAC(secret, "akashi/store/secret/v1\n" ‖ id), 16 bytes of it
//	            "head"       → size[8] ‖ root[32] of the log
//	            "checkpoint" → size[8] ‖ signed note
//	            "opening"    → attempts to open the log on the chain, JSON
//	            "restored"   → type Restored as JSON, until Release
//	            "upgrading"  → cursor of an upgrade that is not finished
//	entries     bundle[8] → up to 256 times length[2] ‖ entry
//	tiles       level[1] ‖ tile[8] → up to 256 hashes
//	status      tile[8] → index[8] of its last change ‖ states[8192]
//	changes     target[8] ‖ index[8] → state[1]
//	frozen      size[8] → root[32] ‖ Unix seconds[8]
//	private     first[8] → up to 256 rows of 112 bytes
//	records     first[8] → up to 256 times length[4] ‖ box
//	tombstones  HMAC[32] → index[8]
//	forgotten   index[8] → HMAC[32]
//	destroy     index[8] → nothing
//	anchors     size[8] → JSON
//
// Entries and tiles are those of C2SP tlog-tiles
// (<https://c2sp.org/tlog-tiles>), so that serving one is reading one value.
// The last bundle, and the last tile of each level, may be partial; a narrower
// one is its beginning. Entries are docs/formats/entry.md's.
//
// A log with the one open document whose digest is 00 01 … 1f, frozen at
// 1,800,000,000, has these rows (the package example makes it; private and
// records hold random bytes):
//
//	entries  0000000000000000 → 0027 0102 03 01551220 000102…1f
//	                            0022 0104 statusRoot[32]
//	tiles    00 0000000000000000 → leaf hash 0 ‖ leaf hash 1
//	frozen   0000000000000002 → root[32] ‖ 000000006b49d200
//	meta     "head" → 0000000000000002 ‖ root[32]
//
// # Private rows
//
// A sealed or open entry has a row in private: its lookup HMAC,
//
//	HMAC-SHA-256(secret, type[1] ‖ digest[32]),
//
// and a box: salt[32] ‖ digest[32] encrypted, 80 bytes. The record as it was
// submitted is encrypted in records. Both are ChaCha20-Poly1305 (RFC 8439),
// nonce 0 and 1, under
//
//	HMAC-SHA-256(secret, "akashi/store/row-key/v1\n" ‖ slot[32]),
//
// where the slot is 32 random bytes at offset 32·(index+1) of the keys file,
// whose first 32 bytes are "akashi keys v1\n\n" ‖ id. The slots of a batch are
// synced before its transaction commits: no committed row is without its
// slot. The database alone opens no row, nor does it with the secret.
//
// Rows and records of consecutive indexes share one value, named by the first
// index; a row of zeros, and a length of 0, mean that there is none. The salt
// of an open entry is zero.
//
// Forget deletes row and record and leaves the HMAC in tombstones, so that the
// record is refused from then on, in one transaction; then it overwrites the
// slot with zeros and syncs. In between the index is in destroy, and Open
// finishes what a crash interrupts. Copies of the row that linger in bbolt's
// free pages cannot be opened any more. An open entry's CID stays in the log:
// forgetting takes the bytes, not the name.
//
// # Status
//
// status holds the current states, in the tiles that are served as they are.
// The states as of a head follow from changes, one row of 17 bytes for each
// status entry: a tile that was not changed since the head is the current one,
// any other is made from its targets' changes before the head. So a proof of
// status is right for every head the log ever had, at no cost in space when
// nothing changes; the trees of the eight heads used last stay in memory, with
// two hashes for each 32,768 entries.
//
// # The index
//
//	bucket      key → value
//	meta        "format", "id" as in log.db
//	            "indexed"  → size[8] ‖ root[32]: entries before size are in it
//	lookup      first 16 bytes of the HMAC → index[8]
//	commitment  first 16 bytes of a sealed entry's commitment → index[8]
//
// Random keys are what a B+tree is slowest at, so they stay off the commit
// path. New ones live in memory (Options.MaxRecent) and are written in large
// sorted batches; when writing falls behind, appending waits. Open reads what
// a crash lost from private and entries again, and makes an index anew that is
// damaged, of another log, or of another past of this one. A hit counts only
// once the row in log.db has the whole HMAC, so an index that is wrong cannot
// lead anybody to another's record.
//
// # Backups
//
// Backup keeps a folder up to date with the store while the store is in use:
//
//	MANIFEST               names the files below, with lengths and SHA-256; two
//	                       lines, the second with checksum and HMAC of the first
//	entries-INDEX-RUN      entries from INDEX on, with private rows and records
//	keys-INDEX-RUN         their slots
//	journal-SIZE-RUN       journal rows up to the last final one
//	state-0-RUN            checkpoint, opening, open journal rows, forgotten records
//	file-NUMBER-RUN        small files of the caller's
//
// Numbers in names are hexadecimal. No file changes once the manifest names
// it; the manifest is replaced by renaming, then what it does not name goes. So
// the folder is a whole backup at any instant, and any tool can copy it. What is
// new goes into files of its own, small neighbours being joined, so a run costs
// what changed. Tiles, states and index follow from the entries and are left
// out. A record that was forgotten loses its slot with the next run; older
// copies of the folder have it still.
//
// CheckBackup needs no secret. Restore makes a store anew, runs Fsck, and
// leaves the mark of Restored in it: a copy is an older state as soon as the log
// grows, and the machine it was made on may come back.
//
// # Rollback, repair, upgrade
//
// Fsck recomputes everything from the entries and names the first place that
// differs. Open refuses what it can see to be wrong: a head that the tiles do
// not lead to, a keys file of another store or too short, another format.
//
// A copy of the directory put back is a whole store; that the log had been
// longer cannot be seen from within. Compare Tree, TreeAt and
// ProveConsistency with the chain's head before anything is signed.
//
// Upgrade brings the store of an earlier release to Format, one transaction
// after the other; it can be interrupted and says beforehand what it will do.
// Format 2 has the same rows as format 1 and may have "restored", which a
// release of format 1 would overlook.
//
// # Limits
//
// A record has up to record.MaxSize bytes, a batch Options.MaxBatch entries
// and about Options.MaxBatchBytes, a checkpoint 64 KiB, a journal row
// MaxAttempts attempts; lists return up to 1,000 rows a call. Memory does not
// depend on the size of the log, but for two hashes for each 32,768 entries;
// and of each entry appended since Open it keeps about 1.5 bytes, in bbolt's
// map of the pages it allocated.
package store
