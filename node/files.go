package node

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/record/ld"
	"github.com/akashi-project/akashi/store"
	"github.com/akashi-project/akashi/verify"
)

// files is what the files hold that a configuration names.
type files struct {
	tokens       *tokenList
	signer       *checkpoint.Signer
	secret       []byte
	operator     *anchor.Key
	opening      *anchor.Opening // nil when there is none
	binding      *verify.Binding // nil when there is none
	bindingBytes []byte
	cert         *certificate      // nil when there is none
	issuer       *credentialIssuer // nil when there is none
	contexts     *ld.Contexts
}

// readFiles reads the files that the configuration names, and joins
// everything that is wrong with them, each with its key: also that one does
// not belong to another. Files that are not named and have to be are passed
// over, since checkValues has told of them. Decrypting the operator key takes
// about a second.
func (c Config) readFiles() (files, error) {
	var f files
	var errs []error
	wrong := func(key string, err error) { errs = append(errs, fmt.Errorf("%s: %w", key, err)) }
	var err error
	if path := c.Store.Dir; path != "" {
		if info, err := os.Stat(path); err == nil && !info.IsDir() {
			wrong("store.dir", fmt.Errorf("%s is no folder", path))
		} else if err != nil && !errors.Is(err, os.ErrNotExist) {
			wrong("store.dir", err)
		}
	}
	if path := c.HTTP.TokensFile; path != "" {
		if f.tokens, err = openTokens(path, c.Logger.With("component", "node")); err != nil {
			wrong("http.tokens_file", err)
		}
	}
	if path := c.Log.CheckpointKeyFile; path != "" {
		if f.signer, err = c.readSigner(path); err != nil {
			wrong("log.checkpoint_key_file", err)
		}
	}
	if path := c.Store.SecretFile; path != "" {
		if f.secret, err = readStoreSecret(path); err != nil {
			wrong("store.secret_file", err)
		}
	}
	if path := c.Issuer.BindingFile; path != "" {
		if f.bindingBytes, err = readSmall(path); err != nil {
			wrong("issuer.binding_file", err)
		} else if f.binding, err = c.checkBinding(f.bindingBytes); err != nil {
			wrong("issuer.binding_file", fmt.Errorf("%s: %w", path, err))
		}
	}
	if c.Chain.OperatorKeyFile != "" && c.Chain.OperatorPassFile != "" {
		if f.operator, err = anchor.LoadKey(c.Chain.OperatorKeyFile, c.Chain.OperatorPassFile); err != nil {
			wrong("chain.operator_key_file", err)
		}
	}
	if path := c.Log.OpenFile; path != "" {
		var o anchor.Opening
		b, err := readSmall(path)
		if err != nil {
			wrong("log.open_file", err)
		} else if o, err = anchor.ParseOpening(b); err != nil {
			wrong("log.open_file", fmt.Errorf("%s: %w", path, err))
		} else if ref := c.ref(); o.Log.ID() != ref.Log || o.ChainID != ref.ChainID || o.Registry != ref.Registry {
			wrong("log.open_file", fmt.Errorf("%s: %w: it opens log %s in registry %s of chain %d, and the configuration names %s", path, anchor.ErrOpening, o.Log.ID(), o.Registry, o.ChainID, ref))
		} else {
			f.opening = &o
		}
	}
	if c.HTTP.TLSCertFile != "" && c.HTTP.TLSKeyFile != "" {
		if f.cert, err = openCertificate(c.HTTP.TLSCertFile, c.HTTP.TLSKeyFile, c.Logger.With("component", "node")); err != nil {
			errs = append(errs, err)
		}
	}
	if f.issuer, err = c.Badges.issuer(); err != nil {
		wrong("badges.key_file", err)
	}
	if f.contexts, err = c.Badges.contexts(); err != nil {
		wrong("badges.contexts", err)
	} else if f.issuer != nil {
		f.issuer.signer.Contexts = f.contexts
	}
	return f, errors.Join(errs...)
}

// readSigner reads the key that signed checkpoints first.
func (c Config) readSigner(path string) (*checkpoint.Signer, error) {
	signer, err := readSigner(path)
	if err != nil {
		return nil, err
	}
	if len(c.Log.Keys) > 0 && signer.VerifierKey() != c.Log.Keys[0] {
		return nil, fmt.Errorf("%s is the key of %s, which is not the first of log.keys; keys that came after it belong into log.checkpoint_keys_dir", path, signer.VerifierKey())
	}
	return signer, nil
}

// checkBinding wants a signed binding that names this log: one that verifiers
// would refuse is no use in evidence.
func (c Config) checkBinding(raw []byte) (*verify.Binding, error) {
	b, err := verify.ParseBinding(raw)
	if err != nil {
		return nil, err
	}
	if _, err := b.Verify(); err != nil {
		return nil, err
	}
	if !b.Names(c.ref()) {
		return nil, fmt.Errorf("it does not name this log, %s; sign a new binding, or leave the key out", c.ref())
	}
	return b, nil
}

// readSecret reads a small file that only its owner, and at most its group,
// may read.
func readSecret(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode&0o007 != 0 {
		return nil, fmt.Errorf("%s has mode %04o, so that others can read it; run chmod 600 on it, and make a new one if others could have seen it", path, mode)
	}
	return readSmall(path)
}

// readStoreSecret reads the store's 32 bytes.
func readStoreSecret(path string) ([]byte, error) {
	b, err := readSecret(path)
	if err != nil {
		return nil, err
	}
	secret, err := hex.DecodeString(strings.TrimSpace(string(b)))
	if err != nil || len(secret) != store.SecretSize {
		return nil, fmt.Errorf("%s does not hold %d bytes in hexadecimal", path, store.SecretSize)
	}
	return secret, nil
}
