package store

import (
	"encoding/binary"
	"fmt"
	"slices"
	"sync"

	"go.etcd.io/bbolt"

	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/record"
)

// putChanges writes rows of bucketChanges and the tiles that they change.
func putChanges(tx *bbolt.Tx, changes []change) error {
	if len(changes) == 0 {
		return nil
	}
	rows, tiles := tx.Bucket(bucketChanges), tx.Bucket(bucketStatus)
	touched := make(map[uint64][]byte)
	for _, c := range changes {
		if err := rows.Put(key2(c.target, c.index), []byte{byte(c.state)}); err != nil {
			return err
		}
		i := c.target / merkle.StatusPerTile
		v := touched[i]
		if v == nil {
			v = make([]byte, 8+merkle.StatusTileSize)
			copy(v, tiles.Get(key64(i)))
			touched[i] = v
		}
		binary.BigEndian.PutUint64(v, c.index)
		setState(v[8:], c.target, c.state)
	}
	for i, v := range touched {
		if err := tiles.Put(key64(i), v); err != nil {
			return err
		}
	}
	return nil
}

// setState sets a target's state in the bytes of its status tile.
func setState(tile []byte, target uint64, state record.State) {
	at := target / merkle.StatusPerChunk % merkle.StatusTileChunks * merkle.ChunkSize
	(*merkle.Chunk)(tile[at:at+merkle.ChunkSize]).Set(target, uint8(state))
}

func getState(tile []byte, target uint64) record.State {
	at := target / merkle.StatusPerChunk % merkle.StatusTileChunks * merkle.ChunkSize
	return record.State((*merkle.Chunk)(tile[at : at+merkle.ChunkSize]).State(target))
}

// readStatus returns a status tile and the index of the entry that changed it
// last; nothing when all its states are 0.
func readStatus(tx *bbolt.Tx, tile uint64) (last uint64, data []byte, err error) {
	v := tx.Bucket(bucketStatus).Get(key64(tile))
	if v == nil {
		return 0, nil, nil
	}
	if len(v) != 8+merkle.StatusTileSize {
		return 0, nil, fmt.Errorf("%w: status tile %d has %d bytes, want %d", ErrDamaged, tile, len(v), 8+merkle.StatusTileSize)
	}
	return binary.BigEndian.Uint64(v), append([]byte(nil), v[8:]...), nil
}

// currentStatus reads the committed states.
type currentStatus struct{ s *Store }

func (c currentStatus) ReadStatusTile(tile uint64) (data []byte, err error) {
	err = c.s.view(func(tx *bbolt.Tx) error {
		_, data, err = readStatus(tx, tile)
		return err
	})
	return data, err
}

// headStatus reads the states as of a head entry.
type headStatus struct {
	s    *Store
	head uint64
}

// ReadStatusTile returns the tile as it was at the head. One that did not
// change since is read as it is; of any other the changes up to the head are
// gone through, one row for each status entry with a target in it.
func (h headStatus) ReadStatusTile(tile uint64) (data []byte, err error) {
	err = h.s.view(func(tx *bbolt.Tx) error {
		var last uint64
		last, data, err = readStatus(tx, tile)
		if err != nil || data == nil || last < h.head {
			return err
		}
		data = nil
		c := tx.Bucket(bucketChanges).Cursor()
		end := key64((tile + 1) * merkle.StatusPerTile)
		for k, v := c.Seek(key64(tile * merkle.StatusPerTile)); k != nil && string(k[:8]) < string(end); k, v = c.Next() {
			if len(k) != 16 || len(v) != 1 {
				return fmt.Errorf("%w: status change of %d and %d bytes", ErrDamaged, len(k), len(v))
			}
			if binary.BigEndian.Uint64(k[8:]) >= h.head {
				continue
			}
			if data == nil {
				data = make([]byte, merkle.StatusTileSize)
			}
			setState(data, binary.BigEndian.Uint64(k), record.State(v[0]))
		}
		return nil
	})
	return data, err
}

// State returns the committed state of the sealed or open entry at an index;
// that of every other entry is valid, as the status tree has it.
func (s *Store) State(index uint64) (record.State, error) {
	var state record.State
	err := s.view(func(tx *bbolt.Tx) error {
		if _, err := s.entry(tx, index); err != nil {
			return err
		}
		_, data, err := readStatus(tx, index/merkle.StatusPerTile)
		if err == nil && data != nil {
			state = getState(data, index)
		}
		return err
	})
	return state, err
}

// StatusTile returns the 8,192 bytes of the committed states of targets
// 32,768·tile and on, two bits each, zero-padded; ErrNotFound past the end of
// the log.
func (s *Store) StatusTile(tile uint64) ([]byte, error) {
	if tile >= merkle.StatusTiles(s.Tree().Size) {
		return nil, fmt.Errorf("status tile %d: %w: the log has %d entries", tile, ErrNotFound, s.Tree().Size)
	}
	data, err := currentStatus{s}.ReadStatusTile(tile)
	if err == nil && data == nil {
		data = make([]byte, merkle.StatusTileSize)
	}
	return data, err
}

// A StatusProof shows a target's state under a head entry; merkle.CheckStatus
// checks it.
type StatusProof struct {
	Head   record.Entry // the head entry
	Chunk  merkle.Chunk
	Hashes []merkle.Hash
}

// ProveStatus proves the state of a target as of the head entry at index
// head, any that the log has, whatever happened since. Heads asked for lately
// are kept; the first proof under another one reads each status tile that is
// not all zero, and for those that changed since the head its changes.
func (s *Store) ProveStatus(head, target uint64) (StatusProof, error) {
	e, err := s.Entry(head)
	if err != nil {
		return StatusProof{}, err
	}
	if e.Kind != record.Head {
		return StatusProof{}, fmt.Errorf("entry %d is no head: %w", head, ErrNotFound)
	}
	if target >= head {
		return StatusProof{}, fmt.Errorf("%w: the head at %d says nothing of entry %d", ErrNotFound, head, target)
	}
	t, err := s.views.get(head, func() (*merkle.StatusTree, error) {
		t, err := merkle.NewStatusTree(headStatus{s, head}, head)
		if err != nil {
			return nil, err
		}
		root, err := t.Root()
		if err == nil && root != e.StatusRoot {
			err = fmt.Errorf("%w: the states as of head %d have root %s, the head says %s", ErrDamaged, head, root, merkle.Hash(e.StatusRoot))
		}
		return t, err
	})
	if err != nil {
		return StatusProof{}, err
	}
	p := StatusProof{Head: e}
	p.Chunk, p.Hashes, err = t.Prove(target)
	return p, err
}

// maxViews is how many heads' status trees are kept for proofs: two hashes
// each for every 32,768 entries.
const maxViews = 8

// views holds status trees as of heads, those used last. They only read.
type views struct {
	mu    sync.Mutex
	heads []uint64 // least recently used first
	trees []*merkle.StatusTree
}

func (v *views) put(head uint64, t *merkle.StatusTree) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !slices.Contains(v.heads, head) {
		v.add(head, t)
	}
}

func (v *views) add(head uint64, t *merkle.StatusTree) {
	if len(v.heads) == maxViews {
		v.heads = append(v.heads[:0], v.heads[1:]...)
		v.trees = append(v.trees[:0], v.trees[1:]...)
	}
	v.heads, v.trees = append(v.heads, head), append(v.trees, t)
}

// get returns the tree as of a head, made by build when it is not there.
// Callers wait for each other's builds.
func (v *views) get(head uint64, build func() (*merkle.StatusTree, error)) (*merkle.StatusTree, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for i, h := range v.heads {
		if h == head {
			t := v.trees[i]
			v.heads = append(append(v.heads[:i], v.heads[i+1:]...), h)
			v.trees = append(append(v.trees[:i], v.trees[i+1:]...), t)
			return t, nil
		}
	}
	t, err := build()
	if err != nil {
		return nil, err
	}
	v.add(head, t)
	return t, nil
}

func frozenValue(f Frozen) []byte {
	return binary.BigEndian.AppendUint64(append([]byte(nil), f.Tree.Root[:]...), f.Time)
}

func decodeFrozen(k, v []byte) (Frozen, error) {
	if len(k) != 8 || len(v) != merkle.HashSize+8 {
		return Frozen{}, fmt.Errorf("%w: frozen row of %d and %d bytes, want 8 and %d", ErrDamaged, len(k), len(v), merkle.HashSize+8)
	}
	return Frozen{
		Tree: merkle.Tree{Size: binary.BigEndian.Uint64(k), Root: merkle.Hash(v)},
		Time: binary.BigEndian.Uint64(v[merkle.HashSize:]),
	}, nil
}

func frozenAt(tx *bbolt.Tx, size uint64) (Frozen, error) {
	k := key64(size)
	v := tx.Bucket(bucketFrozen).Get(k)
	if v == nil {
		return Frozen{}, fmt.Errorf("frozen tree of size %d: %w", size, ErrNotFound)
	}
	return decodeFrozen(k, v)
}

// FrozenAt returns the tree frozen at a size, or ErrNotFound.
func (s *Store) FrozenAt(size uint64) (f Frozen, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		f, err = frozenAt(tx, size)
		return err
	})
	return f, err
}

// LastFrozen returns the largest frozen tree, or ErrNotFound before the first.
func (s *Store) LastFrozen() (Frozen, error) {
	f, err := s.lastFrozen()
	if err == nil && f.Tree.Size == 0 {
		err = fmt.Errorf("frozen tree: %w", ErrNotFound)
	}
	return f, err
}

func (s *Store) lastFrozen() (f Frozen, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		if k, v := tx.Bucket(bucketFrozen).Cursor().Last(); k != nil {
			f, err = decodeFrozen(k, v)
		}
		return err
	})
	return f, err
}

// Frozens returns up to limit frozen trees with a size of at least from,
// smallest first. A limit of 0 or less, or above 1,000, means 1,000.
func (s *Store) Frozens(from uint64, limit int) ([]Frozen, error) {
	const most = 1000
	if limit <= 0 || limit > most {
		limit = most
	}
	var out []Frozen
	err := s.view(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketFrozen).Cursor()
		for k, v := c.Seek(key64(from)); k != nil && len(out) < limit; k, v = c.Next() {
			f, err := decodeFrozen(k, v)
			if err != nil {
				return err
			}
			out = append(out, f)
		}
		return nil
	})
	return out, err
}
