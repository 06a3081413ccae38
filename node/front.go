package node

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzhttp"
	"github.com/rs/cors"
)

// What stands between the connection and the handlers: which pages may read,
// what is compressed, and what a stranger may ask for in a minute.

// crossOrigin lets pages of every origin read what every stranger may read
// (https://fetch.spec.whatwg.org/#http-cors-protocol). They send no
// credentials: no cookies, since a node has none, and no token, since a page
// must not be given one. So a page can do nothing with the browser that it
// could not do by itself.
var crossOrigin = cors.New(cors.Options{
	AllowedOrigins: []string{"*"},
	AllowedMethods: []string{http.MethodGet, http.MethodHead, http.MethodPost},
	AllowedHeaders: []string{"Content-Type", "If-None-Match", "Last-Event-ID", "Cache-Control"},
	ExposedHeaders: []string{"ETag", "Retry-After", "X-Request-Id"},
	MaxAge:         86400,
})

// readableByPages reports whether a request is a read that strangers may make.
// Asking for evidence is one: what is asked for is in the body, to keep it out
// of URLs.
func readableByPages(method, path string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodPost && path == "/v1/evidence"
}

// forPages adds the headers of CORS to reads, and answers the question that
// browsers ask before some of them.
func forPages(h http.Handler) http.Handler {
	open := crossOrigin.Handler(h)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		method := r.Method
		if wanted := r.Header.Get("Access-Control-Request-Method"); method == http.MethodOptions && wanted != "" {
			method = wanted
		}
		if readableByPages(method, r.URL.Path) {
			open.ServeHTTP(w, r)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// compressed lists the routes whose answers are compressed for those who take
// it. Beside them are
//
//   - tiles of hashes: random bytes, which gzip makes longer;
//   - the checkpoint and small answers, which it does not make shorter;
//   - answers to holders of a token, and evidence: they hold salts and
//     digests. An attack such as BREACH (https://www.breachattack.com) needs an
//     answer with a secret and with text of the attacker's choice, asked for
//     with the victim's rights. Evidence repeats nothing of what was asked, and
//     no page can ask with a token. But binding and origin in it are text of
//     others, later releases may add more, and the length of an encrypted
//     answer must never be what a salt hangs on: so none of them is compressed;
//   - batches, whose answers are hashes and have to go out at once, and events.
var compressed = []string{
	"GET /tile/{path...}", "GET /v1/records/{cid}", "GET /v1/anchors", "GET /v1/anchors/{size}", "GET /v1/log",
	"GET /v1/binding", "GET /.well-known/akashi.json", "GET /openapi.yaml",
}

// minCompressed is the smallest answer that is compressed: below it the saving
// is less than a packet.
const minCompressed = 1024

var compress = func() func(http.Handler) http.HandlerFunc {
	// It fails for options that contradict each other only.
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(minCompressed), gzhttp.ContentTypes([]string{
		"application/octet-stream", "application/json", "application/jwt", "application/yaml", "text/plain",
	}))
	if err != nil {
		panic(err)
	}
	return wrap
}()

// asItIs keeps an answer of a compressed route from being compressed.
func asItIs(w http.ResponseWriter) { w.Header().Set(gzhttp.HeaderNoCompression, "1") }

// unlimited lists the routes that a stranger may ask as often as he likes:
// monitors and balancers do, from one address, and the answer costs nothing.
var unlimited = []string{"GET /healthz", "GET /readyz"}

// admit counts a request of somebody who shows no token that counts.
func (n *Node) admit(pattern string, r *http.Request) error {
	if slices.Contains(unlimited, pattern) {
		return nil
	}
	if r.Header.Get("Authorization") != "" {
		if _, err := n.bearer(r); err == nil {
			return nil
		}
	}
	if n.reads.allow(clientAddress(r, n.config.HTTP.ClientIPHeader)) {
		return nil
	}
	return tooMany(n.config.HTTP.RequestsPerMinute, "Without a token %d requests a minute are answered")
}

// answerTagged answers with an entity tag, or with 304 when the client has
// these bytes already (RFC 9110, section 13.1.2). The tag is weak: the same
// answer may be compressed or not.
func answerTagged(w http.ResponseWriter, r *http.Request, contentType, cache string, b []byte) error {
	sum := sha256.Sum256(b)
	tag := `W/"` + hex.EncodeToString(sum[:16]) + `"`
	w.Header().Set("ETag", tag)
	for _, known := range strings.Split(strings.Join(r.Header.Values("If-None-Match"), ","), ",") {
		known = strings.TrimSpace(known)
		if known == "*" || strings.TrimPrefix(known, "W/") == tag[2:] {
			w.Header().Set("Cache-Control", cache)
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	return answer(w, http.StatusOK, contentType, cache, b)
}

// openAPI describes every path, parameter, answer and problem of the node.
//
//go:embed openapi.yaml
var openAPI []byte

// getOpenAPI gives the description of this interface.
func (n *Node) getOpenAPI(w http.ResponseWriter, r *http.Request) error {
	if _, err := readQuery(r); err != nil {
		return err
	}
	return answerTagged(w, r, "application/yaml", cacheNo, openAPI)
}
