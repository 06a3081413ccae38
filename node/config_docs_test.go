package node

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/checkpoint"
)

// cells gives the rows of a page's tables that have so many cells.
func cells(page string, n int) [][]string {
	var rows [][]string
	for line := range strings.Lines(page) {
		parts := strings.Split(strings.TrimSpace(line), "|")
		if len(parts) != n+2 || parts[0] != "" || strings.HasPrefix(parts[1], "---") {
			continue
		}
		parts = parts[1 : n+1]
		for i := range parts {
			parts[i] = strings.TrimSpace(parts[i])
		}
		rows = append(rows, parts)
	}
	return rows
}

// unitOf is what the page calls the unit of a setting, or "" for those that
// have one of their own.
func unitOf(s setting) string {
	switch s.value.Interface().(type) {
	case Duration:
		return "duration"
	case checkpoint.Address:
		return "address"
	case []string:
		return "list"
	}
	if s.isPath() {
		return "path"
	}
	return ""
}

// TestConfigIsDocumented holds docs/config.md against the settings of the
// code: all of them, no others, each with its unit and its default.
func TestConfigIsDocumented(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "docs", "config.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string][]string{}
	for _, row := range cells(string(b), 4) {
		if key := strings.Trim(row[0], "`"); strings.Contains(key, ".") {
			if rows[key] != nil {
				t.Errorf("docs/config.md has %s twice", key)
			}
			rows[key] = row
		}
	}
	complaints := (Config{}).withDefaults().checkValues().Error()
	defaults := Config{}.withDefaults()
	for _, s := range settingsOf(&defaults) {
		row := rows[s.key]
		if row == nil {
			t.Errorf("docs/config.md has no row for %s: add it with unit, default and effect", s.key)
			continue
		}
		delete(rows, s.key)
		if want := unitOf(s); row[1] == "" || want != "" && row[1] != want || want == "" && (row[1] == "duration" || row[1] == "path") {
			t.Errorf("docs/config.md says that the unit of %s is %q, want %q", s.key, row[1], want)
		}
		if len(row[3]) < 5 {
			t.Errorf("docs/config.md does not say what %s does", s.key)
		}
		want := fmt.Sprintf("`%v`", s.shown())
		needed := strings.Contains(complaints, s.key+": ") || s.key == "log.origin" || s.key == "log.keys"
		switch d, isDuration := s.value.Interface().(Duration); {
		case needed:
			want = "needed"
		case isDuration:
			if v, err := time.ParseDuration(strings.Trim(row[2], "`")); err != nil || v != d.Duration || row[2][0] != '`' {
				t.Errorf("docs/config.md says that the default of %s is %s, it is %s", s.key, row[2], d)
			}
			continue
		case s.value.IsZero() && (s.value.Kind() == reflect.String || s.value.Kind() == reflect.Slice):
			want = "none"
		}
		if row[2] != want {
			t.Errorf("docs/config.md says that the default of %s is %s, it is %s", s.key, row[2], want)
		}
	}
	for key := range rows {
		t.Errorf("docs/config.md has %s, which is no setting", key)
	}
}

// TestNetworksAreDocumented holds the tables of networks and of costs against
// the presets and the gas of an anchor.
func TestNetworksAreDocumented(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "docs", "config.md"))
	if err != nil {
		t.Fatal(err)
	}
	short := func(d time.Duration) string {
		text := d.String()
		for _, zero := range []string{"m0s", "h0m"} {
			if rest, ok := strings.CutSuffix(text, zero); ok {
				text = rest + zero[:1]
			}
		}
		return text
	}
	var got, want []string
	for _, row := range cells(string(b), 8)[1:] {
		got = append(got, strings.Join(row, " | "))
	}
	for _, n := range Networks {
		c := Config{Chain: ChainConfig{FeeCapGwei: n.FeeCapGwei, TipCapGwei: n.TipCapGwei}}.withDefaults()
		final, registry := "by the chain", "not deployed yet"
		if n.Confirmations > 0 {
			final = fmt.Sprintf("%d blocks deep", n.Confirmations)
		}
		if !n.Registry.IsZero() {
			registry = "`" + n.Registry.String() + "`"
		}
		want = append(want, fmt.Sprintf("`%s` | %d | %s, after about `%s` | `%s` | `%s` | %v | %v | %s", n.Name, n.ChainID, final,
			short(n.Finality), short(n.BlockTime), short(n.AnchorInterval), c.Chain.FeeCapGwei, c.Chain.TipCapGwei, registry))
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("docs/config.md has the networks\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	costs := 0
	for _, row := range cells(string(b), 4) {
		every, err := time.ParseDuration(strings.Trim(row[0], "`"))
		if err != nil {
			continue
		}
		costs++
		day := float64(24*time.Hour) / float64(every)
		coin := func(anchors float64) string {
			return strconv.FormatFloat(anchors*AnchorGas*1e-9, 'g', 3, 64)
		}
		if want := []string{row[0], fmt.Sprint(day), coin(day), coin(day * 365)}; !reflect.DeepEqual(row, want) {
			// The smallest are written without an exponent.
			small, err := strconv.ParseFloat(row[2], 64)
			if err != nil || strconv.FormatFloat(small, 'g', 3, 64) != want[2] || row[1] != want[1] || row[3] != want[3] {
				t.Errorf("docs/config.md has the costs %v, want %v", row, want)
			}
		}
	}
	if costs < 3 || !strings.Contains(string(b), "costs at most "+CoinText(AnchorGas, 20)+" coin") {
		t.Errorf("docs/config.md has %d rows of costs", costs)
	}
}
