package anchor_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/testnet"
	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/crypto"
)

// write makes a file of that mode.
func write(t *testing.T, path, content string, mode fs.FileMode) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestKeystore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pass := write(t, filepath.Join(dir, "pass"), "correct horse\n", 0o600)
	key, err := anchor.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "key.json")
	if err := anchor.WriteKey(path, pass, key, anchor.LightScrypt); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v", info.Mode(), err)
	}
	back, err := anchor.LoadKey(path, pass)
	if err != nil || back.Address() != key.Address() {
		t.Fatalf("%v, %v", back, err)
	}
	// Others read it, and we read theirs.
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := keystore.DecryptKey(text, "correct horse")
	if err != nil || theirs.Address.Hex() != key.Address().Checksum() {
		t.Fatalf("%v", err)
	}
	if err := anchor.WriteKey(path, pass, key, anchor.LightScrypt); err == nil || !strings.Contains(err.Error(), path) {
		t.Fatalf("a key was overwritten: %v", err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 2 {
		t.Fatalf("left behind: %v", entries)
	}

	edit := func(name string, f func(map[string]any)) string {
		var m map[string]any
		if err := json.Unmarshal(text, &m); err != nil {
			t.Fatal(err)
		}
		f(m)
		out, _ := json.Marshal(m)
		return write(t, filepath.Join(dir, name), string(out), 0o600)
	}
	kdf := func(m map[string]any) map[string]any {
		return m["crypto"].(map[string]any)["kdfparams"].(map[string]any)
	}
	for _, c := range []struct {
		name, key, pass string
		want            error
	}{
		{"wrong passphrase", path, write(t, filepath.Join(dir, "wrong"), "wrong", 0o600), anchor.ErrWrongPassphrase},
		{"no key file", filepath.Join(dir, "none"), pass, fs.ErrNotExist},
		{"no passphrase file", path, filepath.Join(dir, "none"), fs.ErrNotExist},
		{"passphrase for all", path, write(t, filepath.Join(dir, "open"), "correct horse", 0o644), anchor.ErrPassphraseFile},
		{"passphrase writable by the group", path, write(t, filepath.Join(dir, "group"), "correct horse", 0o620), anchor.ErrPassphraseFile},
		{"passphrase empty", path, write(t, filepath.Join(dir, "empty"), "\n", 0o600), anchor.ErrPassphraseFile},
		{"passphrase a folder", path, dir, anchor.ErrPassphraseFile},
		{"passphrase long", path, write(t, filepath.Join(dir, "long"), strings.Repeat("x", 5000), 0o600), nil},
		{"key is no JSON", write(t, filepath.Join(dir, "bad"), "hello", 0o600), pass, anchor.ErrKeyFile},
		{"key long", write(t, filepath.Join(dir, "big"), strings.Repeat(" ", 1<<20), 0o600), pass, nil},
		{"version 1", edit("v1", func(m map[string]any) { m["version"] = 1 }), pass, anchor.ErrKeyFile},
		{"memory bomb", edit("bomb", func(m map[string]any) { kdf(m)["n"] = 1 << 30 }), pass, anchor.ErrKeyFile},
		{"wide bomb", edit("wide", func(m map[string]any) { kdf(m)["r"] = 1 << 20 }), pass, anchor.ErrKeyFile},
		{"no derivation", edit("kdf", func(m map[string]any) { m["crypto"].(map[string]any)["kdf"] = "none" }), pass, anchor.ErrKeyFile},
		{"short key", edit("dk", func(m map[string]any) { kdf(m)["dklen"] = 8 }), pass, anchor.ErrKeyFile},
		{"another address", edit("addr", func(m map[string]any) { m["address"] = strings.Repeat("00", 20) }), pass, anchor.ErrKeyFile},
		{"salt of another type", edit("salt", func(m map[string]any) { kdf(m)["salt"] = 7 }), pass, anchor.ErrKeyFile},
		{"short iv", edit("iv", func(m map[string]any) {
			m["crypto"].(map[string]any)["cipherparams"].(map[string]any)["iv"] = "00"
		}), pass, anchor.ErrKeyFile},
		{"version as text", edit("v3", func(m map[string]any) { m["version"] = "3" }), pass, anchor.ErrKeyFile},
		{"half a round", edit("half", func(m map[string]any) { kdf(m)["p"] = 1.5 }), pass, anchor.ErrKeyFile},
		{"no salt", edit("nosalt", func(m map[string]any) { delete(kdf(m), "salt") }), pass, anchor.ErrKeyFile},
	} {
		_, err := anchor.LoadKey(c.key, c.pass)
		if err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
			continue
		}
		if !strings.Contains(err.Error(), c.key) && !strings.Contains(err.Error(), c.pass) {
			t.Errorf("%s: names no file: %v", c.name, err)
		}
		if strings.Contains(err.Error(), "horse") {
			t.Errorf("%s: shows the passphrase", c.name)
		}
	}
	if p, err := anchor.ReadPassphrase(write(t, filepath.Join(dir, "crlf"), " spaced \r\n", 0o440)); err != nil || p != " spaced " {
		t.Errorf("%q, %v", p, err)
	}
}

// TestKeyNeverPrinted formats a key in every way there is.
func TestKeyNeverPrinted(t *testing.T) {
	t.Parallel()
	account := (&testnet.Chain{}).Accounts()[0]
	key := anchor.KeyOf(account.Key)
	raw := crypto.FromECDSA(account.Key)
	secret := fmt.Sprintf("%x", raw)
	decimal := new(big.Int).SetBytes(raw).String()
	var b strings.Builder
	log := slog.New(slog.NewJSONHandler(&b, nil))
	log.Info("x", "key", key, "wrapped", struct{ K *anchor.Key }{key})
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d", "%q"} {
		fmt.Fprintf(&b, verb+"\n", key)
		fmt.Fprintf(&b, verb+"\n", struct{ K *anchor.Key }{key})
	}
	if strings.Contains(b.String(), secret) || strings.Contains(b.String(), decimal) {
		t.Fatalf("printed: %s", b.String())
	}
	if !strings.Contains(b.String(), key.Address().String()) {
		t.Fatalf("no address in %s", b.String())
	}
}
