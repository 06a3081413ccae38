package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/signer/core/apitypes"
	"github.com/rogpeppe/go-internal/testscript"
	"go.etcd.io/bbolt"

	"github.com/akashi-project/akashi/node"
	"github.com/akashi-project/akashi/store"
	"github.com/akashi-project/akashi/testnet"
	"github.com/akashi-project/akashi/testnet/await"
)

// programs are those that tests find in PATH, made of the test's own binary.
var programs = map[string]func(){"akashi": main}

func TestMain(m *testing.M) { testscript.Main(m, programs) }

// TestScripts runs each script of testdata/script against a chain of its own.
// A script finds the chain in $RPC, $CHAIN_ID and $REGISTRY, the sample records
// in $RECORDS, a free port in $PORT, and has these commands beside testscript's:
//
//	fund ADDRESS        one coin to an account
//	fund-operator FILE  the same for the operator in the output of akashi init
//	waitfor URL         until a GET answers 200
//	fault NAME MODE     a proxy before the chain that misbehaves; its URL is in $NAME
//	code N COMMAND...   runs a command that must end with exit code N, and
//	                    show no stack trace
//	corrupt FILE N      changes byte N of a file
//	bytes FILE N        a file of N zero bytes
//	setfrom NAME FILE RE   sets $NAME to the first group of RE in FILE
//	disk DIR SIZE       a file system of its own, of SIZE as tmpfs takes it
//	newer FILE          gives the database of a stopped node a later format
//	waitsize N          until the log of the node at $PORT has N entries
//	wallet NAME FILE KEY PASS   sets $NAME to what a wallet answers that
//	                    holds that key and signs the typed data in FILE
//	json LINES          standard output was so many lines, each a JSON object
func TestScripts(t *testing.T) {
	records, err := filepath.Abs("../../testdata/records")
	if err != nil {
		t.Fatal(err)
	}
	type chainKey struct{}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			ctx, cancel := context.WithTimeout(context.Background(), await.Patience)
			defer cancel()
			chain, err := testnet.Start(ctx, testnet.Fast())
			if err != nil {
				return err
			}
			env.Defer(func() { chain.Stop() })
			registry, err := chain.Registry(ctx)
			if err != nil {
				return err
			}
			port, err := testnet.FreePort()
			if err != nil {
				return err
			}
			env.Values[chainKey{}] = chain
			env.Setenv("RPC", chain.RPC())
			env.Setenv("CHAIN_ID", strconv.FormatUint(chain.ChainID(), 10))
			env.Setenv("REGISTRY", strings.ToLower(registry.Hex()))
			env.Setenv("RECORDS", records)
			env.Setenv("PORT", strconv.Itoa(port))
			env.Setenv("AKASHI_ANCHOR_POLL", "100ms")
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"fund": func(ts *testscript.TestScript, neg bool, args []string) {
				fund(ts, ts.Value(chainKey{}).(*testnet.Chain), args[0])
			},
			"fund-operator": func(ts *testscript.TestScript, neg bool, args []string) {
				m := regexp.MustCompile(`(?m)^operator\s+(0x[0-9a-f]{40})$`).FindStringSubmatch(ts.ReadFile(args[0]))
				if m == nil {
					ts.Fatalf("%s names no operator", args[0])
				}
				fund(ts, ts.Value(chainKey{}).(*testnet.Chain), m[1])
			},
			"waitfor": func(ts *testscript.TestScript, neg bool, args []string) { waitFor(ts, args[0]) },
			"fault": func(ts *testscript.TestScript, neg bool, args []string) {
				faults, ok := faultModes[args[1]]
				if !ok {
					ts.Fatalf("no fault %q", args[1])
				}
				f, err := testnet.NewFault(ts.Value(chainKey{}).(*testnet.Chain).RPC())
				ts.Check(err)
				ts.Defer(func() { f.Close() })
				ts.Check(f.Set(faults))
				ts.Setenv(args[0], f.URL())
			},
			"code": func(ts *testscript.TestScript, neg bool, args []string) {
				want, err := strconv.Atoi(args[0])
				ts.Check(err)
				err = ts.Exec(args[1], args[2:]...)
				got := 0
				if err != nil {
					m := regexp.MustCompile(`exit status (\d+)`).FindStringSubmatch(err.Error())
					if m == nil {
						ts.Fatalf("%v", err)
					}
					got, _ = strconv.Atoi(m[1])
				}
				if got != want {
					ts.Fatalf("exit code %d, want %d", got, want)
				}
				for _, stream := range []string{"stdout", "stderr"} {
					if trace := stackTrace.FindString(ts.ReadFile(stream)); trace != "" {
						ts.Fatalf("%s has a stack trace: %q", stream, trace)
					}
				}
			},
			"bytes": func(ts *testscript.TestScript, neg bool, args []string) {
				n, err := strconv.Atoi(args[1])
				ts.Check(err)
				ts.Check(os.WriteFile(ts.MkAbs(args[0]), make([]byte, n), 0o600))
			},
			"disk":  func(ts *testscript.TestScript, neg bool, args []string) { mountDisk(ts, args[0], args[1]) },
			"newer": func(ts *testscript.TestScript, neg bool, args []string) { setFormat(ts, args[0], store.Format+1) },
			"older": func(ts *testscript.TestScript, neg bool, args []string) { setFormat(ts, args[0], store.Format-1) },
			"waitsize": func(ts *testscript.TestScript, neg bool, args []string) {
				size, err := strconv.ParseUint(args[0], 10, 64)
				ts.Check(err)
				waitSize(ts, "http://127.0.0.1:"+ts.Getenv("PORT"), size)
			},
			"json": func(ts *testscript.TestScript, neg bool, args []string) {
				want, err := strconv.Atoi(args[0])
				ts.Check(err)
				text := ts.ReadFile("stdout")
				if got := strings.Count(text, "\n"); got != want || !strings.HasSuffix(text, "\n") {
					ts.Fatalf("%d lines, want %d", got, want)
				}
				for line := range strings.Lines(text) {
					var object map[string]any
					if err := json.Unmarshal([]byte(line), &object); err != nil {
						ts.Fatalf("%q is no JSON object: %v", line, err)
					}
				}
			},
			"corrupt": func(ts *testscript.TestScript, neg bool, args []string) {
				path := ts.MkAbs(args[0])
				b, err := os.ReadFile(path)
				ts.Check(err)
				n, err := strconv.Atoi(args[1])
				ts.Check(err)
				b[n] ^= 1
				ts.Check(os.WriteFile(path, b, 0o600))
			},
			"wallet": func(ts *testscript.TestScript, neg bool, args []string) {
				ts.Setenv(args[0], walletSign(ts, args[1], args[2], args[3]))
			},
			"setfrom": func(ts *testscript.TestScript, neg bool, args []string) {
				m := regexp.MustCompile("(?m)" + args[2]).FindStringSubmatch(ts.ReadFile(args[1]))
				if m == nil {
					ts.Fatalf("%s does not match %s", args[1], args[2])
				}
				ts.Setenv(args[0], m[1])
			},
		},
	})
}

// walletSign signs typed data as wallets do, by another implementation of
// EIP-712 than the project's.
func walletSign(ts *testscript.TestScript, file, keyFile, passFile string) string {
	var typed apitypes.TypedData
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(file)), &typed))
	digest, _, err := apitypes.TypedDataAndHash(typed)
	ts.Check(err)
	key, err := keystore.DecryptKey([]byte(ts.ReadFile(keyFile)), strings.TrimSpace(ts.ReadFile(passFile)))
	ts.Check(err)
	sig, err := crypto.Sign(digest, key.PrivateKey)
	ts.Check(err)
	return fmt.Sprintf("0x%x", sig)
}

// stackTrace is how Go's begin.
var stackTrace = regexp.MustCompile(`goroutine \d+ \[|panic: |runtime error: `)

var faultModes = map[string]testnet.Faults{
	"dead":        {Dead: true},
	"hang":        {Hang: true},
	"lie":         {LieBlocks: true, LieState: true, LieReceipts: true},
	"wrong-chain": {ChainID: 999},
	"no-logs":     {Missing: []string{"eth_getLogs"}},
}

func fund(ts *testscript.TestScript, chain *testnet.Chain, address string) {
	ctx, cancel := context.WithTimeout(context.Background(), await.Patience)
	defer cancel()
	ts.Check(chain.Fund(ctx, common.HexToAddress(address), big.NewInt(params.Ether)))
}

// until waits for what another process comes to without a word: ready returns
// nil then, and else what there is instead.
func until(ts *testscript.TestScript, ready func(ctx context.Context) error) {
	ctx, cancel := context.WithTimeout(context.Background(), await.Patience)
	defer cancel()
	ts.Check(await.Nil(ctx, func() error { return ready(ctx) }))
}

// waitFor waits until a URL answers with status 200.
func waitFor(ts *testscript.TestScript, url string) {
	until(ts, func(ctx context.Context) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			line, _ := bufio.NewReader(resp.Body).ReadString('\n')
			return fmt.Errorf("waitfor %s: %s: %s", url, resp.Status, line)
		}
		return nil
	})
}

// waitSize waits until a node's log has so many entries.
func waitSize(ts *testscript.TestScript, url string, size uint64) {
	client := &node.Client{URL: url}
	until(ts, func(ctx context.Context) error {
		l, err := client.Log(ctx)
		if err == nil && l.Size < size {
			err = fmt.Errorf("waitsize %d: the log has %d entries", size, l.Size)
		}
		return err
	})
}

// setFormat does to log.db what a later release will, or one before left: it
// changes the number of the format (store/schema.go).
func setFormat(ts *testscript.TestScript, path string, format uint32) {
	db, err := bbolt.Open(ts.MkAbs(path), 0o600, &bbolt.Options{Timeout: time.Second})
	ts.Check(err)
	ts.Check(db.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte("meta")).Put([]byte("format"), binary.BigEndian.AppendUint32(nil, format))
	}))
	ts.Check(db.Close())
}

// mountDisk makes a directory that can be filled without harm.
var mountDisk = func(ts *testscript.TestScript, _, _ string) {
	ts.Fatalf("this test fills a real disk, a tmpfs, which only Linux has: run it there")
}
