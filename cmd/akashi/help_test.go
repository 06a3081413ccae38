package main

import (
	"bytes"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/node"
)

// commandNamed finds a command by its words, and its flags with the global
// ones; rest is what follows its name.
func commandNamed(app *cli.App, words []string) (c *cli.Command, flags []cli.Flag, rest []string) {
	flags = slices.Clone(app.Flags)
	among := app.Commands
	for i := 0; i < len(words); i++ {
		if strings.HasPrefix(words[i], "-") {
			rest = append(rest, words[i])
			if !strings.Contains(words[i], "=") && takesValue(flags, strings.TrimLeft(words[i], "-")) {
				i++
			}
			continue
		}
		at := slices.IndexFunc(among, func(c *cli.Command) bool { return c.HasName(words[i]) })
		if len(among) == 0 || at < 0 {
			rest = append(rest, words[i])
			among = nil
			continue
		}
		c = among[at]
		flags, among = append(flags, c.Flags...), c.Subcommands
	}
	return c, flags, rest
}

// examplesOf gives the command lines that a description shows.
func examplesOf(p page) []string {
	var all []string
	for i, b := range p.description {
		if i == 0 || !strings.HasPrefix(p.description[i-1].text, "Example") && p.name != "akashi" {
			continue
		}
		goesOn := false
		for _, l := range b.lines {
			if goesOn {
				all[len(all)-1] += " " + strings.TrimSpace(strings.TrimSuffix(l, `\`))
			} else {
				all = append(all, strings.TrimSpace(strings.TrimSuffix(l, `\`)))
			}
			goesOn = strings.HasSuffix(l, `\`)
		}
	}
	return all
}

// TestHelp walks all commands: each says what it does, how it is called, and
// shows examples of itself that are right, within 80 columns.
func TestHelp(t *testing.T) {
	app := new(env).app()
	pages := manual(app)
	if len(pages) < 30 {
		t.Fatalf("%d pages", len(pages))
	}
	for _, p := range pages {
		if p.what == "" || strings.HasSuffix(p.what, ".") {
			t.Errorf("%s: its usage is %q", p.name, p.what)
		}
		examples := examplesOf(p)
		if len(examples) == 0 {
			t.Errorf("%s: its help has no examples: end the description with a line \"Examples:\" and indented command lines", p.name)
		}
		own := false
		for _, line := range examples {
			before, after, ok := strings.Cut(line, "akashi ")
			if !ok || strings.Contains(before, "|") && strings.HasPrefix(line, "akashi") {
				t.Errorf("%s: the example %q is no call of akashi", p.name, line)
				continue
			}
			after, _, _ = strings.Cut(after, " >")
			after, _, _ = strings.Cut(after, " |")
			c, flags, rest := commandNamed(app, strings.Fields(after))
			if c == nil {
				t.Errorf("%s: the example %q calls no command", p.name, line)
				continue
			}
			mine := strings.HasPrefix(strings.ReplaceAll(line, "--dir uni ", ""), p.name) || c.Name == p.name[strings.LastIndexByte(p.name, ' ')+1:]
			own = own || mine
			for _, w := range rest {
				name, _, _ := strings.Cut(strings.TrimLeft(w, "-"), "=")
				switch {
				case strings.HasPrefix(w, "-") && len(w) > 1:
					if !slices.ContainsFunc(flags, func(f cli.Flag) bool { return slices.Contains(f.Names(), name) }) {
						t.Errorf("%s: the example %q has %s, which %s does not take", p.name, line, w, c.Name)
					}
				case c.ArgsUsage == "" && len(c.Subcommands) == 0:
					t.Errorf("%s: the example %q has the argument %s, which its usage does not name", p.name, line, w)
				}
			}
		}
		if !own {
			t.Errorf("%s: none of its examples calls it: %q", p.name, examples)
		}
		for _, o := range append(slices.Clone(p.flags), p.globals...) {
			if o.what == "" {
				t.Errorf("%s: the flag %s has no usage", p.name, o.names)
			}
		}
		words := append(strings.Fields(p.name)[1:], "--help")
		code, out, stderr := call(t, nil, words...)
		if code != exitDone || stderr != "" || !strings.HasPrefix(out, "NAME\n") || !strings.Contains(out, p.name+" - ") || !strings.Contains(out, "\nUSAGE\n   "+p.name) {
			t.Errorf("%v: code %d, %q\n%s", words, code, stderr, out)
		}
		for line := range strings.Lines(out) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > helpWidth {
				t.Errorf("%s: a line of its help has %d columns: %s", p.name, n, line)
			}
		}
	}
}

// TestFill: no line is wider than help is, and no word is lost.
func TestFill(t *testing.T) {
	text := strings.Repeat("é word", 40) + " " + strings.Repeat("x", 100) + " end"
	got := fill(text, 3, 6)
	if strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(text), " ") {
		t.Errorf("words were lost:\n%s", got)
	}
	for i, line := range strings.Split(strings.TrimSuffix(got, "\n"), "\n") {
		if n := utf8.RuneCountInString(line); n > helpWidth && !strings.Contains(line, strings.Repeat("x", 100)) {
			t.Errorf("line %d has %d columns", i, n)
		}
		if indent := map[bool]string{true: "   ", false: "      "}[i == 0]; !strings.HasPrefix(line, indent) {
			t.Errorf("line %d: %q", i, line)
		}
	}
}

// macros are those of man(7) that the pages use.
var macros = regexp.MustCompile(`^\.(TH|SH|B|BR|PP|TP|RS|RE|nf|fi)( |$)`)

// TestManual holds every page against the rules of man(7): known macros only,
// text that troff does not take for its own, all sections and all flags.
func TestManual(t *testing.T) {
	files := map[string]bool{}
	for _, p := range manual(new(env).app()) {
		text := p.roff()
		if files[p.file()] {
			t.Errorf("%s is there twice", p.file())
		}
		files[p.file()] = true
		depth := map[string]int{}
		var sections []string
		for line := range strings.Lines(text) {
			line = strings.TrimSuffix(line, "\n")
			for _, r := range line {
				if r < ' ' || r > '~' {
					t.Errorf("%s: %q has a character that is not ASCII", p.file(), line)
				}
			}
			switch {
			case strings.HasPrefix(line, "."):
				if !macros.MatchString(line) {
					t.Errorf("%s: %q is no macro", p.file(), line)
				}
				name, rest, _ := strings.Cut(line[1:], " ")
				switch name {
				case "RS", "nf":
					depth[name]++
				case "RE", "fi":
					depth[map[string]string{"RE": "RS", "fi": "nf"}[name]]--
				case "SH":
					sections = append(sections, strings.Trim(rest, `"`))
				}
			case line == "" && depth["nf"] == 0, strings.HasPrefix(line, "'"):
				t.Errorf("%s: the line %q is not text", p.file(), line)
			}
			for rest := line; ; {
				_, after, ok := strings.Cut(rest, `\`)
				if !ok {
					break
				}
				escape := regexp.MustCompile(`^([-e&]|\((aq|ga|ha|ti|dq)|\[u[0-9A-F]{4,6}\])`).FindString(after)
				if escape == "" {
					t.Errorf("%s: %q has an unknown escape", p.file(), line)
					break
				}
				rest = after[len(escape):]
			}
		}
		if depth["RS"] != 0 || depth["nf"] != 0 {
			t.Errorf("%s: its blocks do not end: %v", p.file(), depth)
		}
		if len(sections) < 4 || !slices.Equal(sections[:3], []string{"NAME", "SYNOPSIS", "DESCRIPTION"}) || sections[len(sections)-1] != "SEE ALSO" {
			t.Errorf("%s: its sections are %v", p.file(), sections)
		}
		for _, o := range append(slices.Clone(p.flags), p.globals...) {
			if !strings.Contains(text, "\n.TP\n.B "+roff(o.names)+"\n") {
				t.Errorf("%s lacks %s", p.file(), o.names)
			}
		}
		for _, name := range p.related {
			if name == p.name {
				t.Errorf("%s refers to itself", p.file())
			}
		}
	}
	for in, want := range map[string]string{
		`.B 'x' \fR`: `\&.B \(aqx\(aq \efR`, "a-b~^`\"": `a\-b\(ti\(ha\(ga\(dq`, "é…証": `\[u00E9]\[u2026]\[u8A3C]`, "": "",
	} {
		if got := roff(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

// TestCompletion asks for the words that may follow.
func TestCompletion(t *testing.T) {
	for line, want := range map[string][]string{
		"tok":                        {"token"},
		"token ":                     {"new", "list", "revoke"},
		"--dir uni token re":         {"revoke"},
		"--dir ":                     {completeFiles},
		"submit --wa":                {"--wait"},
		"submit badge.json --wait ":  {"logged", "anchored", "final"},
		"submit --wait=f":            {"--wait=final"},
		"submit --wait = fi":         {"final"},
		"submit --wait =":            {"logged", "anchored", "final"},
		"doctor uni --wait ":         {"logging", "anchoring"},
		"--node http : //h : 80 tok": {"token"},
		"submit --type course":       {"course-qa"},
		"submit ":                    {completeFiles},
		"submit a.json b":            {completeFiles},
		"submit -- --wa":             {completeFiles},
		"token new --scopes sub":     {"submit"},
		"init x --network ":          {"dev", "sepolia", "mainnet"},
		"nosuch ":                    nil,
		"log --js":                   {"--json"},
		"verify --help":              {"--help"},
		"completion --he":            {"--help"},
	} {
		got := candidates(new(env).app(), strings.Split(line, " "))
		if !slices.Equal(got, want) {
			t.Errorf("after %q may stand %q, want %q", line, got, want)
		}
	}
	app := new(env).app()
	for _, p := range manual(app) {
		words := append(strings.Fields(p.name)[1:], "--")
		got := candidates(app, words)
		for _, o := range append(slices.Clone(p.flags), p.globals...) {
			for name := range strings.SplitSeq(o.names, ", ") {
				if name, _, _ = strings.Cut(name, " "); strings.HasPrefix(name, "--") && !slices.Contains(got, name) {
					t.Errorf("%s: %s is not offered", p.name, name)
				}
			}
		}
	}
	if got := candidates(app, nil); !slices.Contains(got, "submit") || slices.Contains(got, completeWord) {
		t.Errorf("at the begin may stand %q", got)
	}
}

// TestCompletionInBash loads the script into bash and completes there, as the
// key Tab does.
func TestCompletionInBash(t *testing.T) {
	binary := build(t, "")
	dir := t.TempDir()
	for _, c := range []struct {
		words string // as bash breaks them
		want  string
	}{
		{"akashi tok", "token"},
		{"akashi token ''", "new list revoke"},
		{"akashi submit --wait ''", "logged anchored final"},
		{"akashi submit --wait = an", "anchored"},
		{"akashi doctor --wait =", "logging anchoring"},
		{"akashi --node = http : //h : 80 submit --wait an", "anchored"},
		{"akashi submit 'a b'", "a b.json"},
		{"akashi nosuch ''", ""},
	} {
		cmd := exec.Command("bash", "--norc", "--noprofile", "-c", `
akashi() { "$BINARY" "$@"; }
source <(akashi completion bash) && complete -p akashi >/dev/null || exit 1
touch "a b.json"
COMP_WORDS=(`+c.words+`) COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_akashi
IFS=' '; echo "${COMPREPLY[*]}"`)
		cmd.Dir = dir
		cmd.Env = append(cmd.Environ(), "BINARY="+binary)
		out, err := cmd.CombinedOutput()
		if err != nil || string(bytes.TrimSuffix(out, []byte("\n"))) != c.want {
			t.Errorf("%s: %q, %v, want %q", c.words, out, err, c.want)
		}
	}
}

// TestVariables: no variable of the command line is taken for a mistyped
// setting of a node, and the other way round.
func TestVariables(t *testing.T) {
	var walk func(flags []cli.Flag, commands []*cli.Command) []string
	walk = func(flags []cli.Flag, commands []*cli.Command) (names []string) {
		for _, f := range flags {
			if d, ok := f.(cli.DocGenerationFlag); ok {
				names = append(names, d.GetEnvVars()...)
			}
		}
		for _, c := range commands {
			names = append(names, walk(c.Flags, c.Subcommands)...)
		}
		return names
	}
	app := new(env).app()
	used := walk(app.Flags, app.Commands)
	slices.Sort(used)
	known := slices.Sorted(slices.Values(node.CommandVariables))
	if used = slices.Compact(used); !slices.Equal(used, known) {
		t.Errorf("flags read %v, and node.CommandVariables is %v", used, known)
	}
	for _, key := range node.SettingKeys() {
		if name := "AKASHI_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_")); slices.Contains(used, name) {
			t.Errorf("%s is %s and a flag's", name, key)
		}
	}
}
