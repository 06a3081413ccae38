package verify

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/akashi-project/akashi/checkpoint"
)

// Limits on a policy.
const (
	MaxPolicySize = 16 << 20 // bytes of the file
	maxPolicyList = 100_000  // registries, blocks, issuers; logs or keys of one issuer
	maxStatusAge  = 100 * 365 * 24 * time.Hour
)

// DefaultMaxStatusAge is how old a status may be that nobody could ask the
// chain about.
const DefaultMaxStatusAge = 7 * 24 * time.Hour

// A Policy is what a verifier believes before it sees any evidence
// (docs/formats/trust.md). The zero Policy believes nobody.
type Policy struct {
	Registries   []TrustedRegistry
	Blocks       []TrustedBlock
	Issuers      []TrustedIssuer
	MaxStatusAge time.Duration // whole seconds; 0 means DefaultMaxStatusAge
}

// A TrustedRegistry is a contract that enforces the growth of logs.
type TrustedRegistry struct {
	ChainID  uint64             `json:"chainId"`
	Address  checkpoint.Address `json:"address"`
	CodeHash BlockHash          `json:"codeHash"` // keccak256 of its runtime code
}

// A TrustedBlock is known to be part of a chain and final. Headers carry no
// chain id, so the policy says of which.
type TrustedBlock struct {
	ChainID uint64    `json:"chainId"`
	Number  uint64    `json:"number"`
	Hash    BlockHash `json:"hash"`
}

// A TrustedIssuer ties an issuer, as records name it, to logs and keys.
type TrustedIssuer struct {
	ID   string              // 1 to 2,048 visible characters
	Name string              // for people; may be empty
	Logs []checkpoint.LogRef // the issuer's own
	Keys []string            // Multikeys that may sign its LogBinding
}

// The wire types are the JSON of a policy. Fields with rules of their own are
// text, so that all complaints about a file come at once.
type (
	wirePolicy struct {
		Registries          []wireRegistry     `json:"registries"`
		Blocks              []wirePolicyBlock  `json:"blocks"`
		Issuers             []wirePolicyIssuer `json:"issuers"`
		MaxStatusAgeSeconds *uint64            `json:"maxStatusAgeSeconds,omitzero"`
	}
	wireRegistry struct {
		ChainID  uint64 `json:"chainId"`
		Address  string `json:"address"`
		CodeHash string `json:"codeHash"`
	}
	wirePolicyBlock struct {
		ChainID uint64  `json:"chainId"`
		Number  *uint64 `json:"number"`
		Hash    string  `json:"hash"`
	}
	wirePolicyIssuer struct {
		ID   string   `json:"id"`
		Name string   `json:"name,omitzero"`
		Logs []string `json:"logs"`
		Keys []string `json:"keys"`
	}
)

// ParsePolicy reads a policy file (docs/formats/trust.md). Unknown and
// repeated members are refused; whatever else is wrong is told at once, each
// complaint with its place, at most maxComplaints of them.
func ParsePolicy(data []byte) (Policy, error) {
	if len(data) > MaxPolicySize {
		return Policy{}, fmt.Errorf("policy: %d bytes, want at most %d", len(data), MaxPolicySize)
	}
	var w wirePolicy
	if err := decode(data, &w); err != nil {
		return Policy{}, fmt.Errorf("policy: %w", err)
	}
	if max(len(w.Registries), len(w.Blocks), len(w.Issuers)) > maxPolicyList {
		return Policy{}, joined([]error{errLongList})
	}
	var p Policy
	var complaints []error
	text := func(dst interface{ UnmarshalText([]byte) error }, s, format string, a ...any) {
		if err := dst.UnmarshalText([]byte(s)); err != nil {
			complaints = append(complaints, fmt.Errorf("%s: %w", fmt.Sprintf(format, a...), err))
		}
	}
	for i, r := range w.Registries {
		t := TrustedRegistry{ChainID: r.ChainID}
		text(&t.Address, r.Address, "registries[%d].address", i)
		text(&t.CodeHash, r.CodeHash, "registries[%d].codeHash", i)
		p.Registries = append(p.Registries, t)
	}
	for i, b := range w.Blocks {
		t := TrustedBlock{ChainID: b.ChainID}
		if b.Number == nil {
			complaints = append(complaints, fmt.Errorf("blocks[%d].number is missing", i))
		} else {
			t.Number = *b.Number
		}
		text(&t.Hash, b.Hash, "blocks[%d].hash", i)
		p.Blocks = append(p.Blocks, t)
	}
	for i, issuer := range w.Issuers {
		t := TrustedIssuer{ID: issuer.ID, Name: issuer.Name, Keys: issuer.Keys}
		for j, l := range issuer.Logs {
			var ref checkpoint.LogRef
			text(&ref, l, "issuers[%d].logs[%d]", i, j)
			t.Logs = append(t.Logs, ref)
		}
		p.Issuers = append(p.Issuers, t)
	}
	if s := w.MaxStatusAgeSeconds; s != nil {
		if *s == 0 || *s > uint64(maxStatusAge/time.Second) {
			complaints = append(complaints, fmt.Errorf("maxStatusAgeSeconds is %d, want 1 to %d; leave it out for %d",
				*s, uint64(maxStatusAge/time.Second), uint64(DefaultMaxStatusAge/time.Second)))
		} else {
			p.MaxStatusAge = time.Duration(*s) * time.Second
		}
	}
	if len(complaints) == 0 {
		complaints = p.complaints()
	}
	if len(complaints) > 0 {
		return Policy{}, joined(complaints)
	}
	return p, nil
}

// maxComplaints is how many complaints are told at once.
const maxComplaints = 50

var errLongList = fmt.Errorf("a list of more than %d items", maxPolicyList)

// joined returns the complaints about a policy as one error.
func joined(complaints []error) error {
	if more := len(complaints) - maxComplaints; more > 0 {
		complaints = append(complaints[:maxComplaints:maxComplaints], fmt.Errorf("and %d complaints more", more))
	}
	return fmt.Errorf("policy: %w", errors.Join(complaints...))
}

// Validate returns the complaints about p, at most maxComplaints, or nil.
func (p Policy) Validate() error {
	if c := p.complaints(); len(c) > 0 {
		return joined(c)
	}
	return nil
}

func (p Policy) complaints() (complaints []error) {
	complain := func(format string, a ...any) { complaints = append(complaints, fmt.Errorf(format, a...)) }
	if max(len(p.Registries), len(p.Blocks), len(p.Issuers)) > maxPolicyList {
		return []error{errLongList}
	}
	chain := func(id uint64, format string, a ...any) {
		if id == 0 || id > maxNumber {
			complain("%s: %d, want 1 to 2^53-1", fmt.Sprintf(format, a...), id)
		}
	}
	type place struct {
		chain uint64
		at    any
	}
	seen := make(map[place]bool)
	once := func(chain uint64, at any, format string, a ...any) {
		if p := (place{chain, at}); seen[p] {
			complain("%s stands there twice", fmt.Sprintf(format, a...))
		} else {
			seen[p] = true
		}
	}
	for i, r := range p.Registries {
		chain(r.ChainID, "registries[%d].chainId", i)
		once(r.ChainID, r.Address, "registries[%d]: this contract", i)
		if r.Address.IsZero() {
			complain("registries[%d].address is the zero address", i)
		}
		if r.CodeHash.IsZero() {
			complain("registries[%d].codeHash is zero", i)
		}
	}
	for i, b := range p.Blocks {
		chain(b.ChainID, "blocks[%d].chainId", i)
		once(b.ChainID, b.Number, "blocks[%d]: this number", i)
		if b.Number > maxNumber {
			complain("blocks[%d].number is 2^53 or more", i)
		}
	}
	for i, issuer := range p.Issuers {
		once(0, issuer.ID, "issuers[%d].id", i)
		if !visible(issuer.ID, maxIssuer) {
			complain("issuers[%d].id is not 1 to %d visible characters", i, maxIssuer)
		}
		if clip(issuer.Name) != issuer.Name {
			complain("issuers[%d].name is longer than 200 bytes or does not print", i)
		}
		if max(len(issuer.Logs), len(issuer.Keys)) > maxPolicyList {
			complain("issuers[%d] has more than %d logs or keys", i, maxPolicyList)
			continue
		}
		for j, l := range issuer.Logs {
			chain(l.ChainID, "issuers[%d].logs[%d]", i, j)
			if slices.Index(issuer.Logs, l) < j {
				complain("issuers[%d].logs[%d] stands there twice", i, j)
			}
		}
		for j, k := range issuer.Keys {
			if _, err := ParseMultikey(k); err != nil {
				complain("issuers[%d].keys[%d]: %w", i, j, err)
			}
		}
	}
	if p.MaxStatusAge < 0 || p.MaxStatusAge > maxStatusAge || p.MaxStatusAge%time.Second != 0 {
		complain("the highest age of a status is %v, want whole seconds of at most %v", p.MaxStatusAge, maxStatusAge)
	}
	return complaints
}

// MarshalJSON writes what ParsePolicy reads.
func (p Policy) MarshalJSON() ([]byte, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	var w wirePolicy
	for _, r := range p.Registries {
		w.Registries = append(w.Registries, wireRegistry{r.ChainID, r.Address.String(), r.CodeHash.String()})
	}
	for _, b := range p.Blocks {
		w.Blocks = append(w.Blocks, wirePolicyBlock{b.ChainID, &b.Number, b.Hash.String()})
	}
	for _, issuer := range p.Issuers {
		wi := wirePolicyIssuer{ID: issuer.ID, Name: issuer.Name, Keys: issuer.Keys}
		for _, l := range issuer.Logs {
			wi.Logs = append(wi.Logs, l.String())
		}
		w.Issuers = append(w.Issuers, wi)
	}
	if p.MaxStatusAge != 0 {
		seconds := uint64(p.MaxStatusAge / time.Second)
		w.MaxStatusAgeSeconds = &seconds
	}
	return encode(&w)
}

// UnmarshalJSON is ParsePolicy.
func (p *Policy) UnmarshalJSON(b []byte) error {
	q, err := ParsePolicy(b)
	if err == nil {
		*p = q
	}
	return err
}

// statusAge returns how old a status may be.
func (p Policy) statusAge() time.Duration {
	if p.MaxStatusAge == 0 {
		return DefaultMaxStatusAge
	}
	return p.MaxStatusAge
}

// registry returns the trusted registry at that address of that chain.
func (p Policy) registry(chainID uint64, a checkpoint.Address) (TrustedRegistry, bool) {
	for _, r := range p.Registries {
		if r.ChainID == chainID && r.Address == a {
			return r, true
		}
	}
	return TrustedRegistry{}, false
}

// block returns the trusted block of that number of that chain.
func (p Policy) block(chainID, number uint64) (TrustedBlock, bool) {
	for _, b := range p.Blocks {
		if b.ChainID == chainID && b.Number == number {
			return b, true
		}
	}
	return TrustedBlock{}, false
}

// issuer returns the trusted issuer of that name.
func (p Policy) issuer(id string) (TrustedIssuer, bool) {
	for _, i := range p.Issuers {
		if i.ID == id {
			return i, true
		}
	}
	return TrustedIssuer{}, false
}

// issuersOf returns the issuers that the policy lists the log for.
func (p Policy) issuersOf(log checkpoint.LogRef) (list []TrustedIssuer) {
	for _, i := range p.Issuers {
		if slices.Contains(i.Logs, log) {
			list = append(list, i)
		}
	}
	return list
}
