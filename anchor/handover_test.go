package anchor_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/store"
	"github.com/akashi-project/akashi/testnet"
	"github.com/akashi-project/akashi/verify"
	"github.com/ethereum/go-ethereum/common"
)

var errNoKey = errors.New("no key file for it")

// keyring lets the pipeline find these keys.
func keyring(keys ...*anchor.Key) func(*anchor.Config) {
	return func(c *anchor.Config) {
		c.KeyFor = func(a checkpoint.Address) (*anchor.Key, error) {
			for _, k := range keys {
				if k.Address() == a {
					return k, nil
				}
			}
			return nil, errNoKey
		}
	}
}

// TestHandover changes the operator while an anchor of the old one is on its
// way, with what becomes of that anchor, the order of the two transactions, a
// restart, and accounts whose nonces collide.
func TestHandover(t *testing.T) {
	t.Parallel()
	for _, fate := range []string{"never sent", "mined before", "mined after"} {
		for _, used := range []uint64{0, 1, 2, 5} { // transactions that the new account has sent; the old one's next is 1
			for _, restart := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%d used/restart %v", fate, used, restart), func(t *testing.T) {
					t.Parallel()
					r := newOpenRig(t)
					account := r.chain.Accounts()[7]
					next := anchor.KeyOf(account.Key)
					for n := range used {
						r.sendBeside(account, n, common.Address{1})
					}
					r.mine(1)
					r.config = keyring(next)
					r.restart()
					r.request(1)
					if fate == "never sent" {
						r.set(testnet.Faults{Sends: testnet.Drop})
					}
					r.step()
					r.set(testnet.Faults{})
					old := r.row(2)
					if old.State != store.Sent || len(old.Attempts) != 1 || old.Attempts[0].Nonce != 1 {
						t.Fatalf("%s", r.journal())
					}
					if fate == "mined before" {
						r.mine(1)
					}
					// Both may come into one block, the owner's first: it pays more.
					r.must(r.do(r.owner, anchor.Action{Kind: anchor.SetOperator, Account: next.Address()}))
					if restart {
						r.restart()
					}
					r.append(1)
					r.a.Request()
					r.finish()
					if s := r.a.Status(); s.Operator != next.Address() {
						t.Errorf("the operator is %s", s.Operator)
					}
					for _, row := range mustAnchors(r) {
						for i, a := range row.Attempts {
							if i > 0 && a.FeeCap > row.Attempts[i-1].FeeCap && a.Nonce == row.Attempts[i-1].Nonce {
								t.Errorf("an attempt of the new operator replaced one of the old: %s", r.journal())
							}
						}
					}
					// And back, without a restart.
					r.must(r.do(r.owner, anchor.Action{Kind: anchor.SetOperator, Account: r.operator.Address()}))
					r.request(1)
					r.finish()
					if s := r.a.Status(); s.Operator != r.operator.Address() {
						t.Errorf("the operator is %s", s.Operator)
					}
				})
			}
		}
	}
}

func mustAnchors(r *rig) []store.Anchor {
	r.t.Helper()
	rows, err := r.store.Anchors(0, 0)
	r.must(err)
	return rows
}

// TestHandoverLate: the key of the new operator comes after the owner's
// action, and the pipeline says what it lacks until then.
func TestHandoverLate(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	next := anchor.KeyOf(r.chain.Accounts()[7].Key)
	var there []*anchor.Key
	r.config = func(c *anchor.Config) {
		c.KeyFor = func(a checkpoint.Address) (*anchor.Key, error) {
			for _, k := range there {
				return k, nil
			}
			return nil, errNoKey
		}
	}
	r.restart()
	r.must(r.do(r.owner, anchor.Action{Kind: anchor.SetOperator, Account: next.Address()}))
	r.request(1)
	r.step()
	s := r.phase(anchor.Stopped)
	for _, want := range []string{next.Address().String(), r.operator.Address().String(), errNoKey.Error(), "records are taken"} {
		if !errors.Is(s.Err, anchor.ErrNotOperator) || !strings.Contains(s.Detail, want) {
			t.Errorf("%v: %s does not speak of %q", s.Err, s.Detail, want)
		}
	}
	there = []*anchor.Key{r.owner} // another one than was asked for
	r.step()
	if s := r.phase(anchor.Stopped); !strings.Contains(s.Detail, "is of "+r.owner.String()) {
		t.Errorf("%s", s.Detail)
	}
	there = []*anchor.Key{next}
	r.finish()
}

// TestOpeningOfAnother: the configured opening names an operator that the
// owner has replaced since.
func TestOpeningOfAnother(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	next := anchor.KeyOf(r.chain.Accounts()[7].Key)
	was := r.operator
	r.operator = next
	r.restart()
	r.request(1)
	r.step()
	if s := r.phase(anchor.Stopped); !errors.Is(s.Err, anchor.ErrLogNotOpen) || !strings.Contains(s.Detail, was.Address().String()) {
		t.Errorf("%+v", s)
	}
	// With both keys at hand it opens the log with the one, and goes on with
	// the other once the owner says so.
	r.config = keyring(was)
	r.restart()
	r.step()
	r.mine(1)
	r.finish()
	r.must(r.do(r.owner, anchor.Action{Kind: anchor.SetOperator, Account: next.Address()}))
	r.request(1)
	r.finish()
}

// TestStolenOperator: whoever has the operator's key can extend the log's
// anchors with nothing that contradicts them, spend the account's coin, use
// its nonces, and lead the node's store behind the chain; until the owner
// sets another operator, and nothing after that.
func TestStolenOperator(t *testing.T) {
	t.Parallel()
	r := newOpenRig(t)
	next := anchor.KeyOf(r.chain.Accounts()[7].Key)
	r.config = keyring(next)
	r.restart()
	r.request(3)
	r.finish()
	at := r.a.Status().ChainSize

	// A fork is refused by the contract, with any proof at hand.
	tree, err := r.store.TreeAt(at)
	r.must(err)
	if err := r.thiefAnchors(at+5, tree.Root, nil); err == nil {
		t.Fatal("the registry took a fork")
	}
	if err := r.thiefAnchors(at, tree.Root, nil); err == nil {
		t.Fatal("the registry took the head again")
	}
	// Nonces are used up, and coin goes elsewhere.
	r.request(1)
	r.set(testnet.Faults{Sends: testnet.Drop})
	r.step()
	nonce, err := r.chain.Client().NonceAt(r.ctx, r.account.Address, nil)
	r.must(err)
	for n := range uint64(3) {
		r.sendBeside(r.account, nonce+n, common.Address{2})
	}
	r.mine(4)
	balance, err := r.chain.Client().BalanceAt(r.ctx, r.account.Address, nil)
	r.must(err)
	r.must(r.drain(balance))
	r.set(testnet.Faults{})
	r.now = r.now.Add(time.Hour)
	r.step()
	if s := r.phase(anchor.Waiting); !errors.Is(s.Err, anchor.ErrShortOfFunds) {
		t.Fatalf("%+v", s)
	}

	// The owner sets another operator: the node goes on by itself.
	r.must(r.do(r.owner, anchor.Action{Kind: anchor.SetOperator, Account: next.Address()}))
	r.finish()
	// The thief cannot anchor even what is true.
	r.chain.Resume()
	r.must(r.chain.Fund(r.ctx, r.account.Address, big.NewInt(1e18)))
	r.chain.Pause()
	r.append(2)
	f, err := r.store.Freeze(r.ctx)
	r.must(err)
	was, err := r.store.TreeAt(r.a.Status().ChainSize)
	r.must(err)
	proof, err := r.store.ProveConsistency(was.Size, f.Tree.Size)
	r.must(err)
	if err := r.thiefAnchors(f.Tree.Size, f.Tree.Root, proof.Hashes); err == nil || !strings.Contains(err.Error(), "0x") && !strings.Contains(err.Error(), "revert") {
		t.Errorf("the old operator anchors: %v", err)
	}
	// Nor can he act as the owner.
	if err := r.do(r.operator, anchor.Action{Kind: anchor.SetOperator, Account: r.operator.Address()}); !errors.Is(err, anchor.ErrNotOwner) {
		t.Errorf("the old operator acts as the owner: %v", err)
	}
	r.a.Request()
	r.finish()
}

// TestStolenOperatorExtends: the one thing that cannot be made good. Anybody
// can compute what follows a public tree, so whoever has the operator's key
// can anchor entries of their own. The node sees it, signs nothing more and
// says what to do; another operator stops the thief, and the owner can close
// the log. Evidence of before keeps what it proved.
func TestStolenOperatorExtends(t *testing.T) {
	t.Parallel()
	for _, more := range []int{1, 5} { // entries of the node's own that the thief passes or not
		t.Run(fmt.Sprint(more, " entries"), func(t *testing.T) {
			t.Parallel()
			r := newOpenRig(t)
			next := anchor.KeyOf(r.chain.Accounts()[7].Key)
			r.config = keyring(next)
			r.restart()
			r.request(3)
			r.finish()
			size := r.a.Status().ChainSize
			before := r.row(size)
			r.append(more)

			leaves := r.leaves(size)
			revoked := record.Entry{Kind: record.Status, Target: 0, State: record.Revoked}
			leaves = append(leaves, merkle.LeafHash(revoked.Bytes()), merkle.LeafHash(record.Entry{Kind: record.Head, StatusRoot: merkle.Hash{1}}.Bytes()))
			proof, err := merkle.ProveConsistency(leaves, size, uint64(len(leaves)))
			r.must(err)
			r.must(r.thiefSends(uint64(len(leaves)), merkle.Root(leaves), proof.Hashes))

			if err := r.a.Step(r.ctx); err == nil {
				t.Fatal("the node did not see it")
			}
			s := r.phase(anchor.Stopped)
			_, fence := errors.AsType[*anchor.FenceError](s.Err)
			if !fence || !s.Fenced {
				t.Fatalf("%+v", s)
			}
			// The owner stops the thief, and ends the log.
			r.must(r.do(r.owner, anchor.Action{Kind: anchor.SetOperator, Account: next.Address()}))
			if err := r.thiefAnchors(uint64(len(leaves))+1, merkle.Hash{}, nil); err == nil {
				t.Error("the old operator anchors")
			}
			if err := r.a.Step(r.ctx); err == nil || !r.a.Status().Fenced {
				t.Errorf("the node signs on: %+v", r.a.Status())
			}
			r.must(r.do(r.owner, anchor.Action{Kind: anchor.CloseLog}))
			if o := r.ownerState(); !o.Closed || o.Size != uint64(len(leaves)) {
				t.Errorf("%+v", o)
			}
			var event verify.Event
			r.must(json.Unmarshal(before.Proof, &event))
			if a, err := verify.CheckEvent(event, r.ref.Log); err != nil || a.Size != size {
				t.Errorf("the proof of before: %+v, %v", a, err)
			}
		})
	}
}
