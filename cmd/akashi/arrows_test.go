package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/akashi-project/akashi/"

// arrows lists, for each package of the project, the project's packages and
// the families of foreign ones that it may import in shipped code. Data moves
// record → commitment → entry → log → checkpoint → anchor → evidence →
// verdict, and imports follow.
var arrows = map[string]struct {
	own     []string // packages of this module
	foreign []string // prefixes of other modules' packages
	never   []string // prefixes that must not be linked in, at any depth
}{
	"merkle": {},
	"record": {
		foreign: []string{"github.com/ipfs/go-cid", "github.com/multiformats/", "github.com/go-json-experiment/json"},
		never:   []string{"github.com/ethereum/", "go.etcd.io/bbolt", "net/http"},
	},
	"record/fetch": {
		foreign: []string{"github.com/go-json-experiment/json"},
		never:   []string{"github.com/ethereum/", "go.etcd.io/bbolt", "net/http"},
	},
	"record/fetch/web": {
		own:   []string{"record/fetch"},
		never: []string{"github.com/ethereum/", "go.etcd.io/bbolt"},
	},
	"record/descriptor": {
		own:   []string{"record"},
		never: []string{"github.com/ethereum/", "go.etcd.io/bbolt", "net/http"},
	},
	"record/issue": {
		own:     []string{"record"},
		foreign: []string{"golang.org/x/text/"},
		never:   []string{"github.com/ethereum/", "go.etcd.io/bbolt", "net/http"},
	},
	"record/stack": {
		own:     []string{"record"},
		foreign: []string{"github.com/go-json-experiment/json"},
		never:   []string{"github.com/ethereum/", "go.etcd.io/bbolt"},
	},
	"record/image": {never: []string{"net/http", "image"}},
	"record/ld": {
		own:   []string{"record"},
		never: []string{"github.com/ethereum/", "go.etcd.io/bbolt", "net/http"},
	},
	"record/proof": {
		own:     []string{"record", "record/ld"},
		foreign: []string{"github.com/go-jose/go-jose/v4", "github.com/go-json-experiment/json", "github.com/mr-tron/base58"},
		never:   []string{"github.com/ethereum/", "go.etcd.io/bbolt", "net/http"},
	},
	"record/controller": {
		own:   []string{"record/fetch", "record/internal/tree", "record/proof"},
		never: []string{"github.com/ethereum/", "go.etcd.io/bbolt", "net/http"},
	},
	"record/badge": {
		own:     []string{"record"},
		foreign: []string{"github.com/go-json-experiment/json", "github.com/mr-tron/base58"},
		never:   []string{"github.com/ethereum/", "go.etcd.io/bbolt", "net/http"},
	},
	"checkpoint": {
		own:     []string{"merkle"},
		foreign: []string{"golang.org/x/mod/sumdb/note", "github.com/transparency-dev/formats/", "filippo.io/mldsa", "golang.org/x/crypto/"},
		never:   []string{"github.com/ethereum/", "go.etcd.io/bbolt", "net/http"},
	},
	"verify": {
		own:     []string{"record", "merkle", "checkpoint", "verify"},
		foreign: []string{"github.com/go-json-experiment/json", "github.com/mr-tron/base58", "golang.org/x/crypto/"},
		never:   []string{"github.com/ethereum/", "go.etcd.io/bbolt", "net/http", module + "record/ld"},
	},
	"verify/wasm": { // what a page links in is held by its own test, under GOOS=js
		own:     []string{"merkle", "checkpoint", "verify"},
		foreign: []string{"github.com/go-json-experiment/json", "golang.org/x/crypto/"},
		never:   []string{"github.com/ethereum/", "go.etcd.io/bbolt", "net/http", "crypto/tls", module + "record/ld"},
	},
	"verify/wasm/badge": {
		own:   []string{"record", "verify/wasm/host"},
		never: []string{"github.com/ethereum/", "go.etcd.io/bbolt", "net/http", "crypto/tls", module + "verify/wasm/bridge"},
	},
	"store": {
		own:     []string{"record", "merkle", "checkpoint"},
		foreign: []string{"go.etcd.io/bbolt", "golang.org/x/"},
		never:   []string{"github.com/ethereum/"},
	},
	"store/durable": {never: []string{"github.com/ethereum/", "go.etcd.io/bbolt", "net/http"}},
	"contracts": {
		foreign: []string{"github.com/ethereum/go-ethereum"},
		never:   []string{"go.etcd.io/bbolt"},
	},
	"anchor": {
		own:     []string{"checkpoint", "verify", "store", "contracts", "merkle", "record"},
		foreign: []string{"github.com/ethereum/go-ethereum", "golang.org/x/"},
	},
	"anchor/audit": {
		own:     []string{"record", "merkle", "checkpoint", "verify", "contracts", "anchor", "store/durable"},
		foreign: []string{"github.com/ethereum/go-ethereum", "golang.org/x/", "github.com/go-json-experiment/json"},
	},
	"node": {
		own:     []string{"record", "merkle", "checkpoint", "verify", "store", "contracts", "anchor"},
		foreign: []string{"github.com/ethereum/go-ethereum", "golang.org/x/", "github.com/pelletier/go-toml/v2", "github.com/go-json-experiment/json", "github.com/ipfs/go-cid", "github.com/prometheus/client_golang/", "github.com/gofrs/flock", "github.com/xrash/smetrics", "github.com/rs/cors", "github.com/klauspost/compress/gzhttp"},
	},
	"cmd/akashi": {
		own:     []string{"record", "merkle", "checkpoint", "verify", "store", "contracts", "anchor", "node"},
		foreign: []string{"github.com/gofrs/flock", "github.com/ethereum/go-ethereum", "github.com/urfave/cli/v2", "golang.org/x/", "github.com/go-json-experiment/json"},
		never:   []string{module + "testnet", "testing", "github.com/ethereum/go-ethereum/eth/catalyst", "github.com/ethereum/go-ethereum/node", "github.com/rogpeppe/"},
	},
}

type listed struct {
	ImportPath string
	Imports    []string
	Deps       []string
	Standard   bool
}

// TestArrows asks the go command for the imports of every shipped package and
// refuses those that point the wrong way.
func TestArrows(t *testing.T) {
	packages := goList(t, "./merkle/...", "./record/...", "./checkpoint/...", "./verify/...", "./store/...", "./contracts/...", "./anchor/...", "./node/...", "./cmd/akashi/...")
	standard := map[string]bool{}
	for _, p := range goList(t, "std") {
		standard[p.ImportPath] = true
	}
	seen := map[string]bool{}
	for _, p := range packages {
		path := strings.TrimPrefix(p.ImportPath, module)
		room := path
		for room != "" {
			if _, ok := arrows[room]; ok {
				break
			}
			room = room[:max(0, strings.LastIndexByte(room, '/'))]
		}
		allowed, ok := arrows[room]
		if !ok {
			t.Errorf("%s stands in no room of the house; add it to the table with its arrows", path)
			continue
		}
		seen[room] = true
		for _, imp := range p.Imports {
			own, isOwn := strings.CutPrefix(imp, module)
			switch {
			case standard[imp], imp == "C":
			case isOwn && (own == room || strings.HasPrefix(own, room+"/")):
			case isOwn && slices.ContainsFunc(allowed.own, func(o string) bool { return own == o || strings.HasPrefix(own, o+"/") }):
			case !isOwn && slices.ContainsFunc(allowed.foreign, func(f string) bool { return strings.HasPrefix(imp, f) }):
			default:
				t.Errorf("%s imports %s, which is against the arrows (%s may import %v and %v)", path, imp, room, allowed.own, allowed.foreign)
			}
		}
		for _, dep := range p.Deps {
			for _, never := range allowed.never {
				if dep == never || strings.HasPrefix(dep, strings.TrimSuffix(never, "/")+"/") {
					t.Errorf("%s links in %s, which it must never (%s)", path, dep, never)
				}
			}
		}
	}
	for room := range arrows {
		if !seen[room] {
			t.Errorf("no package in %s: the table names a room that is not there", room)
		}
	}
}

func goList(t *testing.T, patterns ...string) []listed {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Imports,Deps,Standard"}, patterns...)...)
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("go list %v: %v\n%s", patterns, err, exit.Stderr)
		}
		t.Fatal(err)
	}
	var all []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}
