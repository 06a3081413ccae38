package verify_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/verify"
)

const (
	policyAddress = "0x00112233445566778899aabbccddeeff00112233"
	policyHash    = "0x4242424242424242424242424242424242424242424242424242424242424242"
	policyLog     = "eip155:1337:" + policyAddress + ":" + policyHash
	policyText    = `{
  "registries": [{"chainId": 1337, "address": "` + policyAddress + `", "codeHash": "` + policyHash + `"}],
  "blocks":     [{"chainId": 1337, "number": 12, "hash": "` + policyHash + `"}],
  "issuers":    [{"id": "https://uni.example", "name": "証 University", "logs": ["` + policyLog + `"], "keys": ["` + vectorKey + `"]}],
  "maxStatusAgeSeconds": 3600
}`
)

func TestPolicy(t *testing.T) {
	p, err := verify.ParsePolicy([]byte(policyText))
	if err != nil {
		t.Fatal(err)
	}
	if p.MaxStatusAge != time.Hour || p.Registries[0].ChainID != 1337 || p.Blocks[0].Number != 12 || p.Issuers[0].Name != "証 University" ||
		p.Issuers[0].Logs[0].String() != policyLog || p.Issuers[0].Keys[0] != vectorKey || p.Registries[0].Address.String() != policyAddress || p.Blocks[0].Hash.String() != policyHash {
		t.Errorf("%+v", p)
	}
	b, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var again verify.Policy
	if err := json.Unmarshal(b, &again); err != nil || !reflect.DeepEqual(again, p) {
		t.Errorf("%s reads as %+v (%v)", b, again, err)
	}
	if p, err := verify.ParsePolicy([]byte("{}")); err != nil || p.MaxStatusAge != 0 {
		t.Errorf("an empty policy: %+v %v", p, err)
	}
}

// TestBadPolicies: each mistake is named with its place, and all at once.
func TestBadPolicies(t *testing.T) {
	swap := func(old, with string) string {
		if !strings.Contains(policyText, old) {
			t.Fatalf("%q is not in the policy", old)
		}
		return strings.Replace(policyText, old, with, 1)
	}
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", "ends before"},
		{"not JSON", "registries:", "not JSON"},
		{"cut off", policyText[:50], "cut off"},
		{"two", policyText + policyText, "not JSON"},
		{"a typo", swap(`"issuers"`, `"isuers"`), "unknown member"},
		{"a typo below", swap(`"codeHash"`, `"codehash"`), "unknown member in /registries/0"},
		{"twice", swap(`"blocks"`, `"registries"`), "stands twice"},
		{"chain id 0", swap(`"registries": [{"chainId": 1337`, `"registries": [{"chainId": 0`), "registries[0].chainId: 0"},
		{"no chain id", swap(`{"chainId": 1337, "number"`, `{"number"`), "blocks[0].chainId: 0"},
		{"chain id as text", swap(`{"chainId": 1337, "number"`, `{"chainId":"1337", "number"`), "/blocks/0/chainId"},
		{"bad address", swap(policyAddress, "0x00"), "registries[0].address"},
		{"upper-case address", swap(policyAddress, strings.ToUpper(policyAddress)), "registries[0].address"},
		{"zero address", swap(policyAddress, "0x"+strings.Repeat("0", 40)), "zero address"},
		{"no code hash", swap(`, "codeHash": "`+policyHash+`"`, ""), "registries[0].codeHash"},
		{"zero code hash", swap(`"codeHash": "`+policyHash, `"codeHash": "0x`+strings.Repeat("0", 64)), "codeHash is zero"},
		{"no number", swap(`"number": 12, `, ""), "blocks[0].number is missing"},
		{"huge number", swap(`"number": 12`, `"number": 9007199254740992`), "blocks[0].number is 2^53"},
		{"bad hash", swap(`"hash": "0x42`, `"hash": "42`), "blocks[0].hash"},
		{"no id", swap(`"id": "https://uni.example", `, ""), "issuers[0].id"},
		{"bad id", swap(`https://uni.example`, "https://uni example"), "issuers[0].id"},
		{"bad name", swap(`証`, `\u0007`), "issuers[0].name"},
		{"bad log", swap(`eip155:`, "eip156:"), "issuers[0].logs[0]"},
		{"log twice", swap(`["`+policyLog+`"]`, `["`+policyLog+`","`+policyLog+`"]`), "issuers[0].logs[1] stands there twice"},
		{"bad key", swap(`"z6Mk`, `"z6Mj`), "issuers[0].keys[0]"},
		{"issuer twice", swap(`"issuers":    [`, `"issuers": [{"id":"https://uni.example"},`), "issuers[1].id stands there twice"},
		{"registry twice", swap(`"registries": [`, `"registries": [{"chainId": 1337, "address": "`+policyAddress+`", "codeHash": "`+policyHash+`"},`), "registries[1]"},
		{"block twice", swap(`"blocks":     [`, `"blocks": [{"chainId": 1337, "number": 12, "hash": "`+policyHash+`"},`), "blocks[1]: this number stands there twice"},
		{"age 0", swap(`3600`, `0`), "maxStatusAgeSeconds is 0"},
		{"age negative", swap(`3600`, `-1`), "/maxStatusAgeSeconds"},
		{"age of a thousand years", swap(`3600`, `31536000000`), "maxStatusAgeSeconds is 31536000000"},
		{"age with a unit", swap(`3600`, `"1h"`), "/maxStatusAgeSeconds"},
		{"too long", policyText + strings.Repeat(" ", verify.MaxPolicySize), "at most"},
	} {
		_, err := verify.ParsePolicy([]byte(c.text))
		if err == nil || !strings.HasPrefix(err.Error(), "policy: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	_, err := verify.ParsePolicy([]byte(`{"registries":[{"chainId":1,"address":"x","codeHash":"y"}],"issuers":[{"id":"a","logs":["z"]}],"maxStatusAgeSeconds":0}`))
	for _, want := range []string{"registries[0].address", "registries[0].codeHash", "issuers[0].logs[0]", "maxStatusAgeSeconds"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("not all complaints at once: %v lacks %s", err, want)
		}
	}
	_, err = verify.ParsePolicy([]byte(`{"blocks":[{"chainId":0,"number":1,"hash":"` + policyHash + `"}],"issuers":[{"id":"a b","keys":["x"]}]}`))
	for _, want := range []string{"blocks[0].chainId", "issuers[0].id", "issuers[0].keys[0]"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("not all complaints at once: %v lacks %s", err, want)
		}
	}
	for _, p := range []verify.Policy{{MaxStatusAge: -time.Second}, {MaxStatusAge: time.Millisecond}, {Issuers: []verify.TrustedIssuer{{}}}} {
		if err := p.Validate(); err == nil {
			t.Errorf("%+v is a policy", p)
		}
		if _, err := json.Marshal(p); err == nil {
			t.Errorf("%+v is written", p)
		}
	}
}

// FuzzParsePolicy: what is read is written as what reads alike.
// TestManyComplaints: what is wrong with a long list is told in few words.
func TestManyComplaints(t *testing.T) {
	for n, want := range map[int]string{1000: "and 1950 complaints more", 200_000: "a list of more than 100000 items"} {
		_, err := verify.ParsePolicy([]byte(`{"blocks":[` + strings.Repeat("{},", n-1) + `{}]}`))
		if err == nil || !strings.Contains(err.Error(), want) || len(err.Error()) > 5000 {
			t.Errorf("%d blocks: %.6000v", n, err)
		}
	}
}

func FuzzParsePolicy(f *testing.F) {
	f.Add([]byte(policyText))
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := verify.ParsePolicy(text)
		if err != nil {
			return
		}
		again, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		q, err := verify.ParsePolicy(again)
		if err != nil {
			t.Fatalf("%v: %s", err, again)
		}
		if third, err := json.Marshal(q); err != nil || string(third) != string(again) {
			t.Fatalf("%s\n%s", again, third)
		}
	})
}
