package checkpoint_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	f_note "github.com/transparency-dev/formats/note"
)

// abiLogID computes a log id with go-ethereum's ABI encoder and hash.
func abiLogID(t *testing.T, l checkpoint.Log) checkpoint.LogID {
	t.Helper()
	address, err := abi.NewType("address", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	bytes32, err := abi.NewType("bytes32", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	packed, err := abi.Arguments{{Type: address}, {Type: bytes32}, {Type: bytes32}}.Pack(
		common.Address(l.Owner), crypto.Keccak256Hash([]byte(l.Origin)), crypto.Keccak256Hash([]byte(strings.Join(l.Keys, "\n")+"\n")))
	if err != nil {
		t.Fatal(err)
	}
	return checkpoint.LogID(crypto.Keccak256Hash(packed))
}

func TestLogID(t *testing.T) {
	l := checkpoint.Log{
		Owner:  checkpoint.Address{0: 0x01, 19: 0xff},
		Origin: origin,
		Keys:   checkpoint.Keys{newSigner(t, origin).VerifierKey()},
	}
	if err := l.Validate(); err != nil {
		t.Fatal(err)
	}
	const golden = "0x7705eada9818d22d994ae056ec19811e6ed289aa3dccf8eb1395890f605ae8d0"
	if got := l.ID().String(); got != golden {
		t.Errorf("log id is %s, want %s", got, golden)
	}
	if l.ID() != abiLogID(t, l) {
		t.Errorf("log id is %s, by go-ethereum %s", l.ID(), abiLogID(t, l))
	}
	// It depends on each part.
	seen := map[checkpoint.LogID]bool{l.ID(): true}
	other := newSigner(t, "other.example").VerifierKey()
	for _, m := range []checkpoint.Log{
		{Owner: checkpoint.Address{1}, Origin: l.Origin, Keys: l.Keys},
		{Owner: l.Owner, Origin: l.Origin + "x", Keys: l.Keys},
		{Owner: l.Owner, Origin: l.Origin, Keys: checkpoint.Keys{other}},
		{Owner: l.Owner, Origin: l.Origin, Keys: checkpoint.Keys{l.Keys[0], other}},
		{Owner: l.Owner, Origin: l.Origin, Keys: checkpoint.Keys{other, l.Keys[0]}},
	} {
		if seen[m.ID()] {
			t.Errorf("%v has the id of another log", m)
		}
		seen[m.ID()] = true
		if m.ID() != abiLogID(t, m) {
			t.Errorf("%v: go-ethereum computes another id", m)
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var m checkpoint.Log
		for i := range m.Owner {
			m.Owner[i] = byte(rng.Uint32())
		}
		m.Origin = strings.Repeat("o", 1+rng.IntN(255))
		for range 1 + rng.IntN(4) {
			m.Keys = append(m.Keys, strings.Repeat("k", rng.IntN(300)))
		}
		if m.ID() != abiLogID(t, m) {
			t.Fatalf("%v: go-ethereum computes another id", m)
		}
	}
}

func TestOrigin(t *testing.T) {
	for _, good := range []string{"a", "akashi.university.example/log", "!~", strings.Repeat("a", 255)} {
		if err := checkpoint.CheckOrigin(good); err != nil {
			t.Errorf("%.20q: %v", good, err)
		}
	}
	for _, bad := range []string{"", strings.Repeat("a", 256), "a b", "a+b", "a\nb", "a\tb", "a\x00", "a\x7f", "大学", "a\u00a0b", "\xff"} {
		if err := checkpoint.CheckOrigin(bad); !errors.Is(err, checkpoint.ErrLog) {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
	for c := range 256 {
		err := checkpoint.CheckOrigin("a" + string([]byte{byte(c)}))
		if want := 0x21 <= c && c <= 0x7e && c != '+'; (err == nil) != want {
			t.Errorf("byte 0x%02x: %v", c, err)
		}
	}
}

func TestLogValidate(t *testing.T) {
	key := newSigner(t, origin).VerifierKey()
	owner := checkpoint.Address{1}
	tests := []struct {
		name string
		log  checkpoint.Log
		ok   bool
	}{
		{"good", checkpoint.Log{Owner: owner, Origin: origin, Keys: checkpoint.Keys{key}}, true},
		{"no owner", checkpoint.Log{Origin: origin, Keys: checkpoint.Keys{key}}, false},
		{"no origin", checkpoint.Log{Owner: owner, Keys: checkpoint.Keys{key}}, false},
		{"no keys", checkpoint.Log{Owner: owner, Origin: origin}, false},
		{"key of another name", checkpoint.Log{Owner: owner, Origin: "other.example", Keys: checkpoint.Keys{key}}, false},
	}
	for _, tt := range tests {
		if err := tt.log.Validate(); (err == nil) != tt.ok || err != nil && !errors.Is(err, checkpoint.ErrLog) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestKeys(t *testing.T) {
	good := newSigner(t, origin).VerifierKey()
	_, mldsa, err := f_note.GenerateMLDSAKey(origin)
	if err != nil {
		t.Fatal(err)
	}
	_, mldsa2, err := f_note.GenerateMLDSAKey(origin)
	if err != nil {
		t.Fatal(err)
	}
	_, mldsa3, err := f_note.GenerateMLDSAKey(origin)
	if err != nil {
		t.Fatal(err)
	}
	_, mldsa4, err := f_note.GenerateMLDSAKey(origin)
	if err != nil {
		t.Fatal(err)
	}
	other := newSigner(t, "other.example").VerifierKey()
	cosigner := newCosigner(t, origin).VerifierKey()
	name, hash, text := good[:len(origin)], good[len(origin)+1:len(origin)+9], good[len(origin)+10:]
	tests := []struct {
		name string
		keys checkpoint.Keys
		ok   bool
	}{
		{"Ed25519", checkpoint.Keys{good}, true},
		{"Ed25519 and ML-DSA-44", checkpoint.Keys{good, mldsa}, true},
		{"Ed25519 and three of ML-DSA-44", checkpoint.Keys{good, mldsa, mldsa2, mldsa3}, true},
		{"five keys", checkpoint.Keys{good, mldsa, mldsa2, mldsa3, mldsa4}, false},
		{"none", checkpoint.Keys{}, false},
		{"ML-DSA-44 alone", checkpoint.Keys{mldsa}, false},
		{"ML-DSA-44 first", checkpoint.Keys{mldsa, good}, false},
		{"twice the same", checkpoint.Keys{good, mldsa, mldsa}, false},
		{"two of Ed25519", checkpoint.Keys{good, good}, false},
		{"cosignature key", checkpoint.Keys{cosigner}, false},
		{"another name", checkpoint.Keys{other}, false},
		{"empty key", checkpoint.Keys{""}, false},
		{"wrong hash", checkpoint.Keys{name + "+00000000+" + text}, false},
		{"hash in upper case", checkpoint.Keys{name + "+" + strings.ToUpper(hash) + "+" + text}, false},
		{"hash cut", checkpoint.Keys{name + "+" + hash[1:] + "+" + text}, false},
		{"key cut", checkpoint.Keys{good[:len(good)-1]}, false},
		{"newline after", checkpoint.Keys{good + "\n"}, false},
		{"newline inside", checkpoint.Keys{good[:len(good)-4] + "\n" + good[len(good)-4:]}, false},
		{"another key after a newline", checkpoint.Keys{good + "\n" + mldsa}, false},
		{"space before", checkpoint.Keys{" " + good}, false},
		{"not base64", checkpoint.Keys{name + "+" + hash + "+" + strings.Repeat("!", len(text))}, false},
		{"no key", checkpoint.Keys{name + "+" + hash + "+"}, false},
		{"two parts", checkpoint.Keys{name + "+" + hash}, false},
		{"very long", checkpoint.Keys{strings.Repeat("a", 1<<20)}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.keys.Validate(origin)
			if (err == nil) != tt.ok || err != nil && (!errors.Is(err, checkpoint.ErrKey) || len(err.Error()) > 300) {
				t.Errorf("Validate: %v", err)
			}
			back, err := checkpoint.ParseKeys(tt.keys.Bytes(), origin)
			if tt.ok && (err != nil || fmt.Sprint(back) != fmt.Sprint(tt.keys)) {
				t.Errorf("ParseKeys: %v, %v", back, err)
			}
			if err == nil && !bytes.Equal(back.Bytes(), tt.keys.Bytes()) {
				t.Errorf("ParseKeys reads other keys: %q", back)
			}
			if len(tt.keys) == 1 && !strings.Contains(tt.keys[0], "\n") && !tt.ok && err == nil {
				t.Error("ParseKeys accepts it")
			}
		})
	}
	for _, bad := range []string{"", "\n", good, good + "\n\n", "\n" + good + "\n", good + "\r\n", strings.Repeat("a", 1<<20) + "\n"} {
		if k, err := checkpoint.ParseKeys([]byte(bad), origin); !errors.Is(err, checkpoint.ErrKey) {
			t.Errorf("ParseKeys(%.40q): %v, %v", bad, k, err)
		}
	}
	if got := string(checkpoint.Keys{"a", "b"}.Bytes()); got != "a\nb\n" {
		t.Errorf("keys are written as %q", got)
	}
}

// TestKeysHashIsChecked gives ML-DSA-44 and cosigner keys a wrong hash, which
// the library below does not see.
func TestKeysHashIsChecked(t *testing.T) {
	_, mldsa, err := f_note.GenerateMLDSAKey(origin)
	if err != nil {
		t.Fatal(err)
	}
	spoil := func(vkey, name string) string {
		i := len(name) + 1
		digit := "0"
		if vkey[i] == '0' {
			digit = "1"
		}
		return vkey[:i] + digit + vkey[i+1:]
	}
	good := newSigner(t, origin).VerifierKey()
	if err := (checkpoint.Keys{good, spoil(mldsa, origin)}).Validate(origin); !errors.Is(err, checkpoint.ErrKey) {
		t.Errorf("ML-DSA-44 key with a wrong hash: %v", err)
	}
	w := newCosigner(t, "w.example").VerifierKey()
	if err := (checkpoint.Policy{Witnesses: []string{spoil(w, "w.example")}}).Validate(); !errors.Is(err, checkpoint.ErrKey) {
		t.Errorf("witness key with a wrong hash: %v", err)
	}
	// Spare bits make the same key by another text, hence another log id.
	body, padded := strings.CutSuffix(mldsa, "=")
	if !padded {
		t.Fatal("an ML-DSA-44 key has no spare bits")
	}
	loose := body[:len(body)-1] + nextBase64(body[len(body)-1]) + "="
	if err := (checkpoint.Keys{good, loose}).Validate(origin); !errors.Is(err, checkpoint.ErrKey) {
		t.Errorf("key with spare bits: %v", err)
	}
}

func TestAddress(t *testing.T) {
	// The samples of EIP-55.
	for _, s := range []string{
		"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
		"0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
		"0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
		"0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
		"0x52908400098527886E0F7030069857D2E4169EE7",
		"0xde709f2102306220921060314715629080e2fb77",
	} {
		a, err := checkpoint.ParseAddress(s)
		if err != nil || a.Checksum() != s || a.String() != strings.ToLower(s) {
			t.Errorf("%s: %s, %v", s, a.Checksum(), err)
		}
		if a.Checksum() != common.Address(a).Hex() {
			t.Errorf("%s: go-ethereum writes %s", s, common.Address(a).Hex())
		}
		for _, same := range []string{strings.ToLower(s), "0x" + strings.ToUpper(s[2:])} {
			if b, err := checkpoint.ParseAddress(same); err != nil || b != a {
				t.Errorf("%s: %v", same, err)
			}
		}
	}
	const mixed = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
	for _, bad := range []string{
		"", "0x", mixed[2:], mixed[:41], mixed + "0", "0X" + mixed[2:], "0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
		"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeg", " " + mixed, mixed + "\n", strings.Repeat("0x", 1<<16),
	} {
		if a, err := checkpoint.ParseAddress(bad); err == nil || !a.IsZero() || len(err.Error()) > 200 {
			t.Errorf("%.50q: %v, %v", bad, a, err)
		}
	}
	var a checkpoint.Address
	for _, bad := range []string{mixed, strings.ToUpper(mixed), "null", ""} {
		if err := a.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("UnmarshalText takes %q", bad)
		}
	}
	if err := a.UnmarshalText([]byte(strings.ToLower(mixed))); err != nil || a.Checksum() != mixed {
		t.Errorf("UnmarshalText: %v, %v", a, err)
	}
}

func TestLogRef(t *testing.T) {
	const good = "eip155:1337:0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed:0x00000000000000000000000000000000000000000000000000000000000000ff"
	r, err := checkpoint.ParseLogRef(good)
	if err != nil || r.String() != good || r.ChainID != 1337 || r.Log != (checkpoint.LogID{31: 0xff}) {
		t.Errorf("%v, %v", r, err)
	}
	b, err := json.Marshal(map[string]any{"ref": r, "id": r.Log, "registry": r.Registry})
	if err != nil || string(b) != `{"id":"`+good[55:]+`","ref":"`+good+`","registry":"`+good[12:54]+`"}` {
		t.Errorf("%s, %v", b, err)
	}
	var back checkpoint.LogRef
	if err := json.Unmarshal([]byte(`"`+good+`"`), &back); err != nil || back != r {
		t.Errorf("%v, %v", back, err)
	}
	for _, ok := range []string{"1", "9007199254740991"} {
		s := strings.Replace(good, "1337", ok, 1)
		if r, err := checkpoint.ParseLogRef(s); err != nil || r.String() != s {
			t.Errorf("chain id %s: %v", ok, err)
		}
	}
	for _, bad := range []string{
		"", "eip155", good[1:], good + ":", good + "\n", " " + good, strings.ToUpper(good),
		strings.Replace(good, "1337", "0", 1), strings.Replace(good, "1337", "01337", 1), strings.Replace(good, "1337", "-1", 1),
		strings.Replace(good, "1337", "+1", 1), strings.Replace(good, "1337", "0x539", 1), strings.Replace(good, "1337", "", 1),
		strings.Replace(good, "1337", "9007199254740992", 1), strings.Replace(good, "1337", "18446744073709551617", 1),
		strings.Replace(good, "0x5aaeb6", "0x5aAeb6", 1), strings.Replace(good, "0x5a", "5a", 1), good[:len(good)-1],
		strings.Replace(good, "eip155", "eip156", 1), strings.Repeat(":", 1<<16),
	} {
		if r, err := checkpoint.ParseLogRef(bad); err == nil || r != (checkpoint.LogRef{}) || len(err.Error()) > 400 {
			t.Errorf("%.80q: %v, %v", bad, r, err)
		}
	}
	for _, bad := range []uint64{0, 1 << 53} {
		if _, err := (checkpoint.LogRef{ChainID: bad}).MarshalText(); err == nil {
			t.Errorf("chain id %d is written", bad)
		}
	}
	if _, err := checkpoint.ParseLogID("0x" + strings.Repeat("0", 63) + "F"); err == nil {
		t.Error("log id in upper case")
	}
	if id, err := checkpoint.ParseLogID(r.Log.String()); err != nil || id != r.Log {
		t.Errorf("log id: %v, %v", id, err)
	}
}
