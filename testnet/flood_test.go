package testnet

import (
	"context"
	"math/big"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
)

// TestFlood sends more transactions at once than the pool's announcements have
// room for while the chain mines without pause: nobody may wait for each other.
func TestFlood(t *testing.T) {
	c := start(t, Fast())
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	to := common.Address{0xaa}
	var senders sync.WaitGroup
	for _, from := range c.Accounts() {
		senders.Go(func() {
			var last common.Hash
			for i := range 200 {
				tx, err := c.send(ctx, from, &to, big.NewInt(1), nil)
				if err != nil {
					t.Errorf("transaction %d of %s: %v", i, from.Address, err)
					return
				}
				last = tx
			}
			if _, err := c.WaitMined(ctx, last); err != nil {
				t.Error(err)
			}
		})
	}
	senders.Wait()
}
