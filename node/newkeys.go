package node

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/store/durable"
)

// Folders of further keys, beside the first key of their kind.
const (
	checkpointKeysDir = "checkpoint-keys"
	operatorKeysDir   = "operator-keys"
)

// checkpointKeysDir is the folder of checkpoint keys that the log gets after
// its opening one.
func (c Config) checkpointKeysDir() string {
	if c.Log.CheckpointKeysDir != "" {
		return c.Log.CheckpointKeysDir
	}
	return filepath.Join(filepath.Dir(c.Log.CheckpointKeyFile), checkpointKeysDir)
}

// operatorKeysDir is the folder of operator keys beside the configured one.
func (c Config) operatorKeysDir() string {
	if c.Chain.OperatorKeysDir != "" {
		return c.Chain.OperatorKeysDir
	}
	return filepath.Join(filepath.Dir(c.Chain.OperatorKeyFile), operatorKeysDir)
}

// NewCheckpointKey makes another key to sign the log's checkpoints with, in
// Log.CheckpointKeysDir, and returns its verifier key and its file. The node
// signs with it once the log's owner has named it on the chain
// (anchor.SetKeys) and that is final; a running node finds the file by itself.
func NewCheckpointKey(c Config) (vkey, path string, err error) {
	skey, vkey, err := checkpoint.GenerateKey(c.Log.Origin)
	if err != nil {
		return "", "", fmt.Errorf("make a checkpoint key: %w", err)
	}
	path = checkpointKeyPath(c.checkpointKeysDir(), vkey)
	if err := writeSecrets(filepath.Dir(path), secretFile{filepath.Base(path), skey + "\n"}); err != nil {
		return "", "", fmt.Errorf("make a checkpoint key: %w", err)
	}
	return vkey, path, nil
}

// checkpointKeyPath is the file of the signer key that belongs to vkey: the
// hash of a C2SP key with ".key".
func checkpointKeyPath(dir, vkey string) string {
	_, rest, _ := strings.Cut(vkey, "+")
	hash, _, _ := strings.Cut(rest, "+")
	return filepath.Join(dir, hash+".key")
}

// NewOperatorKey makes another key to anchor with, in Chain.OperatorKeysDir,
// and returns its account and its file; the passphrase is beside it. The node
// anchors with it once the log's owner has made it the operator
// (anchor.SetOperator); a running node finds the file by itself. The account
// needs coin.
func NewOperatorKey(c Config, kdf anchor.KDF) (account checkpoint.Address, path string, err error) {
	fail := func(err error) (checkpoint.Address, string, error) {
		return checkpoint.Address{}, "", fmt.Errorf("make an operator key: %w", err)
	}
	key, err := anchor.NewKey()
	if err != nil {
		return fail(err)
	}
	path, pass := operatorKeyPaths(c.operatorKeysDir(), key.Address())
	if err := writeSecrets(filepath.Dir(path), secretFile{filepath.Base(pass), base64.RawURLEncoding.EncodeToString(random(24)) + "\n"}); err != nil {
		return fail(err)
	}
	if err := anchor.WriteKey(path, pass, key, kdf); err != nil {
		return fail(err)
	}
	return key.Address(), path, nil
}

// operatorKeyPaths are the files of an operator's key and of its passphrase.
func operatorKeyPaths(dir string, account checkpoint.Address) (key, pass string) {
	return filepath.Join(dir, account.String()+".json"), filepath.Join(dir, account.String()+".pass")
}

type secretFile struct{ name, text string }

// writeSecrets writes new files for the owner's eyes only into dir, which it
// makes when it is not there. All names are durable when it returns.
func writeSecrets(dir string, files ...secretFile) error {
	if err := os.Mkdir(dir, 0o700); err == nil {
		if err := durable.SyncFolder(filepath.Dir(dir)); err != nil {
			return err
		}
	} else if !errors.Is(err, os.ErrExist) {
		return err
	}
	w := writer{dir: dir}
	for _, f := range files {
		w.secret(f.name, f.text)
	}
	if w.err != nil {
		return fmt.Errorf("%s: %w", dir, w.err)
	}
	return durable.SyncFolder(dir)
}
