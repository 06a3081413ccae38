package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// A measurer runs benchmarks for one section and keeps what they print.
type measurer struct {
	root    string
	lines   []string // of benchmarks, as printed
	values  map[string]float64
	missing []string // figures that were asked for and not there
}

// bench runs the benchmarks of a package that match, in a process of their own.
// Packages below ./measure and ./credentials are of this module, others of
// akashi's.
func (m *measurer) bench(pkg, match string, flags ...string) error {
	args := append([]string{"test", pkg, "-run", "^$", "-bench", match, "-timeout", "60m"}, flags...)
	cmd := exec.Command("go", args...)
	cmd.Dir = m.root
	if strings.HasPrefix(pkg, "./measure") || pkg == "./credentials" {
		cmd.Dir = filepath.Join(m.root, "testnet", "interop")
	}
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	var all bytes.Buffer
	in := bufio.NewScanner(io.TeeReader(out, &all))
	for in.Scan() {
		if strings.HasPrefix(in.Text(), "Benchmark") {
			fmt.Fprintln(os.Stderr, in.Text())
			m.keep(in.Text())
		}
	}
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, &all)
	}
	return nil
}

// cores is what Go appends to the name of a benchmark.
var cores = regexp.MustCompile(`-\d+$`)

// keep takes a line of the Go benchmark format: a name, how often it ran, and
// pairs of value and unit.
func (m *measurer) keep(line string) {
	fields := strings.Fields(line)
	if len(fields) < 4 {
		return
	}
	m.lines = append(m.lines, strings.Join(fields, " ")+"\n")
	if m.values == nil {
		m.values = make(map[string]float64)
	}
	name := cores.ReplaceAllString(strings.TrimPrefix(fields[0], "Benchmark"), "")
	for i := 2; i+1 < len(fields); i += 2 {
		if v, err := strconv.ParseFloat(fields[i], 64); err == nil {
			m.values[name+" "+fields[i+1]] = v
		}
	}
}

// value is a figure of a benchmark, which is named without "Benchmark".
func (m *measurer) value(name, unit string) float64 {
	v, ok := m.values[name+" "+unit]
	if !ok {
		m.missing = append(m.missing, name+" "+unit)
	}
	return v
}

// done returns the text unless figures were missing.
func (m *measurer) done(text string) (string, error) {
	if len(m.missing) > 0 {
		return "", fmt.Errorf("the benchmarks printed no %s", strings.Join(m.missing, ", no "))
	}
	return text, nil
}

// A table is rows of cells, the first of them its head.
type table [][]string

func (t table) String() string {
	var b strings.Builder
	for i, row := range t {
		fmt.Fprintf(&b, "| %s |\n", strings.Join(row, " | "))
		if i == 0 {
			b.WriteString("|" + strings.Repeat("---|", len(row)) + "\n")
		}
	}
	return b.String()
}

// count writes a whole number with commas between thousands.
func count(v float64) string {
	s := strconv.FormatFloat(v, 'f', 0, 64)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// number writes a figure with three digits that count.
func number(v float64) string {
	switch {
	case v >= 999.5:
		return count(v)
	case v >= 99.95:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case v >= 9.995:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}
