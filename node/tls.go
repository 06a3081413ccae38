package node

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"
)

// A certificate is the one of two files that the node shows, read again when
// one of them changes. Each handshake looks whether they have, which is two
// stats. While what is there now cannot be used, as between the writing of the
// two files, the certificate read before goes on being shown.
type certificate struct {
	certFile, keyFile string
	log               *slog.Logger

	mu   sync.Mutex // guards the rest
	seen [2]fileState
	now  *tls.Certificate
	err  error // why the files as they are now are not what is shown
}

// fileState tells a file that was changed from one that was not.
type fileState struct {
	size int64
	time time.Time
	info os.FileInfo
}

func stateOfFile(path string) fileState {
	info, err := os.Stat(path)
	if err != nil {
		return fileState{}
	}
	return fileState{info.Size(), info.ModTime(), info}
}

func (s fileState) same(t fileState) bool {
	if s.info == nil || t.info == nil {
		return s.info == nil && t.info == nil
	}
	return s.size == t.size && s.time.Equal(t.time) && os.SameFile(s.info, t.info)
}

// openCertificate reads the files for the first time.
func openCertificate(certFile, keyFile string, log *slog.Logger) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, log: log}
	c.refresh(context.Background())
	return c, c.err
}

// refresh reads the files again when one has changed; mu is held, or nobody
// else has c yet.
func (c *certificate) refresh(ctx context.Context) {
	seen := [2]fileState{stateOfFile(c.certFile), stateOfFile(c.keyFile)}
	if c.now != nil && seen[0].same(c.seen[0]) && seen[1].same(c.seen[1]) {
		return
	}
	c.seen = seen
	fresh, err := readCertificate(c.certFile, c.keyFile)
	if err != nil {
		if c.now != nil && (c.err == nil || c.err.Error() != err.Error()) {
			c.log.ErrorContext(ctx, "certificate refused, the one read before is shown", "err", err)
		}
		c.err = err
		return
	}
	if c.now != nil {
		c.log.InfoContext(ctx, "certificate read again", "not_after", fresh.Leaf.NotAfter)
	}
	c.now, c.err = fresh, nil
}

// readCertificate reads a pair of files in PEM: a chain that begins with the
// node's own certificate, and its key.
func readCertificate(certFile, keyFile string) (*tls.Certificate, error) {
	key, err := readSecret(keyFile)
	if err != nil {
		return nil, fmt.Errorf("http.tls_key_file: %w", err)
	}
	chain, err := readSmall(certFile)
	if err != nil {
		return nil, fmt.Errorf("http.tls_cert_file: %w", err)
	}
	pair, err := tls.X509KeyPair(chain, key)
	if err != nil {
		return nil, fmt.Errorf("http.tls_cert_file %s with http.tls_key_file %s: %w", certFile, keyFile, err)
	}
	return &pair, nil // X509KeyPair fills in Leaf
}

// get gives the certificate for a handshake.
func (c *certificate) get(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refresh(hello.Context())
	return c.now, nil
}

// leaf is the node's own certificate as it is shown now.
func (c *certificate) leaf() *x509.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now.Leaf
}

// config is what a listener serves TLS by. What it leaves open is Go's default:
// key exchanges and ciphers that are sound today, the post-quantum one first.
func (c *certificate) config() *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"h2", "http/1.1"},
		GetCertificate: c.get,
	}
}

// PinnedHTTP is a client for a node on this machine: it takes the certificate
// of certFile, and no other, under whatever name the node is reached, since
// certificates are made for the name that others use.
func PinnedHTTP(certFile string) (*http.Client, error) {
	b, err := readSmall(certFile)
	if err != nil {
		return nil, fmt.Errorf("http.tls_cert_file: %w", err)
	}
	block, _ := pem.Decode(b)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, fmt.Errorf("http.tls_cert_file: %s does not begin with a certificate in PEM", certFile)
	}
	transport := clientHTTP.Transport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: true, // VerifyConnection does it instead
		VerifyConnection: func(s tls.ConnectionState) error {
			if len(s.PeerCertificates) == 0 || !bytes.Equal(s.PeerCertificates[0].Raw, block.Bytes) {
				return errOtherCertificate
			}
			return nil
		},
	}
	client := *clientHTTP
	client.Transport = transport
	return &client, nil
}

// errOtherCertificate says that what answers is not the node with that file.
var errOtherCertificate = errors.New("it shows another certificate than that of http.tls_cert_file; if the file is new, the node may not have taken it: see its log")
