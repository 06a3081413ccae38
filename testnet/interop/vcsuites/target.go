package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"

	"github.com/akashi-project/akashi/testnet/interop/live"
)

// A target is a running node as the suites see it.
type target struct {
	url    string // of the proxy, without a slash at the end
	issuer string // id of the node's issuer

	node  *live.Node
	proxy *http.Server
	done  chan error // what ended the proxy
}

// examples is the context that the suites' credentials use beside those of the
// standards. It gives every word a meaning, so that a node that is in use should
// not know it.
const (
	examplesURL = "https://www.w3.org/ns/credentials/examples/v2"
	examples    = "{\n  \"@context\": {\n    \"@vocab\": \"https://www.w3.org/ns/credentials/examples#\"\n  }\n}\n"
)

// start runs a node that signs credentials and knows the context of the
// examples, in a folder, and the proxy before it.
func start(ctx context.Context, dir string) (*target, error) {
	contexts, err := writeContext(dir)
	if err != nil {
		return nil, err
	}
	n, err := live.Start(ctx, dir,
		"badges.key_file="+filepath.Join(dir, "uni", "secrets", "issuer.key"),
		contexts,
		"http.requests_per_minute=100000")
	if err != nil {
		return nil, err
	}
	t := &target{issuer: n.Issuer, node: n, done: make(chan error, 1)}
	to, err := url.Parse(n.URL)
	if err != nil {
		return nil, errors.Join(err, n.Stop())
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, n.Stop())
	}
	t.url = "http://" + l.Addr().String()
	t.proxy = &http.Server{Handler: &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Header.Set("Authorization", "Bearer "+n.Token)
	}}}
	go func() { t.done <- t.proxy.Serve(l) }()
	return t, nil
}

// writeContext writes the context of the examples and gives the setting that
// pins it.
func writeContext(dir string) (setting string, err error) {
	path := filepath.Join(dir, "examples-v2.jsonld")
	return fmt.Sprintf("badges.contexts=%x:%s:%s", sha256.Sum256([]byte(examples)), path, examplesURL), os.WriteFile(path, []byte(examples), 0o644)
}

// stop ends the proxy, the node and the chain.
func (t *target) stop() error {
	err := t.proxy.Close()
	if served := <-t.done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return errors.Join(err, t.node.Stop())
}
