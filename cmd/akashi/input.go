package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"

	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/verify"
)

// readRecord reads the bytes of a record from a file, or from standard input
// for "-". Of a file that is too large for a record it reads one byte too
// many. A trailing newline of a JWS is no part of it: editors and `echo` add
// one, and record.Parse refuses it. Its errors do not name the file.
func (e *env) readRecord(ctx context.Context, path string) ([]byte, error) {
	b, err := e.read(ctx, path, record.MaxSize+1)
	if err != nil {
		return nil, err
	}
	if cut, ok := bytes.CutSuffix(b, []byte("\n")); ok {
		cut = bytes.TrimSuffix(cut, []byte("\r"))
		if r, err := record.Parse(cut); err == nil && r.Form() == record.JWS && !r.Baked() {
			return cut, nil
		}
	}
	return b, nil
}

// parseRecord is readRecord and record.Parse, for a record that is to be
// logged or looked up. Its errors name the file.
func (e *env) parseRecord(ctx context.Context, path string) ([]byte, record.Record, error) {
	b, err := e.readRecord(ctx, path)
	if err != nil {
		return nil, record.Record{}, fmt.Errorf("%s: %w", nameOf(path), err)
	}
	return parseNamed(path, b)
}

// parseNamed is record.Parse of what was read of a file, which its errors name.
func parseNamed(path string, b []byte) (_ []byte, r record.Record, err error) {
	switch {
	case len(b) > record.MaxSize:
		err = fmt.Errorf("has more than %d bytes, the most that a record has", record.MaxSize)
	default:
		r, err = record.Parse(b)
	}
	if err != nil {
		return nil, r, fmt.Errorf("%s: %w", nameOf(path), err)
	}
	return b, r, nil
}

// readSmall reads a file of at most limit bytes. Its errors name the file.
func (e *env) readSmall(ctx context.Context, path string, limit int64) ([]byte, error) {
	b, err := e.read(ctx, path, limit+1)
	if err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("has more than %d bytes, which is too much here", limit)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", nameOf(path), err)
	}
	return b, nil
}

// nameOf is how messages call a file, in one line: a name with a newline would
// write lines of its own among verdicts and answers.
func nameOf(path string) string {
	switch path {
	case "-":
		return "standard input"
	case "":
		return `""`
	}
	return strings.ReplaceAll(path, "\n", string(unicode.ReplacementChar))
}

// read reads at most limit bytes. A pipe may never say anything, so that the
// reading is left to itself when ctx ends; then the process ends too.
func (e *env) read(ctx context.Context, path string, limit int64) ([]byte, error) {
	type result struct {
		b   []byte
		err error
	}
	done := make(chan result, 1)
	go func() {
		var r io.Reader = e.stdin
		if path != "-" {
			f, err := os.Open(path)
			if err != nil {
				done <- result{nil, err}
				return
			}
			defer f.Close()
			r = f
		}
		b, err := io.ReadAll(io.LimitReader(r, limit))
		done <- result{b, err}
	}()
	select {
	case r := <-done:
		if r.err != nil {
			return nil, pathless(r.err)
		}
		return r.b, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// isEvidence reports whether bytes are those of evidence.
func isEvidence(b []byte) bool {
	_, err := verify.ParseEvidence(b)
	return err == nil
}
