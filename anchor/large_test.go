package anchor_test

import (
	"encoding/binary"
	"testing"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/contracts"
	"github.com/akashi-project/akashi/store"
	"github.com/akashi-project/akashi/testnet"
	"github.com/akashi-project/akashi/verify"
	"github.com/ethereum/go-ethereum/common"
)

// deployLoud deploys a contract that logs so many zero bytes and then hands
// its input to the registry.
func (r *rig) deployLoud(bytes uint32) common.Address {
	r.t.Helper()
	size := binary.BigEndian.AppendUint32(nil, bytes)
	code := append([]byte{0x63}, size...)            // PUSH4 bytes
	code = append(code, 0x60, 0, 0xa0)               // PUSH1 0, LOG0
	code = append(code, 0x36, 0x60, 0, 0x60, 0)      // CALLDATASIZE, PUSH1 0, PUSH1 0
	code = append(code, 0x37)                        // CALLDATACOPY
	code = append(code, 0x60, 0, 0x60, 0)            // PUSH1 0, PUSH1 0: no result wanted
	code = append(code, 0x36, 0x60, 0, 0x60, 0)      // CALLDATASIZE, PUSH1 0, PUSH1 0: no value
	code = append(code, 0x73)                        // PUSH20
	code = append(code, r.ref.Registry[:]...)        //
	code = append(code, 0x5a, 0xf1, 0x00)            // GAS, CALL, STOP
	n := byte(len(code))                             //
	init := []byte{0x60, n, 0x60, 12, 0x60, 0, 0x39} // CODECOPY of what follows these 12 bytes
	init = append(init, 0x60, n, 0x60, 0, 0xf3)      // RETURN it
	receipt, err := r.chain.Transact(r.ctx, r.chain.Accounts()[3], nil, nil, append(init, code...))
	r.must(err)
	return receipt.ContractAddress
}

// sponsor has somebody else submit the operator's signature for a size,
// through a contract, in place of what the pipeline sends.
func (r *rig) sponsor(through common.Address, prev, size uint64) {
	r.t.Helper()
	tree, err := r.store.TreeAt(size)
	r.must(err)
	proof, err := r.store.ProveConsistency(prev, size)
	r.must(err)
	m := contracts.Anchor{LogID: common.Hash(r.ref.Log), Size: size, Root: common.Hash(tree.Root), Deadline: 1 << 40}
	sig, err := contracts.Sign(m, contracts.Domain{ChainID: r.ref.ChainID, Registry: common.Address(r.ref.Registry)}, r.account.Key)
	r.must(err)
	item := contracts.IAnchorRegistrySignedAnchor{LogId: m.LogID, Size: m.Size, Root: m.Root, Deadline: m.Deadline, Signature: sig}
	for _, h := range proof.Hashes {
		item.Proof = append(item.Proof, h)
	}
	data := contracts.NewAnchorRegistry().PackAnchorMany([]contracts.IAnchorRegistrySignedAnchor{item})
	_, err = r.chain.Transact(r.ctx, r.chain.Accounts()[3], &through, nil, data)
	r.must(err)
}

// TestLargeReceipt has anchors mined in transactions that log much else. Where
// the proof of it fits evidence it is kept; where it does not, and even the
// journal would refuse it, the anchor is attested by the RPC. Those after it
// are proved as ever.
func TestLargeReceipt(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	var prev uint64
	for _, c := range []struct {
		bytes uint32
		proof string
	}{
		{150_000, verify.ProofReceipt},
		{250_000, anchor.ProofAttested},
		{store.MaxProofBytes/2 + 1000, anchor.ProofAttested},
		{10, verify.ProofReceipt},
	} {
		r.set(testnet.Faults{Sends: testnet.Drop})
		r.request(2)
		r.step()
		size := r.store.Tree().Size
		r.wantState(size, store.Sent)
		r.chain.Resume()
		r.sponsor(r.deployLoud(c.bytes), prev, size)
		r.chain.Pause()
		r.set(testnet.Faults{})
		for range 4 {
			r.mine(1)
			r.step()
		}
		if got := r.proofType(size); got != c.proof {
			t.Errorf("beside %d bytes: proof of type %q, want %q", c.bytes, got, c.proof)
		}
		if n := len(r.row(size).Proof); n > verify.MaxEvidenceSize*3/8 {
			t.Errorf("beside %d bytes: proof of %d", c.bytes, n)
		}
		if row := r.row(size); row.PrevSize != prev || row.Note != "" || *row.TxHash == row.Attempts[0].Hash {
			t.Errorf("beside %d bytes: %+v", c.bytes, row)
		}
		r.phase(anchor.Idle)
		prev = size
	}
	if n := len(r.events()); n != 4 {
		t.Fatalf("%d anchors", n)
	}
}
