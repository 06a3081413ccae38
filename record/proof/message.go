package proof

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/akashi-project/akashi/record/ld"
)

// A hashed is the hash of a document, and the contexts behind it.
type hashed struct {
	sum  []byte
	pins []ld.Pin
	err  error
}

// message makes the bytes that a proof signs, under a choice of context
// versions: hash(proof options) ‖ hash(document) (W3C Data Integrity EdDSA
// Cryptosuites 1.0, sections 3.2.4 and 3.3.4; ECDSA Cryptosuites 1.0, section
// 3.2.4). It also returns the contexts that took part. With P-384 the hash is
// SHA-384, throughout.
func (s *secured) message(p *embedded, covered []*embedded, key Key, choice ld.Choice) ([]byte, []ld.Pin, error) {
	if p.result.Suite == EdDSAJCS2022 {
		message, err := s.messageJCS(p, covered)
		return message, nil, err
	}
	if s.context == nil {
		return nil, nil, fmt.Errorf("a document with this suite has an @context, and this one has none")
	}
	// The proof is read by the contexts of the document; one that states its
	// own must state the same or the first of them.
	if own := find(p.members, `"@context"`); own != nil && !isPrefix(own, s.context) {
		return nil, nil, fmt.Errorf("the @context of the proof is not the beginning of that of the document")
	}
	if s.transformed >= maxTransformed {
		return nil, nil, errForms
	}
	object, err := s.tree()
	if err != nil {
		return nil, nil, err
	}
	h := crypto.SHA256
	if key.kind == P384 {
		h = crypto.SHA384
	}
	options := maps.Clone(p.object)
	delete(options, "proofValue")
	options["@context"] = object["@context"]
	config := s.hashRDFC(options, h, choice)
	if config.err != nil {
		return nil, config.pins, inProof(config.err)
	}
	memo := fmt.Sprint(h, choice)
	document, ok := s.hashes[memo]
	if !ok || len(covered) > 0 {
		if len(covered) > 0 {
			object = maps.Clone(object)
			proofs := make([]any, len(covered))
			for i, c := range covered {
				proofs[i] = c.object
			}
			object["proof"] = proofs
		}
		document = s.hashRDFC(object, h, choice)
		if len(covered) == 0 {
			s.hashes[memo] = document
		}
	}
	if document.err != nil {
		return nil, document.pins, document.err
	}
	return append(config.sum, document.sum...), document.pins, nil
}

// inProof says of a refusal that it lies in the proof, unless it is one of the
// contexts, which are the document's.
func inProof(err error) error {
	if e, ok := err.(*ld.Error); ok && !strings.HasPrefix(e.Path, "/@context") {
		moved := *e
		moved.Path = "/proof" + e.Path
		return &moved
	}
	return err
}

// Limits on all proofs of one document together, which each may need the
// document in a form of its own.
const maxTransformed = 48

var (
	errForms  = &ld.Error{Code: ld.CodeComplex, Reason: "refused: too complex: its proofs need it in too many forms"}
	errLooped = &ld.Error{Code: ld.CodeHidden, Reason: "something within the document refers to the document itself; a signature over statements does not say where each stood, so that they could have been moved"}
	errHashed = &ld.Error{Code: ld.CodeComplex, Reason: "refused: too complex: its proofs need more bytes hashed than one check may"}
)

// hashRDFC hashes the canonical statements of an object. What it takes counts
// against one budget for all proofs of the document.
func (s *secured) hashRDFC(object map[string]any, h crypto.Hash, choice ld.Choice) hashed {
	if s.transformed++; s.transformed > maxTransformed {
		return hashed{err: errForms}
	}
	stated, pins, err := s.verifier.contexts().ObjectStatements(object, choice, s.left)
	if err != nil {
		return hashed{nil, pins, s.spend(err)}
	}
	s.looped = s.looped || stated.Looped
	d := stated.Quads
	c, err := ld.Canonicalize(d, h, s.left)
	if err != nil {
		return hashed{nil, pins, s.spend(err)}
	}
	// A field of 0 would mean the default.
	s.left.Quads = max(1, s.left.Quads-len(d))
	s.left.Steps = max(1, s.left.Steps-c.Steps)
	return hashed{sum(h, c.NQuads), pins, nil}
}

// spend leaves nothing of the budget when a form was too complex: that took all
// of it, and would with every proof that is yet to come.
func (s *secured) spend(err error) error {
	var e *ld.Error
	if errors.As(err, &e) && e.Code == ld.CodeComplex {
		s.transformed = maxTransformed
	}
	return err
}

func sum(h crypto.Hash, b []byte) []byte {
	w := h.New()
	w.Write(b)
	return w.Sum(nil)
}

// messageJCS is message for eddsa-jcs-2022 (section 3.3).
func (s *secured) messageJCS(p *embedded, covered []*embedded) ([]byte, error) {
	document := s.members
	if own := find(p.members, `"@context"`); own != nil {
		if !isPrefix(own, s.context) {
			return nil, fmt.Errorf("the @context of the proof is not the beginning of that of the document")
		}
		document = with(document, `"@context"`, own)
	}
	if len(covered) > 0 {
		raw := make([][]byte, len(covered))
		for i, c := range covered {
			raw[i] = c.raw
		}
		document = with(document, `"proof"`, joinList(raw))
	}
	config, ok := s.hashJCS(without(p.members, `"proofValue"`))
	if !ok {
		return nil, errHashed
	}
	whole := len(covered) == 0 && find(p.members, `"@context"`) == nil
	if known, ok := s.hashes[jcsWhole]; ok && whole {
		return append(config, known.sum...), nil
	}
	out, ok := s.hashJCS(document)
	if !ok {
		return nil, errHashed
	}
	if whole {
		s.hashes[jcsWhole] = hashed{sum: out}
	}
	return append(config, out...), nil
}

// jcsWhole names, among the hashes, that of the document as it is in RFC 8785
// form, without its proofs.
const jcsWhole = "jcs"

// hashJCS hashes members as one object.
func (s *secured) hashJCS(ms []member) ([]byte, bool) {
	n := 0
	for _, m := range ms {
		n += len(m.name) + len(m.value) + 2
	}
	if !s.budget.hash(n) {
		return nil, false
	}
	return sum(crypto.SHA256, join(ms)), true
}

// isPrefix reports whether a proof's @context is the beginning of the
// document's, member by member. Both are in RFC 8785 form.
func isPrefix(own, document []byte) bool {
	o, errOwn := listOf(own)
	d, errDocument := listOf(document)
	if errOwn != nil || errDocument != nil || len(o) > len(d) {
		return false
	}
	for i := range o {
		if !bytes.Equal(o[i], d[i]) {
			return false
		}
	}
	return true
}
