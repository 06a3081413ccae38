package record

import (
	"bytes"
	"errors"
	"fmt"
)

// ErrFormat is wrapped by every refusal of Parse.
var ErrFormat = errors.New("record refused")

// A Gate is one of the rules that Parse holds input to.
type Gate string

// The gates of Parse. Each is stable: callers may show or compare it.
const (
	GateEmpty     Gate = "empty"         // no bytes at all
	GateSize      Gate = "size"          // more than MaxSize bytes
	GateBOM       Gate = "bom"           // a byte order mark before the JSON
	GateUTF8      Gate = "utf-8"         // bytes that are not UTF-8
	GateSyntax    Gate = "syntax"        // not the grammar of RFC 8259
	GateDepth     Gate = "depth"         // nested deeper than MaxDepth
	GateValues    Gate = "values"        // more than MaxValues names and values
	GateDuplicate Gate = "duplicate-key" // one name twice in an object
	GateSurrogate Gate = "surrogate"     // half of a surrogate pair, as an escape
	GateNumber    Gate = "number"        // a number that RFC 8785 would change
	GateTrailing  Gate = "trailing"      // something after the end of the document
	GateJWS       Gate = "jws"           // not an exact compact JWS
	GateBaked     Gate = "baked-image"   // an image with something like a badge that cannot be read
)

// A FormatError says which gate refused the input and where. It wraps
// ErrFormat. It never repeats the input, which may be private.
type FormatError struct {
	Gate   Gate
	Offset int    // bytes before the place, from 0
	Line   int    // 1 and up; a line ends with a newline byte
	Column int    // 1 and up, in bytes
	Reason string // what is wrong there and what to do
}

// Error gives the gate, the place and the reason in one line.
func (e *FormatError) Error() string {
	return fmt.Sprintf("record refused by gate %s at line %d, column %d (byte %d): %s",
		e.Gate, e.Line, e.Column, e.Offset, e.Reason)
}

// Unwrap returns ErrFormat.
func (e *FormatError) Unwrap() error { return ErrFormat }

// refuse makes the FormatError for the byte of input at offset.
func refuse(input []byte, gate Gate, offset int, format string, a ...any) *FormatError {
	offset = max(0, min(offset, len(input)))
	before := input[:offset]
	return &FormatError{
		Gate:   gate,
		Offset: offset,
		Line:   1 + bytes.Count(before, []byte{'\n'}),
		Column: offset - bytes.LastIndexByte(before, '\n'),
		Reason: fmt.Sprintf(format, a...),
	}
}
