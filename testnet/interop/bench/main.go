// Bench measures what docs/benchmarks.md shows, and writes it.
//
//	go run ./bench                 every section
//	go run ./bench -section audit  one, the others stay as they are
//
// A section runs Go benchmarks, each beside a limit or a peer in the same run,
// and ends with what they printed.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"
)

// A section is one part of the page.
type section struct {
	name  string // as it is asked for
	title string
	write func(*measurer) (string, error)
}

var sections = []section{
	{"add", "Durable adds", writeAdd},
	{"http", "Adding and asking over HTTP", writeHTTP},
	{"merkle", "Merkle trees", writeMerkle},
	{"verify", "Verdicts", writeVerify},
	{"wasm", "Verdicts in a browser", writeWasm},
	{"badges", "Signatures of badges", writeBadges},
	{"audit", "Audits", writeAudit},
	{"gas", "Gas", writeGas},
	{"growth", "Growth", writeGrowth},
	{"backup", "Backups", writeBackup},
}

func main() {
	only := flag.String("section", "", "measure only this section")
	flag.Parse()
	if err := run(*only); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(only string) error {
	root, err := filepath.Abs("../..") // of the akashi module, when run as make bench does
	if err != nil {
		return err
	}
	var names []string
	var failed error
	for _, s := range sections {
		names = append(names, s.name)
		if only != "" && only != s.name {
			continue
		}
		fmt.Fprintf(os.Stderr, "## %s\n", s.title)
		began := time.Now()
		m := &measurer{root: root}
		text, err := s.write(m)
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("section %s: %w", s.name, err))
			continue
		}
		text = fmt.Sprintf("%s\n\n<details><summary><code>make bench SECTION=%s</code>: %s, %s</summary>\n\n```\n%s```\n\n</details>",
			strings.TrimSpace(text), s.name, began.UTC().Format(time.DateOnly), time.Since(began).Round(time.Second), strings.Join(m.lines, ""))
		// At once, so that an interrupted run keeps what it has.
		if err := put(root, s.title, text); err != nil {
			return err
		}
	}
	if only != "" && !slices.Contains(names, only) {
		return fmt.Errorf("no section %q; there are %s", only, strings.Join(names, ", "))
	}
	return failed
}

// put writes the page with another text below a title.
func put(root, title, text string) error {
	path := filepath.Join(root, "docs", "benchmarks.md")
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	page, err := head()
	if err != nil {
		return err
	}
	for _, s := range sections {
		t := part(string(old), s.title)
		if s.title == title {
			t = text
		}
		if t != "" {
			page += "\n## " + s.title + "\n\n" + t + "\n"
		}
	}
	if err := os.WriteFile(path+".new", []byte(page), 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// part is the text of a section of a page, without its title.
func part(page, title string) string {
	_, text, ok := strings.Cut(page, "\n## "+title+"\n")
	if !ok {
		return ""
	}
	text, _, _ = strings.Cut(text, "\n## ")
	return strings.TrimSpace(text)
}

// head says on what the page was measured.
func head() (string, error) {
	cpu, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "", err
	}
	model := "an unnamed processor"
	if m := regexp.MustCompile(`model name\s*: (.*)`).FindSubmatch(cpu); m != nil {
		model = string(m[1])
	}
	fs, err := exec.Command("df", "--output=fstype", os.TempDir()).Output()
	if err != nil {
		return "", fmt.Errorf("the filesystem of %s: %w", os.TempDir(), err)
	}
	lines := strings.Fields(string(fs))
	return fmt.Sprintf(`# Benchmarks

Made by `+"`make bench`"+` on %d cores, %s, %s, %s,
with nothing else running. Each figure stands beside a limit or a peer that was
measured in the same run, since clocks drift with the machine: read the ratios.
`+"`make bench SECTION=name`"+` measures one section anew; the names stand at the
end of each, with what the benchmarks printed.
`, runtime.NumCPU(), model, runtime.Version(), lines[len(lines)-1]), nil
}
