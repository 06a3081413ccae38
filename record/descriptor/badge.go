package descriptor

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/akashi-project/akashi/record"
)

// MaxBadges is how many achievements of one record are read.
const MaxBadges = 200

// ErrNoBadge says that a record holds nothing that has descriptors.
var ErrNoBadge = errors.New("this is no badge: neither an assertion of Open Badges 2.0 nor a credential of Open Badges 3.0 or CLR 2.0 with an achievement")

// A Badge is one achievement of a record, and what surrounds it.
type Badge struct {
	Standard string // "ob2", "ob3" or "clr"
	// Path leads to the achievement within the record, "" for the only one.
	Path string

	assertion   node // OB2 assertion; OB3 credential
	subject     node // OB3 only
	achievement node // OB2 BadgeClass, OB3 Achievement
	issuer      node
	extension   node
	narrative   map[Key]passage
}

// ID returns the identifier of the achievement, or "".
func (b Badge) ID() string { return b.achievement.at("id").text() }

// CredentialID returns the identifier of the assertion or credential, or "".
func (b Badge) CredentialID() string { return b.assertion.at("id").text() }

// Name returns the title, or "".
func (b Badge) Name() string { return b.achievement.at("name").text() }

// Issuer returns the name of who awarded it, or its identifier, or "".
func (b Badge) Issuer() string {
	if s := b.issuer.at("name").text(); s != "" {
		return s
	}
	return b.IssuerID()
}

// IssuerID returns the identifier of the issuer, or "".
func (b Badge) IssuerID() string {
	if s := b.issuer.text(); s != "" {
		return s
	}
	return b.issuer.at("id").text()
}

// Parse finds the achievements of a record. A badge has one; of a CLR, each of
// its achievements and of the credentials in it is one.
func Parse(r record.Record) ([]Badge, error) {
	root, err := document(r)
	if err != nil {
		return nil, err
	}
	var all []Badge
	collect(node{root, ""}, "", 0, &all)
	if len(all) == 0 {
		return nil, ErrNoBadge
	}
	return all, nil
}

// document decodes the JSON of a record: of a JWS its payload, which may hold
// the credential in "vc" (VC Data Model 1.1, section 6.3.1).
func document(r record.Record) (map[string]any, error) {
	text := r.Bytes()
	switch r.Form() {
	case record.JSON:
	case record.JWS:
		parts := bytes.Split(text, []byte("."))
		payload, err := base64.RawURLEncoding.DecodeString(string(parts[1]))
		if err != nil {
			return nil, ErrNoBadge
		}
		inner, err := record.Parse(payload)
		if err != nil {
			return nil, fmt.Errorf("the payload of the JWS: %w", err)
		}
		if inner.Form() != record.JSON {
			return nil, ErrNoBadge
		}
		text = inner.Bytes()
	default:
		return nil, ErrNoBadge
	}
	var root map[string]any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&root); err != nil {
		return nil, ErrNoBadge // record.Parse took it, so this is not reached
	}
	if vc, ok := root["vc"].(map[string]any); ok {
		return vc, nil
	}
	return root, nil
}

// collect appends the achievements of a credential. depth counts CLRs in CLRs.
func collect(doc node, path string, depth int, all *[]Badge) {
	add := func(b Badge) {
		if len(*all) == MaxBadges {
			return
		}
		name := "microCredential"
		if b.Standard == "ob2" {
			name = "extensions:microCredential"
		}
		b.extension = b.achievement.at(name)
		if !b.extension.there() && b.Standard == "ob2" {
			b.extension = b.assertion.at(name)
		}
		narrative, _ := b.achievement.at("criteria").at("narrative").value.(string)
		b.narrative = passages(narrative)
		*all = append(*all, b)
	}
	if badge := doc.at("badge"); badge.there() && doc.at("type").is("Assertion") {
		add(Badge{Standard: "ob2", Path: path, assertion: doc, achievement: badge, issuer: badge.at("issuer")})
		return
	}
	standard := "ob3"
	if doc.at("type").is("ClrCredential") {
		standard = "clr"
	}
	for _, subject := range doc.at("credentialSubject").items() {
		for _, a := range subject.at("achievement").items() {
			if _, ok := a.value.(map[string]any); ok {
				where := path
				if standard == "clr" || len(doc.at("credentialSubject").items()) > 1 {
					where = a.path
				}
				add(Badge{Standard: standard, Path: where, assertion: doc, subject: subject, achievement: a, issuer: doc.at("issuer")})
			}
		}
		if depth > 3 {
			continue
		}
		for _, inner := range subject.at("verifiableCredential").items() {
			if len(*all) == MaxBadges {
				return
			}
			if nested, ok := enclosed(inner); ok {
				collect(nested, inner.path, depth+1, all)
			}
		}
	}
}

// enclosed gives a credential that stands in another one: as JSON, as a JWS in
// a string, or as an EnvelopedVerifiableCredential (VC Data Model 2.0, section
// 4.13), whose id is a data URL with a JWS.
func enclosed(n node) (node, bool) {
	text, isText := n.value.(string)
	if !isText {
		id, _ := n.at("id").value.(string)
		_, data, found := strings.Cut(id, ",")
		if !found || !strings.HasPrefix(id, "data:") {
			_, ok := n.value.(map[string]any)
			return n, ok
		}
		text = data
	}
	r, err := record.Parse([]byte(text))
	if err != nil || r.Form() != record.JWS {
		return node{}, false
	}
	doc, err := document(r)
	if err != nil {
		return node{}, false
	}
	return node{doc, n.path}, true
}
