package node

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// A spec is openapi.yaml, read, to hold exchanges against.
type spec struct {
	doc      map[string]any
	compiler *jsonschema.Compiler

	mu      sync.Mutex // guards the rest
	schemas map[string]*jsonschema.Schema
}

// theSpec is read once for all tests.
var theSpec = sync.OnceValue(func() *spec {
	var doc map[string]any
	if err := yaml.Unmarshal(openAPI, &doc); err != nil {
		panic(err)
	}
	// Through JSON, so that numbers and keys have the types of JSON.
	b, err := json.Marshal(doc)
	if err != nil {
		panic(err)
	}
	plain, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		panic(err)
	}
	s := &spec{doc: plain.(map[string]any), compiler: jsonschema.NewCompiler(), schemas: map[string]*jsonschema.Schema{}}
	if err := s.compiler.AddResource("openapi.json", plain); err != nil {
		panic(err)
	}
	return s
})

// at finds a value by names from the root, following references.
func (s *spec) at(names ...string) (v any, pointer string) {
	v = s.doc
	for _, name := range names {
		m, ok := v.(map[string]any)
		if !ok {
			return nil, ""
		}
		v = m[name]
		pointer += "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
		for {
			m, ok := v.(map[string]any)
			ref, isRef := m["$ref"].(string)
			if !ok || !isRef {
				break
			}
			pointer = strings.TrimPrefix(ref, "#")
			v, _ = s.at(strings.Split(pointer[1:], "/")...)
		}
	}
	return v, pointer
}

// check holds a value against the schema at a pointer.
func (s *spec) check(pointer string, v any) error {
	s.mu.Lock()
	schema, ok := s.schemas[pointer]
	if !ok {
		var err error
		if schema, err = s.compiler.Compile("openapi.json#" + (&url.URL{Path: pointer}).EscapedPath()); err != nil {
			s.mu.Unlock()
			return err
		}
		s.schemas[pointer] = schema
	}
	s.mu.Unlock()
	return schema.Validate(v)
}

// operation finds the names that lead to an operation, and the values of its
// path's parameters.
func (s *spec) operation(method, path string) (names []string, values map[string]string) {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	best := ""
	for template, item := range s.doc["paths"].(map[string]any) {
		if _, ok := item.(map[string]any)[strings.ToLower(method)]; !ok {
			continue
		}
		before, after, dynamic := strings.Cut(template, "{")
		rest, ok := strings.CutPrefix(path, before)
		switch {
		case template == path:
		case !dynamic || !ok || strings.Contains(rest, "/") && template != "/tile/{path}":
			continue
		}
		if best == "" || template == path {
			best, values = template, map[string]string{}
			if dynamic {
				values[strings.TrimSuffix(after, "}")] = rest
			}
		}
	}
	if best == "" {
		return nil, nil
	}
	return []string{"paths", best, strings.ToLower(method)}, values
}

// An exchange is a request and its answer.
type exchange struct {
	method string
	url    *url.URL
	header http.Header
	body   []byte // nil when it is not known
	status int
	answer http.Header
	text   []byte // nil when it is not known
}

// exchange holds a request that was answered, and its answer, against the
// document.
func (s *spec) exchange(x exchange) error {
	at, values := s.operation(x.method, x.url.Path)
	var problems []any
	if at == nil {
		if x.status < 400 {
			return fmt.Errorf("%s is answered with %d, and not in the document", x.url.Path, x.status)
		}
		problems = s.doc["x-everywhere"].([]any)
	} else {
		v, _ := s.at(append(at, "x-problems")...)
		problems = v.([]any)
		if x.status < 400 {
			if err := s.request(at, values, x); err != nil {
				return fmt.Errorf("%s %s is answered with %d: %w", x.method, x.url, x.status, err)
			}
		}
	}
	if err := s.response(at, problems, x); err != nil {
		return fmt.Errorf("the answer to %s %s, %d %.400s: %w", x.method, x.url.Path, x.status, x.text, err)
	}
	return nil
}

// request holds a request that was taken against its operation.
func (s *spec) request(at []string, values map[string]string, x exchange) error {
	known := map[string]bool{}
	list, _ := s.at(append(at, "parameters")...)
	items, _ := list.([]any)
	for _, item := range items {
		ref := strings.TrimPrefix(item.(map[string]any)["$ref"].(string), "#/")
		names := strings.Split(ref, "/")
		v, _ := s.at(names...)
		p := v.(map[string]any)
		name := p["name"].(string)
		known[name] = true
		var text string
		var given bool
		switch p["in"] {
		case "query":
			text, given = x.url.Query().Get(name), x.url.Query().Has(name)
		case "header":
			text, given = x.header.Get(name), x.header.Get(name) != ""
		case "path":
			text, given = values[name], true
		}
		if !given {
			if p["required"] == true {
				return fmt.Errorf("parameter %s is missing", name)
			}
			continue
		}
		_, pointer := s.at(append(names, "schema")...)
		if s.check(pointer, text) != nil {
			// Or as the number or boolean that it spells.
			v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
			if err == nil {
				err = s.check(pointer, v)
			}
			if err != nil {
				return fmt.Errorf("parameter %s: %w", name, err)
			}
		}
	}
	for name := range x.url.Query() {
		if !known[name] {
			return fmt.Errorf("parameter %s is not in the document", name)
		}
	}
	content, pointer := s.at(append(at, "requestBody", "content")...)
	if content == nil {
		if len(x.body) > 0 {
			return fmt.Errorf("a body is not in the document")
		}
		return nil
	}
	return s.content(content.(map[string]any), pointer, x.header.Get("Content-Type"), x.body)
}

// response holds an answer against its operation; at is nil for a path or a
// method that is not there.
func (s *spec) response(at []string, problems []any, x exchange) error {
	kind := ""
	if x.answer.Get("Content-Type") == problemType && len(x.text) > 0 {
		var p Problem
		if err := json.Unmarshal(x.text, &p); err != nil {
			return err
		}
		kind = p.Name()
		if !slices.Contains(problems, any(kind)) {
			return fmt.Errorf("the problem %s is not in the document", kind)
		}
		if row, _ := s.at("x-problems", kind); fmt.Sprint(row.(map[string]any)["status"]) != fmt.Sprint(x.status) || row.(map[string]any)["title"] != p.Title {
			return fmt.Errorf("the document has the problem as %v", row)
		}
	}
	if at == nil {
		row, _ := s.at("x-problems", kind)
		if row == nil {
			return fmt.Errorf("no problem document")
		}
		return s.check("/components/schemas/Problem", mustJSON(x.text))
	}
	at = append(at, "responses", fmt.Sprint(x.status))
	v, _ := s.at(at...)
	if v == nil {
		return fmt.Errorf("the status is not in the document")
	}
	headers, _ := s.at(append(at, "headers")...)
	for name := range headers.(map[string]any) {
		h, pointer := s.at(append(at, "headers", name)...)
		got := x.answer.Get(name)
		if got == "" {
			if h.(map[string]any)["required"] == true && x.answer.Get("X-Request-Id") != "" {
				return fmt.Errorf("the header %s is missing", name)
			}
			continue
		}
		if err := s.check(pointer+"/schema", got); err != nil {
			return fmt.Errorf("header %s: %w", name, err)
		}
	}
	content, pointer := s.at(append(at, "content")...)
	if content == nil {
		if len(x.text) > 0 {
			return fmt.Errorf("a body is not in the document")
		}
		return nil
	}
	return s.content(content.(map[string]any), pointer, x.answer.Get("Content-Type"), x.text)
}

// content holds a body against the media types that are documented for it.
func (s *spec) content(content map[string]any, pointer, media string, body []byte) error {
	name := media
	if _, ok := content[name]; !ok {
		name, _, _ = mime.ParseMediaType(media)
	}
	if _, ok := content[name]; !ok {
		return fmt.Errorf("the media type %q is not in the document, which has %v", media, slices.Sorted(maps.Keys(content)))
	}
	if body == nil {
		return nil
	}
	pointer += "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name) + "/schema"
	switch {
	case name == BatchMediaType:
		for line := range bytes.Lines(body) {
			if err := s.line(pointer, line); err != nil {
				return err
			}
		}
		return nil
	case strings.Contains(name, "json"):
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
		if err != nil {
			return err
		}
		return s.check(pointer, v)
	}
	return nil
}

// line holds a line of a batch, or of its answer, against its schema.
func (s *spec) line(pointer string, line []byte) error {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
	if err != nil {
		return nil // blank, or refused by a problem for this line alone
	}
	err = s.check(pointer, v)
	if err != nil && strings.Contains(pointer, "requestBody") {
		return nil
	}
	return err
}

func mustJSON(b []byte) any {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		return nil
	}
	return v
}

// watch is a transport that holds every exchange against openapi.yaml.
func watch(t testing.TB) http.RoundTripper { return speaker{t} }

type speaker struct{ t testing.TB }

func (w speaker) RoundTrip(req *http.Request) (*http.Response, error) {
	x := exchange{method: req.Method, url: req.URL, header: req.Header}
	if req.GetBody != nil {
		if body, err := req.GetBody(); err == nil {
			x.body, _ = io.ReadAll(body)
		}
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return resp, err
	}
	x.status, x.answer = resp.StatusCode, resp.Header
	streamed := resp.Header.Get("Content-Type") == "text/event-stream" || req.GetBody == nil && req.Body != nil
	if !streamed {
		b, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			return nil, err
		}
		resp.Body = io.NopCloser(bytes.NewReader(b))
		if req.Method != http.MethodHead && resp.Header.Get("Content-Encoding") == "" {
			x.text = b
		}
	}
	if req.Method == http.MethodOptions {
		return resp, nil
	}
	if err := theSpec().exchange(x); err != nil {
		w.t.Errorf("openapi.yaml: %v", err)
	}
	return resp, nil
}
