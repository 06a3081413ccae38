package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/record/badge"
	"github.com/akashi-project/akashi/record/fetch"
	"github.com/akashi-project/akashi/record/fetch/web"
	"github.com/akashi-project/akashi/record/image"
	"github.com/akashi-project/akashi/record/ld"
)

func (e *env) badgeCheckCommand() *cli.Command {
	return &cli.Command{
		Name:      "check",
		Usage:     "judge badges by themselves: what, by whom, and does it hold",
		ArgsUsage: "FILE...",
		Description: `Takes Open Badges 2.0 assertions, hosted or signed, Open Badges 3.0 credentials
and endorsements, learner records (CLR 2.0), and PNG or SVG images with one of
these baked in. Says what it is and who issued it, and lists every check with
its result and code. docs/badges.md explains them.

What a badge names is fetched over https: the issuer's document with its keys,
status lists, hosted assertions. No address inside a private network is asked
unless --allow-network names it. What was fetched is listed with its hash, and
kept with --record; --replay makes the same check again from that file, at the
time of then. A failure of the network never refutes a badge.

Many files are checked at once, on every core, and told in their order.

Exit code 0: verified. 1: refuted. 2: could not tell. Of many: 1 when one is
refuted, else 2 when one could not be told, else 0.

Examples:
   akashi badge check badge.json
   akashi badge check badge.png --lang ja --record badge.check
   akashi badge check badge.png --replay badge.check`,
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "lang", Usage: "`LANGUAGE` of the sentences: en or ja", Value: "en"},
			&cli.StringFlag{Name: "record", Usage: "`FILE` to keep in what was fetched, of one badge"},
			&cli.StringFlag{Name: "replay", Usage: "`FILE` of --record to check by, instead of the network"},
			&cli.StringFlag{Name: "recipient", Usage: "`WHO` it was given to: an address of mail, or an id"},
		}, fetchFlags()...),
		Action: e.checkBadges,
	}
}

func (e *env) checkBadges(c *cli.Context) error {
	if c.NArg() == 0 {
		return usage("give at least one badge")
	}
	replay, keep := c.String("replay"), c.String("record")
	if c.NArg() > 1 && (replay != "" || keep != "") {
		return usage("--record and --replay are about one badge")
	}
	if replay != "" && (keep != "" || c.Bool("offline")) {
		return usage("--replay stands by itself: it fetches nothing")
	}
	o, done, err := e.badgeOptions(c)
	if err != nil {
		return err
	}
	defer done()
	if replay != "" {
		b, err := e.readSmall(c.Context, replay, fetch.MaxTranscript)
		if err != nil {
			return codedError{exitUnknown, fmt.Errorf("--replay %w", err)}
		}
		t, err := fetch.ParseTranscript(b)
		if err != nil {
			return codedError{exitUnknown, fmt.Errorf("--replay %s: %w", nameOf(replay), err)}
		}
		o = o.Replay(t)
	}
	paths := c.Args().Slice()
	if given := slices.Index(paths, "-"); given >= 0 && slices.Contains(paths[given+1:], "-") {
		return usage("give - once: standard input holds one badge")
	}
	worst := exitDone
	err = inOrder(c.Context, slices.Values(paths), func(ctx context.Context, path string) checked {
		return e.checkBadge(ctx, path, o, keep)
	}, func(next checked) error {
		if next.err != nil {
			// One file that cannot be read says nothing of the others.
			switch {
			case len(paths) == 1:
				return next.err
			case e.json:
				if err := e.sayJSON(describe(next.path, codedError{exitUnknown, next.err})); err != nil {
					return err
				}
			default:
				e.complain("%s", message(next.err))
			}
		} else if err := e.write(next.said); err != nil {
			return err
		}
		worst = worse(worst, next.code)
		return nil
	})
	if err != nil {
		return codedError{exitUnknown, err}
	}
	return exit(worst)
}

// checkedJSON is the report on one file.
type checkedJSON struct {
	File string `json:"file"`
	badge.Report
}

// A checked is what is told of one file. It holds the words and no report, which
// would hold all that was fetched until its turn comes.
type checked struct {
	path string
	said []byte
	code int
	err  error
}

// checkBadge judges one file.
func (e *env) checkBadge(ctx context.Context, path string, o badge.Options, keep string) checked {
	refused := func(err error) checked { return checked{path: path, code: exitUnknown, err: err} }
	b, err := e.read(ctx, path, image.MaxSize+1)
	if err != nil {
		return refused(fmt.Errorf("%s: %w", nameOf(path), err))
	}
	report := badge.Check(ctx, b, o)
	if keep != "" {
		transcript, err := json.Marshal(report.Transcript())
		if err == nil {
			err = writeFresh(keep, transcript)
		}
		if err != nil {
			return refused(fmt.Errorf("--record %s: %w", nameOf(keep), err))
		}
	}
	said, err := e.words(checkedJSON{path, report}, func(w io.Writer) { report.Write(w, nameOf(path), o.Language) })
	if err != nil {
		return refused(err)
	}
	return checked{path: path, said: said, code: exitFor(report.Verdict, badge.Verified, badge.Refuted)}
}

// fetchFlags say what may be fetched to judge a badge; badgeOptions reads them.
func fetchFlags() []cli.Flag {
	return append([]cli.Flag{
		&cli.BoolFlag{Name: "offline", Usage: "fetch nothing of what badges name"},
		contextFlag(),
	}, reachFlags()...)
}

// reachFlags say which hosts may be asked; reach reads them.
func reachFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "allow-network", Usage: "`CIDR` of addresses that may be asked although they are not public; may be repeated"},
		&cli.BoolFlag{Name: "allow-http", Usage: "also fetch http URLs, whose answers anybody on the way can change"},
	}
}

// contextFlag names contexts; e.contexts reads it.
func contextFlag() cli.Flag {
	return &cli.StringSliceFlag{Name: "context", Usage: "`SHA256:FILE:URL` of a JSON-LD context to know besides the built-in ones; may be repeated"}
}

// badgeOptions reads the flags of a check. done ends the connections.
func (e *env) badgeOptions(c *cli.Context) (o badge.Options, done func(), err error) {
	done = func() {}
	if o.Language, err = badge.ParseLanguage(c.String("lang")); err != nil {
		return o, done, usage("--lang: %v", err)
	}
	o.Recipient = c.String("recipient")
	if o.Contexts, err = e.contexts(c); err != nil {
		return o, done, err
	}
	if c.Bool("offline") || c.String("replay") != "" {
		o.Fetcher = fetch.None
		return o, done, nil
	}
	w, err := reach(c)
	if err != nil {
		return o, done, err
	}
	client := web.New(w)
	o.Fetcher = client
	return o, client.Close, nil
}

func reach(c *cli.Context) (web.Options, error) {
	w := web.Options{HTTP: c.Bool("allow-http")}
	for _, text := range c.StringSlice("allow-network") {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return w, usage("--allow-network %s is no network such as 10.1.0.0/16", text)
		}
		w.Networks = append(w.Networks, p.Masked())
	}
	return w, nil
}

// contexts adds those of --context to the embedded ones. Each is named with its
// hash, so that nobody changes a meaning by changing a file.
func (e *env) contexts(c *cli.Context) (*ld.Contexts, error) {
	known := ld.Embedded()
	for _, text := range c.StringSlice("context") {
		a, err := ld.ParseAddition(text)
		if err != nil {
			return nil, usage("--context: %v", err)
		}
		b, err := e.readSmall(c.Context, a.File, ld.MaxContext)
		if err != nil {
			return nil, usage("--context %v", err)
		}
		if known, err = known.Add(a, b); err != nil {
			return nil, usage("--context %v", err)
		}
	}
	return known, nil
}
