// Judges what comes on standard input: one JSON request a line, bytes in
// base64. Answers in the same order, one JSON object a line.
//
//   node judge.mjs FOLDER akashi-verify|akashi-badge
//
// The pages of a request are what its fetcher finds, by URL; there are no others.

import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";

const [folder, name] = process.argv.slice(2);
const { load } = await import(`${folder}/${name}.mjs`);
const verifier = await load(readFile(`${folder}/${name}.wasm`));

for await (const line of createInterface({ input: process.stdin })) {
  const { pages, ...request } = JSON.parse(line);
  for (const name of ["record", "evidence", "policy", "badge", "replay"]) {
    if (name in request) request[name] = new Uint8Array(Buffer.from(request[name], "base64"));
  }
  if (pages) {
    request.fetcher = async (url) => {
      const page = pages[url] ?? { error: "not-recorded" };
      return page.body === undefined ? page : { ...page, body: new Uint8Array(Buffer.from(page.body, "base64")) };
    };
  }
  const answer = await verifier.check(request);
  if (!process.stdout.write(JSON.stringify(answer) + "\n")) await new Promise((resolve) => process.stdout.once("drain", resolve));
}
