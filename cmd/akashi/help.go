package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/urfave/cli/v2"
)

// helpWidth is how wide help is at most: what a terminal surely shows.
const helpWidth = 80

func init() { cli.HelpPrinter = printHelp }

// A page is what help and manual say of a command.
type page struct {
	name        string // "akashi token new"
	what        string
	args        string
	description []block
	commands    []*cli.Command
	flags       []option
	globals     []option
	related     []string // names of other pages
}

// A block is a paragraph, or lines that stand as they are.
type block struct {
	text  string
	lines []string // instead of text, without the indentation they share
}

// An option is a flag for people.
type option struct {
	names string // "-o, --out FILE"
	what  string // with default and environment
}

// pageOf makes the page of an app or of a command of it.
func pageOf(data any, app *cli.App) (page, bool) {
	switch d := data.(type) {
	case *cli.App:
		return page{name: d.HelpName, what: d.Usage, description: blocksOf(d.Description), commands: d.VisibleCommands(), flags: optionsOf(d.VisibleFlags())}, true
	case *cli.Command:
		p := page{name: d.HelpName, what: d.Usage, args: d.ArgsUsage, description: blocksOf(d.Description), flags: optionsOf(d.VisibleFlags())}
		for _, c := range d.Subcommands {
			if !c.Hidden && c.Name != "help" {
				p.commands = append(p.commands, c)
			}
		}
		if app != nil {
			p.globals = optionsOf(app.VisibleFlags())
			// Where a command is the last of a group, the cli package has put
			// them among its own.
			own := p.flags
			p.flags = nil
			for _, o := range own {
				if !slices.Contains(p.globals, o) {
					p.flags = append(p.flags, o)
				}
			}
		}
		return p, true
	}
	return page{}, false
}

// blocksOf divides a description: lines that are indented stand as they are,
// the others are paragraphs.
func blocksOf(text string) []block {
	var all []block
	for part := range strings.SplitSeq(text, "\n") {
		indented := strings.HasPrefix(part, " ")
		last := len(all) - 1
		switch {
		case part == "":
			all = append(all, block{})
		case indented && last >= 0 && len(all[last].lines) > 0:
			all[last].lines = append(all[last].lines, part)
		case indented:
			all = append(all, block{lines: []string{part}})
		case last >= 0 && all[last].text != "":
			all[last].text += " " + part
		default:
			all = append(all, block{text: part})
		}
	}
	var kept []block
	for _, b := range all {
		if b.text == "" && len(b.lines) == 0 {
			continue
		}
		shared := helpWidth
		for _, l := range b.lines {
			shared = min(shared, len(l)-len(strings.TrimLeft(l, " ")))
		}
		for i, l := range b.lines {
			b.lines[i] = l[shared:]
		}
		kept = append(kept, b)
	}
	return kept
}

// optionsOf words flags.
func optionsOf(flags []cli.Flag) []option {
	var all []option
	for _, f := range flags {
		d, ok := f.(cli.DocGenerationFlag)
		if !ok {
			continue
		}
		value, what := unquote(d.GetUsage())
		var names []string
		for _, n := range f.Names() {
			if len(n) == 1 {
				names = append([]string{"-" + n}, names...)
			} else {
				names = append(names, "--"+n)
			}
		}
		o := option{names: strings.Join(names, ", "), what: what}
		if d.TakesValue() {
			if value == "" {
				value = "VALUE"
			}
			o.names += " " + value
			if v := d.GetValue(); v != "" && v != "0" && v != "0s" && v != "[]" {
				o.what += " (default: " + v + ")"
			}
		}
		for _, v := range d.GetEnvVars() {
			o.what += " [$" + v + "]"
		}
		all = append(all, o)
	}
	return all
}

// unquote finds the name of a flag's value, which its usage has in backquotes.
func unquote(text string) (value, plain string) {
	before, rest, ok := strings.Cut(text, "`")
	value, after, closed := strings.Cut(rest, "`")
	if !ok || !closed {
		return "", text
	}
	return value, before + value + after
}

// helpApp is the app whose global flags the help of a command shows.
func helpApp() *cli.App { return new(env).app() }

// printHelp writes the page of an app or a command within helpWidth columns.
// It takes the place of the cli package's own, which knows no width.
func printHelp(w io.Writer, _ string, data any) {
	p, ok := pageOf(data, helpApp())
	if !ok {
		return
	}
	var b strings.Builder
	head := func(name string) { fmt.Fprintf(&b, "\n%s\n", name) }
	b.WriteString("NAME\n" + fill(p.name+" - "+p.what, 3, 3))
	head("USAGE")
	b.WriteString(fill(p.synopsis(), 3, 6))
	for i, block := range p.description {
		if i == 0 {
			head("DESCRIPTION")
		} else if block.text != "" || p.description[i-1].text == "" || !strings.HasSuffix(p.description[i-1].text, ":") {
			b.WriteString("\n")
		}
		if block.text != "" {
			b.WriteString(fill(block.text, 3, 3))
		}
		for _, l := range block.lines {
			b.WriteString("      " + l + "\n")
		}
	}
	if len(p.commands) > 0 {
		head("COMMANDS")
		for _, c := range p.commands {
			b.WriteString(entry(c.Name, c.Usage, 16))
		}
	}
	for _, section := range p.sections() {
		head(section.name)
		for _, o := range section.options {
			b.WriteString(entry(o.names, o.what, 28))
		}
	}
	io.WriteString(w, b.String())
}

// A section is a list of options under a heading.
type section struct {
	name    string
	options []option
}

// sections are those that have any option.
func (p page) sections() []section {
	all := []section{{"OPTIONS", p.flags}, {"GLOBAL OPTIONS", p.globals}}
	return slices.DeleteFunc(all, func(s section) bool { return len(s.options) == 0 })
}

// synopsis is how a command is called.
func (p page) synopsis() string {
	text := p.name
	if p.name == "akashi" {
		text += " [GLOBAL OPTIONS]"
	}
	if len(p.commands) > 0 {
		return text + " COMMAND …"
	}
	if len(p.flags) > 0 {
		text += " [OPTIONS]"
	}
	if p.args != "" {
		text += " " + p.args
	}
	return text
}

// entry writes a name and, from a column on, what it is.
func entry(name, what string, column int) string {
	line := "   " + name
	if utf8.RuneCountInString(line) > column-2 {
		return line + "\n" + fill(what, column, column)
	}
	text := fill(what, column, column)
	return line + text[utf8.RuneCountInString(line):]
}

// fill breaks text into lines of helpWidth columns, indented by first and then
// by rest.
func fill(text string, first, rest int) string {
	var b strings.Builder
	line, width := strings.Repeat(" ", first), first
	empty := true
	for _, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		if !empty && width+1+n > helpWidth {
			b.WriteString(line + "\n")
			line, width, empty = strings.Repeat(" ", rest), rest, true
		}
		if !empty {
			line, width = line+" ", width+1
		}
		line, width, empty = line+word, width+n, false
	}
	b.WriteString(line + "\n")
	return b.String()
}
