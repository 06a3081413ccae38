package node

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/contracts"
	"github.com/akashi-project/akashi/store/durable"
	"github.com/akashi-project/akashi/verify"
)

// ErrExists says that Init found something where it was to make a directory.
var ErrExists = errors.New("is there already")

// Init makes a node's directory: configuration, keys, the owner's signed
// opening of the log, the issuer's binding, and a policy for verifiers.
//
//	akashi.toml              the configuration, with a comment on each key
//	binding.json             LogBinding, signed by the issuer key
//	open.json                OpenLog, signed by the owner key; the node submits it
//	policy.json              for verifiers: trusts this registry, issuer and log
//	data/                    the store
//	secrets/checkpoint.key   signs checkpoints (C2SP note signer key)
//	secrets/issuer.key       signed binding.json (Ed25519, PKCS #8)
//	secrets/node.secret      32 bytes for lookup keys and private rows
//	secrets/operator.json    the hot key that anchors (keystore v3), and .pass
//	secrets/token            bearer token for writes
//	secrets/tokens           its SHA-256, all that the node reads
//	cold/owner.json          the owner key (keystore v3), and .pass: move away
//
// The directory appears whole or not at all; one that is there already is
// refused with ErrExists. The chain is asked whether the registry is what it
// should be; when it cannot be asked, Init goes on and says so in Remaining,
// and when it answers that chain or registry are others, Init fails.
func Init(ctx context.Context, dir string, o InitOptions) (Initialized, error) {
	o, err := o.resolve()
	if err != nil {
		return Initialized{}, err
	}
	dir, err = filepath.Abs(dir)
	if err != nil {
		return Initialized{}, fmt.Errorf("init: %w", err)
	}
	if _, err := os.Lstat(dir); err == nil {
		return Initialized{}, fmt.Errorf("init: %s %w; nothing was changed; choose a directory that does not exist", dir, ErrExists)
	} else if !errors.Is(err, os.ErrNotExist) {
		return Initialized{}, fmt.Errorf("init: %w", err)
	}
	chainState, err := askChain(ctx, o)
	if err != nil {
		return Initialized{}, err
	}
	if err := makeParents(filepath.Dir(dir)); err != nil {
		return Initialized{}, fmt.Errorf("init: %w", err)
	}
	temp, err := os.MkdirTemp(filepath.Dir(dir), ".akashi-init-*")
	if err != nil {
		return Initialized{}, fmt.Errorf("init: %w", err)
	}
	defer os.RemoveAll(temp) // nothing is left there after the rename
	out, err := fill(temp, o)
	if err != nil {
		return Initialized{}, fmt.Errorf("init: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return Initialized{}, fmt.Errorf("init: %w", err)
	}
	// A crash before the rename leaves a .akashi-init directory that nobody
	// uses; a crash after it may lose the new name, never part of the content.
	if err := publish(temp, dir); err != nil {
		return Initialized{}, err
	}
	out.Dir, out.Config = dir, filepath.Join(dir, ConfigFile)
	out.Remaining = append(chainState, remaining(out, o)...)
	return out, nil
}

// askChain looks whether chain and registry are what o says. It returns what
// is to be said when they cannot be asked, and an error when they are others.
func askChain(ctx context.Context, o InitOptions) ([]string, error) {
	client, err := anchor.Dial(o.RPC, 0)
	if err != nil {
		return nil, fmt.Errorf("init: %w", err)
	}
	defer client.Close()
	err = client.CheckRegistry(ctx, checkpoint.LogRef{ChainID: o.ChainID, Registry: o.Registry}, verify.BlockHash(contracts.RuntimeCodeHash))
	switch {
	case err == nil:
		return nil, nil
	case errors.Is(err, anchor.ErrSetup):
		return nil, fmt.Errorf("init: %w", err)
	case ctx.Err() != nil:
		return nil, fmt.Errorf("init: %w", ctx.Err())
	}
	return []string{fmt.Sprintf("The chain could not be asked, so its registry is unchecked (%v): start the chain, or set chain.rpc in the configuration.", err)}, nil
}

func remaining(out Initialized, o InitOptions) []string {
	feeCap := Config{Chain: ChainConfig{FeeCapGwei: o.preset.FeeCapGwei}}.withDefaults().Chain.FeeCapGwei
	return []string{
		fmt.Sprintf("Send coin to the operator account %s on chain %d: it pays for opening the log and for anchors, each at most %s coin at the fee cap of %v gwei.",
			out.Operator.Checksum(), o.ChainID, CoinText(AnchorGas, feeCap), feeCap),
		fmt.Sprintf("Move %s to where no server reaches it, with its passphrase kept apart: it is the owner key, which the node never needs.", filepath.Join(out.Dir, "cold")),
		fmt.Sprintf("Give %s to those who verify.", filepath.Join(out.Dir, PolicyFile)),
	}
}

// fill writes everything into dir.
func fill(dir string, o InitOptions) (Initialized, error) {
	for _, d := range []string{"secrets", "cold", DataDir} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o700); err != nil {
			return Initialized{}, err
		}
	}
	w := writer{dir: dir}
	skey, vkey, err := checkpoint.GenerateKey(o.Origin)
	if err != nil {
		return Initialized{}, fmt.Errorf("make the checkpoint key: %w", err)
	}
	w.secret(checkpointKeyFile, skey+"\n")
	w.secret(nodeSecretFile, hex.EncodeToString(random(32))+"\n")
	token := NewToken()
	w.secret(TokenFile, token+"\n")
	w.secret(tokensFile, "# The bearer tokens that count, each by its SHA-256: see akashi token --help.\n"+
		Token{Hash: HashToken(token), Name: initComment}.Line()+"\n")

	operator, err := w.account(operatorKeyFile, operatorPassFile, o)
	if err != nil {
		return Initialized{}, fmt.Errorf("make the operator key: %w", err)
	}
	owner, err := w.account(ownerKeyFile, ownerPassFile, o)
	if err != nil {
		return Initialized{}, fmt.Errorf("make the owner key: %w", err)
	}
	log := checkpoint.Log{Owner: owner.Address(), Origin: o.Origin, Keys: checkpoint.Keys{vkey}}
	out := Initialized{
		Origin: o.Origin, Owner: owner.Address(), Operator: operator.Address(), Keys: log.Keys,
		Ref: checkpoint.LogRef{ChainID: o.ChainID, Registry: o.Registry, Log: log.ID()},
	}

	opening, err := anchor.SignOpening(owner, log, out.Ref, operator.Address(), o.Now().Add(openingLife))
	if err != nil {
		return Initialized{}, fmt.Errorf("sign the opening: %w", err)
	}
	w.json(OpenFile, opening)

	issuerPublic, issuerKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return Initialized{}, fmt.Errorf("make the issuer key: %w", err)
	}
	if err := w.issuerKey(issuerKey); err != nil {
		return Initialized{}, err
	}
	binding, err := verify.SignBinding(issuerKey, o.Issuer, o.Origin, log.Keys, []checkpoint.LogRef{out.Ref}, o.Now())
	if err != nil {
		return Initialized{}, err
	}
	out.Issuer = binding.Issuer
	w.json(BindingFile, binding)
	w.json(PolicyFile, policyFor(out, issuerPublic))
	w.file(ConfigFile, 0o600, configText(out, o))
	if w.err != nil {
		return Initialized{}, w.err
	}
	for _, d := range []string{"secrets", "cold", DataDir, "."} {
		if err := durable.SyncFolder(filepath.Join(dir, d)); err != nil {
			return Initialized{}, err
		}
	}
	return out, nil
}

// publish gives the finished directory its name.
func publish(temp, dir string) error {
	if err := os.Chmod(temp, 0o755); err != nil {
		return fmt.Errorf("init: %w", err)
	}
	if err := os.Rename(temp, dir); err != nil {
		return fmt.Errorf("init: %w", err)
	}
	if err := durable.SyncFolder(filepath.Dir(dir)); err != nil {
		return fmt.Errorf("init: %w", err)
	}
	return nil
}

// writer writes files of a new directory and remembers the first error.
type writer struct {
	dir string
	err error
}

func (w *writer) secret(name, text string) { w.file(name, 0o600, text) }

func (w *writer) file(name string, mode os.FileMode, text string) {
	if w.err != nil {
		return
	}
	f, err := os.OpenFile(filepath.Join(w.dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err == nil {
		_, err = f.WriteString(text)
		if err == nil {
			err = f.Sync()
		}
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}
	if err != nil {
		w.err = fmt.Errorf("write %s: %w", name, err)
	}
}

// json writes v indented, for people to read.
func (w *writer) json(name string, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		w.err = errors.Join(w.err, fmt.Errorf("encode %s: %w", name, err))
		return
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, b, "", "  "); err != nil {
		w.err = errors.Join(w.err, fmt.Errorf("encode %s: %w", name, err))
		return
	}
	w.file(name, 0o644, indented.String()+"\n")
}

// account makes a chain key and its passphrase.
func (w *writer) account(keyFile, passFile string, o InitOptions) (*anchor.Key, error) {
	w.secret(passFile, base64.RawURLEncoding.EncodeToString(random(24))+"\n")
	if w.err != nil {
		return nil, w.err
	}
	key, err := anchor.NewKey()
	if err != nil {
		return nil, err
	}
	return key, anchor.WriteKey(filepath.Join(w.dir, keyFile), filepath.Join(w.dir, passFile), key, o.kdf())
}

func (w *writer) issuerKey(key ed25519.PrivateKey) error {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("encode the issuer key: %w", err)
	}
	w.secret(issuerKeyFile, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
	return nil
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // does not fail (crypto/rand)
	return b
}

// makeParents makes a directory and those above it, each with its name
// durable.
func makeParents(dir string) error {
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := makeParents(filepath.Dir(dir)); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return durable.SyncFolder(filepath.Dir(dir))
}
