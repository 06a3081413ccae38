package anchor_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/contracts"
	"github.com/akashi-project/akashi/testnet"
	"github.com/akashi-project/akashi/verify"
)

// TestReader asks everything a verifier asks, of a real chain.
func TestReader(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	for range 2 {
		r.request(2)
		r.finish()
	}
	rd := anchor.NewReader(r.client, 0)
	latest, final := r.chain.Head()
	if id, err := rd.ChainID(r.ctx); err != nil || id != r.chain.ChainID() {
		t.Errorf("chain id %d, %v", id, err)
	}
	if h, err := rd.CodeHash(r.ctx, r.ref.Registry); err != nil || h != verify.BlockHash(contracts.RuntimeCodeHash) {
		t.Errorf("code hash %s, %v", h, err)
	}
	// keccak256 of nothing.
	if h, err := rd.CodeHash(r.ctx, r.owner.Address()); err != nil || h.String() != "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470" {
		t.Errorf("code hash of an account: %s, %v", h, err)
	}
	fin, err := rd.Finalized(r.ctx)
	if err != nil || fin.Number != final {
		t.Errorf("final %+v, %v; want %d", fin, err, final)
	}
	if b, err := anchor.NewReader(r.client, 1).Finalized(r.ctx); err != nil || b.Number != latest-1 {
		t.Errorf("with a confirmation: %+v, %v", b, err)
	}
	if _, err := rd.Block(r.ctx, latest+1); !errors.Is(err, anchor.ErrNoAnswer) {
		t.Errorf("a block that is not there: %v", err)
	}
	size := r.store.Tree().Size
	row := r.row(size)
	b, err := rd.Block(r.ctx, row.Block.Number)
	if err != nil || b.Hash != verify.BlockHash(row.Block.Hash) || b.Time != row.Block.Time {
		t.Errorf("block %+v, %v", b, err)
	}
	if h, err := rd.LogHead(r.ctx, r.ref, b); err != nil || h.Size != size || h.Root != row.Root || h.Time != b.Time || h.Closed {
		t.Errorf("head %+v, %v", h, err)
	}
	before, err := rd.Block(r.ctx, b.Number-1)
	r.must(err)
	if h, err := rd.LogHead(r.ctx, r.ref, before); err != nil || h.Size != row.PrevSize {
		t.Errorf("head a block earlier %+v, %v", h, err)
	}
	events, err := rd.Anchored(r.ctx, r.ref, b.Number)
	if err != nil || len(events) != 1 || events[0].Size != size || events[0].PrevSize != row.PrevSize || events[0].Root != row.Root || events[0].Block != b {
		t.Errorf("events %+v, %v", events, err)
	}
	if events, err := rd.Anchored(r.ctx, r.ref, b.Number-1); err != nil || len(events) != 0 {
		t.Errorf("events a block earlier %+v, %v", events, err)
	}
	unknown := r.ref
	unknown.Log[0]++
	if h, err := rd.LogHead(r.ctx, unknown, b); err != nil || h.Size != 0 {
		t.Errorf("head of a log that nobody opened %+v, %v", h, err)
	}
}

// TestReaderFaults gives an error wrapping ErrNoAnswer for every question that
// an RPC does not answer, and none carries the RPC's path, where keys are.
func TestReaderFaults(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	r.request(2)
	r.finish()
	row := r.row(r.store.Tree().Size)
	at := verify.Block{Number: row.Block.Number, Hash: verify.BlockHash(row.Block.Hash), Time: row.Block.Time}
	for name, f := range map[string]testnet.Faults{
		"dead":      {Dead: true},
		"hang":      {Hang: true},
		"status":    {Status: 502},
		"redirect":  {Status: 307},
		"garbage":   {Body: testnet.Garbage},
		"truncated": {Body: testnet.Truncated},
		"huge":      {Body: testnet.Huge},
		"null":      {Rewrite: func(string, []byte, []byte) []byte { return []byte("null") }},
		"string":    {Rewrite: func(string, []byte, []byte) []byte { return []byte(`"x"`) }},
		"object":    {Rewrite: func(string, []byte, []byte) []byte { return []byte(`{"number":"0x1"}`) }},
		"list":      {Rewrite: func(string, []byte, []byte) []byte { return []byte(`[null,{}]`) }},
	} {
		r.set(f)
		client, err := anchor.Dial("http://user:pw@"+strings.TrimPrefix(r.fault.URL(), "http://")+"/v3/provider-key?k=query-key", 200*time.Millisecond)
		r.must(err)
		rd := anchor.NewReader(client, 0)
		ctx := r.ctx
		for what, ask := range map[string]func() error{
			"chain id":  func() error { _, err := rd.ChainID(ctx); return err },
			"code":      func() error { _, err := rd.CodeHash(ctx, r.ref.Registry); return err },
			"finalized": func() error { _, err := rd.Finalized(ctx); return err },
			"block":     func() error { _, err := rd.Block(ctx, at.Number); return err },
			"head":      func() error { _, err := rd.LogHead(ctx, r.ref, at); return err },
			"anchored":  func() error { _, err := rd.Anchored(ctx, r.ref, at.Number); return err },
		} {
			err := ask()
			if !errors.Is(err, anchor.ErrNoAnswer) {
				t.Errorf("%s, %s: %v", name, what, err)
				continue
			}
			for _, secret := range []string{"provider-key", "query-key", "pw"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("%s, %s: the error shows %s: %v", name, what, secret, err)
				}
			}
			if len(err.Error()) > 500 || strings.ContainsAny(err.Error(), "\r\n") {
				t.Errorf("%s, %s: not a short line: %q", name, what, err)
			}
		}
		client.Close()
	}
	r.set(testnet.Faults{LieReceipts: true})
	if _, err := anchor.NewReader(r.client, 0).Anchored(r.ctx, r.ref, at.Number); !errors.Is(err, anchor.ErrNoAnswer) {
		t.Errorf("events of another block: %v", err)
	}
	r.set(testnet.Faults{})
	ctx, cancel := context.WithCancel(r.ctx)
	cancel()
	if _, err := anchor.NewReader(r.client, 0).ChainID(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestDial refuses what is no RPC address without repeating it.
func TestDial(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "localhost:8545", "ws://host/secret", "/geth.ipc", "http://", "http://%zz/secret", "file:///secret"} {
		if _, err := anchor.Dial(bad, 0); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
