package record_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/record"
)

// TestCIDOfOtherTools compares with the strings that other implementations
// print: the npm packages multiformats, and ipfs-unixfs-importer with CID
// version 1, raw leaves and blocks of 262,144 bytes, which is how
// `ipfs add --cid-version=1 --raw-leaves` adds a file.
func TestCIDOfOtherTools(t *testing.T) {
	tests := []struct{ name, content, cid string }{
		{"nothing", "", "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"},
		{"hello world", "hello world", "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"},
		{"hello world and a newline", "hello world\n", "bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4"},
		{"abc", "abc", "bafkreif2pall7dybz7vecqka3zo24irdwabwdi4wc55jznaq75q7eaavvu"},
		{"canonical JSON", `{"a":"証","b":1}`, "bafkreiga6wo3clxspjpangoilgyjqncpl33a4mdu4cv3amaol7o4uqf6ti"},
		{"one full block", strings.Repeat("\x00", 262144), "bafkreiekhhjkxu4ztk3tyng3er3ijhg56mb44oe3gwbgquhzu4afrg2ksa"},
		// ipfs add prints bafybeigllfqgfpqydppr6cmv56g7ax4wyhruzswvcefv6j5kj77nzttfki
		// here, the root of two blocks; the raw CID is that of multiformats.
		{"a byte more than a block", strings.Repeat("\x00", 262145), "bafkreifspibstbhkrjv6y4amhvxwh6h47p4p7dxyp2lsrep63jhousvnbq"},
	}
	for _, tt := range tests {
		d := record.DigestOf([]byte(tt.content))
		if got := record.CIDOf(d).String(); got != tt.cid {
			t.Errorf("%s: CID is %s, want %s", tt.name, got, tt.cid)
		}
		if back, err := record.ParseCID(tt.cid); err != nil || back != d {
			t.Errorf("%s: ParseCID: %v", tt.name, err)
		}
		if tt.content != "" {
			if got := mustParse(t, tt.content).CID().String(); got != tt.cid {
				t.Errorf("%s: CID of the record is %s, want %s", tt.name, got, tt.cid)
			}
		}
	}
}

func TestParseCIDExact(t *testing.T) {
	const good = "bafkreif2pall7dybz7vecqka3zo24irdwabwdi4wc55jznaq75q7eaavvu" // "abc"
	tests := []struct{ name, in string }{
		{"nothing", ""},
		{"upper case", strings.ToUpper(good)},
		{"upper-case base32", "B" + strings.ToUpper(good[1:])},
		{"cut", good[:58]},
		{"longer", good + "a"},
		{"newline", good + "\n"},
		{"spare bits set", good[:58] + "v"},
		{"character outside base32", good[:58] + "1"},
		{"base58", "zb2rhmy65F3REf8SZp7De11gxtECBGgUKaLdiDj7MCGCHxbDW"},
		{"hexadecimal", "f01551220ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{"version 0", "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn"},
		{"dag-pb", "bafybeif2pall7dybz7vecqka3zo24irdwabwdi4wc55jznaq75q7eaavvu"},
		{"sha3-256", "bafkrmib2pall7dybz7vecqka3zo24irdwabwdi4wc55jznaq75q7eaavvu"},
		{"identity multihash", "bafkqadlumvxgixtinfzsa5dbnruxgzlsebtw64ramrsxgyltorvwyzlom4"},
		{"very long", strings.Repeat("b", 1<<20)},
	}
	for _, tt := range tests {
		if d, err := record.ParseCID(tt.in); err == nil || d != (record.Digest{}) {
			t.Errorf("%s: got %v", tt.name, err)
		}
	}
}

func TestCommit(t *testing.T) {
	var salt record.Salt
	for i := range salt {
		salt[i] = byte(i)
	}
	digest := record.DigestOf([]byte("abc"))
	want := sha256.Sum256([]byte("akashi/commitment/v1\n" + string(salt[:]) + string(digest[:])))
	if got := record.Commit(salt, digest); got != want {
		t.Errorf("commitment is %s, want %x", got, want)
	}
	if record.Commit(record.Salt(digest), record.Digest(salt)) == want {
		t.Error("salt and digest can be swapped")
	}
	if a, b := record.NewSalt(), record.NewSalt(); a == b || a == (record.Salt{}) {
		t.Error("two salts are equal, or one is zero")
	}
}

// TestPrivateValuesDoNotPrint prints a digest and a salt in every way that
// Go programs print, by value, by pointer and inside other values.
func TestPrivateValuesDoNotPrint(t *testing.T) {
	digest, salt := record.DigestOf([]byte("abc")), record.Salt(record.DigestOf([]byte("salt")))
	type holder struct {
		D record.Digest
		S *record.Salt
	}
	values := []any{digest, salt, &digest, &salt, []record.Digest{digest}, map[string]record.Salt{"a": salt}, holder{digest, &salt}, &holder{digest, &salt}}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%b", "%c", "%08x"} {
		for _, v := range values {
			fmt.Fprintf(&out, verb+"\n", v)
		}
	}
	fmt.Fprintln(&out, values...)
	fmt.Fprintln(&out, digest.String(), salt.String(), fmt.Errorf("wrapped: %v %w", digest, errors.New("x")))
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("m", "digest", digest, "salt", salt, slog.Group("g", "digest", &digest, "salt", &salt))
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("m", "list", values)
	for name, secret := range map[string][]byte{"digest": digest[:], "salt": salt[:]} {
		for form, s := range map[string]string{
			"hexadecimal": hex.EncodeToString(secret), "HEXADECIMAL": strings.ToUpper(hex.EncodeToString(secret)),
			"raw": string(secret), "decimal": strings.Trim(fmt.Sprint(secret), "[]"),
		} {
			if strings.Contains(out.String(), s) || strings.Contains(out.String(), s[:8]) {
				t.Errorf("the %s was printed in %s form", name, form)
			}
		}
	}
	if n := strings.Count(out.String(), "[redacted]"); n < 12*len(values)/2 {
		t.Errorf("only %d values were printed as redacted", n)
	}
}

func TestHashText(t *testing.T) {
	const text = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	type all struct {
		D record.Digest
		S record.Salt
		C record.Commitment
	}
	in := `{"D":"` + text + `","S":"` + text + `","C":"` + text + `"}`
	var v all
	if err := json.Unmarshal([]byte(in), &v); err != nil {
		t.Fatal(err)
	}
	if out, err := json.Marshal(v); err != nil || string(out) != in {
		t.Errorf("written as %s, %v", out, err)
	}
	if v.D.Hex() != text || v.S.Hex() != text || v.C.Hex() != text || v.C.String() != text {
		t.Error("Hex differs from the text")
	}
	for _, bad := range []string{"", text[1:], text + "0", strings.ToUpper(text), "0x" + text[2:], text[:63] + "g", text[:63] + "\n", strings.Repeat("é", 32)} {
		_, err1 := record.ParseDigest(bad)
		_, err2 := record.ParseSalt(bad)
		_, err3 := record.ParseCommitment(bad)
		for _, err := range []error{err1, err2, err3} {
			if err == nil {
				t.Errorf("%q is accepted", bad)
			} else if len(bad) > 8 && strings.Contains(err.Error(), bad[2:8]) {
				t.Errorf("error repeats the value: %v", err)
			}
		}
	}
	for _, f := range []func(string) error{
		func(s string) error { _, err := record.ParseDigest(s); return err },
		func(s string) error { _, err := record.ParseSalt(s); return err },
		func(s string) error { _, err := record.ParseCommitment(s); return err },
	} {
		if err := f(text); err != nil {
			t.Error(err)
		}
	}
}

func TestNames(t *testing.T) {
	for typ, name := range map[record.Type]string{record.Badge: "badge", record.CourseQA: "course-qa", record.Document: "document"} {
		if got, err := record.ParseType(name); err != nil || got != typ || typ.String() != name {
			t.Errorf("type %d: %v, %v, want %s", uint8(typ), got, err, name)
		}
		var back record.Type
		if b, err := typ.MarshalText(); err != nil || back.UnmarshalText(b) != nil || back != typ {
			t.Errorf("type %s does not survive its text %s, %v", typ, b, err)
		}
	}
	for state, name := range map[record.State]string{record.Valid: "valid", record.Suspended: "suspended", record.Revoked: "revoked"} {
		if got, err := record.ParseState(name); err != nil || got != state || state.String() != name {
			t.Errorf("state %d: %v, %v, want %s", uint8(state), got, err, name)
		}
		back := record.State(9)
		if b, err := state.MarshalText(); err != nil || back.UnmarshalText(b) != nil || back != state {
			t.Errorf("state %s does not survive its text %s, %v", state, b, err)
		}
	}
	for _, bad := range []string{"", "Badge", "badge ", "1", "qa", strings.Repeat("badge", 1000)} {
		if _, err := record.ParseType(bad); err == nil || len(err.Error()) > 200 {
			t.Errorf("type %.20q: %v", bad, err)
		}
		if _, err := record.ParseState(bad); err == nil || len(err.Error()) > 200 {
			t.Errorf("state %.20q: %v", bad, err)
		}
	}
	for _, bad := range []record.Type{0, 4, 255} {
		if _, err := bad.MarshalText(); err == nil {
			t.Errorf("type %d has a text", uint8(bad))
		}
	}
	if _, err := record.State(3).MarshalText(); err == nil {
		t.Error("state 3 has a text")
	}
	if s := fmt.Sprint(record.Type(9), record.State(3), record.Kind(7), record.Form(0), record.Sealed, record.Head); s != "type 9 state 3 kind 7 form 0 sealed head" {
		t.Errorf("printed as %q", s)
	}
}
