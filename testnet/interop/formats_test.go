package interop

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"testing"

	"github.com/transparency-dev/formats/log"
	fnote "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/testnet/interop/live"
)

// TestFormats opens each head with transparency-dev/formats and the log's key,
// and no head that was changed, or is of another log or key.
func TestFormats(t *testing.T) {
	_, strange, err := note.GenerateKey(rand.Reader, live.Origin)
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := fnote.NewVerifier(strange)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range grown.heads {
		c, rest, n, err := log.ParseCheckpoint(h.note, live.Origin, verifier(t))
		if err != nil {
			t.Fatalf("size %d: %v", h.Size, err)
		}
		if len(rest) != 0 || len(n.Sigs) != 1 || len(n.UnverifiedSigs) != 0 {
			t.Errorf("size %d: %d bytes of extensions, %d signatures verified and %d not", h.Size, len(rest), len(n.Sigs), len(n.UnverifiedSigs))
		}
		if !bytes.Equal(c.Marshal(), []byte(n.Text)) {
			t.Errorf("size %d: read and written again it is %q, was %q", h.Size, c.Marshal(), n.Text)
		}
		if _, _, _, err := log.ParseCheckpoint(h.note, live.Origin, stranger); err == nil {
			t.Errorf("size %d: opened by another key", h.Size)
		}
		if _, _, _, err := log.ParseCheckpoint(h.note, "other.example", verifier(t)); err == nil {
			t.Errorf("size %d: opened as another log's", h.Size)
		}
		for i := range h.note {
			if i == len(h.note)-len("E=\n") {
				continue // base64 of 68 bytes has two spare bits, which formats does not look at
			}
			changed := bytes.Clone(h.note)
			changed[i] ^= 1
			if _, _, _, err := log.ParseCheckpoint(changed, live.Origin, verifier(t)); err == nil {
				t.Errorf("size %d: opened with byte %d changed", h.Size, i)
			}
		}
	}
}

// TestCosignatures lets either side cosign a head of the node and the other
// one read it (C2SP tlog-cosignature).
func TestCosignatures(t *testing.T) {
	skey, vkey, err := checkpoint.GenerateCosignerKey("witness.example")
	if err != nil {
		t.Fatal(err)
	}
	ours, err := checkpoint.NewCosigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	byUs, err := checkpoint.Cosign(last().note, checkpoint.Keys{grown.Key}, ours)
	if err != nil {
		t.Fatal(err)
	}
	witness, err := fnote.NewVerifierForCosignatureV1(vkey)
	if err != nil {
		t.Fatal(err)
	}
	c, _, n, err := log.ParseCheckpoint(byUs, live.Origin, verifier(t), witness)
	if err != nil || c.Size != last().Size || len(n.Sigs) != 2 {
		t.Fatalf("formats opens our cosignature with %v", err)
	}
	if at, err := fnote.CoSigV1Timestamp(n.Sigs[1]); err != nil || at.IsZero() {
		t.Errorf("the cosignature's time: %v, %v", at, err)
	}

	theirs, theirKey, err := note.GenerateKey(rand.Reader, "monitor.example")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := fnote.NewSignerForCosignatureV1(theirs)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := note.Open(last().note, note.VerifierList(verifier(t)))
	if err != nil {
		t.Fatal(err)
	}
	byThem, err := note.Sign(opened, signer)
	if err != nil {
		t.Fatal(err)
	}
	if theirKey, err = fnote.VKeyToCosignatureV1(theirKey); err != nil {
		t.Fatal(err)
	}
	policy := checkpoint.Policy{
		Logs:      []checkpoint.Keys{{grown.Key}},
		Witnesses: []string{theirKey},
		Quorum:    1,
	}
	if o, err := policy.Open(byThem); err != nil || o.Checkpoint.Tree.Size != last().Size {
		t.Errorf("our policy opens their cosignature with %v", err)
	}
	if _, err := policy.Open(byUs); err == nil {
		t.Error("our policy takes a witness that it does not name")
	}
}

// TestChain compares what the tools accepted with what the chain holds.
func TestChain(t *testing.T) {
	a, err := anchorOf(t.Context(), last().Size)
	if err != nil {
		t.Fatal(err)
	}
	if a.Root != hex.EncodeToString(last().Hash) || a.State != "final" {
		t.Errorf("the chain holds %+v, the checkpoint %x", a, last().Hash)
	}
}
