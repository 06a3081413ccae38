package store_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/store"
)

// The store of the package comment: one open document, known by its digest,
// and the head that freezes the log.
func Example() {
	dir, err := os.MkdirTemp("", "akashi")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	s, err := store.Open(store.Options{
		Dir:    filepath.Join(dir, "store"),
		Secret: make([]byte, store.SecretSize), // use random bytes
		Now:    func() time.Time { return time.Unix(1_800_000_000, 0) },
	})
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()

	ctx := context.Background()
	sub := store.Submission{Type: record.Document, Open: true}
	for i := range sub.Digest {
		sub.Digest[i] = byte(i)
	}
	logged, err := s.Append(ctx, sub)
	if err != nil {
		log.Fatal(err)
	}
	again, err := s.Append(ctx, sub)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("index", logged.Index, "and again", again.Index, again.Duplicate)

	frozen, err := s.Freeze(ctx)
	if err != nil {
		log.Fatal(err)
	}
	bundle, err := s.Bundle(merkle.Bundle{Width: 2})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("entries %x\n", bundle)
	fmt.Println("frozen", frozen.Tree.Size, frozen.Tree.Root, frozen.Time)

	proof, err := s.ProveInclusion(frozen.Tree.Size, logged.Index)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("included:", frozen.Tree.CheckInclusion(merkle.LeafHash(logged.Entry.Bytes()), proof) == nil)
	status, err := s.ProveStatus(frozen.Head(), logged.Index)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("state:", record.State(status.Chunk.State(logged.Index)))
	// Output:
	// index 0 and again 0 true
	// entries 002701020301551220000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f002201047f9c9e31ac8256ca2f258583df262dbc7d6f68f2a03043d5c99a4ae5a7396ce9
	// frozen 2 f6fd2d4e7f54cb3d175526a29aae6a6957ba864cc793efe31a077549839aa9c9 1800000000
	// included: true
	// state: valid
}
