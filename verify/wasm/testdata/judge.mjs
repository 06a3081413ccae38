// Judges what comes on standard input: one JSON request a line, bytes in
// base64. Answers in the same order, one JSON object a line.
//
//   node judge.mjs FOLDER

import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";

const folder = process.argv[2];
const { load } = await import(`${folder}/akashi-verify.mjs`);
const verifier = await load(readFile(`${folder}/akashi-verify.wasm`));

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  for (const name of ["record", "evidence", "policy"]) request[name] = new Uint8Array(Buffer.from(request[name], "base64"));
  const answer = await verifier.check(request);
  if (!process.stdout.write(JSON.stringify(answer) + "\n")) await new Promise((resolve) => process.stdout.once("drain", resolve));
}
