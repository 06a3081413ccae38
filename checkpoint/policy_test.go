package checkpoint_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/checkpoint"
	f_note "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
)

func TestPolicy(t *testing.T) {
	signer := newSigner(t, origin)
	keys := checkpoint.Keys{signer.VerifierKey()}
	other := newSigner(t, "other.example")
	w := []*checkpoint.Signer{newCosigner(t, "w0.example"), newCosigner(t, "w1.example"), newCosigner(t, "w2.example")}
	stranger := newCosigner(t, "stranger.example")
	impostor, err := checkpoint.NewCosigner(skey("w0.example-impostor"))
	if err != nil {
		t.Fatal(err)
	}
	cosign := func(b []byte, list ...*checkpoint.Signer) []byte {
		for _, s := range list {
			if b, err = checkpoint.Cosign(b, keys, s); err != nil {
				t.Fatal(err)
			}
		}
		return b
	}
	signed := mustSign(t, head(7), signer)
	line := func(b []byte, name string) string {
		for l := range strings.Lines(string(b)) {
			if strings.HasPrefix(l, "— "+name+" ") {
				return l
			}
		}
		t.Fatalf("no line of %s in %q", name, b)
		return ""
	}
	w0 := line(cosign(signed, w[0]), "w0.example")
	// The same line with the key ID of w1: w0 signs in the name of w1.
	raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(w0[len("— w0.example "):]))
	if err != nil {
		t.Fatal(err)
	}
	binary.BigEndian.PutUint32(raw, w[1].KeyHash())
	stolen := "— w1.example " + base64.StdEncoding.EncodeToString(raw) + "\n"
	otherHead := line(cosign(mustSign(t, head(8), signer), w[0]), "w0.example")

	p := checkpoint.Policy{
		Logs:      []checkpoint.Keys{keys, {other.VerifierKey()}},
		Witnesses: []string{w[0].VerifierKey(), w[1].VerifierKey(), w[2].VerifierKey()},
	}
	tests := []struct {
		name   string
		in     []byte
		quorum int
		want   error
		names  string
	}{
		{"no witness asked for", signed, 0, nil, ""},
		{"one of one", cosign(signed, w[0]), 1, nil, "w0.example"},
		{"two of two, in order of the note", cosign(signed, w[2], w[0]), 2, nil, "w2.example w0.example"},
		{"three of two", cosign(signed, w...), 2, nil, "w0.example w1.example w2.example"},
		{"one of two", cosign(signed, w[0]), 2, checkpoint.ErrQuorum, ""},
		{"none of one", signed, 1, checkpoint.ErrQuorum, ""},
		{"a stranger does not count", cosign(signed, stranger), 1, checkpoint.ErrQuorum, ""},
		{"a stranger does no harm", cosign(signed, stranger, w[0]), 1, nil, "w0.example"},
		{"a key of like name does not count", cosign(signed, impostor), 1, checkpoint.ErrQuorum, ""},
		{"one witness twice counts once", append(cosign(signed, w[0]), w0...), 2, checkpoint.ErrQuorum, ""},
		{"a stolen name", append(cosign(signed, w[0]), stolen...), 2, checkpoint.ErrSignature, ""},
		{"a cosignature of another head", append(bytes.Clone(signed), otherHead...), 1, checkpoint.ErrSignature, ""},
		{"a wrong cosignature beyond the quorum", append(cosign(signed, w[1]), otherHead...), 1, checkpoint.ErrSignature, ""},
		{"a log that is not trusted", mustSign(t, checkpoint.Checkpoint{Origin: "evil.example", Tree: head(7).Tree}, newSigner(t, "evil.example")), 0, checkpoint.ErrUntrusted, ""},
		{"witnesses without the log", []byte(strings.Replace(string(cosign(signed, w...)), line(signed, origin), "", 1)), 2, checkpoint.ErrUntrusted, ""},
		{"not a note", []byte("{}"), 0, checkpoint.ErrMalformed, ""},
		{"nothing", nil, 0, checkpoint.ErrMalformed, ""},
		{"too large", append(bytes.Clone(signed), strings.Repeat(stolen, 2000)...), 0, checkpoint.ErrMalformed, ""},
		{"not a checkpoint", mustNote(t, "hello\n", signer), 0, checkpoint.ErrMalformed, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := p
			p.Quorum = tt.quorum
			got, err := p.Open(tt.in)
			if !errors.Is(err, tt.want) {
				t.Fatalf("%v, want %v", err, tt.want)
			}
			if err != nil {
				if got.Checkpoint != (checkpoint.Checkpoint{}) || got.Cosignatures != nil {
					t.Errorf("refused with %v", got)
				}
				return
			}
			var names []string
			for _, c := range got.Cosignatures {
				names = append(names, c.Name)
			}
			if got.Checkpoint != head(7) || strings.Join(names, " ") != tt.names {
				t.Errorf("%v, cosigned by %v", got.Checkpoint, names)
			}
		})
	}
	if _, err := (checkpoint.Policy{}).Open(signed); !errors.Is(err, checkpoint.ErrUntrusted) {
		t.Errorf("the zero policy: %v", err)
	}
}

func mustNote(t *testing.T, text string, s note.Signer) []byte {
	t.Helper()
	b, err := note.Sign(&note.Note{Text: text}, s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestPolicyTimes cosigns with ML-DSA-44 at times that the library would not
// write. Time 0 makes no statement on what else the witness saw.
func TestPolicyTimes(t *testing.T) {
	signer := newSigner(t, origin)
	s, v, err := f_note.GenerateMLDSAKey("pq.example")
	if err != nil {
		t.Fatal(err)
	}
	witness, err := f_note.NewMLDSASigner(s)
	if err != nil {
		t.Fatal(err)
	}
	p := checkpoint.Policy{Logs: []checkpoint.Keys{{signer.VerifierKey()}}, Witnesses: []string{v}, Quorum: 1}
	c := head(7)
	for _, tt := range []struct {
		time uint64
		want error
	}{{1, nil}, {1 << 40, nil}, {1<<63 - 1, nil}, {0, checkpoint.ErrQuorum}, {1 << 63, checkpoint.ErrMalformed}, {1<<64 - 1, checkpoint.ErrMalformed}} {
		sig, err := witness.SignSubtree(tt.time, c.Origin, 0, c.Tree.Size, c.Tree.Root[:])
		if err != nil {
			t.Fatal(err)
		}
		line := fmt.Sprintf("— pq.example %s\n", base64.StdEncoding.EncodeToString(append(binary.BigEndian.AppendUint32(nil, witness.KeyHash()), sig...)))
		got, err := p.Open(append(mustSign(t, c, signer), line...))
		if !errors.Is(err, tt.want) {
			t.Errorf("time %d: %v, want %v", tt.time, err, tt.want)
		}
		if err == nil && got.Cosignatures[0].Time.Unix() != int64(tt.time) {
			t.Errorf("time %d is read as %v", tt.time, got.Cosignatures[0].Time)
		}
	}
}

func TestPolicyValidate(t *testing.T) {
	log, log2 := newSigner(t, origin).VerifierKey(), newSigner(t, "b.example").VerifierKey()
	w := newCosigner(t, "w.example").VerifierKey()
	// The key of w.example under another name.
	renamed, err := f_note.VKeyToCosignatureV1(renamedVkey(t, "w.example", "x.example"))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		policy checkpoint.Policy
		want   string // "" when it is good
	}{
		{"zero", checkpoint.Policy{}, ""},
		{"one log and one witness", checkpoint.Policy{Logs: []checkpoint.Keys{{log}}, Witnesses: []string{w}, Quorum: 1}, ""},
		{"log without keys", checkpoint.Policy{Logs: []checkpoint.Keys{{}}}, "log 0: no keys"},
		{"bad log key", checkpoint.Policy{Logs: []checkpoint.Keys{{log2}, {"x"}}}, "log 1: "},
		{"keys of two logs as one", checkpoint.Policy{Logs: []checkpoint.Keys{{log, log2}}}, "log 0: "},
		{"log twice", checkpoint.Policy{Logs: []checkpoint.Keys{{log}, {log2}, {log}}}, "log 2: origin"},
		{"bad witness key", checkpoint.Policy{Witnesses: []string{"x"}}, "witness 0: "},
		{"witness key without time", checkpoint.Policy{Witnesses: []string{log}}, "0x04 or 0x06"},
		{"witness twice", checkpoint.Policy{Witnesses: []string{w, w}}, "witness 1: its key is there twice"},
		{"witness under two names", checkpoint.Policy{Witnesses: []string{w, renamed}}, "witness 1: its key is there twice"},
		{"negative quorum", checkpoint.Policy{Quorum: -1}, "quorum -1"},
		{"quorum above the witnesses", checkpoint.Policy{Witnesses: []string{w}, Quorum: 2}, "quorum 2"},
		{"too many logs", checkpoint.Policy{Logs: make([]checkpoint.Keys, 1001)}, "1001 logs"},
		{"too many witnesses", checkpoint.Policy{Witnesses: make([]string, 1001)}, "1001 witnesses"},
		{"all complaints at once", checkpoint.Policy{Logs: []checkpoint.Keys{{"x"}}, Witnesses: []string{"y"}, Quorum: 5}, "quorum 5"},
	}
	for _, tt := range tests {
		err := tt.policy.Validate()
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
		if err != nil {
			if _, opened := tt.policy.Open(nil); opened == nil || opened.Error() != err.Error() {
				t.Errorf("%s: Open says %v", tt.name, opened)
			}
		}
	}
	err = (checkpoint.Policy{Logs: []checkpoint.Keys{{"x"}}, Witnesses: []string{"y"}, Quorum: 5}).Validate()
	for _, want := range []string{"log 0", "witness 0", "quorum 5"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("complaint on %s is missing: %v", want, err)
		}
	}
}

// renamedVkey writes the key made from one name under another.
func renamedVkey(t *testing.T, name, as string) string {
	t.Helper()
	_, vkey, err := checkpoint.SignerFromKey(as, private(name))
	if err != nil {
		t.Fatal(err)
	}
	return vkey
}
