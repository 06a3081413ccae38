package main

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/akashi-project/akashi/node"
	"github.com/akashi-project/akashi/testnet"
	"github.com/akashi-project/akashi/testnet/await"
	"github.com/akashi-project/akashi/testnet/network"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"akashi-testnet": main})
}

// TestScripts runs each script of testdata/script. Beside testscript's own
// commands there are:
//
//	waitchain            until a chain answers at 127.0.0.1:$PORT and has the
//	                     registry; sets $HEAD to its newest block
//	holds ADDRESS COIN   the account at $PORT holds so many whole coins
//	code N COMMAND...    runs a command that must end with exit code N, and
//	                     show no stack trace
//	json FILE            FILE is what chain --json prints for chain 4242 at $PORT
//
// $PORT is a free port, $BUSY one that another program listens on, and $LOCKED
// a directory in which another program runs a chain.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			free, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return err
			}
			e.Setenv("PORT", port(free))
			if err := free.Close(); err != nil {
				return err
			}
			busy, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return err
			}
			e.Defer(func() { busy.Close() })
			e.Setenv("BUSY", port(busy))
			locked := t.TempDir()
			c, err := testnet.Start(t.Context(), testnet.Options{Dir: locked, Manual: true})
			if err != nil {
				return err
			}
			e.Defer(func() { c.Stop() })
			e.Setenv("LOCKED", locked)
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"waitnet":   waitNet,
			"waitchain": func(ts *testscript.TestScript, _ bool, _ []string) { waitChain(ts) },
			"holds":     func(ts *testscript.TestScript, _ bool, args []string) { holds(ts, args[0], args[1]) },
			"code":      code,
			"json": func(ts *testscript.TestScript, _ bool, args []string) {
				var info chainInfo
				d := json.NewDecoder(strings.NewReader(ts.ReadFile(args[0])))
				d.DisallowUnknownFields()
				ts.Check(d.Decode(&info))
				if info.ChainID != 4242 || info.Registry != strings.ToLower(testnet.RegistryAddress().Hex()) || len(info.Accounts) != 10 ||
					info.RPC != "http://127.0.0.1:"+ts.Getenv("PORT") || d.More() {
					ts.Fatalf("%+v", info)
				}
			},
		},
	})
}

// waitNet waits until as many nodes of a network's folder are ready. Their
// addresses are in their configuration.
func waitNet(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	ctx, cancel := context.WithTimeout(context.Background(), await.Patience)
	defer cancel()
	for _, name := range network.Names[:want] {
		err := await.Nil(ctx, func() error {
			config, err := node.Load(ts.MkAbs(filepath.Join(args[0], name.Folder, node.ConfigFile)), nil, nil)
			if err != nil {
				return err
			}
			_, err = (&node.Client{URL: "http://" + config.HTTP.Listen}).Ready(ctx)
			return err
		})
		if err != nil {
			ts.Fatalf("no node of %s: %v", name, err)
		}
	}
}

func port(l net.Listener) string { return strconv.Itoa(l.Addr().(*net.TCPAddr).Port) }

func dial(ts *testscript.TestScript) *ethclient.Client {
	client, err := ethclient.Dial("http://127.0.0.1:" + ts.Getenv("PORT"))
	ts.Check(err)
	return client
}

// waitChain waits until the chain is all there.
func waitChain(ts *testscript.TestScript) {
	ctx, cancel := context.WithTimeout(context.Background(), await.Patience)
	defer cancel()
	client := dial(ts)
	defer client.Close()
	ts.Check(await.Nil(ctx, func() error {
		code, err := client.CodeAt(ctx, testnet.RegistryAddress(), nil)
		if err == nil && len(code) == 0 {
			err = errors.New("the chain has no registry")
		}
		return err
	}))
	head, err := client.BlockNumber(ctx)
	ts.Check(err)
	ts.Setenv("HEAD", strconv.FormatUint(head, 10))
}

func holds(ts *testscript.TestScript, address, coin string) {
	client := dial(ts)
	defer client.Close()
	got, err := client.BalanceAt(context.Background(), common.HexToAddress(address), nil)
	ts.Check(err)
	if got.String() != coin+strings.Repeat("0", 18) {
		ts.Fatalf("%s holds %s wei, want %s coin", address, got, coin)
	}
}

func code(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		m := regexp.MustCompile(`exit status (\d+)`).FindStringSubmatch(err.Error())
		if m == nil {
			ts.Fatalf("%v", err)
		}
		got, err = strconv.Atoi(m[1])
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
	if shown := ts.ReadFile("stderr"); strings.Contains(shown, "goroutine ") || strings.Contains(shown, "panic:") {
		ts.Fatalf("a stack trace was shown")
	}
}
