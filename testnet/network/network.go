// Package network runs several universities on one development chain: each
// with a node, a folder and a log of its own, all of them on one registry. It
// is for the demo, for tests, and for trying out what institutions do with one
// another.
//
//	n, err := network.Start(ctx, network.Options{Dir: "net", Nodes: 3})
//	defer n.Stop()
//	n.Universities[0].Client // speaks to the first one's node
//	n.Policy                 // of a verifier that trusts all of them
//
// The folder holds
//
//	chain/        the chain
//	policy.json   the Policy, as a file for akashi verify
//	hoshizora/    a university, as akashi init makes it, and its node.log
//	tsukimori/    and so on
//
// Started in the same folder again, everything goes on where it ended, at the
// same addresses.
package network

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/params"
	"golang.org/x/sync/errgroup"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/node"
	"github.com/akashi-project/akashi/testnet"
	"github.com/akashi-project/akashi/verify"
)

// PolicyFile is the policy that trusts all universities, in the folder.
const PolicyFile = "policy.json"

// Options say what a network is like.
type Options struct {
	// Dir is the folder, made when missing.
	Dir string
	// Nodes is how many universities there are, 1 to len(Names). A folder may
	// be started with more of them than before, and with fewer.
	Nodes int
	// AnchorInterval is the longest that a record waits for its anchor in a
	// university that is made now; 0 is a second.
	AnchorInterval time.Duration
	// Chain says how the chain is run; its Dir and Port are the network's.
	Chain testnet.Options
}

// A Network is a chain and the universities on it, all of them running.
type Network struct {
	Dir          string
	Chain        *testnet.Chain
	Registry     common.Address
	Universities []*University
	Policy       verify.Policy // trusts each university for its own records

	failed chan error // from nodes that end by themselves
}

// A University is one institution and its node.
type University struct {
	Name
	Dir    string
	URL    string            // of the node
	Ref    checkpoint.LogRef // its log on the chain
	Policy verify.Policy     // trusts this one alone
	Client *node.Client      // with the token of Dir

	stop func() error
}

// Start runs a network until Stop.
func Start(ctx context.Context, o Options) (_ *Network, err error) {
	if o.Nodes < 1 || o.Nodes > len(Names) {
		return nil, fmt.Errorf("%d universities; from 1 to %d have a name", o.Nodes, len(Names))
	}
	if o.AnchorInterval == 0 {
		o.AnchorInterval = time.Second
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, err
	}
	n := &Network{Dir: o.Dir, failed: make(chan error, o.Nodes)}
	o.Chain.Dir = filepath.Join(o.Dir, "chain")
	if o.Chain.Port, err = chainPort(o.Dir); err != nil {
		return nil, err
	}
	if n.Chain, err = testnet.Start(ctx, o.Chain); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.Stop())
		}
	}()
	if n.Registry, err = n.Chain.Registry(ctx); err != nil {
		return nil, err
	}
	// Making keys and waiting for coin take a second each: all at once.
	n.Universities = make([]*University, o.Nodes)
	g, gctx := errgroup.WithContext(ctx)
	for i := range n.Universities {
		g.Go(func() (err error) {
			if n.Universities[i], err = n.university(gctx, Names[i], o.AnchorInterval); err != nil {
				return fmt.Errorf("%s: %w", Names[i].English, err)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return n, n.writePolicy()
}

// chainPort is the port at which the universities of a folder know the chain;
// 0 when there are none.
func chainPort(dir string) (int, error) {
	config, err := node.Load(filepath.Join(dir, Names[0].Folder, node.ConfigFile), nil, nil)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	u, err := url.Parse(config.Chain.RPC)
	if err != nil {
		return 0, fmt.Errorf("%s: chain.rpc is no URL", Names[0].Folder)
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		return 0, fmt.Errorf("%s: chain.rpc is on no port of this machine", Names[0].Folder)
	}
	return port, nil
}

// university makes or finds the folder of one, and starts its node.
func (n *Network) university(ctx context.Context, name Name, interval time.Duration) (*University, error) {
	u := &University{Name: name, Dir: filepath.Join(n.Dir, name.Folder)}
	path := filepath.Join(u.Dir, node.ConfigFile)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		port, err := testnet.FreePort()
		if err != nil {
			return nil, err
		}
		_, err = node.Init(ctx, u.Dir, node.InitOptions{
			Origin: name.Origin(), Issuer: name.Issuer(),
			RPC: n.Chain.RPC(), ChainID: n.Chain.ChainID(), Registry: checkpoint.Address(n.Registry),
			Listen: fmt.Sprintf("127.0.0.1:%d", port), AnchorInterval: interval, LightKeys: true,
		})
		if err != nil {
			return nil, err
		}
	}
	config, err := node.Load(path, nil, map[string]string{"anchor.poll": "250ms"})
	if err != nil {
		return nil, err
	}
	log := checkpoint.Log{Owner: config.Log.Owner, Origin: config.Log.Origin, Keys: checkpoint.Keys(config.Log.Keys)}
	u.Ref = checkpoint.LogRef{ChainID: config.Chain.ID, Registry: config.Chain.Registry, Log: log.ID()}
	if u.Policy, err = readPolicy(filepath.Join(u.Dir, node.PolicyFile)); err != nil {
		return nil, err
	}
	token, err := os.ReadFile(filepath.Join(u.Dir, node.TokenFile))
	if err != nil {
		return nil, err
	}
	if err := n.fund(ctx, config); err != nil {
		return nil, err
	}
	return u, n.run(u, config, strings.TrimSpace(string(token)))
}

// run starts the node of a university.
func (n *Network) run(u *University, config node.Config, token string) error {
	logFile, err := os.OpenFile(filepath.Join(u.Dir, "node.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	config.Logger = slog.New(slog.NewTextHandler(logFile, nil))
	service, err := node.New(config)
	if err != nil {
		return errors.Join(err, logFile.Close())
	}
	u.URL = service.URL()
	u.Client = &node.Client{URL: u.URL, Token: token}
	// The node's life is the university's, not that of the call that began it.
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		err := service.Run(ctx)
		logFile.Close()
		if ctx.Err() == nil {
			n.failed <- fmt.Errorf("the node of %s ended: %w", u.English, err)
		} else if errors.Is(err, context.Canceled) {
			err = nil
		}
		done <- err
	}()
	u.stop = sync.OnceValue(func() error {
		cancel()
		return <-done
	})
	return nil
}

// fund sees to it that the operator of a node can pay for anchors.
func (n *Network) fund(ctx context.Context, config node.Config) error {
	keyFile, err := os.ReadFile(config.Chain.OperatorKeyFile)
	if err != nil {
		return err
	}
	var key struct {
		Address string `json:"address"`
	}
	if err := json.Unmarshal(keyFile, &key); err != nil || !common.IsHexAddress(key.Address) {
		return fmt.Errorf("%s names no address", config.Chain.OperatorKeyFile)
	}
	operator := common.HexToAddress(key.Address)
	balance, err := n.Chain.Client().BalanceAt(ctx, operator, nil)
	if err != nil {
		return err
	}
	coins := func(c int64) *big.Int { return new(big.Int).Mul(big.NewInt(c), big.NewInt(params.Ether)) }
	if balance.Cmp(coins(10)) >= 0 {
		return nil
	}
	return n.Chain.Fund(ctx, operator, coins(100))
}

// writePolicy joins the policies of the universities, under their names.
func (n *Network) writePolicy() error {
	n.Policy = verify.Policy{Registries: n.Universities[0].Policy.Registries}
	for _, u := range n.Universities {
		for _, issuer := range u.Policy.Issuers {
			issuer.Name = u.Name.String()
			n.Policy.Issuers = append(n.Policy.Issuers, issuer)
		}
	}
	text, err := json.MarshalIndent(n.Policy, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(n.Dir, PolicyFile), append(text, '\n'), 0o600)
}

func readPolicy(path string) (verify.Policy, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return verify.Policy{}, err
	}
	return verify.ParsePolicy(text)
}

// Failed gives the error of a node that ended by itself.
func (n *Network) Failed() <-chan error { return n.failed }

// Stop ends the university's node, and returns what it ended with. Its folder
// stays.
func (u *University) Stop() error { return u.stop() }

// Stop ends all nodes and then the chain.
func (n *Network) Stop() error {
	var errs []error
	for _, u := range n.Universities {
		if u != nil && u.stop != nil {
			errs = append(errs, u.stop())
		}
	}
	return errors.Join(append(errs, n.Chain.Stop())...)
}
