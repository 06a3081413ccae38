package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"unicode"
	"unicode/utf8"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/node"
)

// Exit codes of every command.
const (
	exitDone    = 0  // verified, or done
	exitFailed  = 1  // refuted, or failed
	exitUnknown = 2  // could not tell, or not yet
	exitUsage   = 64 // the call itself is wrong (EX_USAGE of sysexits.h)
)

// An exitError carries the exit code of a command that has said already what
// there is to say.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// exit ends a command that has said all there is to say.
func exit(code int) error {
	if code == exitDone {
		return nil
	}
	return exitError(code)
}

// exitFor is the exit code of an answer that is good, or bad, or leaves it open.
func exitFor[T comparable](answer, good, bad T) int {
	switch answer {
	case good:
		return exitDone
	case bad:
		return exitFailed
	}
	return exitUnknown
}

// worse is the one of two exit codes that counts for both: what is refuted
// comes before what could not be told.
func worse(a, b int) int {
	if a == exitFailed || b == exitFailed {
		return exitFailed
	}
	return max(a, b)
}

// A codedError is an error with an exit code other than exitFailed.
type codedError struct {
	code int
	err  error
}

func (e codedError) Error() string { return e.err.Error() }
func (e codedError) Unwrap() error { return e.err }

// untold gives an error the code exitUnknown unless it has one.
func untold(err error) error {
	if _, coded := errors.AsType[codedError](err); coded || err == nil {
		return err
	}
	return codedError{exitUnknown, err}
}

// usage says that the call is wrong and how to make it right.
func usage(format string, a ...any) error { return codedError{exitUsage, fmt.Errorf(format, a...)} }

// An errorDocument is what --json shows of an error.
type errorDocument struct {
	File  string    `json:"file,omitempty"` // that it is about, of submit
	Line  int       `json:"line,omitempty"` // of the file, of submit --ndjson
	Error errorJSON `json:"error"`
}

type errorJSON struct {
	Message  string `json:"message"`
	ExitCode int    `json:"exitCode"`
	// Problem is the node's own document, when the error is its answer.
	Problem *node.Problem `json:"problem,omitempty"`
}

// describe gives the document of an error.
func describe(file string, err error) errorDocument {
	d := errorDocument{File: file, Error: errorJSON{Message: message(err), ExitCode: codeOf(err)}}
	errors.As(err, &d.Error.Problem)
	return d
}

// finish says what a command ended with, unless it has said so, and returns
// its exit code.
func (e *env) finish(err error, command string) int {
	var exit exitError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &exit):
		return int(exit)
	case e.json:
		if err := e.sayJSON(describe("", err)); err != nil {
			e.complain("%v", err)
		}
		return codeOf(err)
	}
	e.complain("%s", message(err))
	if codeOf(err) == exitUsage {
		see := "akashi --help"
		if command != "" {
			see = "akashi " + command + " --help"
		}
		e.complain("see '%s'", see)
	}
	return codeOf(err)
}

func codeOf(err error) int {
	var coded codedError
	var ofHelp cli.ExitCoder
	var problem *node.Problem
	switch {
	case errors.As(err, &coded):
		return coded.code
	case errors.As(err, &ofHelp): // "No help topic for ..."
		return exitUsage
	case errors.As(err, &problem) && problem.Name() == "not-final":
		return exitUnknown
	}
	return exitFailed
}

// message words an error for people.
func message(err error) string {
	var problem *node.Problem
	if errors.As(err, &problem) {
		return strings.Replace(err.Error(), problem.Error(), words(problem), 1)
	}
	text := err.Error()
	if errors.Is(err, context.Canceled) {
		text = strings.Replace(text, context.Canceled.Error(), "interrupted", 1)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		text = strings.Replace(text, context.DeadlineExceeded.Error(), "no answer in time", 1)
	}
	return text
}

// words says what a node's problem is and what to do about it. The request's
// id goes with those that the operator finds in the node's log.
func words(p *node.Problem) string {
	text := lower(clip(p.Title, 200))
	if p.Detail != "" {
		text += ": " + lower(clip(p.Detail, 1000))
	}
	switch p.Name() {
	case "token-needed":
		text += "; give --dir FOLDER, or --token-file FILE"
	case "not-final":
		text += "; ask again later, or submit the record with --wait final"
	default:
		if p.Retry() {
			text += fmt.Sprintf("; ask again in %d s", p.RetryAfter)
		}
	}
	if p.Status >= 500 && p.Instance != "" {
		text += " (" + clip(p.Instance, 100) + ")"
	}
	return text
}

// lower makes the first letter of a sentence small, unless it begins a name
// such as CID.
func lower(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	if second, _ := utf8.DecodeRuneInString(s[n:]); s == "" || unicode.IsUpper(second) {
		return s
	}
	return string(unicode.ToLower(first)) + s[n:]
}

// clip shortens what a node said to at most n bytes.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}

// pathless takes operation and path out of an error of the file system, for
// callers that name the file themselves.
func pathless(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	var link *os.LinkError
	if errors.As(err, &link) {
		err = link.Err
	}
	if errors.Is(err, syscall.EISDIR) {
		return errors.New("is a folder; name a file")
	}
	return err
}
