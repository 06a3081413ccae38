package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/node"
)

// completeWord is what the scripts of completion call: the words of the
// command line up to the cursor follow it.
const completeWord = "__complete"

// completeFiles says, in place of words, that a file may stand there.
const completeFiles = ":files"

// completions are the scripts for the shells that are known. Each asks akashi
// itself, so that they never grow old.
var completions = map[string]string{
	"bash": `# bash completion for akashi
_akashi() {
	local IFS=$'\n' words
	words=$("${COMP_WORDS[0]/#\~/$HOME}" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null) || return
	if [ "$words" = ":files" ]; then
		compopt -o filenames 2>/dev/null
		COMPREPLY=($(compgen -f -- "${COMP_WORDS[COMP_CWORD]}"))
	else
		COMPREPLY=($words)
	fi
}
complete -F _akashi akashi
`,
	"zsh": `#compdef akashi
# zsh completion for akashi
_akashi() {
	local -a found
	found=("${(@f)$("${(Q)words[1]}" __complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
	if [[ "${found[1]}" == ":files" ]]; then
		_files
	elif [[ -n "${found[1]}" ]]; then
		compadd -- "${found[@]}"
	fi
}
if [ "$funcstack[1]" = "_akashi" ]; then
	_akashi "$@"
else
	compdef _akashi akashi
fi
`,
	"fish": `# fish completion for akashi
function __akashi_complete
	set -l words (commandline -opc)
	set -l current (commandline -ct)
	set -l found ($words[1] __complete $words[2..-1] "$current" 2>/dev/null)
	if test "$found" = ":files"
		__fish_complete_path "$current"
	else if test -n "$found"
		printf '%s\n' $found
	end
end
complete -c akashi -f -a '(__akashi_complete)'
`,
}

func (e *env) completionCommand() *cli.Command {
	return &cli.Command{
		Name:      "completion",
		Usage:     "print what makes a shell complete akashi's commands",
		ArgsUsage: "bash|zsh|fish",
		Description: `The script asks akashi itself for the words that can follow.

Examples:
   akashi completion bash > ~/.local/share/bash-completion/completions/akashi
   akashi completion zsh > "${fpath[1]}/_akashi"
   akashi completion fish > ~/.config/fish/completions/akashi.fish`,
		Action: func(c *cli.Context) error {
			script, ok := completions[c.Args().First()]
			if c.NArg() != 1 || !ok {
				return usage("name one shell: bash, zsh or fish")
			}
			return e.say(map[string]string{"shell": c.Args().First(), "script": script}, func(w io.Writer) { io.WriteString(w, strings.ReplaceAll(script, "\t", "    ")) })
		},
	}
}

// valuesOf are the values of flags that take one of a few: of a flag under its
// name, or of one command's under the names of both.
var valuesOf = map[string][]string{
	"wait":        {node.StateLogged, node.StateAnchored, node.StateFinal},
	"doctor wait": {node.ReadyLogging, node.ReadyAnchoring},
	"type":        {"badge", "course-qa", "document"},
	"network":     node.NetworkNames(),
	"log-level":   {"debug", "info", "warn", "error"},
	"expires":     {"30d", "90d", "365d", "never"},
	"scopes":      scopeNames(),
}

func scopeNames() []string {
	names := []string{"all"}
	for _, s := range node.Scopes {
		names = append(names, string(s))
	}
	return names
}

// complete writes the words that may stand in place of the last one.
func (e *env) complete(words []string) error {
	var b strings.Builder
	for _, w := range candidates(e.app(), words) {
		fmt.Fprintln(&b, w)
	}
	return e.write([]byte(b.String()))
}

// candidates gives the words that may stand in place of the last one, or
// completeFiles alone.
func candidates(app *cli.App, words []string) []string {
	// bash takes --flag=value for three words, and has nothing of the value in
	// the third before it is begun.
	if n := len(words); n > 0 && words[n-1] == "=" {
		words = append(slices.Clone(words), "")
	}
	words = slices.DeleteFunc(unbroken(words), func(w string) bool { return w == "=" })
	if len(words) == 0 {
		words = []string{""}
	}
	before, current := words[:len(words)-1], words[len(words)-1]
	among, flags := app.Commands, app.VisibleFlags()
	awaited := "" // the flag whose value comes next
	command := "" // the name of the last one
	isGroup, named, plain := true, false, false
	for _, w := range before {
		switch {
		case awaited != "":
			awaited = ""
		case w == "--":
			plain = true
		case !plain && strings.HasPrefix(w, "-") && len(w) > 1:
			if name, _, has := strings.Cut(strings.TrimLeft(w, "-"), "="); !has && takesValue(flags, name) {
				awaited = name
			}
		case !named:
			i := slices.IndexFunc(among, func(c *cli.Command) bool { return c.HasName(w) })
			if i < 0 {
				return nil
			}
			command = among[i].Name
			flags = append(slices.Clone(app.VisibleFlags()), among[i].VisibleFlags()...)
			among = among[i].Subcommands
			isGroup = len(among) > 0
			named = !isGroup
		}
	}
	prefix := current
	flag := strings.HasPrefix(current, "-") && !plain
	if name, value, has := strings.Cut(strings.TrimLeft(current, "-"), "="); awaited == "" && flag && has {
		// The whole word is replaced where the shell does not break it.
		awaited, prefix = name, value
	}
	var all []string
	switch {
	case awaited != "":
		if all = valuesOf[command+" "+awaited]; all == nil {
			all = valuesOf[awaited]
		}
		if all == nil {
			return []string{completeFiles}
		}
		if prefix != current {
			for i, head := 0, strings.TrimSuffix(current, prefix); i < len(all); i++ {
				if i == 0 {
					all = slices.Clone(all)
				}
				all[i] = head + all[i]
			}
		}
	case flag:
		for _, f := range flags {
			for _, n := range f.Names() {
				if len(n) > 1 {
					all = append(all, "--"+n)
				}
			}
		}
		all = append(all, "--help")
	case isGroup:
		for _, c := range among {
			if !c.Hidden {
				all = append(all, c.Name)
			}
		}
	default:
		return []string{completeFiles}
	}
	var fit []string
	for _, w := range all {
		if strings.HasPrefix(w, current) && !slices.Contains(fit, w) {
			fit = append(fit, w)
		}
	}
	return fit
}

// unbroken puts together what bash breaks at colons, as in URLs.
func unbroken(words []string) []string {
	var whole []string
	for i, w := range words {
		if last := len(whole) - 1; last >= 0 && (w == ":" || words[i-1] == ":") {
			whole[last] += w
		} else {
			whole = append(whole, w)
		}
	}
	return whole
}

// takesValue reports whether a flag of that name wants a word after it.
func takesValue(flags []cli.Flag, name string) bool {
	for _, f := range flags {
		if d, ok := f.(cli.DocGenerationFlag); ok && slices.Contains(f.Names(), name) {
			return d.TakesValue()
		}
	}
	return false
}
