package issue

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/akashi-project/akashi/record/internal/tree"
)

// A statusPlace is one place of a status list. Two badges at one place are
// revoked together.
type statusPlace struct{ list, index string }

// statusPlaces are those that a filled badge names (W3C Bitstring Status List
// 1.0, section 2.1).
func statusPlaces(credential map[string]any) []statusPlace {
	entries, many := credential["credentialStatus"].([]any)
	if !many {
		entries = []any{credential["credentialStatus"]}
	}
	var all []statusPlace
	for _, e := range entries {
		entry, _ := e.(map[string]any)
		p := statusPlace{list: tree.ID(entry["statusListCredential"])}
		switch index := entry["statusListIndex"].(type) {
		case string:
			p.index = index
		case json.Number:
			p.index = index.String()
		}
		if p.list == "" || p.index == "" || strings.Trim(p.index, "0123456789") != "" {
			continue // badge.Check says what is wrong with it
		}
		if p.index = strings.TrimLeft(p.index, "0"); p.index == "" {
			p.index = "0"
		}
		all = append(all, p)
	}
	return all
}

// statusEntries are what the template has of a status, before it is filled.
func (t Template) statusEntries() []map[string]any {
	entries, many := t.badge["credentialStatus"].([]any)
	if !many {
		entries = []any{t.badge["credentialStatus"]}
	}
	var all []map[string]any
	for _, e := range entries {
		if entry, ok := e.(map[string]any); ok {
			all = append(all, entry)
		}
	}
	return all
}

// statusColumn is the column that the index in a status list comes from; "" when
// there is none.
func (t Template) statusColumn() string {
	for _, entry := range t.statusEntries() {
		if names, err := columnsOf(entry["statusListIndex"], "", nil); err == nil && len(names) > 0 {
			return names[0]
		}
	}
	return ""
}

// onePlace reports whether the template puts every badge at one place of one
// list.
func (t Template) onePlace() bool {
	return slices.ContainsFunc(t.statusEntries(), func(entry map[string]any) bool {
		names, err := columnsOf([]any{entry["statusListIndex"], entry["statusListCredential"]}, "", nil)
		return err == nil && len(names) == 0 && len(statusPlaces(map[string]any{"credentialStatus": entry})) > 0
	})
}

// taken says that a badge has a place in a status list that the badge of a line
// before it has; first is where each was met.
func (t Template) taken(line int, places []statusPlace, first map[statusPlace]int) error {
	for _, p := range places {
		before, ok := first[p]
		if !ok {
			first[p] = line
			continue
		}
		if before != line {
			return &RowError{Line: line, Column: t.statusColumn(), Text: fmt.Sprintf("has the index in the status list that line %d has: to revoke one would revoke both; give each its own (/badge/credentialStatus/statusListIndex of the template)", before)}
		}
	}
	return nil
}
