// Package formats_test recomputes the worked examples of the pages beside it.
package formats_test

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/anchor/audit"
	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/record/descriptor"
	"github.com/akashi-project/akashi/record/lognames"
	"github.com/akashi-project/akashi/record/stack"
)

var update = flag.Bool("update", false, "write the computed values into the pages; only for examples that no release has shipped")

var block = regexp.MustCompile("(?ms)^```json vector ([a-z]+)\n(.*?)^```$")

// vectors computes the output members of an example from its input members.
var vectors = map[string]func(v map[string]any) error{
	"record":     recordVector,
	"commitment": commitmentVector,
	"entry":      entryVector,
	"tree":       treeVector,
	"status":     statusVector,
	"logid":      logIDVector,
	"checkpoint": checkpointVector,
	"keyterms":   keyTermsVector,
	"lookup":     lookupVector,
	"audit":      auditVector,

	"descriptors": descriptorsVector,
	"lognames":    logNamesVector,
}

// TestPages checks every example block of every page, and that each kind of
// example is there.
func TestPages(t *testing.T) {
	pages, err := filepath.Glob("*.md")
	if err != nil || len(pages) == 0 {
		t.Fatal("no pages", err)
	}
	seen := map[string]int{}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		changed := block.ReplaceAllStringFunc(string(text), func(b string) string {
			m := block.FindStringSubmatch(b)
			kind, body := m[1], m[2]
			seen[kind]++
			compute, ok := vectors[kind]
			if !ok {
				t.Errorf("%s: no check for a vector of kind %q", page, kind)
				return b
			}
			var want, got map[string]any
			for _, v := range []*map[string]any{&want, &got} {
				if err := json.Unmarshal([]byte(body), v); err != nil {
					t.Fatalf("%s: %s: %v", page, kind, err)
				}
			}
			if err := compute(got); err != nil {
				t.Errorf("%s: %s: %v", page, kind, err)
				return b
			}
			w, _ := json.Marshal(want)
			g, _ := json.Marshal(got)
			if string(w) == string(g) {
				return b
			}
			if !*update {
				t.Errorf("%s: %s:\n page %s\n code %s", page, kind, w, g)
				return b
			}
			return "```json vector " + kind + "\n" + rewrite(body, want, got) + "```"
		})
		if *update && changed != string(text) {
			if err := os.WriteFile(page, []byte(changed), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	for kind := range vectors {
		if seen[kind] == 0 {
			t.Errorf("no page shows an example of %q", kind)
		}
	}
}

// rewrite puts the computed values into a block and keeps its line breaks.
func rewrite(body string, want, got map[string]any) string {
	for key, value := range got {
		if fmt.Sprint(want[key]) == fmt.Sprint(value) {
			continue
		}
		text, _ := json.Marshal(value)
		field := regexp.MustCompile(`"` + key + `": (\[[^\]]*\]|"[^"]*")`)
		body = field.ReplaceAllLiteralString(body, `"`+key+`": `+string(text))
	}
	return body
}

func recordVector(v map[string]any) error {
	var input []byte
	var err error
	if text, ok := v["base64"]; ok { // a PNG
		input, err = base64.StdEncoding.DecodeString(text.(string))
	} else {
		input = []byte(v["input"].(string))
	}
	if err != nil {
		return err
	}
	r, err := record.Parse(input)
	if err != nil {
		return err
	}
	v["form"] = r.Form().String()
	v["canonical"] = string(r.Bytes())
	d := r.Digest()
	v["digest"] = hex.EncodeToString(d[:])
	v["cid"] = r.CID().String()
	return nil
}

// logNamesVector reads the logs that a badge names.
func logNamesVector(v map[string]any) error {
	var doc map[string]any
	if err := json.Unmarshal([]byte(v["input"].(string)), &doc); err != nil {
		return err
	}
	logs, err := lognames.Find(doc)
	v["logs"] = append([]string{}, logs...)
	delete(v, "refused")
	switch {
	case errors.Is(err, lognames.ErrContext):
		v["refused"] = "context"
	case errors.Is(err, lognames.ErrForm):
		v["refused"] = "form"
	}
	return nil
}

// descriptorsVector lints a badge by a framework.
func descriptorsVector(v map[string]any) error {
	r, err := record.Parse([]byte(v["input"].(string)))
	if err != nil {
		return err
	}
	framework, err := descriptor.FrameworkByID(v["framework"].(string))
	if err != nil {
		return err
	}
	report, err := descriptor.Lint(r, framework, descriptor.Options{})
	if err != nil {
		return err
	}
	found := []any{}
	for _, row := range report.Badges[0].Rows {
		line := fmt.Sprintf("%s %s", row.Key, row.State)
		if len(row.Places) > 0 {
			line += fmt.Sprintf(" %s %s", row.Places[0].Source, row.Places[0].Path)
		}
		for _, p := range row.Problems {
			line += " " + string(p.Code)
		}
		found = append(found, line)
	}
	v["found"] = found
	return nil
}

func commitmentVector(v map[string]any) error {
	c := record.Commit(record.Salt(unhex(v["salt"])), record.Digest(unhex(v["digest"])))
	v["commitment"] = hex.EncodeToString(c[:])
	return nil
}

func entryVector(v map[string]any) error {
	var e record.Entry
	var err error
	switch v["kind"] {
	case "sealed":
		e = record.Entry{Kind: record.Sealed, Commitment: record.Commitment(unhex(v["commitment"]))}
	case "open":
		e = record.Entry{Kind: record.Open, Digest: record.Digest(unhex(v["digest"]))}
	case "status":
		e = record.Entry{Kind: record.Status, Target: uint64(v["target"].(float64))}
		if e.State, err = record.ParseState(v["state"].(string)); err != nil {
			return err
		}
	case "head":
		e = record.Entry{Kind: record.Head, StatusRoot: unhex(v["statusRoot"])}
	}
	if t, ok := v["type"]; ok {
		if e.Type, err = record.ParseType(t.(string)); err != nil {
			return err
		}
	}
	b := e.Bytes()
	back, err := record.ParseEntry(b)
	if err != nil || back != e {
		return fmt.Errorf("%x parses as %+v (%v)", b, back, err)
	}
	v["bytes"] = hex.EncodeToString(b)
	v["leaf"] = merkle.LeafHash(b).String()
	return nil
}

// treeVector takes the four entries of the page above it: they stand here
// again so that one look at the block suffices.
func treeVector(v map[string]any) error {
	abc, err := hex.DecodeString("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
	if err != nil {
		return err
	}
	entries := []record.Entry{
		{Kind: record.Sealed, Type: record.Badge, Commitment: record.Commitment{31: 1}},
		{Kind: record.Open, Type: record.CourseQA, Digest: record.Digest(abc)},
		{Kind: record.Status, Target: 258, State: record.Revoked},
		{Kind: record.Head, StatusRoot: merkle.EmptyRoot},
	}
	var frontier merkle.Frontier
	roots := []any{frontier.Tree().Root.String()}
	var texts []any
	for _, e := range entries {
		texts = append(texts, hex.EncodeToString(e.Bytes()))
		frontier.Append(merkle.LeafHash(e.Bytes()))
		roots = append(roots, frontier.Tree().Root.String())
	}
	v["entries"], v["roots"] = texts, roots
	return nil
}

// statusVector builds the chunks with plain arithmetic, as the page says it,
// and takes only the tree from the package.
func statusVector(v map[string]any) error {
	n := int(v["n"].(float64))
	chunks := make([][32]byte, (n+127)/128)
	for target, name := range v["states"].(map[string]any) {
		var i int
		if _, err := fmt.Sscan(target, &i); err != nil {
			return err
		}
		s, err := record.ParseState(name.(string))
		if err != nil {
			return err
		}
		chunks[i/128][i%128/4] |= byte(s) << (6 - 2*(i%4))
	}
	var frontier merkle.Frontier
	texts := []any{}
	for _, c := range chunks {
		frontier.Append(merkle.LeafHash(c[:]))
		texts = append(texts, hex.EncodeToString(c[:]))
	}
	v["chunks"], v["root"] = texts, frontier.Tree().Root.String()
	return nil
}

func logIDVector(v map[string]any) error {
	owner, err := checkpoint.ParseAddress(v["owner"].(string))
	if err != nil {
		return err
	}
	var keys checkpoint.Keys
	for _, k := range v["keys"].([]any) {
		keys = append(keys, k.(string))
	}
	log := checkpoint.Log{Owner: owner, Origin: v["origin"].(string), Keys: keys}
	if err := log.Validate(); err != nil {
		return err
	}
	v["id"] = log.ID().String()
	return nil
}

// keyTermsVector signs each checkpoint and asks by which of the terms it counts.
func keyTermsVector(v map[string]any) error {
	origin := v["origin"].(string)
	signers := map[string]*checkpoint.Signer{}
	for name, seed := range v["seeds"].(map[string]any) {
		s, _, err := checkpoint.SignerFromKey(origin, ed25519.NewKeyFromSeed(slice(seed)))
		if err != nil {
			return err
		}
		signers[name] = s
	}
	keys := func(name any) []byte {
		if s := signers[name.(string)]; s != nil {
			return checkpoint.Keys{s.VerifierKey()}.Bytes()
		}
		return []byte(name.(string) + "\n")
	}
	terms := checkpoint.Terms(nil).Announce(0, keys(v["opening"]), origin)
	for _, c := range v["changes"].([]any) {
		change := c.(map[string]any)
		terms = terms.Announce(uint64(change["atSize"].(float64)), keys(change["keys"]), origin)
	}
	for _, c := range v["checkpoints"].([]any) {
		signed := c.(map[string]any)
		tree := merkle.Tree{Size: uint64(signed["size"].(float64))}
		note, err := checkpoint.Sign(checkpoint.Checkpoint{Origin: origin, Tree: tree}, signers[signed["by"].(string)])
		if err != nil {
			return err
		}
		_, _, err = terms.Open(note)
		if err != nil && !errors.Is(err, checkpoint.ErrTerm) {
			return err
		}
		signed["counts"] = err == nil
	}
	return nil
}

func checkpointVector(v map[string]any) error {
	key := ed25519.NewKeyFromSeed(slice(v["seed"]))
	origin := v["origin"].(string)
	signer, vkey, err := checkpoint.SignerFromKey(origin, key)
	if err != nil {
		return err
	}
	root, err := merkle.ParseHash(v["root"].(string))
	if err != nil {
		return err
	}
	note, err := checkpoint.Sign(checkpoint.Checkpoint{Origin: origin, Tree: merkle.Tree{Size: uint64(v["size"].(float64)), Root: root}}, signer)
	if err != nil {
		return err
	}
	v["vkey"], v["note"] = vkey, string(note)
	return nil
}

func auditVector(v map[string]any) error {
	signer, vkey, err := checkpoint.SignerFromKey(v["name"].(string), ed25519.NewKeyFromSeed(slice(v["seed"])))
	if err != nil {
		return err
	}
	var pages [][]byte
	for _, p := range v["pages"].([]any) {
		pages = append(pages, []byte(p.(string)))
	}
	note, err := audit.SignReport(signer, []byte(v["report"].(string)), pages...)
	if err != nil {
		return err
	}
	statement, err := audit.OpenStatement(note, vkey)
	if err != nil {
		return err
	}
	v["vkey"], v["statement"], v["note"] = vkey, string(statement.Text()), string(note)
	return nil
}

func lookupVector(v map[string]any) error {
	t, err := record.ParseType(v["type"].(string))
	if err != nil {
		return err
	}
	mac := hmac.New(sha256.New, slice(v["secret"]))
	mac.Write([]byte{byte(t)})
	mac.Write(slice(v["digest"]))
	v["hmac"] = hex.EncodeToString(mac.Sum(nil))
	return nil
}

func slice(v any) []byte {
	b, err := hex.DecodeString(strings.TrimPrefix(v.(string), "0x"))
	if err != nil {
		panic(err)
	}
	return b
}

func unhex(v any) [32]byte { return [32]byte(slice(v)) }

// TestProgramme reads the example of programme.md, and the sample.
func TestProgramme(t *testing.T) {
	text, err := os.ReadFile("programme.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "```json\n")
	example, _, _ := strings.Cut(after, "```")
	sample, err := os.ReadFile("../../testdata/stack/programme.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, in := range map[string]string{"programme.md": example, "testdata/stack": string(sample)} {
		if p, err := stack.ParseProgramme([]byte(in)); err != nil || len(p.Units) < 2 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// golden is where the frozen cases lie, one file for each kind of vector.
const golden = "../../testdata/golden/v1"

// TestGolden checks the frozen cases. They were computed by a program in
// another language, so that the code here is not its own witness. There is no
// flag to rewrite them: a case that was released holds for ever.
func TestGolden(t *testing.T) {
	for _, kind := range []string{"record", "baked", "commitment", "entry", "status", "logid", "lookup", "audit"} {
		raw, err := os.ReadFile(filepath.Join(golden, kind+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var want, got []map[string]any
		for _, v := range []*[]map[string]any{&want, &got} {
			if err := json.Unmarshal(raw, v); err != nil {
				t.Fatalf("%s: %v", kind, err)
			}
		}
		if len(want) == 0 {
			t.Errorf("%s: no cases", kind)
		}
		for i := range want {
			compute := vectors[kind]
			if kind == "baked" {
				compute = recordVector
			}
			if err := compute(got[i]); err != nil {
				t.Errorf("%s case %d: %v", kind, i, err)
				continue
			}
			w, _ := json.Marshal(want[i])
			g, _ := json.Marshal(got[i])
			if string(w) != string(g) {
				t.Errorf("%s case %d:\n file %s\n code %s", kind, i, w, g)
			}
		}
	}
}
