package badge_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	stdimage "image"
	"image/png"
	"slices"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/record/badge"
	"github.com/akashi-project/akashi/record/fetch"
	"github.com/akashi-project/akashi/record/image"
	"github.com/akashi-project/akashi/record/proof"
)

// TestTokenForms writes a token that verifies in the other ways in which lax
// readers of base64url take it too: the exact text is what is hashed and logged.
func TestTokenForms(t *testing.T) {
	sound := dean.token(t, doc{"kid": deanMethod()}, achievement(t).set("iss", uni))
	if r := check(t, []byte(sound), campus(t)); r.Verdict != badge.Verified {
		t.Fatalf("a sound one: %s %v", r.Verdict, r.Checks)
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, sound[len(sound)-1])
	for name, token := range map[string]string{
		"another last character":  sound[:len(sound)-1] + string(alphabet[last^1]), // its low bits mean nothing
		"a newline after a dot":   strings.Replace(sound, ".", ".\n", 1),
		"padding":                 sound + "==",
		"plain base64":            strings.Replace(sound[:len(sound)-3], "_", "/", -1) + "+" + sound[len(sound)-2:],
		"no signature":            sound[:strings.LastIndexByte(sound, '.')+1],
		"a newline and something": sound + "\n ",
	} {
		r := check(t, []byte(token), campus(t))
		if f, _ := r.Find(badge.InputForm); f.Result != badge.Fail || r.Verdict != badge.Refuted {
			t.Errorf("%s: %s %v", name, r.Verdict, r.Checks)
		}
	}
	// One newline at the end is the file's and not the token's.
	if r := check(t, []byte(sound+"\n"), campus(t)); r.Verdict != badge.Verified {
		t.Errorf("a newline at the end of the file: %s", r.Verdict)
	}
}

// TestPoison gives a badge a graph whose nodes all look alike, which takes
// canonicalisation without a bound for ever.
func TestPoison(t *testing.T) {
	var nodes []any
	for i := range 12 {
		var others []any
		for j := range 12 {
			others = append(others, map[string]any{"id": "_:n" + string(rune('a'+(i+j+1)%12))})
		}
		nodes = append(nodes, map[string]any{"id": "_:n" + string(rune('a'+i)), "urn:p": append(others, map[string]any{"id": "urn:x"})})
	}
	r := check(t, linked(t, achievement(t)).set("urn:q", nodes).bytes(t), campus(t))
	wants(t, "nodes that look alike", r, badge.ProofComplex, badge.Unknown)
	if r.Verdict != badge.CouldNotTell {
		t.Error(r.Verdict, r.Checks)
	}
	crowd := make([]any, proof.MaxProofs+1)
	for i := range crowd {
		crowd[i] = map[string]any{"type": "DataIntegrityProof"}
	}
	wants(t, "more proofs than are judged", check(t, achievement(t).set("proof", crowd).bytes(t), campus(t)), badge.ProofComplex, badge.Unknown)
}

// TestSilentParts has each way in which the network fails for each part of Open
// Badges 2.0 that is fetched. None refutes, and none says "not revoked".
func TestSilentParts(t *testing.T) {
	for _, c := range []struct {
		name string
		url  string
		code badge.Code
	}{
		{"the assertion", assertionURL, badge.HostedFetch},
		{"the BadgeClass", classURL, badge.ClassFetch},
		{"the issuer's Profile", profileURL, badge.IssuerFetch},
	} {
		for _, kind := range []fetch.Kind{fetch.Offline, fetch.BadURL, fetch.BadAddress, fetch.Redirected, fetch.TooLarge, fetch.Timeout, fetch.Unreachable,
			fetch.BadTLS, fetch.BadType, fetch.Exhausted, fetch.Canceled} {
			r := check(t, assertion(t).bytes(t), failing{hosting(t), c.url, kind})
			wants(t, c.name+" "+string(kind), r, c.code, badge.Unknown)
			if r.Verdict != badge.CouldNotTell {
				t.Errorf("%s, %s: %s %v", c.name, kind, r.Verdict, r.Checks)
			}
		}
		for _, status := range []int{404, 401, 500, 503} {
			p := hosting(t)[c.url] // the right body does not help
			p.status = status
			r := check(t, assertion(t).bytes(t), hosting(t).with(c.url, p))
			wants(t, c.name, r, c.code, badge.Unknown)
			if r.Verdict != badge.CouldNotTell {
				t.Errorf("%s, %d: %s %v", c.name, status, r.Verdict, r.Checks)
			}
		}
	}
	// Gone is a revocation of the assertion, and of nothing else.
	wants(t, "the class is gone", check(t, assertion(t).bytes(t), hosting(t).with(classURL, page{status: 410})), badge.ClassFetch, badge.Unknown)
	wants(t, "the Profile is gone", check(t, assertion(t).bytes(t), hosting(t).with(profileURL, page{status: 410})), badge.IssuerFetch, badge.Unknown)
}

// failing is a world in which one address fails in its own way.
type failing struct {
	world
	url  string
	kind fetch.Kind
}

func (f failing) Fetch(ctx context.Context, q fetch.Request) (fetch.Answer, error) {
	if q.URL == f.url {
		return fetch.Answer{}, &fetch.Error{URL: q.URL, Kind: f.kind}
	}
	return f.world.Fetch(ctx, q)
}

// TestBakedCases judges images as they come, hostile ones too.
func TestBakedCases(t *testing.T) {
	var b bytes.Buffer
	if err := png.Encode(&b, stdimage.NewGray(stdimage.Rect(0, 0, 2, 2))); err != nil {
		t.Fatal(err)
	}
	signed := dean.prove(t, achievement(t), deanMethod()).bytes(t)
	baked, err := image.Bake(b.Bytes(), image.Badge{Standard: image.OpenBadges3, Content: signed})
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(baked, []byte("iTXt")) - 4
	size := int(baked[at])<<24 | int(baked[at+1])<<16 | int(baked[at+2])<<8 | int(baked[at+3])
	chunk := string(baked[at : at+12+size])
	twice := strings.Replace(string(baked), chunk, chunk+chunk, 1)
	broken := bytes.Clone(baked)
	broken[at+12+size-1] ^= 1
	const space = `xmlns:o="https://purl.imsglobal.org/ob/v3p0"`
	cdata := "<o:credential><![CDATA[" + string(signed) + "]]></o:credential>"
	// Larger than is taken, and nothing wrong with it.
	wide := bytes.Clone(baked)
	binary.BigEndian.PutUint32(wide[16:], image.MaxSide+1)
	binary.BigEndian.PutUint32(wide[29:], crc32.ChecksumIEEE(wide[12:29]))
	end := "\x00\x00\x00\x00IEND"
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	z.Write(make([]byte, 2*image.MaxSize))
	z.Close()
	before := func(more string) string { return strings.Replace(string(baked), end, more+end, 1) }
	for _, c := range []struct {
		name    string
		input   string
		result  badge.Result
		verdict badge.Verdict
	}{
		{"a PNG", string(baked), badge.Pass, badge.Verified},
		{"two credentials in one PNG", twice, badge.Fail, badge.Refuted},
		{"a wrong checksum", string(broken), badge.Fail, badge.Refuted},
		{"a PNG cut off", string(baked[:len(baked)-4]), badge.Fail, badge.Refuted},
		{"an SVG", "<svg " + space + ">" + cdata + "</svg>", badge.Pass, badge.Verified},
		{"an SVG with a DOCTYPE", `<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd"><svg ` + space + ">" + cdata + "</svg>", badge.Pass, badge.Verified},
		{"two credentials in one SVG", "<svg " + space + ">" + cdata + cdata + "</svg>", badge.Fail, badge.Refuted},
		{"an entity as the credential", "<svg " + space + "><o:credential>&x;</o:credential></svg>", badge.Fail, badge.Refuted},
		{"an outside entity", `<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg ` + space + ">" + cdata + "</svg>", badge.Fail, badge.Refuted},
		{"an SVG without a badge", "<svg/>", badge.Unknown, badge.CouldNotTell},
		{"a wide picture", string(wide), badge.Unknown, badge.CouldNotTell},
		{"a picture of more than 4 MiB", before(textChunk("Comment\x00" + strings.Repeat("x", image.MaxSize))), badge.Unknown, badge.CouldNotTell},
		{"a picture of many chunks", before(strings.Repeat(textChunk("Comment\x00x"), image.MaxChunks)), badge.Unknown, badge.CouldNotTell},
		{"a bomb in zTXt", strings.Replace(b.String(), end, pngChunk("zTXt", "openbadges\x00\x00"+packed.String())+end, 1), badge.Unknown, badge.CouldNotTell},
		{"a bomb in iTXt", strings.Replace(b.String(), end, pngChunk("iTXt", "openbadgecredential\x00\x01\x00\x00\x00"+packed.String())+end, 1), badge.Unknown, badge.CouldNotTell},
		{"a deep drawing", "<svg " + space + ">" + strings.Repeat("<g>", image.MaxDepth) + strings.Repeat("</g>", image.MaxDepth) + cdata + "</svg>", badge.Unknown, badge.CouldNotTell},
		{"an element of many attributes", "<svg " + space + "><g" + manyAttributes() + "/>" + cdata + "</svg>", badge.Unknown, badge.CouldNotTell},
	} {
		r := check(t, []byte(c.input), campus(t))
		if f, _ := r.Find(badge.InputForm); f.Result != c.result || r.Verdict != c.verdict {
			t.Errorf("%s: %s %v", c.name, r.Verdict, r.Checks)
		}
	}
	// A legacy chunk that holds the address of a hosted badge.
	legacy := []byte(strings.Replace(string(b.Bytes()), "\x00\x00\x00\x00IEND", textChunk("openbadges\x00"+assertionURL)+"\x00\x00\x00\x00IEND", 1))
	r := check(t, legacy, hosting(t))
	wants(t, "a legacy tEXt address", r, badge.InputForm, badge.Warn)
	if !slices.ContainsFunc(r.Checks, func(f badge.Finding) bool { return strings.Contains(f.Text, "fetched from there") }) || r.Verdict != badge.Verified {
		t.Errorf("a legacy tEXt address: %s %v", r.Verdict, r.Checks)
	}
	r = check(t, legacy, nil)
	wants(t, "a legacy tEXt address, silent", r, badge.InputForm, badge.Unknown)
}

// manyAttributes are one more than an element may have.
func manyAttributes() string {
	var b strings.Builder
	for i := range image.MaxAttrs + 1 {
		fmt.Fprintf(&b, ` a%d=""`, i)
	}
	return b.String()
}

// textChunk is a tEXt chunk of a PNG.
func textChunk(data string) string { return pngChunk("tEXt", data) }

// pngChunk is a chunk of a PNG, with its checksum.
func pngChunk(kind, data string) string {
	b := append(binary.BigEndian.AppendUint32(nil, uint32(len(data))), kind+data...)
	return string(binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:])))
}
