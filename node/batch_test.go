package node

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/record"
)

// batchLines makes n lines with badges that no other issuer's batch has.
func batchLines(issuer string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "{\"record\":%s}\n", badge(issuer, i))
	}
	return b.String()
}

// answersOf reads the lines of an answer; nil for the summary when it was cut.
func answersOf(t testing.TB, body []byte) ([]BatchAnswer, *BatchSummary) {
	t.Helper()
	var out []BatchAnswer
	for line := range bytes.Lines(body) {
		if !bytes.HasSuffix(line, []byte("\n")) {
			return out, nil
		}
		var l struct {
			Line    uint64        `json:"line"`
			Problem *Problem      `json:"problem"`
			Summary *BatchSummary `json:"summary"`
			Logged
		}
		if err := json.Unmarshal(line, &l); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		if l.Summary != nil {
			return out, l.Summary
		}
		out = append(out, BatchAnswer{Line: l.Line, Logged: l.Logged, Problem: l.Problem})
	}
	return out, nil
}

// batch posts lines and reads the whole answer.
func (r *rig) batch(query, lines string) ([]BatchAnswer, BatchSummary) {
	r.t.Helper()
	resp, body := r.do(http.MethodPost, "/v1/records/batch"+query, BatchMediaType, []byte(lines), auth(r))
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != BatchMediaType {
		r.t.Fatalf("status %d: %s", resp.StatusCode, body)
	}
	out, sum := answersOf(r.t, body)
	if sum == nil {
		r.t.Fatalf("no summary in %q", body)
	}
	return out, *sum
}

// TestBatch sends every form of line, good and bad, and holds answer by answer
// against what was sent.
func TestBatch(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil).start()
	b1 := badge("https://batch.example", 1)
	jwt := bytes.TrimSpace(sample(t, "badge.jwt"))
	pdf := base64.StdEncoding.EncodeToString(sample(t, "diploma.pdf"))
	qa := `{"type":"Review","issuer":"https://uni.example"}`
	digest := strings.Repeat("5a", 32)
	for _, c := range []struct {
		name, line string
		want       string // the type, or "problem:" and its name, or "" for no answer
		duplicate  bool
	}{
		{"json", fmt.Sprintf(`{"record":%s}`, b1), "badge", false},
		{"json again, typed, other order", fmt.Sprintf(` { "record" : %s , "type":"badge", "open":false }`, b1), "badge", true},
		{"blank", "  ", "", false},
		{"jws", fmt.Sprintf(`{"record":%q}`, jwt), "badge", false},
		{"jws as bytes", fmt.Sprintf(`{"bytes":%q}`, base64.StdEncoding.EncodeToString(jwt)), "badge", true},
		{"file", `{"bytes":"` + pdf + `"}`, "document", false},
		{"open file", `{"type":"document","open":true,"bytes":"cmVndWxhdGlvbnM="}`, "document", false},
		{"review", `{"record":` + qa + `}`, "course-qa", false},
		{"digest", `{"type":"badge","digest":"` + digest + `"}`, "badge", false},
		{"digest again", `{"digest":"` + digest + `","type":"badge"}`, "badge", true},
		{"open digest", `{"type":"document","open":true,"digest":"` + digest + `"}`, "document", false},
		{"badge as a document", fmt.Sprintf(`{"type":"document","record":%s}`, b1), "problem:record-refused", false},
		{"badge as a document, meant", fmt.Sprintf(`{"type":"document","force":true,"record":%s}`, b1), "document", false},
		{"carriage return", fmt.Sprintf("{\"record\":%s}\r", b1), "badge", true},

		{"no JSON", "SECRET", "problem:bad-request", false},
		{"half an object", `{"record":{"SECRET":`, "problem:bad-request", false},
		{"array", `["SECRET"]`, "problem:bad-request", false},
		{"two objects", fmt.Sprintf(`{"record":%s}{}`, b1), "problem:bad-request", false},
		{"nothing in it", `{}`, "problem:bad-request", false},
		{"two forms", `{"type":"badge","digest":"` + digest + `","bytes":"AA=="}`, "problem:bad-request", false},
		{"member twice", `{"type":"badge","type":"badge","digest":"` + digest + `"}`, "problem:bad-request", false},
		{"unknown member", `{"SECRET":1,"bytes":"AA=="}`, "problem:bad-request", false},
		{"other case", `{"Bytes":"AA=="}`, "problem:bad-request", false},
		{"digest without type", `{"digest":"` + digest + `"}`, "problem:bad-request", false},
		{"upper-case digest", `{"type":"badge","digest":"` + strings.ToUpper(digest) + `"}`, "problem:bad-request", false},
		{"number as digest", `{"type":"badge","digest":5}`, "problem:bad-request", false},
		{"bad type", `{"type":"SECRET","bytes":"AA=="}`, "problem:bad-request", false},
		{"open is no boolean", `{"open":"true","bytes":"AA=="}`, "problem:bad-request", false},
		{"loose base64", `{"bytes":"AA"}`, "problem:bad-request", false},
		{"base64 with a newline", `{"bytes":"A\nA=="}`, "problem:bad-request", false},
		{"base64 with loose bits", `{"bytes":"AB=="}`, "problem:bad-request", false},
		{"number as record", `{"record":1}`, "problem:bad-request", false},
		{"text that is no JWS", `{"record":"SECRET"}`, "problem:bad-request", false},
		{"no bytes", `{"bytes":""}`, "problem:record-refused", false},
		{"duplicate key inside", `{"record":{"type":"Assertion","SECRET":1,"SECRET":2}}`, "problem:record-refused", false},
		{"inexact number inside", `{"record":{"n":9007199254740993}}`, "problem:record-refused", false},
		{"no UTF-8 inside", "{\"record\":{\"n\":\"\xff\"}}", "problem:record-refused", false},
		{"deep", `{"record":{"a":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000) + `}}`, "problem:bad-request", false},
		{"file as a badge", `{"type":"badge","bytes":"` + pdf + `"}`, "problem:record-refused", false},
		{"open badge", fmt.Sprintf(`{"open":true,"record":%s}`, b1), "problem:record-refused", false},
		{"open badge digest", `{"type":"badge","open":true,"digest":"` + digest + `"}`, "problem:record-refused", false},
		{"closed review", `{"open":false,"record":` + qa + `}`, "problem:record-refused", false},
		{"closed review digest", `{"type":"course-qa","open":false,"digest":"` + digest + `"}`, "problem:record-refused", false},
		{"too long", `{"bytes":"` + strings.Repeat("A", maxBatchLine) + `"}`, "problem:too-large", false},
		{"record too large", `{"bytes":"` + base64.StdEncoding.EncodeToString(make([]byte, record.MaxSize+1)) + `"}`, "problem:record-refused", false},
		{"good after bad", fmt.Sprintf(`{"record":%s}`, badge("https://batch.example", 2)), "badge", false},
	} {
		answers, sum := r.batch("", "\n"+c.line+"\n")
		if c.want == "" {
			if len(answers) != 0 || sum != (BatchSummary{}) {
				t.Errorf("%s: %+v, %+v", c.name, answers, sum)
			}
			continue
		}
		if len(answers) != 1 || answers[0].Line != 2 || sum.Lines != 1 || sum.Problem != nil {
			t.Fatalf("%s: %+v, %+v", c.name, answers, sum)
		}
		a := answers[0]
		if name, bad := strings.CutPrefix(c.want, "problem:"); bad {
			if a.Problem == nil || a.Problem.Name() != name || a.Problem.Title == "" || a.Problem.Detail == "" || sum.Refused != 1 {
				t.Errorf("%s: %+v, want the problem %s", c.name, a.Problem, name)
			} else if strings.Contains(a.Problem.Detail, "SECRET") {
				t.Errorf("%s: the answer repeats the line: %s", c.name, a.Problem.Detail)
			}
			continue
		}
		l := a.Logged
		if a.Problem != nil || l.Type.String() != c.want || l.Duplicate != c.duplicate || (l.CID == "") == (l.Commitment == nil) || l.State == "" || sum.Logged != 1 {
			t.Errorf("%s: %+v, %+v", c.name, a, a.Problem)
		}
	}
	if strings.Contains(r.logs.String(), "SECRET") {
		t.Errorf("the log repeats lines:\n%s", r.logs.String())
	}
}

// TestBatchClient sends a batch through the client: an answer for each record
// in order, the summary, and what goes wrong.
func TestBatchClient(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil).start()
	document := record.Document
	records := []BatchRecord{
		{Record: badge("https://client.example", 1)},
		{Record: []byte("{\n  \"type\": \"Assertion\"\n}\n")},
		{Record: badge("https://client.example", 1)},
		{Record: []byte("{")},
		{Record: []byte("a file"), Open: true},
		{Type: &document, Digest: &record.Digest{1}},
		{Line: []byte(`{"bytes":"AA=="}`)},
		{Line: []byte(`{"bytes":"AA"}`)},
	}
	b := r.client.Batch(t.Context(), BatchOptions{Wait: StateFinal, Timeout: patience}, slices.Values(records))
	n := 0
	for a, err := range b.Answers() {
		if err != nil {
			t.Fatal(err)
		}
		if n++; a.Line != uint64(n) || (a.Problem != nil) != (n == 4 || n == 8) {
			t.Errorf("answer %d: %+v", n, a)
		}
	}
	if s := b.Summary(); n != len(records) || s != (BatchSummary{Lines: 8, Logged: 6, Duplicates: 1, Refused: 2, State: StateFinal}) {
		t.Errorf("%d answers, %+v", n, s)
	}

	fails := func(what string, b *Batch) error {
		t.Helper()
		var last error
		for _, err := range b.Answers() {
			last = err
		}
		if last == nil {
			t.Errorf("%s: no error", what)
		}
		return last
	}
	good := slices.Values(records[:1])
	wantProblem(t, fails("without a token", r.stranger().Batch(t.Context(), BatchOptions{}, good)), "token-needed", 401)
	wantProblem(t, fails("with a bad wait", r.client.Batch(t.Context(), BatchOptions{Wait: "x"}, good)), "bad-request", 400)
	for name, bad := range map[string]BatchRecord{
		"nothing": {}, "two forms": {Record: []byte("a"), Line: []byte("{}")}, "digest without type": {Digest: &record.Digest{1}},
		"newline in a line": {Line: []byte("{}\n{}")}, "line with type": {Line: []byte("{}"), Type: &document},
	} {
		if err := fails(name, r.client.Batch(t.Context(), BatchOptions{}, slices.Values([]BatchRecord{bad}))); !strings.Contains(err.Error(), "record 1 of the batch") {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Leaving early stops an endless batch.
	endless := func(yield func(BatchRecord) bool) {
		for i := 0; yield(BatchRecord{Record: badge("https://endless.example", i)}); i++ {
		}
	}
	for a, err := range r.client.Batch(t.Context(), BatchOptions{}, endless).Answers() {
		if err != nil {
			t.Fatal(err)
		}
		if a.Line == 3 {
			break
		}
	}
}
