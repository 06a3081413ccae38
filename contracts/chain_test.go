package contracts_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/big"
	"os"
	"reflect"
	"testing"
	"time"

	"github.com/akashi-project/akashi/contracts"
	"github.com/akashi-project/akashi/testnet"
	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rpc"
)

// shared is the chain on which all tests run but those that count gas; each
// test deploys a registry of its own.
var shared *testnet.Chain

// byHand is a chain that seals when transact says so, without waiting: block
// times run up to an hour behind the clock.
var byHand = testnet.Options{Manual: true, Behind: time.Hour}

func TestMain(m *testing.M) {
	os.Exit(func() int {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		chain, err := testnet.Start(ctx, byHand)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		shared = chain
		a := chain.Accounts()
		owner, operator, stranger, sponsor, heir, rival = a[1], a[2], a[3], a[4], a[5], a[6]
		code := m.Run()
		if err := chain.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return code
	}())
}

var binding = contracts.NewAnchorRegistry()

// The people of the tests, who hold coin on the chain.
var owner, operator, stranger, sponsor, heir, rival testnet.Account

// poor returns an account that holds no coin.
func poor(label string) testnet.Account {
	key, err := crypto.ToECDSA(crypto.Keccak256([]byte("akashi contracts test " + label)))
	if err != nil {
		panic(err) // for one label in 2¹²⁸
	}
	return testnet.Account{Address: crypto.PubkeyToAddress(key.PublicKey), Key: key}
}

// A registry is one deployed on a chain, for one test.
type registry struct {
	*testing.T
	chain   *testnet.Chain
	address common.Address
	domain  contracts.Domain
}

func deploy(t *testing.T, chain *testnet.Chain) *registry {
	t.Helper()
	r := &registry{T: t, chain: chain}
	receipt := r.transact(chain.Accounts()[0], nil, contracts.CreationCode())
	if receipt.Status != types.ReceiptStatusSuccessful {
		t.Fatalf("the registry is not deployed: %+v", receipt)
	}
	r.address = receipt.ContractAddress
	r.domain = contracts.Domain{ChainID: chain.ChainID(), Registry: r.address}
	return r
}

// transact sends a transaction with all the gas that one may have, and
// returns its receipt, also of one that reverted.
func (r *registry) transact(from testnet.Account, to *common.Address, data []byte) *types.Receipt {
	r.Helper()
	tx := r.enqueue(from, to, data, maxTxGas)
	if err := r.chain.Mine(r.Context(), 1); err != nil {
		r.Fatal(err)
	}
	receipt, err := r.chain.WaitMined(r.Context(), tx)
	if err != nil {
		r.Fatal(err)
	}
	return receipt
}

// maxTxGas is the most that a transaction may ask for (EIP-7825).
const maxTxGas = 1 << 24

// enqueue hands a transaction to the chain's pool.
func (r *registry) enqueue(from testnet.Account, to *common.Address, data []byte, gas uint64) common.Hash {
	r.Helper()
	client, id := r.chain.Client(), new(big.Int).SetUint64(r.chain.ChainID())
	nonce, err := client.PendingNonceAt(r.Context(), from.Address)
	if err != nil {
		r.Fatal(err)
	}
	tx, err := types.SignNewTx(from.Key, types.LatestSignerForChainID(id), &types.DynamicFeeTx{
		ChainID: id, Nonce: nonce, To: to, Data: data, Gas: gas,
		GasTipCap: big.NewInt(1e9), GasFeeCap: big.NewInt(20e9), Value: new(big.Int),
	})
	if err != nil {
		r.Fatal(err)
	}
	if err := client.SendTransaction(r.Context(), tx); err != nil {
		r.Fatal(err)
	}
	return tx.Hash()
}

// send calls the registry in a transaction, which must succeed.
func (r *registry) send(from testnet.Account, data []byte) *types.Receipt {
	r.Helper()
	if _, err := r.call(from.Address, data); err != nil {
		r.Fatal(explain(err))
	}
	receipt := r.transact(from, &r.address, data)
	if receipt.Status != types.ReceiptStatusSuccessful {
		r.Fatalf("the transaction reverted: %+v", receipt)
	}
	return receipt
}

// call asks what the registry would answer.
func (r *registry) call(from common.Address, data []byte) ([]byte, error) {
	return r.chain.Client().CallContract(r.Context(), ethereum.CallMsg{From: from, To: &r.address, Data: data}, nil)
}

// refuse sees that the registry reverts with just this error, values and all,
// and that a transaction of the same changes nothing.
func (r *registry) refuse(from testnet.Account, data []byte, want any) {
	r.Helper()
	_, err := r.call(from.Address, data)
	if err == nil {
		r.Errorf("accepted, want %#v", want)
		return
	}
	got, err := binding.UnpackError(revertData(err))
	if err != nil {
		r.Errorf("reverted with something else than an error of the registry: %v, want %#v", err, want)
		return
	}
	if late, ok := want.(*contracts.AnchorRegistryDeadlinePassed); ok && late.Time == passed {
		if g, ok := got.(*contracts.AnchorRegistryDeadlinePassed); ok && g.Time > g.Deadline {
			want = &contracts.AnchorRegistryDeadlinePassed{Deadline: late.Deadline, Time: g.Time}
		}
	}
	// As text: a zero among *big.Int has two forms that DeepEqual tells apart.
	if fmt.Sprintf("%#v", got) != fmt.Sprintf("%#v", want) {
		r.Errorf("refused with %#v, want %#v", got, want)
	}
	// And as a transaction, when there is coin for one.
	if balance, err := r.chain.Client().BalanceAt(r.Context(), from.Address, nil); err != nil {
		r.Fatal(err)
	} else if balance.Sign() == 0 {
		return
	}
	if receipt := r.transact(from, &r.address, data); receipt.Status != types.ReceiptStatusFailed || len(receipt.Logs) != 0 {
		r.Errorf("a transaction that must revert did not: %+v", receipt)
	}
}

// revertData returns what a call reverted with.
func revertData(err error) []byte {
	var data rpc.DataError
	if !errors.As(err, &data) {
		return nil
	}
	s, _ := data.ErrorData().(string)
	return common.FromHex(s)
}

func explain(err error) error {
	if e, unpackErr := binding.UnpackError(revertData(err)); unpackErr == nil {
		return fmt.Errorf("%w: %#v", err, e)
	}
	return err
}

// events unpacks what the registry logged, in order, without the raw logs.
func (r *registry) events(receipt *types.Receipt) []any {
	r.Helper()
	var all []any
	for _, l := range receipt.Logs {
		if l.Address != r.address {
			r.Fatalf("a log of another contract: %+v", l)
		}
		all = append(all, unpackEvent(r.T, l))
	}
	return all
}

// unpackEvent returns the event without its raw log, so that it compares.
func unpackEvent(t *testing.T, l *types.Log) any {
	t.Helper()
	for _, unpack := range []func(*types.Log) (any, error){
		func(l *types.Log) (any, error) { e, err := binding.UnpackAnchoredEvent(l); return clear(e), err },
		func(l *types.Log) (any, error) { e, err := binding.UnpackSkippedEvent(l); return clear(e), err },
		func(l *types.Log) (any, error) { e, err := binding.UnpackLogOpenedEvent(l); return clear(e), err },
		func(l *types.Log) (any, error) { e, err := binding.UnpackLogClosedEvent(l); return clear(e), err },
		func(l *types.Log) (any, error) { e, err := binding.UnpackKeysChangedEvent(l); return clear(e), err },
		func(l *types.Log) (any, error) { e, err := binding.UnpackOperatorChangedEvent(l); return clear(e), err },
		func(l *types.Log) (any, error) { e, err := binding.UnpackOwnerOfferedEvent(l); return clear(e), err },
		func(l *types.Log) (any, error) { e, err := binding.UnpackOwnerChangedEvent(l); return clear(e), err },
	} {
		if e, err := unpack(l); err == nil {
			return e
		}
	}
	t.Fatalf("not an event of the registry: %+v", l)
	return nil
}

func clear[E any](e *E) any {
	if e == nil {
		return nil
	}
	reflect.ValueOf(e).Elem().FieldByName("Raw").SetZero()
	return *e
}

// expect sees that a transaction logged just these events.
func (r *registry) expect(receipt *types.Receipt, want ...any) {
	r.Helper()
	if got := r.events(receipt); !reflect.DeepEqual(got, want) {
		r.Errorf("events\n%+v, want\n%+v", got, want)
	}
}

// A head is a log as the views give it.
type head struct {
	size     uint64
	root     common.Hash
	time     uint64
	operator common.Address
	closed   bool
	owner    common.Address
	pending  common.Address
	nonce    uint64
}

// state reads all there is about a log.
func (r *registry) state(logID common.Hash) head {
	r.Helper()
	h, err := binding.UnpackHead(r.view(binding.PackHead(logID)))
	if err != nil {
		r.Fatal(err)
	}
	s := head{size: h.Size, root: h.Root, time: h.Time, operator: h.Operator, closed: h.Closed}
	if s.owner, err = binding.UnpackOwnerOf(r.view(binding.PackOwnerOf(logID))); err != nil {
		r.Fatal(err)
	}
	if s.pending, err = binding.UnpackPendingOwnerOf(r.view(binding.PackPendingOwnerOf(logID))); err != nil {
		r.Fatal(err)
	}
	if s.nonce, err = binding.UnpackNonceOf(r.view(binding.PackNonceOf(logID))); err != nil {
		r.Fatal(err)
	}
	return s
}

// view makes a call that must succeed.
func (r *registry) view(data []byte) []byte {
	r.Helper()
	out, err := r.call(common.Address{}, data)
	if err != nil {
		r.Fatal(explain(err))
	}
	return out
}

const origin = "log.uni.example"

var keys = []byte("log.uni.example+3e9ee5fe+AXpUWqf0j5XYaxAa5m0VEq6VmkmQuKPOjIOaeXXj7jeX\n")

// open opens a log of owner and operator.
func (r *registry) open() common.Hash { r.Helper(); return r.openAs(origin, operator.Address) }

func (r *registry) openAs(origin string, operator common.Address) common.Hash {
	r.Helper()
	r.send(owner, binding.PackOpenLog(operator, origin, keys))
	return logID(owner.Address, origin, keys)
}

// logID is the id of a log, by the definition.
func logID(owner common.Address, origin string, keys []byte) common.Hash {
	return crypto.Keccak256Hash(bytes.Join([][]byte{
		make([]byte, 12), owner[:], crypto.Keccak256([]byte(origin)), crypto.Keccak256(keys),
	}, nil))
}

// now is the timestamp of the newest block.
func (r *registry) now() uint64 {
	r.Helper()
	h, err := r.chain.Client().HeaderByNumber(r.Context(), nil)
	if err != nil {
		r.Fatal(err)
	}
	return h.Time
}

// sign returns the signature that the registry wants, of m for this registry.
func (r *registry) sign(by testnet.Account, m contracts.Message) []byte {
	r.Helper()
	sig, err := contracts.Sign(m, r.domain, by.Key)
	if err != nil {
		r.Fatal(err)
	}
	return sig
}

// recover returns whom the registry will take for the signer of m, who is
// anybody when sig was made for something else.
func (r *registry) recover(m contracts.Message, sig []byte) common.Address {
	r.Helper()
	a, err := contracts.Signer(m, r.domain, sig)
	if err != nil {
		r.Fatal(err)
	}
	return a
}

// passed stands, in an expected DeadlinePassed, for a time past the deadline:
// which one depends on the block.
const passed = 1<<64 - 1

func lengthError(keys []byte) any {
	return &contracts.AnchorRegistryInvalidKeys{Length: big.NewInt(int64(len(keys)))}
}

// item is one for anchorMany, signed by an account for the next thousand
// seconds.
func (r *registry) item(by testnet.Account, id common.Hash, size uint64, root common.Hash, proof [][32]byte) contracts.SignedAnchor {
	r.Helper()
	m := contracts.Anchor{LogID: id, Size: size, Root: root, Deadline: r.now() + 1000}
	return contracts.SignedAnchor{LogId: id, Size: size, Root: root, Deadline: m.Deadline, Proof: proof, Signature: r.sign(by, m)}
}

// many hands items in as the sponsor, in a transaction that must succeed. It
// returns, for each, "" or the name of the reason why it was skipped, and sees
// that the call and the events say the same.
func (r *registry) many(items ...contracts.SignedAnchor) []string {
	r.Helper()
	data := binding.PackAnchorMany(items)
	out, err := r.call(sponsor.Address, data)
	if err != nil {
		r.Fatal(explain(err))
	}
	reasons, err := binding.UnpackAnchorMany(out)
	if err != nil {
		r.Fatal(err)
	}
	var names []string
	var events []any
	for i, item := range items {
		if reasons[i] != [4]byte{} {
			names = append(names, contracts.ErrorName(reasons[i]))
			events = append(events, contracts.AnchorRegistrySkipped{LogId: item.LogId, Size: item.Size, Reason: reasons[i]})
			continue
		}
		names = append(names, "")
		events = append(events, contracts.AnchorRegistryAnchored{LogId: item.LogId, Size: item.Size, Root: item.Root})
	}
	got := r.events(r.send(sponsor, data))
	for i := range got {
		if e, ok := got[i].(contracts.AnchorRegistryAnchored); ok {
			e.PrevSize = 0 // depends on the items before; the tests of anchor look at it
			got[i] = e
		}
	}
	if !reflect.DeepEqual(got, events) {
		r.Errorf("anchorMany logged\n%+v, want\n%+v", got, events)
	}
	return names
}
