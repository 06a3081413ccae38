package ld

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"

	"github.com/akashi-project/akashi/record"
)

// A Pin is one version of one context document.
type Pin struct {
	URL     string   `json:"url"`
	SHA256  [32]byte `json:"-"`       // of the file's bytes
	Version string   `json:"version"` // as its publisher numbers it; "" for an operator's
	Source  string   `json:"source"`  // where the bytes come from
	Licence string   `json:"licence"` // SPDX identifier of the bytes' licence
}

// Hex returns SHA256 in lower-case hexadecimal.
func (p Pin) Hex() string { return hex.EncodeToString(p.SHA256[:]) }

// A document is a pinned context document, parsed once.
type document struct {
	pin   Pin
	local any // the value of its @context
}

// Contexts is a set of pinned context documents, by URL. A URL can have more
// than one version, since publishers change documents under one URL. It does
// not change, and any number of goroutines may use it; the contexts that it has
// processed are kept for the next document.
type Contexts struct {
	versions map[string][]*document // the preferred one first
	cache    *cache
}

//go:embed contexts
var files embed.FS

// embedded is the set that ships with the program. Its files are part of the
// program, and a test holds them to the manifest.
var embedded = sync.OnceValue(func() *Contexts {
	c, err := loadManifest()
	if err != nil {
		panic("the embedded JSON-LD contexts: " + err.Error())
	}
	return c
})

// Embedded returns the contexts that ship with the program:
// contexts/manifest.json names each with its source, licence and hash.
func Embedded() *Contexts { return embedded() }

func loadManifest() (*Contexts, error) {
	raw, err := files.ReadFile("contexts/manifest.json")
	if err != nil {
		return nil, err
	}
	var rows []struct {
		Pin
		File   string `json:"file"`
		SHA256 string `json:"sha256"`
	}
	if err := json.Unmarshal(raw, &rows); err != nil {
		return nil, err
	}
	c := &Contexts{versions: make(map[string][]*document), cache: newCache()}
	for _, r := range rows {
		b, err := files.ReadFile("contexts/" + r.File)
		if err != nil {
			return nil, err
		}
		sum, err := hex.DecodeString(r.SHA256)
		if err != nil || len(sum) != sha256.Size {
			return nil, fmt.Errorf("%s: the manifest's sha256 is not 64 hexadecimal digits", r.File)
		}
		d, err := newDocument(r.Pin, b, [32]byte(sum))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.File, err)
		}
		c.versions[r.URL] = append(c.versions[r.URL], d)
	}
	return c, nil
}

// ErrHash says that a context's bytes are not those that were pinned.
var ErrHash = errors.New("the bytes of the context do not have the pinned SHA-256")

func newDocument(p Pin, b []byte, sum [32]byte) (*document, error) {
	if p.URL == "" || !isAbsolute(p.URL) || !isWritable(p.URL) {
		return nil, errors.New("the URL of a context is absolute")
	}
	if sha256.Sum256(b) != sum {
		return nil, ErrHash
	}
	p.SHA256 = sum
	r, err := record.Parse(b)
	if err != nil {
		return nil, err
	}
	if r.Form() != record.JSON {
		return nil, errors.New("a context document is a JSON object")
	}
	var doc map[string]any
	if err := json.Unmarshal(r.Bytes(), &doc); err != nil {
		return nil, err
	}
	local, ok := doc["@context"]
	if !ok {
		return nil, errors.New(`a context document has a member "@context"`)
	}
	return &document{pin: p, local: local}, nil
}

// settled are contexts whose publisher has fixed their content for good (VC Data
// Model 2.0, appendix B.1; 1.1, appendix B.1; Data Integrity 1.0, section 2.4):
// other terms under such a URL change what every signature covers, and undo the
// protection that keeps a badge from changing them itself.
var settled = map[string]bool{
	"https://www.w3.org/ns/credentials/v2":             true,
	"https://www.w3.org/2018/credentials/v1":           true,
	"https://w3id.org/security/data-integrity/v1":      true,
	"https://w3id.org/security/data-integrity/v2":      true,
	"https://w3id.org/security/suites/ed25519-2020/v1": true,
}

// ErrSettled says that a URL has its content for good, and other content was to
// be put behind it.
var ErrSettled = errors.New("its publisher has fixed what stands there, which is known here already; leave it out, and give other terms another URL")

// With returns a set that holds the context too: the operator says that this
// URL means these bytes, by their hash. It is preferred to the versions that
// the set has of that URL, which stay. The error wraps ErrHash when the bytes
// are others, and ErrSettled when the URL has other content for good.
func (c *Contexts) With(url string, b []byte, sha256 [32]byte) (*Contexts, error) {
	d, err := newDocument(Pin{URL: url, Source: "operator"}, b, sha256)
	if err != nil {
		return nil, fmt.Errorf("context %s: %w", url, err)
	}
	same := func(known *document) bool { return reflect.DeepEqual(known.local, d.local) }
	if settled[url] && !slices.ContainsFunc(c.versions[url], same) {
		return nil, fmt.Errorf("context %s: %w", url, ErrSettled)
	}
	// The context must be one that JSON-LD takes, or it would refuse every
	// badge that names it.
	with := &Contexts{versions: make(map[string][]*document, len(c.versions)+1), cache: newCache()}
	for u, v := range c.versions {
		with.versions[u] = v
	}
	with.versions[url] = append([]*document{d}, with.versions[url]...)
	run := newRun(with, nil, Limits{}.OrDefault())
	if _, err := run.process(run.initial(), url, processing{place: &place{}}); err != nil {
		return nil, fmt.Errorf("context %s: %w", url, err)
	}
	return with, nil
}

// Pins lists the set, by URL; of one URL the preferred version first.
func (c *Contexts) Pins() []Pin {
	var pins []Pin
	for _, versions := range c.versions {
		for _, d := range versions {
			pins = append(pins, d.pin)
		}
	}
	slices.SortStableFunc(pins, func(a, b Pin) int {
		switch {
		case a.URL < b.URL:
			return -1
		case a.URL > b.URL:
			return 1
		}
		return 0
	})
	return pins
}

// A Choice says which version of a context to take, by URL; where it is
// silent the preferred one is taken.
type Choice map[string][32]byte

// maxChoices bounds the sets of versions that are tried on one document.
const maxChoices = 8

// Choices lists the ways to choose among the versions of the contexts in used:
// the preferred first, at most eight. A document whose signature does not fit
// under the first may have been signed under another.
func (c *Contexts) Choices(used []Pin) []Choice {
	choices := []Choice{{}}
	done := make(map[string]bool)
	for _, p := range used {
		versions := c.versions[p.URL]
		if len(versions) < 2 || done[p.URL] {
			continue
		}
		done[p.URL] = true
		for _, base := range slices.Clone(choices) {
			for _, d := range versions[1:] {
				if len(choices) == maxChoices {
					return choices
				}
				next := Choice{p.URL: d.pin.SHA256}
				for u, sum := range base {
					next[u] = sum
				}
				choices = append(choices, next)
			}
		}
	}
	return choices
}

// find returns the document that a URL means under a choice, or nil.
func (c *Contexts) find(url string, choice Choice) *document {
	versions := c.versions[url]
	if len(versions) == 0 {
		return nil
	}
	if want, ok := choice[url]; ok {
		for _, d := range versions {
			if d.pin.SHA256 == want {
				return d
			}
		}
	}
	return versions[0]
}
