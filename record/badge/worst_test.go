package badge_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/record/badge"
	"github.com/akashi-project/akashi/record/image"
	"github.com/akashi-project/akashi/record/ld"
	"github.com/akashi-project/akashi/record/proof"
)

// A worst is an input that is meant to take long or much.
type worst struct {
	name  string
	input []byte
	web   world
}

const wordVC2, wordOB3 = `"https://www.w3.org/ns/credentials/v2"`, `"https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"`

// proofsOf are n proofs that do not hold, each made of all that is signed: in a
// chain each covers those before it.
func proofsOf(n int, suite, method, value string, chain bool) string {
	var b strings.Builder
	b.WriteString(`"proof":[`)
	for i := range n {
		previous := ""
		if chain && i > 0 {
			previous = `,"previousProof":["urn:p:0"]`
			if i > 1 {
				previous = fmt.Sprintf(`,"previousProof":["urn:p:0","urn:p:%d"]`, i-1)
			}
		}
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"type":"DataIntegrityProof","cryptosuite":%q,"id":"urn:p:%d"%s,"proofPurpose":"assertionMethod","verificationMethod":%q,"proofValue":%q}`, suite, i, previous, method, value)
	}
	return b.String() + "]"
}

const noSignature = "z1111111111111111111111111111111111111111111111111111111111111111"

// credentialOf is a credential of dean's did:key with more members, and proofs.
func credentialOf(members string, proofs string) string {
	return `{"@context":[` + wordVC2 + `],"type":["VerifiableCredential"],"issuer":"` + dean.did() + `","validFrom":"2026-01-01T00:00:00Z","credentialSubject":{"id":"urn:s"},` + members + proofs + `}`
}

func eddsa(n int, suite string, chain bool) string {
	return proofsOf(n, suite, dean.didMethod(), noSignature, chain)
}

// recordOf is a learner record of credentials.
func recordOf(proofs string, within ...string) string {
	return `{"@context":[` + wordVC2 + `,"https://purl.imsglobal.org/spec/clr/v2p0/context.json",` + wordOB3 + `],"id":"urn:clr","type":["VerifiableCredential","ClrCredential"],"issuer":"` + dean.did() +
		`","validFrom":"2026-01-01T00:00:00Z","credentialSubject":{"id":"urn:s","type":["ClrSubject"],"verifiableCredential":[` + strings.Join(within, ",") + `]},` + proofs + `}`
}

func times(n int, s string) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = s
	}
	return all
}

// cliqueOf has n nodes, each of which points to all others: all look alike.
func cliqueOf(n int) string {
	var b strings.Builder
	b.WriteString(`"urn:q":[`)
	for i := range n {
		fmt.Fprintf(&b, `{"id":"_:n%d","urn:p":[`, i)
		for j := range n {
			if j != i {
				fmt.Fprintf(&b, `{"id":"_:n%d"},`, j)
			}
		}
		b.WriteString(`{"id":"urn:x"}]},`)
	}
	return b.String() + `{"id":"urn:x"}],`
}

// fill repeats a text up to n bytes, with commas between.
func fill(n int, one func(i int) string) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(one(i))
	}
	return b.String()
}

const mib = 1 << 20

// worsts are the inputs. Each is as large as is taken, or so small that it can
// be there many times.
func worsts(t testing.TB) []worst {
	web := world{}
	add := func(list *[]worst, name, input string) {
		*list = append(*list, worst{name, []byte(input), web})
	}
	var all []worst
	const rdfc, jcs = "eddsa-rdfc-2022", "eddsa-jcs-2022"

	// Graphs.
	graph := credentialOf(cliqueOf(10), eddsa(16, rdfc, true))
	add(&all, "64 of the worst graphs in a record", recordOf(eddsa(16, rdfc, true), times(64, graph)...))
	add(&all, "the worst graph", credentialOf(cliqueOf(12), eddsa(16, rdfc, true)))
	add(&all, "graphs that are just below what each may take", recordOf(eddsa(16, rdfc, true), times(64, credentialOf(cliqueOf(5), eddsa(16, rdfc, true)))...))
	nodes := fillCount(4_600, func(i int) string { return fmt.Sprintf(`{"urn:b":"%d"}`, i) })
	add(&all, "64 wide graphs with sixteen proofs", recordOf(eddsa(1, rdfc, false), times(18, credentialOf(`"urn:q":[`+nodes+`],`, eddsa(16, rdfc, true)))...))
	add(&all, "nearly as many statements as are taken, with sixteen proofs", credentialOf(`"urn:q":[`+fill(1_000_000, func(i int) string { return fmt.Sprintf(`"%06d"`, i) })+`],`, eddsa(16, rdfc, true)))
	add(&all, "empty lists and sets", credentialOf(`"urn:q":[`+fillCount(240_000, func(int) string { return `[]` })+`],`, eddsa(16, rdfc, true)))
	add(&all, "lists in lists", credentialOf(`"urn:q":[`+fillCount(29_000, func(int) string { return `{"@list":["1",{"@list":["2"]}]}` })+`],`, eddsa(16, rdfc, true)))
	add(&all, "a long text, with sixteen proofs", credentialOf(`"name":"`+strings.Repeat("a", 4*mib-6000)+`",`, eddsa(16, rdfc, true)))
	add(&all, "a long text of what is escaped", credentialOf(`"name":"`+strings.Repeat(`\n\u0001`, 500_000)+`",`, eddsa(16, rdfc, true)))
	add(&all, "contexts in every node", credentialOf(`"urn:q":[`+fillCount(26_000, func(int) string { return `{"@context":{"b":"urn:b"},"b":1}` })+`],`, eddsa(16, rdfc, true)))
	inline := strings.Replace(credentialOf("", eddsa(16, rdfc, true)), `[`+wordVC2+`]`, `[`+wordVC2+`,{`+fillCount(30_000, func(i int) string { return fmt.Sprintf(`"t%d":{"@id":"urn:t%d","@context":{"a":"urn:a"}}`, i, i) })+`}]`, 1)
	add(&all, "a context of many terms", inline)
	add(&all, "language maps", strings.Replace(credentialOf(`"n":[`+fillCount(50_000, func(i int) string { return fmt.Sprintf(`{"en":"%d","ja":"%d"}`, i, i) })+`],`, eddsa(16, rdfc, true)), `[`+wordVC2+`]`, `[`+wordVC2+`,{"n":{"@id":"urn:n","@container":"@language"}}]`, 1))
	add(&all, "small badges of many contexts", recordOf(eddsa(1, rdfc, false), times(64, strings.Replace(credentialOf("", eddsa(16, rdfc, true)), `[`+wordVC2+`]`, `[`+wordVC2+`,`+wordOB3+strings.Repeat(`,`+wordVC2+`,`+wordOB3, 300)+`]`, 1))...))

	// Signatures.
	add(&all, "a thousand signatures with P-384", strings.ReplaceAll(recordOf(p384proofs, times(64, credentialOf("", p384proofs))...), dean.did(), p384))
	add(&all, "a thousand signatures with Ed25519", recordOf(eddsa(16, jcs, false), times(64, credentialOf("", eddsa(16, jcs, false)))...))
	add(&all, "a large document with sixteen chained proofs", credentialOf(`"a":"`+strings.Repeat("a", 4*mib-6000)+`",`, eddsa(16, jcs, true)))
	add(&all, "large proofs that cover each other", credentialOf("", strings.ReplaceAll(eddsa(16, jcs, true), `"proofPurpose"`, `"a":"`+strings.Repeat("a", 250_000)+`","proofPurpose"`)))

	// Nesting.
	deep := credentialOf(`"a":[`+fillCount(86_000, func(int) string { return `{"a":{}}` })+`],`, eddsa(16, jcs, true))
	for range 3 {
		deep = recordOf(eddsa(1, jcs, false), deep)
	}
	add(&all, "records in records of a large one", deep)
	encode := base64.RawURLEncoding.EncodeToString
	jwt := func(payload string) string {
		return encode([]byte(`{"alg":"EdDSA"}`)) + "." + encode([]byte(payload)) + ".AAAA"
	}
	token := credentialOf(`"a":[`+fillCount(86_000, func(int) string { return `{"a":{}}` })+`],`, `"b":1`)
	for range 3 {
		token = recordOf(`"b":1`, `"`+jwt(token)+`"`)
	}
	add(&all, "tokens in tokens", jwt(token))
	endorsed := `{"@context":[` + wordVC2 + `,` + wordOB3 + `],"id":"urn:e","type":["VerifiableCredential","EndorsementCredential"],"name":"e","issuer":"` + dean.did() + `","validFrom":"2026-01-01T00:00:00Z","credentialSubject":{"id":"urn:s","type":["EndorsementSubject"]},` + eddsa(16, rdfc, true)
	inner := endorsed + "}"
	for range 3 {
		inner = endorsed + `,"endorsement":[` + strings.Join(times(4, inner), ",") + `]}`
	}
	add(&all, "endorsements of endorsements", endorsed+`,"endorsement":[`+strings.Join(times(4, inner), ",")+`]}`)

	hashed := fillCount(32, func(i int) string {
		return fmt.Sprintf(`{"type":"IdentityObject","hashed":true,"identityHash":"sha256$%064d","identityType":"name","salt":"%s"}`, i, strings.Repeat("s", 1000))
	})
	named := strings.Replace(credentialOf("", `"b":1`), `{"id":"urn:s"}`, `[`+fillCount(32, func(i int) string { return fmt.Sprintf(`{"id":"urn:%01000d"}`, i) })+`]`, 1)
	add(&all, "learners of many names", strings.Replace(recordOf(`"b":1`, times(64, named)...), `"type":["ClrSubject"]`, `"type":["ClrSubject"],"identifier":[`+hashed+`]`, 1))

	// JSON.
	add(&all, "small objects", credentialOf(`"a":[`+fillCount(80_000, func(int) string { return `{"a":0}` })+`],`, eddsa(16, jcs, true)))
	add(&all, "many names", credentialOf(fillCount(130_000, func(i int) string { return fmt.Sprintf(`"urn:%d":0`, i) })+`,`, eddsa(16, rdfc, true)))
	add(&all, "numbers", credentialOf(`"a":[`+fill(4*mib-6000, func(int) string { return `1.2345678901234567e+300` })+`],`, eddsa(16, rdfc, true)))
	add(&all, "arrays 60 deep", credentialOf(`"a":[`+fillCount(4_000, func(int) string { return strings.Repeat("[", 60) + strings.Repeat("]", 60) })+`],`, eddsa(16, rdfc, true)))

	// The last of these once more, in a picture.
	picture, err := os.ReadFile("../../testdata/images/star.png")
	if err != nil {
		t.Fatal(err)
	}
	baked, err := image.Bake(picture, image.Badge{Standard: image.OpenBadges3, Content: all[len(all)-1].input})
	if err != nil {
		t.Fatal(err)
	}
	all = append(all, worst{"an image with one", baked, web})

	all = append(all, fetched(t)...)
	return all
}

// A key on P-384, and proofs that name it.
const p384 = "did:key:z82LkvCwHNreneWpsgPEbV3gu1C6NFJEBg4srfJ5gdxEsMGRJUz2sG9FE42shbn2xkZJh54"

var p384proofs = proofsOf(16, "ecdsa-rdfc-2019", p384+"#"+p384[8:], "z"+strings.Repeat("1", 96), false)

// fetched are inputs whose weight lies in what they have fetched.
func fetched(t testing.TB) []worst {
	var all []worst
	// A method of megabytes, and a thousand proofs by it.
	large := `{"id":"` + uni + `","assertionMethod":[{"id":"` + uni + `#1","type":"Multikey","controller":"` + uni + `","publicKeyMultibase":"` + dean.multikey() + `","a":"` + strings.Repeat("a", 4*mib-1000) + `"}]}`
	by := func(method string, within int) []byte {
		proofs := proofsOf(16, "eddsa-jcs-2022", method, noSignature, false)
		return []byte(strings.ReplaceAll(recordOf(proofs, times(within, credentialOf("", proofs))...), dean.did(), uni))
	}
	all = append(all, worst{"a method of megabytes", by(uni+"#1", 64), world{uni: {body: large}}})

	// 256 methods, each listed, and none of that name.
	methods := fillCount(256, func(i int) string {
		return fmt.Sprintf(`{"id":"#%d","type":"Multikey","controller":%q,"publicKeyMultibase":%q}`, i, uni, newSigner(fmt.Sprint(i, "seed")).multikey())
	})
	refs := fillCount(256, func(i int) string { return fmt.Sprintf(`"#%d"`, i) })
	keys := fillCount(80_000, func(int) string { return `{"kid":"1"}` })
	document := `{"id":"` + uni + `","verificationMethod":[` + methods + `],"assertionMethod":[` + refs + `],"jwks":{"keys":[` + keys + `]}}`
	all = append(all, worst{"hundreds of methods", by(uni+"#none", 64), world{uni: {body: document}}})

	// Tokens that show their key, which none of the methods is.
	public := base64.RawURLEncoding.EncodeToString(newSigner("another").private.Public().(ed25519.PublicKey))
	header := `{"alg":"EdDSA","jwk":{"kty":"OKP","crv":"Ed25519","x":"` + public + `"}}`
	token := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(strings.ReplaceAll(credentialOf("", `"a":1`), dean.did(), uni))) + ".AAAA"
	all = append(all, worst{"tokens that show a key among hundreds", []byte(strings.ReplaceAll(recordOf(`"a":1`, times(64, `"`+token+`"`)...), dean.did(), uni)), world{uni: {body: document}}})

	// Long lists that are asked 128 times, each of its own address or one.
	entry := func(i int) string {
		return fmt.Sprintf(`{"id":"https://uni.example/list/%d","type":"1EdTechRevocationList"}`, i)
	}
	entries := func(n int) string {
		return `"credentialStatus":[` + fillCount(8, func(i int) string { return entry(i % n) }) + `],`
	}
	list := func(i int) page {
		return page{body: fmt.Sprintf(`{"id":"https://uni.example/list/%d","issuer":%q,"revokedCredential":[`, i, dean.did()) + fillCount(250_000, func(i int) string { return fmt.Sprintf(`"urn:%07d"`, i) }) + `]}`}
	}
	web := world{}
	for i := range 8 {
		web[fmt.Sprintf("https://uni.example/list/%d", i)] = list(i)
	}
	all = append(all, worst{"long lists asked for often", []byte(recordOf(eddsa(16, "eddsa-jcs-2022", false), times(64, credentialOf(`"id":"urn:c",`+entries(8), eddsa(1, "eddsa-jcs-2022", false)))...)), web})

	// All of it: a large record in records, beside badges whose graphs are the
	// worst, with long lists and many signatures.
	deep := credentialOf(`"urn:a":[`+fillCount(36_000, func(int) string { return `{"urn:a":{}}` })+`],`, eddsa(16, "eddsa-jcs-2022", true))
	for range 2 {
		deep = recordOf(eddsa(16, "eddsa-jcs-2022", true), deep)
	}
	var mixed []string
	for i := range 61 {
		switch i % 3 {
		case 0:
			mixed = append(mixed, strings.ReplaceAll(credentialOf(cliqueOf(4), p384proofs), dean.did(), p384))
		case 1:
			mixed = append(mixed, credentialOf(cliqueOf(4+i%5), eddsa(16, "eddsa-rdfc-2022", true)))
		case 2:
			mixed = append(mixed, credentialOf(`"id":"urn:c",`+entries(8), eddsa(16, "eddsa-jcs-2022", true)))
		}
	}
	all = append(all, worst{"all of these at once", []byte(recordOf(eddsa(16, "eddsa-rdfc-2022", true), append(mixed, deep)...)), web})

	// 64 status lists of 16 MiB, each signed with sixteen proofs.
	bits := world{}
	packed := pack(t, badge.MaxListBytes)
	for i := range 64 {
		url := fmt.Sprintf("https://uni.example/bits/%d", i)
		bits[url] = page{body: `{"@context":[` + wordVC2 + `],"id":"` + url + `","type":["VerifiableCredential","BitstringStatusListCredential"],"issuer":"` + dean.did() + `","validFrom":"2026-01-01T00:00:00Z","credentialSubject":{"type":"BitstringStatusList","statusPurpose":"revocation","encodedList":"` + packed + `"},` + eddsa(16, "eddsa-rdfc-2022", true) + `}`}
	}
	var within []string
	for i := range 64 {
		within = append(within, credentialOf(`"credentialStatus":{"type":"BitstringStatusListEntry","statusPurpose":"revocation","statusListIndex":"7","statusListCredential":"https://uni.example/bits/`+fmt.Sprint(i)+`"},`, eddsa(16, "eddsa-rdfc-2022", true)))
	}
	all = append(all, worst{"badges with a status list each", []byte(recordOf(eddsa(16, "eddsa-rdfc-2022", true), within...)), bits})

	// Open Badges 2.0, each part as large as is taken.
	bulk := `"a":[` + fillCount(80_000, func(int) string { return `{"a":0}` }) + `],`
	hosted := `{"@context":"https://w3id.org/openbadges/v2","id":"https://uni.example/a",` + bulk + `"type":"Assertion","recipient":{"type":"email","hashed":false,"identity":"a@example.org"},"badge":"https://uni.example/b","verification":{"type":"HostedBadge"},"issuedOn":"2026-01-01T00:00:00Z"}`
	all = append(all, worst{"Open Badges 2.0 with large parts", []byte(hosted), world{
		"https://uni.example/a": {body: hosted},
		"https://uni.example/b": {body: `{"id":"https://uni.example/b",` + bulk + `"type":"BadgeClass","name":"n","description":"d","image":"https://uni.example/i","criteria":"https://uni.example/c","issuer":"https://uni.example/p"}`},
		"https://uni.example/p": {body: `{"id":"https://uni.example/p",` + bulk + `"type":"Profile","name":"n","url":"https://uni.example","email":"a@example.org","verification":{"startsWith":[` + fillCount(80_000, func(i int) string { return fmt.Sprintf(`"https://uni.example/%d"`, i) }) + `]}}`},
	}})
	return all
}

func fillCount(n int, one func(i int) string) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(one(i))
	}
	return b.String()
}

// did runs one check and says how much of each count it took, but for contexts,
// their terms and names: those that are kept from one document to the next are
// not made again.
func did(t testing.TB, w worst) (badge.Report, string) {
	r := badge.Check(t.Context(), w.input, badge.Options{Fetcher: w.web, Now: func() time.Time { return today }})
	k := r.Work()
	l := k.Linked
	return r, fmt.Sprint("values ", l.Values, ", quads ", l.Quads, ", nodes ", l.Nodes, ", steps ", l.Steps, ", signatures ", k.Signatures, ", hashed ", k.Hashed,
		", parsed ", k.Parsed, ", unpacked ", k.Unpacked, ", nested ", k.Nested, ", lookups ", k.Lookups)
}

// TestWorst holds each input to what it took when it was measured, below the
// bounds of one check, and to 256 MiB allocated in all. What that is in seconds,
// BenchmarkWorst shows.
func TestWorst(t *testing.T) {
	for _, w := range worsts(t) {
		t.Run(w.name, func(t *testing.T) {
			if len(w.input) > 4*mib {
				t.Errorf("%d bytes", len(w.input))
			}
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			r, work := did(t, w)
			runtime.ReadMemStats(&after)
			if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > 256 {
				t.Errorf("allocated %d MiB", used)
			}
			if r.Verdict == badge.Verified {
				t.Error("verified")
			}
			if work != measured[w.name] {
				t.Errorf("%s: took %s, want %s", w.name, work, measured[w.name])
			}
			all := ld.DefaultLimits
			l := r.Work().Linked
			for _, count := range [][2]int{
				{l.Values, 4 * all.Values}, {l.Contexts, all.Contexts}, {l.Terms, all.Terms}, {l.Quads, all.Quads}, {l.Nodes, all.Nodes}, {l.Output, all.Output}, {l.Steps, all.Steps},
				{r.Work().Signatures, proof.MaxSignatures}, {r.Work().Hashed, proof.MaxHashed}, {r.Work().Read, badge.MaxRead}, {r.Work().Nested, badge.MaxNested}, {r.Work().Lookups, badge.MaxLookups},
				{r.Work().Parsed, badge.MaxParsed + record.MaxValues}, {int(r.Work().Unpacked), badge.MaxUnpacked + badge.MaxListBytes},
			} {
				if count[0] > count[1] {
					t.Errorf("%d of at most %d: %+v", count[0], count[1], r.Work())
				}
			}
		})
	}
}

// measured is what each input takes.
var measured = map[string]string{
	"64 of the worst graphs in a record":                          "values 65513, quads 23050, nodes 1802, steps 49983, signatures 0, hashed 0, parsed 40896, unpacked 0, nested 64, lookups 0",
	"the worst graph":                                             "values 526, quads 165, nodes 13, steps 49999, signatures 0, hashed 0, parsed 0, unpacked 0, nested 0, lookups 0",
	"graphs that are just below what each may take":               "values 33513, quads 12810, nodes 1477, steps 49996, signatures 0, hashed 0, parsed 24896, unpacked 0, nested 64, lookups 0",
	"64 wide graphs with sixteen proofs":                          "values 378068, quads 40519, nodes 20000, steps 0, signatures 0, hashed 0, parsed 131072, unpacked 0, nested 10, lookups 0",
	"nearly as many statements as are taken, with sixteen proofs": "values 111143, quads 100000, nodes 1, steps 0, signatures 0, hashed 0, parsed 0, unpacked 0, nested 0, lookups 0",
	"empty lists and sets":                                        "values 960231, quads 76, nodes 9, steps 0, signatures 4, hashed 0, parsed 0, unpacked 0, nested 0, lookups 0",
	"lists in lists":                                              "values 232031, quads 46670, nodes 20000, steps 0, signatures 0, hashed 0, parsed 0, unpacked 0, nested 0, lookups 0",
	"a long text, with sixteen proofs":                            "values 280, quads 83, nodes 10, steps 0, signatures 4, hashed 0, parsed 0, unpacked 0, nested 0, lookups 0",
	"a long text of what is escaped":                              "values 280, quads 83, nodes 10, steps 0, signatures 4, hashed 0, parsed 0, unpacked 0, nested 0, lookups 0",
	"contexts in every node":                                      "values 182031, quads 519, nodes 257, steps 0, signatures 0, hashed 0, parsed 0, unpacked 0, nested 0, lookups 0",
	"a context of many terms":                                     "values 480031, quads 4, nodes 0, steps 0, signatures 0, hashed 0, parsed 0, unpacked 0, nested 0, lookups 0",
	"language maps":                                               "values 1000294, quads 35, nodes 4, steps 0, signatures 0, hashed 0, parsed 0, unpacked 0, nested 0, lookups 0",
	"small badges of many contexts":                               "values 96041, quads 5, nodes 0, steps 0, signatures 0, hashed 0, parsed 56640, unpacked 0, nested 64, lookups 0",
	"a thousand signatures with P-384":                            "values 44658, quads 17420, nodes 2240, steps 24192, signatures 4096, hashed 0, parsed 14400, unpacked 0, nested 64, lookups 0",
	"a thousand signatures with Ed25519":                          "values 0, quads 0, nodes 0, steps 0, signatures 1040, hashed 602471, parsed 14400, unpacked 0, nested 64, lookups 0",
	"a large document with sixteen chained proofs":                "values 0, quads 0, nodes 0, steps 0, signatures 16, hashed 67030807, parsed 0, unpacked 0, nested 0, lookups 0",
	"large proofs that cover each other":                          "values 0, quads 0, nodes 0, steps 0, signatures 16, hashed 11268146, parsed 0, unpacked 0, nested 0, lookups 0",
	"records in records of a large one":                           "values 0, quads 0, nodes 0, steps 0, signatures 1, hashed 782064, parsed 131072, unpacked 0, nested 1, lookups 0",
	"tokens in tokens":                                            "values 0, quads 0, nodes 0, steps 0, signatures 4, hashed 0, parsed 258075, unpacked 0, nested 3, lookups 0",
	"endorsements of endorsements":                                "values 998614, quads 83, nodes 0, steps 0, signatures 0, hashed 0, parsed 131072, unpacked 0, nested 35, lookups 0",
	"learners of many names":                                      "values 0, quads 0, nodes 0, steps 0, signatures 0, hashed 0, parsed 7104, unpacked 0, nested 64, lookups 0",
	"small objects":                                               "values 0, quads 0, nodes 0, steps 0, signatures 16, hashed 10257927, parsed 0, unpacked 0, nested 0, lookups 0",
	"many names":                                                  "values 260029, quads 100000, nodes 1, steps 0, signatures 0, hashed 0, parsed 0, unpacked 0, nested 0, lookups 0",
	"numbers":                                                     "values 1047443, quads 39, nodes 0, steps 0, signatures 0, hashed 0, parsed 0, unpacked 0, nested 0, lookups 0",
	"arrays 60 deep":                                              "values 960231, quads 27, nodes 0, steps 0, signatures 0, hashed 0, parsed 0, unpacked 0, nested 0, lookups 0",
	"an image with one":                                           "values 960231, quads 27, nodes 0, steps 0, signatures 0, hashed 0, parsed 0, unpacked 0, nested 0, lookups 0",
	"a method of megabytes":                                       "values 0, quads 0, nodes 0, steps 0, signatures 0, hashed 446252, parsed 14400, unpacked 0, nested 64, lookups 0",
	"hundreds of methods":                                         "values 0, quads 0, nodes 0, steps 0, signatures 0, hashed 452444, parsed 14400, unpacked 0, nested 64, lookups 0",
	"tokens that show a key among hundreds":                       "values 0, quads 0, nodes 0, steps 0, signatures 0, hashed 0, parsed 1088, unpacked 0, nested 64, lookups 0",
	"long lists asked for often":                                  "values 0, quads 0, nodes 0, steps 0, signatures 80, hashed 141863, parsed 4736, unpacked 0, nested 64, lookups 128",
	"all of these at once":                                        "values 1043397, quads 2323, nodes 312, steps 0, signatures 336, hashed 8240339, parsed 131072, unpacked 0, nested 63, lookups 128",
	"badges with a status list each":                              "values 150938, quads 63490, nodes 8604, steps 49999, signatures 1059, hashed 0, parsed 18816, unpacked 33554432, nested 64, lookups 64",
	"Open Badges 2.0 with large parts":                            "values 0, quads 0, nodes 0, steps 0, signatures 0, hashed 0, parsed 0, unpacked 0, nested 0, lookups 0",
}

// BenchmarkWorst is the processor time of each, of all threads.
func BenchmarkWorst(b *testing.B) {
	for _, w := range worsts(b) {
		b.Run(strings.ReplaceAll(w.name, " ", "-"), func(b *testing.B) {
			b.ReportAllocs()
			from := processor(b)
			for b.Loop() {
				did(b, w)
			}
			b.ReportMetric(float64(processor(b)-from)/float64(b.N)/1e6, "cpu-ms")
		})
	}
}

func processor(t testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
