package main

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/node"
)

func (e *env) configCommand() *cli.Command {
	return group("config", "check and show the configuration of a node",
		`A setting comes from --set KEY=VALUE, else from the environment (AKASHI_CHAIN_RPC
is chain.rpc), else from akashi.toml in FOLDER, else it has its default.

Examples:
   akashi config check uni --online
   akashi config show uni`,
		e.configCheckCommand(), e.configShowCommand())
}

// setFlag overrides settings for one command.
func setFlag() cli.Flag {
	return &cli.StringSliceFlag{Name: "set", Usage: "`KEY=VALUE` of the configuration; may be repeated"}
}

// settings are the configuration file of the folder that a command is about,
// and what setFlag puts before it.
func (e *env) settings(c *cli.Context) (path string, set map[string]string, err error) {
	dir, err := e.folder(c)
	if err != nil {
		return "", nil, err
	}
	set = map[string]string{}
	for _, kv := range c.StringSlice("set") {
		k, v, ok := strings.Cut(kv, "=")
		if !ok {
			return "", nil, usage("--set %q is not KEY=VALUE", kv)
		}
		set[k] = v
	}
	return filepath.Join(dir, node.ConfigFile), set, nil
}

// configIn reads the configuration in a folder that akashi init made.
func (e *env) configIn(dir string) (node.Config, error) {
	return node.Load(filepath.Join(dir, node.ConfigFile), e.environ, nil)
}

// configOfDir reads the configuration of --dir, for commands whose arguments
// are something else.
func (e *env) configOfDir(c *cli.Context) (node.Config, error) {
	dir := c.String("dir")
	if dir == "" {
		return node.Config{}, usage("give --dir FOLDER, the one that akashi init made")
	}
	return e.configIn(dir)
}

// configOfFolder reads the configuration of the folder that a command is about.
func (e *env) configOfFolder(c *cli.Context) (node.Config, error) {
	dir, err := e.folder(c)
	if err != nil {
		return node.Config{}, err
	}
	return e.configIn(dir)
}

// A configCheckJSON is what config check found.
type configCheckJSON struct {
	Config string             `json:"config"`
	Checks []node.ConfigCheck `json:"checks"`
}

func (e *env) configCheckCommand() *cli.Command {
	return &cli.Command{
		Name:      "check",
		Usage:     "find what is wrong with a node's configuration",
		ArgsUsage: "FOLDER",
		Description: `Looks at every setting and at every file that is named, and tells everything
that is wrong at once: mistyped keys, values out of bounds, files that cannot be
read, that others can read, or that do not belong together. With --online it
asks the chain whether it is the one that is named, has the registry, and knows
one of the node's keys as the log's operator. It changes nothing, and the node
may be running.

Exit code 0: nothing to mend. 1: something is. 2: the chain could not be asked.

Examples:
   akashi config check uni
   akashi config check uni --online --set chain.rpc=https://other.example`,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "online", Usage: "also ask the chain"},
			setFlag(),
		},
		Action: func(c *cli.Context) error {
			path, set, err := e.settings(c)
			if err != nil {
				return err
			}
			checks := node.CheckConfig(c.Context, path, e.environ, set, c.Bool("online"))
			code := exitDone
			for _, check := range checks {
				switch check.Result {
				case node.CheckFail:
					code = worse(code, exitFailed)
				case node.CheckUnknown:
					code = worse(code, exitUnknown)
				}
			}
			if err := e.say(configCheckJSON{path, checks}, func(w io.Writer) {
				for _, check := range checks {
					fmt.Fprintf(w, "%-9s %-8s %s\n", check.Name, check.Result, check.Text)
				}
			}); err != nil {
				return err
			}
			return exit(code)
		},
	}
}

// A configJSON is a configuration under --json.
type configJSON struct {
	Config   string         `json:"config"`
	Settings []node.Setting `json:"settings"`
}

func (e *env) configShowCommand() *cli.Command {
	return &cli.Command{
		Name:      "show",
		Usage:     "show every setting and where its value comes from",
		ArgsUsage: "FOLDER",
		Description: `Secrets are files, of which the path is shown; of the RPC's URL, in which
providers put access keys, scheme and host.

Examples:
   akashi config show uni
   AKASHI_ANCHOR_INTERVAL=1m akashi --json config show uni`,
		Flags: []cli.Flag{setFlag()},
		Action: func(c *cli.Context) error {
			path, set, err := e.settings(c)
			if err != nil {
				return err
			}
			all, err := node.Settings(path, e.environ, set)
			if err != nil {
				return err
			}
			return e.say(configJSON{path, all}, func(w io.Writer) {
				table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
				section := ""
				for _, s := range all {
					in, name, _ := strings.Cut(s.Key, ".")
					if in != section {
						if section != "" {
							fmt.Fprintln(table)
						}
						section = in
						fmt.Fprintf(table, "[%s]\n", in)
					}
					from := string(s.Source)
					if s.Place != "" {
						from += ", " + s.Place
					}
					fmt.Fprintf(table, "%s = %s\t# %s\n", name, tomlText(s.Value), from)
				}
				table.Flush()
			})
		},
	}
}

// tomlText writes a value as the file would.
func tomlText(v any) string {
	switch v := v.(type) {
	case string:
		return fmt.Sprintf("%q", v)
	case []string:
		b, err := json.Marshal(v)
		if err != nil {
			return "[]" // not reached: strings can be written
		}
		return string(b)
	}
	return fmt.Sprint(v)
}
