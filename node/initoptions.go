package node

import (
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/checkpoint"
)

// InitOptions say what Init makes. Origin and a chain are needed: either
// Network, or RPC, ChainID and Registry, which also override parts of Network.
type InitOptions struct {
	// Origin names the log for good: 1–255 bytes of 0x21–0x7E without "+", by
	// custom a host name and path of the institution.
	Origin string
	// Issuer is the id that the institution's badges name as their issuer, an
	// https:// URL or a did. Empty makes the did:key of the issuer key that
	// Init makes; then badges signed as that issuer are bound to the log
	// without any policy.
	Issuer string
	// Network is the name of one of Networks, or empty.
	Network  string
	RPC      string
	ChainID  uint64
	Registry checkpoint.Address
	// Listen is the node's HTTP address; empty is the default of HTTPConfig.
	Listen string
	// AnchorInterval and AnchorEntries go into the configuration; 0 is the
	// default of AnchorConfig, or what the network suggests.
	AnchorInterval time.Duration
	AnchorEntries  uint64
	// LightKeys encrypts the keystore files so that opening them takes
	// milliseconds instead of a second: for tests and dev chains, where it is
	// the default.
	LightKeys bool
	// Now is the clock; nil is time.Now.
	Now func() time.Time

	preset Network // that Network names
}

// resolve fills in the preset and joins everything that is wrong.
func (o InitOptions) resolve() (InitOptions, error) {
	var errs []error
	if o.Network != "" {
		n, err := FindNetwork(o.Network)
		if err != nil {
			return o, err
		}
		o.preset = n
		if o.RPC == "" {
			o.RPC = n.RPC
		}
		if o.ChainID == 0 {
			o.ChainID = n.ChainID
		}
		if o.Registry.IsZero() {
			o.Registry = n.Registry
		}
		o.LightKeys = o.LightKeys || n.Dev
		if o.AnchorInterval == 0 {
			o.AnchorInterval = n.AnchorInterval
		}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Origin == "" {
		errs = append(errs, errors.New("the origin is missing: give the log a name such as log.uni.example"))
	} else if err := checkpoint.CheckOrigin(o.Origin); err != nil {
		errs = append(errs, err)
	}
	if o.Issuer != "" {
		u, err := url.Parse(o.Issuer)
		web := err == nil && u.Scheme == "https" && u.Host != ""
		did := err == nil && u.Scheme == "did" && u.Opaque != ""
		if !web && !did || len(o.Issuer) > 2048 {
			errs = append(errs, errors.New("the issuer is neither an https:// URL nor a did: give the id that your badges name as issuer"))
		}
	}
	if o.Network != "" && o.RPC == "" {
		errs = append(errs, fmt.Errorf("the network %s has no RPC that everybody may use: give the URL of a provider's, or of a node of yours, with --rpc", o.Network))
	}
	if o.Network != "" && o.Registry.IsZero() {
		errs = append(errs, fmt.Errorf("no registry is deployed on %s yet: deploy one with akashi registry deploy --network %s, or give the address of one with --registry", o.Network, o.Network))
	}
	if o.Network == "" && (o.RPC == "" || o.ChainID == 0 || o.Registry.IsZero()) {
		errs = append(errs, errors.New("the chain is not named: give a network, or RPC, chain id and registry address"))
	}
	if u, err := url.Parse(o.RPC); o.RPC != "" && (err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "") {
		errs = append(errs, errors.New("the RPC is not an http:// or https:// URL"))
	}
	if o.ChainID >= 1<<53 {
		errs = append(errs, fmt.Errorf("the chain id %d is not below 2^53", o.ChainID))
	}
	// A node has to start with what is written down here.
	if o.Listen != "" && !isListen(o.Listen) {
		errs = append(errs, fmt.Errorf("the address to listen on, %q, is not host:port", o.Listen))
	}
	if o.AnchorInterval != 0 && (o.AnchorInterval < minInterval || o.AnchorInterval > maxInterval) {
		errs = append(errs, fmt.Errorf("the anchor interval is %s; it must be from %s to %s", o.AnchorInterval, minInterval, maxInterval))
	}
	return o, errors.Join(errs...)
}

func (o InitOptions) kdf() anchor.KDF {
	if o.LightKeys {
		return anchor.LightScrypt
	}
	return anchor.StandardScrypt
}

// Init's files, relative to the directory.
const (
	checkpointKeyFile = "secrets/checkpoint.key"
	nodeSecretFile    = "secrets/node.secret"
	operatorKeyFile   = "secrets/operator.json"
	operatorPassFile  = "secrets/operator.pass"
	issuerKeyFile     = "secrets/issuer.key"
	tokensFile        = "secrets/tokens"
	ownerKeyFile      = "cold/owner.json"
	ownerPassFile     = "cold/owner.pass"

	// TokenFile holds the bearer token, for the command line on the same
	// machine. The node does not read it.
	TokenFile = "secrets/token"
	// OpenFile holds the owner's signed opening of the log.
	OpenFile = "open.json"
	// BindingFile holds the issuer's signed LogBinding.
	BindingFile = "binding.json"
	// PolicyFile is a verifier's policy that trusts this registry, this
	// issuer and this log.
	PolicyFile = "policy.json"
	// DataDir is the store.
	DataDir = "data"
)

// Initialized says what Init made.
type Initialized struct {
	Dir      string
	Config   string // path of the configuration
	Origin   string
	Issuer   string
	Owner    checkpoint.Address
	Operator checkpoint.Address
	Ref      checkpoint.LogRef // names the log to verifiers
	Keys     []string
	// Remaining are the things still to be done, one sentence each.
	Remaining []string
}
