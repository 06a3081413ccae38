package node

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestLogger holds both formats, the levels and what is said of others.
func TestLogger(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 21, 9, 0, 0, 0, time.FixedZone("JST", 9*3600))
	for _, test := range []struct {
		c         LoggingConfig
		want, err string
	}{
		{c: LoggingConfig{}, want: `level=info msg=hello at=2026-11-21T00:00:00.000Z took=1.5s` + "\n"},
		{c: LoggingConfig{Level: "warn"}},
		{c: LoggingConfig{Level: "debug", Format: "json"}, want: `,"level":"info","msg":"hello","at":"2026-11-21T00:00:00Z","took":"1.5s"}` + "\n"},
		{c: LoggingConfig{Level: "INFO"}, err: `logging.level: "INFO" is none of`},
		{c: LoggingConfig{Format: "xml"}, err: `logging.format: "xml" is none of`},
	} {
		var b bytes.Buffer
		l, err := test.c.Logger(&b)
		if err != nil || test.err != "" {
			if err == nil || !strings.HasPrefix(err.Error(), test.err) || test.err == "" {
				t.Errorf("%+v: %v, want %q", test.c, err, test.err)
			}
			continue
		}
		l.Info("hello", "at", at, slog.Duration("took", 1500*time.Millisecond))
		if !strings.HasSuffix(b.String(), test.want) || (b.Len() == 0) != (test.want == "") {
			t.Errorf("%+v writes %q, want it to end in %q", test.c, b.String(), test.want)
		}
	}
}

// logCalls are the names of slog's functions and methods that write, with the
// place of the message among their arguments.
var logCalls = map[string]int{
	"Debug": 0, "Info": 0, "Warn": 0, "Error": 0, "DebugContext": 1, "InfoContext": 1, "WarnContext": 1, "ErrorContext": 1,
	"Log": 2, "LogAttrs": 2,
}

var (
	snakeCase   = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	attrMakers  = regexp.MustCompile(`^(Any|Bool|Duration|Float64|Group|Int|Int64|String|Time|Uint64)$`)
	attrMessage = regexp.MustCompile(`^[a-z][^A-Z%]*$|RPC|HTTP`)
)

// TestLogMessages reads the shipped code: a message to the log is a constant
// of the code, so that it can be searched and counted and can hold nothing of
// a request, and the keys beside it are constants too, in snake_case.
func TestLogMessages(t *testing.T) {
	t.Parallel()
	calls := 0
	root := filepath.Join("..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != root || d.Name() == "testdata" || d.Name() == "node_modules" || d.Name() == "lib") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		source, err := os.ReadFile(path)
		if err != nil || !bytes.Contains(source, []byte(`"log/slog"`)) && !bytes.Contains(source, []byte(".log.")) {
			return err
		}
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, path, source, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(node ast.Node) bool {
			call, ok := node.(*ast.CallExpr)
			if !ok {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			where := set.Position(call.Pos())
			if pkg, ok := sel.X.(*ast.Ident); ok && pkg.Name == "slog" && attrMakers.MatchString(sel.Sel.Name) {
				checkKey(t, where, call.Args[0])
				return true
			}
			at, ok := logCalls[sel.Sel.Name]
			if !ok || !isLogger(sel.X) || len(call.Args) <= at {
				return true
			}
			calls++
			message, ok := constant(call.Args[at])
			if !ok || !attrMessage.MatchString(message) {
				t.Errorf("%s: the message is no fixed sentence in lower case", where)
			}
			for i := at + 1; i < len(call.Args) && sel.Sel.Name != "LogAttrs" && !call.Ellipsis.IsValid(); i += 2 {
				if _, ok := call.Args[i].(*ast.CallExpr); ok {
					i-- // a slog.Attr, which is looked at by itself
					continue
				}
				checkKey(t, where, call.Args[i])
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if calls < 30 {
		t.Errorf("only %d messages were found", calls)
	}
}

// isLogger reports whether an expression is a log by its name.
func isLogger(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name == "log" || e.Name == "slog" || e.Name == "logger"
	case *ast.SelectorExpr:
		return e.Sel.Name == "log" || e.Sel.Name == "Logger" || e.Sel.Name == "logger"
	}
	return false
}

func constant(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}

func checkKey(t *testing.T, where token.Position, e ast.Expr) {
	t.Helper()
	if key, ok := constant(e); !ok || !snakeCase.MatchString(key) {
		t.Errorf("%s: a key is no constant in snake_case", where)
	}
}
