// Package merkle grows, proves and checks append-only logs: the trees of
// RFC 9162, section 2.1, kept in the tiles of <https://c2sp.org/tlog-tiles>,
// and the tree of states that says of each entry whether it is still valid.
//
// It knows SHA-256 and nothing else: no disk, no network, no meaning of an
// entry. Whoever has bytes to log writes LeafHash(entry); whoever has a size
// and a root from a source worth trusting checks proofs against
// Tree{Size, Root}.
//
// # Hashes
//
// ‖ joins bytes, D[a:b] are the entries a … b−1, and n is their number.
//
//	leaf           SHA-256(00 ‖ entry)
//	node           SHA-256(01 ‖ left[32] ‖ right[32])
//	MTH of none    SHA-256 of nothing, EmptyRoot
//	MTH of one     its leaf
//	MTH of n > 1   node(MTH(D[0:k]), MTH(D[k:n])), k the largest power of two below n
//
// A size is at most 1<<63 − 1, MaxSize, so a tree is at most 63 nodes high.
//
// # Growing
//
// The tree of n leaves splits into perfect subtrees, one for each bit set in
// n, largest first. A Frontier holds their roots, and appends a leaf by
// joining the last ones that are of equal size, as adding one to n carries.
// Each node is hashed once, when the last leaf below it arrives. As bytes it
// is n in 8 bytes, big-endian, and the roots in 32 bytes each, largest first.
//
// Long slices of leaves are reduced 256 at a time on all cores; see
// Frontier.AppendAll, Root, LeafHashes, TileBuilder.Grow.
//
// # Proofs
//
// An Inclusion is the siblings on the way from a leaf to the root, from the
// leaf up. With RFC 9162's own example, a tree of the seven entries d0 … d6:
//
//	              root
//	            /      \
//	           /        \
//	          k          l
//	        /   \       / \
//	       g     h     i   j
//	      / \   / \   / \  |
//	      a b   c d   e f  d6
//	      | |   | |   | |
//	     d0 d1 d2 d3 d4 d5
//
//	inclusion of d0     b, h, l
//	inclusion of d3     c, g, l
//	inclusion of d4     f, j, k
//	inclusion of d6     i, k
//
// A Consistency shows that an older tree is the beginning of a newer one:
// the perfect subtree that the older one ends with, unless the checker has it
// because it is all of the older tree, and the siblings on the way up from
// there.
//
//	from 3 leaves to 7  c, d, g, l
//	from 4 leaves to 7  l
//	from 6 leaves to 7  i, j, k
//
// The checkers are Tree.CheckInclusion and Tree.CheckConsistency. They read
// nothing but their arguments, take any input without panicking, and refute
// with an error that wraps ErrProof. What they prove is that the hashes fit
// the sizes; they do not prove the sizes. One hash may show a leaf as the
// last of three, or as the last of two:
//
//	   root         root
//	  /    \       /    \
//	 g      c     g      c
//	/ \
//	a b
//
// So sizes and roots come from a signed checkpoint or from a proven event of
// the chain, together.
//
// # Tiles
//
// A log is stored and served in tiles of up to 256 hashes: 8 levels of the
// tree, of which the lowest is stored and the rest are recomputed. Hash i of
// tile n at level l is, in the notation above,
//
//	MTH(D[(256·n + i)·256^l : (256·n + i + 1)·256^l])
//
// A full tile is 8,192 bytes, its 256 hashes of 32 bytes one after another.
// The last tile of a level may hold fewer, 1 … 255, and only full tiles have
// their root in the level above. Entries come in bundles of up to 256, each
// entry after its length in two bytes, big-endian. The paths are
//
//	tile/0/x001/x234/067         level 0, index 1234067
//	tile/0/x001/x234/067.p/3     the same when it had only 3 hashes
//	tile/entries/000.p/7         the first bundle, of 7 entries
//
// the index in decimal, in elements of three digits, all but the last begun
// by an x, and no digit more than needed. ParseTilePath and ParseBundlePath
// accept these spellings alone, and only for tiles that a log can have.
//
// A TileBuilder grows the tiles by a batch: it holds the partial tiles of the
// right edge, at most 64 KiB, and returns those that changed. TilesFor tells
// which those are. Proofs are made from a TileReader, by ProveInclusion and
// ProveConsistency, or by a Prover, which keeps expanded tiles in memory.
// Every proof is checked before it is returned, and tiles that contradict
// each other or the root give an error that wraps ErrTile.
//
// # Status tree
//
// The states of the entries 0 … n−1, two bits each, are packed into ⌈n/128⌉
// chunks of 32 bytes, zero-padded. That of entry i lies in
//
//	chunk ⌊i/128⌋, byte ⌊(i mod 128)/4⌋, bits 7−2·(i mod 4) and 6−2·(i mod 4)
//
// and the status root is MTH with the chunks as entries. A head entry at
// index n of the log carries it. CheckStatus takes n and the entry asked for
// and computes from them which chunk it must be and of how many. A status
// tile is 256 chunks, 8,192 bytes, for 32,768 entries.
//
// A StatusTree holds two hashes for each status tile and reads the tiles that
// it needs, so changing one state among millions costs some 500 hashes.
package merkle
