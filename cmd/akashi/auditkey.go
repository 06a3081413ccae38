package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/anchor/audit"
	"github.com/akashi-project/akashi/checkpoint"
)

// maxKeyFile is more than a signing key has.
const maxKeyFile = 4 << 10

func (e *env) auditKeyCommand() *cli.Command {
	return &cli.Command{
		Name:      "key",
		Usage:     "make a key with which an auditor signs reports",
		ArgsUsage: "FILE",
		Description: `Writes a new Ed25519 key to FILE, which only you can read, and shows the verifier
key for those who check your reports. NAME says whose it is, as your host name.

Example:
   akashi audit key auditor.key --name auditor.example`,
		Flags: []cli.Flag{&cli.StringFlag{Name: "name", Usage: "`NAME` of the auditor (needed): letters, digits and signs, no space"}},
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return usage("give the one file to make, for instance auditor.key")
			}
			name := c.String("name")
			if err := checkpoint.CheckOrigin(name); err != nil {
				return usage("--name: want 1 to 255 visible ASCII characters without space and plus sign, for instance auditor.example")
			}
			skey, vkey, err := checkpoint.GenerateKey(name)
			if err != nil {
				return err
			}
			path := c.Args().First()
			if err := writeNew(path, skey+"\n"); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			return e.say(keyJSON{"auditor", vkey, path}, func(w io.Writer) {
				fmt.Fprintf(w, "key       %s\nverifier  %s\n", path, vkey)
			})
		},
	}
}

// readAuditKey reads a file of akashi audit key.
func (e *env) readAuditKey(ctx context.Context, path string) (*checkpoint.Signer, error) {
	b, err := e.readSmall(ctx, path, maxKeyFile)
	if err != nil {
		return nil, err
	}
	s, err := checkpoint.NewSigner(strings.TrimSuffix(string(b), "\n"))
	if err != nil {
		return nil, fmt.Errorf("%s holds no signing key; make one with akashi audit key", path)
	}
	return s, nil
}

// A checkJSON is a signed report under --json.
type checkJSON struct {
	Report  string `json:"report"`
	Auditor string `json:"auditor"` // verifier key
	Verdict string `json:"verdict"` // of the report
}

func (e *env) auditCheckCommand() *cli.Command {
	return &cli.Command{
		Name:      "check",
		Usage:     "check an auditor's signature on a report and its pages",
		ArgsUsage: "REPORT [PAGE...]",
		Description: `REPORT is a report in JSON, whose signature lies in REPORT.sig; PAGE is one made of
it. It says whether that auditor signed just these bytes, not whether they are
right: for that, audit the same range and compare.

Exit code 0: signed. 1: not these bytes, or not by this key. 2: could not tell,
since a file is missing.

Example:
   akashi audit check report.json report.html --auditor KEY`,
		Flags: []cli.Flag{&cli.StringFlag{Name: "auditor", Usage: "verifier `KEY` of the auditor (needed), as akashi audit key shows it"}},
		Action: func(c *cli.Context) error {
			if c.NArg() < 1 || c.String("auditor") == "" {
				return usage("give the report, and the auditor's verifier key with --auditor")
			}
			path := c.Args().First()
			raw, err := e.readSmall(c.Context, path, audit.MaxReport)
			if err != nil {
				return codedError{exitUnknown, err}
			}
			sig, err := e.readSmall(c.Context, path+".sig", audit.MaxSignature)
			if err != nil {
				return codedError{exitUnknown, err}
			}
			s, err := audit.OpenStatement(sig, c.String("auditor"))
			if errors.Is(err, checkpoint.ErrKey) {
				return usage("--auditor: %v", err)
			}
			if err != nil {
				return fmt.Errorf("%s.sig: %w", path, err)
			}
			if s.Report != audit.HashOf(raw) {
				return fmt.Errorf("%s is not the report that the auditor signed; it was changed, or the signature is of another one", path)
			}
			for _, page := range c.Args().Slice()[1:] {
				b, err := e.readSmall(c.Context, page, audit.MaxReport)
				if err != nil {
					return codedError{exitUnknown, err}
				}
				if !s.Names(b) {
					return fmt.Errorf("%s is no page that the auditor signed", page)
				}
			}
			r, err := audit.DecodeJSON(raw)
			if err != nil {
				return codedError{exitUnknown, fmt.Errorf("%s: %w", path, err)}
			}
			return e.say(checkJSON{path, c.String("auditor"), r.Verdict.String()}, func(w io.Writer) {
				fmt.Fprintf(w, "%s: signed by %s; its verdict is %s\n", path, c.String("auditor"), r.Verdict)
			})
		},
	}
}
