package verify_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestBrowser builds the verifier for WebAssembly: it must stay fit for a page.
func TestBrowser(t *testing.T) {
	cmd := exec.Command("go", "build", "-o", filepath.Join(t.TempDir(), "verify.a"), ".")
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// TestDependencies holds what the shipped package may link in: no Ethereum
// client, no database, no network.
func TestDependencies(t *testing.T) {
	cmd := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".")
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	deps := strings.Fields(string(out))
	if len(deps) < 5 {
		t.Fatalf("go list gives only %v", deps)
	}
	for _, dep := range deps {
		for _, never := range []string{"github.com/ethereum/", "go.etcd.io/", "github.com/prometheus/", "github.com/akashi-project/akashi/store", "github.com/akashi-project/akashi/anchor", "github.com/akashi-project/akashi/contracts"} {
			if strings.HasPrefix(dep, never) {
				t.Errorf("verify links in %s", dep)
			}
		}
	}
	cmd = exec.Command("go", "list", "-deps", ".")
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0")
	if out, err = cmd.Output(); err != nil {
		t.Fatal(err)
	}
	for _, never := range []string{"net/http", "testing"} {
		if strings.Contains("\n"+string(out), "\n"+never+"\n") {
			t.Errorf("verify links in %s", never)
		}
	}
}
