package audit

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/akashi-project/akashi/verify"
)

// place is the position of each code in Codes.
var place = func() map[Code]int {
	m := make(map[Code]int, len(Codes))
	for i, c := range Codes {
		m[c.Code] = i
	}
	return m
}()

// A ledger counts checks and keeps findings. Its fields are exported for the
// state file.
type ledger struct {
	Tally    map[Code]*Check
	Kept     []Finding
	Held     map[Code]int    // findings kept, by code
	Left     map[Code]uint64 // findings left out
	LeftOver map[Code]verify.Result
}

func (l *ledger) tally(code Code) *Check {
	if l.Tally == nil {
		l.Tally = map[Code]*Check{}
	}
	c := l.Tally[code]
	if c == nil {
		c = &Check{Code: code}
		l.Tally[code] = c
	}
	return c
}

// pass counts a check that passed.
func (l *ledger) pass(code Code) { l.tally(code).Passed++ }

// passes counts many.
func (l *ledger) passes(code Code, n uint64) {
	if n > 0 {
		l.tally(code).Passed += n
	}
}

// find counts a check that did not pass and keeps what was found.
func (l *ledger) find(code Code, result verify.Result, where Where, format string, a ...any) {
	c := l.tally(code)
	switch result {
	case verify.Fail:
		c.Failed++
	case verify.Unknown:
		c.Unknown++
	default:
		c.Passed++
	}
	if l.Held == nil {
		l.Held, l.Left, l.LeftOver = map[Code]int{}, map[Code]uint64{}, map[Code]verify.Result{}
	}
	// The last place is for the count of those that have none.
	if l.Held[code] >= MaxFindings-1 {
		if l.Left[code]++; worse(result, l.LeftOver[code]) || l.Left[code] == 1 {
			l.LeftOver[code] = result
		}
		return
	}
	l.Held[code]++
	l.Kept = append(l.Kept, Finding{Code: code, Result: result, Where: where, Text: fmt.Sprintf(format, a...)})
}

// forget takes back all that was found under a code.
func (l *ledger) forget(code Code) {
	delete(l.Tally, code)
	delete(l.Held, code)
	delete(l.Left, code)
	l.Kept = slices.DeleteFunc(l.Kept, func(f Finding) bool { return f.Code == code })
}

// gravity orders results from pass to fail.
func gravity(r verify.Result) int {
	switch r {
	case verify.Fail:
		return 3
	case verify.Unknown:
		return 2
	case verify.Warn:
		return 1
	}
	return 0
}

func worse(a, b verify.Result) bool { return gravity(a) > gravity(b) }

// findings gives what was found, in the order of Codes.
func (l *ledger) findings() []Finding {
	out := slices.Clone(l.Kept)
	if out == nil {
		out = []Finding{}
	}
	for code, n := range l.Left {
		out = append(out, Finding{Code: code, Result: l.LeftOver[code], Text: fmt.Sprintf("There are %d more of these.", n)})
	}
	slices.SortStableFunc(out, func(a, b Finding) int { return cmp.Compare(place[a.Code], place[b.Code]) })
	return out
}

// checks gives the counts, in the order of Codes.
func (l *ledger) checks() []Check {
	out := []Check{}
	for _, info := range Codes {
		if c := l.Tally[info.Code]; c != nil {
			out = append(out, *c)
		}
	}
	return out
}

// ofChain are the checks of what the RPC says against itself. One that
// contradicts itself refutes nobody.
var ofChain = []Code{ChainCode, ChainEvents, ChainBlock, ChainState, LogID, LogOwner, LogClosed, AnchorOrder, AnchorTime}

// verdict is that of all that was found.
func (l *ledger) verdict() verify.Verdict {
	v := verify.Verified
	for _, code := range ofChain {
		if c := l.Tally[code]; c != nil && c.Unknown > 0 {
			return verify.CouldNotTell
		}
	}
	for _, c := range l.Tally {
		switch {
		case c.Failed > 0:
			return verify.Refuted
		case c.Unknown > 0:
			v = verify.CouldNotTell
		}
	}
	return v
}

func at(n uint64) *uint64 { return &n }
