package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// readJSON reads a request document into v: application/json, one object,
// exactly the members that v has, none twice. Its errors name the place and
// never the content, which may be a digest or, by mistake, a record.
func readJSON(w http.ResponseWriter, r *http.Request, v any) error {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return refuse(kindMediaType, "Send a JSON document with Content-Type: application/json")
	}
	b, err := readBody(w, r, maxJSONBody)
	if err != nil {
		return err
	}
	err = json.Unmarshal(b, v, json.RejectUnknownMembers(true))
	if err == nil {
		return nil
	}
	var syntax *jsontext.SyntacticError
	if errors.As(err, &syntax) {
		return &httpError{kind: kindBadRequest, detail: fmt.Sprintf("The body is not one JSON object without repeated members: wrong at byte %d", syntax.ByteOffset), cause: err}
	}
	var semantic *json.SemanticError
	at := ""
	if errors.As(err, &semantic) {
		at = fmt.Sprintf(" at byte %d", semantic.ByteOffset)
	}
	return &httpError{kind: kindBadRequest, detail: fmt.Sprintf("The body has an unknown member or a value of the wrong form%s; members are %s; hashes are 64 lower-case hexadecimal digits", at, membersOf(v)), cause: err}
}

// readBody reads a body of at most limit bytes, whose content type the caller
// has looked at.
func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	if err := plainEncoding(r); err != nil {
		return nil, err
	}
	if r.ContentLength > limit {
		return nil, &httpError{kind: kindTooLarge, detail: sizeText(limit)}
	}
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if err != nil {
		return nil, bodyError(err)
	}
	return b, nil
}

// plainEncoding refuses compressed bodies: their size cannot be bounded
// before they are unpacked.
func plainEncoding(r *http.Request) error {
	if e := r.Header.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return refuse(kindMediaType, "Send the body without Content-Encoding")
	}
	return nil
}

// bodyError says why a body could not be read.
func bodyError(err error) error {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return &httpError{kind: kindTooLarge, detail: sizeText(tooLarge.Limit)}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &httpError{kind: kindSlow, detail: fmt.Sprintf("The body did not arrive within %s", readTimeout)}
	case errors.Is(err, context.Canceled):
		return err
	}
	return &httpError{kind: kindBadRequest, detail: "The body broke off", cause: err}
}

// readQuery returns the query's parameters. Unknown and repeated ones are
// refused, so that a typo is not taken for a default.
func readQuery(r *http.Request, known ...string) (map[string]string, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, refuse(kindBadRequest, "The query is malformed")
	}
	q := map[string]string{}
	for name, list := range values {
		switch {
		case !slices.Contains(known, name) && len(known) == 0:
			return nil, refuse(kindBadRequest, "This path takes no query parameters")
		case !slices.Contains(known, name):
			return nil, refuse(kindBadRequest, "There is an unknown query parameter; known are "+strings.Join(known, ", "))
		case len(list) != 1:
			return nil, refuse(kindBadRequest, "The query parameter "+name+" stands there twice")
		}
		q[name] = list[0]
	}
	return q, nil
}

// membersOf lists the members of the JSON object that v points to.
func membersOf(v any) string {
	t := reflect.TypeOf(v).Elem()
	var names []string
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}
