// Judges one case of golden evidence and prints the verdict.
//
//   node alone.mjs FOLDER GOLDEN

import { readFile } from "node:fs/promises";

const [folder, golden] = process.argv.slice(2);
const { load } = await import(`${folder}/akashi-verify.mjs`);
const verifier = await load(readFile(`${folder}/akashi-verify.wasm`));
const read = (name) => readFile(`${golden}/verified/${name}`);
const { report, error } = await verifier.check({ record: await read("record"), evidence: await read("evidence.json"), policy: await read("policy.json"), now: JSON.parse(await read("case.json")).now });
console.log(error ?? report.verdict);
