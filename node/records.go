package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/store"
)

// How long a POST /v1/records may wait for its anchor.
const (
	defaultWait = 60 * time.Second
	maxWait     = 5 * time.Minute
)

// mediaForms lists the media types of records and which form their bytes
// must have; any of them for 0. A file of a type that is not listed is sent
// as application/octet-stream. An image may have a badge baked in, and then
// its record has the badge's form.
var mediaForms = map[string]record.Form{
	"application/json":         record.JSON,
	"application/ld+json":      record.JSON,
	"application/vc":           record.JSON,
	"application/vc+ld+json":   record.JSON,
	"application/jwt":          record.JWS,
	"application/vc+jwt":       record.JWS,
	"application/jose":         record.JWS,
	"text/plain":               record.JWS,
	"application/pdf":          record.Bytes,
	"application/zip":          record.Bytes,
	"image/png":                record.Bytes,
	"image/jpeg":               record.Bytes,
	"image/svg+xml":            record.Bytes,
	"application/octet-stream": 0,
}

// submission is what a POST /v1/records asks for.
type submission struct {
	form     record.Form // that the bytes must have; 0 is any
	media    string
	kind     *record.Type // as declared
	open     *bool
	force    bool // log a badge as the document that kind says it is
	wait     string
	duration time.Duration
}

func readSubmission(r *http.Request) (submission, error) {
	var s submission
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	form, known := mediaForms[media]
	if err != nil || !known {
		var list []string
		for m := range mediaForms {
			list = append(list, m)
		}
		slices.Sort(list)
		return s, refuse(kindMediaType, "Name the record's form in Content-Type, one of "+strings.Join(list, ", "))
	}
	if c, ok := params["charset"]; ok && !strings.EqualFold(c, "utf-8") {
		return s, refuse(kindMediaType, "Records are UTF-8; leave charset out")
	}
	if err := plainEncoding(r); err != nil {
		return s, err
	}
	s.media, s.form = media, form
	q, err := readQuery(r, "type", "open", "force", "wait", "timeout")
	if err != nil {
		return s, err
	}
	if name, ok := q["type"]; ok {
		t, err := record.ParseType(name)
		if err != nil {
			return s, refuse(kindBadRequest, "The parameter type is badge, course-qa or document")
		}
		s.kind = &t
	}
	if text, ok := q["open"]; ok {
		if text != "true" && text != "false" {
			return s, refuse(kindBadRequest, "The parameter open is true or false")
		}
		open := text == "true"
		s.open = &open
	}
	if text, ok := q["force"]; ok {
		if text != "true" && text != "false" {
			return s, refuse(kindBadRequest, "The parameter force is true or false")
		}
		s.force = text == "true"
	}
	s.wait, s.duration, err = readWait(q)
	return s, err
}

// readWait reads the parameters wait and timeout.
func readWait(q map[string]string) (wait string, d time.Duration, err error) {
	wait, d = StateLogged, defaultWait
	if text, ok := q["wait"]; ok {
		if !slices.Contains([]string{StateLogged, StateAnchored, StateFinal}, text) {
			return "", 0, refuse(kindBadRequest, "The parameter wait is logged, anchored or final")
		}
		wait = text
	}
	if text, ok := q["timeout"]; ok {
		if d, err = time.ParseDuration(text); err != nil || d <= 0 || d > maxWait {
			return "", 0, refuse(kindBadRequest, fmt.Sprintf("The parameter timeout is a duration above 0 and at most %s, such as 30s", maxWait))
		}
	}
	return wait, d, nil
}

// formOf words the form of a record.
func formOf(rec record.Record) string {
	if rec.Baked() {
		return "image with a badge"
	}
	return rec.Form().String()
}

// decide settles type and disclosure of a record.
func (s submission) decide(rec record.Record) (record.Type, bool, error) {
	if image := strings.HasPrefix(s.media, "image/"); s.form != 0 && (rec.Baked() && !image || !rec.Baked() && rec.Form() != s.form) {
		return 0, false, refuse(kindMediaType, fmt.Sprintf("The body has the form %s, which is not %s; send another kind of file as application/octet-stream", formOf(rec), s.media))
	}
	t := rec.InferType()
	if s.kind != nil {
		t = *s.kind
	}
	if err := rec.CheckType(t); err != nil {
		return 0, false, &httpError{kind: kindRecord, detail: err.Error() + "; give the right type, or type=document for bytes of any kind"}
	}
	open := t == record.CourseQA
	if s.open != nil {
		open = *s.open
	}
	if err := disclosure(t, open); err != nil {
		return 0, false, err
	}
	badge := rec.InferType() == record.Badge
	switch {
	case open && badge:
		// A type given by mistake must not publish what is about a learner.
		return 0, false, refuse(kindRecord, "These bytes are a badge's, which is about a learner: under no type are they published; leave type out")
	case t == record.Document && badge && !s.force:
		// The identity of a record is (type, digest), and a verifier reads the
		// bytes of a badge as a badge: evidence of the document would be of
		// another record, and say nothing of this one. Whoever notices that
		// years later has no badge in the log. So what is most likely a slip
		// is refused, and what is meant can be said: a JWS that signs no
		// badge, or a badge kept as a mere file.
		return 0, false, refuse(kindRecord, "These bytes are a badge's, and no evidence of a document proves a badge: leave type out, or say that a mere file is meant (force=true, --force on the command line)")
	}
	return t, open, nil
}

// disclosure holds the rules on what is published.
func disclosure(t record.Type, open bool) error {
	switch {
	case t == record.Badge && open:
		return refuse(kindRecord, "A badge is about a learner and is never published: leave open out")
	case t == record.CourseQA && !open:
		return refuse(kindRecord, "A course-qa record is always published: leave open out")
	}
	return nil
}

// postRecord logs a record. The answer means that it survives power loss.
func (n *Node) postRecord(w http.ResponseWriter, r *http.Request) error {
	if err := n.authorize(r, ScopeSubmit); err != nil {
		return err
	}
	if err := n.writable(); err != nil {
		return err
	}
	s, err := readSubmission(r)
	if err != nil {
		return err
	}
	rec, release, err := n.readRecord(w, r)
	if err != nil {
		return err
	}
	defer release()
	t, open, err := s.decide(rec)
	if err != nil {
		return err
	}
	logged, err := n.store.Append(r.Context(), store.Submission{Type: t, Record: rec, Digest: rec.Digest(), Open: open})
	if err != nil {
		return err
	}
	release()
	if !logged.Duplicate {
		n.grew()
	}
	out := Logged{Index: logged.Index, Type: t, Duplicate: logged.Duplicate}
	if out.CID, out.Commitment = names(logged.Entry); out.CID != "" {
		w.Header().Set("Location", "/v1/records/"+out.CID)
	}
	status := http.StatusCreated
	if logged.Duplicate {
		status = http.StatusOK
	}
	var reached bool
	out.State, reached = n.await(w, r, logged.Index, s.wait, s.duration)
	if !reached {
		status = http.StatusAccepted
	}
	return answerJSON(w, status, out)
}

// names gives what an entry shows of its record: a CID or a commitment.
func names(e record.Entry) (string, *record.Commitment) {
	if e.Kind == record.Open {
		return record.CIDOf(e.Digest).String(), nil
	}
	return "", &e.Commitment
}

// readRecord reads and parses the body within the node's memory for bodies.
// release gives that memory back; it may be called twice.
func (n *Node) readRecord(w http.ResponseWriter, r *http.Request) (rec record.Record, release func(), err error) {
	size := r.ContentLength
	if size > record.MaxSize {
		return rec, nil, &httpError{kind: kindTooLarge, detail: sizeText(record.MaxSize)}
	}
	if size < 0 {
		size = record.MaxSize
	}
	// Three copies at most: the bytes read, the original and the canonical.
	release, err = n.bodies.take(r.Context(), 3*size)
	if err != nil {
		return rec, nil, err
	}
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, record.MaxSize))
	if err == nil {
		rec, err = record.Parse(b)
	} else {
		err = bodyError(err)
	}
	if err != nil {
		release()
		return rec, nil, err
	}
	return rec, release, nil
}

// await waits until the entry at index has come as far as wanted, and says
// how far it is. It ends early when the client leaves or the node stops.
func (n *Node) await(w http.ResponseWriter, r *http.Request, index uint64, wanted string, d time.Duration) (string, bool) {
	reached := func(state string) bool {
		return wanted == StateLogged || state == wanted || state == StateFinal
	}
	state, changed := n.progress.of(index)
	if reached(state) {
		return state, true
	}
	// The server's limit on writing an answer begins with the request, so it
	// is for answers that do not wait. A connection that takes no deadline is
	// under no such limit.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(d + writeTimeout))
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		select {
		case <-changed:
		case <-timer.C:
			return state, false
		case <-n.stopping:
			return state, false
		case <-r.Context().Done():
			return state, false
		}
		if state, changed = n.progress.of(index); reached(state) {
			return state, true
		}
	}
}

// getRecord gives an open record as it was submitted.
func (n *Node) getRecord(w http.ResponseWriter, r *http.Request) error {
	if _, err := readQuery(r); err != nil {
		return err
	}
	digest, err := record.ParseCID(r.PathValue("cid"))
	if err != nil {
		return refuse(kindNotFound, "The last part of the path is no CID of a record: CIDv1, raw, sha2-256, in base32")
	}
	// A CID can be made of a guess. Guesses that hit nothing count like
	// requests for evidence; reading what is published is not counted.
	from := clientAddress(r, n.config.HTTP.ClientIPHeader)
	token, err := n.bearer(r)
	trusted := err == nil && token.Allows(ScopeRead)
	if !trusted && n.limiter.spent(from) {
		return tooMany(n.config.HTTP.EvidencePerMinute, "Without a token that has the scope read %d records that are not here may be asked for in a minute")
	}
	index, err := n.openRecord(r.Context(), digest)
	if err != nil {
		if !trusted {
			n.limiter.charge(from)
		}
		return err
	}
	// The small row says how much memory the record takes, before it does.
	id, err := n.store.Identity(index)
	if errors.Is(err, store.ErrForgotten) || err == nil && id.Size == 0 {
		return refuse(kindNotFound, noOpenRecord)
	}
	if err != nil {
		return err
	}
	release, err := n.sending.take(r.Context(), id.Size)
	if err != nil {
		return err
	}
	defer release()
	p, err := n.store.Private(index)
	if errors.Is(err, store.ErrForgotten) {
		return refuse(kindNotFound, noOpenRecord)
	}
	if err != nil {
		return err
	}
	b := p.Original
	contentType := typeOfForm(b)
	// A stranger's bytes under our name must not run in a browser.
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Content-Disposition", "attachment")
	return answer(w, http.StatusOK, contentType, "public, max-age=86400", b)
}

// typeOfForm is the media type of a record's form. The bytes passed
// record.Parse once, so how they begin, and what they are made of, decides:
// parsing again would take many times the record's memory.
func typeOfForm(b []byte) string {
	if bytes.HasPrefix(bytes.TrimLeft(b, " \t\r\n"), []byte("{")) {
		return "application/json"
	}
	dots := 0
	for _, c := range b {
		switch {
		case c == '.':
			dots++
		case 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '-', c == '_':
		default:
			return "application/octet-stream"
		}
	}
	// Three segments, none of them empty (RFC 7515, section 7.1).
	if dots == 2 && b[0] != '.' && b[len(b)-1] != '.' && !bytes.Contains(b, []byte("..")) {
		return "application/jwt"
	}
	return "application/octet-stream"
}

const noOpenRecord = "No open record with this CID is here; a forgotten one is gone"

// openRecord finds the entry of an open record. A sealed or forgotten one
// with the same digest gets the answer of one that was never here, after the
// same time.
func (n *Node) openRecord(ctx context.Context, digest record.Digest) (uint64, error) {
	missed := n.missing(ctx, noOpenRecord)
	for _, t := range []record.Type{record.CourseQA, record.Document} {
		index, err := n.store.ByDigest(t, digest)
		if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrForgotten) {
			continue
		}
		if err != nil {
			return 0, err
		}
		e, err := n.store.Entry(index)
		if err != nil {
			return 0, err
		}
		if e.Kind == record.Open {
			return index, nil
		}
	}
	return 0, missed()
}
