package verify_test

import (
	"context"
	"testing"

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

// BenchmarkCheckBound is BenchmarkCheck with a signed binding and checkpoint.
func BenchmarkCheckBound(b *testing.B) {
	s, e := full(b)
	v := s.offline(e)
	b.ReportAllocs()
	for b.Loop() {
		if r := v.Check(context.Background(), s.badge, e); r.Verdict != verify.Verified {
			b.Fatal(r)
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
