package audit_test

import (
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/anchor/audit"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/testnet/biglog"
	"github.com/akashi-project/akashi/verify"
)

// forge serves every file of the log but the bundles, of which one has another
// byte in an entry.
func (r *rig) forgeBundle(index uint64) {
	r.t.Helper()
	true1, err := r.log.Entry(index)
	if err != nil {
		r.t.Fatal(err)
	}
	name := merkle.Bundle{Index: index / merkle.TileWidth, Width: merkle.TileWidth}.Path()
	r.tiles.set(func(w http.ResponseWriter, req *http.Request) bool {
		if !strings.HasPrefix(strings.TrimPrefix(req.URL.Path, "/"), name) {
			return false
		}
		b, err := os.ReadFile(r.log.Dir + req.URL.Path)
		if err != nil {
			return false
		}
		at := strings.Index(string(b), string(true1))
		b[at+len(true1)-1] ^= 1
		w.Write(b)
		return true
	})
}

// TestNameByTiles changes an entry in the bundle alone: the tiles of hashes
// name it exactly, in a batch of any size.
func TestNameByTiles(t *testing.T) {
	r := newRig(t, biglog.Options{Entries: 3000, Anchors: 3, PerBlock: 1})
	for _, index := range []uint64{0, 255, 256, 1500, 1001, 2998} {
		r.forgeBundle(index)
		report := r.audit(nil)
		f := found(report, audit.EntryChanged)
		if report.Verdict != verify.Refuted || len(f) != 1 || *f[0].Where.Entry != index || f[0].Where.Last != nil {
			t.Errorf("named %+v, want entry %d", f, index)
		}
	}
}

// TestNameByUpperTiles forges the tiles of leaf hashes too, and leaves those
// above: 256 entries come into question.
func TestNameByUpperTiles(t *testing.T) {
	r := newRig(t, biglog.Options{Entries: 3000, Anchors: 2, PerBlock: 1})
	saved := t.TempDir() + "/true"
	if err := os.CopyFS(saved, os.DirFS(r.log.Dir)); err != nil {
		t.Fatal(err)
	}
	r.rewrite(700)
	files := http.FileServer(http.Dir(saved))
	r.tiles.set(func(w http.ResponseWriter, req *http.Request) bool {
		if strings.HasPrefix(req.URL.Path, "/tile/1/") {
			files.ServeHTTP(w, req)
			return true
		}
		return false
	})
	f := found(r.audit(nil), audit.EntryChanged)
	if len(f) != 1 || *f[0].Where.Entry != 512 || *f[0].Where.Last != 767 {
		t.Errorf("named %+v, want entries 512 to 767", f)
	}
}

// TestNameByProofs rewrites everything: the proofs in the calldata of this
// anchor and later ones bound the entry.
func TestNameByProofs(t *testing.T) {
	r := newRig(t, biglog.Options{Entries: 2000, Anchors: 20, PerBlock: 4})
	const index = 1333 // in the batch of 1300 to 1399
	r.rewrite(index)
	report := r.audit(nil)
	f := found(report, audit.EntryChanged)
	if len(f) != 1 || f[0].Where.Last == nil {
		t.Fatalf("named %+v", f)
	}
	first, last := *f[0].Where.Entry, *f[0].Where.Last
	if index < first || index > last || last-first > 63 {
		t.Errorf("named entries %d to %d for %d, want at most 64 of the batch of 100", first, last, index)
	}
	for _, a := range report.Logs[0].Anchors {
		if (a.Result == verify.Pass) != (a.Size != 1400) {
			t.Errorf("anchor of size %d: %s", a.Size, a.Result)
		}
	}
	// Every entry of a batch: the truth is always inside what is named.
	for index := uint64(1400); index < 1499; index += 9 {
		r := *r
		r.rewrite(1333) // stays wrong
		r.rewrite(index)
		f := found(r.audit(nil), audit.EntryChanged)
		in := slices.ContainsFunc(f, func(f audit.Finding) bool {
			last := *f.Where.Entry
			if f.Where.Last != nil {
				last = *f.Where.Last
			}
			return *f.Where.Entry <= index && index <= last
		})
		if !in {
			t.Errorf("entry %d is not in what is named: %+v", index, f)
		}
	}
}

// TestNameByMirror rewrites everything at one place; another serves the truth.
func TestNameByMirror(t *testing.T) {
	r := newRig(t, biglog.Options{Entries: 1000, Anchors: 4, PerBlock: 1})
	saved := t.TempDir() + "/true"
	if err := os.CopyFS(saved, os.DirFS(r.log.Dir)); err != nil {
		t.Fatal(err)
	}
	mirror := serve(t, http.FileServer(http.Dir(saved)))
	both := func(first, second string) func(*audit.Options) {
		return func(o *audit.Options) { o.Tiles = []audit.Tiles{{URL: first}, {URL: second}} }
	}
	want(t, r.audit(both(r.tiles.URL, mirror.URL)), verify.Verified)
	r.rewrite(600)
	r.rewrite(601)
	r.rewrite(900)
	report := r.audit(both(r.tiles.URL, mirror.URL))
	var named []uint64
	for _, f := range found(report, audit.EntryChanged) {
		if f.Where.Last != nil || f.Where.Source != r.tiles.URL {
			t.Errorf("%+v", f)
		}
		named = append(named, *f.Where.Entry)
	}
	if !slices.Equal(named, []uint64{600, 601, 900}) {
		t.Errorf("named %v", named)
	}
	// The other way round the log is right, and the mirror is not.
	report = r.audit(both(mirror.URL, r.tiles.URL))
	want(t, report, verify.Verified, audit.MirrorEntries)
	named = nil
	for _, f := range found(report, audit.MirrorEntries) {
		named = append(named, *f.Where.Entry)
	}
	if !slices.Equal(named, []uint64{600, 601, 900}) {
		t.Errorf("of the mirror %v", named)
	}
}
