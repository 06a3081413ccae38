package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/record/descriptor"
)

// langFlag is the language of what is written for people about badges.
func langFlag() cli.Flag {
	return &cli.StringFlag{Name: "lang", Usage: "`LANGUAGE` of the answer: en or ja", Value: string(descriptor.En)}
}

func (e *env) badgeLintCommand() *cli.Command {
	return &cli.Command{
		Name:      "lint",
		Usage:     "say which micro-credential descriptors a badge has",
		ArgsUsage: "BADGE...",
		Description: `Looks for the descriptors of a framework in a badge of Open Badges 2.0 or 3.0
or in a CLR, as JSON, JWS or baked image, and says of each where it was found
and what is missing or weak: in akashi's extension, in the members that the
standards have, or in a labelled passage of the criteria. Frameworks are jp-1.0
with its 11 mandatory and 6 optional descriptors, eu-2022, au-2022 and my; of
the last three it is not known which are mandatory, and the answer says so.

Credits and hours are compared by the rules of UCTS and ECTS. With --page, a
page of quality assurance that you have retrieved is held beside the hash that
the badge records. Nothing is fetched, and whether the badge is genuine is not
asked.

Exit code 0: no descriptor that is known to be mandatory is missing. 1: one is,
or a file is no badge.

Examples:
   akashi badge lint badge.json
   akashi badge lint --profile eu-2022 --lang ja badge.png
   akashi --json badge lint badge.json`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "profile", Usage: "`FRAMEWORK`: jp-1.0, eu-2022, au-2022 or my", Value: "jp-1.0"},
			&cli.StringSliceFlag{Name: "page", Usage: "`URI=FILE`, the page at an address as you have it; may be repeated"},
			langFlag(),
		},
		Action: func(c *cli.Context) error {
			framework, err := descriptor.FrameworkByID(c.String("profile"))
			if err != nil {
				return usage("--profile: %v", err)
			}
			options, err := e.descriptorOptions(c)
			if err != nil {
				return err
			}
			return e.eachBadge(c, func(path string, r record.Record) error {
				report, err := descriptor.Lint(r, framework, options)
				if err != nil {
					return fmt.Errorf("%s: %w", nameOf(path), err)
				}
				err = e.say(struct {
					File string `json:"file"`
					descriptor.Report
				}{path, report}, func(w io.Writer) { e.headed(c, w, path); report.WriteText(w) })
				if err == nil && !report.Complete() {
					return exitError(exitFailed)
				}
				return err
			})
		},
	}
}

func (e *env) badgeCrosswalkCommand() *cli.Command {
	return &cli.Command{
		Name:      "crosswalk",
		Usage:     "show a badge in all frameworks side by side",
		ArgsUsage: "BADGE...",
		Description: `Shows for each of the 17 descriptors what the badge has of it, and what the
descriptor is called in the Japanese, European, Australian and Malaysian
framework, or that it has no counterpart there.

Exit code 0: shown. 1: a file is no badge.

Examples:
   akashi badge crosswalk badge.json
   akashi badge crosswalk --lang ja badge.png`,
		Flags: []cli.Flag{langFlag()},
		Action: func(c *cli.Context) error {
			options, err := e.descriptorOptions(c)
			if err != nil {
				return err
			}
			return e.eachBadge(c, func(path string, r record.Record) error {
				walk, err := descriptor.Crosswalk(r, options)
				if err != nil {
					return fmt.Errorf("%s: %w", nameOf(path), err)
				}
				return e.say(struct {
					File string `json:"file"`
					descriptor.Walk
				}{path, walk}, func(w io.Writer) { e.headed(c, w, path); walk.WriteText(w) })
			})
		},
	}
}

// headed names a file above its answer when there are several.
func (e *env) headed(c *cli.Context, w io.Writer, path string) {
	if c.NArg() > 1 {
		fmt.Fprintf(w, "\n== %s\n", nameOf(path))
	}
}

// eachBadge reads each argument and does something with it. One that fails does
// not keep the others back.
func (e *env) eachBadge(c *cli.Context, do func(path string, r record.Record) error) error {
	read := func(path string) error {
		_, r, err := e.parseRecord(c.Context, path)
		if err != nil {
			return err
		}
		return do(path, r)
	}
	if c.NArg() == 0 {
		return usage("give a badge: JSON, JWS or an image with one baked in")
	}
	if c.NArg() == 1 {
		return read(c.Args().First())
	}
	failed := false
	for _, path := range c.Args().Slice() {
		err := read(path)
		if err == nil {
			continue
		}
		failed = true
		if _, said := errors.AsType[exitError](err); said {
			continue
		}
		if e.json {
			if err := e.sayJSON(describe(path, err)); err != nil {
				return err
			}
			continue
		}
		e.complain("%s", message(err))
	}
	if failed {
		return exitError(exitFailed)
	}
	return nil
}

// descriptorOptions reads --lang and --page.
func (e *env) descriptorOptions(c *cli.Context) (descriptor.Options, error) {
	var o descriptor.Options
	var err error
	if o.Lang, err = descriptor.ParseLang(c.String("lang")); err != nil {
		return o, usage("--lang: %v", err)
	}
	o.Pages, err = e.pages(c)
	return o, err
}
