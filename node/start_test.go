package node

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/store"
	"github.com/akashi-project/akashi/testnet"
)

// TestStartErrors spoils one thing of a good directory at a time. Each must
// be an error of New or Run that names the place, and must leave nothing
// locked: the same directory, put right, starts.
func TestStartErrors(t *testing.T) {
	t.Parallel()
	fault := faulty(t)
	r := newRig(t, fault.URL(), nil)
	// The store must be there to be spoiled.
	n, err := New(r.config)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	held, err := New(r.config)
	if err != nil {
		t.Fatal(err)
	}
	_, err = New(r.config)
	if !errors.Is(err, store.ErrLocked) {
		t.Fatalf("a second node on one store: %v", err)
	}
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
	other := newRig(t, fault.URL(), func(o *InitOptions) { o.Origin = "other.example" })
	listener, err := New(other.config) // takes a port
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	busy := listener.Addr().String()

	spoil := func(name, text string) func(*testing.T, *Config) {
		return func(t *testing.T, _ *Config) {
			path := filepath.Join(r.dir, name)
			old, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			writeFile(t, path, text)
			t.Cleanup(func() { writeFile(t, path, string(old)) })
		}
	}
	stranger := mustAddress("0x00112233445566778899aabbccddeeff00112233")
	for _, c := range []struct {
		name  string
		spoil func(*testing.T, *Config)
		is    error
		want  string
	}{
		{"configuration", func(t *testing.T, c *Config) { c.Chain.ID = 0 }, nil, "chain.id"},
		{"passphrase", spoil(operatorPassFile, "wrong\n"), anchor.ErrWrongPassphrase, "operator.pass"},
		{"operator key", spoil(operatorKeyFile, "{}"), anchor.ErrKeyFile, "operator.json"},
		{"checkpoint key", spoil(checkpointKeyFile, "PRIVATE+KEY+x"), checkpoint.ErrSignerKey, "checkpoint.key"},
		{"checkpoint key of another log", func(t *testing.T, c *Config) {
			c.Log.CheckpointKeyFile = other.config.Log.CheckpointKeyFile
		}, nil, "log.keys"},
		{"checkpoint key for all to read", func(t *testing.T, c *Config) {
			path := filepath.Join(r.dir, checkpointKeyFile)
			if err := os.Chmod(path, 0o644); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { os.Chmod(path, 0o600) })
		}, nil, "chmod 600"},
		{"no checkpoint key", func(t *testing.T, c *Config) { c.Log.CheckpointKeyFile += "x" }, os.ErrNotExist, "log.checkpoint_key_file"},
		{"secret of another store", func(t *testing.T, c *Config) { c.Store.SecretFile = other.config.Store.SecretFile }, store.ErrSecret, "store.secret_file"},
		{"secret too short", spoil(nodeSecretFile, "00ff\n"), nil, "32 bytes"},
		{"tokens", spoil(tokensFile, "hello\n"), nil, "line 1"},
		{"binding of another log", func(t *testing.T, c *Config) { c.Issuer.BindingFile = other.config.Issuer.BindingFile }, nil, "does not name this log"},
		{"binding", spoil(BindingFile, `{"type":"LogBinding"}`), nil, "issuer.binding_file"},
		{"opening of another log", func(t *testing.T, c *Config) { c.Log.OpenFile = other.config.Log.OpenFile }, anchor.ErrOpening, "opening"},
		{"opening", spoil(OpenFile, "[]"), anchor.ErrOpening, "log.open_file"},
		{"store is a file", func(t *testing.T, c *Config) { c.Store.Dir = c.Store.SecretFile }, nil, "node.secret"},
		{"store of a newer version", func(t *testing.T, c *Config) {
			path := filepath.Join(c.Store.Dir, "log.db")
			old, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { writeFile(t, path, string(old)) })
			db, err := bbolt.Open(path, 0o600, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if err := db.Update(func(tx *bbolt.Tx) error {
				return tx.Bucket([]byte("meta")).Put([]byte("format"), []byte{0, 0, 0, 99})
			}); err != nil {
				t.Fatal(err)
			}
		}, store.ErrNewer, "99"},
		{"port in use", func(t *testing.T, c *Config) { c.HTTP.Listen = busy }, ErrPortInUse, busy},
		{"wrong chain", func(t *testing.T, c *Config) {
			if err := fault.Set(testnet.Faults{ChainID: 5}); err != nil {
				t.Fatal(err)
			}
		}, anchor.ErrWrongChain, "chain 5"},
		{"no registry", func(t *testing.T, c *Config) {
			c.Chain.Registry = stranger
			c.Log.OpenFile, c.Issuer.BindingFile = "", ""
		}, anchor.ErrNoRegistry, stranger.String()},
		{"other code", func(t *testing.T, c *Config) {
			if err := fault.Set(testnet.Faults{LieState: true}); err != nil {
				t.Fatal(err)
			}
		}, anchor.ErrOtherCode, r.config.Chain.Registry.String()},
	} {
		t.Run(c.name, func(t *testing.T) {
			defer fault.Set(testnet.Faults{})
			good := r.config
			defer func() { r.config = good }()
			c.spoil(t, &r.config)
			err := r.ends()
			if err == nil || !strings.Contains(err.Error(), c.want) || c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("got %v, want %v and the words %q", err, c.is, c.want)
			}
		})
	}
	n, err = New(r.config)
	if err != nil {
		t.Fatalf("put right, it does not start: %v", err)
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
}
