package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// A progressLine is one line on standard error that shows how far long work
// has come, when a person is looking; else it does nothing.
type progressLine struct {
	terminal *os.File  // nil when nobody is looking
	last     time.Time // shown
	began    time.Time // of the work that bar measures
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

// total counts what a walk finds, for bar: nothing when nobody is looking.
func (l *progressLine) total(ctx context.Context, w *walk) int {
	n := 0
	if l.terminal != nil {
		for range w.files(ctx) {
			n++
		}
	}
	l.began = time.Now()
	return n
}

const barWidth = 24

// bar shows how much of the work is done, at what pace and how long the rest
// will take, and a sentence. A total of 0 is not known.
func (l *progressLine) bar(done, total int, format string, a ...any) {
	if l.terminal == nil || time.Since(l.last) < pace {
		return
	}
	l.show("%s  %s", meter(done, total, time.Since(l.began)), fmt.Sprintf(format, a...))
}

// meter draws what bar shows before the sentence.
func meter(done, total int, took time.Duration) string {
	perSecond := float64(done) / max(took, time.Millisecond).Seconds()
	if total <= 0 {
		return fmt.Sprintf("%d done, %.0f/s", done, perSecond)
	}
	done = min(done, total) // files may have come since they were counted
	full := barWidth * done / total
	text := fmt.Sprintf("[%s%s] %d of %d, %.0f/s", strings.Repeat("=", full), strings.Repeat(" ", barWidth-full), done, total, perSecond)
	if done > 0 && done < total {
		text += fmt.Sprintf(", %s left", (took * time.Duration(total-done) / time.Duration(done)).Round(time.Second))
	}
	return text
}

// before clears the line when what is written to w comes to stand on the same
// terminal.
func (l *progressLine) before(w io.Writer) {
	if f, ok := w.(*os.File); ok && l.terminal != nil && term.IsTerminal(int(f.Fd())) {
		l.clear()
	}
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
