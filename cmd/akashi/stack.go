package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/record/badge"
	"github.com/akashi-project/akashi/record/descriptor"
	"github.com/akashi-project/akashi/record/stack"
)

// stackCommand leads to what is done with several badges together.
func (e *env) stackCommand() *cli.Command {
	return group("stack", "hold badges against a programme",
		`A programme says which badges add up to what: docs/stacks.md.

Examples:
   akashi stack check programme.json badges/*.png`,
		e.stackCheckCommand(),
	)
}

func (e *env) stackCheckCommand() *cli.Command {
	return &cli.Command{
		Name:      "check",
		Usage:     "say what badges add up to in a programme",
		ArgsUsage: "PROGRAMME BADGE...",
		Description: `Reads a programme (docs/formats/programme.md) and badges, as JSON, JWS or baked
images, and says which units they meet, whether hours, credits and level
suffice, what comes in the wrong order, which outcomes are missing or covered
twice, whether a badge is there twice, and whether all are of one learner. All
of it makes one dossier: -o writes it as JSON, --html as a page to print.

Each badge is judged as akashi badge check does, with its flags, and what it
names is fetched; with --policy also by the evidence beside or in it, as akashi
verify does. With --unchecked nothing is judged, and the dossier says so.
Identifiers of learners are mostly hashed with a salt per badge: name the
learner with --learner, or the answer is that it cannot be told.

Exit code 0: complete. 1: incomplete, or a badge is refuted. 2: could not tell,
also since a file cannot be read or written.

Examples:
   akashi stack check programme.json one.png two.json
   akashi stack check programme.json badges/*.png --lang ja \
      --learner hanako@uni.example -o dossier.json --html dossier.html`,
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "`FILE` to write the dossier to, as JSON"},
			&cli.StringFlag{Name: "html", Usage: "`FILE` to write the dossier to, as a page to print"},
			langFlag(),
			&cli.StringFlag{Name: "learner", Usage: "`WHO` all badges must be of: an address of mail, or another identifier"},
			&cli.StringFlag{Name: "at", Usage: "`TIME` of the dossier and its checks, such as 2026-11-01T00:00:00Z (default: now)"},
			&cli.BoolFlag{Name: "unchecked", Usage: "judge no badge"},
		}, fetchFlags(), []cli.Flag{
			&cli.StringFlag{Name: "policy", Usage: "`FILE` that says whom you trust, to judge by the evidence too"},
			&cli.StringFlag{Name: "rpc", Usage: "`URL` of a JSON-RPC of the chain, for --policy"},
			&cli.DurationFlag{Name: "rpc-timeout", Usage: "longest `TIME` that the RPC may take for each answer", Value: 10 * time.Second},
			&cli.StringSliceFlag{Name: "block", Usage: "`CHAIN:NUMBER:HASH` of a block to trust; may be repeated"},
		}),
		Action: func(c *cli.Context) error {
			if c.NArg() < 2 {
				return usage("give a programme and at least one badge")
			}
			dossier, err := e.stackCheck(c)
			if err != nil {
				return untold(err)
			}
			return e.showDossier(c, dossier)
		},
	}
}

// stackCheck reads, judges and adds up what a command line names.
func (e *env) stackCheck(c *cli.Context) (stack.Dossier, error) {
	none := stack.Dossier{}
	o := stack.Options{Learner: c.String("learner"), At: time.Now()}
	var err error
	if o.Lang, err = descriptor.ParseLang(c.String("lang")); err != nil {
		return none, usage("--lang: %v", err)
	}
	if at := c.String("at"); at != "" {
		if o.At, err = time.Parse(time.RFC3339, at); err != nil {
			return none, usage("--at %q is no time such as 2026-11-01T00:00:00Z", clip(at, 60))
		}
	}
	judges, done, err := e.stackJudges(c, o)
	if err != nil {
		return none, err
	}
	defer done()
	path := c.Args().First()
	text, err := e.readSmall(c.Context, path, stack.MaxProgramme)
	if err != nil {
		return none, err
	}
	programme, err := stack.ParseProgramme(text)
	if err != nil {
		return none, fmt.Errorf("%s: %w", nameOf(path), err)
	}
	var inputs []stack.Input
	for _, path := range c.Args().Slice()[1:] {
		b, r, err := e.parseRecord(c.Context, path)
		if err != nil {
			return none, err
		}
		in := stack.Input{Name: path, Record: r}
		for _, judge := range judges {
			if j, asked := judge(c.Context, path, b); asked {
				in.Judgements = append(in.Judgements, j)
			}
		}
		inputs = append(inputs, in)
	}
	return stack.Check(programme, text, inputs, o)
}

// A stackJudge says whether the badge b at path is genuine; false when it has
// nothing to judge by.
type stackJudge func(ctx context.Context, path string, b []byte) (stack.Judgement, bool)

// stackJudges gives the judges that the flags ask for. done ends their
// connections.
func (e *env) stackJudges(c *cli.Context, o stack.Options) (judges []stackJudge, done func(), err error) {
	if c.Bool("unchecked") {
		if c.String("policy") != "" {
			return nil, nil, usage("--policy and --unchecked contradict each other")
		}
		return nil, func() {}, nil
	}
	options, end, err := e.badgeOptions(c)
	if err != nil {
		return nil, nil, err
	}
	if c.IsSet("at") {
		options.Now = func() time.Time { return o.At }
	}
	judges = append(judges, func(ctx context.Context, _ string, b []byte) (stack.Judgement, bool) {
		return ofBadge(badge.Check(ctx, b, options)), true
	})
	if c.String("policy") == "" {
		return judges, end, nil
	}
	byLog, err := e.newJudge(c, false)
	if err != nil {
		end()
		return nil, nil, err
	}
	if c.IsSet("at") {
		byLog.verifier.Now = options.Now
	}
	judges = append(judges, func(ctx context.Context, path string, b []byte) (stack.Judgement, bool) {
		raw, err := e.evidenceNamed(ctx, "", path, b)
		if err != nil {
			return stack.Judgement{By: "log", Verdict: string(badge.CouldNotTell), Code: evidenceMissing, Text: "There is no evidence of it that can be read."}, true
		}
		report, _ := byLog.check(ctx, b, raw)
		j := stack.Judgement{By: "log", Verdict: report.Verdict.String()}
		if s, ok := decisive(report); ok {
			j.Code, j.Text = string(s.Code), s.Text
		}
		return j, true
	})
	return judges, func() { byLog.close(); end() }, nil
}

// ofBadge takes the verdict of a badge's check, and the first finding that
// decided it.
func ofBadge(r badge.Report) stack.Judgement {
	j := stack.Judgement{By: "badge", Verdict: string(r.Verdict)}
	// What is added up is what the file says. Of a hosted badge only what is
	// hosted was judged, and a copy may promise more credits.
	if f, ok := r.Find(badge.HostedSame); ok && f.Result == badge.Warn && r.Verdict == badge.Verified {
		return stack.Judgement{By: "badge", Verdict: string(badge.CouldNotTell), Code: string(f.Code), Text: f.Text}
	}
	if f, ok := decided(r); ok {
		j.Code, j.Text = string(f.Code), f.Text
	}
	return j
}

// showDossier writes a dossier where it is wanted, and gives its exit code.
func (e *env) showDossier(c *cli.Context, d stack.Dossier) error {
	b, err := d.JSON()
	if err != nil {
		return fmt.Errorf("encode the dossier: %w", err)
	}
	var page bytes.Buffer
	if err := d.HTML(&page); err != nil {
		return fmt.Errorf("make the page: %w", err)
	}
	for _, file := range []struct {
		flag    string
		content []byte
	}{{"output", b}, {"html", page.Bytes()}} {
		if path := c.String(file.flag); path != "" {
			if err := writeFresh(path, file.content); err != nil {
				return codedError{exitUnknown, fmt.Errorf("--%s %s: %w", file.flag, nameOf(path), err)}
			}
		}
	}
	if err := e.say(d, func(w io.Writer) { d.WriteText(w) }); err != nil {
		return codedError{exitUnknown, err}
	}
	return exit(exitFor(d.Verdict, stack.Complete, stack.Incomplete))
}
