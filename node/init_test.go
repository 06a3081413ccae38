package node

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/contracts"
	"github.com/akashi-project/akashi/testnet"
	"github.com/akashi-project/akashi/verify"
)

// deadRPC is a URL at which nothing listens.
func deadRPC(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "http://" + l.Addr().String()
}

func TestInit(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a", "uni")
	now := time.Date(2026, 5, 1, 10, 0, 0, 0, time.UTC)
	made, err := Init(t.Context(), dir, InitOptions{Origin: "log.test.example", Network: "dev", RPC: chain(t).RPC(), AnchorInterval: time.Minute,
		AnchorEntries: 500, Listen: "127.0.0.1:0", Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	modes := map[string]fs.FileMode{
		"akashi.toml": 0o600, "binding.json": 0o644, "open.json": 0o644, "policy.json": 0o644,
		"data": fs.ModeDir | 0o700, "secrets": fs.ModeDir | 0o700, "cold": fs.ModeDir | 0o700,
		"secrets/checkpoint.key": 0o600, "secrets/issuer.key": 0o600, "secrets/node.secret": 0o600, "secrets/token": 0o600, "secrets/tokens": 0o600,
		"secrets/operator.json": 0o600, "secrets/operator.pass": 0o600, "cold/owner.json": 0o600, "cold/owner.pass": 0o600,
	}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		info, err := d.Info()
		if err != nil {
			return err
		}
		want, ok := modes[name]
		if !ok {
			t.Errorf("unexpected %s", name)
		} else if info.Mode() != want {
			t.Errorf("%s has mode %v, want %v", name, info.Mode(), want)
		}
		delete(modes, name)
		return nil
	})
	if err != nil || len(modes) > 0 {
		t.Errorf("missing %v, %v", modes, err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(dir), ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}

	c, err := Load(made.Config, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	if c.Anchor.Interval.Duration != time.Minute || c.Anchor.Entries != 500 || c.ref() != made.Ref || c.Log.Owner != made.Owner {
		t.Errorf("the configuration is %+v", c)
	}
	owner, err := anchor.LoadKey(filepath.Join(dir, ownerKeyFile), filepath.Join(dir, ownerPassFile))
	if err != nil || owner.Address() != made.Owner {
		t.Errorf("owner key: %v, %v", owner, err)
	}
	b, _ := os.ReadFile(filepath.Join(dir, BindingFile))
	binding, err := verify.ParseBinding(b)
	if err != nil {
		t.Fatal(err)
	}
	key, err := binding.Verify()
	if err != nil || verify.DIDKey(key) != made.Issuer || !binding.Names(made.Ref) || binding.Proof.Created != "2026-05-01T10:00:00Z" {
		t.Errorf("binding %+v: %v", binding, err)
	}
	b, _ = os.ReadFile(filepath.Join(dir, OpenFile))
	opening, err := anchor.ParseOpening(b)
	if err != nil || opening.Operator != made.Operator || opening.Log.ID() != made.Ref.Log {
		t.Errorf("opening %+v: %v", opening, err)
	}
	b, _ = os.ReadFile(filepath.Join(dir, PolicyFile))
	policy, err := verify.ParsePolicy(b)
	if err != nil || len(policy.Registries) != 1 || policy.Issuers[0].ID != made.Issuer || policy.Issuers[0].Logs[0] != made.Ref {
		t.Errorf("policy %+v: %v", policy, err)
	}
	all := strings.Join(made.Remaining, "\n")
	for _, want := range []string{made.Operator.Checksum(), filepath.Join(dir, "cold"), filepath.Join(dir, PolicyFile)} {
		if !strings.Contains(all, want) {
			t.Errorf("what remains to be done does not name %s:\n%s", want, all)
		}
	}
	if strings.Contains(all, "unchecked") {
		t.Errorf("the chain was there:\n%s", all)
	}

	// A second init must leave all as it is.
	before, _ := os.ReadFile(made.Config)
	if _, err := Init(t.Context(), dir, InitOptions{Origin: "other.example", Network: "dev"}); !errors.Is(err, ErrExists) {
		t.Errorf("init over a directory: %v", err)
	}
	if after, _ := os.ReadFile(made.Config); !slices.Equal(before, after) {
		t.Error("the second init changed the configuration")
	}
}

func TestInitWithoutChain(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "uni")
	made, err := Init(t.Context(), dir, InitOptions{Origin: "log.test.example", Network: "dev", RPC: deadRPC(t), Issuer: "https://uni.example/issuer"})
	if err != nil {
		t.Fatal(err)
	}
	if all := strings.Join(made.Remaining, "\n"); !strings.Contains(all, "unchecked") || !strings.Contains(all, "chain.rpc") {
		t.Errorf("what remains to be done does not say that the chain was not asked:\n%s", all)
	}
	if made.Issuer != "https://uni.example/issuer" {
		t.Errorf("issuer is %s", made.Issuer)
	}
}

func TestInitRefuses(t *testing.T) {
	t.Parallel()
	fault := faulty(t)
	other := mustAddress("0x00112233445566778899aabbccddeeff00112233")
	good := InitOptions{Origin: "log.test.example", Network: "dev", RPC: fault.URL()}
	for _, c := range []struct {
		name   string
		faults testnet.Faults
		change func(*InitOptions)
		want   string
	}{
		{"no origin", testnet.Faults{}, func(o *InitOptions) { o.Origin = "" }, "origin"},
		{"bad origin", testnet.Faults{}, func(o *InitOptions) { o.Origin = "a b" }, "origin"},
		{"unknown network", testnet.Faults{}, func(o *InitOptions) { o.Network = "moon" }, "dev"},
		{"no chain", testnet.Faults{}, func(o *InitOptions) { o.Network, o.RPC = "", "" }, "chain"},
		{"bad rpc", testnet.Faults{}, func(o *InitOptions) { o.RPC = "rpc.example" }, "RPC"},
		{"bad issuer", testnet.Faults{}, func(o *InitOptions) { o.Issuer = "uni.example" }, "issuer"},
		{"chain id too large", testnet.Faults{}, func(o *InitOptions) { o.ChainID = 1 << 60 }, "2^53"},
		{"bad listen", testnet.Faults{}, func(o *InitOptions) { o.Listen = "here" }, "host:port"},
		{"interval too short", testnet.Faults{}, func(o *InitOptions) { o.AnchorInterval = 1 }, "100ms"},
		{"interval below zero", testnet.Faults{}, func(o *InitOptions) { o.AnchorInterval = -time.Hour }, "100ms"},
		{"wrong chain", testnet.Faults{ChainID: 5}, func(o *InitOptions) {}, "chain 5"},
		{"no registry", testnet.Faults{}, func(o *InitOptions) { o.Registry = other }, "no contract"},
		{"other code", testnet.Faults{LieState: true}, func(o *InitOptions) {}, "other code"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := fault.Set(c.faults); err != nil {
				t.Fatal(err)
			}
			o, parent := good, t.TempDir()
			c.change(&o)
			_, err := Init(t.Context(), filepath.Join(parent, "uni"), o)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want it to speak of %q", err, c.want)
			}
			if left, _ := os.ReadDir(parent); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
	t.Run("parent not writable", func(t *testing.T) {
		parent := filepath.Join(t.TempDir(), "file")
		writeFile(t, parent, "")
		if _, err := Init(t.Context(), filepath.Join(parent, "uni"), good); err == nil {
			t.Error("made a directory inside a file")
		}
	})
	for _, late := range []bool{false, true} {
		t.Run(fmt.Sprintf("given up, late %v", late), func(t *testing.T) {
			if err := fault.Set(testnet.Faults{}); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			o, parent := good, t.TempDir()
			if late { // the clock is read while files are written
				o.Now = func() time.Time { cancel(); return time.Now() }
			} else {
				cancel()
			}
			if _, err := Init(ctx, filepath.Join(parent, "uni"), o); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			if left, _ := os.ReadDir(parent); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// TestNetworks holds the presets against the chain and the contract that they
// name, and what init makes of each against the configuration's own rules.
func TestNetworks(t *testing.T) {
	t.Parallel()
	seen := map[any]bool{}
	for _, n := range Networks {
		t.Run(n.Name, func(t *testing.T) {
			if seen[n.Name] || seen[n.ChainID] || n.Title == "" || n.ChainID == 0 {
				t.Errorf("%+v is there twice, or lacks a name", n)
			}
			seen[n.Name], seen[n.ChainID] = true, true
			if n.RegistryCode != verify.BlockHash(contracts.RuntimeCodeHash) {
				t.Errorf("the registry's code is %s, this release's is %s", n.RegistryCode, contracts.RuntimeCodeHash)
			}
			if n.BlockTime <= 0 || n.Finality < n.BlockTime || n.AnchorInterval < n.BlockTime {
				t.Errorf("blocks every %s, final after %s, anchors every %s", n.BlockTime, n.Finality, n.AnchorInterval)
			}
			if byName, err := FindNetwork(n.Name); err != nil || byName.ChainID != n.ChainID {
				t.Errorf("by name: %+v, %v", byName, err)
			}
			if byID, ok := NetworkOf(n.ChainID); !ok || byID.Name != n.Name {
				t.Errorf("by chain id: %+v", byID)
			}
			dir := filepath.Join(t.TempDir(), "uni")
			o := InitOptions{Origin: "log.test.example", Network: n.Name, RPC: deadRPC(t), LightKeys: true}
			if n.Registry.IsZero() {
				_, err := Init(t.Context(), dir, o)
				if err == nil || !strings.Contains(err.Error(), "no registry is deployed on "+n.Name+" yet") || !strings.Contains(err.Error(), "akashi registry deploy --network "+n.Name) {
					t.Errorf("without a registry: %v", err)
				}
				o.Registry = mustAddress("0x00112233445566778899aabbccddeeff00112233")
			}
			if n.RPC == "" {
				without := o
				without.RPC = ""
				if _, err := Init(t.Context(), dir, without); err == nil || !strings.Contains(err.Error(), "--rpc") {
					t.Errorf("without an RPC: %v", err)
				}
			}
			made, err := Init(t.Context(), dir, o)
			if err != nil {
				t.Fatal(err)
			}
			c, err := Load(made.Config, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Validate(); err != nil {
				t.Error(err)
			}
			c = c.withDefaults()
			if c.Chain.ID != n.ChainID || c.Chain.Confirmations != n.Confirmations || c.Anchor.Interval.Duration != n.AnchorInterval ||
				c.Anchor.MaxLag.Duration != cmp.Or(n.MaxLag, 24*time.Hour) || n.Poll != 0 && c.Anchor.Poll.Duration != n.Poll ||
				n.FeeCapGwei != 0 && (c.Chain.FeeCapGwei != n.FeeCapGwei || c.Chain.TipCapGwei != n.TipCapGwei) {
				t.Errorf("init wrote %+v %+v for %+v", c.Chain, c.Anchor, n)
			}
			if !strings.Contains(strings.Join(made.Remaining, "\n"), fmt.Sprintf("at most %s coin at the fee cap of %v gwei", CoinText(AnchorGas, c.Chain.FeeCapGwei), c.Chain.FeeCapGwei)) {
				t.Errorf("init says %q", made.Remaining)
			}
		})
	}
	dev := Networks[0]
	if dev.Name != "dev" || dev.ChainID != testnet.DefaultChainID || dev.Registry != checkpoint.Address(testnet.RegistryAddress()) {
		t.Errorf("the dev network is %+v, its chain has id %d and registry %s", dev, testnet.DefaultChainID, testnet.RegistryAddress())
	}
	if sepolia, mainnet := Networks[1], Networks[2]; sepolia.ChainID != 11155111 || mainnet.ChainID != 1 || mainnet.Worthless {
		t.Errorf("%+v, %+v", sepolia, mainnet)
	}
	for gas, want := range map[uint64]string{0: "0", AnchorGas: "0.00108", 1e9: "20"} {
		if got := CoinText(gas, 20); got != want {
			t.Errorf("%d gas at 20 gwei is %s coin, want %s", gas, got, want)
		}
	}
}
