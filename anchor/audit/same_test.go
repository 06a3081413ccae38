package audit_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"os"
	"path/filepath"
	"testing"

	"github.com/akashi-project/akashi/anchor/audit"
	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/testnet/biglog"
)

// TestSameBytes audits one log twice, at other speeds and from a second
// connection: report, pages and signature come out the same byte for byte, and
// the inputs that are listed hash to what lies in the log's folder.
func TestSameBytes(t *testing.T) {
	r := newRig(t, biglog.Options{Entries: 1200, Anchors: 30, PerBlock: 4})
	signer, vkey, err := checkpoint.SignerFromKey("auditor.example", ed25519.NewKeyFromSeed(make([]byte, 32)))
	if err != nil {
		t.Fatal(err)
	}
	var reports []*audit.Report
	var outputs [][]byte
	for _, parallel := range []int{1, 32} {
		report := r.audit(func(o *audit.Options) { o.Parallel = parallel })
		raw, err := audit.EncodeJSON(report)
		if err != nil {
			t.Fatal(err)
		}
		all := [][]byte{raw}
		for _, lang := range audit.Langs {
			var page bytes.Buffer
			if err := audit.WriteHTML(&page, report, audit.Page{Lang: lang, Key: vkey}); err != nil {
				t.Fatal(err)
			}
			all = append(all, page.Bytes())
		}
		signed, err := audit.SignReport(signer, raw, all[1:]...)
		if err != nil {
			t.Fatal(err)
		}
		s, err := audit.OpenStatement(signed, vkey)
		if err != nil {
			t.Fatal(err)
		}
		for i, b := range all {
			if !s.Names(b) {
				t.Errorf("output %d is not what was signed", i)
			}
		}
		reports, outputs = append(reports, report), append(outputs, bytes.Join(append(all, signed), nil))
	}
	if !bytes.Equal(outputs[0], outputs[1]) {
		t.Error("two audits of one log differ")
	}

	sums := map[string]merkle.Hash{}
	for _, in := range reports[0].Inputs {
		if in.Items == 0 || in.Bytes == 0 || in.Source == "" {
			t.Errorf("an input with nothing in it: %+v", in)
		}
		sums[in.Kind] = in.SHA256
	}
	bundles := sha256.New()
	for first := uint64(0); first < r.log.Tree.Size; first += merkle.TileWidth {
		b := merkle.Bundle{Index: first / merkle.TileWidth, Width: int(min(merkle.TileWidth, r.log.Tree.Size-first))}
		raw, err := os.ReadFile(filepath.Join(r.log.Dir, filepath.FromSlash(b.Path())))
		if err != nil {
			t.Fatal(err)
		}
		bundles.Write(raw)
	}
	note, err := os.ReadFile(filepath.Join(r.log.Dir, "checkpoint"))
	if err != nil {
		t.Fatal(err)
	}
	if sums[audit.InputEntries] != merkle.Hash(bundles.Sum(nil)) || sums[audit.InputCheckpoint] != sha256.Sum256(note) {
		t.Errorf("the listed hashes of entries and checkpoint are not those of the files: %v", sums)
	}
	for _, kind := range []string{audit.InputCode, audit.InputHeaders, audit.InputEvents, audit.InputTransactions, audit.InputState} {
		if _, ok := sums[kind]; !ok {
			t.Errorf("no input of the kind %s is listed", kind)
		}
	}
}
