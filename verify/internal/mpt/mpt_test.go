package mpt_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/verify/internal/mpt"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/ethereum/go-ethereum/trie"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestExactRLP gives one receipt in encodings that are not the shortest, or
// not whole.
func TestExactRLP(t *testing.T) {
	const address = "94" + "00112233445566778899aabbccddeeff00112233"
	for _, c := range []struct{ name, receipt, want string }{
		{"good", "dc 01 80 80 d8 d7" + address + "c0 80", ""},
		{"typed", "02 dc 01 80 80 d8 d7" + address + "c0 80", ""},
		{"a field more", "dd 01 80 80 d8 d7" + address + "c0 80 07", ""},
		{"type 0", "00 dc 01 80 80 d8 d7" + address + "c0 80", "bytes after the end"},
		{"type 0x80", "80 dc 01 80 80 d8 d7" + address + "c0 80", "bytes after the end"},
		{"nothing", "", "missing"},
		{"a type and nothing", "02", "missing"},
		{"a string", "83 01 02 03", "a string where a list"},
		{"something behind", "dc 01 80 80 d8 d7" + address + "c0 80 00", "1 bytes after"},
		{"cut off", "dc 01 80 80 d8 d7" + address + "c0", "cut off"},
		{"status 0", "dc 80 80 80 d8 d7" + address + "c0 80", "did not succeed"},
		{"status 2", "dc 02 80 80 d8 d7" + address + "c0 80", "did not succeed"},
		{"status a root", "f83c a0" + strings.Repeat("01", 32) + "80 80 d8 d7" + address + "c0 80", "did not succeed"},
		{"status a list", "dc c0 80 80 d8 d7" + address + "c0 80", "a list where a string"},
		{"status 1 with a length", "dd 81 01 80 80 d8 d7" + address + "c0 80", "below 0x80"},
		{"three fields", "c3 01 80 80", "3 fields"},
		{"logs a string", "c4 01 80 80 80", "not a list"},
		{"no logs", "c4 01 80 80 c0", "has 0 logs"},
		{"short address", "d8 01 80 80 d4 d3 90 00112233445566778899aabbccddeeff c0 80", "address of 16 bytes"},
		{"log of two fields", "db 01 80 80 d7 d6" + address + "c0", "2 fields"},
		{"log of four fields", "dd 01 80 80 d9 d8" + address + "c0 80 80", "more than 3"},
		{"topics a string", "dc 01 80 80 d8 d7" + address + "80 80", "a string where a list"},
		{"a short topic", "dd 01 80 80 d9 d8" + address + "c1 01 80", "1 bytes, want 32"},
		{"data a list", "dc 01 80 80 d8 d7" + address + "c0 c0", "a list where a string"},
		{"long form of a short length", "f81c 01 80 80 d8 d7" + address + "c0 80", "long form"},
		{"length with a leading zero", "f9001c 01 80 80 d8 d7" + address + "c0 80", "leading zero"},
		{"length cut off", "f9", "length is cut off"},
		{"length of 2^32", "fc 01 00 00 00 00", "2^32"},
		{"length of 2^31", "fb 80 00 00 00", "2^31"},
	} {
		l, err := mpt.ReceiptLog(unhex(t, c.receipt), 0)
		if c.want == "" {
			if err != nil || hex.EncodeToString(l.Address[:]) != address[2:] {
				t.Errorf("%s: %v %x", c.name, err, l.Address)
			}
			continue
		}
		if !errors.Is(err, mpt.ErrReceipt) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// TestExactTrie gives single nodes that no trie has.
func TestExactTrie(t *testing.T) {
	branch := func(at byte, child, value string) string {
		fields := make([]string, 17)
		for i := range fields {
			fields[i] = "80"
		}
		fields[at], fields[16] = child, value
		all := strings.ReplaceAll(strings.Join(fields, ""), " ", "")
		if n := len(all) / 2; n > 55 {
			return "f8" + hex.EncodeToString([]byte{byte(n)}) + all
		} else {
			return hex.EncodeToString([]byte{0xc0 + byte(n)}) + all
		}
	}
	for _, c := range []struct{ name, key, node, want string }{
		{"leaf, even", "01", "c4 82 20 01 07", ""},
		{"leaf, odd, in a branch", "01", branch(0, "c2 31 07", "80"), ""},
		{"leaf of an empty piece", "", "c2 20 07", ""},
		{"value of a branch", "", branch(0, "80", "07"), ""},
		{"extension to an embedded branch", "01", "d5 10" + branch(1, "c2 20 07", "80"), ""},
		{"no value at a branch", "", branch(0, "80", "80"), "no value"},
		{"no child", "11", branch(0, "80", "80"), "nothing at the key"},
		{"another key", "02", "c4 82 20 01 07", "another key"},
		{"another extension", "21", "d5 10" + branch(1, "c2 20 07", "80"), "another key"},
		{"an empty extension", "01", "c4 00 c2 31 07", "extends nothing"},
		{"an empty value", "01", "c4 82 20 01 80", "empty value"},
		{"a list as value", "01", "c4 82 20 01 c0", "a list where a string"},
		{"flag 4", "01", "c4 82 40 01 07", "right flag"},
		{"no flag", "01", "c2 80 07", "right flag"},
		{"piece a list", "01", "c2 c0 07", "a list where a string"},
		{"filling of one", "01", "c4 82 21 01 07", "not zero"},
		{"filling of an even piece", "01", "c4 82 2f 01 07", "not zero"},
		{"three fields", "01", "c5 82 20 01 07 07", "3 fields"},
		{"no fields", "01", "c0", "0 fields"},
		{"a string", "01", "07", "a string where a list"},
		{"a short hash", "11", branch(1, "82 0102", "80"), "neither a hash"},
		{"an oversized node inside", "11", branch(1, "e1 20 9f"+strings.Repeat("01", 31), "80"), "neither a hash"},
		{"eighteen fields", "11", "d2" + strings.Repeat("80", 18), "more than 17"},
	} {
		node := unhex(t, c.node)
		v, err := mpt.Get(mpt.Keccak256(node), unhex(t, c.key), [][]byte{node})
		if c.want == "" {
			if err != nil || !bytes.Equal(v, []byte{7}) {
				t.Errorf("%s: %x %v", c.name, v, err)
			}
			continue
		}
		if !errors.Is(err, mpt.ErrTrie) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	if _, err := mpt.Get([32]byte{}, nil, nil); !errors.Is(err, mpt.ErrTrie) {
		t.Errorf("no nodes: %v", err)
	}
}

func TestBadHeaders(t *testing.T) {
	header := func(root, number, time string) []byte {
		fields := []string{"80", "80", "80", "80", "80", root, "80", "80", number, "80", "80", time, "80", "80", "80"}
		b := unhex(t, strings.Join(fields, ""))
		if len(b) > 55 {
			return append([]byte{0xf8, byte(len(b))}, b...)
		}
		return append([]byte{0xc0 + byte(len(b))}, b...)
	}
	root := "a0" + strings.Repeat("ab", 32)
	if h, err := mpt.ParseHeader(header(root, "82 0102", "03")); err != nil || h.Number != 0x102 || h.Time != 3 || h.ReceiptsRoot[31] != 0xab {
		t.Fatalf("%+v %v", h, err)
	}
	for _, c := range []struct {
		name, want string
		b          []byte
	}{
		{"nothing", "missing", nil},
		{"a string", "a string where", []byte{0x80}},
		{"few fields", "14 fields", append([]byte{0xce}, bytes.Repeat([]byte{0x80}, 14)...)},
		{"many fields", "more than 64", append([]byte{0xf8, 65}, bytes.Repeat([]byte{0x80}, 65)...)},
		{"short root", "receipts root", header("80", "80", "80")},
		{"root a list", "receipts root", header("c0", "80", "80")},
		{"number with a leading zero", "number", header(root, "00", "80")},
		{"number of nine bytes", "number", header(root, "89 010000000000000000", "80")},
		{"time a list", "timestamp", header(root, "80", "c0")},
		{"one byte more", "after the end", append(header(root, "80", "80"), 0)},
	} {
		if _, err := mpt.ParseHeader(c.b); !errors.Is(err, mpt.ErrRLP) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// FuzzGet: what one node proves here, it proves to go-ethereum as well.
func FuzzGet(f *testing.F) {
	f.Add([]byte{1}, []byte{0xc4, 0x82, 0x20, 0x01, 0x07})
	f.Add([]byte{}, append([]byte{0xd1}, bytes.Repeat([]byte{0x80}, 17)...))
	f.Add([]byte{}, []byte("\xd100000000000000000")) // children of one byte, beside the value
	f.Fuzz(func(t *testing.T, key, node []byte) {
		root := mpt.Keccak256(node)
		v, err := mpt.Get(root, key, [][]byte{node})
		if err != nil {
			return
		}
		if ref, err := trie.VerifyProof(root, key, serve([][]byte{node})); err != nil || !bytes.Equal(ref, v) {
			t.Fatalf("accepted %x, go-ethereum: %x %v", v, ref, err)
		}
	})
}

// FuzzReceiptLog: what go-ethereum encodes is read alike, and what is read
// here is RLP to go-ethereum.
func FuzzReceiptLog(f *testing.F) {
	receipt := &types.Receipt{Type: 2, Status: 1, Logs: []*types.Log{{Data: []byte("data")}}}
	seed, err := receipt.MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed, uint64(0))
	f.Fuzz(func(t *testing.T, value []byte, index uint64) {
		l, err := mpt.ReceiptLog(value, index)
		if err != nil {
			return
		}
		if value[0] < 0x80 {
			value = value[1:]
		}
		if _, _, err := rlp.SplitList(value); err != nil {
			t.Fatalf("read %+v from what go-ethereum refuses: %v", l, err)
		}
		// With the four fields that go-ethereum knows, it must read the same log.
		var ref types.Receipt
		if ref.UnmarshalBinary(value) != nil || uint64(len(ref.Logs)) <= index {
			return
		}
		if r := ref.Logs[index]; r.Address != l.Address || !bytes.Equal(r.Data, l.Data) || len(r.Topics) != len(l.Topics) {
			t.Fatalf("log %d: %+v, go-ethereum gives %+v", index, l, r)
		}
	})
}

// FuzzParseHeader: no bytes bring it down, and a header that go-ethereum
// reads is read alike.
func FuzzParseHeader(f *testing.F) {
	b, err := rlp.EncodeToBytes(&types.Header{Time: 5})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := mpt.ParseHeader(b)
		var ref types.Header
		if refErr := rlp.DecodeBytes(b, &ref); refErr == nil && ref.Number.IsUint64() {
			if err != nil {
				t.Fatalf("refused what go-ethereum reads: %v", err)
			}
			if h.Hash != ref.Hash() || h.ReceiptsRoot != ref.ReceiptHash || h.Number != ref.Number.Uint64() || h.Time != ref.Time {
				t.Fatalf("%+v, go-ethereum gives %+v", h, ref)
			}
		}
	})
}
