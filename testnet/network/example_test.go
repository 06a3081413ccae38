package network_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/akashi-project/akashi/node"
	"github.com/akashi-project/akashi/testnet"
	"github.com/akashi-project/akashi/testnet/network"
)

// Two universities log the same badge, each in a log of its own.
func Example() {
	dir, err := os.MkdirTemp("", "akashi")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	n, err := network.Start(ctx, network.Options{Dir: dir, Nodes: 2, AnchorInterval: 100 * time.Millisecond, Chain: testnet.Fast()})
	if err != nil {
		log.Fatal(err)
	}
	defer n.Stop()
	badge, err := os.ReadFile("../../testdata/records/ob3.json")
	if err != nil {
		log.Fatal(err)
	}
	for _, u := range n.Universities {
		logged, err := u.Client.Submit(ctx, node.Submission{Record: badge, Wait: node.StateFinal, Timeout: 2 * time.Minute})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s (%s): index %d, %s\n", u.English, u.Native, logged.Index, logged.State)
	}
	fmt.Println("one policy trusts", len(n.Policy.Issuers), "issuers on", len(n.Policy.Registries), "registry")
	// Output:
	// Hoshizora University (星空大学): index 0, final
	// Tsukimori University (月森大学): index 0, final
	// one policy trusts 2 issuers on 1 registry
}
