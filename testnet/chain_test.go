package testnet

import (
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/common"
)

func start(t *testing.T, o Options) *Chain {
	t.Helper()
	c, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func TestTransactionsBecomeFinal(t *testing.T) {
	c := start(t, Options{})
	to := common.Address{1}
	if err := c.Fund(t.Context(), to, big.NewInt(5)); err != nil {
		t.Fatal(err)
	}
	r, err := c.Transact(t.Context(), c.Accounts()[0], &to, big.NewInt(2), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.WaitFinal(t.Context(), r.BlockNumber.Uint64()); err != nil {
		t.Fatal(err)
	}
	got, err := c.Client().BalanceAt(t.Context(), to, big.NewInt(-3)) // rpc.FinalizedBlockNumber
	if err != nil || got.Int64() != 7 {
		t.Fatal(got, err)
	}
}
