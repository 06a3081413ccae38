package main

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// noExample are packages whose example is no function, and where it is.
var noExample = map[string]string{
	"testnet/demo": "make demo is the example, and make test runs it",
}

// TestDocumented wants a package comment for every package; for every exported
// name of those that can be imported a doc comment; and in each of these an
// Example whose output is checked. Generated code is as its generator writes
// it, but for its package comment.
func TestDocumented(t *testing.T) {
	cmd := exec.Command("go", "list", "-json=Dir,ImportPath,Name,GoFiles,TestGoFiles,XTestGoFiles", "./...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	examples, names := 0, 0
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			Dir, ImportPath, Name              string
			GoFiles, TestGoFiles, XTestGoFiles []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		path := strings.TrimPrefix(p.ImportPath, module)
		if len(p.GoFiles) == 0 {
			continue // tests of pages
		}
		fset := token.NewFileSet()
		parse := func(names []string) (files []*ast.File) {
			for _, name := range names {
				f, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.ParseComments)
				if err != nil {
					t.Fatal(err)
				}
				files = append(files, f)
			}
			return files
		}
		files := parse(p.GoFiles)
		documented := false
		for _, f := range files {
			documented = documented || f.Doc.Text() != ""
			if !ast.IsGenerated(f) && p.Name != "main" {
				names += undocumented(t, fset, f)
			}
		}
		if !documented {
			t.Errorf("%s has no package comment: say the idea, the format, and give an example", path)
		}
		if p.Name == "main" || noExample[path] != "" || strings.Contains(path, "internal/") {
			continue
		}
		found := 0
		for _, e := range doc.Examples(parse(append(p.TestGoFiles, p.XTestGoFiles...))...) {
			if e.Output != "" {
				found++
			}
		}
		if found == 0 {
			t.Errorf("%s has no Example with a checked // Output: write one that a reader of go doc begins with", path)
		}
		examples += found
	}
	if examples < 10 || names < 500 {
		t.Errorf("only %d examples and %d exported names: does this test see them?", examples, names)
	}
	t.Logf("%d examples, %d exported names", examples, names)
}

// undocumented complains about each exported name at the top of a file that
// has no comment, and returns how many it has looked at. The comment of a group
// is enough for its names, and that of an interface for its methods.
func undocumented(t *testing.T, fset *token.FileSet, f *ast.File) (seen int) {
	complain := func(name *ast.Ident, comments ...*ast.CommentGroup) {
		if !name.IsExported() {
			return
		}
		seen++
		for _, c := range comments {
			if c.Text() != "" {
				return
			}
		}
		where := fset.Position(name.Pos())
		t.Errorf("%s:%d: %s has no doc comment", filepath.Base(filepath.Dir(where.Filename))+"/"+filepath.Base(where.Filename), where.Line, name)
	}
	for _, decl := range f.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil || receiver(d).IsExported() {
				complain(d.Name, d.Doc)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					complain(s.Name, d.Doc, s.Doc, s.Comment)
				case *ast.ValueSpec:
					for _, name := range s.Names {
						complain(name, d.Doc, s.Doc, s.Comment)
					}
				}
			}
		}
	}
	return seen
}

// receiver is the name of a method's type.
func receiver(d *ast.FuncDecl) *ast.Ident {
	typ := d.Recv.List[0].Type
	for {
		switch e := typ.(type) {
		case *ast.StarExpr:
			typ = e.X
		case *ast.IndexExpr:
			typ = e.X
		case *ast.IndexListExpr:
			typ = e.X
		case *ast.Ident:
			return e
		default:
			return ast.NewIdent("_")
		}
	}
}
