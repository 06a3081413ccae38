package node

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// operations gives the patterns of the document as the node writes them.
func (s *spec) operations() map[string]map[string]any {
	all := map[string]map[string]any{}
	for path, item := range s.doc["paths"].(map[string]any) {
		for method, op := range item.(map[string]any) {
			pattern := strings.ToUpper(method) + " " + strings.Replace(path, "{path}", "{path...}", 1)
			all[pattern] = op.(map[string]any)
		}
	}
	return all
}

func stringsOf(list any) []string {
	var out []string
	items, _ := list.([]any)
	for _, v := range items {
		out = append(out, fmt.Sprint(v))
	}
	slices.Sort(out)
	return out
}

func namesOf[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// TestOpenAPI holds openapi.yaml against the code in both directions: paths and
// methods, scopes, problems, media types, and the members of every document.
// What is exchanged is held against it by all other tests (watch).
func TestOpenAPI(t *testing.T) {
	s := theSpec()
	ops := s.operations()
	if got, want := namesOf(ops), namesOf((&Node{}).routes()); !slices.Equal(got, want) {
		t.Errorf("the document has the operations\n%v\nand the node\n%v", got, want)
	}
	rows := s.doc["x-problems"].(map[string]any)
	for _, k := range kinds {
		row, _ := rows[k.name].(map[string]any)
		if fmt.Sprint(row["status"]) != fmt.Sprint(k.status) || row["title"] != k.title {
			t.Errorf("problem %s: the document has %v, the node %d %q", k.name, row, k.status, k.title)
		}
	}
	types, _ := s.at("components", "schemas", "Problem", "properties", "type", "enum")
	if len(rows) != len(kinds) || len(types.([]any)) != len(kinds) {
		t.Errorf("the document has %d problems, the schema %d, the node %d", len(rows), len(types.([]any)), len(kinds))
	}
	told := map[string]bool{}
	for _, name := range stringsOf(s.doc["x-everywhere"]) {
		told[name] = true
	}
	for pattern, op := range ops {
		statuses := map[string]bool{}
		for _, name := range stringsOf(op["x-problems"]) {
			told[name] = true
			row, ok := rows[name].(map[string]any)
			if !ok {
				t.Errorf("%s: there is no problem %s", pattern, name)
				continue
			}
			status := fmt.Sprint(row["status"])
			statuses[status] = true
			if op["responses"].(map[string]any)[status] == nil {
				t.Errorf("%s: no answer %s for the problem %s", pattern, status, name)
			}
		}
		for status := range op["responses"].(map[string]any) {
			if status >= "400" && !statuses[status] && !(pattern == "GET /readyz" && status == "503") {
				t.Errorf("%s: no problem has the status %s", pattern, status)
			}
		}
		scope := ""
		for _, item := range op["security"].([]any) {
			for _, v := range item.(map[string]any) {
				scope = stringsOf(v)[0]
			}
		}
		want := string(scopeOf[pattern])
		if pattern == "POST /v1/evidence" {
			want = string(ScopeRead) // by some ways of asking
		}
		if scope != want {
			t.Errorf("%s: the document wants the scope %q, the node %q", pattern, scope, want)
		}
	}
	for name := range rows {
		if !told[name] {
			t.Errorf("no operation answers with the problem %s", name)
		}
	}
	content, _ := s.at("paths", "/v1/records", "post", "requestBody", "content")
	if got, want := namesOf(content.(map[string]any)), namesOf(mediaForms); !slices.Equal(got, want) {
		t.Errorf("records are taken as %v, by the document as %v", want, got)
	}
	for name := range s.doc["components"].(map[string]any)["schemas"].(map[string]any) {
		if err := s.check("/components/schemas/"+name, nil); err != nil && !strings.Contains(err.Error(), "validation failed") {
			t.Errorf("schema %s: %v", name, err)
		}
	}
}

// TestOpenAPIMembers holds the schemas against the types that are encoded.
func TestOpenAPIMembers(t *testing.T) {
	s := theSpec()
	for name, v := range map[string]any{
		"Problem": Problem{}, "ProblemDetail": ProblemDetail{}, "VerifiedCredential": VerifiedCredential{}, "CredentialChecks": CredentialChecks{}, "CredentialCheck": CredentialCheck{}, "IssuedCredential": IssuedCredential{},
		"Logged": Logged{}, "Lookup": Lookup{}, "Found": Found{}, "StatusChange": StatusChange{}, "StatusChanged": StatusChanged{},
		"Target": Target{}, "Forgotten": Forgotten{}, "EvidenceQuery": EvidenceQuery{}, "Block": Block{}, "Anchor": AnchorInfo{}, "Anchors": Anchors{},
		"Anchoring": Anchoring{}, "Signing": Signing{}, "KeyChange": KeyChange{}, "Log": LogInfo{}, "Health": Health{}, "BatchSummary": BatchSummary{},
		"BackupAsked": BackupAsked{}, "BackupStatus": BackupStatus{}, "BackupMade": BackupMade{},
	} {
		members, _ := s.at("components", "schemas", name, "properties")
		required, _ := s.at("components", "schemas", name, "required")
		var all, always []string
		for i := range reflect.TypeOf(v).NumField() {
			member, options, _ := strings.Cut(reflect.TypeOf(v).Field(i).Tag.Get("json"), ",")
			all = append(all, member)
			if options == "" {
				always = append(always, member)
			}
		}
		slices.Sort(all)
		slices.Sort(always)
		if name == "Problem" {
			always = []string{"detail", "status", "title", "type"} // the node always says something
		}
		if got := namesOf(members.(map[string]any)); !slices.Equal(got, all) {
			t.Errorf("%s has the members %v, by the document %v", name, all, got)
		}
		if got := stringsOf(required); !slices.Equal(got, always) {
			t.Errorf("%s always has the members %v, by the document %v", name, always, got)
		}
	}
}

// TestOpenAPIParameters holds the query parameters of each path: the node says
// which it knows when it is asked with another.
func TestOpenAPIParameters(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil).start()
	for pattern, op := range theSpec().operations() {
		var documented []string
		items, _ := op["parameters"].([]any)
		for _, item := range items {
			v, _ := theSpec().at(strings.Split(strings.TrimPrefix(item.(map[string]any)["$ref"].(string), "#/"), "/")...)
			if p := v.(map[string]any); p["in"] == "query" {
				documented = append(documented, p["name"].(string))
			}
		}
		slices.Sort(documented)
		method, path, _ := strings.Cut(pattern, " ")
		path = strings.NewReplacer("{path...}", "0/000.p/1", "{cid}", "x", "{size}", "1").Replace(path)
		media := ""
		if method == http.MethodPost {
			media = "application/json"
		}
		resp, body := r.do(method, path+"?unknown=1", media, nil, auth(r))
		detail := problemOf(t, resp, body).Detail
		var known []string
		if _, list, ok := strings.Cut(detail, "known are "); ok {
			known = strings.Split(list, ", ")
		}
		slices.Sort(known)
		if !slices.Equal(known, documented) {
			t.Errorf("%s takes %v, by the document %v", pattern, known, documented)
		}
	}
}

// TestOpenAPIHasThePage holds the exchanges of docs/http.md, which are real,
// against the document.
func TestOpenAPIHasThePage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "docs", "http.md"))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, block := range regexp.MustCompile("(?ms)^```http\n(.*?)^```$").FindAllStringSubmatch(string(page), -1) {
		request, answer, _ := strings.Cut(block[1], "\n\nHTTP/1.1 ")
		head, body, _ := strings.Cut(request, "\n\n")
		x := exchange{header: http.Header{}, answer: http.Header{}, body: []byte(strings.TrimSpace(body))}
		lines := strings.Split(head, "\n")
		var target string
		if _, err := fmt.Sscanf(lines[0], "%s %s", &x.method, &target); err != nil {
			t.Fatal(err)
		}
		if x.url, err = url.Parse(target); err != nil {
			t.Fatal(err)
		}
		headers := func(h http.Header, lines []string) {
			for _, line := range lines {
				name, value, _ := strings.Cut(line, ": ")
				h.Set(name, value)
			}
		}
		headers(x.header, lines[1:])
		head, text, _ := strings.Cut(answer, "\n\n")
		lines = strings.Split(head, "\n")
		if _, err := fmt.Sscanf(lines[0], "%d", &x.status); err != nil {
			t.Fatal(err)
		}
		headers(x.answer, lines[1:])
		if text = strings.TrimSpace(text); text != "{…}" {
			x.text = []byte(strings.ReplaceAll(text, "…", ""))
		}
		if err := theSpec().exchange(x); err != nil {
			t.Error(err)
		}
		at, _ := theSpec().operation(x.method, x.url.Path)
		seen[strings.Join(at, " ")] = true
	}
	for pattern := range theSpec().operations() {
		method, path, _ := strings.Cut(strings.Replace(pattern, "{path...}", "{path}", 1), " ")
		if !seen["paths "+path+" "+strings.ToLower(method)] {
			t.Errorf("docs/http.md shows no exchange with %s", pattern)
		}
	}
}
