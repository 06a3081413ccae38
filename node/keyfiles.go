package node

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/checkpoint"
)

// Identity is the log of a configuration, and where it is anchored.
func (c Config) Identity() (checkpoint.Log, checkpoint.LogRef) { return c.log(), c.ref() }

// Fees are the limits of a configuration on what is paid.
func (c Config) Fees() anchor.FeePolicy {
	c = c.withDefaults()
	return anchor.FeePolicy{FeeCap: wei(c.Chain.FeeCapGwei), TipCap: wei(c.Chain.TipCapGwei)}
}

// A KeyFile is a key of a node, of which the file alone holds the secret.
type KeyFile struct {
	Key  string // verifier key of a checkpoint key, address of an operator key
	Path string
}

// CheckpointKeys lists the checkpoint keys that a node has: the opening one,
// then those of Log.CheckpointKeysDir by name.
func CheckpointKeys(c Config) ([]KeyFile, error) {
	var paths []string
	if c.Log.CheckpointKeyFile != "" {
		paths = append(paths, c.Log.CheckpointKeyFile)
	}
	more, err := namesIn(c.checkpointKeysDir(), ".key")
	if err != nil {
		return nil, err
	}
	var all []KeyFile
	for _, path := range append(paths, more...) {
		s, err := readSigner(path)
		if err != nil {
			return nil, err
		}
		all = append(all, KeyFile{Key: s.VerifierKey(), Path: path})
	}
	return all, nil
}

// OperatorKeys lists the operator keys that a node has: the configured one,
// then those of Chain.OperatorKeysDir by name. It decrypts none, and so
// believes what the files say.
func OperatorKeys(c Config) ([]KeyFile, error) {
	more, err := namesIn(c.operatorKeysDir(), ".json")
	if err != nil {
		return nil, err
	}
	var all []KeyFile
	for _, path := range append([]string{c.Chain.OperatorKeyFile}, more...) {
		a, err := addressOf(path)
		if err != nil {
			return nil, err
		}
		all = append(all, KeyFile{Key: a.String(), Path: path})
	}
	return all, nil
}

// OperatorKey decrypts the key of an account, the configured one or one of
// Chain.OperatorKeysDir.
func OperatorKey(c Config, account checkpoint.Address) (*anchor.Key, error) {
	path, pass := operatorKeyPaths(c.operatorKeysDir(), account)
	if a, err := addressOf(c.Chain.OperatorKeyFile); err == nil && a == account {
		path, pass = c.Chain.OperatorKeyFile, c.Chain.OperatorPassFile
	}
	k, err := anchor.LoadKey(path, pass)
	if err == nil && k.Address() != account {
		err = fmt.Errorf("%w: %s is the key of %s", anchor.ErrKeyFile, path, k)
	}
	return k, err
}

// addressOf reads which account a keystore file says it is for.
func addressOf(path string) (checkpoint.Address, error) {
	b, err := readSecret(path)
	if err != nil {
		return checkpoint.Address{}, err
	}
	var f struct {
		Address string `json:"address"`
	}
	if err := json.Unmarshal(b, &f); err != nil {
		return checkpoint.Address{}, fmt.Errorf("%w: %s", anchor.ErrKeyFile, path)
	}
	a, err := checkpoint.ParseAddress("0x" + strings.ToLower(strings.TrimPrefix(f.Address, "0x")))
	if err != nil {
		return checkpoint.Address{}, fmt.Errorf("%w: %s does not say whose key it is", anchor.ErrKeyFile, path)
	}
	return a, nil
}

// namesIn lists the files of a folder with that ending; a folder that is not
// there has none.
func namesIn(dir, ending string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if filepath.Ext(e.Name()) == ending && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, filepath.Join(dir, e.Name()))
		}
	}
	slices.Sort(names)
	return names, nil
}
