package network_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/node"
	"github.com/akashi-project/akashi/testnet"
	"github.com/akashi-project/akashi/testnet/network"
	"github.com/akashi-project/akashi/verify"
)

// TestNetwork: three universities run on one registry, each with its own log,
// and go on where they ended when they are started again.
func TestNetwork(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "net")
	o := network.Options{Dir: dir, Nodes: 2, AnchorInterval: 200 * time.Millisecond, Chain: testnet.Fast()}
	o.Chain.Dir = ""
	n, err := network.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	var before []string
	for i, u := range n.Universities {
		l, err := u.Client.Submit(t.Context(), node.Submission{Record: []byte("regulations of " + u.English), Wait: node.StateFinal, Timeout: time.Minute})
		if err != nil || l.Index != 0 || l.State != node.StateFinal {
			t.Fatalf("%s: %+v, %v", u, l, err)
		}
		before = append(before, u.URL+" "+u.Ref.String())
		if i > 0 && (u.Ref.Registry != n.Universities[0].Ref.Registry || u.Ref.Log == n.Universities[0].Ref.Log) {
			t.Errorf("logs %s and %s", u.Ref, n.Universities[0].Ref)
		}
	}
	if err := n.Universities[1].Stop(); err != nil {
		t.Error(err)
	}
	if err := n.Stop(); err != nil {
		t.Fatal(err)
	}
	o.Nodes = 3
	if n, err = network.Start(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	defer n.Stop()
	var after []string
	for _, u := range n.Universities[:2] {
		after = append(after, u.URL+" "+u.Ref.String())
		l, err := u.Client.Submit(t.Context(), node.Submission{Record: []byte("regulations of " + u.English)})
		if err != nil || !l.Duplicate || l.Index != 0 {
			t.Errorf("%s after the restart: %+v, %v", u, l, err)
		}
	}
	if !slices.Equal(before, after) {
		t.Errorf("after the restart %v, before %v", after, before)
	}
	text, err := os.ReadFile(filepath.Join(dir, network.PolicyFile))
	if err != nil {
		t.Fatal(err)
	}
	policy, err := verify.ParsePolicy(text)
	if err != nil || len(policy.Issuers) != 3 || len(policy.Registries) != 1 || !strings.Contains(string(text), "雲の上工科大学") {
		t.Errorf("policy %s, %v", text, err)
	}
	select {
	case err := <-n.Failed():
		t.Error(err)
	default:
	}
}

// TestNames: what is invented can be written into a policy and a folder.
func TestNames(t *testing.T) {
	seen := map[string]bool{}
	for _, n := range network.Names {
		if seen[n.Folder] || n.English == "" || n.Native == "" || !strings.HasSuffix(strings.TrimPrefix(n.Origin(), "log."), ".example") {
			t.Errorf("%+v", n)
		}
		seen[n.Folder] = true
	}
	for _, nodes := range []int{0, -1, len(network.Names) + 1} {
		if _, err := network.Start(t.Context(), network.Options{Dir: t.TempDir(), Nodes: nodes}); err == nil {
			t.Errorf("%d universities", nodes)
		}
	}
}
