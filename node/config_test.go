package node

import (
	"bytes"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/checkpoint"
)

// exampleConfig is valid but for its files.
func exampleConfig(t testing.TB) Config {
	t.Helper()
	_, vkey, err := checkpoint.GenerateKey("log.test.example")
	if err != nil {
		t.Fatal(err)
	}
	owner := mustAddress("0x00112233445566778899aabbccddeeff00112233")
	return Config{
		Log:   LogConfig{Origin: "log.test.example", Owner: owner, Keys: []string{vkey}, CheckpointKeyFile: "k"},
		Store: StoreConfig{Dir: "data", SecretFile: "s"},
		Chain: ChainConfig{RPC: "https://rpc.example/v1/PROVIDERKEY", ID: 1, Registry: owner, OperatorKeyFile: "o", OperatorPassFile: "p"},
		HTTP:  HTTPConfig{TokensFile: "t"},
	}
}

func TestValidate(t *testing.T) {
	if err := exampleConfig(t).withDefaults().checkValues(); err != nil {
		t.Fatalf("a good configuration: %v", err)
	}
	for _, c := range []struct {
		name   string
		change func(*Config)
		want   string
	}{
		{"origin", func(c *Config) { c.Log.Origin = "a+b" }, "log:"},
		{"owner", func(c *Config) { c.Log.Owner = checkpoint.Address{} }, "log:"},
		{"keys", func(c *Config) { c.Log.Keys = nil }, "log:"},
		{"key of another origin", func(c *Config) { c.Log.Origin = "other.example" }, "log:"},
		{"checkpoint key", func(c *Config) { c.Log.CheckpointKeyFile = "" }, "log.checkpoint_key_file"},
		{"store", func(c *Config) { c.Store.Dir = "" }, "store.dir"},
		{"secret", func(c *Config) { c.Store.SecretFile = "" }, "store.secret_file"},
		{"rpc scheme", func(c *Config) { c.Chain.RPC = "ws://rpc.example/PROVIDERKEY" }, "chain.rpc"},
		{"rpc garbage", func(c *Config) { c.Chain.RPC = "http://%zz/PROVIDERKEY" }, "chain.rpc"},
		{"chain id", func(c *Config) { c.Chain.ID = 0 }, "chain.id"},
		{"chain id too large", func(c *Config) { c.Chain.ID = 1 << 53 }, "chain.id"},
		{"registry", func(c *Config) { c.Chain.Registry = checkpoint.Address{} }, "chain.registry"},
		{"operator", func(c *Config) { c.Chain.OperatorKeyFile = "" }, "chain.operator_key_file"},
		{"operator pass", func(c *Config) { c.Chain.OperatorPassFile = "" }, "chain.operator_pass_file"},
		{"negative fee", func(c *Config) { c.Chain.FeeCapGwei = -1 }, "chain.fee_cap_gwei"},
		{"fee not a number", func(c *Config) { c.Chain.FeeCapGwei = math.NaN() }, "chain.fee_cap_gwei"},
		{"tip above fee", func(c *Config) { c.Chain.FeeCapGwei, c.Chain.TipCapGwei = 1, 2 }, "chain.tip_cap_gwei"},
		{"timeout", func(c *Config) { c.Chain.Timeout.Duration = -time.Second }, "chain.timeout"},
		{"interval", func(c *Config) { c.Anchor.Interval.Duration = time.Millisecond }, "anchor.interval"},
		{"poll", func(c *Config) { c.Anchor.Poll.Duration = 2 * time.Hour }, "anchor.poll"},
		{"lag of nothing", func(c *Config) { c.Anchor.MaxLag.Duration = time.Second }, "anchor.max_lag"},
		{"lag below zero", func(c *Config) { c.Anchor.MaxLag.Duration = -24 * time.Hour }, "anchor.max_lag"},
		{"lag for ever", func(c *Config) { c.Anchor.MaxLag.Duration = math.MaxInt64 }, "anchor.max_lag"},
		{"checkpoint interval", func(c *Config) { c.Sequencer.CheckpointInterval.Duration = 1 }, "sequencer.checkpoint_interval"},
		{"shutdown", func(c *Config) { c.HTTP.ShutdownTimeout.Duration = time.Hour }, "http.shutdown_timeout"},
		{"listen", func(c *Config) { c.HTTP.Listen = "8044" }, "http.listen"},
		{"tokens", func(c *Config) { c.HTTP.TokensFile = "" }, "http.tokens_file"},
		{"connections", func(c *Config) { c.HTTP.MaxConnections = -1 }, "http.max_connections"},
		{"body bytes", func(c *Config) { c.HTTP.MaxBodyBytes = 1 << 20 }, "http.max_body_bytes"},
		{"badges", func(c *Config) { c.Badges.Networks = []string{"inside"} }, "badges.networks"},
		{"badge context", func(c *Config) { c.Badges.Contexts = []string{"terms.json:https://terms.uni.example/v1"} }, "badges.contexts"},
		{"badge context twice", func(c *Config) {
			c.Badges.Contexts = []string{additionOf("a", termsBody), additionOf("b", termsBody)}
		}, "badges.contexts"},
		{"badge contexts without end", func(c *Config) { c.Badges.Contexts = make([]string, maxContexts+1) }, "badges.contexts"},
		{"badge issuer without a key", func(c *Config) { c.Badges.Issuer = "https://uni.example" }, "badges.issuer"},
		{"badge method without a key", func(c *Config) { c.Badges.Method = "https://uni.example#1" }, "badges.method"},
		{"badge issuer", func(c *Config) { c.Badges = BadgesConfig{KeyFile: "k", Issuer: "uni"} }, "badges.issuer"},
		{"badge method", func(c *Config) { c.Badges = BadgesConfig{KeyFile: "k", Method: "https://uni.example"} }, "badges.method"},
		{"evidence", func(c *Config) { c.HTTP.EvidencePerMinute = -1 }, "http.evidence_per_minute"},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := exampleConfig(t)
			c.change(&config)
			err := config.withDefaults().checkValues()
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want a complaint about %s", err, c.want)
			}
			if strings.Contains(err.Error(), "PROVIDERKEY") {
				t.Fatalf("the complaint shows the RPC's access key: %v", err)
			}
		})
	}
	all := (Config{}).Validate()
	for _, key := range []string{"log.owner", "store.dir", "chain.rpc", "chain.id", "chain.registry", "http.tokens_file"} {
		if !strings.Contains(all.Error(), key) {
			t.Errorf("the complaints about an empty configuration lack %s:\n%v", key, all)
		}
	}
}

func TestConfigLogsNoSecret(t *testing.T) {
	c := exampleConfig(t).withDefaults()
	var out bytes.Buffer
	slog.New(slog.NewJSONHandler(&out, nil)).Info("config", "config", c)
	if strings.Contains(out.String(), "PROVIDERKEY") || !strings.Contains(out.String(), "rpc.example") {
		t.Fatalf("logged as %s", out.String())
	}
}

func writeFile(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestLoadOrder(t *testing.T) {
	path := filepath.Join(t.TempDir(), ConfigFile)
	writeFile(t, path, `
[chain]
rpc = "http://file"
id = 1
timeout = "1s"
fee_cap_gwei = 3
[store]
dir = "data"
secret_file = "/abs/secret"
[http]
max_connections = 7
`)
	c, err := Load(path, []string{"AKASHI_CHAIN_RPC=http://env", "AKASHI_CHAIN_ID=2", "AKASHI_STORE_DIR=envdata", "AKASHI_DIR=x", "HOME=/", "AKASHI_LOG_KEYS=a,b"},
		map[string]string{"chain.id": "3", "chain.tip_cap_gwei": "0.5", "http.max_body_bytes": "9000000", "http.max_connections": "8"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Chain.RPC != "http://env" || c.Chain.ID != 3 || c.Chain.Timeout.Duration != time.Second || c.Chain.FeeCapGwei != 3 || c.Chain.TipCapGwei != 0.5 {
		t.Errorf("chain is %+v", c.Chain)
	}
	if c.Store.Dir != "envdata" || c.Store.SecretFile != "/abs/secret" || c.HTTP.MaxConnections != 8 || c.HTTP.MaxBodyBytes != 9000000 || len(c.Log.Keys) != 2 {
		t.Errorf("store is %+v, HTTP %+v, log %+v", c.Store, c.HTTP, c.Log)
	}
	c, err = Load(path, nil, nil)
	if err != nil || c.Store.Dir != filepath.Join(filepath.Dir(path), "data") {
		t.Errorf("a relative path in the file: %q, %v", c.Store.Dir, err)
	}
}

// TestMaxLag reads anchor.max_lag from file, environment and flag, and has a
// node with it wait at a chain that was sealed too long ago, and no longer.
func TestMaxLag(t *testing.T) {
	t.Parallel()
	if d := (Config{}).withDefaults().Anchor.MaxLag.Duration; d != 24*time.Hour {
		t.Errorf("the default is %s", d)
	}
	r := newRig(t, "", nil)
	file := filepath.Join(r.dir, ConfigFile)
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(b), "# max_lag = \"24h\"\n", "max_lag = \"1h30m\"\n", 1)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		environ []string
		flags   map[string]string
		want    time.Duration
	}{
		{nil, nil, 90 * time.Minute},
		{[]string{"AKASHI_ANCHOR_MAX_LAG=2h"}, nil, 2 * time.Hour},
		{[]string{"AKASHI_ANCHOR_MAX_LAG=2h"}, map[string]string{"anchor.max_lag": "72h"}, 72 * time.Hour},
	} {
		got, err := Load(file, c.environ, c.flags)
		if err != nil || got.Anchor.MaxLag.Duration != c.want {
			t.Errorf("from %v and %v: %s, want %s: %v", c.environ, c.flags, got.Anchor.MaxLag, c.want, err)
		}
	}
	// The clock is hours ahead of the chain's blocks.
	r.load()
	r.config.Now = func() time.Time { return time.Now().Add(2 * time.Hour) }
	r.start()
	r.until("the chain is found too old", func(s anchor.Status) bool {
		return s.Fenced && s.Phase == anchor.Waiting && strings.Contains(s.Detail, "hours behind") && strings.Contains(s.Detail, "1h30m0s")
	})
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	r.load("anchor.max_lag", "12h")
	r.config.Now = func() time.Time { return time.Now().Add(2 * time.Hour) }
	r.start()
	r.until("the chain is young enough", func(s anchor.Status) bool { return !s.Fenced })
}

func TestLoadRefuses(t *testing.T) {
	for _, c := range []struct {
		name, text string
		environ    []string
		flags      map[string]string
		want       []string
	}{
		{"unknown key", "[chain]\nid = 1\nrcp = \"http://KEY\"\n", nil, nil, []string{"line 3", "chain.rcp"}},
		{"unknown section", "[chains]\nid = 1\n", nil, nil, []string{"line 1", "chains"}},
		{"syntax", "[chain]\nid = = 1\n", nil, nil, []string{"line 2"}},
		{"twice", "[chain]\nid = 1\nid = 2\n", nil, nil, []string{"line 3"}},
		{"wrong kind", "[chain]\nid = \"one\"\n", nil, nil, []string{"line 2"}},
		{"negative", "[chain]\nid = -1\n", nil, nil, []string{"line 2"}},
		{"max_lag", "[anchor]\nmax_lag = \"a day\"\n", nil, nil, []string{"max_lag", "duration"}},
		{"duration", "[anchor]\ninterval = \"10\"\n", nil, nil, []string{"interval", "duration"}},
		{"address", "[chain]\nregistry = \"0x12\"\n", nil, nil, []string{"registry", "40 hexadecimal"}},
		{"environment typo", "", []string{"AKASHI_CHAIN_RCP=http://KEY"}, nil, []string{"AKASHI_CHAIN_RCP"}},
		{"environment value", "", []string{"AKASHI_CHAIN_ID=KEY"}, nil, []string{"AKASHI_CHAIN_ID", "whole number"}},
		{"environment list", "", []string{"AKASHI_HTTP_MAX_CONNECTIONS=KEY"}, nil, []string{"whole number"}},
		{"flag typo", "", nil, map[string]string{"chain.rcp": "KEY"}, []string{"chain.rcp", "chain.rpc"}},
		{"flag value", "", nil, map[string]string{"chain.fee_cap_gwei": "KEY"}, []string{"chain.fee_cap_gwei", "number"}},
		{"too large", "#" + strings.Repeat("x", maxConfigSize), nil, nil, []string{"larger than"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), ConfigFile)
			writeFile(t, path, c.text)
			_, err := Load(path, c.environ, c.flags)
			if err == nil {
				t.Fatal("taken")
			}
			for _, w := range c.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%q does not say %q", err, w)
				}
			}
			if strings.Contains(err.Error(), "KEY") {
				t.Errorf("%q repeats a value, which may be secret", err)
			}
		})
	}
	if _, err := Load(filepath.Join(t.TempDir(), ConfigFile), nil, nil); err == nil || !strings.Contains(err.Error(), "akashi init") {
		t.Errorf("no file: %v", err)
	}
}

// TestLoadTellsAll: one call names every mistake of file, environment and
// flags, each with its place and the key that was meant.
func TestLoadTellsAll(t *testing.T) {
	path := filepath.Join(t.TempDir(), ConfigFile)
	writeFile(t, path, `top = 1
[anchor]
intervall = "10m"
Poll = "1s"
entries = "many"
max_lag.x = 1
[chains]
id = 1
[chain]
fee_cap = 3
id = 1.5
interval = "10m"
[log]
keys = ["a", 1]
origins = ["x"]
wholly_other_thing = true
[[sequencer]]
checkpoint_interval = "1s"
[http]
max_connections = 12
listen = 8044
`)
	_, err := Load(path, []string{"AKASHI_ANCHOR_INTERVALL=KEY", "AKASHI_ANCHR_POLL=KEY", "AKASHI_RCP=KEY", "AKASHI_CHAIN_ID=KEY", "AKASHI_X=KEY",
		"AKASHI_RPC=http://x", "AKASHI_SERVICE_HOST=10.0.0.1", "AKASHI_PORT=tcp://10.0.0.1:8044", "AKASHI_NODE_PORT_8044_TCP_ADDR=10.0.0.1"},
		map[string]string{"anchor.pol": "KEY", "entries": "KEY", "chain.timeout": "KEY2"})
	if err == nil {
		t.Fatal("taken")
	}
	want := []string{
		"configuration FILE: line 1: there is no setting top; akashi config show lists those there are",
		"configuration FILE: line 3: there is no setting anchor.intervall; did you mean anchor.interval?",
		"configuration FILE: line 4: there is no setting anchor.Poll; did you mean anchor.poll?",
		"configuration FILE: line 5: anchor.entries: is of another kind; write a whole number without quotes",
		`configuration FILE: line 6: anchor.max_lag: is of another kind; write a duration in quotes, "500ms", "10m" or "2h"`,
		"configuration FILE: line 7: there is no section [chains]; did you mean [chain]?",
		"configuration FILE: line 10: there is no setting chain.fee_cap; did you mean chain.fee_cap_gwei?",
		"configuration FILE: line 11: chain.id: is of another kind; write a whole number without quotes",
		"configuration FILE: line 12: there is no setting chain.interval; did you mean anchor.interval?",
		`configuration FILE: line 14: log.keys: has an element that is no text; write ["…", "…"]`,
		"configuration FILE: line 15: there is no setting log.origins; did you mean log.origin?",
		"configuration FILE: line 16: there is no setting log.wholly_other_thing; akashi config show lists those there are",
		"configuration FILE: line 17: sequencer is a section: write [sequencer], and its keys on the lines below",
		"configuration FILE: line 21: http.listen: is of another kind; write a text in quotes",
		"environment: there is no setting AKASHI_ANCHOR_INTERVALL; did you mean AKASHI_ANCHOR_INTERVAL?",
		"environment: there is no setting AKASHI_ANCHR_POLL; did you mean AKASHI_ANCHOR_POLL?",
		"environment variable AKASHI_CHAIN_ID: not a whole number of 0 or more",
		"environment: there is no setting AKASHI_RCP; did you mean AKASHI_RPC?",
		"environment: there is no setting AKASHI_X; akashi config show lists those there are",
		"--set: there is no setting anchor.pol; did you mean anchor.poll?",
		`--set chain.timeout: "KEY2" is no duration; write it as 500ms, 10m or 2h`,
		"--set: there is no setting entries; did you mean anchor.entries?",
	}
	got := strings.Split(strings.ReplaceAll(err.Error(), path, "FILE"), "\n")
	for i := range max(len(got), len(want)) {
		g, w := "", ""
		if i < len(got) {
			g = got[i]
		}
		if i < len(want) {
			w = want[i]
		}
		if g != w {
			t.Errorf("complaint %d:\n got %s\nwant %s", i, g, w)
		}
	}
	if strings.Contains(strings.ReplaceAll(err.Error(), "KEY2", ""), "KEY") {
		t.Error("a complaint repeats a value, which may be secret")
	}
}

// TestSettings: each setting is shown with where it comes from, and no secret.
func TestSettings(t *testing.T) {
	path := filepath.Join(t.TempDir(), ConfigFile)
	writeFile(t, path, "[chain]\nrpc = \"https://me:PROVIDERKEY@rpc.example:1/v3/PROVIDERKEY?k=PROVIDERKEY\"\nid=5\noperator_key_file = \"o.json\"\n[log]\nkeys = [\"a\", \"b\"]\n")
	list, err := Settings(path, []string{"AKASHI_CHAIN_ID=6", "AKASHI_ANCHOR_ENTRIES=3"}, map[string]string{"chain.id": "7"})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(path)
	want := map[string]Setting{
		"chain.rpc":               {Value: "https://…@rpc.example:1/…?…", Source: FromFile, Place: "line 2"},
		"chain.id":                {Value: uint64(7), Source: FromFlag, Place: "--set"},
		"chain.operator_key_file": {Value: filepath.Join(dir, "o.json"), Source: FromFile, Place: "line 4"},
		"chain.operator_keys_dir": {Value: filepath.Join(dir, "operator-keys"), Source: FromDefault},
		"chain.registry":          {Value: "", Source: FromDefault},
		"chain.fee_cap_gwei":      {Value: 100.0, Source: FromDefault},
		"log.keys":                {Value: []string{"a", "b"}, Source: FromFile, Place: "line 6"},
		"anchor.entries":          {Value: uint64(3), Source: FromEnvironment, Place: "AKASHI_ANCHOR_ENTRIES"},
		"anchor.interval":         {Value: "10m0s", Source: FromDefault},
	}
	for i, s := range list {
		if s.Key != SettingKeys()[i] {
			t.Errorf("setting %d is %s", i, s.Key)
		}
		if w, ok := want[s.Key]; ok {
			w.Key = s.Key
			if !reflect.DeepEqual(s, w) {
				t.Errorf("%+v, want %+v", s, w)
			}
			delete(want, s.Key)
		}
	}
	if len(want) > 0 {
		t.Errorf("missing %v", want)
	}
	for in, out := range map[string]string{"": "", "http://h": "http://h", "http://h/": "http://h", "http://h/k": "http://h/…", "://KEY": "…", "http://KEY@h?": "http://…@h?…", "KEY": "…", "http://h/#KEY": "http://h"} {
		if got := maskURL(in); got != out {
			t.Errorf("%q is shown as %q, want %q", in, got, out)
		}
	}
}

// TestValidateFiles: everything that is wrong with values and files is told at
// once.
func TestValidateFiles(t *testing.T) {
	t.Parallel()
	r := newPoorRig(t, deadRPC(t), nil)
	if err := r.config.Validate(); err != nil {
		t.Fatalf("what init made: %v", err)
	}
	other := newPoorRig(t, deadRPC(t), func(o *InitOptions) { o.Origin = "log.other.example" })
	c := r.config
	c.Anchor.Poll.Duration = 2 * time.Hour
	c.HTTP.Listen = "8044"
	for _, change := range []struct {
		path string
		mode os.FileMode
	}{{c.Log.CheckpointKeyFile, 0o604}, {c.HTTP.TokensFile, 0o602}} {
		if err := os.Chmod(change.path, change.mode); err != nil {
			t.Fatal(err)
		}
	}
	c.Store.Dir = c.Store.SecretFile
	c.Store.SecretFile = filepath.Join(r.dir, "nowhere")
	c.Log.OpenFile = other.config.Log.OpenFile
	c.Issuer.BindingFile = other.config.Issuer.BindingFile
	c.Chain.OperatorPassFile = other.config.Chain.OperatorPassFile
	err := c.Validate()
	if err == nil {
		t.Fatal("taken")
	}
	for _, want := range []string{
		"anchor.poll: is 2h0m0s", `http.listen: "8044"`, "log.checkpoint_key_file: ", "mode 0604", "http.tokens_file: ", "mode 0602",
		"store.dir: ", "is no folder", "store.secret_file: ", "nowhere: no such file", "log.open_file: ", "it opens log",
		"issuer.binding_file: ", "does not name this log", "chain.operator_key_file: ",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the complaints lack %q:\n%v", want, err)
		}
	}
	if _, err := New(c); err == nil || !strings.Contains(err.Error(), "store.secret_file") || !strings.Contains(err.Error(), "anchor.poll") {
		t.Errorf("New says %v", err)
	}
}

// FuzzLoad holds that no file makes Load panic, and that what it takes
// survives being judged.
func FuzzLoad(f *testing.F) {
	f.Add("[chain]\nid = 1\n")
	f.Add("[http]\nlisten = \"x\"\nmax_body_bytes = 1\n[log]\nkeys = [\"a\"]\n")
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), ConfigFile)
		writeFile(t, path, text)
		if c, err := Load(path, nil, nil); err == nil {
			_ = c.withDefaults().checkValues()
		}
	})
}
