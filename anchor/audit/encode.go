package audit

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/akashi-project/akashi/merkle"
)

// MaxReport is the length of the longest report that DecodeJSON reads, in
// bytes. An anchor takes some 330 of them.
const MaxReport = 1 << 30

// ErrReport is wrapped by every error of DecodeJSON.
var ErrReport = errors.New("not a report of an audit")

// EncodeJSON returns the report in its one form: JSON by RFC 8785, without a
// line end behind it (docs/formats/audit.md). That form belongs to no program:
// whoever writes another auditor gets the same bytes from the same findings,
// and no release changes them by way of a JSON library. It is not laid out for
// reading; the page that WriteHTML makes is.
//
// A report with a number of 2^53 or more, which no log that exists leads to,
// is refused: RFC 8785 would round it.
func EncodeJSON(r *Report) ([]byte, error) {
	// What strangers wrote may be no text; the page shows the same signs for it.
	plain, err := json.Marshal(r, jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return nil, fmt.Errorf("encode the report: %w", err)
	}
	b := bytes.Clone(plain)
	if err := (*jsontext.Value)(&b).Canonicalize(); err != nil {
		return nil, fmt.Errorf("encode the report: %w", err)
	}
	// The same report again, unless a number lost digits.
	var back Report
	if err := json.Unmarshal(b, &back, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("encode the report: it cannot be read back: %w", err)
	}
	if again, err := json.Marshal(&back); err != nil || !bytes.Equal(again, plain) {
		return nil, errors.New("encode the report: it holds a number of 2^53 or more, which JSON does not carry exactly")
	}
	return b, nil
}

// DecodeJSON reads exactly what EncodeJSON returns: the bytes of a report, of
// this version, are those that encode it again. The error wraps ErrReport.
func DecodeJSON(b []byte) (*Report, error) {
	if len(b) > MaxReport {
		return nil, fmt.Errorf("%w: %d bytes, at most %d are read", ErrReport, len(b), MaxReport)
	}
	var r Report
	if err := json.Unmarshal(b, &r, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrReport, err)
	}
	if r.Version != ReportVersion {
		return nil, fmt.Errorf("%w of version %d: the report says version %d; read it with the release that made it", ErrReport, ReportVersion, r.Version)
	}
	again, err := EncodeJSON(&r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrReport, err)
	}
	if !bytes.Equal(again, b) {
		return nil, fmt.Errorf("%w: byte %d is not as a report has it; was it laid out anew, or a line end added?", ErrReport, differs(again, b))
	}
	return &r, nil
}

// differs returns the place of the first byte that differs.
func differs(a, b []byte) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// HashOf returns the SHA-256 of the bytes of a report or a page, by which a
// Statement names them.
func HashOf(b []byte) merkle.Hash { return sha256.Sum256(b) }
