package audit_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/anchor/audit"
	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/node"
	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/testnet"
	"github.com/akashi-project/akashi/testnet/network"
)

// A university logs a badge and revokes it. An auditor, who has neither the
// badge nor a token, replays the log from the chain's events and the tiles.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "akashi")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	n, err := network.Start(ctx, network.Options{Dir: dir, Nodes: 1, AnchorInterval: 100 * time.Millisecond, Chain: testnet.Fast()})
	if err != nil {
		log.Fatal(err)
	}
	defer n.Stop()
	university := n.Universities[0]
	submit := func(name string) uint64 {
		file, err := os.ReadFile("../../testdata/records/" + name)
		if err != nil {
			log.Fatal(err)
		}
		logged, err := university.Client.Submit(ctx, node.Submission{Record: file, Wait: node.StateFinal, Timeout: 2 * time.Minute})
		if err != nil {
			log.Fatal(err)
		}
		return logged.Index
	}
	badge := submit("ob3.json")
	if _, err := university.Client.ChangeStatus(ctx, node.StatusChange{Index: &badge, State: record.Revoked}); err != nil {
		log.Fatal(err)
	}
	submit("ob2.json") // final: so is the revocation before it

	client, err := anchor.Dial(n.Chain.RPC(), 0)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	report, err := audit.Run(ctx, audit.Options{
		Client: client, ChainID: university.Ref.ChainID, Registry: checkpoint.Address(n.Registry), Log: &university.Ref.Log,
		Tiles: []audit.Tiles{{URL: university.URL}},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Verdict)
	for _, l := range report.Logs {
		fmt.Printf("%s: badges and documents %+v\n", l.Origin, l.States)
	}
	// Output:
	// verified
	// log.hoshizora.example: badges and documents {Valid:1 Suspended:0 Revoked:1}
}
