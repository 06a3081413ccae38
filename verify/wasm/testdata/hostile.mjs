// Hands the verifier what nobody should, and has it judge good evidence in
// between: each is answered in words, and no instance ends of it.
//
//   node hostile.mjs FOLDER GOLDEN

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import vm from "node:vm";

const [folder, golden] = process.argv.slice(2);
const names = Object.getOwnPropertyNames(globalThis).sort();
const { load } = await import(`${folder}/akashi-verify.mjs`);
const wasm = await readFile(`${folder}/akashi-verify.wasm`);

for (const source of [undefined, null, 5, "akashi-verify.wasm", {}, new Uint8Array(0), wasm.subarray(0, 1000), new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])]) {
  await assert.rejects(load(source), Error);
}
await assert.rejects(load(wasm, { sha256: "00" }), /have the SHA-256 [0-9a-f]{64}, not the expected/);
await assert.rejects(load(new Response("", { status: 404 })), /HTTP status 404/);

const verifier = await load(new Response(wasm));
const other = await load(WebAssembly.compile(wasm));
const read = (name) => readFile(`${golden}/verified/${name}`);
const good = {
  record: await read("record"),
  evidence: await read("evidence.json"),
  policy: JSON.parse(await read("policy.json")),
  now: JSON.parse(await read("case.json")).now,
};
const text = good.evidence.toString();
const verdict = async (request, v = verifier) => (await v.check(request)).report?.verdict;
const verified = async () => assert.equal(await verdict(good), "verified");
await verified();

// Good input in all its forms.
const foreign = vm.runInNewContext("Uint8Array");
for (const form of [
  { record: foreign.from(good.record) },
  { evidence: text },
  { evidence: foreign.from(good.evidence) },
  { policy: JSON.stringify(good.policy) },
  { policy: await read("policy.json") },
  { issuer: "https://hoshizora.example/issuer" },
  { chain: null, timeout: 1 },
]) {
  assert.equal(await verdict({ ...good, ...form }), "verified", JSON.stringify(Object.keys(form)));
}
assert.equal(await verdict({ ...good, now: undefined }), "could-not-tell", "the status is old by the clock");
assert.equal(await verdict({ ...good, issuer: "https://other.example" }), "refuted");

// What is no request is answered with an error in words.
const deep = JSON.parse("[".repeat(5000) + "]".repeat(5000));
const throwing = new Proxy({}, { get() { throw new Error("a trap"); }, ownKeys() { throw new Error("a trap"); } });
const circle = {};
circle.self = circle;
const huge = "x".repeat(1 << 28);
const chain = Object.fromEntries(["chainId", "code", "finalized", "block", "head", "anchored", "keyChanges"].map((name) => [name, async () => 1]));
const refused = [
  [undefined, /takes one object/], [null, /takes one object/], ["", /takes one object/], [5n, /takes one object/], [() => {}, /takes one object/],
  [throwing, /a trap/], [{ ...good, polcy: 1 }, /no member "polcy"/], [{}, /evidence must be|record must be/],
  [{ ...good, record: undefined }, /record must be a Uint8Array/], [{ ...good, record: "text" }, /record must be a Uint8Array/],
  [{ ...good, record: [1, 2] }, /record must be/], [{ ...good, record: new ArrayBuffer(4) }, /record must be/], [{ ...good, record: new Float64Array(4) }, /record must be/],
  [{ ...good, record: { length: 1e9 } }, /record must be/], [{ ...good, record: new Proxy(new Uint8Array(1), {}) }, /record must be/],
  [{ ...good, record: new Uint8Array((16 << 20) + 1) }, /16777217 bytes/],
  [{ ...good, evidence: huge }, /evidence has more than/], [{ ...good, evidence: "あ".repeat(6 << 20) }, /evidence has more than/], [{ ...good, evidence: {} }, /evidence must be/],
  [{ ...good, policy: undefined }, /policy must be/], [{ ...good, policy: 5 }, /policy must be/], [{ ...good, policy: () => {} }, /policy must be/],
  [{ ...good, policy: circle }, /policy cannot be written/], [{ ...good, policy: { a: 1n } }, /policy cannot be written/], [{ ...good, policy: throwing }, /policy cannot be written/],
  [{ ...good, policy: { toJSON() {} } }, /policy cannot be written/], [{ ...good, policy: huge }, /policy has more than/],
  [{ ...good, policy: "" }, /policy/], [{ ...good, policy: "[".repeat(1 << 20) }, /policy/], [{ ...good, policy: deep }, /policy/], [{ ...good, policy: { registrys: [] } }, /registrys/],
  [{ ...good, policy: "\ud800" }, /policy/], [{ ...good, policy: '{"blocks":[' + "{},".repeat(1 << 20) + "{}]}" }, /policy/],
  [{ ...good, now: "5" }, /now must be/], [{ ...good, now: NaN }, /now must be/], [{ ...good, now: -1 }, /now must be/], [{ ...good, now: 1.5 }, /now must be/], [{ ...good, now: 2 ** 53 }, /now must be/],
  [{ ...good, issuer: 5 }, /issuer must be/], [{ ...good, issuer: huge }, /issuer must be/], [{ ...good, issuer: "あ".repeat(1000) }, /issuer has 3000 bytes/],
  [{ ...good, timeout: 0 }, /timeout must be/], [{ ...good, timeout: Infinity }, /timeout must be/], [{ ...good, timeout: "1" }, /timeout must be/],
  [{ ...good, chain: {} }, /lacks chainId/], [{ ...good, chain: { ...chain, head: 5 } }, /lacks head/], [{ ...good, chain: throwing }, /a trap/],
  [{ get record() { throw huge; } }, /could not be made: x{500}$/], [{ get record() { throw { get message() { throw 1; } }; } }, /cannot be shown/],
];
for (const [request, words] of refused) {
  const answer = await verifier.check(request);
  assert.deepEqual(Object.keys(answer), ["error"], `${words}`);
  assert.match(answer.error, words);
  assert.ok(answer.error.length < 5000, answer.error.slice(0, 1000));
}
await verified();

// What is a request gets a report, however bad its bytes are.
for (const [request, want] of [
  [{ record: new Uint8Array(0) }, "refuted"], [{ record: new Uint8Array(16 << 20) }, "could-not-tell"],
  [{ record: Buffer.from('{"a":'.repeat(100_000)) }, "could-not-tell"], [{ record: Buffer.from("[".repeat(4 << 20)) }, "refuted"],
  [{ evidence: "" }, "could-not-tell"], [{ evidence: "{".repeat(1 << 20) }, "could-not-tell"], [{ evidence: '{"v":'.repeat(1 << 18) }, "could-not-tell"],
  [{ evidence: text.slice(0, -1) }, "could-not-tell"], [{ evidence: text + "\ud800" }, "could-not-tell"], [{ evidence: "x".repeat(16 << 20) }, "could-not-tell"],
  [{ evidence: new Uint8Array(1 << 20).fill(255) }, "could-not-tell"], [{ now: 0 }, "could-not-tell"], [{ now: Number.MAX_SAFE_INTEGER }, "could-not-tell"],
]) {
  const { report, error } = await verifier.check({ ...good, ...request });
  assert.equal(error, undefined);
  assert.notEqual(report.verdict, "verified");
  assert.equal(report.verdict, want, JSON.stringify(report.steps.at(-1)));
}

// A chain reader may do anything. It never refutes, and what it said or failed
// to say is in the report.
const huger = "0x" + "00".repeat(3 << 20);
for (const answer of [
  () => { throw new Error("no answer"); }, () => { throw undefined; }, () => { throw throwing; }, () => undefined, () => null, () => throwing, () => circle, () => huger, () => deep,
  () => -1, () => 1.5, () => 2 ** 60, () => 10n ** 30n, () => NaN, () => "1337", () => [[[[]]]], () => ({ number: 1 }), () => ({ then() { throw new Error("thenable"); } }), () => "\ud800", () => Symbol("s"),
]) {
  const said = { ...chain };
  for (const name of Object.keys(chain)) {
    said[name] = answer;
    const { report, error } = await verifier.check({ ...good, chain: said, timeout: 600 });
    assert.equal(error, undefined);
    assert.notEqual(report.verdict, "refuted");
  }
}
// One that never answers costs its time once, and is told to stop.
const aborted = [];
const silent = Object.fromEntries(Object.keys(chain).map((name) => [name, (...args) => new Promise(() => args.at(-1).signal.addEventListener("abort", () => aborted.push(name)))]));
const { report } = await verifier.check({ ...good, chain: silent, timeout: 0.05 });
assert.equal(report.verdict, "verified");
assert.match(JSON.stringify(report.steps), /did not answer within 50ms/);
assert.deepEqual(aborted, ["chainId"]);

// Many checks at once, in two instances: each gets its own answer.
const many = Array.from({ length: 60 }, (_, i) => ({ ...good, chain: { ...chain, chainId: async () => 9000 + i }, timeout: 600 }));
const answers = await Promise.all(many.map((request, i) => (i % 2 ? verifier : other).check(request)));
answers.forEach((answer, i) => assert.match(JSON.stringify(answer.report.steps), new RegExp(`it is on chain ${9000 + i},`)));

// Bytes that change after the call do not change the question.
const record = Uint8Array.from(good.record);
const asked = verifier.check({ ...good, record });
record.fill(0);
assert.equal((await asked).report.verdict, "verified");

await verified();
assert.equal(await verdict(good, other), "verified");
assert.deepEqual(Object.getOwnPropertyNames(globalThis).sort().filter((name) => !names.includes(name)), [], "names on the global object");
