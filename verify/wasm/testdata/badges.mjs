// Hands the check of badges what nobody should, and has it check good badges in
// between: each is answered in words, and no instance ends of it.
//
//   node badges.mjs FOLDER BADGES

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

const [folder, badges] = process.argv.slice(2);
const names = Object.getOwnPropertyNames(globalThis).sort();
const { load } = await import(`${folder}/akashi-badge.mjs`);
const wasm = await readFile(`${folder}/akashi-badge.wasm`);
await assert.rejects(load(wasm, { sha256: "00" }), /have the SHA-256 [0-9a-f]{64}, not the expected/);
await assert.rejects(load("akashi-badge.wasm"), /bytes of akashi-badge\.wasm/);
const checker = await load(wasm);

const now = Date.UTC(2026, 3, 1) / 1000;
const read = (name) => readFile(`${badges}/${name}`);
const signed = await read("ob3.json");
const hosted = await read("ob2.json");
const recorded = JSON.parse(await read("ob2.check"));
const pages = Object.fromEntries(recorded.entries.map((e) => [e.url, { status: e.status, contentType: e.contentType, body: Buffer.from(e.body, "base64") }]));
const verdict = async (request) => {
  const { report, error } = await checker.check({ now, ...request });
  assert.equal(error, undefined);
  return report.verdict;
};
const verified = async () => assert.equal(await verdict({ badge: signed }), "verified");
await verified();

// Good input in all its forms.
assert.equal(await verdict({ badge: signed.toString() }), "verified");
for (const replay of [recorded, JSON.stringify(recorded), await read("ob2.check")]) {
  assert.equal(await verdict({ badge: hosted, replay, now: undefined }), "verified");
}
const asked = [];
for (const form of [(b) => b, (b) => b.toString(), (b) => Uint8Array.from(b).buffer]) {
  const fetcher = async (url, { accept, signal }) => {
    assert.ok(Array.isArray(accept) && signal instanceof AbortSignal);
    asked.push(url);
    return { ...pages[url], contentType: "Application/JSON; charset=utf-8", body: form(pages[url].body) };
  };
  const first = await checker.check({ badge: hosted, fetcher, now });
  assert.equal(first.report.verdict, "verified", JSON.stringify(first));
  // What was fetched makes the same check again.
  const again = await checker.check({ badge: hosted, replay: first.transcript });
  assert.deepEqual(again, first);
}
assert.deepEqual(new Set(asked), new Set(Object.keys(pages)));
const ja = await checker.check({ badge: signed, now, language: "ja" });
assert.match(ja.report.checks[0].text, /。$/);

// What is no request is answered with an error in words.
const throwing = new Proxy({}, { get() { throw new Error("a trap"); }, ownKeys() { throw new Error("a trap"); } });
const good = { badge: signed, now };
for (const [request, words] of [
  [undefined, /takes one object with badge/], [{}, /badge must be/], [{ badge: 5 }, /badge must be/], [{ badge: {} }, /badge must be/], [throwing, /a trap/],
  [{ ...good, record: signed }, /no member "record"/], [{ badge: new Uint8Array((16 << 20) + 1) }, /16777217 bytes/], [{ badge: "x".repeat((16 << 20) + 1) }, /more than/],
  [{ ...good, language: "fr" }, /language must be/], [{ ...good, recipient: 5 }, /recipient must be/], [{ ...good, recipient: "あ".repeat(1000) }, /recipient has 3000 bytes/],
  [{ ...good, now: -1 }, /now must be/], [{ ...good, timeout: 0 }, /timeout must be/], [{ ...good, fetcher: {} }, /fetcher must be a function/],
  [{ ...good, replay: recorded }, /leave fetcher and now out/], [{ badge: hosted, replay: recorded, fetcher: async () => {} }, /leave fetcher and now out/],
  [{ badge: hosted, replay: "" }, /replay is empty/], [{ badge: hosted, replay: "{" }, /not a transcript/], [{ badge: hosted, replay: 5 }, /replay must be/], [{ badge: hosted, replay: {} }, /version 0/],
  [{ badge: hosted, replay: { ...recorded, entries: [{ url: "https://a.example", at: 1, error: "new" }] } }, /unknown kind/],
]) {
  const answer = await checker.check(request);
  assert.deepEqual(Object.keys(answer), ["error"], `${words}`);
  assert.match(answer.error, words);
}
await verified();

// What is a request gets a report, however bad its bytes are.
for (const badge of ["", "{", "[".repeat(1 << 20), '{"a":'.repeat(100_000), "\ud800", new Uint8Array(16 << 20), new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), "<svg/>", "e30.e30.AAAA"]) {
  assert.notEqual(await verdict({ badge }), "verified");
}

// A fetcher may do anything; a document that it does not have never refutes.
const url = Object.keys(pages)[0];
const told = async (fetcher) => {
  const { report, transcript } = await checker.check({ badge: hosted, fetcher, now });
  assert.notEqual(report.verdict, "verified");
  assert.deepEqual(await checker.check({ badge: hosted, replay: transcript }), { report, transcript });
  return [report.verdict, transcript.entries.find((e) => e.url === url)];
};
for (const [fetcher, error] of [
  [() => { throw new Error("no"); }, "unreachable"], [() => { throw throwing; }, "unreachable"], [() => undefined, "unreachable"], [() => throwing, "unreachable"],
  [() => ({}), "unreachable"], [() => ({ status: "200" }), "unreachable"], [() => ({ status: 99 }), "unreachable"], [() => ({ status: 2 ** 60 }), "unreachable"], [() => ({ status: 200n, body: "" }), undefined],
  [() => ({ status: 200, body: 5 }), "unreachable"], [() => ({ status: 200, body: [] }), "unreachable"], [() => ({ status: 200, contentType: 5 }), "unreachable"],
  [() => ({ error: 5 }), "unreachable"], [() => ({ error: "new" }), "unreachable"], [() => ({ error: "timeout" }), "timeout"], [() => ({ error: "tls" }), "tls"],
  [() => ({ status: 200, body: new Uint8Array((4 << 20) + 1) }), "too-large"], [() => ({ status: 200, body: "あ".repeat(2 << 20) }), "too-large"], [() => ({ status: 200, body: "x".repeat(1 << 28) }), "too-large"],
  [() => ({ status: 404 }), undefined], [() => ({ status: 200, contentType: "text/\ud800" }), "unreachable"], [() => ({ status: 200, contentType: "no type" }), undefined],
]) {
  const [verdict, entry] = await told(async (...args) => fetcher(...args));
  assert.equal(verdict, "could-not-tell", `${fetcher}`);
  assert.equal(entry.error, error, `${fetcher}`);
}
assert.equal((await told(async () => ({ status: 410 })))[0], "refuted");

// One that never answers is told to stop.
let aborted = 0;
const silent = (_, { signal }) => new Promise(() => signal.addEventListener("abort", () => aborted++));
assert.equal((await checker.check({ badge: hosted, fetcher: silent, now, timeout: 0.05 })).report.verdict, "could-not-tell");
assert.ok(aborted > 0);

// Only absolute https URLs are asked; the last one shows that the others could
// have been.
const reached = [];
const ids = ["http://uni.example/1", "https://user@uni.example/1", "file:///etc/passwd", "/1", "https://uni.example/1"];
for (const id of ids) {
  const fetcher = async (u) => ({ status: reached.push(u) && 404 });
  const { report } = await checker.check({ badge: JSON.stringify({ ...JSON.parse(hosted), id }), now, fetcher });
  assert.notEqual(report.verdict, "verified");
}
assert.deepEqual(reached, ids.slice(-1));

// Many checks at once: each gets its own answer.
const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => checker.check({ badge: i % 2 ? signed : hosted, now, fetcher: async (u) => pages[u] })));
answers.forEach(({ report }, i) => assert.equal(report.kind.standard, i % 2 ? "open-badges-3.0" : "open-badges-2.0"));
await verified();
assert.deepEqual(Object.getOwnPropertyNames(globalThis).sort().filter((name) => !names.includes(name)), [], "names on the global object");
