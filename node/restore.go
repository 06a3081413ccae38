package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/store"
	"github.com/akashi-project/akashi/store/durable"
)

// RestoreOptions say what a node is restored from.
type RestoreOptions struct {
	From       string // the folder of the backup
	SecretFile string // the lost node's secrets/node.secret, which no backup holds
	// Config is a configuration to take when the backup has none; empty takes
	// the backup's.
	Config string
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Progress, if not nil, is told what is being done.
	Progress func(what string, done, total uint64)
}

// Restored says what Restore made, and what the log's owner has to do.
type Restored struct {
	Dir      string             `json:"dir"`
	Ref      checkpoint.LogRef  `json:"ref"`
	Size     uint64             `json:"size"`     // entries
	Made     time.Time          `json:"made"`     // when the backup was made
	Operator checkpoint.Address `json:"operator"` // the new operator key's account
	Key      string             `json:"key"`      // the new checkpoint key
	// ChainSize is the size of the log's head on the chain; absent when the
	// chain could not be asked, for the reason in Chain.
	ChainSize *uint64 `json:"chainSize,omitempty"`
	Chain     string  `json:"chain,omitempty"`
	// Lost is how many entries the chain has that the backup has not: then
	// this log cannot go on.
	Lost uint64 `json:"lost,omitzero"`
}

// Restore makes a node's directory from a backup: the configuration, the
// store, which is checked whole, the secret, a copy of SecretFile, and a new
// operator key and a new checkpoint key. It makes new keys because the lost
// machine may come back with those that it had; the restored node signs and
// anchors nothing until the log's owner has set them on the chain and that is
// final. The directory appears whole or not at all.
func Restore(ctx context.Context, dir string, o RestoreOptions) (Restored, error) {
	var (
		out Restored
		err error
	)
	if dir, err = filepath.Abs(dir); err != nil {
		return out, err
	}
	if _, err := os.Lstat(dir); err == nil {
		return out, fmt.Errorf("%s %w; nothing was changed; name a folder that does not exist", dir, ErrExists)
	} else if !errors.Is(err, os.ErrNotExist) {
		return out, err
	}
	secret, err := readStoreSecret(o.SecretFile)
	if err != nil {
		return out, err
	}
	info, err := store.ReadBackup(o.From)
	if err != nil {
		return out, err
	}
	files, err := store.BackupFiles(o.From)
	if err != nil {
		return out, err
	}
	if err := makeParents(filepath.Dir(dir)); err != nil {
		return out, err
	}
	temp, err := os.MkdirTemp(filepath.Dir(dir), ".akashi-restore-*")
	if err != nil {
		return out, err
	}
	defer os.RemoveAll(temp) // nothing is left there after the rename
	config, err := restoreFiles(temp, files, o)
	if err != nil {
		return out, err
	}
	kdf := anchor.StandardScrypt
	if slices.ContainsFunc(Networks, func(n Network) bool { return n.Dev && n.ChainID == config.Chain.ID }) {
		kdf = anchor.LightScrypt
	}
	out = Restored{Dir: dir, Ref: config.ref(), Size: info.Size, Made: info.Made}
	w := writer{dir: temp}
	operator, err := w.account(operatorKeyFile, operatorPassFile, InitOptions{LightKeys: kdf == anchor.LightScrypt})
	if err != nil {
		return out, fmt.Errorf("make the operator key: %w", err)
	}
	out.Operator = operator.Address()
	if out.Key, _, err = NewCheckpointKey(config); err != nil {
		return out, err
	}
	now := o.Now
	if now == nil {
		now = time.Now
	}
	_, err = store.Restore(ctx, store.Options{Dir: config.Store.Dir, Secret: secret, Now: now}, store.RestoreOptions{
		From: o.From, Mark: store.Restored{Operator: out.Operator, Keys: []string{out.Key}}, Progress: o.Progress,
	})
	if err != nil {
		return out, err
	}
	for _, d := range []string{"secrets", "."} {
		if err := durable.SyncFolder(filepath.Join(temp, d)); err != nil {
			return out, err
		}
	}
	if err := publish(temp, dir); err != nil {
		return out, err
	}
	out.askChain(ctx, config)
	return out, nil
}

// askChain holds the backup against the log's head on the chain.
func (r *Restored) askChain(ctx context.Context, c Config) {
	client, err := anchor.Dial(c.Chain.RPC, c.withDefaults().Chain.Timeout.Duration)
	if err != nil {
		r.Chain = err.Error()
		return
	}
	defer client.Close()
	size, err := client.LogSize(ctx, c.ref())
	if err != nil {
		r.Chain = err.Error()
		return
	}
	r.ChainSize = &size
	if size > r.Size {
		r.Lost = size - r.Size
	}
}

// restoreFiles writes everything but the store and the keys, and returns the
// configuration.
func restoreFiles(dir string, files []store.BackupFile, o RestoreOptions) (Config, error) {
	var text []byte
	have := map[string]bool{}
	for _, d := range []string{"secrets"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o700); err != nil {
			return Config{}, err
		}
	}
	w := writer{dir: dir}
	for _, f := range files {
		have[f.Name] = true
		switch f.Name {
		case backupConfig:
			text = f.Data
		case backupBinding:
			w.file(BindingFile, 0o644, string(f.Data))
		case backupPolicy:
			w.file(PolicyFile, 0o644, string(f.Data))
		case backupTokens:
			w.secret(tokensFile, string(f.Data))
		}
	}
	if o.Config != "" {
		var err error
		if text, err = readSmall(o.Config); err != nil {
			return Config{}, err
		}
	}
	if text == nil {
		return Config{}, fmt.Errorf("the backup in %s has no %s; name the configuration of the lost node by --config", o.From, ConfigFile)
	}
	if !have[backupTokens] {
		w.secret(tokensFile, "# The bearer tokens that count, each by its SHA-256: see akashi token --help.\n")
	}
	secret, err := readSecret(o.SecretFile)
	if err != nil {
		return Config{}, err
	}
	w.secret(nodeSecretFile, strings.TrimSpace(string(secret))+"\n")
	places := map[string]string{
		"store.dir": DataDir, "store.secret_file": nodeSecretFile,
		"log.checkpoint_key_file": "", "log.checkpoint_keys_dir": "secrets/" + checkpointKeysDir, "log.open_file": "",
		"chain.operator_key_file": operatorKeyFile, "chain.operator_pass_file": operatorPassFile, "chain.operator_keys_dir": "",
		"issuer.binding_file": "", "http.tokens_file": tokensFile, "badges.key_file": "", "badges.contexts": "",
	}
	if have[backupBinding] {
		places["issuer.binding_file"] = BindingFile
	}
	adapted, err := setPaths(string(text), places)
	if err != nil {
		return Config{}, err
	}
	w.file(ConfigFile, 0o600, adapted)
	if w.err != nil {
		return Config{}, w.err
	}
	c, err := Load(filepath.Join(dir, ConfigFile), nil, nil)
	if err != nil {
		return c, fmt.Errorf("the backup's configuration: %w", err)
	}
	return c, nil
}

var (
	tomlSection = regexp.MustCompile(`^\s*\[\s*([A-Za-z_]+)\s*\]\s*(#.*)?$`)
	tomlKey     = regexp.MustCompile(`^\s*([A-Za-z_]+)\s*=`)
)

// setPaths gives keys of a configuration other values, and leaves everything
// else, comments too, as it was. An empty value takes the key out. The result is
// read again, so that a file written in an unusual way is refused and not
// spoiled.
func setPaths(text string, values map[string]string) (string, error) {
	set := map[string]bool{}
	section := ""
	open := false // within a list over several lines that is taken out
	var out []string
	for _, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		if open {
			open = !strings.Contains(line, "]")
			continue
		}
		if m := tomlSection.FindStringSubmatch(line); m != nil {
			section = m[1]
			out = append(out, line)
			// Right below its header a key is in its section.
			for _, key := range sortedKeys(values) {
				s, name, _ := strings.Cut(key, ".")
				if s == section && values[key] != "" && !set[key] {
					set[key] = true
					out = append(out, fmt.Sprintf("%s = %q", name, values[key]))
				}
			}
			continue
		}
		if m := tomlKey.FindStringSubmatch(line); m != nil {
			if _, ours := values[section+"."+m[1]]; ours {
				open = strings.HasPrefix(strings.TrimSpace(strings.TrimPrefix(line, m[0])), "[") && !strings.Contains(line, "]")
				continue
			}
		}
		out = append(out, line)
	}
	for _, key := range sortedKeys(values) {
		if s, name, _ := strings.Cut(key, "."); values[key] != "" && !set[key] {
			out = append(out, fmt.Sprintf("\n[%s]\n%s = %q", s, name, values[key]))
		}
	}
	adapted := strings.Join(out, "\n") + "\n"
	var read map[string]map[string]any
	if err := toml.Unmarshal([]byte(adapted), &read); err != nil {
		return "", fmt.Errorf("the configuration cannot be adapted to its new folder: %s; write one key a line, under its section, and name the file by --config", explainTOML(err))
	}
	for key, want := range values {
		s, name, _ := strings.Cut(key, ".")
		if got, _ := read[s][name].(string); got != want {
			return "", fmt.Errorf("the configuration cannot be adapted to its new folder: %s; write one key a line, under its section, and name the file by --config", key)
		}
	}
	return adapted, nil
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
