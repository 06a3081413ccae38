package stack

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// explain words an error of the JSON library for who wrote the programme b by
// hand: where it is, and what to do.
func explain(b []byte, err error) error {
	const form = "docs/formats/programme.md has the form"
	var (
		syntactic *jsontext.SyntacticError
		semantic  *json.SemanticError
	)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return fmt.Errorf("%s: it ends before it is complete, as a file that was cut off", at(b, int64(len(b))))
	case errors.As(err, &syntactic) && errors.Is(err, jsontext.ErrDuplicateName):
		return fmt.Errorf("%s: the member %s stands there twice", at(b, syntactic.ByteOffset), name(syntactic.JSONPointer))
	case errors.As(err, &syntactic):
		return fmt.Errorf("%s: this is not JSON; is a comma or a quote missing, or one too many?", at(b, syntactic.ByteOffset))
	case errors.As(err, &semantic) && errors.Is(err, json.ErrUnknownName):
		return fmt.Errorf("%s: there is no member %s; %s", at(b, semantic.ByteOffset), name(semantic.JSONPointer), form)
	case errors.As(err, &semantic) && semantic.Err != nil && semantic.JSONPointer != "":
		return fmt.Errorf("%s: the member %s: %w; %s", at(b, semantic.ByteOffset), name(semantic.JSONPointer), semantic.Err, form)
	case errors.As(err, &semantic) && semantic.JSONPointer != "":
		return fmt.Errorf("%s: the member %s has another kind of value than it takes; %s", at(b, semantic.ByteOffset), name(semantic.JSONPointer), form)
	}
	return fmt.Errorf("%s: this is not a programme; %s", at(b, 0), form)
}

// at is the line and column, both from 1, of the byte at offset.
func at(b []byte, offset int64) string {
	before := b[:max(0, min(offset, int64(len(b))))]
	return fmt.Sprintf("line %d, column %d", 1+bytes.Count(before, []byte{'\n'}), len(before)-bytes.LastIndexByte(before, '\n'))
}

// name quotes the last part of a pointer, as far as a line has room for it.
func name(p jsontext.Pointer) string {
	s := p.LastToken()
	if len(s) > 60 {
		s = s[:60] + "…"
	}
	return fmt.Sprintf("%q", s)
}
