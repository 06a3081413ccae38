package main

import (
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/testnet/demo"
)

func demoCommand() *cli.Command {
	return &cli.Command{
		Name:  "demo",
		Usage: "take records of three universities all the way",
		Description: `Each step checks what it says and prints how long it took. Afterwards chain
and nodes stay up until Ctrl-C, unless --once is given.

Example:
   akashi-testnet demo --once --records testdata/records`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "records", Usage: "`FOLDER` with the sample records", Value: filepath.Join("testdata", "records")},
			&cli.BoolFlag{Name: "once", Usage: "end after the last step"},
		},
		Action: func(c *cli.Context) error {
			if c.NArg() != 0 {
				return usage("demo takes no arguments")
			}
			if _, err := os.Stat(c.String("records")); err != nil {
				return usage("--records: %v", err)
			}
			return demo.Run(c.Context, demo.Options{
				Records: c.String("records"), Once: c.Bool("once"), Binary: besideMe("akashi"), Out: c.App.Writer,
			})
		},
	}
}

// besideMe is how a reader calls the program that was built beside this one.
func besideMe(name string) string {
	if me, err := os.Executable(); err == nil {
		path := filepath.Join(filepath.Dir(me), name)
		if _, err := os.Stat(path); err == nil {
			if here, err := os.Getwd(); err == nil {
				if rel, err := filepath.Rel(here, path); err == nil {
					return rel
				}
			}
			return path
		}
	}
	return name
}
