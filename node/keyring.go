package node

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"sync"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/checkpoint"
)

// A keyring finds the keys that the chain names. They are files, read when
// they are needed, so that a running node finds one that was put there.
type keyring struct {
	config  Config
	opening *checkpoint.Signer // nil: log.checkpoint_key_file is not set
	log     *slog.Logger

	mu   sync.Mutex                    // guards what follows
	keys map[string]*checkpoint.Signer // by verifier key
	said map[string]string             // what was last logged of a file that is of no use
}

func newKeyring(c Config, opening *checkpoint.Signer, log *slog.Logger) *keyring {
	return &keyring{config: c, opening: opening, log: log, keys: map[string]*checkpoint.Signer{}, said: map[string]string{}}
}

// errNoKey says that a key named by the chain is not here. It names no file,
// since it can be read at GET /v1/log; the node's log does.
var errNoKey = errors.New("is not on this node; the node's log says where it is looked for")

// signer returns the signer of a verifier key.
func (k *keyring) signer(vkey string) (*checkpoint.Signer, error) {
	if k.opening != nil && k.opening.VerifierKey() == vkey {
		return k.opening, nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if s := k.keys[vkey]; s != nil {
		return s, nil
	}
	path := checkpointKeyPath(k.config.checkpointKeysDir(), vkey)
	s, err := readSigner(path)
	if err == nil && s.VerifierKey() != vkey {
		err = fmt.Errorf("%s is the key of %s", path, s.VerifierKey())
	}
	if err != nil {
		k.say(vkey, "checkpoint", err)
		return nil, fmt.Errorf("the key %s, which the owner announced on the chain, %w", vkey, errNoKey)
	}
	delete(k.said, vkey)
	k.keys[vkey] = s
	return s, nil
}

// operator returns the key of an account. It takes as long as decrypting does.
func (k *keyring) operator(account checkpoint.Address) (*anchor.Key, error) {
	path, pass := operatorKeyPaths(k.config.operatorKeysDir(), account)
	key, err := anchor.LoadKey(path, pass)
	k.mu.Lock()
	defer k.mu.Unlock()
	if err != nil {
		k.say(account.String(), "operator", err)
		return nil, fmt.Errorf("that key %w", errNoKey)
	}
	delete(k.said, account.String())
	return key, nil
}

// say logs once what is wrong with a key's file.
func (k *keyring) say(of, kind string, err error) {
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w; akashi keys new makes such a file", err)
	}
	if k.said[of] != err.Error() {
		k.said[of] = err.Error()
		k.log.Warn("key not usable", "kind", kind, "key", of, "err", err)
	}
}

// readSigner reads a signer key.
func readSigner(path string) (*checkpoint.Signer, error) {
	b, err := readSecret(path)
	if err != nil {
		return nil, err
	}
	s, err := checkpoint.NewSigner(strings.TrimSpace(string(b)))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

// Why nothing is signed though the fence is down.
var (
	errKeysUnknown = errors.New("the chain has not told yet which keys sign this log")
	errNoKeys      = errors.New("what the owner announced last are no keys of this log; nobody signs until the owner announces others")
)

// signerNow returns the signer of the key that the chain names.
func (n *Node) signerNow() (*checkpoint.Signer, error) {
	s := n.anchor.Status()
	if s.Keys == nil {
		if s.KeysDetail != "" {
			return nil, fmt.Errorf("%w: %s", errKeysUnknown, s.KeysDetail)
		}
		return nil, errKeysUnknown
	}
	keys := s.Keys.Terms.Current()
	if len(keys) == 0 {
		return nil, errNoKeys
	}
	return n.keyring.signer(keys[0])
}

// termCounts is what tells that the keys changed: a Keys is made at each look.
func termCounts(s anchor.Status) [2]int {
	if s.Keys == nil {
		return [2]int{}
	}
	return [2]int{len(s.Keys.Terms), len(s.Keys.Latest)}
}

// signing says with which keys checkpoints are signed, for GET /v1/log.
func (n *Node) signing() Signing {
	s := n.anchor.Status()
	out := Signing{State: "signing", Keys: []string{}, Detail: "the checkpoint is signed with the log's key"}
	if k := s.Keys; k != nil {
		if keys := k.Terms.Current(); len(keys) > 0 {
			out.Keys = keys
		}
		if len(k.Latest) > len(k.Terms) {
			out.Next = k.Latest.Current()
			out.Detail = "the owner has announced other keys, which sign once that is final"
		}
	}
	if s.Fenced {
		out.State, out.Detail = "waiting", "nothing is signed until the store was seen to agree with the chain"
	} else if _, err := n.signerNow(); err != nil {
		out.State, out.Detail = "waiting", err.Error()
	}
	return out
}

// keyChanges lists the changes of the log's keys that are final.
func (n *Node) keyChanges() []KeyChange {
	out := []KeyChange{}
	k := n.anchor.Status().Keys
	if k == nil {
		return out
	}
	for i, c := range k.Changes {
		keys := k.Terms[i+1].Keys
		if keys == nil {
			keys = checkpoint.Keys{}
		}
		out = append(out, KeyChange{AtSize: c.AtSize, Keys: keys, Block: Block{Number: c.Block.Number, Hash: c.Block.Hash.String(), Time: c.Block.Time}})
	}
	return out
}
