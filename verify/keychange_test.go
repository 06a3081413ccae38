package verify_test

import (
	"context"
	"errors"
	"testing"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/verify"
)

// TestChangedKeys: checkpoints of a log whose owner has replaced its keys.
// Evidence of before the change goes on verifying, a later key is taken on the
// chain's word and never refutes, and what a replaced key signs beyond its
// term counts for nothing.
func TestChangedKeys(t *testing.T) {
	s := newScene(t)
	origin := s.log.log.Origin
	newKey, vkey, err := checkpoint.SignerFromKey(origin, privateKey("the second key"))
	if err != nil {
		t.Fatal(err)
	}
	strangers, _, err := checkpoint.SignerFromKey(origin, privateKey("nobody's key"))
	if err != nil {
		t.Fatal(err)
	}
	first, last := s.log.anchors[0].tree, s.log.anchors[2].tree
	changedIn, err := s.chain.Block(t.Context(), s.log.anchors[1].event.Block.Number)
	if err != nil {
		t.Fatal(err)
	}
	at := s.log.anchors[1].tree.Size
	s.chain.changes = []verify.KeyChange{{AtSize: at, Keys: checkpoint.Keys{vkey}.Bytes(), Block: changedIn}}
	fork := func(tree merkle.Tree) merkle.Tree { tree.Root[0] ^= 1; return tree }
	sign := func(by *checkpoint.Signer, tree merkle.Tree) []byte {
		t.Helper()
		b, err := checkpoint.Sign(checkpoint.Checkpoint{Origin: origin, Tree: tree}, by)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	silent := &faulty{Chain: s.chain, changes: func([]verify.KeyChange) ([]verify.KeyChange, error) { return nil, errors.New("cut off") }}
	disordered := &faulty{Chain: s.chain, changes: func(l []verify.KeyChange) ([]verify.KeyChange, error) {
		return append(l, verify.KeyChange{AtSize: at - 1, Keys: l[0].Keys, Block: l[0].Block}), nil
	}}
	nonsense := &faulty{Chain: s.chain, changes: func(l []verify.KeyChange) ([]verify.KeyChange, error) {
		return append(l, verify.KeyChange{AtSize: at, Keys: []byte("nobody\n"), Block: l[0].Block}), nil
	}}
	for _, c := range []struct {
		name    string
		note    []byte
		chain   verify.Chain
		verdict verify.Verdict
		steps   []string
	}{
		{"opening key before", sign(s.log.signer, first), s.chain, verify.Verified, nil},
		{"opening key at the change", sign(s.log.signer, s.log.anchors[1].tree), s.chain, verify.Verified, nil},
		{"opening key beyond", sign(s.log.signer, last), s.chain, verify.CouldNotTell, []string{"checkpoint.signed unknown: keys that the owner replaced"}},
		{"opening key forks beyond", sign(s.log.signer, fork(last)), s.chain, verify.CouldNotTell, []string{"checkpoint.signed unknown: counts for nothing"}},
		{"opening key forks in its term", sign(s.log.signer, fork(s.log.anchors[1].tree)), s.chain, verify.Refuted, []string{"checkpoint.signed fail: forked"}},
		{"new key", sign(newKey, last), s.chain, verify.Verified, nil},
		{"new key before", sign(newKey, first), s.chain, verify.CouldNotTell, []string{"checkpoint.signed unknown: announced later"}},
		{"new key forks", sign(newKey, fork(last)), s.chain, verify.CouldNotTell, []string{"checkpoint.signed unknown: by the word of the chain client"}},
		{"new key under a wrong signature", append(sign(newKey, last)[:8:8], append([]byte("x"), sign(newKey, last)[8:]...)...), s.chain, verify.CouldNotTell, []string{"checkpoint.signed unknown: did not sign"}},
		{"a stranger's key", sign(strangers, last), s.chain, verify.CouldNotTell, []string{"checkpoint.signed unknown: neither by a key"}},
		{"new key offline", sign(newKey, last), nil, verify.CouldNotTell, []string{"status.current warn", "checkpoint.signed unknown: only a chain client"}},
		{"opening key offline", sign(s.log.signer, last), nil, verify.Verified, []string{"status.current warn"}},
		{"new key, changes unknown", sign(newKey, last), silent, verify.CouldNotTell, []string{"checkpoint.signed unknown: cut off"}},
		{"opening key, changes unknown", sign(s.log.signer, last), silent, verify.Verified, []string{"checkpoint.signed warn: cut off"}},
		{"changes out of order", sign(newKey, last), disordered, verify.CouldNotTell, []string{"checkpoint.signed unknown: out of order"}},
		{"no keys any more", sign(newKey, last), nonsense, verify.CouldNotTell, []string{"checkpoint.signed unknown: counts for nothing"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := s.evidence(t)
			e.Checkpoint = c.note
			v := s.online()
			if v.Chain = c.chain; c.chain == nil {
				v = s.offline(e)
			}
			want(t, v.Check(context.Background(), s.badge, e), c.verdict, c.steps...)
		})
	}
	// Evidence does not speak of later keys: what it was before, it is now.
	want(t, s.online().Check(context.Background(), s.badge, s.log.evidenceAt(t, s.index, 2)), verify.Verified)
}
