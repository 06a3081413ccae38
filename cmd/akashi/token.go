package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/node"
	"github.com/akashi-project/akashi/store/durable"
)

// A tokenJSON is a token under --json.
type tokenJSON struct {
	ID      string     `json:"id"` // SHA-256 of the token
	Name    string     `json:"name"`
	Scopes  []string   `json:"scopes"`            // "all", or some
	Expires *time.Time `json:"expires,omitempty"` // absent: never
	Expired bool       `json:"expired"`
	// Of a new token: itself, or the file that holds it.
	Token string `json:"token,omitempty"`
	File  string `json:"file,omitempty"`
}

func tokenOf(t node.Token, now time.Time) tokenJSON {
	j := tokenJSON{ID: hex.EncodeToString(t.Hash[:]), Name: t.Name, Scopes: []string{"all"}, Expired: t.Expired(now)}
	if len(t.Scopes) > 0 {
		j.Scopes = nil
		for _, s := range t.Scopes {
			j.Scopes = append(j.Scopes, string(s))
		}
	}
	if !t.Expires.IsZero() {
		j.Expires = &t.Expires
	}
	return j
}

func (t tokenJSON) expires() string {
	switch {
	case t.Expires == nil:
		return "never"
	case t.Expired:
		return t.Expires.Format(time.RFC3339) + ", expired"
	}
	return t.Expires.Format(time.RFC3339)
}

func (e *env) tokenCommand() *cli.Command {
	return group("token", "make, list and revoke the tokens that a node takes",
		`A token is what a program shows to a node to be let in. A node keeps only the
SHA-256 of each, in the file that http.tokens_file of its configuration names,
and reads that file again whenever it changes: no restart is needed.

Examples:
   akashi --dir uni token new --name registry --scopes submit --expires 90d
   akashi --dir uni token list
   akashi --dir uni token revoke registry`,
		e.tokenNewCommand(), e.tokenListCommand(), e.tokenRevokeCommand())
}

func (e *env) tokenNewCommand() *cli.Command {
	return &cli.Command{
		Name:  "new",
		Usage: "make a token and let the node take it",
		Description: `The token is shown once, or written to a new file that only you can read, and
kept nowhere else.

Scopes:
   submit    log records
   status    suspend, revoke and reinstate
   forget    destroy what the node holds of a record
   read      look records up, and get evidence by digest, commitment or index
   metrics   read the node's metrics
   backup    have a backup made where the configuration says
   all       everything, also what later releases add

Commands that name a record by its file look it up first: revoke, suspend,
reinstate and forget need read too, unless --index names the record.

Examples:
   akashi --dir uni token new --name registry --scopes submit,read \
      --expires 90d --out registry.token
   akashi --dir uni token new --name prometheus --scopes metrics \
      --expires never`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "name", Usage: "`NAME` by which people know it and revoke it (needed)"},
			&cli.StringFlag{Name: "scopes", Usage: "`LIST` of what it allows, divided by commas (needed)"},
			&cli.StringFlag{Name: "expires", Usage: "`WHEN` it ends: after 90d or 12h, with the day 2027-03-31 (UTC), at 2027-03-31T12:00:00Z, or never (needed)"},
			&cli.StringFlag{Name: "out", Aliases: []string{"o"}, Usage: "new `FILE` for the token, instead of showing it"},
		},
		Action: func(c *cli.Context) error {
			if c.NArg() != 0 {
				return usage("token new takes no arguments")
			}
			now := time.Now()
			t := node.Token{Name: c.String("name")}
			if err := node.CheckTokenName(t.Name); err != nil {
				return usage("--name: %v", err)
			}
			var err error
			if text := c.String("scopes"); text == "" {
				return usage("--scopes is missing: say what the token allows, for instance submit,read")
			} else if text != "all" {
				if t.Scopes, err = node.ParseScopes(text); err != nil {
					return usage("--scopes: %v, or all", err)
				}
			}
			if t.Expires, err = parseExpiry(c.String("expires"), now); err != nil {
				return usage("--expires %v", err)
			}
			out := c.String("out")
			if c.IsSet("out") && out == "" {
				return usage("--out is empty: name a file")
			}
			path, err := e.tokensFile(c)
			if err != nil {
				return err
			}
			text := node.NewToken()
			t.Hash = node.HashToken(text)
			answer := tokenOf(t, now)
			if out == "" {
				answer.Token = text
			} else {
				if err := writeNew(out, text+"\n"); err != nil {
					return fmt.Errorf("%s: %w", out, err)
				}
				answer.File = out
			}
			if err := node.AddToken(c.Context, path, t); err != nil {
				if out != "" {
					os.Remove(out) // a token that no node takes
				}
				return fmt.Errorf("http.tokens_file: %w", err)
			}
			err = e.say(answer, func(w io.Writer) {
				if out == "" {
					fmt.Fprintf(w, "token    %s\n", text)
				} else {
					fmt.Fprintf(w, "file     %s\n", out)
				}
				fmt.Fprintf(w, "name     %s\n", t.Name)
				fmt.Fprintf(w, "scopes   %s\n", strings.Join(answer.Scopes, ","))
				fmt.Fprintf(w, "expires  %s\n", answer.expires())
			})
			if err != nil && out == "" {
				// Nobody has seen it: it shall not count.
				_, undo := node.RevokeToken(c.Context, path, answer.ID)
				return errors.Join(err, undo)
			}
			return err
		},
	}
}

func (e *env) tokenListCommand() *cli.Command {
	return &cli.Command{
		Name:  "list",
		Usage: "show the tokens that the node takes, none of them itself",
		Description: `The id is the begin of the token's SHA-256; with --json it is whole.

Examples:
   akashi --dir uni token list
   akashi --dir uni --json token list`,
		Action: func(c *cli.Context) error {
			if c.NArg() != 0 {
				return usage("token list takes no arguments")
			}
			path, err := e.tokensFile(c)
			if err != nil {
				return err
			}
			list, err := node.ReadTokens(path)
			if err != nil {
				return fmt.Errorf("http.tokens_file: %w", err)
			}
			now := time.Now()
			all := make([]tokenJSON, len(list)) // [] and not null
			for i, t := range list {
				all[i] = tokenOf(t, now)
			}
			return e.say(map[string]any{"tokens": all}, func(w io.Writer) {
				table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
				fmt.Fprintln(table, "ID\tEXPIRES\tSCOPES\tNAME")
				for _, t := range all {
					fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", t.ID[:12], t.expires(), strings.Join(t.Scopes, ","), t.Name)
				}
				table.Flush()
			})
		},
	}
}

func (e *env) tokenRevokeCommand() *cli.Command {
	return &cli.Command{
		Name:      "revoke",
		Usage:     "take a token back",
		ArgsUsage: "NAME|ID",
		Description: `The node refuses the token from its next request on. NAME is the token's name;
ID the begin of its SHA-256, 8 digits or more, as token list shows it.

Examples:
   akashi --dir uni token revoke registry
   akashi --dir uni token revoke 3b2a91c04f7d`,
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return usage("give the name of one token, or the begin of its id")
			}
			which := c.Args().First()
			if strings.HasPrefix(which, "akashi_") {
				return usage("name the token by its name or its id, and not by itself: what is typed is kept by shells and shown to others")
			}
			path, err := e.tokensFile(c)
			if err != nil {
				return err
			}
			gone, err := node.RevokeToken(c.Context, path, which)
			if err != nil {
				return fmt.Errorf("%q: %w", which, err)
			}
			t := tokenOf(gone, time.Now())
			return e.say(map[string]any{"revoked": t}, func(w io.Writer) {
				fmt.Fprintf(w, "revoked  %s  %s\n", t.ID[:12], t.Name)
			})
		},
	}
}

// tokensFile is the tokens file of the node of --dir.
func (e *env) tokensFile(c *cli.Context) (string, error) {
	config, err := e.configOfDir(c)
	if err != nil {
		return "", err
	}
	if config.HTTP.TokensFile == "" {
		return "", errors.New("http.tokens_file is not set in the configuration")
	}
	return config.HTTP.TokensFile, nil
}

// maxTokenLife is far beyond any that makes sense: what is longer is a typo.
const maxTokenLife = 100 * 365 * 24 * time.Hour

// parseExpiry reads when a token ends; zero means never.
func parseExpiry(text string, now time.Time) (time.Time, error) {
	var at time.Time
	days, isDays := strings.CutSuffix(text, "d")
	n, err := strconv.ParseUint(days, 10, 16)
	if text == "never" {
		return time.Time{}, nil
	} else if text == "" {
		return at, errors.New("is missing: say when the token ends, for instance 90d, 2027-03-31 or never")
	} else if isDays && err == nil {
		at = now.AddDate(0, 0, int(n))
	} else if d, err := time.ParseDuration(text); err == nil {
		at = now.Add(d)
	} else if day, err := time.Parse(time.DateOnly, text); err == nil {
		at = day.AddDate(0, 0, 1) // to the end of that day
	} else if at, err = time.Parse(time.RFC3339, text); err != nil {
		return at, fmt.Errorf("%q is none of 90d, 12h, 2027-03-31, 2027-03-31T12:00:00Z, never", text)
	}
	at = at.UTC().Truncate(time.Second)
	if !at.After(now) {
		return at, fmt.Errorf("%s is not in the future", text)
	}
	if at.Sub(now) > maxTokenLife {
		return at, fmt.Errorf("%s is more than 100 years away; say never", text)
	}
	return at, nil
}

// writeNew writes a secret to a file that must not exist. Its errors do not
// name the file.
func writeNew(path, text string) error {
	err := durable.Create(path, 0o600, []byte(text))
	if errors.Is(err, fs.ErrExist) {
		return errors.New("is there already; nothing was changed; name a new file")
	}
	return written(err)
}
