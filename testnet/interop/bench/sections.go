package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

func writeAdd(m *measurer) (string, error) {
	sides := []struct{ name, title string }{
		{"file", "a file, the limit"},
		{"akashi", "akashi's store"},
		{"tessera-256-1s", "Tessera, 256 entries or 1 s (its server's setting)"},
		{"tessera-256-250ms", "Tessera, 256 entries or 250 ms (its default)"},
		{"tessera-1024-100ms", "Tessera, 1,024 entries or 100 ms"},
		{"tessera-4096-100ms", "Tessera, 4,096 entries or 100 ms"},
	}
	for _, s := range sides {
		if err := m.bench("./measure", "^BenchmarkAdd$/^callers=4096$/^"+s.name+"$", "-benchtime", "400000x"); err != nil {
			return "", err
		}
	}
	for _, s := range sides[:2] {
		if err := m.bench("./measure", "^BenchmarkAdd$/^callers=1$/^"+s.name+"$", "-benchtime", "3000x"); err != nil {
			return "", err
		}
	}
	at := func(name, unit string) float64 { return m.value("Add/callers=4096/"+name, unit) }
	limit, best := at("file", "op/s"), 0.0
	t := table{{"4,096 callers", "adds/s", "of the limit", "median ms", "p99 ms", "heap MiB"}}
	for i, s := range sides {
		v := at(s.name, "op/s")
		if i > 1 {
			best = max(best, v)
		}
		t = append(t, []string{s.title, count(v), percent(v / limit), number(at(s.name, "median-ms")), number(at(s.name, "p99-ms")), number(at(s.name, "heap-MiB"))})
	}
	one := func(name string) float64 { return m.value("Add/callers=1/"+name, "median-ms") * 1000 }
	return m.done(fmt.Sprintf(`400,000 records of 200 bytes, each durable when it is answered and looked up for
duplicates. The limit is a file to which all waiting records are appended and
synced at once: no tree, no index, no encryption. The peer is Tessera v1.0.4's
POSIX driver with its Badger deduplication. Same records, callers and
filesystem, each side in a process of its own.

%s
akashi reaches **%s of the limit** and makes **%.1f times** the adds of Tessera's
best setting. A single caller waits %s µs for each add, the file's %s µs for its
one sync: an add syncs three times, the record's key, the pages of the log, and
the page that points to them, and in this order.
`, t, percent(at("akashi", "op/s")/limit), at("akashi", "op/s")/best, number(one("akashi")), number(one("file"))))
}

func writeHTTP(m *measurer) (string, error) {
	for _, run := range [][2]string{
		{"^BenchmarkHTTPAdd$", "60000x"}, {"^BenchmarkHTTPBatch$", "200000x"}, {"^BenchmarkHTTPRead$", "40000x"},
		{"^BenchmarkAdd$/^callers=256$/^akashi$", "200000x"}, {"^BenchmarkAdd$/^callers=4096$/^akashi$", "200000x"},
	} {
		if err := m.bench("./measure", run[0], "-benchtime", run[1]); err != nil {
			return "", err
		}
	}
	rate := func(name string) float64 { return m.value(name, "op/s") }
	row := func(title, side, limit, store string) []string {
		v := rate(side)
		of := "–"
		if store != "" {
			of = percent(v / rate(store))
		}
		return []string{title, count(v), percent(v / rate(limit)), of}
	}
	const add256, add4096 = "Add/callers=256/akashi", "Add/callers=4096/akashi"
	t := table{
		{"work", "a second", "of a constant handler", "of the store alone"},
		row("akashi, posts one by one", "HTTPAdd/akashi", "HTTPAdd/constant", add256),
		row("Tessera's server, the same", "HTTPAdd/tessera", "HTTPAdd/constant", ""),
		row("akashi, one batch", "HTTPBatch/akashi", "HTTPBatch/constant", add4096),
		row("evidence of a record", "HTTPRead/evidence/akashi", "HTTPRead/evidence/constant", ""),
		row("a tile", "HTTPRead/tile/akashi", "HTTPRead/tile/constant", ""),
	}
	return m.done(fmt.Sprintf(`The real node as a process, over loopback HTTP/1.1, its clients on the same
cores. The limit is a server that reads the request and answers as many bytes
without looking at anything; for adds also the store, called directly by as many
callers. The peer is Tessera's own POSIX server, with deduplication. Single posts
come from 256 callers, reads from 64.

%s
akashi takes **%.1f times** the posts of Tessera's server. A batch is the way to log
many. An answer with evidence has %s bytes and is built anew for each request: two
proofs from tiles and two events, read from disk and written as JSON.
`, t, rate("HTTPAdd/akashi")/rate("HTTPAdd/tessera"), count(m.value("HTTPRead/evidence/akashi", "answer-bytes"))))
}

func writeMerkle(m *measurer) (string, error) {
	if err := m.bench("./merkle", "Build|Inclusion/(cache-1024|check)", "-benchtime", "2s"); err != nil {
		return "", err
	}
	if err := m.bench("./store", "ProveInclusion|ProveStatus", "-benchtime", "2s"); err != nil {
		return "", err
	}
	t := table{{"65,536 leaves", "ns a leaf", "processor time × bare", "clock × bare"}}
	for _, w := range [][2]string{{"root", "root, all cores"}, {"tiles", "tiles, all cores"}, {"root-one-core", "root, one core"}, {"tiles-one-core", "tiles, one core"}} {
		at := func(unit string) float64 { return m.value("Build/"+w[0], unit) }
		t = append(t, []string{w[1], number(at("ns/leaf")), number(at("×bare-cpu")), number(at("×bare"))})
	}
	micro := func(name string) float64 { return m.value(name, "ns/op") / 1000 }
	check := micro("Inclusion/check")
	p := table{{"a million entries", "µs", "× checking it"}}
	for _, w := range [][2]string{{"Inclusion/check", "checking an inclusion proof"}, {"Inclusion/cache-1024", "making it, tiles in memory"}, {"ProveInclusion", "making it from the store"}, {"ProveStatus", "a status proof from the store"}} {
		p = append(p, []string{w[1], number(micro(w[0])), number(micro(w[0]) / check)})
	}
	return m.done(fmt.Sprintf(`The limit is the bare SHA-256 calls that the tree needs, one of 65 bytes a node,
made in turns with the build and on as many cores. Processor time is the ratio to
judge by: building costs %s %% more than hashing.

%s
A proof needs up to 20 hashes; those inside tiles, of which a tile of 256 keeps
only the lowest, are computed for each proof.

%s`, number((m.value("Build/root", "×bare-cpu")-1)*100), t, p))
}

func writeVerify(m *measurer) (string, error) {
	if err := m.bench("./verify", "CheckBound$", "-benchtime", "3s"); err != nil {
		return "", err
	}
	if err := m.bench("./cmd/akashi", "VerifyMany", "-benchtime", "5x"); err != nil {
		return "", err
	}
	verdict := m.value("CheckBound", "verdict-µs")
	rows, limit := m.value("VerifyMany", "rows/s"), float64(runtime.NumCPU())*1e6/verdict
	return m.done(fmt.Sprintf(`One verdict from badge, evidence and two block hashes, on one core: %s µs. The
limit is what no verifier can leave out, two Ed25519 signatures and the hashes of
proofs, headers and trie nodes: %s µs. akashi takes **%s times** that; the rest is
reading JSON and hexadecimal.

%s
The limit of the command is that verdict on every core; what is above it is finding
and opening two files for each badge and writing the row.
`, number(verdict), number(m.value("CheckBound", "bare-µs")), number(m.value("CheckBound", "×bare")),
		table{{"1,000 badges", "a second", "of the limit"}, {"the verdict alone, all cores", count(limit), "100 %"},
			{"`akashi verify FOLDER --csv`", count(rows), percent(rows / limit)}}))
}

func writeWasm(m *measurer) (string, error) {
	if err := m.bench("./verify/wasm", "^BenchmarkWasmCheck$"); err != nil {
		return "", err
	}
	at := func(unit string) float64 { return m.value("WasmCheck", unit) }
	return m.done(fmt.Sprintf(`The verifier's core in node.js, on the golden badge. The limit is the same code
natively, in the same run: WebAssembly takes **%s times** that.

%s
A page loads %s bytes, as brotli.
`, number(at("ms/check")/at("ms/native")), table{{"work", "ms"},
		{"the program loaded and started", number(at("ms/start"))}, {"the first check", number(at("ms/first"))},
		{"a later check", number(at("ms/check"))}, {"the same natively", number(at("ms/native"))}}, count(at("brotli_bytes"))))
}

func writeGas(m *measurer) (string, error) {
	b, err := os.ReadFile(filepath.Join(m.root, "contracts", "gas.json"))
	if err != nil {
		return "", err
	}
	var gas struct {
		Anchor struct{ Mean, Worst float64 }
		Many   struct {
			Logs       int
			MeanPerLog float64
		} `json:"anchorMany"`
	}
	if err := json.Unmarshal(b, &gas); err != nil {
		return "", fmt.Errorf("contracts/gas.json: %w", err)
	}
	m.lines = append(m.lines, "contracts/gas.json, as contracts: TestGas measured it\n")
	const (
		transaction = 21_000       // of any transaction: Yellow Paper, appendix G
		words       = 2 * 5_000    // two words changed for the first time in a transaction: EIP-2929, EIP-2200
		event       = 375*4 + 8*64 // three topics and 64 bytes of data: Yellow Paper, appendix G
		floor       = transaction + words + event
	)
	row := func(title string, v float64) []string {
		return []string{title, count(v), number(v / floor)}
	}
	return m.done(fmt.Sprintf(`Deterministic, so the same on every machine: Osaka rules, a log of a million real
entries, 100 new ones each time. The limit is a transaction that changes two words
of the chain's state and emits one event, %s gas by the protocol's price list
(Yellow Paper, appendix G; EIP-2929). The peers' contracts were measured on the same
rules; Blockcerts' figure is that of 32 bytes of calldata (EIP-7623). None of them
makes the chain check that a log only grew, which is what akashi's remainder pays
for: a consistency proof in calldata, hashed by the chain.

%s`, count(floor), table{{"an anchor", "gas", "× limit"},
		row("akashi, on average", gas.Anchor.Mean), row("akashi, at most", gas.Anchor.Worst),
		row(fmt.Sprintf("akashi, one of %d logs in a signed transaction", gas.Many.Logs), gas.Many.MeanPerLog),
		row("any transaction", transaction),
		row("Blockcerts: a root in a bare transaction", 22_280), row("Ethereum Attestation Service: `EAS.timestamp`", 45_869), row("OpenAttestation: `DocumentStore.issue`", 48_168)}))
}

func writeGrowth(m *measurer) (string, error) {
	if err := m.bench("./store", "Growth", "-benchtime", "1x"); err != nil {
		return "", err
	}
	t := table{{"entries", "µs an entry", "µs at the end", "opening, ms", "a proof, µs", "heap, MiB", "anonymous, MiB", "bytes on disk an entry"}}
	at := func(n int, unit string) float64 { return m.value(fmt.Sprintf("Growth/entries=%d", n), unit) }
	for n := 10_000; n <= 10_000_000; n *= 10 {
		row := []string{count(float64(n))}
		for _, unit := range []string{"append-µs", "last-µs", "open-ms", "prove-µs", "heap-MiB", "anon-MiB", "disk-B/entry"} {
			row = append(row, number(at(n, unit)))
		}
		t = append(t, row)
	}
	return m.done(fmt.Sprintf(`The same store at four sizes: the limit is that nothing grows but the disk, and a
proof by a hash for each doubling. Records of 256 bytes, 1,024 callers, each store
in a process of its own, opened anew before it proves. A thousand times the entries
take **%s times** as long each, and **%s times** the anonymous memory.

%s
What grows with each entry appended since the process started is bbolt's map of the
pages it allocated, about 1.5 bytes an entry; a restart begins it anew. Anonymous
memory follows the flush of the random-keyed index, which has no work at 10,000 and
touches most pages above a million.
`, number(at(10_000_000, "append-µs")/at(10_000, "append-µs")), number(at(10_000_000, "anon-MiB")/at(10_000, "anon-MiB")), t))
}

func writeBackup(m *measurer) (string, error) {
	if err := m.bench("./store", "Backup", "-benchtime", "1x"); err != nil {
		return "", err
	}
	at := func(unit string) float64 { return m.value("Backup", unit) }
	plain := at("copy-s")
	row := func(title string, seconds, mb float64) []string {
		size := "–"
		if mb > 0 {
			size = number(mb)
		}
		return []string{title, number(seconds), size, number(seconds / plain)}
	}
	return m.done(fmt.Sprintf(`A million entries with records of 256 bytes, encrypted. The limit of a full backup
is a plain copy of the files, synced: %s MB in %s s. A later one costs what changed.

%s`, number(at("copy-MB")), number(plain), table{{"work", "seconds", "MB written", "× plain copy"},
		row("full backup", at("full-s"), at("full-MB")),
		row("1,000 entries more", at("more-s"), at("more-MB")),
		row("one record forgotten", at("forget-s"), at("forget-MB")),
		row("check, without the secret", at("check-s"), 0),
		row("restore, before fsck", at("restore+fsck-s")-at("fsck-s"), 0),
		row("fsck of what was restored", at("fsck-s"), 0)}))
}

func percent(v float64) string { return strings.TrimSuffix(number(v*100), ".0") + " %" }

func writeAudit(m *measurer) (string, error) {
	if err := m.bench("./anchor/audit", "^BenchmarkAudit$", "-benchtime", "1x"); err != nil {
		return "", err
	}
	t := table{{"entries", "anchors", "seconds", "entries/s", "× limit", "× limit, processor time", "heap, MiB", "anonymous, MiB"}}
	for _, size := range [][2]int{{100_000, 1_000}, {100_000, 10_000}, {1_000_000, 10_000}} {
		at := func(unit string) float64 {
			return m.value(fmt.Sprintf("Audit/entries=%d,anchors=%d", size[0], size[1]), unit)
		}
		t = append(t, []string{count(float64(size[0])), count(float64(size[1])), number(at("s/audit")), count(at("entries/s")),
			number(at("×limit")), number(at("×limit-cpu")), number(at("peak-heap-MiB")), number(at("peak-anon-MiB"))})
	}
	return m.done(fmt.Sprintf(`A log on a real chain, each anchor in a block of its own; chain and tiles in one
process, the auditor in another, over loopback HTTP. The limit is a bare loop in
turns with it, which asks for the same events and block headers, fetches the same
bundles, as many at once, hashes the same leaves and judges nothing. Memory follows
the anchors, which the report lists, not the entries.

%s`, t))
}
