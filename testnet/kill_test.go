package testnet

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/big"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/rawdb"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/ethdb/pebble"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/rpc"
)

// childDir, in the environment of this test program, makes it run a chain in
// that directory, print its URL and end when its input does.
const childDir = "AKASHI_TESTNET_CHILD_DIR"

func TestMain(m *testing.M) {
	dir := os.Getenv(childDir)
	if dir == "" {
		os.Exit(m.Run())
	}
	c, err := Start(context.Background(), Options{Dir: dir, Behind: time.Hour, Every: time.Millisecond})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(c.RPC())
	io.Copy(io.Discard, os.Stdin)
	if err := c.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// child starts a chain in a process of its own and returns a client of it.
func child(t *testing.T, dir string) (*exec.Cmd, io.Closer, *ethclient.Client) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		cmd.Process.Kill() // in case the test failed before it was killed or waited for
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the chain did not start: %v, %v", err, cmd.Wait())
	}
	client, err := ethclient.Dial(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return cmd, in, client
}

// TestKill kills the process at random instants under load, again and again in
// one directory. Whatever block was seen as the head, or as final, is there
// after the restart, and so is each transaction that was seen mined.
func TestKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	blocks := map[uint64]common.Hash{} // each head seen
	mined := map[common.Hash]uint64{}  // each transaction seen mined, and where
	var head, final, nonce uint64      // the greatest seen
	from := account("0")
	for round := range 12 {
		cmd, _, client := child(t, dir)

		// What was seen before the kill must be there after it.
		ctx := t.Context()
		for number, hash := range blocks {
			if h, err := client.HeaderByNumber(ctx, new(big.Int).SetUint64(number)); err != nil || h.Hash() != hash {
				t.Fatalf("round %d: block %d is not %s but %v, %v", round, number, hash, h, err)
			}
		}
		for tx, number := range mined {
			if r, err := client.TransactionReceipt(ctx, tx); err != nil || r.BlockNumber.Uint64() != number {
				t.Fatalf("round %d: transaction %s is not in block %d but %v, %v", round, tx, number, r, err)
			}
		}
		if got, err := client.BlockNumber(ctx); err != nil || got < head {
			t.Fatalf("round %d: head %d, %v, was %d", round, got, err, head)
		}
		if h, err := client.HeaderByNumber(ctx, big.NewInt(int64(rpc.FinalizedBlockNumber))); err != nil || h.Number.Uint64() < final {
			t.Fatalf("round %d: finalized %v, %v, was %d", round, h, err, final)
		}
		var err error
		if nonce, err = client.NonceAt(ctx, from.Address, nil); err != nil {
			t.Fatal(err)
		}

		// Load until the kill. Any error from here on is the kill's.
		killed := time.AfterFunc(time.Duration(rand.IntN(400))*time.Millisecond, func() { cmd.Process.Kill() })
		for alive := true; alive; nonce++ {
			tx := signed(t, from, nonce, params.GWei, 100*params.GWei)
			err := client.SendTransaction(ctx, tx)
			for err == nil {
				var h *types.Header
				if h, err = client.HeaderByNumber(ctx, nil); err != nil {
					break
				}
				blocks[h.Number.Uint64()] = h.Hash()
				head = max(head, h.Number.Uint64())
				if h, err = client.HeaderByNumber(ctx, big.NewInt(int64(rpc.FinalizedBlockNumber))); err != nil {
					break
				}
				final = max(final, h.Number.Uint64())
				r, rerr := client.TransactionReceipt(ctx, tx.Hash())
				if rerr == nil {
					mined[tx.Hash()] = r.BlockNumber.Uint64()
					break
				}
				if !errors.Is(rerr, ethereum.NotFound) {
					err = rerr
				}
			}
			alive = err == nil
		}
		killed.Stop()
		cmd.Process.Kill()
		if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() != -1 {
			t.Fatalf("round %d: the chain ended by itself: %v", round, cmd.ProcessState)
		}
	}
	if len(mined) == 0 || final == 0 {
		t.Fatalf("no load: %d transactions, finalized %d", len(mined), final)
	}
	t.Logf("12 kills: %d blocks and %d transactions seen, all kept", len(blocks), len(mined))

	// A clean end keeps everything too.
	cmd, in, client := child(t, dir)
	before, err := client.BlockNumber(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	in.Close()
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	c := start(t, Options{Dir: dir, Manual: true})
	if got, _ := c.Head(); got < before {
		t.Fatalf("head %d after a clean stop, was %d", got, before)
	}
}

// A kill may come between the moment at which a block becomes visible and the
// write that says so. The intention was on disk before; the next start keeps it.
func TestKillBeforeTheHeadIsWritten(t *testing.T) {
	dir := t.TempDir()
	o := Fast()
	o.Dir, o.Manual = dir, true
	c := start(t, o)
	if err := c.Mine(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	c.sealing.Lock()
	block, err := c.build(t.Context(), c.eth.BlockChain().CurrentBlock(), true)
	c.sealing.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.eth.ChainDb().Put(headKey, block.Hash().Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := c.Stop(); err != nil {
		t.Fatal(err)
	}
	again := start(t, o)
	if got := again.eth.BlockChain().CurrentBlock().Hash(); got != block.Hash() {
		t.Fatalf("head %s, want %s", got, block.Hash())
	}
	if latest, final := again.Head(); latest != 5 || final != 3 {
		t.Fatalf("head %d, finalized %d", latest, final)
	}
}

// freeze does to a stopped chain what go-ethereum does to a running one once a
// minute.
func freeze(t *testing.T, dir string) {
	t.Helper()
	kv, err := pebble.New(dir, 16, 64, "", false)
	if err != nil {
		t.Fatal(err)
	}
	db, err := rawdb.Open(kv, rawdb.OpenOptions{Ancient: filepath.Join(dir, "ancient")})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.(interface{ Freeze() error }).Freeze(); err != nil {
		t.Fatal(err)
	}
}

// Final blocks move to another store of go-ethereum's after a while. The chain
// goes on over that and over a restart after it, and can still be forked above
// what is final.
func TestFreezer(t *testing.T) {
	o := Fast()
	o.Dir, o.Manual = t.TempDir(), true
	c := start(t, o)
	if err := c.Mine(t.Context(), 50); err != nil {
		t.Fatal(err)
	}
	if err := c.Stop(); err != nil {
		t.Fatal(err)
	}
	freeze(t, filepath.Join(o.Dir, "akashi-testnet", "chaindata"))
	c = start(t, o)
	if n, err := c.eth.ChainDb().Ancients(); err != nil || n == 0 {
		t.Fatalf("%d blocks frozen, %v", n, err)
	}
	if err := c.Reorg(t.Context(), 2, true); err != nil {
		t.Fatal(err)
	}
	want := c.eth.BlockChain().CurrentBlock().Hash()
	if err := c.Stop(); err != nil {
		t.Fatal(err)
	}
	c = start(t, o)
	if got := c.eth.BlockChain().CurrentBlock().Hash(); got != want {
		t.Fatalf("head %s, want %s", got, want)
	}
	for n := range uint64(52) {
		if b := c.eth.BlockChain().GetBlockByNumber(n); b == nil {
			t.Fatalf("block %d is lost", n)
		}
	}
	if err := c.Mine(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
}
