package node

import (
	"crypto/ed25519"
	"fmt"
	"strings"
	"time"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/contracts"
	"github.com/akashi-project/akashi/verify"
)

// openingLife is how long the owner's signed opening can be submitted. A log
// opens once, with the operator that was signed, so a long life costs
// nothing: it only has to outlast the setting up.
const openingLife = 10 * 365 * 24 * time.Hour

// policyFor is a policy for verifiers of this log. The registry's code is the
// same on every chain, so its hash is known without asking one.
func policyFor(out Initialized, issuerKey ed25519.PublicKey) verify.Policy {
	return verify.Policy{
		Registries: []verify.TrustedRegistry{{
			ChainID: out.Ref.ChainID, Address: out.Ref.Registry, CodeHash: verify.BlockHash(contracts.RuntimeCodeHash),
		}},
		Issuers: []verify.TrustedIssuer{{
			ID: out.Issuer, Logs: []checkpoint.LogRef{out.Ref}, Keys: []string{verify.Multikey(issuerKey)},
		}},
	}
}

// configText is the configuration that Init writes. What stands behind # at
// the begin of a line is a default.
func configText(out Initialized, o InitOptions) string {
	q := func(s string) string { return fmt.Sprintf("%q", s) } // no control characters reach here
	var keys []string
	for _, k := range out.Keys {
		keys = append(keys, q(k))
	}
	optional := func(set bool, key, value, preset string) string {
		if set {
			return key + " = " + value
		}
		return "# " + key + " = " + preset
	}
	n := o.preset
	poll := n.Poll
	if o.AnchorInterval != 0 && o.AnchorInterval < time.Minute {
		poll = 500 * time.Millisecond // who is in a hurry looks often
	}
	r := strings.NewReplacer(
		"{origin}", q(out.Origin),
		"{owner}", q(out.Owner.String()),
		"{keys}", strings.Join(keys, ", "),
		"{rpc}", q(o.RPC),
		"{chain}", fmt.Sprint(o.ChainID),
		"{registry}", q(o.Registry.String()),
		"{listen}", optional(o.Listen != "", "listen", q(o.Listen), q("127.0.0.1:8044")),
		"{interval}", optional(o.AnchorInterval != 0, "interval", q(o.AnchorInterval.String()), q("10m")),
		"{entries}", optional(o.AnchorEntries != 0, "entries", fmt.Sprint(o.AnchorEntries), "10000"),
		"{poll}", optional(poll != 0, "poll", q(poll.String()), q("3s")),
		"{max_lag}", optional(n.MaxLag != 0, "max_lag", q(n.MaxLag.String()), q("24h")),
		"{confirmations}", optional(n.Confirmations != 0, "confirmations", fmt.Sprint(n.Confirmations), "0"),
		"{fee_cap_gwei}", optional(n.FeeCapGwei != 0, "fee_cap_gwei", fmt.Sprint(n.FeeCapGwei), "100"),
		"{tip_cap_gwei}", optional(n.TipCapGwei != 0, "tip_cap_gwei", fmt.Sprint(n.TipCapGwei), "2"),
	)
	return r.Replace(configTemplate)
}

const configTemplate = `# Configuration of an akashi node. Relative paths start at this file's folder.
# Each key can be overridden by an environment variable, [chain] rpc by
# AKASHI_CHAIN_RPC, and by the flag --set chain.rpc=... of akashi node.

[log]
# The log's name in every checkpoint. Origin, owner and keys together are the
# log's identity: changing one of them means another log.
origin = {origin}
# Address of the cold key that the log was opened for.
owner = {owner}
# The verifier keys with which the log was opened (C2SP signed-note).
keys = [{keys}]
# The signer key of the first of them.
checkpoint_key_file = "secrets/checkpoint.key"
# Where akashi keys new puts the keys that come after it. The node signs with
# the key that the chain names as the log's.
# checkpoint_keys_dir = "secrets/checkpoint-keys"
# The owner's signed opening; the node submits it when the registry does not
# know the log. Without it the node waits until somebody opens the log.
open_file = "open.json"

[store]
# The log on disk. One process at a time.
dir = "data"
# 32 bytes in hexadecimal. The store cannot be read without them: keep a copy
# of this file apart from copies of the store.
secret_file = "secrets/node.secret"

[chain]
# JSON-RPC of the chain. It may hold a provider's key: logs show the host only.
rpc = {rpc}
# An RPC of another chain id is refused.
id = {chain}
# The AnchorRegistry. A contract with other code is refused.
registry = {registry}
# The hot key that anchors (keystore v3), and the file with its passphrase.
operator_key_file = "secrets/operator.json"
operator_pass_file = "secrets/operator.pass"
# Where akashi keys new --operator puts further ones. The node anchors with the
# key of the account that the chain names as the log's operator.
# operator_keys_dir = "secrets/operator-keys"
# How long one question to the RPC may take.
# timeout = "10s"
# Above 0: a block this far below the head is final, for chains that have no
# finality of their own.
{confirmations}
# The most that is paid for a unit of gas, in gwei; above it anchors wait. The
# tip is the part of it that the block's proposer gets.
{fee_cap_gwei}
{tip_cap_gwei}

[anchor]
# The longest that a new entry waits until its batch is closed and anchored.
{interval}
# Closes a batch early when so many entries wait.
{entries}
# How often the chain is looked at while an anchor is under way.
{poll}
# How old the chain's latest block may be when the node starts and holds the
# store against it. Until then it takes records and signs nothing, since an
# RPC that far behind cannot show whether the store is an old copy. A chain
# that seals only when something is sent may need more.
{max_lag}

[sequencer]
# The shortest time between two signed checkpoints.
# checkpoint_interval = "200ms"

[issuer]
# The issuer's signed statement that this log is its own: served, and part of
# all evidence.
binding_file = "binding.json"

[http]
# Where to listen. When it is not loopback, set the two files below, or put a
# reverse proxy with TLS before it: tokens and records travel in the clear.
{listen}
# A certificate and its key, in PEM, for HTTPS; read again when they change.
# tls_cert_file = ""
# tls_key_file = ""
# Where the metrics are served without a token; only your own machines should
# reach it. Without this they are on the address above, for tokens of scope
# metrics.
# metrics_listen = "127.0.0.1:8045"
# The bearer tokens that count, each by its SHA-256, one a line: akashi token
# makes and revokes them. Read again whenever it changes.
tokens_file = "secrets/tokens"
# A header in which the reverse proxy before this node puts the client's
# address; its last value counts. Only when nobody else reaches the node.
# client_ip_header = "X-Forwarded-For"
# Connections open at once; further ones wait.
# max_connections = 8192
# Bytes of records being read at once, and as many being sent; further ones
# wait.
# max_body_bytes = 268435456
# Requests for evidence of one address without a token, a minute.
# evidence_per_minute = 120
# Requests of any kind of one address without a token, a minute.
# requests_per_minute = 6000
# How long a stop waits for open requests.
# shutdown_timeout = "15s"

[logging]
# What the node writes to standard error: debug, info, warn or error.
# level = "info"
# text or json, one line a message.
# format = "text"

[backup]
# A folder, best on another disk, in which the node keeps a backup of its log;
# nothing else may be in it. Without it the node makes none.
# dir = "/mnt/backup/akashi"
# How often the backup is brought up to date; a run costs what changed.
# interval = "1h"

[badges]
# Networks of your own, such as "10.1.0.0/16", whose hosts are asked for what a
# badge names when one is judged; without them public addresses only.
# networks = []
# JSON-LD contexts that are known beside the embedded ones, as SHA256:FILE:URL:
# those of your country, for instance. A file with another hash ends the start.
# contexts = []
# The institution's badge key, Ed25519 in PEM (akashi badge key), with which
# POST /credentials/issue signs for tokens of scope issue. Without it the node
# signs no credentials.
# key_file = "secrets/issuer.key"
# The institution's id in what is signed, an https URL or a DID; without it the
# did:key of the key.
# issuer = "https://uni.example/issuer"
# The URL by which verifiers find the key; without it the id, # and the key.
# method = ""
`
