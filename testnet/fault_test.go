package testnet

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"
)

// cell is the code of a contract that keeps one word: called with a word it
// stores and logs it, called with nothing it returns it.
var cell = hexutil.MustDecode("0x6023600c60003960236000f3" + // copy what follows to memory and return it as the code
	"361560175760003560005560003560005260206000a0005b60005460005260206000f3")

func word(n byte) []byte { return append(make([]byte, 31), n) }

// faulty is a chain, a Fault before it and a client that sees only the Fault.
type faulty struct {
	*Chain
	fault *Fault
	via   *ethclient.Client
}

func startFaulty(t *testing.T, o Options) faulty {
	t.Helper()
	c := start(t, o)
	f, err := NewFault(c.RPC())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	via, err := ethclient.DialContext(t.Context(), f.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(via.Close)
	return faulty{c, f, via}
}

func (f faulty) set(t *testing.T, faults Faults) {
	t.Helper()
	if err := f.fault.Set(faults); err != nil {
		t.Fatal(err)
	}
}

// tx mines a transaction of account 0 and returns its receipt.
func (f faulty) tx(t *testing.T, to *common.Address, data []byte) *types.Receipt {
	t.Helper()
	r, err := f.Transact(t.Context(), f.Accounts()[0], to, nil, data)
	if err != nil {
		t.Fatal(err)
	}
	if r.Status != types.ReceiptStatusSuccessful {
		t.Fatalf("transaction %s reverted", r.TxHash)
	}
	return r
}

// raw posts a body and returns status, header and body.
func raw(t *testing.T, url, body string) (*http.Response, []byte, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	return resp, got, err
}

func same(t *testing.T, a, b []byte) bool {
	t.Helper()
	var x, y any
	if err := errors.Join(json.Unmarshal(a, &x), json.Unmarshal(b, &y)); err != nil {
		t.Fatalf("%v\n%s\n%s", err, a, b)
	}
	return bytes.Equal(mustJSON(x), mustJSON(y))
}

func TestFaultPasses(t *testing.T) {
	f := startFaulty(t, Fast())
	f.Pause()
	for _, body := range []string{
		`{"jsonrpc":"2.0","id":7,"method":"eth_chainId"}`,
		`{"jsonrpc":"2.0","id":"a","method":"eth_getBlockByNumber","params":["latest",true]}`,
		`{"jsonrpc":"2.0","id":1,"method":"eth_getTransactionReceipt","params":["0x` + strings.Repeat("ab", 32) + `"]}`,
		`{"jsonrpc":"2.0","id":1,"method":"eth_no"}`,
		`{"jsonrpc":"2.0","id":1,"method":"eth_getBalance","params":[1,2,3]}`,
		` [{"jsonrpc":"2.0","id":1,"method":"eth_chainId"},{"jsonrpc":"2.0","id":null,"method":"net_version"},{"jsonrpc":"2.0","id":3,"method":"web3_clientVersion"}]`,
	} {
		_, want, err := raw(t, f.RPC(), body)
		if err != nil {
			t.Fatal(err)
		}
		_, got, err := raw(t, f.fault.URL(), body)
		if err != nil {
			t.Fatal(err)
		}
		if !same(t, got, want) {
			t.Errorf("%s\n got %s\nwant %s", body, got, want)
		}
	}
	if got := f.fault.Calls("eth_chainId"); got != 2 {
		t.Errorf("counted %d calls of eth_chainId, want 2", got)
	}
	if got := f.fault.AllCalls(); got["eth_no"] != 1 || got["net_version"] != 1 {
		t.Errorf("counted %v", got)
	}
	f.fault.ResetCalls()
	if got := f.fault.AllCalls(); len(got) != 0 {
		t.Errorf("after the reset %v", got)
	}
}

func TestFaultRefusesWhatIsNoRequest(t *testing.T) {
	f := startFaulty(t, Options{Manual: true})
	for name, body := range map[string]string{
		"nothing":       "",
		"no JSON":       "<html>",
		"empty batch":   "[]",
		"batch of text": `["a"]`,
		"great batch":   "[" + strings.Repeat(`{"id":1,"method":"eth_chainId"},`, maxBatch) + `{"id":1,"method":"eth_chainId"}]`,
	} {
		t.Run(name, func(t *testing.T) {
			_, got, err := raw(t, f.fault.URL(), body)
			var a answer
			if err != nil || json.Unmarshal(got, &a) != nil || !bytes.Contains(a.Error, []byte("-32700")) {
				t.Fatalf("%v %s", err, got)
			}
		})
	}
	resp, _, err := raw(t, f.fault.URL(), `"`+strings.Repeat("a", maxRequest)+`"`)
	if err != nil || resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Fatalf("%v %v", resp, err)
	}
	resp, got, err := raw(t, f.fault.URL(), `{"jsonrpc":"2.0","method":"eth_chainId"}`)
	if err != nil || resp.StatusCode != http.StatusOK || len(got) != 0 {
		t.Fatalf("a notification was answered: %v %s %v", resp, got, err)
	}
}

func TestFaultDead(t *testing.T) {
	f := startFaulty(t, Options{Manual: true})
	for range 3 {
		f.set(t, Faults{})
		if _, err := f.via.BlockNumber(t.Context()); err != nil {
			t.Fatal(err)
		}
		f.set(t, Faults{Dead: true})
		f.set(t, Faults{Dead: true, Delay: 1})
		if n, err := f.via.BlockNumber(t.Context()); err == nil { // on a cut connection or a new one
			t.Fatalf("a dead endpoint answered %d", n)
		}
		if _, err := net.Dial("tcp", strings.TrimPrefix(f.fault.URL(), "http://")); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Fatalf("a dead endpoint accepted a connection: %v", err)
		}
	}
}

// hits makes a call with a context that ends once the Fault has seen it, and
// returns the call's error.
func (f faulty) hits(t *testing.T) error {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	before := f.fault.Calls("eth_blockNumber")
	got := make(chan error, 1)
	go func() {
		_, err := f.via.BlockNumber(ctx)
		got <- err
	}()
	for f.fault.Calls("eth_blockNumber") == before {
		select {
		case err := <-got:
			t.Fatalf("answered before it was asked: %v", err)
		default:
			runtime.Gosched()
		}
	}
	cancel()
	return <-got
}

func TestFaultHangsUntilTheClientGivesUp(t *testing.T) {
	f := startFaulty(t, Options{Manual: true})
	f.set(t, Faults{Hang: true})
	if err := f.hits(t); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	f.set(t, Faults{})
	if _, err := f.via.BlockNumber(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestFaultDelays(t *testing.T) {
	f := startFaulty(t, Options{Manual: true})
	f.set(t, Faults{Delay: time.Hour})
	if err := f.hits(t); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	f.set(t, Faults{Delay: time.Millisecond})
	if _, err := f.via.BlockNumber(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestFaultStatus(t *testing.T) {
	f := startFaulty(t, Options{Manual: true})
	for _, status := range []int{500, 429, 301} {
		f.set(t, Faults{Status: status})
		_, err := f.via.BlockNumber(t.Context())
		if got, ok := errors.AsType[rpc.HTTPError](err); !ok || got.StatusCode != status {
			t.Errorf("status %d: %v", status, err)
		}
	}
	f.set(t, Faults{Status: 429})
	if resp, _, err := raw(t, f.fault.URL(), `{"id":1,"method":"eth_chainId"}`); err != nil || resp.Header.Get("Retry-After") != "1" {
		t.Errorf("no Retry-After: %v %v", resp, err)
	}
}

func TestFaultBodies(t *testing.T) {
	f := startFaulty(t, Options{Manual: true})

	f.set(t, Faults{Body: Garbage})
	if _, err := f.via.BlockNumber(t.Context()); err == nil || !strings.Contains(err.Error(), "invalid character '<'") {
		t.Errorf("garbage: %v", err)
	}

	f.set(t, Faults{Body: Truncated})
	if _, err := f.via.BlockNumber(t.Context()); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("truncated: %v", err)
	}

	f.set(t, Faults{Body: Huge})
	resp, err := http.Post(f.fault.URL(), "application/json", strings.NewReader(`{"id":1,"method":"eth_chainId"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	head := make([]byte, 40)
	if _, err := io.ReadFull(resp.Body, head); err != nil || !strings.HasPrefix(string(head), `{"jsonrpc":"2.0","id":1,"result":"0x000`) {
		t.Errorf("huge begins %q, %v", head, err)
	}
	if n, err := io.Copy(io.Discard, resp.Body); err != nil || n+int64(len(head)) < 64<<20 {
		t.Errorf("huge is %d bytes, %v", n, err)
	}
}

func TestFaultMethodsAndTimes(t *testing.T) {
	f := startFaulty(t, Options{Manual: true})
	f.set(t, Faults{Methods: []string{"eth_blockNumber"}, Times: 2, Status: 500})
	for i, wantErr := range []bool{true, true, false} {
		if _, err := f.via.ChainID(t.Context()); err != nil {
			t.Fatalf("another method was hit: %v", err)
		}
		if _, err := f.via.BlockNumber(t.Context()); (err != nil) != wantErr {
			t.Fatalf("call %d: %v", i, err)
		}
	}
	// Within a batch, faults of content hit their own methods only.
	f.set(t, Faults{Methods: []string{"net_version"}, ChainID: 5})
	_, got, err := raw(t, f.fault.URL(), `[{"id":1,"method":"eth_chainId"},{"id":2,"method":"net_version"}]`)
	if want := `[{"jsonrpc":"2.0","id":1,"result":"0x539"},{"jsonrpc":"2.0","id":2,"result":"5"}]`; err != nil || string(got) != want {
		t.Fatalf("%v\n got %s\nwant %s", err, got, want)
	}
}

func TestFaultChainID(t *testing.T) {
	f := startFaulty(t, Options{Manual: true})
	f.set(t, Faults{ChainID: 11155111})
	id, err := f.via.ChainID(t.Context())
	if err != nil || id.Uint64() != 11155111 {
		t.Error(id, err)
	}
	if id, err = f.via.NetworkID(t.Context()); err != nil || id.Uint64() != 11155111 {
		t.Error(id, err)
	}
}

func TestFaultStale(t *testing.T) {
	f := startFaulty(t, Fast())
	ctx := t.Context()
	at := f.tx(t, nil, cell).ContractAddress
	f.tx(t, &at, word(1))
	if err := f.Mine(ctx, 1); err != nil {
		t.Fatal(err)
	}
	f.Pause()
	latest, final := f.Head()
	from := f.Accounts()[0].Address
	nonce, err := f.Client().NonceAt(ctx, from, nil)
	if err != nil {
		t.Fatal(err)
	}
	f.Resume()
	after := f.tx(t, &at, word(2))
	f.set(t, Faults{Stale: &Stale{Latest: latest, Finalized: final}})

	if n, err := f.via.BlockNumber(ctx); err != nil || n != latest {
		t.Errorf("head %d, %v, want %d", n, err, latest)
	}
	for tag, want := range map[int64]uint64{
		int64(rpc.LatestBlockNumber):    latest,
		int64(rpc.PendingBlockNumber):   latest,
		int64(rpc.FinalizedBlockNumber): final,
		int64(rpc.SafeBlockNumber):      final,
		0:                               0,
		int64(latest):                   latest,
	} {
		if h, err := f.via.HeaderByNumber(ctx, big.NewInt(tag)); err != nil || h.Number.Uint64() != want {
			t.Errorf("block %d: %v, %v, want %d", tag, h, err, want)
		}
	}
	if _, err := f.via.HeaderByNumber(ctx, after.BlockNumber); !errors.Is(err, ethereum.NotFound) {
		t.Errorf("a newer block by number: %v", err)
	}
	if _, err := f.via.HeaderByHash(ctx, after.BlockHash); !errors.Is(err, ethereum.NotFound) {
		t.Errorf("a newer block by hash: %v", err)
	}
	if _, err := f.via.TransactionReceipt(ctx, after.TxHash); !errors.Is(err, ethereum.NotFound) {
		t.Errorf("a newer receipt: %v", err)
	}
	if _, _, err := f.via.TransactionByHash(ctx, after.TxHash); !errors.Is(err, ethereum.NotFound) {
		t.Errorf("a newer transaction: %v", err)
	}
	if _, err := f.via.BlockReceipts(ctx, rpc.BlockNumberOrHashWithHash(after.BlockHash, true)); !errors.Is(err, ethereum.NotFound) {
		t.Errorf("newer receipts: %v", err)
	}
	var bare json.RawMessage
	if err := f.via.Client().CallContext(ctx, &bare, "eth_getBlockReceipts", after.BlockHash); err != nil || string(bare) != "null" {
		t.Errorf("newer receipts by a bare hash: %s, %v", bare, err)
	}
	if got, err := f.via.NonceAt(ctx, from, nil); err != nil || got != nonce {
		t.Errorf("nonce %d, %v, want %d", got, err, nonce)
	}
	if got, err := f.via.PendingNonceAt(ctx, from); err != nil || got != nonce {
		t.Errorf("pending nonce %d, %v, want %d", got, err, nonce)
	}
	if got, err := f.via.CallContract(ctx, ethereum.CallMsg{To: &at}, nil); err != nil || !bytes.Equal(got, word(1)) {
		t.Errorf("call %x, %v", got, err)
	}
	if got, err := f.via.StorageAt(ctx, at, common.Hash{}, nil); err != nil || !bytes.Equal(got, word(1)) {
		t.Errorf("storage %x, %v", got, err)
	}
	if _, err := f.via.CallContract(ctx, ethereum.CallMsg{To: &at}, after.BlockNumber); err == nil {
		t.Error("a call at a newer block was answered")
	}
	if _, err := f.via.CallContractAtHash(ctx, ethereum.CallMsg{To: &at}, after.BlockHash); err == nil {
		t.Error("a call at a newer block hash was answered")
	}
	if _, err := f.via.EstimateGas(ctx, ethereum.CallMsg{To: &at}); err != nil {
		t.Errorf("estimate: %v", err) // its block parameter is missing
	}
	for _, q := range []ethereum.FilterQuery{
		{Addresses: []common.Address{at}, FromBlock: new(big.Int)},
		{Addresses: []common.Address{at}, FromBlock: new(big.Int), ToBlock: after.BlockNumber},
	} {
		if logs, err := f.via.FilterLogs(ctx, q); err != nil || len(logs) != 1 {
			t.Errorf("%v: %d logs, %v, want 1", q, len(logs), err)
		}
	}
	for _, q := range []ethereum.FilterQuery{
		{Addresses: []common.Address{at}, FromBlock: after.BlockNumber, ToBlock: after.BlockNumber},
		{BlockHash: &after.BlockHash},
	} {
		if logs, err := f.via.FilterLogs(ctx, q); err != nil || len(logs) != 0 {
			t.Errorf("%v: %d logs, %v, want none", q, len(logs), err)
		}
	}

	f.set(t, Faults{})
	if got, err := f.via.CallContract(ctx, ethereum.CallMsg{To: &at}, nil); err != nil || !bytes.Equal(got, word(2)) {
		t.Errorf("call %x, %v, after the fault ended", got, err)
	}
}

func TestFaultRewrite(t *testing.T) {
	f := startFaulty(t, Options{Manual: true})
	f.set(t, Faults{Methods: []string{"eth_getTransactionCount", "eth_chainId"}, Rewrite: func(method string, params, result []byte) []byte {
		if method == "eth_chainId" {
			return []byte("no JSON")
		}
		if !bytes.Contains(params, []byte("latest")) {
			t.Errorf("params %s", params)
		}
		return []byte(`"0x2a"`)
	}})
	if n, err := f.via.NonceAt(t.Context(), common.Address{}, nil); err != nil || n != 42 {
		t.Error(n, err)
	}
	if _, err := f.via.ChainID(t.Context()); err == nil || !strings.Contains(err.Error(), "returned no JSON") {
		t.Error(err)
	}
}

func TestFaultSetRefuses(t *testing.T) {
	f := startFaulty(t, Options{Manual: true})
	for _, faults := range []Faults{
		{Stale: &Stale{Latest: 1, Finalized: 2}},
		{Status: 200},
		{Status: 600},
		{Body: "odd"},
		{Sends: "odd"},
	} {
		if err := f.fault.Set(faults); err == nil {
			t.Errorf("took %+v", faults)
		}
	}
	if err := errors.Join(f.fault.Close(), f.fault.Close()); err != nil {
		t.Error(err)
	}
	if err := f.fault.Set(Faults{}); err == nil {
		t.Error("took faults after Close")
	}
	for _, upstream := range []string{"", "127.0.0.1:8545", "ws://127.0.0.1:8545", "http://", "http://%"} {
		if _, err := NewFault(upstream); err == nil {
			t.Errorf("took the upstream %q", upstream)
		}
	}
}

func TestFaultUpstreamIsGone(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	f, err := NewFault(gone.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if resp, got, err := raw(t, f.URL(), `{"id":1,"method":"eth_chainId"}`); err != nil || resp.StatusCode != http.StatusBadGateway {
		t.Fatalf("%v %s %v", resp, got, err)
	}
}

// FuzzFaultContent feeds what a chain might answer, and what a client might
// ask, to the functions that change it: JSON stays JSON.
func FuzzFaultContent(f *testing.F) {
	f.Add("eth_getBlockByNumber", `["latest",false]`, `{"number":"0x5","hash":"0x1111111111111111111111111111111111111111111111111111111111111111"}`)
	f.Add("eth_getLogs", `[{"fromBlock":"0x1"}]`, `[{"blockNumber":"0x9","blockHash":"0x1111111111111111111111111111111111111111111111111111111111111111","data":"0x00"},null]`)
	f.Add("eth_getTransactionReceipt", `["0x"]`, `{"blockHash":"0x1111111111111111111111111111111111111111111111111111111111111111","logs":[{}]}`)
	f.Add("eth_call", `[{},{"blockNumber":"0xff"}]`, `"0x0000000000000000000000000000000000000000000000000000000000000000"`)
	f.Fuzz(func(t *testing.T, method, params, result string) {
		if !json.Valid([]byte(params)) || !json.Valid([]byte(result)) {
			return
		}
		// The upstream is closed: no question may reach it for an answer.
		gone := &Fault{upstream: "http://127.0.0.1:1", client: &http.Client{}, lies: map[common.Hash]common.Hash{}}
		s := Stale{Latest: 3, Finalized: 1}
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		c, local, err := gone.staleCall(ctx, call{Method: method, Params: json.RawMessage(params)}, s)
		if err == nil && local == nil {
			c, _ = gone.trueBlock(c)
			if !json.Valid(c.Params) {
				t.Fatalf("params %s of %s", c.Params, params)
			}
		}
		for _, out := range []json.RawMessage{
			staleResult(method, json.RawMessage(result), s), gone.lieBlock(method, json.RawMessage(result)),
			lieState(method, json.RawMessage(result)), lieReceipts(method, json.RawMessage(result)),
		} {
			if !json.Valid(out) {
				t.Fatalf("result %s of %s", out, result)
			}
		}
	})
}
