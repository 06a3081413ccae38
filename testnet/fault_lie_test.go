package testnet

import (
	"bytes"
	"errors"
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rpc"
)

func TestFaultLiesAboutBlocks(t *testing.T) {
	f := startFaulty(t, Fast())
	ctx := t.Context()
	truth, err := f.via.HeaderByNumber(ctx, big.NewInt(1))
	if err != nil {
		t.Fatal(err)
	}
	f.set(t, Faults{LieBlocks: true})
	lie, err := f.via.HeaderByNumber(ctx, big.NewInt(1))
	if err != nil {
		t.Fatal(err)
	}
	if lie.Hash() == truth.Hash() || lie.Number.Cmp(truth.Number) != 0 || lie.Time != truth.Time {
		t.Fatalf("lied %v of %v", lie, truth)
	}
	var told struct{ Hash common.Hash }
	if err := f.via.Client().CallContext(ctx, &told, "eth_getBlockByNumber", "0x1", false); err != nil || told.Hash != lie.Hash() {
		t.Errorf("told hash %s, %v, but the header's is %s", told.Hash, err, lie.Hash())
	}
	if h, err := f.via.HeaderByHash(ctx, lie.Hash()); err != nil || h.Hash() != lie.Hash() {
		t.Errorf("the lie by its hash: %v, %v", h, err)
	}
	if _, err := f.via.HeaderByHash(ctx, truth.Hash()); !errors.Is(err, ethereum.NotFound) {
		t.Errorf("the truth by its hash: %v", err)
	}
}

func TestFaultLiesAboutState(t *testing.T) {
	f := startFaulty(t, Fast())
	ctx := t.Context()
	at := f.tx(t, nil, cell).ContractAddress
	f.tx(t, &at, word(8))
	code, err := f.via.CodeAt(ctx, at, nil)
	if err != nil {
		t.Fatal(err)
	}
	f.set(t, Faults{LieState: true})
	if got, err := f.via.CallContract(ctx, ethereum.CallMsg{To: &at}, nil); err != nil || !bytes.Equal(got, word(9)) {
		t.Errorf("call %x, %v", got, err)
	}
	if got, err := f.via.StorageAt(ctx, at, common.Hash{}, nil); err != nil || !bytes.Equal(got, word(9)) {
		t.Errorf("storage %x, %v", got, err)
	}
	if got, err := f.via.CodeAt(ctx, at, nil); err != nil || bytes.Equal(got, code) {
		t.Errorf("code %x, %v", got, err)
	}
}

func TestFaultLiesAboutReceipts(t *testing.T) {
	f := startFaulty(t, Fast())
	ctx := t.Context()
	at := f.tx(t, nil, cell).ContractAddress
	truth := f.tx(t, &at, word(8))
	f.set(t, Faults{LieReceipts: true})
	lie, err := f.via.TransactionReceipt(ctx, truth.TxHash)
	if err != nil {
		t.Fatal(err)
	}
	block, err := f.via.BlockReceipts(ctx, rpc.BlockNumberOrHashWithNumber(rpc.BlockNumber(truth.BlockNumber.Int64())))
	if err != nil {
		t.Fatal(err)
	}
	logs, err := f.via.FilterLogs(ctx, ethereum.FilterQuery{FromBlock: truth.BlockNumber, ToBlock: truth.BlockNumber})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range []*types.Log{lie.Logs[0], block[0].Logs[0], &logs[0]} {
		if !bytes.Equal(l.Data, word(9)) || l.BlockHash != lie.BlockHash || l.BlockHash == truth.BlockHash {
			t.Errorf("lied %+v", l)
		}
	}
	if _, err := f.via.TransactionReceipt(ctx, common.Hash{1}); !errors.Is(err, ethereum.NotFound) {
		t.Errorf("a receipt that is not there: %v", err)
	}
}
