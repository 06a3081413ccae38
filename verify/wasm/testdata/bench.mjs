// Prints the milliseconds of a start, of the first check and of a later one.
//
//   node bench.mjs FOLDER GOLDEN

import { readFile } from "node:fs/promises";

const [folder, golden] = process.argv.slice(2);
const { load } = await import(`${folder}/akashi-verify.mjs`);
const wasm = await readFile(`${folder}/akashi-verify.wasm`);
const read = (name) => readFile(`${golden}/verified/${name}`);
const request = { record: await read("record"), evidence: await read("evidence.json"), policy: await read("policy.json"), now: JSON.parse(await read("case.json")).now };
const timed = async (f) => {
  const begun = performance.now();
  const value = await f();
  return [performance.now() - begun, value];
};
const [start, verifier] = await timed(() => load(wasm));
const check = async () => {
  const { report } = await verifier.check(request);
  if (report?.verdict !== "verified") throw new Error("the golden badge is not verified");
};
const [first] = await timed(check);
for (let i = 0; i < 500; i++) await check(); // until the engine has compiled it well
const count = 500;
const [all] = await timed(async () => {
  for (let i = 0; i < count; i++) await check();
});
console.log(start, first, all / count);
