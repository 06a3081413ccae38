package main

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/node"
)

func (e *env) nodeCommand() *cli.Command {
	return &cli.Command{
		Name:      "node",
		Usage:     "run the node of a log",
		ArgsUsage: "FOLDER",
		Description: `FOLDER is one that akashi init made. The node runs until it is told to stop
(Ctrl-C, SIGTERM); it then finishes open requests and closes the log.

Every key of akashi.toml can be overridden by --set KEY=VALUE and by the
environment: chain.rpc is AKASHI_CHAIN_RPC.

Examples:
   akashi node uni
   akashi node uni --set http.listen=0.0.0.0:8044 --set anchor.interval=1m`,
		Flags: []cli.Flag{
			&cli.StringSliceFlag{Name: "set", Usage: "`KEY=VALUE` of the configuration; may be repeated"},
			&cli.StringFlag{Name: "log-level", Usage: "`LEVEL` of the node's own log: debug, info, warn or error", Value: "info"},
			&cli.BoolFlag{Name: "log-json", Usage: "write the node's own log as JSON"},
		},
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return usage("give the one folder that akashi init made")
			}
			set := map[string]string{}
			for _, kv := range c.StringSlice("set") {
				k, v, ok := strings.Cut(kv, "=")
				if !ok {
					return usage("--set %q is not KEY=VALUE", kv)
				}
				set[k] = v
			}
			var level slog.Level
			if err := level.UnmarshalText([]byte(c.String("log-level"))); err != nil {
				return usage("--log-level %q is none of debug, info, warn, error", c.String("log-level"))
			}
			options := &slog.HandlerOptions{Level: level}
			var handler slog.Handler = slog.NewTextHandler(e.stderr, options)
			if c.Bool("log-json") {
				handler = slog.NewJSONHandler(e.stderr, options)
			}
			config, err := node.Load(filepath.Join(c.Args().First(), node.ConfigFile), e.environ, set)
			if err != nil {
				return err
			}
			config.Logger = slog.New(handler)
			n, err := node.New(config)
			if err != nil {
				return err
			}
			fmt.Fprintf(e.stdout, "akashi listens on %s\n", n.URL())
			return n.Run(c.Context)
		},
	}
}
