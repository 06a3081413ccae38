// Ends the program in the middle of a check, as running out of memory does: the
// checks that wait are answered, and the next one is judged by a new program.
//
//   node ended.mjs FOLDER GOLDEN

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

const [folder, golden] = process.argv.slice(2);
const { load } = await import(`${folder}/akashi-verify.mjs`);
const read = (name) => readFile(`${golden}/verified/${name}`);
const good = { record: await read("record"), evidence: await read("evidence.json"), policy: await read("policy.json"), now: JSON.parse(await read("case.json")).now };

// The memory is taken away from under the program: what it does next traps.
const memories = [];
const instantiate = WebAssembly.instantiate;
WebAssembly.instantiate = async (...args) => {
  const instance = await instantiate(...args);
  if (instance.exports?.mem) memories.push(instance.exports.mem); // node.js has a wasm of its own
  return instance;
};
const verifier = await load(readFile(`${folder}/akashi-verify.wasm`));
const ask = async () => {
  new Uint8Array(memories.at(-1).buffer).fill(0xff);
  return 1;
};
const chain = Object.fromEntries(["chainId", "code", "finalized", "block", "head", "anchored", "keyChanges"].map((name) => [name, ask]));
const waiting = { ...chain, chainId: () => new Promise(() => {}) };
const answers = await Promise.all([verifier.check({ ...good, chain: waiting, timeout: 600 }), verifier.check({ ...good, chain, timeout: 600 })]);
for (const { error } of answers) assert.match(error, /^the verifier's program ended \(.+\); the next check starts it anew$/);
const again = await Promise.all([verifier.check(good), verifier.check(good)]);
for (const { report } of again) assert.equal(report?.verdict, "verified", JSON.stringify(again));
assert.equal(memories.length, 2);
