package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"
)

// A commandLine is one as the cli package wants it.
type commandLine struct {
	args    []string
	command string // the name of the command, "token new", or empty
	json    bool   // --json is among the flags
}

// arrange moves flags before the arguments of a command, since the cli
// package stops looking for flags at the first argument, and people write
// "akashi verify badge.json --policy p.json". What follows "--" stays. It
// looks for --json by itself, so that it counts also when the rest of the
// line is wrong.
func arrange(app *cli.App, args []string) commandLine {
	var line commandLine
	if len(args) == 0 {
		return line
	}
	takesValue := map[string]bool{}
	note := func(flags []cli.Flag) {
		for _, f := range flags {
			_, isBool := f.(*cli.BoolFlag)
			for _, n := range f.Names() {
				takesValue[n] = !isBool
			}
		}
	}
	note(app.Flags)
	var before, flags, rest []string
	var command *cli.Command
	var names []string // of the command and those it stands under
	for i := 1; i < len(args); i++ {
		a := args[i]
		if a == "--" {
			rest = append(rest, args[i:]...)
			break
		}
		if len(a) > 1 && a[0] == '-' {
			group := []string{a}
			name, value, has := strings.Cut(strings.TrimLeft(a, "-"), "=")
			if takesValue[name] && !has && i+1 < len(args) {
				i++
				group = append(group, args[i])
			}
			if name == "json" {
				on, err := strconv.ParseBool(value)
				line.json = !has || err == nil && on
			}
			if command == nil || !hasFlag(command.Flags, name) && hasFlag(app.Flags, name) {
				before = append(before, group...)
			} else {
				flags = append(flags, group...)
			}
			continue
		}
		among := app.Commands
		if command != nil {
			among = command.Subcommands
		}
		if len(rest) == 0 {
			if i := slices.IndexFunc(among, func(c *cli.Command) bool { return c.HasName(a) }); i >= 0 {
				command, names = among[i], append(names, among[i].Name)
				note(command.Flags)
				continue
			}
		}
		rest = append(rest, a)
	}
	line.args = append([]string{args[0]}, before...)
	line.command = strings.Join(names, " ")
	line.args = append(line.args, names...)
	line.args = append(append(line.args, flags...), rest...)
	return line
}

func hasFlag(flags []cli.Flag, name string) bool {
	return slices.ContainsFunc(flags, func(f cli.Flag) bool { return slices.Contains(f.Names(), name) })
}
