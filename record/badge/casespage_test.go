package badge

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var caseRow = regexp.MustCompile("^\\| (.+) \\| (.+) \\| (record[a-z/]*): ((?:Test|Fuzz)[A-Za-z0-9]+), “(.+)” \\| `([a-z0-9.-]+)` \\| (pass|warn|fail|unknown) \\|$")

// TestCasesPage holds the rows of docs/badge-cases.md to the tests that they
// name: the test is there and has the case, the case asserts the row's code and
// result and no other, and every check that can fail has a row.
func TestCasesPage(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "..", "docs", "badge-cases.md"))
	if err != nil {
		t.Fatal(err)
	}
	sources := map[string]*sourceOf{}
	shown, seen := map[string]bool{}, map[string]bool{}
	rows := 0
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| case |") {
			continue
		}
		m := caseRow.FindStringSubmatch(line)
		if m == nil {
			t.Errorf("no row of a case: %s", line)
			continue
		}
		folder, test, name, code, result := m[3], m[4], m[5], m[6], m[7]
		if rows++; seen[folder+test+name+code] {
			t.Errorf("%s %s has two rows", test, name)
		}
		seen[folder+test+name+code] = true
		shown[code+" "+result] = true
		s := sources[folder]
		if s == nil {
			s = readSource(t, folder)
			sources[folder] = s
		}
		if problem := s.holds(test, name, code, result); problem != "" {
			t.Errorf("%s: %s, “%s”: %s", folder, test, name, problem)
		}
	}
	if rows < 250 {
		t.Errorf("%d rows: is the pattern right?", rows)
	}
	for _, s := range catalogue {
		if s.code == ProofComplex { // what is not finished within bounds is unknown
			continue
		}
		if s.result == Fail && !shown[string(s.code)+" fail"] {
			t.Errorf("%s can fail, and has no row", s.code)
		}
	}
}

// A sourceOf is what the tests of a package say, and what its codes are called.
type sourceOf struct {
	tests map[string]ast.Node
	names map[string][]string // of constants, by their value
}

// codePackages have codes that rows name.
var codePackages = []string{"record", "record/badge", "record/proof", "record/ld", "record/descriptor"}

func readSource(t *testing.T, folder string) *sourceOf {
	t.Helper()
	s := &sourceOf{map[string]ast.Node{}, map[string][]string{}}
	for _, dir := range append([]string{folder}, codePackages...) {
		files, err := filepath.Glob(filepath.Join("..", "..", dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range files {
			isTest := strings.HasSuffix(path, "_test.go")
			if isTest != (dir == folder) && isTest {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range f.Decls {
				switch d := d.(type) {
				case *ast.FuncDecl:
					if isTest {
						s.tests[d.Name.Name] = d
					}
				case *ast.GenDecl:
					s.declared(d, isTest)
				}
			}
		}
	}
	return s
}

// declared takes the constants of codes, and the tables of cases that stand
// outside of their test.
func (s *sourceOf) declared(d *ast.GenDecl, isTest bool) {
	for _, spec := range d.Specs {
		v, ok := spec.(*ast.ValueSpec)
		if !ok {
			continue
		}
		if isTest && d.Tok == token.VAR && len(v.Values) == 1 {
			s.tests["var "+v.Names[0].Name] = v.Values[0]
		}
		if d.Tok != token.CONST {
			continue
		}
		for i, name := range v.Names {
			if i < len(v.Values) {
				if text, ok := literalOf(v.Values[i]); ok {
					s.names[text] = append(s.names[text], name.Name)
				}
			}
		}
	}
}

func literalOf(n ast.Node) (string, bool) {
	l, ok := n.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(l.Value)
	return text, err == nil
}

var resultNames = map[string]string{"pass": "Pass", "warn": "Warn", "fail": "Fail", "unknown": "Unknown"}

// holds says what a row promises that its test does not do; "" when it does all.
func (s *sourceOf) holds(test, name, code, result string) string {
	f := s.tests[test]
	if f == nil {
		return "there is no such test"
	}
	constants := s.names[code]
	if len(constants) == 0 {
		return "there is no code " + code
	}
	where := []ast.Node{f}
	ast.Inspect(f, func(n ast.Node) bool { // tables that it ranges over
		if id, ok := n.(*ast.Ident); ok && s.tests["var "+id.Name] != nil {
			where = append(where, s.tests["var "+id.Name])
		}
		return true
	})
	for _, root := range where {
		at := caseOf(root, name)
		if at == nil {
			continue
		}
		used := identsOf(at)
		var codes []string
		for _, list := range s.names {
			for _, c := range list {
				if slices.Contains(used, c) && !slices.Contains(resultValues, c) {
					codes = append(codes, c)
				}
			}
		}
		if len(codes) == 0 {
			used, codes = append(used, identsOf(f)...), constants // the test is of one code
			if !slices.ContainsFunc(constants, func(c string) bool { return slices.Contains(used, c) }) && !isImages(code) {
				return "the test does not ask for " + code
			}
		} else if !slices.ContainsFunc(constants, func(c string) bool { return slices.Contains(codes, c) }) {
			return "the case asks for " + strings.Join(codes, ", ") + " and not for " + code
		}
		for text, constant := range resultNames {
			if own := identsOf(at); text != result && slices.Contains(own, constant) && !slices.Contains(own, resultNames[result]) {
				return "the case asks for " + text + " and not for " + result
			}
		}
		return ""
	}
	return "the test has no such case"
}

// isImages reports the code by which the check of a badge calls everything that
// package image refuses; that package has reasons of its own.
func isImages(code string) bool { return code == string(InputForm) }

var resultValues = []string{"Pass", "Warn", "Fail", "Unknown", "Verified", "Refuted", "CouldNotTell"}

// caseOf finds the smallest case around a name: an element of a table, an entry
// of a map, or a call.
func caseOf(root ast.Node, name string) ast.Node {
	var path []ast.Node
	var found ast.Node
	ast.Inspect(root, func(n ast.Node) bool {
		if n == nil {
			path = path[:len(path)-1]
			return true
		}
		path = append(path, n)
		if text, ok := literalOf(n); ok && text == name && found == nil {
			for i := len(path) - 2; i >= 0 && found == nil; i-- {
				switch around := path[i].(type) {
				case *ast.KeyValueExpr:
					if around.Key == n {
						found = around
					}
				case *ast.CompositeLit:
					if len(around.Elts) > 0 && around.Elts[0] == n {
						found = around
					}
				case *ast.CallExpr:
					found = around
				}
			}
		}
		return true
	})
	return found
}

func identsOf(n ast.Node) (all []string) {
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			all = append(all, id.Name)
		}
		return true
	})
	return all
}
