package node

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/store"
)

// A batchLine is one line of a batch, read.
type batchLine struct {
	submission               // type, open and force
	record     record.Record // zero when only digest was given
	digest     record.Digest
}

// lineDecoders read the outer object of a line. What is inside the member
// record is judged by record.Parse, which says more of it.
var (
	lineDecoders = sync.Pool{New: func() any { return new(jsontext.Decoder) }}
	lineOptions  = []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}
)

// parseBatchLine reads a line without its newline: one JSON object with
// exactly one of record, bytes and digest, and perhaps type, open and force,
// none twice. Its errors name the place and never the content.
func parseBatchLine(line []byte) (batchLine, error) {
	d := lineDecoders.Get().(*jsontext.Decoder)
	defer lineDecoders.Put(d)
	d.Reset(bytes.NewBuffer(line), lineOptions...)
	var (
		out  batchLine
		raw  []byte // of the record
		text bool   // it stood there as a string
		seen = map[string]bool{}
	)
	bad := func(format string, a ...any) (batchLine, error) {
		return batchLine{}, refuse(kindBadRequest, fmt.Sprintf(format, a...))
	}
	broken := func(err error) (batchLine, error) {
		var syntax *jsontext.SyntacticError
		if errors.As(err, &syntax) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return bad("The line is not one JSON object: wrong at byte %d", syntax.ByteOffset)
		}
		return bad("The line is not one JSON object: it ends too soon")
	}
	if d.PeekKind() != '{' {
		return bad("The line is no JSON object; a line is {\"record\":…}, {\"bytes\":…} or {\"type\":…,\"digest\":…}")
	}
	if _, err := d.ReadToken(); err != nil {
		return broken(err)
	}
	for d.PeekKind() != '}' {
		at := d.InputOffset()
		t, err := d.ReadToken()
		if err != nil {
			return broken(err)
		}
		name := t.String()
		if seen[name] {
			return bad("A member stands there twice, again at byte %d", at)
		}
		v, err := d.ReadValue()
		if err != nil {
			return broken(err)
		}
		switch name {
		case "type":
			k, err := record.ParseType(plainString(v))
			if err != nil {
				return bad("The member type is badge, course-qa or document")
			}
			out.kind = &k
		case "open", "force":
			set := v.Kind() == 't'
			if !set && v.Kind() != 'f' {
				return bad("The member %s is true or false", name)
			}
			if name == "open" {
				out.open = &set
			} else {
				out.force = set
			}
		case "record":
			switch v.Kind() {
			case '{':
				raw = v
			case '"':
				raw, err = jsontext.AppendUnquote(nil, v)
				if err != nil {
					return bad("The member record is a string that is not UTF-8")
				}
				text = true
			default:
				return bad("The member record is a JSON object, or a compact JWS in a string; send other records as bytes")
			}
		case "bytes":
			if raw, err = strictBase64(plainString(v)); err != nil || v.Kind() != '"' {
				return bad("The member bytes is not base64 with padding (RFC 4648, section 4)")
			}
		case "digest":
			if v.Kind() != '"' || out.digest.UnmarshalText([]byte(plainString(v))) != nil {
				return bad("The member digest is not 64 lower-case hexadecimal digits")
			}
		default:
			return bad("There is an unknown member at byte %d; known are type, record, bytes, digest, open, force", at)
		}
		seen[name] = true
	}
	if _, err := d.ReadToken(); err != nil {
		return broken(err)
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return bad("There is more than one JSON object in the line, at byte %d", d.InputOffset())
	}
	forms := 0
	for _, name := range []string{"record", "bytes", "digest"} {
		if seen[name] {
			forms++
		}
	}
	switch {
	case forms != 1:
		return bad("Give exactly one of record, bytes and digest")
	case seen["digest"] && out.kind == nil:
		return bad("A digest needs its type: badge, course-qa or document")
	case seen["digest"]:
		return out, nil
	}
	var err error
	if out.record, err = record.Parse(raw); err != nil {
		return batchLine{}, err
	}
	if text && (out.record.Form() != record.JWS || out.record.Baked()) {
		return bad("The member record is a string that is no compact JWS; send other records as bytes")
	}
	return out, nil
}

// toStore settles what the store is asked to log.
func (l batchLine) toStore() (store.Submission, error) {
	if l.record.IsZero() {
		open := *l.kind == record.CourseQA
		if l.open != nil {
			open = *l.open
		}
		if err := disclosure(*l.kind, open); err != nil {
			return store.Submission{}, err
		}
		return store.Submission{Type: *l.kind, Digest: l.digest, Open: open}, nil
	}
	t, open, err := l.decide(l.record)
	return store.Submission{Type: t, Record: l.record, Digest: l.record.Digest(), Open: open}, err
}

// plainString is the content of a JSON string, or "" when v is none.
func plainString(v jsontext.Value) string {
	if v.Kind() != '"' {
		return ""
	}
	b, err := jsontext.AppendUnquote(nil, v)
	if err != nil {
		return ""
	}
	return string(b)
}

// strictBase64 refuses what encoding/base64 passes over: newlines, and bits
// that count for nothing.
func strictBase64(s string) ([]byte, error) {
	for i := range len(s) {
		if s[i] == '\n' || s[i] == '\r' {
			return nil, errors.New("newline in base64")
		}
	}
	return base64.StdEncoding.Strict().DecodeString(s)
}

// encode makes the line of a record. Its bytes go in base64, so that they
// arrive as they are: a newline in JSON would end the line.
func (r BatchRecord) encode() ([]byte, error) {
	given := 0
	for _, set := range []bool{r.Record != nil, r.Digest != nil, r.Line != nil} {
		if set {
			given++
		}
	}
	switch {
	case given != 1:
		return nil, errors.New("exactly one of Record, Digest and Line must be set")
	case r.Line != nil && (r.Type != nil || r.Open || r.Force):
		return nil, errors.New("a Line has its type, open and force inside")
	case r.Line != nil && bytes.ContainsRune(r.Line, '\n'):
		return nil, errors.New("a Line has a newline inside")
	case r.Line != nil:
		return r.Line, nil
	case r.Digest != nil && r.Type == nil:
		return nil, errors.New("a Digest needs its Type")
	}
	var out struct {
		Type   *record.Type `json:"type,omitzero"`
		Open   bool         `json:"open,omitzero"`
		Force  bool         `json:"force,omitzero"`
		Bytes  *[]byte      `json:"bytes,omitzero"`
		Digest string       `json:"digest,omitzero"`
	}
	out.Type, out.Open, out.Force = r.Type, r.Open, r.Force
	if r.Digest != nil {
		out.Digest = hex.EncodeToString(r.Digest[:])
	} else {
		out.Bytes = &r.Record
	}
	return json.Marshal(out)
}
