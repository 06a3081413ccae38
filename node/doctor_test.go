package node

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/store"
	"github.com/akashi-project/akashi/testnet"
	"github.com/akashi-project/akashi/verify"
)

// findings are what Doctor finds of a rig, by code.
func (r *rig) findings(ctx context.Context, client *Client) map[string]Finding {
	r.t.Helper()
	out := map[string]Finding{}
	order := -1
	for _, f := range Doctor(ctx, r.config, r.dir, client) {
		at := slices.Index(FindingCodes, f.Code)
		if at < 0 || f.Text == "" || !strings.HasSuffix(f.Text, ".") || (f.Level == OK) != (f.Do == "") {
			r.t.Errorf("finding %+v", f)
		}
		if _, again := out[f.Code]; again {
			r.t.Errorf("%s is there twice", f.Code)
		}
		order = max(order, at)
		out[f.Code] = f
	}
	return out
}

func wantFinding(t *testing.T, all map[string]Finding, code string, level Level, text string) {
	t.Helper()
	if f, ok := all[code]; !ok || f.Level != level || !strings.Contains(f.Text+" "+f.Do, text) {
		t.Errorf("%s: %+v, want %s with %q", code, f, level, text)
	}
}

// TestDoctor finds nothing wrong with a node that is well, running and stopped.
func TestDoctor(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil)
	r.load("anchor.interval", "1h") // at which the account lasts
	all := r.findings(t.Context(), nil)
	wantFinding(t, all, "store", OK, "has not run yet")
	wantFinding(t, all, "node", Warn, "does not run")
	wantFinding(t, all, "log", OK, "not opened")

	r.start()
	r.submit(badge("https://d.example", 1), "")
	r.node.anchor.Request()
	r.until("it is final", func(s anchor.Status) bool { return s.FinalSize > 0 })
	waitFor(t, "the node to know", func() bool { _, final := r.node.progress.sizes(); return final > 0 })
	all = r.findings(t.Context(), r.client)
	for code, f := range all {
		if f.Level != OK {
			t.Errorf("%s of a node that runs well: %+v", code, f)
		}
	}
	for _, code := range []string{"config", "store-secret", "checkpoint-key", "operator-key", "tokens", "binding", "disk", "store", "node", "logging", "checkpoint", "anchoring", "rpc", "clock", "chain", "finality", "log", "funds", "fee"} {
		if _, ok := all[code]; !ok {
			t.Errorf("%s is not looked at", code)
		}
	}
	wantFinding(t, r.findings(t.Context(), nil), "node", Warn, "where it answers is not known")
	away := &Client{URL: "http://127.0.0.1:1"}
	wantFinding(t, r.findings(t.Context(), away), "node", Fail, "does not answer")

	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	all = r.findings(t.Context(), r.client)
	wantFinding(t, all, "store", OK, "holds 2 entries, 2 of them anchored for good")
	wantFinding(t, all, "node", Warn, "does not run")
}

// TestDoctorFinds breaks one thing after the other and wants it found.
func TestDoctorFinds(t *testing.T) {
	t.Parallel()
	r := newPoorRig(t, "", nil)
	fault := faulty(t)
	file := func(name string) string { return filepath.Join(r.dir, name) }
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	// spoil changes a file for one case.
	spoil := func(name string, f func([]byte) []byte) func() {
		b, err := os.ReadFile(file(name))
		must(err)
		must(os.WriteFile(file(name), f(b), 0o600))
		return func() { must(os.WriteFile(file(name), b, 0o600)) }
	}
	nothing := func([]byte) []byte { return nil }
	certFile, keyFile := file("cert.pem"), file("key.pem")
	for _, test := range []struct {
		name string
		do   func() (undo func())
		code string
		want Level
		text string
	}{
		{"a wrong setting", func() func() { r.load("anchor.interval", "1ns"); return nil }, "config", Fail, "anchor.interval"},
		{"no secret", func() func() { return spoil(nodeSecretFile, nothing) }, "store-secret", Fail, "node.secret"},
		{"a secret for all to read", func() func() {
			must(os.Chmod(file(nodeSecretFile), 0o644))
			return func() { must(os.Chmod(file(nodeSecretFile), 0o600)) }
		}, "store-secret", Fail, "mode 0644"},
		{"no checkpoint key", func() func() { return spoil(checkpointKeyFile, nothing) }, "checkpoint-key", Fail, "cannot be signed"},
		{"a wrong passphrase", func() func() { return spoil(operatorPassFile, func([]byte) []byte { return []byte("x\n") }) }, "operator-key", Fail, "operator"},
		{"no tokens", func() func() { return spoil(tokensFile, nothing) }, "tokens", Fail, "akashi token new"},
		{"broken tokens", func() func() { return spoil(tokensFile, func([]byte) []byte { return []byte("x") }) }, "tokens", Fail, "line 1"},
		{"a token that ends soon", func() func() {
			return spoil(tokensFile, func(b []byte) []byte {
				line := strings.Fields(string(b[strings.LastIndex(strings.TrimSpace(string(b)), "\n")+1:]))
				return []byte(line[0] + " expires=" + time.Now().Add(48*time.Hour).UTC().Format(time.RFC3339) + " name=office\n")
			})
		}, "tokens", Warn, `"office"`},
		{"a binding that was changed", func() func() {
			return spoil(BindingFile, func(b []byte) []byte { return []byte(strings.Replace(string(b), "log.test", "log.best", 1)) })
		}, "binding", Fail, "binding.json"},
		{"no binding", func() func() { r.load("issuer.binding_file", ""); return nil }, "binding", Warn, "policy"},
		{"no certificate", func() func() { r.load("http.tls_cert_file", certFile, "http.tls_key_file", keyFile); return nil }, "certificate", Fail, "http.tls_key_file"},
		{"a certificate that ends soon", func() func() {
			writePair(t, certFile, keyFile, 1)
			r.load("http.tls_cert_file", certFile, "http.tls_key_file", keyFile)
			return nil
		}, "certificate", Warn, "ends at"},
		{"a certificate that ended", func() func() {
			r.load("http.tls_cert_file", certFile, "http.tls_key_file", keyFile)
			r.config.Now = func() time.Time { return time.Now().Add(48 * time.Hour) }
			return nil
		}, "certificate", Fail, "ended at"},
		{"no folder", func() func() { r.load("store.dir", file("gone")); return nil }, "disk", Fail, "not there"},
		{"no backup yet", func() func() { r.load("backup.dir", file("backup")); return nil }, "backup", Warn, "no backup in"},
		{"an old backup", func() func() {
			r.load("backup.dir", file("backup"))
			s, err := store.Open(store.Options{Dir: filepath.Join(t.TempDir(), "data"), Secret: make([]byte, store.SecretSize)})
			must(err)
			_, err = s.Append(t.Context(), store.Submission{Type: record.Badge, Digest: record.Digest{1}})
			must(err)
			_, err = s.Backup(t.Context(), file("backup"))
			must(err)
			must(s.Close())
			r.config.Now = func() time.Time { return time.Now().Add(24 * time.Hour) }
			return nil
		}, "backup", Warn, "old"},
		{"a backup in time", func() func() { r.load("backup.dir", file("backup")); return nil }, "backup", OK, "1 entries"},
		{"a broken backup", func() func() {
			must(os.RemoveAll(file("backup")))
			must(os.Mkdir(file("backup"), 0o700))
			must(os.WriteFile(filepath.Join(file("backup"), "MANIFEST"), []byte("x"), 0o600))
			r.load("backup.dir", file("backup"))
			return nil
		}, "backup", Fail, "cannot be read"},
		{"a damaged store", func() func() {
			dir := t.TempDir()
			must(os.WriteFile(filepath.Join(dir, "log.db"), make([]byte, 1<<20), 0o600))
			r.load("store.dir", dir)
			return nil
		}, "store", Fail, "akashi fsck"},
		{"a dead RPC", func() func() {
			must(fault.Set(testnet.Faults{Dead: true}))
			r.load("chain.rpc", fault.URL())
			return nil
		}, "rpc", Fail, "does not answer"},
		{"a wrong chain", func() func() {
			must(fault.Set(testnet.Faults{ChainID: 999}))
			r.load("chain.rpc", fault.URL())
			return nil
		}, "chain", Fail, "999"},
		{"no registry", func() func() {
			r.load("chain.registry", "0x00000000000000000000000000000000000000aa", "log.open_file", "", "issuer.binding_file", "")
			return nil
		}, "chain", Fail, "no contract"},
		{"a clock that is behind", func() func() {
			// The chain's blocks lie up to an hour back.
			r.config.Now = func() time.Time { return time.Now().Add(-3 * time.Hour) }
			return nil
		}, "clock", Fail, "behind"},
		{"an old head", func() func() { r.config.Now = func() time.Time { return time.Now().Add(72 * time.Hour) }; return nil }, "chain", Fail, "anchor.max_lag"},
		{"an unopened log", func() func() { r.load("log.open_file", ""); return nil }, "log", Fail, "not opened"},
		{"an empty account", func() func() { return nil }, "funds", Fail, "is empty"},
	} {
		r.load()
		undo := test.do()
		t.Run(test.name, func(t *testing.T) {
			wantFinding(t, r.findings(t.Context(), nil), test.code, test.want, test.text)
		})
		if undo != nil {
			undo()
		}
	}
}

// TestDoctorJudges holds the bounds of what a chain shows.
func TestDoctorJudges(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	off := func(d time.Duration) *time.Duration { return &d }
	at := func(ago time.Duration) verify.Block {
		return verify.Block{Number: 1000, Time: uint64(now.Add(-ago).Unix())}
	}
	operator := anchor.KeyOf(chain(t).Accounts()[0].Key).Address()
	final := func(ago time.Duration) *verify.Block {
		b := at(ago)
		b.Number = 900
		return &b
	}
	for _, test := range []struct {
		name string
		e    anchor.Examination
		code string
		want Level
	}{
		{"clocks agree", anchor.Examination{Latest: at(0), Ahead: off(2 * time.Second)}, "clock", OK},
		{"a clock 30 s ahead", anchor.Examination{Latest: at(0), Ahead: off(30 * time.Second)}, "clock", Warn},
		{"a clock 5 m behind", anchor.Examination{Latest: at(0), Ahead: off(-5 * time.Minute)}, "clock", Fail},
		{"an RPC without a clock", anchor.Examination{Latest: at(0)}, "clock", OK},
		{"a block of the future", anchor.Examination{Latest: at(-time.Minute)}, "clock", Fail},
		{"no finality", anchor.Examination{Latest: at(0)}, "finality", Fail},
		{"finality in time", anchor.Examination{Latest: at(0), Final: final(15 * time.Minute)}, "finality", OK},
		{"late finality", anchor.Examination{Latest: at(0), Final: final(2 * time.Hour)}, "finality", Warn},
		{"a young head", anchor.Examination{Latest: at(time.Minute)}, "chain", OK},
		{"an hour-old head", anchor.Examination{Latest: at(time.Hour)}, "chain", Warn},
		{"a closed log", anchor.Examination{Opened: true, Closed: true, Operator: operator}, "log", Fail},
		{"another operator", anchor.Examination{Opened: true}, "log", Fail},
		{"plenty", anchor.Examination{Balance: wei(1e9), Price: wei(1)}, "funds", OK},
		{"ten days", anchor.Examination{Balance: wei(60_000 * 24 * 10), Price: wei(1)}, "funds", Warn},
		{"a day", anchor.Examination{Balance: wei(60_000 * 24), Price: wei(1)}, "funds", Fail},
		{"a fee above the cap", anchor.Examination{Balance: wei(1e9), Price: wei(500)}, "fee", Warn},
		{"a fee below the cap", anchor.Examination{Balance: wei(1e9), Price: wei(5)}, "fee", OK},
	} {
		c := Config{Anchor: AnchorConfig{Interval: Duration{time.Hour}}, Chain: ChainConfig{ID: 5}, Log: LogConfig{OpenFile: "open.json"}}.withDefaults()
		d := &doctor{c: c, now: func() time.Time { return now }}
		d.clock(test.e)
		d.head(test.e)
		d.onChain(test.e, operator)
		d.funds(test.e, operator)
		i := slices.IndexFunc(d.findings, func(f Finding) bool { return f.Code == test.code })
		if i < 0 || d.findings[i].Level != test.want {
			t.Errorf("%s: %+v, want %s %s", test.name, d.findings, test.code, test.want)
		}
	}
}

// TestDoctorOfATroubledNode asks a node whose answers tell of trouble.
func TestDoctorOfATroubledNode(t *testing.T) {
	t.Parallel()
	r := newPoorRig(t, "", nil)
	s, err := store.Open(store.Options{Dir: r.config.Store.Dir, Secret: make([]byte, store.SecretSize)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ok := Health{Status: "ok"}
	idle := Anchoring{State: "idle", Detail: "all is well"}
	for _, test := range []struct {
		log   LogInfo
		ready Health
		code  string
		want  Level
		text  string
	}{
		{LogInfo{Ref: checkpoint.LogRef{ChainID: 5}}, ok, "node", Fail, "another log"},
		{LogInfo{Anchoring: idle}, Health{Status: "unavailable", Detail: "The owner closed this log"}, "logging", Fail, "closed this log"},
		{LogInfo{Anchoring: Anchoring{State: "stopped", Detail: "wrong chain"}}, ok, "anchoring", Fail, "wrong chain"},
		{LogInfo{Anchoring: Anchoring{State: "waiting", Detail: "no answer"}}, ok, "anchoring", Warn, "no answer"},
		{LogInfo{Size: 3, Anchoring: Anchoring{State: "waiting", Detail: "no answer", Fenced: true}}, ok, "checkpoint", Warn, "3 entries wait"},
		{LogInfo{Size: 3, Anchoring: idle}, ok, "checkpoint", Fail, "0 of 3"},
	} {
		if test.log.Ref.ChainID == 0 {
			test.log.Ref = r.config.ref()
		}
		// What a node that is in trouble answers, as TestFence and others have
		// it from a real one.
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			switch q.URL.Path {
			case "/v1/log":
				answerJSON(w, http.StatusOK, test.log)
			case "/readyz":
				status := http.StatusOK
				if test.ready.Status != "ok" {
					status = http.StatusServiceUnavailable
				}
				answerJSON(w, status, test.ready)
			default:
				http.NotFound(w, q)
			}
		}))
		wantFinding(t, r.findings(t.Context(), &Client{URL: server.URL}), test.code, test.want, test.text)
		server.Close()
	}
}

// TestDoctorAfterAHandover finds the key that the chain names as operator, and
// its account, and says when the node has no such key.
func TestDoctorAfterAHandover(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil)
	r.start()
	r.until("the log is open", func(s anchor.Status) bool { return s.Phase == anchor.Idle })
	account, path, err := NewOperatorKey(r.config, anchor.LightScrypt)
	if err != nil {
		t.Fatal(err)
	}
	r.owner(anchor.Action{Kind: anchor.SetOperator, Account: account})
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	all := r.findings(t.Context(), nil)
	wantFinding(t, all, "log", OK, "its operator")
	wantFinding(t, all, "funds", Fail, account.Checksum())
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	wantFinding(t, r.findings(t.Context(), nil), "log", Fail, account.Checksum())
}
