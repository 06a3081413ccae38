package testnet

import (
	"context"
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/params"
)

// Fund is for chains of another process: it knows nothing but the URL.
func TestFundOverRPC(t *testing.T) {
	f := startFaulty(t, Fast())
	ctx := t.Context()
	to := common.Address{1}
	tx, err := Fund(ctx, f.RPC(), to, big.NewInt(params.Ether))
	if err != nil {
		t.Fatal(err)
	}
	if r, err := f.Client().TransactionReceipt(ctx, tx); err != nil || r.Status != 1 {
		t.Errorf("receipt %v, %v", r, err)
	}
	if got, err := f.Client().BalanceAt(ctx, to, nil); err != nil || got.Int64() != params.Ether {
		t.Errorf("balance %v, %v", got, err)
	}

	// A contract that takes no coin.
	refuses := f.tx(t, nil, hexutil.MustDecode("0x6005600c60003960056000f360006000fd")).ContractAddress
	if _, err := Fund(ctx, f.RPC(), refuses, big.NewInt(1)); err == nil || !strings.Contains(err.Error(), "was reverted by "+refuses.Hex()) {
		t.Errorf("a revert: %v", err)
	}

	// A chain of somebody else's.
	f.set(t, Faults{Methods: []string{"eth_getBalance"}, Rewrite: func(string, []byte, []byte) []byte { return []byte(`"0x0"`) }})
	if _, err := Fund(ctx, f.fault.URL(), to, big.NewInt(1)); !errors.Is(err, ErrNoFaucet) {
		t.Errorf("another chain: %v", err)
	}

	// A transaction that never comes, and a caller that stops waiting.
	waiting, cancel := context.WithCancel(ctx)
	f.set(t, Faults{Sends: Drop, Rewrite: func(method string, _, result []byte) []byte {
		if method == "eth_getTransactionReceipt" {
			cancel()
		}
		return result
	}})
	if _, err := Fund(waiting, f.fault.URL(), to, big.NewInt(1)); !errors.Is(err, context.Canceled) {
		t.Errorf("waited: %v", err)
	}
}
