package verify_test

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"math"
	"testing"
	"time"

	"golang.org/x/crypto/sha3"

	"github.com/akashi-project/akashi/verify"
)

// BenchmarkCheck judges a badge of a block of some transactions from the hash
// of two blocks: everything but reading the evidence.
func BenchmarkCheck(b *testing.B) {
	s := newScene(b)
	e := s.evidence(b)
	v := s.offline(e)
	b.ReportAllocs()
	for b.Loop() {
		if r := v.Check(context.Background(), s.badge, e); r.Verdict != verify.Verified {
			b.Fatal(r)
		}
	}
}

// BenchmarkCheckBound reads evidence with a signed binding and checkpoint, and
// judges a badge by it. Before each it makes the bare calls that no verdict can
// do without: a SHA-256 for each node of the proofs, a Keccak-256 of each
// block header and trie node, and two Ed25519 verifications. ×bare is the
// shortest verdict over the shortest of these.
func BenchmarkCheckBound(b *testing.B) {
	s, e := full(b)
	v := s.offline(e)
	data := encoded(b, e)
	bare := bareCalls(b, e)
	const never = time.Duration(math.MaxInt64)
	least, judged := never, never
	b.ReportAllocs()
	for b.Loop() {
		start := time.Now()
		bare()
		middle := time.Now()
		if r := v.CheckBytes(context.Background(), s.badge, data); r.Verdict != verify.Verified {
			b.Fatal(r)
		}
		judged = min(judged, time.Since(middle))
		least = min(least, middle.Sub(start))
	}
	b.ReportMetric(float64(judged)/float64(least), "×bare")
	b.ReportMetric(float64(least.Nanoseconds())/1000, "bare-µs")
	b.ReportMetric(float64(judged.Nanoseconds())/1000, "verdict-µs")
	b.ReportMetric(0, "ns/op") // of both together: says nothing
}

// bareCalls returns the hashes and signature checks that e needs.
func bareCalls(b *testing.B, e verify.Evidence) func() {
	nodes := len(e.Existence.Inclusion) + len(e.Status.HeadInclusion) + len(e.Status.ChunkProof)
	key := privateKey("university")
	message := []byte("signed by a university")
	signature := ed25519.Sign(key, message)
	return func() {
		var buf [65]byte
		for range nodes {
			h := sha256.Sum256(buf[:])
			copy(buf[1:], h[:]) // so that no call can be left out
		}
		for _, event := range []verify.Event{e.Existence.Event, e.Status.Event} {
			k := sha3.NewLegacyKeccak256()
			for _, part := range append([][]byte{event.Proof.Header}, event.Proof.Nodes...) {
				k.Reset()
				k.Write(part)
				k.Sum(buf[:0])
			}
		}
		for range 2 {
			if !ed25519.Verify(public(key), message, signature) {
				b.Fatal("a signature of this very key is refused")
			}
		}
	}
}

// BenchmarkCheckBytes reads the evidence as well.
func BenchmarkCheckBytes(b *testing.B) {
	s := newScene(b)
	e := s.evidence(b)
	v := s.offline(e)
	data := encoded(b, e)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if r := v.CheckBytes(context.Background(), s.badge, data); r.Verdict != verify.Verified {
			b.Fatal(r)
		}
	}
}

// BenchmarkCheckEvent proves one event by its block's hash.
func BenchmarkCheckEvent(b *testing.B) {
	s := newScene(b)
	e := s.evidence(b)
	log := s.log.ref.Log
	b.ReportAllocs()
	for b.Loop() {
		if _, err := verify.CheckEvent(e.Status.Event, log); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkParseEvidence reads evidence, and writes it to compare.
func BenchmarkParseEvidence(b *testing.B) {
	_, e := full(b)
	data := encoded(b, e)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := verify.ParseEvidence(data); err != nil {
			b.Fatal(err)
		}
	}
}
