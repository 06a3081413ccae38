// Package lognames reads which logs a badge names as its issuer's, and writes
// them into badges: docs/formats/trust.md, "The badge itself".
//
// A name counts for nothing by itself: anybody can write one. It counts when the
// issuer signed it, which is for package badge to find out. What this package
// sees to is that what it reads is what a signature over the badge covers: with
// JSON-LD, where the signed bytes are statements, the member must mean there what
// it means here. So the badge's contexts are those that are known by their
// address, and the two objects of akashi's own, letter by letter; an object of
// anybody else's could take the meaning away, and with it the signature over
// the member.
package lognames

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/akashi-project/akashi/record/internal/tree"
)

// Names and limits of the format.
const (
	Member    = "transparencyLog"            // of a credential
	Extension = "extensions:transparencyLog" // of an Open Badges 2.0 assertion
	Term      = "https://github.com/akashi-project/akashi/transparency-log/v1"

	MaxLogs = 8

	descriptors     = "microCredential"
	descriptorsTerm = "https://github.com/akashi-project/akashi/descriptors/v1"

	maxChainID = 1<<53 - 1
)

// Refusals of Find: the badge names no log then, not even those that are right.
var (
	// ErrContext says that the contexts are not such that a signature is sure to
	// cover the member.
	ErrContext = errors.New("its @context does not give the member transparencyLog its meaning, or has an object of another kind")
	// ErrForm says that the value is not a list of log references.
	ErrForm = fmt.Errorf("it is no list of 1 to %d different logs, each as eip155:CHAIN:0xREGISTRY:0xLOGID", MaxLogs)
)

// Find returns the logs that a credential, or an Open Badges 2.0 assertion,
// names; none when it has no such member. doc is its JSON as encoding/json reads
// it into any: objects are map[string]any or tree.Object.
func Find(doc map[string]any) ([]string, error) {
	if v, has := doc[Member]; has {
		if !meant(doc["@context"]) {
			return nil, ErrContext
		}
		return list(v)
	}
	v, has := doc[Extension]
	if !has || !isAssertion(doc) {
		return nil, nil
	}
	// A JWS covers every byte, so the context is for other readers.
	e := tree.AsObject(v)
	if e == nil {
		return nil, ErrForm
	}
	return list(e[Member])
}

// Name writes logs into an unsigned credential, or an Open Badges 2.0
// assertion, that names none. The errors are those of Find, and of a document
// that has such a member.
func Name(doc map[string]any, logs ...string) error {
	values := make([]any, len(logs))
	for i, l := range logs {
		values[i] = l
	}
	if _, err := list(values); err != nil {
		return err
	}
	for _, name := range []string{Member, Extension} {
		if _, has := doc[name]; has {
			return fmt.Errorf("the badge names logs already, in %s", name)
		}
	}
	if isAssertion(doc) {
		doc[Extension] = map[string]any{"@context": context(), "type": []any{"Extension", Extension}, Member: values}
		return nil
	}
	contexts, ok := doc["@context"].([]any)
	if !ok {
		return ErrContext
	}
	contexts = append(contexts[:len(contexts):len(contexts)], context())
	if !meant(contexts) {
		return ErrContext
	}
	doc["@context"], doc[Member] = contexts, values
	return nil
}

// isAssertion reports whether a document is of Open Badges 2.0.
func isAssertion(doc map[string]any) bool {
	return tree.Object(doc).Is("Assertion") && doc["credentialSubject"] == nil
}

// context is the object in @context that gives the member its meaning: a JSON
// literal (JSON-LD 1.1, section 4.2.2), so that the whole value is signed.
func context() map[string]any {
	return map[string]any{Member: map[string]any{"@id": Term, "@type": "@json"}}
}

// meant reports whether a list of contexts gives the member its meaning for
// sure: it has the object of context, and beside it nothing but addresses and
// the object of the descriptors.
func meant(contexts any) bool {
	all, ok := contexts.([]any)
	if !ok {
		return false
	}
	found := false
	for _, c := range all {
		switch {
		case defines(c, Member, Term):
			found = true
		case defines(c, descriptors, descriptorsTerm):
		default:
			if _, isAddress := c.(string); !isAddress {
				return false
			}
		}
	}
	return found
}

// defines reports whether a context is {name: {"@id": term, "@type": "@json"}}
// and no more.
func defines(v any, name, term string) bool {
	c := tree.AsObject(v)
	d := tree.AsObject(c[name])
	return len(c) == 1 && len(d) == 2 && d["@id"] == term && d["@type"] == "@json"
}

// list reads the value of the member.
func list(v any) ([]string, error) {
	all, ok := v.([]any)
	if !ok || len(all) == 0 || len(all) > MaxLogs {
		return nil, ErrForm
	}
	logs := make([]string, len(all))
	seen := map[string]bool{}
	for i, v := range all {
		s, _ := v.(string)
		if !isLog(s) || seen[s] {
			return nil, ErrForm
		}
		logs[i], seen[s] = s, true
	}
	return logs, nil
}

// isLog reports whether s is a log reference in its one spelling.
func isLog(s string) bool {
	parts := strings.Split(s, ":")
	if len(parts) != 4 || parts[0] != "eip155" || !isHex(parts[2], 20) || !isHex(parts[3], 32) {
		return false
	}
	n, err := strconv.ParseUint(parts[1], 10, 64)
	return err == nil && n > 0 && n <= maxChainID && strconv.FormatUint(n, 10) == parts[1]
}

// isHex reports whether s is so many bytes as 0x and lower-case hexadecimal.
func isHex(s string, bytes int) bool {
	digits, ok := strings.CutPrefix(s, "0x")
	return ok && len(digits) == 2*bytes && strings.Trim(digits, "0123456789abcdef") == ""
}
