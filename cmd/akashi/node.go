package main

import (
	"fmt"
	"io"
	"os/signal"
	"syscall"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/node"
)

// A nodeJSON is what a node says under --json when it listens.
type nodeJSON struct {
	URL string            `json:"url"`
	Ref checkpoint.LogRef `json:"ref"`
}

func (e *env) nodeCommand() *cli.Command {
	return &cli.Command{
		Name:      "node",
		Usage:     "run the node of a log",
		ArgsUsage: "FOLDER",
		Description: `FOLDER is one that akashi init made. The node runs until it is told to stop
(Ctrl-C, SIGTERM); it then finishes open requests and closes the log. A second
Ctrl-C ends it at once, and loses nothing that was answered either.

Every key of akashi.toml can be overridden by --set KEY=VALUE and by the
environment: chain.rpc is AKASHI_CHAIN_RPC.

Examples:
   akashi node uni
   akashi node uni --set http.listen=0.0.0.0:8044 --set anchor.interval=1m`,
		Flags: []cli.Flag{
			setFlag(),
			&cli.StringFlag{Name: "log-level", Usage: "`LEVEL` of the node's own log: debug, info, warn or error (default: logging.level)"},
			&cli.BoolFlag{Name: "log-json", Usage: "write the node's own log as JSON (default: logging.format)"},
		},
		Action: func(c *cli.Context) error {
			path, set, err := e.settings(c)
			if err != nil {
				return err
			}
			if c.IsSet("log-level") {
				set["logging.level"] = c.String("log-level")
				if _, err := (node.LoggingConfig{Level: c.String("log-level")}).Logger(e.stderr); err != nil {
					return usage("--log-level: %v", err)
				}
			}
			if c.Bool("log-json") {
				set["logging.format"] = "json"
			}
			config, err := node.Load(path, e.environ, set)
			if err != nil {
				return err
			}
			if config.Logger, err = config.Logging.Logger(e.stderr); err != nil {
				return err
			}
			// Whoever reads the log may go away: that is no reason to stop.
			signal.Ignore(syscall.SIGPIPE)
			n, err := node.New(config)
			if err != nil {
				return err
			}
			// A service may have no standard output; its log says the same.
			_ = e.say(nodeJSON{n.URL(), n.Ref()}, func(w io.Writer) { fmt.Fprintf(w, "akashi listens on %s\n", n.URL()) })
			return n.Run(c.Context)
		},
	}
}
