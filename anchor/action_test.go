package anchor_test

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/testnet"
	"github.com/ethereum/go-ethereum/common"
)

// newVkey is another key for the rig's log.
func (r *rig) newVkey() string {
	r.t.Helper()
	_, vkey, err := checkpoint.GenerateKey(r.log.Origin)
	r.must(err)
	return vkey
}

// do has a key do what it may, from its own account.
func (r *rig) do(by *anchor.Key, a anchor.Action) error {
	r.t.Helper()
	a.Ref = r.ref
	p := r.payer()
	p.Key = by
	r.chain.Resume()
	defer r.chain.Pause()
	_, err := p.Do(r.ctx, a)
	return err
}

func (r *rig) ownerState() anchor.Owner {
	r.t.Helper()
	o, err := r.client.Owner(r.ctx, r.ref)
	r.must(err)
	return o
}

// TestActions does each thing that an owner can, once from its own account
// and once by a signature that somebody else submits, and what is refused on
// the way.
func TestActions(t *testing.T) {
	t.Parallel()
	for _, signed := range []bool{false, true} {
		t.Run(fmt.Sprintf("signed %v", signed), func(t *testing.T) {
			t.Parallel()
			r := newOpenRig(t)
			heir := anchor.KeyOf(r.chain.Accounts()[3].Key)
			other := anchor.KeyOf(r.chain.Accounts()[4].Key)
			var last anchor.SignedAction
			act := func(by *anchor.Key, a anchor.Action) error {
				t.Helper()
				if !signed {
					return r.do(by, a)
				}
				a.Ref = r.ref
				s, err := a.Sign(by, r.ownerState().Nonce, time.Unix(int64(r.ownerState().Block.Time)+3600, 0))
				r.must(err)
				r.chain.Resume()
				defer r.chain.Pause()
				if _, err := r.payer().SubmitSigned(r.ctx, s); err != nil {
					return err
				}
				last = s
				return nil
			}
			refused := func(want error, by *anchor.Key, a anchor.Action) {
				t.Helper()
				if err := act(by, a); !errors.Is(err, want) {
					t.Errorf("%s by %s: %v, want %v", a.Kind, by, err, want)
				}
			}
			want := r.ownerState()
			check := func() {
				t.Helper()
				got := r.ownerState()
				want.Nonce++
				want.Block = got.Block
				if got != want {
					t.Fatalf("the registry holds %+v, want %+v", got, want)
				}
			}
			keys := checkpoint.Keys{r.newVkey()}

			refused(anchor.ErrNotOwner, other, anchor.Action{Kind: anchor.SetOperator, Account: other.Address()})
			refused(anchor.ErrNotPendingOwner, other, anchor.Action{Kind: anchor.AcceptOwner, Account: other.Address()})
			r.must(act(r.owner, anchor.Action{Kind: anchor.SetOperator, Account: other.Address()}))
			want.Operator = other.Address()
			check()
			r.must(act(r.owner, anchor.Action{Kind: anchor.SetKeys, Keys: keys}))
			check()
			r.must(act(r.owner, anchor.Action{Kind: anchor.TransferOwner, Account: other.Address()}))
			want.Pending = other.Address()
			check()
			refused(anchor.ErrNotPendingOwner, heir, anchor.Action{Kind: anchor.AcceptOwner, Account: heir.Address()})
			r.must(act(r.owner, anchor.Action{Kind: anchor.TransferOwner}))
			want.Pending = checkpoint.Address{}
			check()
			r.must(act(r.owner, anchor.Action{Kind: anchor.TransferOwner, Account: heir.Address()}))
			want.Pending = heir.Address()
			check()
			r.must(act(heir, anchor.Action{Kind: anchor.AcceptOwner, Account: heir.Address()}))
			want.Owner, want.Pending = heir.Address(), checkpoint.Address{}
			check()
			refused(anchor.ErrNotOwner, r.owner, anchor.Action{Kind: anchor.CloseLog})
			r.must(act(heir, anchor.Action{Kind: anchor.CloseLog}))
			want.Operator, want.Closed = checkpoint.Address{}, true
			check()
			refused(anchor.ErrLogClosed, heir, anchor.Action{Kind: anchor.SetOperator, Account: other.Address()})
			if signed {
				if _, err := r.payer().SubmitSigned(r.ctx, last); !errors.Is(err, anchor.ErrLogClosed) {
					t.Errorf("the same again: %v", err)
				}
			}
		})
	}
}

// TestSignedRefusals are signatures that the registry would not take, each
// found out before anything is paid.
func TestSignedRefusals(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	now := r.ownerState()
	later := time.Unix(int64(now.Block.Time)+3600, 0)
	a := anchor.Action{Ref: r.ref, Kind: anchor.SetOperator, Account: r.owner.Address()}
	sign := func(a anchor.Action, nonce uint64, deadline time.Time) anchor.SignedAction {
		t.Helper()
		s, err := a.Sign(r.owner, nonce, deadline)
		r.must(err)
		return s
	}
	before, err := r.chain.Client().NonceAt(r.ctx, r.chain.Accounts()[6].Address, nil)
	r.must(err)
	unopened, elsewhere := a, a
	unopened.Ref.Log[0] ^= 1
	elsewhere.Ref.ChainID++
	forged := sign(a, now.Nonce, later)
	forged.Account = r.operator.Address()
	for _, c := range []struct {
		name string
		s    anchor.SignedAction
		want error
	}{
		{"used nonce ahead", sign(a, now.Nonce+1, later), anchor.ErrNonceAhead},
		{"deadline", sign(a, now.Nonce, time.Unix(int64(now.Block.Time)-1, 0)), anchor.ErrDeadlinePassed},
		{"no such log", sign(unopened, now.Nonce, later), anchor.ErrLogNotOpen},
		{"another chain", sign(elsewhere, now.Nonce, later), anchor.ErrWrongChain},
		{"changed", forged, anchor.ErrAction},
	} {
		if _, err := r.payer().SubmitSigned(r.ctx, c.s); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	r.chain.Resume()
	s := sign(a, now.Nonce, later)
	_, err = r.payer().SubmitSigned(r.ctx, s)
	r.must(err)
	if _, err := r.payer().SubmitSigned(r.ctx, s); !errors.Is(err, anchor.ErrNonceUsed) {
		t.Errorf("twice: %v", err)
	}
	poor, err := anchor.NewKey()
	r.must(err)
	broke := r.payer()
	broke.Key = poor
	if _, err := broke.SubmitSigned(r.ctx, sign(a, now.Nonce+1, later)); !errors.Is(err, anchor.ErrShortOfFunds) {
		t.Errorf("without funds: %v", err)
	}
	after, err := r.chain.Client().NonceAt(r.ctx, r.chain.Accounts()[6].Address, nil)
	r.must(err)
	if after != before+1 {
		t.Errorf("%d transactions were paid for, want 1", after-before)
	}
}

// TestActionText reads signed actions back, refuses changed ones, and takes a
// signature that a wallet made of the typed data.
func TestActionText(t *testing.T) {
	t.Parallel()
	owner, err := anchor.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	_, vkey, err := checkpoint.GenerateKey("log.uni.example")
	if err != nil {
		t.Fatal(err)
	}
	ref := checkpoint.LogRef{ChainID: 1337, Registry: checkpoint.Address{1}, Log: checkpoint.LogID{2}}
	at := time.Unix(1_900_000_000, 0)
	for _, a := range []anchor.Action{
		{Ref: ref, Kind: anchor.SetOperator, Account: checkpoint.Address{3}},
		{Ref: ref, Kind: anchor.SetKeys, Keys: checkpoint.Keys{vkey}},
		{Ref: ref, Kind: anchor.TransferOwner, Account: checkpoint.Address{3}},
		{Ref: ref, Kind: anchor.TransferOwner},
		{Ref: ref, Kind: anchor.AcceptOwner, Account: owner.Address()},
		{Ref: ref, Kind: anchor.CloseLog},
	} {
		s, err := a.Sign(owner, 7, at)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.MarshalIndent(s, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		back, err := anchor.ParseSignedAction(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if back.String() != s.String() || back.Nonce != 7 || !back.Deadline.Equal(at) || back.Signer != owner.Address() {
			t.Errorf("%s came back as %+v", text, back)
		}
		typed, err := a.TypedData(7, at)
		if err != nil {
			t.Fatal(err)
		}
		// Wallets end signatures in 0 or 1, or in 27 or 28.
		for _, low := range []byte{0, 27} {
			sig := append([]byte(nil), s.Signature...)
			sig[64] = sig[64] - 27 + low
			imported, err := anchor.ImportSignature(typed, " 0x"+strings.ToUpper(hex.EncodeToString(sig))+"\n")
			if err != nil {
				t.Fatalf("%s: %v", typed, err)
			}
			again, err := json.MarshalIndent(imported, "", "  ")
			if err != nil || string(again) != string(text) {
				t.Errorf("imported %s, signed %s (%v)", again, text, err)
			}
		}
		for name, bad := range map[string]string{
			"more":         string(text) + "{}",
			"unknown":      strings.Replace(string(text), `{`, `{"x":1,`, 1),
			"words":        strings.Replace(string(text), `log eip155`, `log  eip155`, 1),
			"until":        strings.Replace(string(text), `2030-`, `2031-`, 1),
			"deadline":     strings.Replace(string(text), `"deadline": `, `"deadline": 1`, 1),
			"nonce":        strings.Replace(string(text), `"nonce": 7`, `"nonce": 8`, 1),
			"chain":        strings.Replace(string(text), `"chainId": 1337`, `"chainId": 1`, 1),
			"no chain":     strings.Replace(string(text), `"chainId": 1337`, `"chainId": 0`, 1),
			"another kind": strings.Replace(string(text), `"action": "`, `"action": "un`, 1),
			"signature":    strings.Replace(string(text), `"signature": "0x`, `"signature": "0x00`, 1),
			"no hex":       strings.Replace(string(text), `"signature": "0x`, `"signature": "`, 1),
			"empty":        "",
			"long":         strings.Repeat(" ", 1<<20),
		} {
			if bad == string(text) {
				t.Fatalf("%s: nothing was changed", name)
			}
			if _, err := anchor.ParseSignedAction([]byte(bad)); !errors.Is(err, anchor.ErrAction) {
				t.Errorf("%s of %s: %v", name, a.Kind, err)
			}
		}
	}
	for name, bad := range map[string]anchor.Action{
		"no kind":           {Ref: ref},
		"no chain":          {Kind: anchor.CloseLog},
		"zero operator":     {Ref: ref, Kind: anchor.SetOperator},
		"no keys":           {Ref: ref, Kind: anchor.SetKeys},
		"bad keys":          {Ref: ref, Kind: anchor.SetKeys, Keys: checkpoint.Keys{vkey + "x"}},
		"keys to close":     {Ref: ref, Kind: anchor.CloseLog, Keys: checkpoint.Keys{vkey}},
		"account to close":  {Ref: ref, Kind: anchor.CloseLog, Account: checkpoint.Address{1}},
		"account with keys": {Ref: ref, Kind: anchor.SetKeys, Keys: checkpoint.Keys{vkey}, Account: checkpoint.Address{1}},
		"accept of another": {Ref: ref, Kind: anchor.AcceptOwner, Account: checkpoint.Address{9}},
	} {
		if _, err := bad.Sign(owner, 0, at); !errors.Is(err, anchor.ErrAction) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := anchor.ImportSignature([]byte("{}"), "0x00"); !errors.Is(err, anchor.ErrAction) {
		t.Errorf("import of nothing: %v", err)
	}
}

// TestFinalAction waits until an action is final, through a reorganisation
// that drops it and sends that fail.
func TestFinalAction(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	p := r.payer()
	p.Key, p.Final = r.owner, true
	r.set(testnet.Faults{Sends: testnet.ForwardError})
	type result struct {
		done anchor.Done
		err  error
	}
	ended := make(chan result, 1)
	go func() {
		done, err := p.Do(r.ctx, anchor.Action{Ref: r.ref, Kind: anchor.SetOperator, Account: r.owner.Address()})
		ended <- result{done, err}
	}()
	r.waitPool()
	r.mine(1)
	r.reorg(1, true)
	r.waitPool()
	r.mine(1)
	select {
	case e := <-ended:
		t.Fatalf("it ended in its first block: %+v", e)
	default:
	}
	r.mine(4)
	e := <-ended
	r.must(e.err)
	if o := r.ownerState(); o.Operator != r.owner.Address() || o.Nonce != 1 {
		t.Errorf("%+v", o)
	}
	if e.done.Block == 0 || e.done.Tx.IsZero() {
		t.Errorf("done says %+v", e.done)
	}
}

// TestActionRace: the payer's account sends something else with the nonce of
// the action, as a node does that anchors from it.
func TestActionRace(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	account := r.chain.Accounts()[6]
	a := anchor.Action{Ref: r.ref, Kind: anchor.SetOperator, Account: r.owner.Address()}
	o := r.ownerState()
	s, err := a.Sign(r.owner, o.Nonce, time.Unix(int64(o.Block.Time)+3600, 0))
	r.must(err)
	r.set(testnet.Faults{Sends: testnet.Drop})
	ended := make(chan error, 1)
	go func() { _, err := r.payer().SubmitSigned(r.ctx, s); ended <- err }()
	r.await("it is sent", func() bool { return r.fault.Calls("eth_sendRawTransaction") > 0 })
	r.set(testnet.Faults{})
	r.sendBeside(account, 0, common.Address{1})
	r.mine(1)
	r.waitPool()
	r.mine(1)
	r.must(<-ended)
	if o := r.ownerState(); o.Operator != r.owner.Address() {
		t.Errorf("%+v", o)
	}
}
