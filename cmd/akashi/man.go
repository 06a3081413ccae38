package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"
)

func (e *env) manCommand() *cli.Command {
	return &cli.Command{
		Name:      "man",
		Usage:     "write the manual pages of all commands",
		ArgsUsage: "FOLDER",
		Description: `Writes akashi.1 and a page for each command, such as akashi-submit.1, into FOLDER.
Pages of those names that are there already are replaced.

Example:
   akashi man /usr/local/share/man/man1`,
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return usage("give the one folder for the pages")
			}
			dir := c.Args().First()
			if info, err := os.Stat(dir); err != nil {
				return fmt.Errorf("%s: %w", dir, pathless(err))
			} else if !info.IsDir() {
				return fmt.Errorf("%s: is no folder", dir)
			}
			pages := manual(e.app())
			for _, p := range pages {
				path := filepath.Join(dir, p.file())
				if err := replace(path, []byte(p.roff()), 0o644); err != nil {
					return fmt.Errorf("%s: %w", path, err)
				}
			}
			return e.say(map[string]any{"folder": dir, "pages": len(pages)}, func(w io.Writer) {
				fmt.Fprintf(w, "%d pages are in %s\n", len(pages), dir)
			})
		},
	}
}

// manual makes the pages of an app and of all its commands.
func manual(app *cli.App) []page {
	if app.HelpName == "" {
		app.HelpName = app.Name
	}
	first, _ := pageOf(app, nil)
	pages := []page{first}
	var walk func(parent string, commands []*cli.Command) []string
	walk = func(parent string, commands []*cli.Command) []string {
		var names []string
		for _, c := range commands {
			if c.Hidden || c.Name == "help" {
				continue
			}
			copied := *c
			copied.HelpName = parent + " " + c.Name
			p, _ := pageOf(&copied, app)
			names = append(names, p.name)
			at := len(pages)
			pages = append(pages, p)
			pages[at].related = append([]string{parent}, walk(p.name, c.Subcommands)...)
		}
		return names
	}
	pages[0].related = walk(app.Name, app.Commands)
	return pages
}

func hyphened(name string) string { return strings.ReplaceAll(name, " ", "-") }

// file is the name of the page's file.
func (p page) file() string { return hyphened(p.name) + ".1" }

// roff is the page in the macros of man(7).
func (p page) roff() string {
	var b strings.Builder
	line := func(format string, a ...any) { fmt.Fprintf(&b, format+"\n", a...) }
	line(`.TH "%s" 1 "" "akashi" "Manual of akashi"`, strings.ToUpper(roff(hyphened(p.name))))
	line(".SH NAME")
	line(`%s \- %s`, roff(hyphened(p.name)), roff(p.what))
	line(".SH SYNOPSIS")
	line(".B %s", roff(p.name))
	if rest := strings.TrimSpace(strings.TrimPrefix(p.synopsis(), p.name)); rest != "" {
		line("%s", roff(rest))
	}
	for i, block := range p.description {
		if i == 0 {
			line(".SH DESCRIPTION")
		} else if len(block.lines) == 0 {
			line(".PP")
		}
		if block.text != "" {
			line("%s", roff(block.text))
		}
		if len(block.lines) > 0 {
			line(".PP")
			line(".RS 4\n.nf")
			for _, l := range block.lines {
				line("%s", roff(l))
			}
			line(".fi\n.RE")
		}
	}
	if len(p.commands) > 0 {
		line(".SH COMMANDS")
		for _, c := range p.commands {
			if !c.Hidden && c.Name != "help" {
				line(".TP\n.B %s\n%s", roff(c.Name), roff(c.Usage))
			}
		}
	}
	for _, section := range p.sections() {
		line(`.SH "%s"`, section.name)
		for _, o := range section.options {
			line(".TP\n.B %s\n%s", roff(o.names), roff(o.what))
		}
	}
	if len(p.related) > 0 {
		line(".SH SEE ALSO")
		for i, name := range p.related {
			comma := " ,"
			if i == len(p.related)-1 {
				comma = ""
			}
			line(`.BR %s (1)%s`, roff(hyphened(name)), comma)
		}
	}
	return b.String()
}

// roff writes one line of text so that troff takes no part of it for a command
// of its own.
func roff(text string) string {
	text = strings.ReplaceAll(text, `\`, `\e`)
	text = strings.NewReplacer("-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`, `"`, `\(dq`).Replace(text)
	var b strings.Builder
	for i, r := range text {
		switch {
		case i == 0 && r == '.':
			b.WriteString(`\&.`)
		case r > '~':
			fmt.Fprintf(&b, `\[u%04X]`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
