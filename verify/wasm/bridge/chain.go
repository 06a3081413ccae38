package bridge

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/verify"
	"github.com/akashi-project/akashi/verify/wasm/host"
	"golang.org/x/crypto/sha3"
)

// Limits on one answer of a chain reader.
const (
	MaxAnswer = 4 << 20 // bytes of JSON
	maxEvents = 10_000  // anchors or key changes
)

// Ask puts one question to the chain reader of a page.
type Ask = host.Ask

// chain is a chain reader in JavaScript.
type chain struct{ ask Ask }

var _ verify.Chain = chain{}

// ask puts a question and reads the answer into the type T.
func ask[T any](ctx context.Context, c chain, method string, arguments ...any) (T, error) {
	return host.Question[T](ctx, host.Source{Ask: c.ask, Name: "the chain reader", Max: MaxAnswer}, method, arguments...)
}

// errIncomplete says what is missing in an answer.
func errIncomplete(method, what string) error {
	return fmt.Errorf("%s: the chain reader's answer lacks %s", method, what)
}

// The wire types are the answers. A pointer tells what is missing from zero.
type (
	wireLog struct {
		ChainID  uint64             `json:"chainId"`
		Registry checkpoint.Address `json:"registry"`
		Log      checkpoint.LogID   `json:"log"`
	}
	wireBlock struct {
		Number *uint64           `json:"number"`
		Hash   *verify.BlockHash `json:"hash"`
		Time   *uint64           `json:"time"`
	}
	wireHead struct {
		Size   *uint64      `json:"size"`
		Root   *merkle.Hash `json:"root"`
		Time   *uint64      `json:"time"`
		Closed *bool        `json:"closed"`
	}
	wireAnchored struct {
		Size     *uint64      `json:"size"`
		Root     *merkle.Hash `json:"root"`
		PrevSize *uint64      `json:"prevSize"`
		Block    wireBlock    `json:"block"`
	}
	wireKeyChange struct {
		AtSize *uint64   `json:"atSize"`
		Keys   hexBytes  `json:"keys"`
		Block  wireBlock `json:"block"`
	}
)

func (w wireBlock) block(method string) (verify.Block, error) {
	if w.Number == nil || w.Hash == nil || w.Time == nil {
		return verify.Block{}, errIncomplete(method, "number, hash or time of a block")
	}
	return verify.Block{Number: *w.Number, Hash: *w.Hash, Time: *w.Time}, nil
}

// hexBytes is "0x" and hexadecimal digits, as RPCs write bytes; nil when it is
// missing.
type hexBytes []byte

func (b *hexBytes) UnmarshalText(text []byte) error {
	if len(text) < 2 || text[0] != '0' || text[1] != 'x' {
		return errors.New("want 0x and hexadecimal digits")
	}
	*b = make([]byte, hex.DecodedLen(len(text)-2))
	_, err := hex.Decode(*b, text[2:])
	return err
}

func (c chain) ChainID(ctx context.Context) (uint64, error) {
	return ask[uint64](ctx, c, "chainId")
}

func (c chain) CodeHash(ctx context.Context, a checkpoint.Address) (hash verify.BlockHash, err error) {
	code, err := ask[hexBytes](ctx, c, "code", a)
	if err != nil {
		return hash, err
	}
	if code == nil { // null
		return hash, errIncomplete("code", "its bytes")
	}
	h := sha3.NewLegacyKeccak256()
	h.Write(code)
	return verify.BlockHash(h.Sum(nil)), nil
}

func (c chain) Finalized(ctx context.Context) (verify.Block, error) {
	w, err := ask[wireBlock](ctx, c, "finalized")
	if err != nil {
		return verify.Block{}, err
	}
	return w.block("finalized")
}

func (c chain) Block(ctx context.Context, number uint64) (verify.Block, error) {
	w, err := ask[wireBlock](ctx, c, "block", number)
	if err != nil {
		return verify.Block{}, err
	}
	return w.block("block")
}

func (c chain) LogHead(ctx context.Context, log checkpoint.LogRef, at verify.Block) (verify.LogHead, error) {
	w, err := ask[wireHead](ctx, c, "head", wireLog(log), at)
	if err != nil {
		return verify.LogHead{}, err
	}
	if w.Size == nil || w.Root == nil || w.Time == nil || w.Closed == nil {
		return verify.LogHead{}, errIncomplete("head", "size, root, time or closed")
	}
	return verify.LogHead{Size: *w.Size, Root: *w.Root, Time: *w.Time, Closed: *w.Closed}, nil
}

func (c chain) Anchored(ctx context.Context, log checkpoint.LogRef, number uint64) ([]verify.Anchored, error) {
	list, err := ask[[]wireAnchored](ctx, c, "anchored", wireLog(log), number)
	if err != nil {
		return nil, err
	}
	if list == nil { // null
		return nil, errIncomplete("anchored", "its anchors; of none it is []")
	}
	if len(list) > maxEvents {
		return nil, fmt.Errorf("anchored: %d anchors in one block, at most %d are taken", len(list), maxEvents)
	}
	var out []verify.Anchored
	for _, w := range list {
		if w.Size == nil || w.Root == nil || w.PrevSize == nil {
			return nil, errIncomplete("anchored", "size, root or prevSize")
		}
		block, err := w.Block.block("anchored")
		if err != nil {
			return nil, err
		}
		out = append(out, verify.Anchored{Log: log.Log, Size: *w.Size, Root: *w.Root, PrevSize: *w.PrevSize, Block: block})
	}
	return out, nil
}

func (c chain) KeyChanges(ctx context.Context, log checkpoint.LogRef, at verify.Block) ([]verify.KeyChange, error) {
	list, err := ask[[]wireKeyChange](ctx, c, "keyChanges", wireLog(log), at)
	if err != nil {
		return nil, err
	}
	if list == nil { // null
		return nil, errIncomplete("keyChanges", "its changes; of none it is []")
	}
	if len(list) > maxEvents {
		return nil, fmt.Errorf("keyChanges: %d changes, at most %d are taken", len(list), maxEvents)
	}
	var out []verify.KeyChange
	for _, w := range list {
		if w.AtSize == nil || w.Keys == nil {
			return nil, errIncomplete("keyChanges", "atSize or keys")
		}
		block, err := w.Block.block("keyChanges")
		if err != nil {
			return nil, err
		}
		out = append(out, verify.KeyChange{AtSize: *w.AtSize, Keys: w.Keys, Block: block})
	}
	return out, nil
}
