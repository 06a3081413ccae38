package node

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/akashi-project/akashi/record"
)

// watcher is a client that can look around while it is written to.
type watcher struct {
	memoryWriter
	look func()
}

func (w *watcher) Write(b []byte) (int, error) {
	w.look()
	return w.memoryWriter.Write(b)
}

// ask gives the handler a request and looks around while it answers.
func (r *rig) ask(ctx context.Context, method, path, body string, look func()) *watcher {
	r.t.Helper()
	w := &watcher{memoryWriter: memoryWriter{header: http.Header{}}, look: look}
	req, err := http.NewRequestWithContext(ctx, method, path, bytes.NewReader([]byte(body)))
	if err != nil {
		r.t.Fatal(err)
	}
	req.RemoteAddr = "192.0.2.1:99"
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	r.node.Handler().ServeHTTP(w, req)
	return w
}

// TestMemoryOfOpenRecords holds that open records on their way out have a
// bound of their own: one is read when there is room, the room is held until
// it is written, and writers do not share it.
func TestMemoryOfOpenRecords(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil).start()
	text := bytes.Repeat([]byte("open "), 100_000)
	path := "/v1/records/"
	kind := record.Document
	l, err := r.client.Submit(t.Context(), Submission{Record: text, Type: &kind, Open: true})
	if err != nil {
		t.Fatal(err)
	}
	path += l.CID
	all := r.node.sending.total
	free := func() bool {
		if !r.node.sending.free.TryAcquire(all - int64(len(text)) + 1) {
			return false
		}
		r.node.sending.free.Release(all - int64(len(text)) + 1)
		return true
	}
	held := false
	w := r.ask(t.Context(), http.MethodGet, path, "", func() { held = !free() })
	if w.code != 200 || !bytes.Equal(w.body.Bytes(), text) || !held || !free() {
		t.Fatalf("answered %d with %d bytes; its memory was counted: %t, given back: %t", w.code, w.body.Len(), held, free())
	}

	release, err := r.node.sending.take(t.Context(), all)
	if err != nil {
		t.Fatal(err)
	}
	impatient, cancel := context.WithCancel(t.Context())
	cancel()
	w = r.ask(impatient, http.MethodGet, path, "", func() {})
	if w.code != http.StatusServiceUnavailable {
		t.Errorf("without room, answered %d", w.code)
	}
	if w := r.ask(impatient, http.MethodGet, "/v1/records/"+record.CIDOf(record.Digest{1}).String(), "", func() {}); w.code == http.StatusOK {
		t.Errorf("nothing was answered with %d", w.code)
	}
	r.submit(badge("https://a.example", 1), "")
	release()
	if w := r.ask(t.Context(), http.MethodGet, path, "", func() {}); w.code != 200 {
		t.Errorf("with room again, answered %d", w.code)
	}
}

// TestTypeOfForm holds the test by bytes against what record.Parse says.
func TestTypeOfForm(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "testdata", "records", "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	inputs := [][]byte{[]byte(" \n{}"), []byte("a"), []byte("."), []byte(".."), []byte("..."), []byte("a..b"), []byte("a.b"), []byte("1.2.3"), []byte("[]"), []byte("a.b.c\n"), []byte("a b.c.d")}
	for _, f := range files {
		if b, err := os.ReadFile(f); err == nil {
			inputs = append(inputs, b, bytes.TrimSpace(b))
		}
	}
	seen := map[record.Form]int{}
	for _, b := range inputs {
		rec, err := record.Parse(b)
		if err != nil {
			continue // was never stored
		}
		want := map[record.Form]string{record.JSON: "application/json", record.JWS: "application/jwt", record.Bytes: "application/octet-stream"}[rec.Form()]
		seen[rec.Form()]++
		if got := typeOfForm(b); got != want {
			t.Errorf("%.40q: %s, want %s", b, got, want)
		}
	}
	if len(seen) != 3 {
		t.Errorf("tried %v only", seen)
	}
}

// TestProvingIsShared holds that what takes processor time waits for leave,
// and that who reads the answer slowly keeps none of it from others.
func TestProvingIsShared(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil).start()
	l := r.submit(fmt.Appendf(nil, `{"type":"Review","issuer":%q}`, r.made.Issuer), StateFinal)
	row, err := r.client.Anchors(t.Context(), 0, 1)
	if err != nil || len(row.Anchors) == 0 {
		t.Fatalf("%+v, %v", row, err)
	}
	for _, c := range []struct{ method, path, body string }{
		{http.MethodPost, "/v1/evidence", fmt.Sprintf(`{"cid":%q}`, l.CID)},
		{http.MethodGet, "/v1/anchors", ""},
		{http.MethodGet, fmt.Sprintf("/v1/anchors/%d", row.Anchors[0].Size), ""},
	} {
		held := -1
		if w := r.ask(t.Context(), c.method, c.path, c.body, func() { held = len(r.node.proving) }); w.code != 200 || held != 0 {
			t.Errorf("%s: answered %d; %d leaves were held while it was written", c.path, w.code, held)
		}
		for range cap(r.node.proving) {
			r.node.proving <- struct{}{}
		}
		impatient, cancel := context.WithCancel(t.Context())
		cancel()
		if w := r.ask(impatient, c.method, c.path, c.body, func() {}); w.code != http.StatusServiceUnavailable {
			t.Errorf("%s: answered %d without leave", c.path, w.code)
		}
		for range cap(r.node.proving) {
			<-r.node.proving
		}
	}
}
