package node_test

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/params"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/node"
	"github.com/akashi-project/akashi/testnet"
	"github.com/akashi-project/akashi/verify"
)

// A university's node on an embedded chain: a badge is logged, anchored, and
// proved to somebody who trusts no more than the registry and the university's
// log.
func Example() {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	chain, err := testnet.Start(ctx, testnet.Fast())
	if err != nil {
		log.Fatal(err)
	}
	defer chain.Stop()
	registry, err := chain.Registry(ctx)
	if err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "akashi")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	// Once: keys, configuration and an operator's account with coin.
	made, err := node.Init(ctx, filepath.Join(dir, "uni"), node.InitOptions{
		Origin: "log.uni.example", Issuer: "https://hoshizora.example/issuer",
		Network: "dev", RPC: chain.RPC(), Registry: checkpoint.Address(registry), Listen: "127.0.0.1:0", AnchorInterval: 100 * time.Millisecond,
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := chain.Fund(ctx, common.Address(made.Operator), big.NewInt(params.Ether)); err != nil {
		log.Fatal(err)
	}

	// The service, until ctx ends.
	config, err := node.Load(made.Config, nil, map[string]string{"anchor.poll": "50ms"})
	if err != nil {
		log.Fatal(err)
	}
	config.Logger = slog.New(slog.DiscardHandler)
	n, err := node.New(config)
	if err != nil {
		log.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- n.Run(ctx) }()

	// A registrar's program.
	token, err := os.ReadFile(filepath.Join(made.Dir, node.TokenFile))
	if err != nil {
		log.Fatal(err)
	}
	client := &node.Client{URL: n.URL(), Token: strings.TrimSpace(string(token))}
	badge, err := os.ReadFile("../testdata/records/ob3.json")
	if err != nil {
		log.Fatal(err)
	}
	logged, err := client.Submit(ctx, node.Submission{Record: badge, Wait: node.StateFinal, Timeout: 2 * time.Minute})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("a", logged.Type, "at index", logged.Index, "is", logged.State)
	_, evidence, err := client.Evidence(ctx, node.EvidenceQuery{Index: &logged.Index})
	if err != nil {
		log.Fatal(err)
	}

	// A verifier, who has the badge and the evidence.
	rpc, err := anchor.Dial(chain.RPC(), 0)
	if err != nil {
		log.Fatal(err)
	}
	defer rpc.Close()
	policy, err := os.ReadFile(filepath.Join(made.Dir, "policy.json"))
	if err != nil {
		log.Fatal(err)
	}
	v := verify.Verifier{Chain: anchor.NewReader(rpc, 0)}
	if v.Policy, err = verify.ParsePolicy(policy); err != nil {
		log.Fatal(err)
	}
	report := v.Check(ctx, badge, evidence)
	fmt.Println(report.Verdict, "as", report.Status.State, "in the log of", report.Issuer.ID)
	changed := append([]byte(`{"credits":9,`), badge[1:]...)
	fmt.Println("with nine credits:", v.Check(ctx, changed, evidence).Verdict)

	stop()
	if err := <-ended; err != nil {
		log.Fatal(err)
	}
	// Output:
	// a badge at index 0 is final
	// verified as valid in the log of https://hoshizora.example/issuer
	// with nine credits: refuted
}
