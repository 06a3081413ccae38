// Command browser opens the verifier in a real browser: a page on a loopback
// server, under the strictest Content-Security-Policy that docs/wasm.md gives,
// judges golden evidence offline, and a badge of a university on an embedded
// chain online, and checks badges by themselves. It ends with 0 when every
// verdict is right.
//
//	browser [--chromium PATH] FOLDER     the folder is what `make wasm` makes
package main

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"time"

	"github.com/akashi-project/akashi/node"
	"github.com/akashi-project/akashi/testnet"
	"github.com/akashi-project/akashi/testnet/network"
)

// policy is the Content-Security-Policy of the page, that of docs/wasm.md.
const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"

// patience is how long the whole may take.
const patience = 5 * time.Minute

//go:embed page
var page embed.FS

// A result is what the page reports.
type result struct {
	Verdicts map[string]string
	MS       map[string]float64
	Leaked   []string // names that were not on the global object before
	Error    string
}

// want are the verdicts that the page must come to.
var want = map[string]string{
	"offline":         "verified",
	"changed":         "refuted",
	"warm":            "verified",
	"online":          "verified",
	"without a chain": "could-not-tell",

	"a badge":              "verified",
	"a changed badge":      "refuted",
	"a hosted badge":       "could-not-tell",
	"a hosted badge again": "verified",
}

func main() {
	chromium := flag.String("chromium", "chromium", "the browser")
	golden := flag.String("golden", "testdata/golden/v1/evidence/verified", "a case of golden evidence")
	badges := flag.String("badges", "testdata/badges", "badges to check by themselves")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "browser: want the folder that `make wasm` makes")
		os.Exit(64)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := run(ctx, *chromium, flag.Arg(0), *golden, *badges); err != nil {
		fmt.Fprintln(os.Stderr, "browser:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, chromium, wasm, golden, badges string) (err error) {
	dir, err := os.MkdirTemp("", "akashi-browser")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	n, err := network.Start(ctx, network.Options{Dir: dir + "/net", Nodes: 1, Chain: testnet.Fast()})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Stop()) }()
	live, err := badge(ctx, n)
	if err != nil {
		return err
	}
	results := make(chan result, 1)
	handler, err := serve(wasm, golden, badges, live, n.Chain.RPC(), results)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 2 * time.Minute}
	go server.Serve(l)
	defer server.Close()

	browsing, stop := context.WithCancel(ctx)
	defer stop()
	// Without a network, what Chromium asks of its own accord would fail many
	// times at once; as root it does not start with its sandbox.
	cmd := exec.CommandContext(browsing, chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
		"--user-data-dir="+dir+"/profile", "--remote-debugging-port=0", "http://"+l.Addr().String()+"/")
	log, err := os.Create(dir + "/chromium.log")
	if err != nil {
		return err
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	defer func() {
		stop()
		<-ended
	}()
	select {
	case r := <-results:
		return judge(r)
	case err := <-ended:
		ended <- err
		text, _ := os.ReadFile(log.Name())
		return fmt.Errorf("%s ended before the page had a result: %v\n%.4000s", chromium, err, text)
	case <-ctx.Done():
		text, _ := os.ReadFile(log.Name())
		return fmt.Errorf("no result within %v\n%.4000s", patience, text)
	}
}

// badge logs a badge at the network's university and waits until it is final.
// It returns the files that the page presents.
func badge(ctx context.Context, n *network.Network) (map[string][]byte, error) {
	u := n.Universities[0]
	record := fmt.Appendf(nil, `{"type":["VerifiableCredential","OpenBadgeCredential"],"issuer":%q}`, u.Issuer())
	logged, err := u.Client.Submit(ctx, node.Submission{Record: record, Wait: node.StateFinal, Timeout: 2 * time.Minute})
	if err != nil {
		return nil, err
	}
	evidence, _, err := u.Client.Evidence(ctx, node.EvidenceQuery{Index: &logged.Index})
	if err != nil {
		return nil, err
	}
	policy, err := json.Marshal(n.Policy)
	return map[string][]byte{"record": record, "evidence.json": evidence, "policy.json": policy}, err
}

func serve(wasm, golden, badges string, live map[string][]byte, rpc string, results chan<- result) (http.Handler, error) {
	chain, err := url.Parse(rpc)
	if err != nil {
		return nil, err
	}
	files, err := fs.Sub(page, "page")
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(files))
	mux.Handle("GET /wasm/", http.StripPrefix("/wasm/", http.FileServer(http.Dir(wasm))))
	mux.Handle("GET /golden/", http.StripPrefix("/golden/", http.FileServer(http.Dir(golden))))
	mux.Handle("GET /badges/", http.StripPrefix("/badges/", http.FileServer(http.Dir(badges))))
	mux.HandleFunc("GET /live/{name}", func(w http.ResponseWriter, r *http.Request) { w.Write(live[r.PathValue("name")]) })
	// The page asks its own origin about the chain, as one behind a proxy does.
	mux.Handle("POST /rpc", &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.Out.URL.Scheme, r.Out.URL.Host, r.Out.URL.Path, r.Out.Host = chain.Scheme, chain.Host, chain.Path, chain.Host
		r.Out.Header.Del("Origin")
	}})
	mux.HandleFunc("POST /result", func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		var got result
		if err == nil {
			err = json.Unmarshal(b, &got)
		}
		if err != nil {
			got.Error = err.Error()
		}
		results <- got
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		mux.ServeHTTP(w, r)
	}), nil
}

func judge(r result) error {
	if r.Error != "" {
		return fmt.Errorf("in the page: %s", r.Error)
	}
	if !maps.Equal(r.Verdicts, want) {
		return fmt.Errorf("the page came to %v, want %v", r.Verdicts, want)
	}
	if len(r.Leaked) > 0 {
		return fmt.Errorf("names left on the page's global object: %v", r.Leaked)
	}
	fmt.Printf("verdicts %v\n", r.Verdicts)
	fmt.Printf("start %.0f ms, first check %.0f ms, later ones %.1f ms, online %.0f ms\n", r.MS["start"], r.MS["offline"], r.MS["warm"], r.MS["online"])
	return nil
}
