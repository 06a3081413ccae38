package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/testnet"
	"github.com/akashi-project/akashi/testnet/network"
)

// networkInfo is what `network --json` prints once all nodes listen.
type networkInfo struct {
	RPC          string           `json:"rpc"`
	ChainID      uint64           `json:"chainId"`
	Registry     string           `json:"registry"`
	Policy       string           `json:"policy"` // file that trusts all of them
	Universities []universityInfo `json:"universities"`
}

type universityInfo struct {
	Name   string `json:"name"`
	URL    string `json:"url"`
	Dir    string `json:"dir"`
	Issuer string `json:"issuer"`
	Log    string `json:"log"`
	Policy string `json:"policy"` // file that trusts this one
}

func networkCommand() *cli.Command {
	return &cli.Command{
		Name:  "network",
		Usage: "run several invented universities on one chain until Ctrl-C",
		Description: fmt.Sprintf(`Each university has a node, a folder as akashi init makes it, and a log of its
own; all of them are on one registry. The policy at the end trusts each for its
own records. Started again in the same folder, everything goes on where it
ended, at the same addresses. Up to %d have a name.

Examples:
   akashi-testnet network --nodes 3 --dir net
   akashi --dir net/hoshizora submit badge.json --wait final
   akashi --dir net/hoshizora prove badge.json
   akashi verify badge.json --policy net/policy.json --rpc URL`, len(network.Names)),
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "dir", Usage: "`FOLDER` to keep everything in (needed)"},
			&cli.IntFlag{Name: "nodes", Usage: "`NUMBER` of universities", Value: 3},
			&cli.DurationFlag{Name: "anchor-interval", Usage: "longest `TIME` that a record waits for its anchor", Value: 2 * time.Second},
			&cli.BoolFlag{Name: "json", Usage: "print one JSON document instead of lines"},
			&cli.BoolFlag{Name: "verbose", Usage: "log each block to standard error"},
		},
		Action: runNetwork,
	}
}

func runNetwork(c *cli.Context) (err error) {
	if c.NArg() != 0 {
		return usage("network takes no arguments")
	}
	if c.String("dir") == "" {
		return usage("--dir is missing: name a folder to keep the network in")
	}
	if n := c.Int("nodes"); n < 1 || n > len(network.Names) {
		return usage("--nodes %d is none of 1 to %d", n, len(network.Names))
	}
	if d := c.Duration("anchor-interval"); d < 100*time.Millisecond || d > 24*time.Hour {
		return usage("--anchor-interval %s is none of 100ms to 24h", d)
	}
	n, err := network.Start(c.Context, network.Options{
		Dir: c.String("dir"), Nodes: c.Int("nodes"), AnchorInterval: c.Duration("anchor-interval"),
		Chain: testnet.Options{Log: logger(c.App.ErrWriter, c.Bool("verbose"))},
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Stop()) }()
	info := networkInfo{
		RPC: n.Chain.RPC(), ChainID: n.Chain.ChainID(), Registry: strings.ToLower(n.Registry.Hex()),
		Policy: filepath.Join(n.Dir, network.PolicyFile),
	}
	for _, u := range n.Universities {
		info.Universities = append(info.Universities, universityInfo{
			Name: u.Name.String(), URL: u.URL, Dir: u.Dir, Issuer: u.Issuer(), Log: u.Ref.String(), Policy: filepath.Join(u.Dir, "policy.json"),
		})
	}
	if c.Bool("json") {
		err = json.NewEncoder(c.App.Writer).Encode(info)
	} else {
		err = info.print(c.App.Writer)
	}
	if err != nil {
		return err
	}
	select {
	case err := <-n.Failed():
		return err
	case <-c.Context.Done():
		return nil
	}
}

// print writes what a reader needs to use the network.
func (i networkInfo) print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "rpc         %s\nchain id    %d\nregistry    %s\n", i.RPC, i.ChainID, i.Registry)
	for _, u := range i.Universities {
		fmt.Fprintf(&b, "university  %s\n  node      %s\n  folder    %s\n  issuer    %s\n  log       %s\n  policy    %s\n", u.Name, u.URL, u.Dir, u.Issuer, u.Log, u.Policy)
	}
	fmt.Fprintf(&b, "policy      %s trusts all of them\nStop with Ctrl-C; the same command goes on from there.\n", i.Policy)
	_, err := io.WriteString(w, b.String())
	return err
}
