package testnet

import (
	"context"
	"encoding/json"
	"errors"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/params/forks"
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
	t.Parallel()
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

// The accounts are part of what is documented: they follow from their index
// alone and hold a million coin each, on a chain of any id.
func TestAccounts(t *testing.T) {
	c := start(t, Options{ChainID: 31337, Manual: true})
	all := c.Accounts()
	if len(all) != 10 {
		t.Fatalf("%d accounts", len(all))
	}
	// Computed by a program that shares no code with this one.
	const key, address = "0xa76471abcf294d5cf3d3d7e4e4002fd8fd59d025d036ea39c8fdcf8582026a1b", "0x1623d920cf9a295220db9db1c7e4ff80912d63ae"
	if got := all[0]; got.KeyHex() != key || got.Address != common.HexToAddress(address) {
		t.Errorf("account 0 is %s with key %s", got.Address, got.KeyHex())
	}
	million, _ := new(big.Int).SetString("1000000000000000000000000", 10)
	seen := map[common.Address]bool{}
	for _, a := range all {
		if got, err := c.Client().BalanceAt(t.Context(), a.Address, nil); err != nil || got.Cmp(million) != 0 || seen[a.Address] {
			t.Errorf("account %s holds %s, %v", a.Address, got, err)
		}
		seen[a.Address] = true
	}
	if seen[faucet().Address] || seen[deployer().Address] {
		t.Error("an account is the faucet or the deployer")
	}
	if id, err := c.Client().ChainID(t.Context()); err != nil || id.Uint64() != 31337 || c.ChainID() != 31337 {
		t.Errorf("chain id %v, %v", id, err)
	}
}

// Gas must cost what it costs on the networks of today: Osaka is on, and no
// later fork ever comes.
func TestForkSet(t *testing.T) {
	c := start(t, Options{Manual: true})
	for _, at := range []uint64{0, uint64(time.Now().Unix()), 1 << 62} {
		if got := c.eth.BlockChain().Config().LatestFork(at); got != forks.Osaka {
			t.Errorf("fork at %d is %v", at, got)
		}
	}
	if got := c.eth.BlockChain().CurrentBlock().GasLimit; got != gasLimit {
		t.Errorf("gas limit %d", got)
	}
	// CLZ (EIP-7939) came with Osaka: the number of leading zeros of 1 is 255.
	r, err := c.Client().CallContract(t.Context(), callMsg(hexutil.MustDecode("0x60011e60005260206000f3")), nil)
	if err != nil || new(big.Int).SetBytes(r).Uint64() != 255 {
		t.Errorf("CLZ %x, %v", r, err)
	}
}

func TestStartRefuses(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	port := busy.Addr().(*net.TCPAddr).Port
	taken := t.TempDir()
	start(t, Options{Dir: taken, Manual: true})
	other := t.TempDir()
	if err := start(t, Options{Dir: other, ChainID: 5, Manual: true}).Stop(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		o    Options
		want error
		text string
	}{
		"port in use":      {Options{Port: port}, ErrPortInUse, "127.0.0.1:" + strconv.Itoa(port)},
		"port too great":   {Options{Port: 65536}, nil, "port 65536"},
		"port below 0":     {Options{Port: -1}, nil, "port -1"},
		"directory locked": {Options{Dir: taken}, ErrDirLocked, taken},
		"other chain id":   {Options{Dir: other}, ErrOtherChain, other},
		"a file":           {Options{Dir: file}, nil, file},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := Start(t.Context(), test.o)
			if err == nil {
				c.Stop()
				t.Fatal("started")
			}
			if test.want != nil && !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.text) {
				t.Fatalf("%v, want %v with %q", err, test.want, test.text)
			}
		})
	}
	// What was refused holds nothing: with its own id the directory opens.
	start(t, Options{Dir: other, ChainID: 5, Manual: true})
}

func TestStartEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	if _, err := Start(ctx, Options{Dir: dir}); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	start(t, Options{Dir: dir, Manual: true})
}

// The endpoint is for programs on this machine, and for no page that a browser
// on it happens to show.
func TestRPCSurface(t *testing.T) {
	c := start(t, Options{Manual: true})
	u, err := url.Parse(c.RPC())
	if err != nil || u.Hostname() != "127.0.0.1" {
		t.Fatalf("endpoint %s, %v", c.RPC(), err)
	}
	post := func(method string, header map[string]string) (*http.Response, answer) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.RPC(), strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"`+method+`","params":[]}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		for k, v := range header {
			req.Header.Set(k, v)
		}
		if host := header["Host"]; host != "" {
			req.Host = host
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var a answer
		json.NewDecoder(resp.Body).Decode(&a)
		return resp, a
	}
	for _, method := range []string{"eth_chainId", "net_version", "web3_clientVersion"} {
		if resp, a := post(method, nil); resp.StatusCode != http.StatusOK || a.Error != nil {
			t.Errorf("%s: %s %s", method, resp.Status, a.Error)
		}
	}
	for _, method := range []string{"admin_nodeInfo", "debug_setHead", "miner_setGasPrice", "personal_listAccounts", "txpool_status", "dev_addWithdrawal", "engine_forkchoiceUpdatedV3", "testing_buildBlockV1"} {
		if _, a := post(method, nil); a.Error == nil {
			t.Errorf("%s is answered: %s", method, a.Result)
		}
	}
	if resp, _ := post("eth_chainId", map[string]string{"Host": "rebound.example"}); resp.StatusCode != http.StatusForbidden {
		t.Errorf("a rebound host name got %s", resp.Status)
	}
	if resp, _ := post("eth_chainId", map[string]string{"Origin": "https://page.example"}); resp.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("a page of another origin may read the answer")
	}
	if resp, _, err := raw(t, c.RPC(), strings.Repeat(" ", 6<<20)+"{}"); err != nil || resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a body of 6 MiB: %v %v", resp, err)
	}
}

func TestFundTransactAndWait(t *testing.T) {
	c := start(t, Fast())
	ctx := t.Context()
	to := common.Address{19: 7}
	if err := c.Fund(ctx, to, big.NewInt(params.GWei)); err != nil {
		t.Fatal(err)
	}
	poor := account("poor")
	if _, err := c.Transact(ctx, poor, &to, big.NewInt(1), nil); err == nil {
		t.Error("an account without coin sent some")
	}
	// A transaction that reverts is mined and says so.
	r, err := c.Transact(ctx, c.Accounts()[0], nil, nil, hexutil.MustDecode("0x60006000fd"))
	if err == nil {
		t.Errorf("the gas of a revert was estimated: %v", r)
	}
	c.Pause()
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := c.WaitMined(gone, common.Hash{1}); !errors.Is(err, context.Canceled) {
		t.Errorf("wait for a transaction: %v", err)
	}
	if err := c.WaitFinal(gone, 1000); !errors.Is(err, context.Canceled) {
		t.Errorf("wait for finality: %v", err)
	}
	odd := errors.New("odd")
	if err := c.Await(ctx, func(context.Context) (bool, error) { return false, odd }); err != odd {
		t.Errorf("await: %v", err)
	}
}

func TestStopEndsWhatWaits(t *testing.T) {
	c := start(t, Options{Manual: true})
	waited := make(chan error, 1)
	started := make(chan struct{})
	go func() {
		first := true
		waited <- c.Await(t.Context(), func(context.Context) (bool, error) {
			if first {
				close(started)
				first = false
			}
			return false, nil
		})
	}()
	<-started
	if err := errors.Join(c.Stop(), c.Stop()); err != nil {
		t.Fatal(err)
	}
	if err := <-waited; !errors.Is(err, ErrStopped) {
		t.Errorf("a wait ended with %v", err)
	}
	<-c.Changed()
	if err := c.Mine(t.Context(), 1); !errors.Is(err, ErrStopped) {
		t.Errorf("mine: %v", err)
	}
	if err := c.Reorg(t.Context(), 1, false); !errors.Is(err, ErrStopped) {
		t.Errorf("reorg: %v", err)
	}
	c.Pause()
	c.Resume()
	if _, err := http.Get(c.RPC()); err == nil {
		t.Error("the endpoint still answers")
	}
}

// BenchmarkStart measures how long it takes until a new chain answers.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		c, err := Start(b.Context(), Options{Dir: b.TempDir()})
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := c.Stop(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}
