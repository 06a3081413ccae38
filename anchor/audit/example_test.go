package audit_test

import (
	"context"
	"fmt"
	"log"
	"net/http/httptest"
	"os"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/anchor/audit"
	"github.com/akashi-project/akashi/testnet"
	"github.com/akashi-project/akashi/testnet/biglog"
)

// A log of a hundred entries in ten anchors is audited by its chain and its
// tiles.
func Example() {
	ctx := context.Background()
	o := biglog.Options{Origin: "log.uni.example", Entries: 100, Anchors: 10, PerBlock: 10}
	chain, err := testnet.Start(ctx, o.Chain())
	if err != nil {
		log.Fatal(err)
	}
	defer chain.Stop()
	if o.Dir, err = os.MkdirTemp("", "tiles"); err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(o.Dir)
	l, err := biglog.Build(ctx, chain, o)
	if err != nil {
		log.Fatal(err)
	}
	tiles := httptest.NewServer(l.Handler())
	defer tiles.Close()

	client, err := anchor.Dial(chain.RPC(), 0)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	report, err := audit.Run(ctx, audit.Options{
		Client: client, ChainID: l.Ref.ChainID, Registry: l.Ref.Registry, Log: &l.Ref.Log,
		Tiles: []audit.Tiles{{URL: tiles.URL}},
	})
	if err != nil {
		log.Fatal(err)
	}
	last := report.Logs[0].Anchors[9]
	fmt.Println(report.Verdict, report.Logs[0].Origin)
	fmt.Println(last.Size, last.Result)
	// Output:
	// verified log.uni.example
	// 100 pass
}
