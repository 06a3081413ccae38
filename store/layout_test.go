package store

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"go.etcd.io/bbolt"
	"golang.org/x/crypto/chacha20poly1305"

	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/record"
)

// TestLayout reads a store's files by the package comment alone.
func TestLayout(t *testing.T) {
	o := testOptions(filepath.Join(t.TempDir(), "store"))
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	var digest record.Digest
	for i := range digest {
		digest[i] = byte(i)
	}
	mustAppend(t, s, Submission{Type: record.Document, Digest: digest, Open: true})
	mustFreeze(t, s)
	badge := testBadge(t, 1)
	l := mustAppend(t, s, badge)
	if _, err := s.ChangeStatus(context.Background(), l.Index, record.Revoked); err != nil {
		t.Fatal(err)
	}
	root2, _ := s.TreeAt(2)
	root4 := s.Tree()
	closeTest(t, s)

	db, err := bbolt.Open(filepath.Join(o.Dir, "log.db"), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	get := func(bucket, key string) (v []byte) {
		t.Helper()
		k, err := hex.DecodeString(key)
		if err != nil {
			k = []byte(key)
		}
		err = db.View(func(tx *bbolt.Tx) error {
			v = bytes.Clone(tx.Bucket([]byte(bucket)).Get(k))
			return nil
		})
		if err != nil || v == nil {
			t.Fatalf("bucket %s has no key %s: %v", bucket, key, err)
		}
		return v
	}
	want := func(what string, got []byte, hexes ...string) {
		t.Helper()
		var all string
		for _, h := range hexes {
			all += h
		}
		if hex.EncodeToString(got) != all {
			t.Errorf("%s is %x, want %s", what, got, all)
		}
	}
	entry0 := "01020301551220" + "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	head := "0104" + "7f9c9e31ac8256ca2f258583df262dbc7d6f68f2a03043d5c99a4ae5a7396ce9"
	entry2 := hex.EncodeToString(l.Entry.Bytes())
	status := "0103" + "0000000000000002" + "02"
	want("entry bundle", get("entries", "0000000000000000"), "0027", entry0, "0022", head, "0023", entry2, "000b", status)
	leaf := func(e string) string {
		b, _ := hex.DecodeString(e)
		return merkle.LeafHash(b).String()
	}
	want("tile", get("tiles", "000000000000000000"), leaf(entry0), leaf(head), leaf(entry2), leaf(status))
	want("frozen", get("frozen", "0000000000000002"), root2.Root.String(), "000000006b49d200")
	want("head", get("meta", "head"), "0000000000000004", root4.Root.String())
	want("format", get("meta", "format"), "00000002")
	want("change", get("changes", "00000000000000020000000000000003"), "02")
	states := get("status", "0000000000000000")
	want("states", states[:9], "0000000000000003", "08")
	if len(states) != 8+8192 || !allZero(states[9:]) {
		t.Errorf("states of %d bytes", len(states))
	}

	mac := func(parts ...[]byte) []byte {
		m := hmac.New(sha256.New, o.Secret)
		for _, p := range parts {
			m.Write(p)
		}
		return m.Sum(nil)
	}
	keys, err := os.ReadFile(filepath.Join(o.Dir, "keys"))
	if err != nil {
		t.Fatal(err)
	}
	id := get("meta", "id")
	if string(keys[:32]) != "akashi keys v1\n\n"+string(id) {
		t.Errorf("keys begin with %q", keys[:32])
	}
	want("secret check", get("meta", "secret"), hex.EncodeToString(mac([]byte("akashi/store/secret/v1\n"), id)[:16]))
	// The transaction that appended the badge began at index 2.
	row := get("private", "0000000000000002")[:112]
	d := badge.Record.Digest()
	want("lookup HMAC", row[:32], hex.EncodeToString(mac([]byte{1}, d[:])))
	a, err := chacha20poly1305.New(mac([]byte("akashi/store/row-key/v1\n"), keys[32*3:32*4]))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := a.Open(nil, make([]byte, 12), row[32:], nil)
	if err != nil || record.Commit(record.Salt(plain[:32]), record.Digest(plain[32:])) != l.Entry.Commitment {
		t.Errorf("the box does not open the commitment: %v", err)
	}
	box := get("records", "0000000000000002")
	n := len(badge.Record.Original()) + 16
	want("length", box[:4], "000000", hex.EncodeToString([]byte{byte(n)}))
	original, err := a.Open(nil, append(make([]byte, 11), 1), box[4:4+n], nil)
	if err != nil || !bytes.Equal(original, badge.Record.Original()) {
		t.Errorf("the record does not decrypt: %v", err)
	}
}

// TestStatusHistory changes states in a log of several status tiles, freezes
// in between, and proves states as of every head, whatever came later, against
// a model. A frozen store reopened has to answer the same.
func TestStatusHistory(t *testing.T) {
	ctx := context.Background()
	o := testOptions(filepath.Join(t.TempDir(), "store"))
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	const n = 2*merkle.StatusPerTile + 300
	var wg sync.WaitGroup
	for caller := range 2048 {
		wg.Go(func() {
			for i := caller; i < n; i += 2048 {
				d := record.Digest{1, byte(i), byte(i >> 8), byte(i >> 16)}
				if _, err := s.Append(ctx, Submission{Type: record.Badge, Digest: d}); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	r := rand.New(rand.NewPCG(7, 7))
	model := map[uint64]record.State{}
	type asOf struct {
		head   Frozen
		states map[uint64]record.State
	}
	var heads []asOf
	for range 12 {
		for range r.IntN(12) {
			// Mostly the same few targets, at the edges of chunks and tiles.
			target := []uint64{0, 127, 128, merkle.StatusPerTile - 1, merkle.StatusPerTile, 2 * merkle.StatusPerTile, n - 1, r.Uint64N(n)}[r.IntN(8)]
			state := record.State(r.IntN(5) / 2)
			_, err := s.ChangeStatus(ctx, target, state)
			if model[target] == record.Revoked || model[target] == state {
				if err == nil {
					t.Fatalf("entry %d from %s to %s was accepted", target, model[target], state)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			model[target] = state
		}
		f := mustFreeze(t, s)
		states := map[uint64]record.State{}
		for k, v := range model {
			states[k] = v
		}
		heads = append(heads, asOf{f, states})
		mustAppend(t, s, testBadge(t, len(heads)))
	}
	check := func() {
		t.Helper()
		for _, h := range heads {
			for _, target := range []uint64{0, 1, 127, 128, merkle.StatusPerTile - 1, merkle.StatusPerTile, 2 * merkle.StatusPerTile, n - 1, h.head.Head() - 1} {
				p, err := s.ProveStatus(h.head.Head(), target)
				if err != nil {
					t.Fatal(err)
				}
				if err := merkle.CheckStatus(p.Head.StatusRoot, h.head.Head(), target, p.Chunk, p.Hashes); err != nil {
					t.Fatal(err)
				}
				if got := record.State(p.Chunk.State(target)); got != h.states[target] {
					t.Fatalf("entry %d as of head %d: %s, want %s", target, h.head.Head(), got, h.states[target])
				}
			}
		}
		for target, want := range model {
			if got, err := s.State(target); err != nil || got != want {
				t.Fatalf("entry %d now: %s, %v, want %s", target, got, err, want)
			}
			tile, err := s.StatusTile(target / merkle.StatusPerTile)
			if err != nil || getState(tile, target) != want {
				t.Fatalf("entry %d in its tile: %v", target, err)
			}
		}
	}
	check()
	dropViews(s)
	check()
	closeTest(t, s)
	s = openTest(t, o)
	check()
}
