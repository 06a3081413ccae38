package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// say writes a result: as JSON when asked for, else as the sentences that text
// writes.
func (e *env) say(v any, text func(w io.Writer)) error {
	b, err := e.words(v, text)
	if err != nil {
		return err
	}
	return e.write(b)
}

// words is what say writes.
func (e *env) words(v any, text func(w io.Writer)) ([]byte, error) {
	if e.json {
		return line(v)
	}
	var b bytes.Buffer
	text(&b)
	return []byte(plain(b.String())), nil
}

func (e *env) sayJSON(v any) error {
	b, err := line(v)
	if err != nil {
		return err
	}
	return e.write(b)
}

// line is a value as one line of JSON.
func line(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode the answer: %w", err)
	}
	return b.Bytes(), nil
}

func (e *env) write(b []byte) error {
	if _, err := e.stdout.Write(b); err != nil {
		return fmt.Errorf("write standard output: %w", pathless(err))
	}
	return nil
}

// complain writes one line for people on standard error.
func (e *env) complain(format string, a ...any) {
	fmt.Fprintf(e.stderr, "akashi: %s\n", plain(fmt.Sprintf(format, a...)))
}

// plain takes out what a terminal would act on: a node, a chain client or a
// file can say anything.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || unicode.IsPrint(r) || unicode.Is(unicode.Zs, r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}
