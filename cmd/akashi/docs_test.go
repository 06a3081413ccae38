package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/akashi-project/akashi/testnet/await"
)

// TestDocs executes every command that README.md and the pages of docs show,
// page by page and in order, with the real programs.
//
// A fenced block of kind "console" holds commands, and what they print:
//
//	$ akashi node uni &
//	akashi listens on http://127.0.0.1:8044
//	$ akashi submit badge.json --wait final
//	…badge at index 0, final
//
// A line that begins with "$ " is a command for bash; lines that begin with
// "> " go on with it, and so do those after a backslash. The other lines are
// what it prints, on either stream: each must be found, in this order; lines
// between them need not be shown. In a line "…" stands for anything, and more
// than one space for any number of them. What differs from run to run is taken
// by its form: hashes, keys, addresses and tokens, instants, durations, sizes
// and the numbers of blocks. A hash or address of the page stands for the one
// that came in its place, also in later commands. /home/you is the folder in
// which the page begins.
//
// A command that ends with "&" stays until the page ends; the page goes on when
// the lines shown below it have come. It must end well when it is told to. A
// command that fails fails the page, unless "$ echo $?" comes next.
//
// Each page begins in a folder of its own, which has the project's testdata, docs
// and programs in it and nothing else, and has a network of its own in which it is alone: any port is free, and
// no other machine can be reached. What a page needs and does not show is done
// by a block inside an HTML comment. What cannot be executed anywhere but on the
// reader's machine stands in a block of kind "sh"; elsewhere says what that is.
func TestDocs(t *testing.T) {
	bin := t.TempDir()
	if out, err := exec.Command("go", "build", "-o", bin, ".", "../akashi-testnet").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	if out, err := exec.Command("make", "-s", "-C", "../..", "wasm", "BIN="+bin).CombinedOutput(); err != nil {
		t.Fatalf("make wasm: %v\n%s", err, out)
	}
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(pages, "../../README.md") {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		commands, err := commandsOf(string(text))
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if len(commands) == 0 {
			continue
		}
		t.Run(strings.TrimSuffix(filepath.Base(path), ".md"), func(t *testing.T) {
			t.Parallel()
			s := newShell(t, bin)
			for i, c := range commands {
				asked := i+1 < len(commands) && commands[i+1].text == "echo $?"
				if err := s.run(c, asked); err != nil {
					t.Fatalf("%s:%d: $ %s\n%v", filepath.Base(path), c.line, c.text, err)
				}
			}
			if err := s.stop(); err != nil {
				t.Errorf("%s: at its end: %v", filepath.Base(path), err)
			}
		})
	}
}

// A command is one of a page, with what the page shows of its output.
type command struct {
	line  int // in the page
	text  string
	shown []string
}

// elsewhere matches the lines of blocks of kind "sh": commands that no test can
// execute, since they change the machine, or ask the network.
var elsewhere = regexp.MustCompile(`^(\s*#.*|\s*|(sudo )?(apt-get|systemctl|journalctl|useradd|install|certbot|nginx|make|git) .*)$`)

// commandsOf reads a page's commands.
func commandsOf(page string) ([]command, error) {
	var all []command
	fence, goesOn := "", false
	for i, line := range strings.Split(page, "\n") {
		if kind, ok := strings.CutPrefix(line, "```"); ok {
			switch {
			case fence != "":
				fence = ""
			case kind == "":
				fence = "text"
			default:
				fence = kind
			}
			if slices.Contains([]string{"bash", "shell", "shellsession"}, fence) {
				return nil, fmt.Errorf("line %d: commands stand in blocks of kind console", i+1)
			}
			goesOn = false
			continue
		}
		if fence == "sh" && !elsewhere.MatchString(line) {
			return nil, fmt.Errorf("line %d: %q can be executed by the test: put it into a block of kind console", i+1, line)
		}
		if fence != "console" {
			continue
		}
		last := len(all) - 1
		text, isCommand := strings.CutPrefix(line, "$ ")
		rest, isRest := strings.CutPrefix(line, "> ")
		switch {
		case goesOn:
			all[last].text += "\n" + strings.TrimPrefix(line, "> ")
		case isCommand:
			all = append(all, command{line: i + 1, text: text})
		case last < 0:
			return nil, fmt.Errorf("line %d: output before the first command", i+1)
		case (isRest || line == ">") && len(all[last].shown) == 0:
			all[last].text += "\n" + rest
		case strings.TrimSpace(line) != "" && line != "…":
			all[last].shown = append(all[last].shown, line)
		}
		goesOn = (goesOn || isCommand || isRest) && strings.HasSuffix(line, "\\")
	}
	return all, nil
}

// A shell is one bash in which a page is executed.
type shell struct {
	t       *testing.T
	dir     string // what the page calls /home/you
	outputs string // a file for what each command prints
	cmd     *exec.Cmd
	in      *os.File
	results *bufio.Scanner
	count   int
	stands  map[string]string // hash or the like of the page → the one it stands for
}

// loop reads commands, each after the file for its output, and executes them.
// Command and file end with a zero byte; $? is what the command before left.
const loop = `
status=0
while IFS= read -r -d '' -u 3 output && IFS= read -r -d '' -u 3 text; do
	(exit $status)
	eval "$text" >"$output" 2>&1 </dev/null 3<&- 4>&-
	status=$?
	echo $status >&4
done
for pid in $(jobs -p); do kill -TERM $pid; done
for pid in $(jobs -p); do wait $pid || echo "one that stayed in the background ended with $?" >&4; done
`

func newShell(t *testing.T, bin string) *shell {
	t.Helper()
	s := &shell{t: t, dir: filepath.Join(t.TempDir(), "you"), outputs: t.TempDir(), stands: map[string]string{}}
	if err := os.Mkdir(s.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	project, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"testdata": filepath.Join(project, "testdata"), "docs": filepath.Join(project, "docs"), "bin": bin} {
		if err := os.Symlink(target, filepath.Join(s.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	in, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	own, err := exec.LookPath("own-net")
	if err != nil {
		t.Fatal(err)
	}
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Fatal(err)
	}
	s.cmd = exec.Command(own, bash, "--norc", "--noprofile", "-c", loop)
	s.cmd.Dir = s.dir
	s.cmd.ExtraFiles = []*os.File{in, out} // 3 and 4
	s.cmd.Env = []string{"HOME=" + s.dir, "PATH=" + bin + ":/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "TMPDIR=" + t.TempDir()}
	ownNetwork(t, s.cmd)
	if err := s.cmd.Start(); err != nil {
		t.Fatalf("a shell with a network of its own: %v", err)
	}
	in.Close()
	out.Close()
	t.Cleanup(func() {
		syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL) // after a failed test
		s.cmd.Wait()
		w.Close()
		r.Close()
	})
	s.in, s.results = w, bufio.NewScanner(r)
	// A page that hangs shall fail with what it printed, and not the run.
	if err := r.SetReadDeadline(time.Now().Add(5 * time.Minute)); err != nil {
		t.Fatal(err)
	}
	return s
}

// run executes a command and holds its output against the page.
func (s *shell) run(c command, mayFail bool) error {
	s.count++
	path := filepath.Join(s.outputs, strconv.Itoa(s.count))
	if _, err := fmt.Fprintf(s.in, "%s\x00%s\x00", path, s.real(c.text)); err != nil {
		return err
	}
	if !s.results.Scan() {
		return fmt.Errorf("it does not end: %w; it printed\n%s", s.results.Err(), s.output(path))
	}
	if status := s.results.Text(); status != "0" && !mayFail {
		return fmt.Errorf("exit code %s; it printed\n%s", status, s.output(path))
	}
	shown := func() error {
		out := s.output(path)
		if missing := s.compare(c.shown, out); missing != "" {
			return fmt.Errorf("it printed\n%s\nand not what the page shows:\n%s", out, missing)
		}
		return nil
	}
	if !strings.HasSuffix(c.text, "&") {
		return shown()
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), await.Patience)
	defer cancel()
	return await.Nil(ctx, shown)
}

// output is what a command has printed, with the folder named as on the page.
func (s *shell) output(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return strings.ReplaceAll(string(b), s.dir, "/home/you")
}

// real puts what there is in the place of what the page shows.
func (s *shell) real(text string) string {
	text = strings.ReplaceAll(text, "/home/you", s.dir)
	return unique.ReplaceAllStringFunc(text, func(page string) string {
		if v, ok := s.stands[page]; ok {
			return v
		}
		return page
	})
}

var (
	// unique are the forms of what no two runs have alike.
	unique = regexp.MustCompile(`eip155:\d+:0x[0-9a-f]{40}:0x[0-9a-f]{64}|0x[0-9a-fA-F]{40,}|\b[0-9a-f]{16,}\b|akashi_[\w-]{43}|\bz6Mk\w{44}|\bbafk\w{50,}|\+[0-9a-f]{8}\+[\w+/=]{40,}`)
	// changing are the forms of what differs, and whose value nobody needs.
	changing = regexp.MustCompile(`\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?( UTC|Z)?|\b[\d.]+ ?(ns|µs|ms|s|m|h|seconds?|minutes?|hours?|days?|B|kB|KB|MB|GB|TB|KiB|MiB|GiB|TiB|bytes)\b|\bblock \d+|…|  +`)
	place    = regexp.MustCompile("(" + unique.String() + ")|" + changing.String())
)

// compare returns the first line of the page that is not in the output after
// those before it, and learns what hashes of the page stand for.
func (s *shell) compare(shown []string, output string) (missing string) {
	lines := strings.Split(output, "\n")
	for _, line := range shown {
		re, names := s.pattern(line)
		i := slices.IndexFunc(lines, re.MatchString)
		if i < 0 {
			return line
		}
		for j, v := range re.FindStringSubmatch(lines[i])[1:] {
			s.stands[names[j]] = v
		}
		lines = lines[i+1:]
	}
	return ""
}

// pattern matches the lines that a line of a page stands for. Its groups are
// what stands in the place of names.
func (s *shell) pattern(line string) (re *regexp.Regexp, names []string) {
	var b strings.Builder
	end := 0
	for _, m := range place.FindAllStringSubmatchIndex(line, -1) {
		b.WriteString(regexp.QuoteMeta(line[end:m[0]]))
		end = m[1]
		text := line[m[0]:m[1]]
		known, isKnown := s.stands[text]
		switch {
		case isKnown:
			b.WriteString(regexp.QuoteMeta(known))
		case m[2] >= 0:
			names = append(names, text)
			b.WriteString("(" + groups.ReplaceAllString(unique.String(), "(?:") + ")")
		case text == "…":
			b.WriteString(".*")
		case strings.HasPrefix(text, "  "):
			b.WriteString(" +")
		default:
			b.WriteString("(?:" + groups.ReplaceAllString(changing.String(), "(?:") + ")")
		}
	}
	b.WriteString(regexp.QuoteMeta(line[end:]))
	return regexp.MustCompile("^" + b.String() + "$"), names
}

// groups are those of a regular expression that capture.
var groups = regexp.MustCompile(`\((\?:)?`)

// stop ends what stayed in the background, and wants it to end well.
func (s *shell) stop() error {
	s.in.Close()
	var errs []error
	for s.results.Scan() {
		errs = append(errs, errors.New(s.results.Text()))
	}
	if err := s.results.Err(); err != nil {
		errs = append(errs, fmt.Errorf("what is in the background does not end: %w", err))
	}
	if len(errs) > 0 {
		for i := range s.count {
			errs = append(errs, errors.New(s.output(filepath.Join(s.outputs, strconv.Itoa(i+1)))))
		}
	}
	return errors.Join(errs...)
}

// ownNetwork has a command run as the leader of its group in a network of its
// own. Linux has that; elsewhere there is no other way to give each page the
// ports that it shows.
var ownNetwork = func(t *testing.T, _ *exec.Cmd) {
	t.Fatal("each page runs in a network namespace of its own, which only Linux has: run this test there")
}
