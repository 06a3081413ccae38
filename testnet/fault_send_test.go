package testnet

import (
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

func TestFaultSends(t *testing.T) {
	for _, test := range []struct {
		sends   Sends
		wantErr string // part of it; empty for an answer with the hash
		mined   bool
	}{
		{Forward, "", true},
		{Drop, "", false},
		{Reject, "transaction rejected", false},
		{ForwardError, "internal error", true},
		{ForwardCut, "EOF", true},
		{Duplicate, "already known", true},
		{Hold, "", false},
	} {
		t.Run(string(test.sends), func(t *testing.T) {
			o := Fast()
			o.Manual = true // so that a duplicate meets the first in the pool
			f := startFaulty(t, o)
			ctx := t.Context()
			from := f.Accounts()[1]
			tx, err := types.SignNewTx(from.Key, types.LatestSignerForChainID(big.NewInt(DefaultChainID)), &types.DynamicFeeTx{
				ChainID: big.NewInt(DefaultChainID), To: &from.Address, Gas: 21000,
				GasTipCap: big.NewInt(1e9), GasFeeCap: big.NewInt(3e9),
			})
			if err != nil {
				t.Fatal(err)
			}
			f.set(t, Faults{Sends: test.sends})
			err = f.via.SendTransaction(ctx, tx)
			if test.wantErr == "" && err != nil || test.wantErr != "" && (err == nil || !strings.Contains(err.Error(), test.wantErr)) {
				t.Fatalf("send: %v, want %q", err, test.wantErr)
			}
			mined := func() bool {
				if err := f.Mine(ctx, 1); err != nil {
					t.Fatal(err)
				}
				_, err := f.Client().TransactionReceipt(ctx, tx.Hash())
				if err != nil && !errors.Is(err, ethereum.NotFound) {
					t.Fatal(err)
				}
				return err == nil
			}
			if got := mined(); got != test.mined {
				t.Fatalf("mined %v, want %v", got, test.mined)
			}
			n, err := f.fault.Release(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if got := mined(); got != (test.mined || n == 1) || (n == 1) != (test.sends == Hold) {
				t.Fatalf("released %d, mined %v", n, got)
			}
		})
	}
}

// What is no transaction is refused by the chain and not taken by the Fault.
func TestFaultSendsNoTransaction(t *testing.T) {
	f := startFaulty(t, Options{Manual: true})
	f.set(t, Faults{Sends: Drop})
	var hash common.Hash
	if err := f.via.Client().CallContext(t.Context(), &hash, "eth_sendRawTransaction", "0x01"); err == nil {
		t.Fatal("accepted rubbish as a transaction")
	}
}

func TestFaultHoldIsBoundedAndReportsRefusals(t *testing.T) {
	f := startFaulty(t, Options{Manual: true})
	f.set(t, Faults{Sends: Hold})
	poor := account("poor")
	for nonce := range uint64(maxHeld + 1) {
		tx, err := types.SignNewTx(poor.Key, types.LatestSignerForChainID(big.NewInt(DefaultChainID)), &types.LegacyTx{
			Nonce: nonce, To: &poor.Address, Gas: 21000, GasPrice: big.NewInt(1e9),
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := f.via.SendTransaction(t.Context(), tx); (err != nil) != (nonce == maxHeld) {
			t.Fatalf("transaction %d: %v", nonce, err)
		}
	}
	if n, err := f.fault.Release(t.Context()); n != 0 || err == nil || !strings.Contains(err.Error(), "insufficient funds") {
		t.Fatalf("released %d, %v", n, err)
	}
}
