package audit

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
)

// statementName is the first line of every Statement. No checkpoint begins
// like it and goes on with a size, so that nothing an auditor signs here can be
// taken for the head of a log, or the other way round.
const statementName = "akashi/audit-report/v1"

// Limits on a signed Statement.
const (
	MaxPages     = 16       // pages of one report
	MaxSignature = 16 << 10 // bytes of the note
)

// Errors of OpenStatement.
var (
	ErrStatement = errors.New("not a signed statement of an audit")    // not the exact bytes of one
	ErrSigner    = errors.New("not signed with this auditor's key")    // no signature of the key
	ErrSigned    = errors.New("the auditor's signature does not hold") // the key's name on what it did not sign
)

// A Statement is what an auditor signs of a report (docs/formats/audit.md):
// the SHA-256 of its bytes, and of the pages that were made of it.
type Statement struct {
	Report merkle.Hash
	Pages  []merkle.Hash // at most MaxPages, in ascending order, none twice
}

// Text returns the bytes that are signed.
func (s Statement) Text() []byte {
	b := fmt.Appendf(nil, "%s\nreport %s\n", statementName, s.Report)
	for _, p := range s.Pages {
		b = fmt.Appendf(b, "page %s\n", p)
	}
	return b
}

// ParseStatement reads exactly what Text returns. The error wraps
// ErrStatement.
func ParseStatement(b []byte) (Statement, error) {
	lines := strings.Split(string(b), "\n")
	if len(lines) < 3 || lines[len(lines)-1] != "" || lines[0] != statementName {
		return Statement{}, fmt.Errorf("%w: it does not begin with the line %s", ErrStatement, statementName)
	}
	var s Statement
	for i, line := range lines[1 : len(lines)-1] {
		word, digits, _ := strings.Cut(line, " ")
		h, err := merkle.ParseHash(digits)
		switch {
		case err != nil:
			return Statement{}, fmt.Errorf("%w: line %d holds no hash", ErrStatement, i+2)
		case i == 0 && word == "report":
			s.Report = h
		case i > 0 && i <= MaxPages && word == "page":
			s.Pages = append(s.Pages, h)
		default:
			return Statement{}, fmt.Errorf("%w: line %d is none of a report and at most %d pages of it", ErrStatement, i+2, MaxPages)
		}
	}
	if !ascending(s.Pages) {
		return Statement{}, fmt.Errorf("%w: its pages are not in ascending order", ErrStatement)
	}
	return s, nil
}

func ascending(h []merkle.Hash) bool {
	for i := 1; i < len(h); i++ {
		if bytes.Compare(h[i-1][:], h[i][:]) >= 0 {
			return false
		}
	}
	return true
}

// SignReport returns a Statement about a report and pages made of it as a
// signed note (https://c2sp.org/signed-note) with the auditor's signature. All
// are given as bytes. Ed25519 draws no random number, so the same key signs
// the same bytes alike.
func SignReport(auditor *checkpoint.Signer, report []byte, pages ...[]byte) ([]byte, error) {
	s := Statement{Report: HashOf(report)}
	for _, p := range pages {
		s.Pages = append(s.Pages, HashOf(p))
	}
	slices.SortFunc(s.Pages, func(a, b merkle.Hash) int { return bytes.Compare(a[:], b[:]) })
	s.Pages = slices.Compact(s.Pages)
	if len(s.Pages) > MaxPages {
		return nil, fmt.Errorf("sign the report: %d pages, at most %d are named", len(s.Pages), MaxPages)
	}
	b, err := note.Sign(&note.Note{Text: string(s.Text())}, auditor)
	if err != nil {
		return nil, fmt.Errorf("sign the report: %w", err)
	}
	return b, nil
}

// OpenStatement reads a signed Statement and checks the signature of the
// auditor with this verifier key, of Ed25519. Signatures of other keys may
// stand beside it. An error wraps ErrStatement, ErrSigner or ErrSigned; another
// one, wrapping checkpoint.ErrKey, says that vkey is no key.
func OpenStatement(b []byte, vkey string) (Statement, error) {
	name, _, _ := strings.Cut(vkey, "+")
	if err := (checkpoint.Keys{vkey}).Validate(name); err != nil {
		return Statement{}, fmt.Errorf("the auditor's key: %w", err)
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return Statement{}, fmt.Errorf("%w: the auditor's: %w", checkpoint.ErrKey, err)
	}
	if len(b) > MaxSignature {
		return Statement{}, fmt.Errorf("%w: %d bytes, at most %d are read", ErrStatement, len(b), MaxSignature)
	}
	n, err := note.Open(b, note.VerifierList(verifier))
	var unverified *note.UnverifiedNoteError
	var invalid *note.InvalidSignatureError
	switch {
	case errors.As(err, &unverified):
		// Said only of what could have been signed.
		if _, err := ParseStatement([]byte(unverified.Note.Text)); err != nil {
			return Statement{}, err
		}
		return Statement{}, fmt.Errorf("%w: it bears signatures of %s", ErrSigner, signers(unverified.Note.UnverifiedSigs))
	case errors.As(err, &invalid):
		return Statement{}, fmt.Errorf("%w: text or signature was changed", ErrSigned)
	case err != nil:
		return Statement{}, fmt.Errorf("%w: it is no signed note", ErrStatement)
	}
	return ParseStatement([]byte(n.Text))
}

// signers words who signed, harmless to print.
func signers(sigs []note.Signature) string {
	var names []string
	for _, s := range sigs[:min(len(sigs), 3)] {
		names = append(names, fmt.Sprintf("%.100q (key %08x)", s.Name, s.Hash))
	}
	if len(sigs) > 3 {
		names = append(names, fmt.Sprintf("%d more", len(sigs)-3))
	}
	return strings.Join(names, ", ")
}

// Names reports whether the statement is about these bytes: those of the
// report, or of one of its pages.
func (s Statement) Names(b []byte) bool {
	h := HashOf(b)
	return h == s.Report || slices.Contains(s.Pages, h)
}

// shortKey is what people compare of a verifier key: its name and the hash.
func shortKey(vkey string) string {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return vkey
	}
	if _, err := hex.DecodeString(parts[1]); err != nil {
		return vkey
	}
	return parts[0] + "+" + parts[1]
}
