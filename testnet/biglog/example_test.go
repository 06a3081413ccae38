package biglog_test

import (
	"context"
	"fmt"
	"log"
	"net/http/httptest"
	"os"

	"github.com/akashi-project/akashi/testnet"
	"github.com/akashi-project/akashi/testnet/biglog"
)

// A log of a thousand entries is anchored ten times and served.
func Example() {
	dir, err := os.MkdirTemp("", "biglog")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	opts := biglog.Options{Dir: dir, Entries: 1000, Anchors: 10}
	chain, err := testnet.Start(ctx, opts.Chain())
	if err != nil {
		log.Fatal(err)
	}
	defer chain.Stop()
	l, err := biglog.Build(ctx, chain, opts)
	if err != nil {
		log.Fatal(err)
	}
	tiles := httptest.NewServer(l.Handler())
	defer tiles.Close()
	fmt.Println(l.Ref)
	fmt.Println(len(l.Anchors), "anchors of", l.Origin, "up to", l.Tree.Size, "entries")
	// Output:
	// eip155:1337:0x22c3aa5e27d72a88a08b83343ed5e6755bc376e9:0x31c460208440138ef681b2a0be04aa653e7ec5827cccbbf69c4337146f99b1d2
	// 10 anchors of big.example/log up to 1000 entries
}
