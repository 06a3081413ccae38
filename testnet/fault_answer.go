package testnet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
)

// answer answers one call under the faults that it meets. An error means that
// the HTTP request as a whole fails: errCut cuts it.
func (f *Fault) answer(ctx context.Context, c call, faults Faults) (answer, error) {
	switch {
	case slices.Contains(faults.Missing, c.Method):
		// In the words of go-ethereum; the code is that of JSON-RPC 2.0.
		return failed(nil, -32601, "the method "+c.Method+" does not exist/is not available"), nil
	case c.Method == "eth_sendRawTransaction" && faults.Sends != Forward:
		return f.send(ctx, c, faults.Sends)
	case c.Method == "eth_chainId" && faults.ChainID != 0:
		return f.rewritten(c, answer{Result: mustJSON(hexutil.Uint64(faults.ChainID))}, faults), nil
	case c.Method == "net_version" && faults.ChainID != 0:
		return f.rewritten(c, answer{Result: mustJSON(strconv.FormatUint(faults.ChainID, 10))}, faults), nil
	}
	ask, local := c, (*answer)(nil)
	var err error
	if faults.Stale != nil {
		if ask, local, err = f.staleCall(ctx, ask, *faults.Stale); err != nil {
			return answer{}, err
		}
	}
	if local == nil && faults.LieBlocks {
		ask, local = f.trueBlock(ask)
	}
	var a answer
	if local != nil {
		a = *local
	} else if a, err = f.forward(ctx, ask); err != nil {
		return answer{}, err
	}
	if a.Error != nil {
		return a, nil
	}
	if faults.Stale != nil {
		a.Result = staleResult(c.Method, a.Result, *faults.Stale)
	}
	if faults.LieBlocks {
		a.Result = f.lieBlock(c.Method, a.Result)
	}
	if faults.LieState {
		a.Result = lieState(c.Method, a.Result)
	}
	if faults.LieReceipts {
		a.Result = lieReceipts(c.Method, a.Result)
	}
	return f.rewritten(c, a, faults), nil
}

// rewritten lets the test's own lie have the last word.
func (f *Fault) rewritten(c call, a answer, faults Faults) answer {
	if faults.Rewrite == nil || a.Error != nil {
		return a
	}
	out := faults.Rewrite(c.Method, c.Params, a.Result)
	if !json.Valid(out) {
		return failed(nil, -32603, fmt.Sprintf("testnet: Rewrite of %s returned no JSON", c.Method))
	}
	a.Result = out
	return a
}

// send does with a transaction what the faults say.
func (f *Fault) send(ctx context.Context, c call, what Sends) (answer, error) {
	var params []hexutil.Bytes
	tx := new(types.Transaction)
	if json.Unmarshal(c.Params, &params) != nil || len(params) != 1 || tx.UnmarshalBinary(params[0]) != nil {
		return f.forward(ctx, c) // which refuses it, as every node does
	}
	accepted := answer{Result: mustJSON(tx.Hash())}
	switch what {
	case Drop:
		return accepted, nil
	case Reject:
		return failed(nil, -32000, "transaction rejected"), nil
	case ForwardError:
		if _, err := f.forward(ctx, c); err != nil {
			return answer{}, err
		}
		return failed(nil, -32603, "internal error"), nil
	case ForwardCut:
		if _, err := f.forward(ctx, c); err != nil {
			return answer{}, err
		}
		return answer{}, errCut
	case Duplicate:
		if _, err := f.forward(ctx, c); err != nil {
			return answer{}, err
		}
		return f.forward(ctx, c)
	case Hold:
		f.mu.Lock()
		defer f.mu.Unlock()
		if len(f.held) >= maxHeld {
			return failed(nil, -32000, "transaction pool is full"), nil
		}
		f.held = append(f.held, params[0])
		return accepted, nil
	}
	return answer{}, fmt.Errorf("no kind of sends %q", what)
}

// blockParam tells at which position a method takes a block, by number or by
// tag; where it is missing, the head is meant.
var blockParam = map[string]int{
	"eth_getBalance":                          1,
	"eth_getCode":                             1,
	"eth_getTransactionCount":                 1,
	"eth_getStorageAt":                        2,
	"eth_getProof":                            2,
	"eth_call":                                1,
	"eth_estimateGas":                         1,
	"eth_createAccessList":                    1,
	"eth_feeHistory":                          1,
	"eth_getBlockByNumber":                    0,
	"eth_getHeaderByNumber":                   0,
	"eth_getBlockReceipts":                    0,
	"eth_getBlockTransactionCountByNumber":    0,
	"eth_getTransactionByBlockNumberAndIndex": 0,
}

var errNewer = errors.New("header not found")

// staleCall rewrites a call so that the upstream answers it as of the stale
// head, or answers it itself.
func (f *Fault) staleCall(ctx context.Context, c call, s Stale) (call, *answer, error) {
	if c.Method == "eth_blockNumber" {
		return c, &answer{Result: mustJSON(hexutil.Uint64(s.Latest))}, nil
	}
	at, ok := blockParam[c.Method]
	if !ok && c.Method != "eth_getLogs" {
		return c, nil, nil
	}
	var params []json.RawMessage
	if len(c.Params) > 0 && json.Unmarshal(c.Params, &params) != nil {
		return c, nil, nil // the upstream refuses it
	}
	var err error
	switch {
	case c.Method == "eth_getLogs" && len(params) == 1:
		params[0], err = s.filter(params[0])
	case c.Method == "eth_getLogs" || at > len(params):
		return c, nil, nil // as above
	case at == len(params):
		params = append(params, mustJSON(hexutil.Uint64(s.Latest)))
	default:
		params[at], err = f.staleBlock(ctx, params[at], s)
	}
	switch {
	case errors.Is(err, errNewer) && c.Method == "eth_getLogs":
		return c, &answer{Result: json.RawMessage("[]")}, nil
	case errors.Is(err, errNewer) && at == 0:
		return c, &answer{Result: null}, nil // no such block yet
	case errors.Is(err, errNewer):
		a := failed(nil, -32000, err.Error())
		return c, &a, nil
	case err != nil:
		return c, nil, err
	}
	c.Params = mustJSON(params)
	return c, nil, nil
}

// staleBlock turns a block parameter into one that means the same as of the
// stale head: a tag, a number, a hash, or an object of EIP-1898. It returns
// errNewer for blocks above that head.
func (f *Fault) staleBlock(ctx context.Context, p json.RawMessage, s Stale) (json.RawMessage, error) {
	var text string
	var object struct {
		Number *string      `json:"blockNumber"`
		Hash   *common.Hash `json:"blockHash"`
	}
	switch {
	case json.Unmarshal(p, &text) == nil:
		if len(text) == 66 {
			hash := common.HexToHash(text)
			object.Hash = &hash
			break
		}
		return s.block(text)
	case json.Unmarshal(p, &object) != nil:
		return p, nil // the upstream refuses it
	case object.Number != nil:
		return s.block(*object.Number)
	}
	if object.Hash == nil {
		return p, nil
	}
	var block struct {
		Number hexutil.Uint64 `json:"number"`
	}
	if err := f.ask(ctx, &block, "eth_getBlockByHash", *object.Hash, false); err != nil {
		return nil, err
	}
	if uint64(block.Number) > s.Latest {
		return nil, errNewer
	}
	return p, nil
}

// block resolves a tag or a number as of the stale head.
func (s Stale) block(text string) (json.RawMessage, error) {
	switch text {
	case "latest", "pending", "":
		return mustJSON(hexutil.Uint64(s.Latest)), nil
	case "safe", "finalized":
		return mustJSON(hexutil.Uint64(s.Finalized)), nil
	}
	if n, err := hexutil.DecodeUint64(text); err == nil && n > s.Latest {
		return nil, errNewer
	}
	return mustJSON(text), nil
}

// filter restricts an eth_getLogs filter to blocks up to the stale head.
func (s Stale) filter(p json.RawMessage) (json.RawMessage, error) {
	var filter map[string]json.RawMessage
	if json.Unmarshal(p, &filter) != nil || filter == nil {
		return p, nil // the upstream refuses it
	}
	if hash := filter["blockHash"]; hash != nil && string(hash) != "null" {
		return p, nil // staleResult takes out what is too new
	}
	for _, end := range []string{"fromBlock", "toBlock"} {
		var text string // a missing end and null mean the head
		if raw := filter[end]; raw != nil && json.Unmarshal(raw, &text) != nil {
			return p, nil
		}
		resolved, err := s.block(text)
		if errors.Is(err, errNewer) && end == "toBlock" {
			resolved, err = mustJSON(hexutil.Uint64(s.Latest)), nil
		}
		if err != nil {
			return nil, err
		}
		filter[end] = resolved
	}
	return mustJSON(filter), nil
}

// staleResult takes out of a result what lies above the stale head.
func staleResult(method string, result json.RawMessage, s Stale) json.RawMessage {
	newer := func(o map[string]json.RawMessage, member string) bool {
		var n hexutil.Uint64
		return json.Unmarshal(o[member], &n) == nil && uint64(n) > s.Latest
	}
	switch method {
	case "eth_getBlockByHash", "eth_getHeaderByHash":
		if o := object(result); newer(o, "number") {
			return null
		}
	case "eth_getTransactionByHash", "eth_getTransactionReceipt":
		if o := object(result); newer(o, "blockNumber") {
			return null
		}
	case "eth_getLogs":
		var logs []json.RawMessage
		if json.Unmarshal(result, &logs) != nil {
			return result
		}
		kept := make([]json.RawMessage, 0, len(logs))
		for _, l := range logs {
			if !newer(object(l), "blockNumber") {
				kept = append(kept, l)
			}
		}
		return mustJSON(kept)
	}
	return result
}

// object decodes a JSON object; anything else gives nil.
func object(raw json.RawMessage) map[string]json.RawMessage {
	var o map[string]json.RawMessage
	if json.Unmarshal(raw, &o) != nil {
		return nil
	}
	return o
}
