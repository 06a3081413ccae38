package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// secrets are values that nobody but the learner and the university may see,
// in each form in which they could get somewhere.
type secrets map[string][]byte // what it is, and its bytes

// addText adds a text in the forms in which texts travel.
func (s secrets) addText(what, text string) {
	s.add(what, []byte(text))
	for form, b := range map[string]string{
		"in a query": url.QueryEscape(text), "in a path": url.PathEscape(text),
		"in ASCII": strings.Trim(strconv.QuoteToASCII(text), `"`), "in lower case": strings.ToLower(text),
	} {
		s[what+" "+form] = []byte(b)
	}
}

// add adds bytes: as they are, in hexadecimal and in base64.
func (s secrets) add(what string, b []byte) {
	s[what+" itself"] = b
	s[what+" in hex"] = []byte(hex.EncodeToString(b))
	s[what+" in upper-case hex"] = []byte(strings.ToUpper(hex.EncodeToString(b)))
	// base64 of something that has b in it, at each of the three places that b
	// can begin at; without the characters that its neighbours take part in.
	for at := range 3 {
		for name, enc := range map[string]*base64.Encoding{"base64": base64.RawStdEncoding, "base64url": base64.RawURLEncoding} {
			text := enc.EncodeToString(append(make([]byte, at), b...))
			inner := text[(at*8+5)/6 : (at+len(b))*8/6]
			s[fmt.Sprintf("%s in %s at %d", what, name, at)] = []byte(inner)
		}
	}
}

// in finds the first secret in a text, and says what it is and what is around
// it.
func (s secrets) in(text []byte) (what, around string, found bool) {
	for what, b := range s {
		if i := bytes.Index(text, b); i >= 0 {
			return what, fmt.Sprintf("…%q…", text[max(0, i-80):min(len(text), i+len(b)+80)]), true
		}
	}
	return "", "", false
}
