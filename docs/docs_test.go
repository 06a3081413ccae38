// Package docs_test holds the pages of this folder to the project: each test
// that they name exists, each link leads somewhere, and a page in two
// languages says as much in both.
package docs_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = ".."

// pages are README.md, NEWS.md and CONTRIBUTING.md of the project, and all
// pages of this folder, as paths from the top.
func pages(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			rel, err := filepath.Rel(root, f)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, rel)
		}
	}
	if len(all) < 10 {
		t.Fatalf("only %v", all)
	}
	return all
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

var (
	function = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark|Example)\w*)\(`)
	// A package's name before a colon, a test, a script, or the end of a cell.
	mention = regexp.MustCompile("([a-z][a-z0-9/_-]*):\\s|\\b((?:Test|Fuzz|Benchmark)[A-Z]\\w*)|\\bscripts/([a-z]\\w*)|(\\||\n\n)")
)

// tests are the test functions of each package, by its folder.
func tests(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || strings.HasPrefix(d.Name(), ".") && d.Name() != ".."):
			return fs.SkipDir
		case !strings.HasSuffix(path, ".go"):
			return nil
		}
		dir, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		all[dir] = append(all[dir], "")
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		b, err := os.ReadFile(path)
		for _, m := range function.FindAllStringSubmatch(string(b), -1) {
			all[dir] = append(all[dir], m[1])
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestNamedTests looks up each test that a page names, in the package that it
// names it of: "store: TestForget, TestBackup; node: TestRestoreDrill". The
// package holds until the next one, and no further than the cell or paragraph.
// What a run once printed, in a fenced block, is no claim.
func TestNamedTests(t *testing.T) {
	all := tests(t)
	anywhere := slices.Concat(slices.Collect(maps.Values(all))...)
	named := 0
	for _, page := range pages(t) {
		pkg := ""
		for _, m := range mention.FindAllStringSubmatch(fence.ReplaceAllString(read(t, page), ""), -1) {
			name, test, script := m[1], m[2], m[3]
			switch {
			case name != "":
				if _, ok := all[name]; ok {
					pkg = name
				}
			case test != "" && pkg != "":
				if named++; !slices.Contains(all[pkg], test) {
					t.Errorf("%s names %s: %s, which is not there", page, pkg, test)
				}
			case test != "":
				if named++; !slices.Contains(anywhere, test) {
					t.Errorf("%s names %s, which no package has", page, test)
				}
			case script != "" && pkg != "":
				if found, _ := filepath.Glob(filepath.Join(root, pkg, "testdata", "script", script+".txt*")); len(found) == 0 {
					t.Errorf("%s names %s: scripts/%s, which is not there", page, pkg, script)
				}
			case m[4] != "":
				pkg = ""
			}
		}
	}
	if named < 300 {
		t.Errorf("only %d tests are named: is the pattern right?", named)
	}
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^(#+) (.+)$`)
	anchor  = regexp.MustCompile(`<a id="([a-z0-9-]+)"></a>`)
	fence   = regexp.MustCompile("(?ms)^```.*?^```$")
)

// anchorsOf are the places of a page that a link can lead to.
func anchorsOf(page string) []string {
	var all []string
	page = fence.ReplaceAllString(page, "")
	for _, m := range heading.FindAllStringSubmatch(page, -1) {
		name := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case strings.ContainsRune("`,.?!:;()'’\"/&+“”、。？（）", r):
				return -1
			}
			return r
		}, strings.ToLower(m[2]))
		all = append(all, name)
	}
	for _, m := range anchor.FindAllStringSubmatch(page, -1) {
		all = append(all, m[1])
	}
	return all
}

// TestLinks follows every link inside the project.
func TestLinks(t *testing.T) {
	for _, page := range pages(t) {
		text := fence.ReplaceAllString(read(t, page), "")
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			target := m[1]
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			file, place, _ := strings.Cut(target, "#")
			path := page
			if file != "" {
				path = filepath.Join(filepath.Dir(page), file)
			}
			if _, err := os.Stat(filepath.Join(root, path)); err != nil {
				t.Errorf("%s: the link %s leads nowhere", page, target)
				continue
			}
			if place != "" && !slices.Contains(anchorsOf(read(t, path)), place) {
				t.Errorf("%s: the link %s leads to no heading of %s", page, target, path)
			}
		}
	}
}

// TestBothLanguages holds each page in Japanese to its English one: the same
// sections under the same anchors, tables of as many rows, the same numbers
// and the same links.
func TestBothLanguages(t *testing.T) {
	pairs := 0
	for _, page := range pages(t) {
		if !strings.HasSuffix(page, ".ja.md") {
			continue
		}
		pairs++
		english := read(t, strings.TrimSuffix(page, ".ja.md")+".md")
		japanese := read(t, page)
		for _, same := range []struct {
			what string
			of   func(string) []string
		}{
			{"anchors", func(s string) []string { return firsts(anchor.FindAllStringSubmatch(s, -1)) }},
			{"levels of headings", func(s string) []string { return firsts(regexp.MustCompile(`(?m)^(#+) `).FindAllStringSubmatch(s, -1)) }},
			{"rows of tables", func(s string) []string { return firsts(regexp.MustCompile(`(?m)^(\|)`).FindAllStringSubmatch(s, -1)) }},
			{"items of lists", func(s string) []string {
				return firsts(regexp.MustCompile(`(?m)^(-|\d+\.) `).FindAllStringSubmatch(s, -1))
			}},
			{"code and tests", func(s string) []string {
				s = fence.ReplaceAllString(s, "")
				return sorted(firsts(regexp.MustCompile("(`[^`]+`|\\bTest[A-Z]\\w*)").FindAllStringSubmatch(s, -1)))
			}},
			{"blocks", func(s string) []string { return fence.FindAllString(s, -1) }},
			{"links", func(s string) []string { return sorted(targets(s)) }},
			{"numbers of more than one digit", func(s string) []string {
				return sorted(firsts(regexp.MustCompile(`(\d[\d,.]*\d)`).FindAllStringSubmatch(s, -1)))
			}},
		} {
			e, j := same.of(english), same.of(japanese)
			if !slices.Equal(e, j) {
				t.Errorf("%s has other %s than the English page:\n ja %q\n en %q", page, same.what, j, e)
			}
		}
	}
	if pairs == 0 {
		t.Error("no page in two languages")
	}
}

// TestFiguresOfGas holds the figures of the FAQ to the measured ones.
func TestFiguresOfGas(t *testing.T) {
	var gas struct {
		Anchor     struct{ Mean, Worst uint64 }
		AnchorMany struct{ MeanPerLog uint64 }
		Owner      struct{ OpenLog uint64 }
	}
	if err := json.Unmarshal([]byte(read(t, "contracts/gas.json")), &gas); err != nil {
		t.Fatal(err)
	}
	const perAnchor = 54000 // of docs/config.md: above the worst
	if gas.Anchor.Worst > perAnchor {
		t.Errorf("an anchor costs up to %d gas, and the pages reckon with %d", gas.Anchor.Worst, perAnchor)
	}
	for _, page := range []string{"docs/faq.md", "docs/faq.ja.md"} {
		text := read(t, page)
		for _, n := range []uint64{gas.Anchor.Mean, gas.Anchor.Worst, gas.AnchorMany.MeanPerLog, gas.Owner.OpenLog, perAnchor} {
			if figure := fmt.Sprintf("%d,%03d", n/1000, n%1000); !strings.Contains(text, figure) {
				t.Errorf("%s does not give the figure %s", page, figure)
			}
		}
		for _, perYear := range []float64{365 * 24, 365} {
			if figure := fmt.Sprintf("%.3g", perYear*perAnchor*1e-9); !strings.Contains(text, figure) {
				t.Errorf("%s does not give the %s coin of %.0f anchors at 1 gwei", page, figure, perYear)
			}
		}
	}
}

func firsts(matches [][]string) (list []string) {
	for _, m := range matches {
		list = append(list, m[1])
	}
	return list
}

func sorted(list []string) []string {
	slices.Sort(list)
	return list
}

// targets are the links of a page, without the language of what they lead to:
// a page leads to its own language where there is one.
func targets(page string) (list []string) {
	for _, m := range link.FindAllStringSubmatch(page, -1) {
		list = append(list, strings.Replace(m[1], ".ja.md", ".md", 1))
	}
	return list
}

// TestIndex wants every page of this folder in docs/README.md, so that somebody
// finds it; those of formats are in formats/README.md.
func TestIndex(t *testing.T) {
	indexes := map[string]string{"docs": read(t, "docs/README.md"), "docs/formats": read(t, "docs/formats/README.md")}
	for _, page := range pages(t) {
		index, ok := indexes[filepath.Dir(page)]
		if name := filepath.Base(page); ok && name != "README.md" && !strings.Contains(index, "]("+name+")") {
			t.Errorf("%s is not listed in %s/README.md", page, filepath.Dir(page))
		}
	}
}
