package main

import (
	"fmt"
	"log/slog"
	"os"
	"time"

	"golang.org/x/term"
)

// A progressLine is one line on standard error that shows how far long work
// has come, when a person is looking; else it does nothing.
type progressLine struct {
	terminal *os.File  // nil when nobody is looking
	last     time.Time // shown
}

// pace is how often a person needs to see something new.
const pace = 100 * time.Millisecond

func (e *env) progress() *progressLine {
	f, ok := e.stderr.(*os.File)
	if !ok || e.json || !term.IsTerminal(int(f.Fd())) {
		return &progressLine{}
	}
	return &progressLine{terminal: f}
}

// show puts a sentence in place of the one before.
func (l *progressLine) show(format string, a ...any) {
	if l.terminal == nil || time.Since(l.last) < pace {
		return
	}
	l.last = time.Now()
	width, _, err := term.GetSize(int(l.terminal.Fd()))
	if err != nil || width < 2 {
		width = 80
	}
	text := []rune(plain(fmt.Sprintf(format, a...)))
	fmt.Fprintf(l.terminal, "\r\033[K%s", string(text[:min(len(text), width-1)]))
}

// clear takes the line away, before anything else is written.
func (l *progressLine) clear() {
	if l.terminal == nil || l.last.IsZero() {
		return
	}
	fmt.Fprint(l.terminal, "\r\033[K")
	l.last = time.Time{}
}

// quiet is the log of a command that says everything itself.
func (e *env) quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }
