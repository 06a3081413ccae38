package testnet

import (
	"encoding/json"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
)

// trueBlock turns a question for a made-up block hash into one for the true
// block. A true hash is unknown to a liar: the answer is null.
func (f *Fault) trueBlock(c call) (call, *answer) {
	var params []json.RawMessage
	var hash common.Hash
	switch c.Method {
	case "eth_getBlockByHash", "eth_getHeaderByHash", "eth_getBlockReceipts":
	default:
		return c, nil
	}
	if json.Unmarshal(c.Params, &params) != nil || len(params) == 0 || json.Unmarshal(params[0], &hash) != nil {
		return c, nil // a number or a tag, or what the upstream refuses
	}
	f.mu.Lock()
	known, ok := f.lies[hash]
	f.mu.Unlock()
	if !ok {
		return c, &answer{Result: null}
	}
	params[0] = mustJSON(known)
	c.Params = mustJSON(params)
	return c, nil
}

// lieBlock makes another block of one: its extra data differs and its hash is
// that of the header that results, so that a client which recomputes the hash
// sees the lie as well as one that reads it.
func (f *Fault) lieBlock(method string, result json.RawMessage) json.RawMessage {
	switch method {
	case "eth_getBlockByNumber", "eth_getHeaderByNumber", "eth_getBlockByHash", "eth_getHeaderByHash":
	default:
		return result
	}
	block := object(result)
	var known common.Hash
	if block == nil || json.Unmarshal(block["hash"], &known) != nil {
		return result
	}
	block["extraData"] = mustJSON(hexutil.Bytes("another block"))
	var header types.Header
	lie := crypto.Keccak256Hash(known[:])
	if json.Unmarshal(mustJSON(block), &header) == nil {
		lie = header.Hash()
	}
	block["hash"] = mustJSON(lie)
	f.mu.Lock()
	if len(f.lies) >= maxLies {
		clear(f.lies) // a liar may forget; its memory is bounded
	}
	f.lies[lie] = known
	f.mu.Unlock()
	return mustJSON(block)
}

// lieState changes what a contract answers, holds or is.
func lieState(method string, result json.RawMessage) json.RawMessage {
	var data hexutil.Bytes
	switch method {
	case "eth_call", "eth_getStorageAt":
		if json.Unmarshal(result, &data) != nil {
			return result
		}
		return mustJSON(flip(data))
	case "eth_getCode":
		if json.Unmarshal(result, &data) != nil {
			return result
		}
		return mustJSON(append(data, 0))
	}
	return result
}

// lieReceipts changes receipts and logs.
func lieReceipts(method string, result json.RawMessage) json.RawMessage {
	switch method {
	case "eth_getTransactionReceipt":
		return lieReceipt(result)
	case "eth_getBlockReceipts", "eth_getLogs":
		var all []json.RawMessage
		if json.Unmarshal(result, &all) != nil || all == nil {
			return result
		}
		for i := range all {
			all[i] = lieReceipt(all[i])
		}
		return mustJSON(all)
	}
	return result
}

// lieReceipt changes the block hash and the data of a log or of a receipt and
// its logs. Null, and what has no block yet, stays as it is.
func lieReceipt(raw json.RawMessage) json.RawMessage {
	o := object(raw)
	var hash common.Hash
	if o == nil || json.Unmarshal(o["blockHash"], &hash) != nil || hash == (common.Hash{}) {
		return raw
	}
	o["blockHash"] = mustJSON(crypto.Keccak256Hash(hash[:]))
	var data hexutil.Bytes
	if json.Unmarshal(o["data"], &data) == nil {
		o["data"] = mustJSON(flip(data))
	}
	var logs []json.RawMessage
	if json.Unmarshal(o["logs"], &logs) == nil && logs != nil {
		for i := range logs {
			logs[i] = lieReceipt(logs[i])
		}
		o["logs"] = mustJSON(logs)
	}
	return mustJSON(o)
}

// flip flips the lowest bit of each 32-byte word, which turns a number, a hash,
// an address or a truth value into another valid one.
func flip(data hexutil.Bytes) hexutil.Bytes {
	for i := 31; i < len(data); i += 32 {
		data[i] ^= 1
	}
	return data
}
