package record

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
)

// Limits on the input of Parse.
const (
	MaxSize   = 4 << 20 // bytes, whatever the form
	MaxDepth  = 64      // nested arrays and objects of JSON, the outermost counted
	MaxValues = 1 << 18 // names and values of JSON; bounds the memory that a small input can take
	MaxNumber = 100     // characters of a number in JSON; no exact one needs more than 25
)

// A Form says how the canonical bytes came from the input.
// As text: "json", "jws", "bytes".
type Form uint8

// The forms of a record.
const (
	JSON  Form = 1 // one JSON object; canonical is RFC 8785
	JWS   Form = 2 // a compact JWS (RFC 7515, section 7.1); canonical is the text itself
	Bytes Form = 3 // anything else; canonical is the input itself
)

// String returns the form's name, or "form N" for a value that has none.
func (f Form) String() string {
	switch f {
	case JSON:
		return "json"
	case JWS:
		return "jws"
	case Bytes:
		return "bytes"
	}
	return fmt.Sprintf("form %d", uint8(f))
}

// A Record is accepted input and its canonical bytes. It does not change and
// any number of goroutines may use it. The zero Record holds nothing.
//
// It prints its form and size only, whatever the verb, since its content may
// be private.
type Record struct {
	form      Form
	original  []byte // as given; the same slice as canonical when they are equal
	canonical []byte
	digest    Digest
	signed    int // JWS: length of header "." payload
	baked     bool
	claims    claims
}

// Parse reads a record. What it answers depends on the bytes alone:
//
//   - a first byte, after JSON white space, of "{": one JSON object, or refused;
//   - three base64url segments with dots between: a compact JWS, or refused;
//   - a PNG or SVG image with a badge baked in: that badge, or refused;
//   - anything else: the bytes as they are.
//
// Every refusal is a *FormatError. Parse keeps a copy of b.
func Parse(b []byte) (Record, error) {
	if err := checkSize(b); err != nil {
		return Record{}, err
	}
	r := Record{original: bytes.Clone(b)}
	payload, err := r.read(b)
	if err != nil {
		return Record{}, err
	}
	if bytes.Equal(r.canonical, r.original) {
		r.original = r.canonical
	}
	r.digest = sha256.Sum256(r.canonical)
	r.claims = readClaims(r.form, r.canonical, payload)
	return r, nil
}

// read finds form and canonical bytes, and the payload of a JWS.
func (r *Record) read(b []byte) (payload []byte, err error) {
	if looksLikeJSON(b) {
		r.form = JSON
		r.canonical, err = canonicalJSON(b)
		return nil, err
	}
	if s, isJWS, err := splitJWS(b); isJWS {
		r.form = JWS
		r.canonical, r.signed = r.original, s.Signed
		return s.Payload, err
	}
	badge, err := bakedIn(b)
	switch {
	case badge != nil:
		return r.readBaked(badge)
	case err == nil:
		r.form = Bytes
		r.canonical = r.original
	}
	return nil, err
}

// IsZero reports whether r is the zero Record.
func (r Record) IsZero() bool { return r.form == 0 }

// Form says how the canonical bytes came from the input.
func (r Record) Form() Form { return r.form }

// Baked reports whether the input was an image, and the record is the badge
// that was baked into it.
func (r Record) Baked() bool { return r.baked }

// Bytes returns the canonical bytes. The caller must not change them.
func (r Record) Bytes() []byte { return r.canonical }

// Original returns the bytes that Parse was given: of a baked badge, the whole
// image. The caller must not change them.
func (r Record) Original() []byte { return r.original }

// Digest returns SHA-256 of the canonical bytes.
func (r Record) Digest() Digest { return r.digest }

// CID returns the CID of the canonical bytes; see CIDOf.
func (r Record) CID() CID { return CIDOf(r.digest) }

// SigningDigest returns, for a JWS, SHA-256 of header "." payload, the bytes
// that its signature covers. A record may be looked up by it, since one ECDSA
// key can sign the same bytes in many ways.
func (r Record) SigningDigest() (Digest, bool) {
	if r.form != JWS {
		return Digest{}, false
	}
	return sha256.Sum256(r.canonical[:r.signed]), true
}

// Payload returns what a JWS signs, decoded; nil for any other form.
func (r Record) Payload() []byte {
	if r.form != JWS {
		return nil
	}
	payload, _ := strict64.AppendDecode(nil, r.canonical[bytes.IndexByte(r.canonical, '.')+1:r.signed])
	return payload
}

func (r Record) redacted() string {
	return fmt.Sprintf("record (%s, %d bytes, content redacted)", r.form, len(r.canonical))
}

// String names the form and the size, never the content.
func (r Record) String() string { return r.redacted() }

// Format writes what String gives, whatever the verb.
func (r Record) Format(f fmt.State, verb rune) { io.WriteString(f, r.redacted()) }

// LogValue returns what String gives.
func (r Record) LogValue() slog.Value { return slog.StringValue(r.redacted()) }
