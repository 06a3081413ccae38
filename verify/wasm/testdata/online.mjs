// Asks an Ethereum node through rpc.mjs, and judges by what it says. Takes one
// JSON object on standard input and prints one:
//
//   {"rpc":URL,"fault":NAME,"questions":[[METHOD,ARGUMENT,…],…],"checks":[{"record","evidence","policy"},…]}
//   {"answers":[{"value"} or {"error"},…],"reports":[REPORT,…]}
//
//   node online.mjs FOLDER

import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";

const folder = process.argv[2];
const { load } = await import(`${folder}/akashi-verify.mjs`);
const { rpc } = await import(`${folder}/rpc.mjs`);
const input = JSON.parse(await text(process.stdin));

// Faults are put between rpc.mjs and the node: what providers do, or liars.
let asked = 0;
const changed = (method, change) => async (url, options) => {
  const response = await fetch(url, options);
  if (JSON.parse(options.body).method !== method) return response;
  return Response.json(change(await response.json()));
};
const faults = {
  none: fetch,
  ranges: async (url, options) => {
    const { method, id } = JSON.parse(options.body);
    if (method === "eth_getLogs" && ++asked === 1) return Response.json({ jsonrpc: "2.0", id, error: { code: -32005, message: "range too large" } });
    return fetch(url, options);
  },
  hides: changed("eth_getLogs", (a) => ({ ...a, result: a.result.slice(1) })),
  foreign: changed("eth_getLogs", (a) => ({ ...a, result: a.result.map((e) => ({ ...e, address: "0x" + "11".repeat(20) })) })),
  short: changed("eth_call", (a) => ({ ...a, result: a.result.slice(0, -2) })),
  other: changed("eth_chainId", (a) => ({ ...a, id: a.id + 1 })),
  huge: async () => new Response("x".repeat(5 << 20)),
  html: async () => new Response("<html>", { status: 502 }),
  down: async () => {
    throw new TypeError("fetch failed");
  },
};

const reader = rpc(input.rpc, { fetch: faults[input.fault ?? "none"] });
const answers = [];
for (const [method, ...args] of input.questions ?? []) {
  try {
    const value = await reader[method](...args, { signal: AbortSignal.timeout(120_000) });
    answers.push({ value });
  } catch (e) {
    answers.push({ error: e.message });
  }
}
const reports = [];
if (input.checks) {
  const verifier = await load(readFile(`${folder}/akashi-verify.wasm`));
  for (const c of input.checks) {
    const bytes = (name) => new Uint8Array(Buffer.from(c[name], "base64"));
    const { report, error } = await verifier.check({ record: bytes("record"), evidence: bytes("evidence"), policy: bytes("policy"), chain: reader, timeout: 120 });
    if (error) throw new Error(error);
    reports.push(report);
  }
}
console.log(JSON.stringify({ answers, reports }));
