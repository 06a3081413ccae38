package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/akashi-project/akashi/record"
)

// grep looks for secrets, raw and in the encodings that people use, in every
// file under dir.
func grep(t testing.TB, dir string, secrets map[string][]byte) (found []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in %s: %v", dir, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for name, secret := range secrets {
			for encoding, b := range map[string][]byte{
				"raw":        secret,
				"hex":        []byte(hex.EncodeToString(secret)),
				"upper hex":  bytes.ToUpper([]byte(hex.EncodeToString(secret))),
				"base64":     []byte(base64.RawStdEncoding.EncodeToString(secret)),
				"base64 url": []byte(base64.RawURLEncoding.EncodeToString(secret)),
			} {
				if bytes.Contains(data, b) {
					found = append(found, fmt.Sprintf("%s: %s, %s", filepath.Base(file), name, encoding))
				}
			}
		}
	}
	return found
}

func TestForget(t *testing.T) {
	ctx := context.Background()
	o := testOptions(filepath.Join(t.TempDir(), "store"))
	o.MaxRecent = 4 // so that index.db has the record too
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		mustAppend(t, s, testBadge(t, i))
	}
	sub := testBadge(t, 100)
	l := mustAppend(t, s, sub)
	for i := range 10 {
		mustAppend(t, s, testBadge(t, 200+i))
	}
	f := mustFreeze(t, s)
	p, err := s.Private(l.Index)
	if err != nil {
		t.Fatal(err)
	}
	digest := sub.Record.Digest()
	slot, err := s.keys.read(l.Index)
	if err != nil {
		t.Fatal(err)
	}
	secrets := map[string][]byte{
		"record":    sub.Record.Original(),
		"canonical": sub.Record.Bytes(),
		"name":      []byte("Hanako Yamada 100"),
		"digest":    digest[:],
		"salt":      p.Salt[:],
	}
	// Nothing private lies open even before.
	if found := grep(t, o.Dir, secrets); len(found) > 0 {
		t.Fatalf("before Forget: %v", found)
	}
	before := s.Tree()
	if err := s.Forget(ctx, l.Index); err != nil {
		t.Fatal(err)
	}
	if err := s.Forget(ctx, l.Index); err != nil {
		t.Fatalf("forgetting twice: %v", err)
	}
	if s.Tree() != before {
		t.Error("Forget changed the log")
	}

	if _, err := s.Private(l.Index); !errors.Is(err, ErrForgotten) {
		t.Errorf("private row: %v", err)
	}
	if _, err := s.ByDigest(record.Badge, digest); !errors.Is(err, ErrForgotten) {
		t.Errorf("by digest: %v", err)
	}
	if _, err := s.Append(ctx, sub); !errors.Is(err, ErrForgotten) {
		t.Errorf("submitting again: %v", err)
	}
	if _, err := s.Append(ctx, Submission{Type: record.Badge, Digest: digest}); !errors.Is(err, ErrForgotten) {
		t.Errorf("submitting the digest: %v", err)
	}
	if i, err := s.ByCommitment(l.Entry.Commitment); err != nil || i != l.Index {
		t.Errorf("by commitment: %d, %v", i, err)
	}
	if _, err := s.ProveInclusion(f.Tree.Size, l.Index); err != nil {
		t.Errorf("the log is not whole: %v", err)
	}
	// Its state can still change: a verifier elsewhere may hold the evidence.
	if _, err := s.ChangeStatus(ctx, l.Index, record.Revoked); err != nil {
		t.Errorf("revoking a forgotten badge: %v", err)
	}
	// Another type is another identity.
	doc := mustAppend(t, s, Submission{Type: record.Document, Record: sub.Record})
	if doc.Duplicate {
		t.Error("a document was taken for the forgotten badge")
	}
	if err := s.Forget(ctx, doc.Index); err != nil {
		t.Fatal(err)
	}

	copied := filepath.Join(t.TempDir(), "backup")
	if _, err := s.Backup(ctx, copied); err != nil {
		t.Fatal(err)
	}
	closeTest(t, s)
	secrets["slot"] = slot[:]
	for _, dir := range []string{o.Dir, copied} {
		if found := grep(t, dir, secrets); len(found) > 0 {
			t.Errorf("after Forget: %v", found)
		}
	}
	// The rows that were deleted linger in free pages of log.db. With the
	// node's secret and all the slots there are, they do not open.
	for i := range 24 {
		if openLingering(t, o, uint64(i), digest) {
			t.Errorf("slot %d opens the row that was deleted", i)
		}
	}

	for _, dir := range []string{o.Dir, restoreTest(t, copied).Dir} {
		o := o
		o.Dir = dir
		s := openTest(t, o)
		if _, err := s.Append(ctx, sub); !errors.Is(err, ErrForgotten) {
			t.Errorf("submitting again to %s: %v", filepath.Base(dir), err)
		}
		if _, err := s.Private(l.Index); !errors.Is(err, ErrForgotten) {
			t.Errorf("private row in %s: %v", filepath.Base(dir), err)
		}
	}
}

// openLingering tries the slot of an index on every place in log.db where the
// box of a record's row could be.
func openLingering(t testing.TB, o Options, index uint64, digest record.Digest) bool {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(o.Dir, logFile))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := os.ReadFile(filepath.Join(o.Dir, keysFile))
	if err != nil {
		t.Fatal(err)
	}
	sec := newSecrets(o.Secret)
	slot := [slotSize]byte(keys[keysOffset(index):])
	a, err := sec.aead(&slot)
	if err != nil {
		t.Fatal(err)
	}
	lookup := sec.lookup(record.Badge, digest)
	for rest := data; ; {
		at := bytes.Index(rest, lookup[:])
		if at < 0 || len(rest) < at+rowSize {
			return false
		}
		if _, _, err := openBox(a, rest[at:at+rowSize]); err == nil {
			return true
		}
		rest = rest[at+1:]
	}
}

func TestForgetOpen(t *testing.T) {
	ctx := context.Background()
	s := newTest(t)
	sub := testDocument(t, 1)
	sub.Open = true
	l := mustAppend(t, s, sub)
	if err := s.Forget(ctx, l.Index); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Private(l.Index); !errors.Is(err, ErrForgotten) {
		t.Errorf("private row: %v", err)
	}
	if e, err := s.Entry(l.Index); err != nil || e.Digest != sub.Record.Digest() {
		t.Errorf("the CID is gone from the log: %v", err)
	}
	sub.Open = false
	if _, err := s.Append(ctx, sub); !errors.Is(err, ErrForgotten) {
		t.Errorf("submitting it sealed: %v", err)
	}
	f := mustFreeze(t, s)
	if err := s.Forget(ctx, f.Head()); !errors.Is(err, ErrNotFound) {
		t.Errorf("forgetting a head: %v", err)
	}
	if err := s.Forget(ctx, 99); !errors.Is(err, ErrNotFound) {
		t.Errorf("forgetting past the end: %v", err)
	}
}

// TestForgetInterrupted opens a store as a crash between Forget's two steps
// leaves it: the rows are gone, the slot is not.
func TestForgetInterrupted(t *testing.T) {
	o := testOptions(filepath.Join(t.TempDir(), "store"))
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	l := mustAppend(t, s, testBadge(t, 1))
	closeTest(t, s)
	edit(t, filepath.Join(o.Dir, logFile), func(tx *bbolt.Tx) error { return forget(tx, l.Index) })
	mustBeClean(t, o) // it is what Open finishes
	s = openTest(t, o)
	slot, err := s.keys.read(l.Index)
	if err != nil {
		t.Fatal(err)
	}
	if slot != [slotSize]byte{} {
		t.Error("the slot is still there")
	}
	if _, err := s.Append(context.Background(), testBadge(t, 1)); !errors.Is(err, ErrForgotten) {
		t.Errorf("submitting again: %v", err)
	}
}

// TestNothingPrinted formats what could reach a log or an error.
func TestNothingPrinted(t *testing.T) {
	var p Private
	p.Original = []byte("Hanako Yamada")
	rand.Read(p.Salt[:])
	rand.Read(p.Digest[:])
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
		text := fmt.Sprintf(verb, p)
		for _, secret := range []string{"Hanako", hex.EncodeToString(p.Original), p.Salt.Hex(), p.Digest.Hex()} {
			if bytes.Contains([]byte(text), []byte(secret)) {
				t.Errorf("%s prints %s", verb, text)
			}
		}
	}
}
