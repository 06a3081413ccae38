package contracts_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/akashi-project/akashi/contracts"
	"github.com/akashi-project/akashi/testnet"
	"github.com/ethereum/go-ethereum/common"
)

var updateGas = flag.Bool("update-gas", false, "write the measured gas to gas.json")

// What the gas of this registry may be, for a log of a million entries and a
// hundred new ones an anchor, under Osaka rules.
const (
	maxAnchorMean  = 55_000
	maxAnchorWorst = 58_500
	maxManyPerLog  = 40_000

	gasBase  = 1_000_000 // entries before the first measured anchor
	gasBatch = 100       // new ones for each
	gasTimes = 32        // anchors measured
	gasLogs  = 20        // logs in one anchorMany
)

// gasFigures is gas.json.
type gasFigures struct {
	Rules  string `json:"rules"`
	Anchor struct {
		Mean  uint64   `json:"mean"`
		Best  uint64   `json:"best"`
		Worst uint64   `json:"worst"`
		Each  []uint64 `json:"each"`
	} `json:"anchor"`
	AnchorMany struct {
		Logs        int      `json:"logs"`
		MeanPerLog  uint64   `json:"meanPerLog"`
		WorstPerLog uint64   `json:"worstPerLog"`
		Each        []uint64 `json:"each"` // whole transactions
	} `json:"anchorMany"`
	First uint64 `json:"firstAnchor"` // of a log: no proof, and a root where none was
	Owner struct {
		Open        uint64 `json:"openLog"`
		SetOperator uint64 `json:"setOperator"`
		SetKeys     uint64 `json:"setKeys"`
		Transfer    uint64 `json:"transferOwner"`
		Accept      uint64 `json:"acceptOwner"`
		Close       uint64 `json:"closeLog"`
	} `json:"owner"`
	Deploy uint64 `json:"deploy"`
}

// TestGas measures what gas.json says, on a chain of its own: gas depends on
// the number of zero bytes in a transaction, and so, through logId, addresses
// and signatures, on everything that happened before.
func TestGas(t *testing.T) {
	chain, err := testnet.Start(t.Context(), byHand)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := chain.Stop(); err != nil {
			t.Error(err)
		}
	}()
	r := deploy(t, chain)
	var got gasFigures
	got.Rules = "osaka"
	receipt := r.transact(rival, nil, contracts.CreationCode())
	got.Deploy = receipt.GasUsed

	const last = gasBase + gasBatch*gasTimes + 37*gasLogs
	tree := newTree(1, last)

	got.Owner.Open = r.send(owner, binding.PackOpenLog(operator.Address, origin, keys)).GasUsed
	id := logID(owner.Address, origin, keys)
	got.First = r.send(operator, binding.PackAnchor(id, gasBase, tree.root(gasBase), nil)).GasUsed
	for size := uint64(gasBase); len(got.Anchor.Each) < gasTimes; size += gasBatch {
		next := size + gasBatch
		receipt := r.send(operator, binding.PackAnchor(id, next, tree.root(next), tree.consistency(t, size, next)))
		got.Anchor.Each = append(got.Anchor.Each, receipt.GasUsed)
	}
	got.Anchor.Mean, got.Anchor.Best, got.Anchor.Worst = summary(got.Anchor.Each)

	got.AnchorMany.Logs = gasLogs
	got.AnchorMany.Each = measureMany(r, tree)
	got.AnchorMany.MeanPerLog, _, got.AnchorMany.WorstPerLog = summary(got.AnchorMany.Each)
	got.AnchorMany.MeanPerLog /= gasLogs
	got.AnchorMany.WorstPerLog /= gasLogs

	got.Owner.SetOperator = r.send(owner, binding.PackSetOperator(id, rival.Address)).GasUsed
	got.Owner.SetKeys = r.send(owner, binding.PackSetKeys(id, keys)).GasUsed
	got.Owner.Transfer = r.send(owner, binding.PackTransferOwner(id, heir.Address)).GasUsed
	got.Owner.Accept = r.send(heir, binding.PackAcceptOwner(id)).GasUsed
	got.Owner.Close = r.send(heir, binding.PackCloseLog(id)).GasUsed

	t.Logf("anchor: mean %d, best %d, worst %d; anchorMany of %d: mean %d, worst %d a log",
		got.Anchor.Mean, got.Anchor.Best, got.Anchor.Worst, gasLogs, got.AnchorMany.MeanPerLog, got.AnchorMany.WorstPerLog)
	if got.Anchor.Mean > maxAnchorMean || got.Anchor.Worst > maxAnchorWorst {
		t.Errorf("an anchor costs %d on average and %d at worst, want at most %d and %d",
			got.Anchor.Mean, got.Anchor.Worst, maxAnchorMean, maxAnchorWorst)
	}
	if got.AnchorMany.WorstPerLog > maxManyPerLog {
		t.Errorf("anchorMany costs %d a log, want at most %d", got.AnchorMany.WorstPerLog, maxManyPerLog)
	}
	out, err := json.MarshalIndent(got, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	out = append(out, '\n')
	if *updateGas {
		if err := os.WriteFile("gas.json", out, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("gas.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out, want) {
		t.Errorf("gas differs from gas.json; if it is meant to, run go test ./contracts -run TestGas -update-gas. Measured:\n%s", out)
	}
}

// measureMany anchors gasLogs logs at once, gasTimes times. The logs have the
// same entries and stand at different sizes.
func measureMany(r *registry, tree *tree) []uint64 {
	r.Helper()
	const deadline = 4_102_444_800 // 2100: its bytes must not depend on the clock
	ids := make([]common.Hash, gasLogs)
	size := func(log, turn int) uint64 { return gasBase + 37*uint64(log) + gasBatch*uint64(turn) }
	items := func(turn int) []contracts.SignedAnchor {
		var all []contracts.SignedAnchor
		for i, id := range ids {
			m := contracts.Anchor{LogID: id, Size: size(i, turn), Root: tree.root(size(i, turn)), Deadline: deadline}
			item := contracts.SignedAnchor{LogId: m.LogID, Size: m.Size, Root: m.Root, Deadline: m.Deadline, Signature: r.sign(nodeOf(i), m)}
			if turn > 0 {
				item.Proof = tree.consistency(r, size(i, turn-1), m.Size)
			}
			all = append(all, item)
		}
		return all
	}
	for i := range ids {
		ids[i] = r.openAs(fmt.Sprintf("log%d.uni.example", i), nodeOf(i).Address)
	}
	r.send(sponsor, binding.PackAnchorMany(items(0)))
	var each []uint64
	for turn := 1; turn <= gasTimes; turn++ {
		receipt := r.send(sponsor, binding.PackAnchorMany(items(turn)))
		for _, e := range r.events(receipt) {
			if _, ok := e.(contracts.AnchorRegistryAnchored); !ok {
				r.Fatalf("not anchored: %+v", e)
			}
		}
		each = append(each, receipt.GasUsed)
	}
	return each
}

// nodeOf is the operator of one log of many.
func nodeOf(log int) testnet.Account { return poor(fmt.Sprint("node ", log)) }

func summary(each []uint64) (mean, best, worst uint64) {
	best = each[0]
	for _, g := range each {
		mean, best, worst = mean+g, min(best, g), max(worst, g)
	}
	// Rounded up: a bound is kept also by the fraction.
	return (mean + uint64(len(each)) - 1) / uint64(len(each)), best, worst
}
