package proof_test

import (
	"testing"

	"github.com/akashi-project/akashi/record/proof"
)

// BenchmarkVerify checks one badge from its bytes to the verdict, keys and
// contexts at hand: what a verifier of many badges does for each.
func BenchmarkVerify(b *testing.B) {
	v := proof.Verifier{Now: now}
	for _, suite := range []proof.Suite{proof.EdDSARDFC2022, proof.EdDSAJCS2022, proof.Ed25519Signature2020} {
		signed := []byte(sign(b, badge(b), issuerKey(), proof.Options{Suite: suite}))
		b.Run(string(suite), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				results, err := v.Document(b.Context(), signed)
				if err != nil || results[0].Outcome != proof.Pass {
					b.Fatalf("%v, %v", results, err)
				}
			}
		})
	}
	signer := proof.Signer{Key: issuerKey(), Method: issuer + "#" + issuer[len("did:key:"):]}
	token, err := signer.JWT([]byte(badge(b)), proof.JWTVC20)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("VC-JWT", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if r := v.JWT(b.Context(), []byte(token)); r.Outcome != proof.Pass {
				b.Fatalf("%+v", r)
			}
		}
	})
}
