package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/node"
)

func (e *env) initCommand() *cli.Command {
	return &cli.Command{
		Name:      "init",
		Usage:     "make the keys and the configuration of a new log",
		ArgsUsage: "FOLDER",
		Description: `FOLDER must not exist. Afterwards it holds

   akashi.toml   the configuration, each key with a comment
   policy.json   a verifier's policy that trusts this log: for verifiers
   binding.json  the issuer's signature over the log
   secrets/      the keys the node works with
   cold/         the owner's key: move it to a place that is not connected
   data/         the log itself, made when the node starts

The node opens the log on the chain when it first runs, with a signature of
the owner that init has made. For that its operator account needs coin; init
prints the address.

Examples:
   akashi init uni --origin log.uni.example --network dev
   akashi init uni --origin log.uni.example --network sepolia \
      --rpc https://rpc.example/KEY --registry 0x…
   akashi init uni --origin log.uni.example --issuer https://uni.example/id \
      --rpc https://rpc.example/KEY --chain-id 5 --registry 0x…`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "origin", Usage: "`NAME` of the log for good, by custom a host name and path (needed)"},
			&cli.StringFlag{Name: "issuer", Usage: "`ID` that your badges name as their issuer: https://… or did:… (default: a new did:key)"},
			&cli.StringFlag{Name: "network", Usage: "`NAME` of a known chain: " + strings.Join(node.NetworkNames(), ", ")},
			&cli.StringFlag{Name: "rpc", Usage: "`URL` of the chain's JSON-RPC"},
			&cli.Uint64Flag{Name: "chain-id", Usage: "`NUMBER` of the chain"},
			&cli.StringFlag{Name: "registry", Usage: "`ADDRESS` of the AnchorRegistry"},
			&cli.StringFlag{Name: "listen", Usage: "`HOST:PORT` of the node's HTTP (default 127.0.0.1:8044)"},
			&cli.DurationFlag{Name: "anchor-interval", Usage: "longest `TIME` that a record waits for its anchor (default: what the network suggests, else 10m)"},
			&cli.BoolFlag{Name: "light-keys", Usage: "encrypt the key files weakly and fast, for tests"},
		},
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return usage("give the one folder to make")
			}
			o := node.InitOptions{
				Origin: c.String("origin"), Issuer: c.String("issuer"), Network: c.String("network"),
				RPC: c.String("rpc"), ChainID: c.Uint64("chain-id"), Listen: c.String("listen"),
				AnchorInterval: c.Duration("anchor-interval"), LightKeys: c.Bool("light-keys"),
			}
			if o.Origin == "" {
				return usage("--origin is missing: it names the log for good, for instance log.uni.example")
			}
			if o.Network == "" {
				for _, name := range []string{"rpc", "chain-id", "registry"} {
					if !c.IsSet(name) {
						return usage("--%s is missing: name the chain by --rpc, --chain-id and --registry, or by --network", name)
					}
				}
			}
			if s := c.String("registry"); s != "" {
				a, err := checkpoint.ParseAddress(s)
				if err != nil {
					return usage("--registry: %v", err)
				}
				o.Registry = a
			}
			made, err := node.Init(c.Context, c.Args().First(), o)
			if err != nil {
				return err
			}
			return e.say(initJSON{
				Dir: made.Dir, Config: made.Config, Origin: made.Origin, Issuer: made.Issuer, Owner: made.Owner,
				Operator: made.Operator, Ref: made.Ref, Keys: made.Keys, Remaining: made.Remaining,
			}, func(w io.Writer) {
				fmt.Fprintf(w, "made      %s\n", made.Dir)
				fmt.Fprintf(w, "log       %s\n", made.Ref)
				fmt.Fprintf(w, "origin    %s\n", made.Origin)
				fmt.Fprintf(w, "issuer    %s\n", made.Issuer)
				fmt.Fprintf(w, "owner     %s\n", made.Owner)
				fmt.Fprintf(w, "operator  %s\n", made.Operator)
				for _, r := range made.Remaining {
					fmt.Fprintf(w, "to do     %s\n", r)
				}
			})
		},
	}
}

type initJSON struct {
	Dir       string             `json:"dir"`
	Config    string             `json:"config"`
	Ref       checkpoint.LogRef  `json:"ref"`
	Origin    string             `json:"origin"`
	Issuer    string             `json:"issuer"`
	Owner     checkpoint.Address `json:"owner"`
	Operator  checkpoint.Address `json:"operator"`
	Keys      []string           `json:"keys"`
	Remaining []string           `json:"remaining"`
}
