package verify_test

import (
	"crypto/ed25519"
	"iter"
	"maps"
	"testing"
	"time"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/verify"
)

func public(key ed25519.PrivateKey) ed25519.PublicKey { return key.Public().(ed25519.PublicKey) }

// sign makes the binding of a scene's log, signed with key in the name of
// issuer; "" stands for the key's did:key.
func sign(key ed25519.PrivateKey, issuer string) func(*testing.T, *scene) *verify.Binding {
	return func(t *testing.T, s *scene) *verify.Binding { return s.log.binding(t, key, issuer) }
}

// bindOther is about another log of the same origin.
func bindOther(key ed25519.PrivateKey) func(*testing.T, *scene) *verify.Binding {
	return func(t *testing.T, s *scene) *verify.Binding {
		ref := s.log.ref
		ref.ChainID++
		return signBinding(t, key, s.log.log.Origin, s.log.log.Keys, ref)
	}
}

// bindOrigin calls the scene's log by another origin.
func bindOrigin(key ed25519.PrivateKey) func(*testing.T, *scene) *verify.Binding {
	return func(t *testing.T, s *scene) *verify.Binding {
		other := newLog(t, s.chain, s.registry, "log.other.example")
		return signBinding(t, key, other.log.Origin, other.log.Keys, s.log.ref)
	}
}

// broken has one bit of its signature changed.
func broken(key ed25519.PrivateKey) func(*testing.T, *scene) *verify.Binding {
	return func(t *testing.T, s *scene) *verify.Binding {
		b := s.log.binding(t, key, uni)
		v := []byte(b.Proof.ProofValue)
		for _, c := range []byte("23") {
			if v[40] != c {
				v[40] = c
				break
			}
		}
		b.Proof.ProofValue = string(v)
		return b
	}
}

func signBinding(t *testing.T, key ed25519.PrivateKey, origin string, keys checkpoint.Keys, refs ...checkpoint.LogRef) *verify.Binding {
	t.Helper()
	b, err := verify.SignBinding(key, "", origin, keys, refs, time.Unix(genesisTime, 0))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func mapKeys(m map[uint64]verify.Claim) iter.Seq[uint64] { return maps.Keys(m) }

// fillingOf returns which of its batch of fillings stands at an index.
func fillingOf(s *scene, index uint64) int {
	n := 0
	for i := index; i > 0; i-- {
		if c, ok := s.log.claims[i-1]; !ok || c.Type != record.Document {
			break
		}
		n++
	}
	return n
}
