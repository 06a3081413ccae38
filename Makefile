# make demo    build, then records of three universities all the way
# make test    everything that is not named long; installs what it needs
# The rest is for contributors; `make help` lists it.

export CGO_ENABLED = 0
GO     ?= go
BIN    := bin
GOTEST := $(GO) test

.PHONY: help build demo test check interop conformance vc-suites contracts contracts-check contracts-test \
	test-long test-race bench fuzz fuzz-badges tools clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 18

build: ## bin/akashi and bin/akashi-testnet
	$(GO) build -o $(BIN)/ ./cmd/akashi ./cmd/akashi-testnet

demo: build ## the whole way on an embedded chain; ONCE=1 ends by itself
	$(BIN)/akashi-testnet demo $(if $(ONCE),--once) --records testdata/records

test: tools check contracts-check ## all tests that are not named long
	$(GOTEST) -timeout 20m ./...
	$(MAKE) --no-print-directory fuzz-badges
	$(MAKE) --no-print-directory interop
	$(MAKE) --no-print-directory contracts-test
	$(MAKE) --no-print-directory demo ONCE=1

check: ## formatting and vet
	@bad=$$(gofmt -l $$(git ls-files '*.go')); \
	 if [ -n "$$bad" ]; then echo "not formatted, run gofmt -w on:"; echo "$$bad"; exit 1; fi
	$(GO) vet ./...

interop: ## a running node read by other people's tools
	cd testnet/interop && $(GO) vet ./... && $(GOTEST) -timeout 20m ./...

# The suites are no part of the project: SUITES names the folder that holds
# rdf-canon and vc-di-eddsa. A case that is missing there fails.
conformance: SHELL := bash
conformance: .SHELLFLAGS := -o pipefail -c
conformance: ## the W3C suites rdf-canon and vc-di-eddsa: make conformance SUITES=DIR
	@test -n "$(SUITES)" || { echo "name the folder that holds rdf-canon and vc-di-eddsa: make conformance SUITES=DIR"; exit 1; }
	$(GOTEST) -count=1 -v -run 'TestRDFCanon|TestEdDSA' ./record/ld ./record/proof -suites $(abspath $(SUITES)) | grep -v '^=== '

vc-suites: ## public suites of the VC API against a node: make vc-suites SUITES=DIR (docs/vc-api.md)
	@test -n "$(SUITES)" || { echo "name the folder that holds the suites: make vc-suites SUITES=DIR"; exit 1; }
	cd testnet/interop && $(GO) run ./vcsuites -suites $(abspath $(SUITES))

# The verifier for browsers and node.js, and the check of badges that a page loads
# when it needs it: two programs, their glue, and the support file of the compiler that made them, as a module that touches no global object.
# The same sources and compiler give the same bytes, whatever the folder.
WASM := akashi-verify.wasm akashi-verify.mjs akashi-verify.d.ts akashi-badge.wasm akashi-badge.mjs akashi-badge.d.ts rpc.mjs rpc.d.ts program.mjs go-runtime.mjs
GOWASM := GOOS=js GOARCH=wasm GOFLAGS= $(GO) build -trimpath -buildvcs=false -ldflags='-s -w -buildid='
wasm: ## bin/wasm: the verifier and the check of badges for browsers, their glue and hashes
	mkdir -p $(BIN)/wasm
	$(GOWASM) -o $(BIN)/wasm/akashi-verify.wasm ./verify/wasm
	$(GOWASM) -o $(BIN)/wasm/akashi-badge.wasm ./verify/wasm/badge
	cp verify/wasm/*.mjs verify/wasm/*.d.ts $(BIN)/wasm/
	cp "$$($(GO) env GOROOT)/LICENSE" $(BIN)/wasm/LICENSE.go-runtime
	{ echo "// wasm_exec.js of $$($(GO) env GOVERSION), with its global object as an argument; LICENSE.go-runtime."; \
	  echo 'export default function (globalThis) {'; \
	  echo 'const { crypto, performance, setTimeout } = globalThis;'; \
	  echo 'const fs = { writeSync: (fd, bytes) => globalThis.fs.writeSync(fd, bytes) };'; \
	  cat "$$($(GO) env GOROOT)/lib/wasm/wasm_exec.js"; \
	  echo 'return globalThis.Go;'; \
	  echo '}'; } > $(BIN)/wasm/go-runtime.mjs
	cd $(BIN)/wasm && sha256sum $(WASM) > SHA256SUMS

contracts: ## rebuild ABI, bytecode and bindings from the Solidity sources
	$(MAKE) -C contracts build

contracts-check: ## fail when the committed ABI, bytecode or bindings differ from a rebuild
	$(MAKE) -C contracts check

contracts-test: ## forge's fuzz and invariant tests
	$(MAKE) -C contracts forge-test

test-race: ## the tests of the concurrent packages under the race detector
	CGO_ENABLED=1 $(GOTEST) -race -timeout 60m ./merkle ./record/... ./checkpoint/... ./store ./verify/... ./anchor/... ./node ./testnet

test-browser: wasm ## the verifier in headless Chromium, offline and online; installs 300 MB
	@command -v chromium >/dev/null || { apt-get update && apt-get install -y --no-install-recommends chromium; }
	$(GO) run ./testnet/browser $(BIN)/wasm

test-long: ## campaigns: 200 kills, the race detector, each fuzz target
	$(GOTEST) -timeout 60m -run TestKill ./cmd/akashi -kills 200
	$(GOTEST) -timeout 60m -run TestReproducible ./verify/wasm -rebuild
	$(MAKE) --no-print-directory test-race
	$(MAKE) --no-print-directory fuzz FUZZTIME=30s

# By count, since a target that is told to stop after a time fails on a busy machine
# now and then.
fuzz-badges: ## what badges come in, a few thousand inputs each: PNG, SVG, JWS, JSON-LD, status lists, CSV
	@set -e; for t in image:FuzzPNG image:FuzzSVG proof:FuzzToken proof:FuzzDocument badge:FuzzStatusList issue:FuzzReadTable; do \
	  $(GOTEST) -run '^$$' -fuzz "^$${t#*:}\$$" -fuzztime 2000x -fuzzminimizetime 10x ./record/$${t%:*}; done

FUZZTIME ?= 10m
fuzz: ## every fuzz target for FUZZTIME
	@set -e; for dir in $$(git ls-files '*_test.go' | xargs grep -l '^func Fuzz' | xargs -n1 dirname | sort -u); do \
	  for f in $$(grep -ho '^func Fuzz[A-Za-z0-9_]*' $$dir/*_test.go | cut -c6-); do \
	    echo "$$dir $$f"; $(GOTEST) -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x ./$$dir; done; done

bench: ## measure into docs/benchmarks.md, with nothing else running; SECTION=audit only that
	cd testnet/interop && $(GO) run ./bench $(if $(SECTION),-section $(SECTION))

# strace shows the order of syncs and answers; nginx, caddy, promtool and
# systemd-analyze take what is in docs/deploy;
# everything else is Go or npm.
tools:
	@command -v strace >/dev/null || { apt-get update && apt-get install -y --no-install-recommends strace; }
	@for p in nginx:nginx-light promtool:prometheus systemd-analyze:systemd openssl:openssl curl:curl caddy:caddy; do \
	   PATH=$$PATH:/usr/sbin command -v $${p%%:*} >/dev/null || { apt-get update && apt-get install -y --no-install-recommends $${p#*:}; }; done
	@command -v npm >/dev/null || { apt-get update && apt-get install -y --no-install-recommends nodejs npm; }

clean:
	rm -rf $(BIN)
