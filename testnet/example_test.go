package testnet_test

import (
	"context"
	"fmt"
	"log"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/ethclient"

	"github.com/akashi-project/akashi/testnet"
)

// A transfer is mined, seen through a chain that lies and one that lags, and
// becomes final.
func Example() {
	ctx := context.Background()
	chain, err := testnet.Start(ctx, testnet.Fast())
	if err != nil {
		log.Fatal(err)
	}
	defer chain.Stop()
	to := common.Address{19: 1}
	before, finalBefore := chain.Head()
	receipt, err := chain.Transact(ctx, chain.Accounts()[0], &to, big.NewInt(7), nil)
	if err != nil {
		log.Fatal(err)
	}
	if err := chain.WaitFinal(ctx, receipt.BlockNumber.Uint64()); err != nil {
		log.Fatal(err)
	}

	fault, err := testnet.NewFault(chain.RPC())
	if err != nil {
		log.Fatal(err)
	}
	defer fault.Close()
	client, err := ethclient.Dial(fault.URL())
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	for _, faults := range []testnet.Faults{
		{},
		{Stale: &testnet.Stale{Latest: before, Finalized: finalBefore}},
		{ChainID: 1},
		{Methods: []string{"eth_getBalance"}, Status: 500},
	} {
		if err := fault.Set(faults); err != nil {
			log.Fatal(err)
		}
		id, err := client.ChainID(ctx)
		if err != nil {
			log.Fatal(err)
		}
		balance, err := client.BalanceAt(ctx, to, nil)
		if err != nil {
			fmt.Println("chain", id, "fails")
			continue
		}
		fmt.Println("chain", id, "says", balance)
	}
	fmt.Println(fault.Calls("eth_getBalance"), "balances asked")
	// Output:
	// chain 1337 says 7
	// chain 1337 says 0
	// chain 1 says 7
	// chain 1337 fails
	// 4 balances asked
}
