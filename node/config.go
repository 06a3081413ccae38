package node

import (
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"net/url"
	"path/filepath"
	"time"

	"github.com/akashi-project/akashi/checkpoint"
)

// A Duration is a time.Duration that a configuration file writes as Go does:
// "10m", "1.5s".
type Duration struct{ time.Duration }

// UnmarshalText reads what time.ParseDuration reads.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	if err != nil {
		return fmt.Errorf("%q is no duration; write it as 500ms, 10m or 2h", b)
	}
	d.Duration = v
	return nil
}

// MarshalText writes the duration as UnmarshalText reads it.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// Config is everything a node needs to know. A field's zero value means the
// default that its comment names; a field without a default must be set.
// Load reads a Config from a file, the environment and flags; a test fills
// one in by hand. Secrets are paths of files, never values.
type Config struct {
	Log       LogConfig       `toml:"log"`
	Store     StoreConfig     `toml:"store"`
	Chain     ChainConfig     `toml:"chain"`
	Anchor    AnchorConfig    `toml:"anchor"`
	Sequencer SequencerConfig `toml:"sequencer"`
	Issuer    IssuerConfig    `toml:"issuer"`
	HTTP      HTTPConfig      `toml:"http"`
	Logging   LoggingConfig   `toml:"logging"`
	Backup    BackupConfig    `toml:"backup"`
	Badges    BadgesConfig    `toml:"badges"`

	// Path is the file that all this was read from, which goes into backups;
	// Load sets it. Empty: there is none.
	Path string `toml:"-"`
	// Logger takes the node's log; nil is slog.Default().
	Logger *slog.Logger `toml:"-"`
	// Now is the clock for instants that are stored or shown; nil is time.Now.
	Now func() time.Time `toml:"-"`
}

// LogConfig names the log. Owner, Origin and Keys make the log id, so that
// changing one of them means another log.
type LogConfig struct {
	// Origin is the log's name in every checkpoint: 1–255 bytes of 0x21–0x7E
	// without "+", by custom a host name and a path.
	Origin string `toml:"origin"`
	// Owner is the address of the cold key that the log was opened for.
	Owner checkpoint.Address `toml:"owner"`
	// Keys are the C2SP verifier keys with which the log was opened.
	Keys []string `toml:"keys"`
	// CheckpointKeyFile holds the note signer key that signs checkpoints; it
	// must belong to Keys[0]. It may be left out once the owner has announced
	// other keys on the chain; CheckpointKeysDir must then be set.
	CheckpointKeyFile string `toml:"checkpoint_key_file"`
	// CheckpointKeysDir is the folder of the signer keys that came after the
	// opening one, as akashi keys new writes them. The node signs with the one
	// that the chain names. Default: checkpoint-keys beside
	// CheckpointKeyFile; it need not be there.
	CheckpointKeysDir string `toml:"checkpoint_keys_dir"`
	// OpenFile holds the owner's signed OpenLog, which the node submits when
	// the registry does not know the log yet. Empty: the node waits until
	// somebody else opens the log.
	OpenFile string `toml:"open_file"`
}

// StoreConfig says where the log lies on disk.
type StoreConfig struct {
	// Dir is the store's directory; the node creates and locks it.
	Dir string `toml:"dir"`
	// SecretFile holds 32 bytes in hexadecimal, from which lookup keys and
	// the encryption of private rows follow. A store opens only with the
	// secret it was made with.
	SecretFile string `toml:"secret_file"`
}

// ChainConfig says where the log is anchored.
type ChainConfig struct {
	// RPC is the http(s) URL of the chain's JSON-RPC.
	RPC string `toml:"rpc"`
	// ID is the chain id; an RPC of another chain is refused.
	ID uint64 `toml:"id"`
	// Registry is the address of the AnchorRegistry.
	Registry checkpoint.Address `toml:"registry"`
	// OperatorKeyFile is a keystore v3 file with the hot key that anchors.
	OperatorKeyFile string `toml:"operator_key_file"`
	// OperatorPassFile holds the passphrase of OperatorKeyFile.
	OperatorPassFile string `toml:"operator_pass_file"`
	// OperatorKeysDir is the folder of further operator keys, as akashi keys
	// new --operator writes them. The node anchors with the key of the account
	// that the chain names as the log's operator. Default: operator-keys
	// beside OperatorKeyFile; it need not be there.
	OperatorKeysDir string `toml:"operator_keys_dir"`
	// Timeout bounds each single question to the RPC; default 10s.
	Timeout Duration `toml:"timeout"`
	// Confirmations, when not 0, makes a block final that lies this many
	// blocks below the head, for chains that have no finality of their own.
	// 0 asks the chain for its finalized block.
	Confirmations uint64 `toml:"confirmations"`
	// FeeCapGwei is the most that the node pays per unit of gas, in gwei
	// (10⁻⁹ coin); default 100. Above it, anchors wait.
	FeeCapGwei float64 `toml:"fee_cap_gwei"`
	// TipCapGwei is the most it pays of that to the block's proposer;
	// default 2, or FeeCapGwei when that is less.
	TipCapGwei float64 `toml:"tip_cap_gwei"`
}

// AnchorConfig says when a batch is closed and how the chain is watched. An
// anchor costs the same whether it covers one entry or a million.
type AnchorConfig struct {
	// Interval is the longest that a logged entry waits before its batch is
	// closed; default 10m. At least 100ms.
	Interval Duration `toml:"interval"`
	// Entries closes a batch early when so many entries wait; default 10000.
	Entries uint64 `toml:"entries"`
	// Poll is how often the chain is asked while an anchor is under way;
	// default 3s.
	Poll Duration `toml:"poll"`
	// MaxLag is how old the chain's latest block may be when a start holds
	// the store against it; default 24h, from 1m to 10 years. Nothing is
	// signed before. A chain that seals only when something is sent may need
	// more.
	MaxLag Duration `toml:"max_lag"`
}

// SequencerConfig says how often the committed head is signed.
type SequencerConfig struct {
	// CheckpointInterval is the shortest time between two signed checkpoints;
	// default 200ms, at least 10ms. The store commits at its own pace.
	CheckpointInterval Duration `toml:"checkpoint_interval"`
}

// IssuerConfig ties the log to the institution.
type IssuerConfig struct {
	// BindingFile holds the LogBinding that the node serves and puts into
	// evidence. Empty: none; verifiers then need the log in their policy.
	BindingFile string `toml:"binding_file"`
}

// HTTPConfig says whom the node listens to and how much of it.
type HTTPConfig struct {
	// Listen is the address to listen on, "host:port"; default
	// "127.0.0.1:8044". Port 0 takes a free one.
	Listen string `toml:"listen"`
	// TLSCertFile and TLSKeyFile hold a certificate and its key in PEM, the
	// node's own before those of who issued it. The node then speaks HTTPS on
	// Listen, with TLS 1.2 or later and HTTP/2, and reads the files again when
	// they change; while what is there cannot be used, the certificate read
	// before counts. Empty, both: plain HTTP, for loopback or behind a proxy.
	TLSCertFile string `toml:"tls_cert_file"`
	TLSKeyFile  string `toml:"tls_key_file"`
	// MetricsListen is an address, "host:port", on which the metrics are
	// served to anybody, in plain HTTP; it should be one that only your own
	// machines reach. Empty serves them on Listen, to tokens of scope metrics.
	MetricsListen string `toml:"metrics_listen"`
	// TokensFile lists the bearer tokens that count, one per line, each by its
	// SHA-256 with what it allows (see Token). It is read again when it
	// changes; while a changed one is broken, the tokens read before count.
	TokensFile string `toml:"tokens_file"`
	// MaxConnections is how many connections are open at once; default 8192.
	// Further ones wait to be accepted.
	MaxConnections int `toml:"max_connections"`
	// MaxBodyBytes is how much of request bodies is in memory at once, and,
	// apart from them, of open records being sent; default 268435456
	// (256 MiB). At least 8 MiB, so that the largest record fits.
	MaxBodyBytes int64 `toml:"max_body_bytes"`
	// EvidencePerMinute is how many requests for evidence one address (an
	// IPv4 address or an IPv6 /64) may make a minute without a token; default
	// 120.
	EvidencePerMinute int `toml:"evidence_per_minute"`
	// RequestsPerMinute is how many requests of any kind, but for /healthz and
	// /readyz, one address may make a minute without a token; default 6000. A
	// mirror of a log of a million entries asks for about 8,000 tiles.
	RequestsPerMinute int `toml:"requests_per_minute"`
	// ClientIPHeader names the header, such as X-Forwarded-For, in which a
	// reverse proxy puts the client's address, of which the last value
	// counts. Set it only when nobody but the proxy reaches the node. Empty
	// takes the address of the connection.
	ClientIPHeader string `toml:"client_ip_header"`
	// ShutdownTimeout is how long a stop waits for open requests; default 15s.
	ShutdownTimeout Duration `toml:"shutdown_timeout"`
}

// BackupConfig says where the node keeps a backup of its log.
type BackupConfig struct {
	// Dir is the folder of the backup, best on another disk; nothing else may
	// be in it. Empty: the node makes no backups.
	Dir string `toml:"dir"`
	// Interval is how often it is brought up to date; default 1h, from 1s to
	// 30 days. A run costs what changed.
	Interval Duration `toml:"interval"`
}

// BadgesConfig says what the node fetches when it judges badges, and with which
// key it signs credentials.
type BadgesConfig struct {
	// Networks lists networks, such as "10.1.0.0/16", whose addresses are asked
	// although they are not public: those of hosts of your own that keep keys
	// or status lists. Whoever has a token of scope read can make the node ask
	// there for any https URL. Empty: public addresses only.
	Networks []string `toml:"networks"`
	// Contexts lists JSON-LD contexts that are known beside the embedded ones,
	// each as SHA256:FILE:URL. A file with another hash ends the start. Empty: a
	// credential that names any other context cannot be judged or signed.
	Contexts []string `toml:"contexts"`
	// KeyFile holds the institution's badge key, Ed25519 in PEM (PKCS #8), with
	// which POST /credentials/issue signs for tokens of scope issue. It is read
	// at the start. Empty: the node signs no credentials.
	KeyFile string `toml:"key_file"`
	// Issuer is the institution's id in what is signed, an https URL or a DID;
	// default: the did:key of the key.
	Issuer string `toml:"issuer"`
	// Method is the URL by which verifiers find the key; default: Issuer, "#"
	// and the key as Multikey, as akashi badge key prints it.
	Method string `toml:"method"`
}

// withDefaults returns c with the documented default in place of each zero.
func (c Config) withDefaults() Config {
	duration := func(d *Duration, v time.Duration) {
		if d.Duration == 0 {
			d.Duration = v
		}
	}
	duration(&c.Chain.Timeout, 10*time.Second)
	duration(&c.Anchor.Interval, 10*time.Minute)
	duration(&c.Anchor.Poll, 3*time.Second)
	duration(&c.Anchor.MaxLag, 24*time.Hour)
	duration(&c.Sequencer.CheckpointInterval, 200*time.Millisecond)
	duration(&c.HTTP.ShutdownTimeout, 15*time.Second)
	duration(&c.Backup.Interval, time.Hour)
	if c.Chain.FeeCapGwei == 0 {
		c.Chain.FeeCapGwei = 100
	}
	if c.Chain.TipCapGwei == 0 {
		c.Chain.TipCapGwei = min(2, c.Chain.FeeCapGwei)
	}
	if c.Anchor.Entries == 0 {
		c.Anchor.Entries = 10_000
	}
	if c.HTTP.Listen == "" {
		c.HTTP.Listen = "127.0.0.1:8044"
	}
	if c.HTTP.MaxConnections == 0 {
		c.HTTP.MaxConnections = 8192
	}
	if c.HTTP.MaxBodyBytes == 0 {
		c.HTTP.MaxBodyBytes = 256 << 20
	}
	if c.HTTP.EvidencePerMinute == 0 {
		c.HTTP.EvidencePerMinute = 120
	}
	if c.HTTP.RequestsPerMinute == 0 {
		c.HTTP.RequestsPerMinute = 6000
	}
	if c.Logging.Level == "" {
		c.Logging.Level = "info"
	}
	if c.Logging.Format == "" {
		c.Logging.Format = "text"
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// Validate joins everything that is wrong with the configuration: its values,
// and the files that it names. It decrypts the operator key, which takes about
// a second. What only the chain can say is found while the node runs.
func (c Config) Validate() error {
	_, err := c.withDefaults().validate()
	return err
}

// validate is Validate of a configuration with defaults; it returns what the
// files hold.
func (c Config) validate() (files, error) {
	values := c.checkValues()
	f, err := c.readFiles()
	return f, errors.Join(values, err)
}

// checkValues joins everything that is wrong with the values of a
// configuration with defaults.
func (c Config) checkValues() error {
	var errs []error
	wrong := func(key, format string, a ...any) {
		errs = append(errs, fmt.Errorf("%s: %s", key, fmt.Sprintf(format, a...)))
	}
	if err := c.log().Validate(); err != nil {
		wrong("log", "%v", err)
	}
	if c.Log.Owner == (checkpoint.Address{}) {
		wrong("log.owner", "is missing; akashi init writes the address of the owner key")
	}
	for _, p := range []struct{ key, path string }{
		{"store.dir", c.Store.Dir},
		{"store.secret_file", c.Store.SecretFile},
		{"chain.operator_key_file", c.Chain.OperatorKeyFile},
		{"chain.operator_pass_file", c.Chain.OperatorPassFile},
		{"http.tokens_file", c.HTTP.TokensFile},
	} {
		if p.path == "" {
			wrong(p.key, "is missing; give a path")
		}
	}
	if c.Log.CheckpointKeyFile == "" && c.Log.CheckpointKeysDir == "" {
		wrong("log.checkpoint_key_file", "is missing; give a path, or log.checkpoint_keys_dir when the owner has announced other keys")
	}
	if u, err := url.Parse(c.Chain.RPC); err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		// The URL may carry an access key of a provider: it is not repeated.
		wrong("chain.rpc", "is not an http:// or https:// URL")
	}
	if c.Chain.ID == 0 || c.Chain.ID >= 1<<53 {
		wrong("chain.id", "is %d; it must be from 1 to 2^53-1", c.Chain.ID)
	}
	if c.Chain.Registry == (checkpoint.Address{}) {
		wrong("chain.registry", "is missing; give the address of the AnchorRegistry")
	}
	if !(c.Chain.FeeCapGwei > 0 && c.Chain.FeeCapGwei <= 1e6) {
		wrong("chain.fee_cap_gwei", "is %v; it must be above 0 and at most 1000000", c.Chain.FeeCapGwei)
	}
	if !(c.Chain.TipCapGwei > 0 && c.Chain.TipCapGwei <= c.Chain.FeeCapGwei) {
		wrong("chain.tip_cap_gwei", "is %v; it must be above 0 and at most chain.fee_cap_gwei", c.Chain.TipCapGwei)
	}
	for _, d := range []struct {
		key      string
		value    Duration
		min, max time.Duration
	}{
		{"chain.timeout", c.Chain.Timeout, 10 * time.Millisecond, 10 * time.Minute},
		{"anchor.interval", c.Anchor.Interval, minInterval, maxInterval},
		{"anchor.poll", c.Anchor.Poll, 10 * time.Millisecond, time.Hour},
		// Less than a minute would mistake a slow block for an old one.
		{"anchor.max_lag", c.Anchor.MaxLag, time.Minute, 10 * 365 * 24 * time.Hour},
		{"sequencer.checkpoint_interval", c.Sequencer.CheckpointInterval, 10 * time.Millisecond, time.Hour},
		{"backup.interval", c.Backup.Interval, time.Second, 30 * 24 * time.Hour},
		{"http.shutdown_timeout", c.HTTP.ShutdownTimeout, 10 * time.Millisecond, 10 * time.Minute},
	} {
		if d.value.Duration < d.min || d.value.Duration > d.max {
			wrong(d.key, "is %s; it must be from %s to %s", d.value, d.min, d.max)
		}
	}
	if c.Backup.Dir != "" && within(c.Backup.Dir, c.Store.Dir) {
		wrong("backup.dir", "is in store.dir, which holds nothing but the store; name a folder elsewhere, best on another disk")
	}
	if !isListen(c.HTTP.Listen) {
		wrong("http.listen", "%q is not host:port", c.HTTP.Listen)
	}
	if _, err := c.Logging.level(); err != nil {
		wrong("logging.level", "%v", err)
	}
	if _, err := c.Logging.format(); err != nil {
		wrong("logging.format", "%v", err)
	}
	if (c.HTTP.TLSCertFile == "") != (c.HTTP.TLSKeyFile == "") {
		wrong("http.tls_cert_file", "goes with http.tls_key_file; give both or neither")
	}
	if c.HTTP.MetricsListen != "" && !isListen(c.HTTP.MetricsListen) {
		wrong("http.metrics_listen", "%q is not host:port", c.HTTP.MetricsListen)
	}
	if c.HTTP.MaxConnections < 1 {
		wrong("http.max_connections", "is %d; it must be at least 1", c.HTTP.MaxConnections)
	}
	if c.HTTP.MaxBodyBytes < 8<<20 {
		wrong("http.max_body_bytes", "is %d; it must be at least %d", c.HTTP.MaxBodyBytes, 8<<20)
	}
	if _, err := c.Badges.networks(); err != nil {
		wrong("badges.networks", "%v", err)
	}
	if _, err := c.Badges.additions(); err != nil {
		wrong("badges.contexts", "%v", err)
	}
	if key, err := c.Badges.checkIssuer(); err != nil {
		wrong(key, "%v", err)
	}
	if c.HTTP.EvidencePerMinute < 1 {
		wrong("http.evidence_per_minute", "is %d; it must be at least 1", c.HTTP.EvidencePerMinute)
	}
	if c.HTTP.RequestsPerMinute < 1 {
		wrong("http.requests_per_minute", "is %d; it must be at least 1", c.HTTP.RequestsPerMinute)
	}
	return errors.Join(errs...)
}

// Limits of AnchorConfig.Interval.
const (
	minInterval = 100 * time.Millisecond
	maxInterval = 30 * 24 * time.Hour
)

// within reports whether one folder is another or lies in it, by their names.
func within(dir, outer string) bool {
	a, aerr := filepath.Abs(dir)
	b, berr := filepath.Abs(outer)
	if aerr != nil || berr != nil {
		return false
	}
	rel, err := filepath.Rel(b, a)
	return err == nil && filepath.IsLocal(rel)
}

// isListen reports whether s is an address to listen on.
func isListen(s string) bool {
	_, port, err := net.SplitHostPort(s)
	return err == nil && port != ""
}

// log is the log's identity.
func (c Config) log() checkpoint.Log {
	return checkpoint.Log{Owner: c.Log.Owner, Origin: c.Log.Origin, Keys: checkpoint.Keys(c.Log.Keys)}
}

// ref says where the log is anchored.
func (c Config) ref() checkpoint.LogRef {
	return checkpoint.LogRef{ChainID: c.Chain.ID, Registry: c.Chain.Registry, Log: c.log().ID()}
}

// LogValue keeps paths of secrets and the RPC's URL, which may carry an
// access key, out of logs.
func (c Config) LogValue() slog.Value {
	host := ""
	if u, err := url.Parse(c.Chain.RPC); err == nil {
		host = u.Host
	}
	return slog.GroupValue(
		slog.String("origin", c.Log.Origin),
		slog.String("store", c.Store.Dir),
		slog.Uint64("chain_id", c.Chain.ID),
		slog.String("registry", c.Chain.Registry.String()),
		slog.String("rpc_host", host),
		slog.Duration("anchor_interval", c.Anchor.Interval.Duration),
		slog.Uint64("anchor_entries", c.Anchor.Entries),
		slog.String("listen", c.HTTP.Listen),
	)
}

// wei turns gwei into wei.
func wei(gwei float64) *big.Int {
	w, _ := new(big.Float).Mul(big.NewFloat(gwei), big.NewFloat(1e9)).Int(nil)
	return w
}
