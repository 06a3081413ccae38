// The check of badges by themselves, for pages and for node.js: what a badge is,
// who issued it, and whether its signature, keys and status hold. docs/wasm.md
// is the manual, akashi-badge.d.ts has the types. It is larger than the verifier
// and loaded only where badges are checked:
//
//   const { load } = await import("./akashi-badge.mjs");
//   const badges = await load(fetch("akashi-badge.wasm"));
//   const { report, transcript, error } = await badges.check({ badge });

import { Refusal, bytesOf, instantOf, jsonOf, membersOf, nameOf, open, patienceOf, utf8 } from "./program.mjs";

// Limits on what is handed to the program, as in verify/wasm/badge/bridge.
const maxBody = 4 * 1024 * 1024; // bytes of one document
const maxTranscript = 64 * 1024 * 1024; // bytes

const members = ["badge", "fetcher", "replay", "recipient", "language", "now", "timeout"];

/**
 * load compiles the program and starts it. The source is the bytes of
 * akashi-badge.wasm, a Response that has them, or a compiled module. With
 * options.sha256, 64 hexadecimal digits, other bytes are refused.
 */
export async function load(source, options = {}) {
  const program = {
    file: "akashi-badge.wasm",
    read,
    answer: (both) => both,
    asked: "the fetcher",
    maxAnswer: (maxBody / 3) * 4 + 4096,
  };
  /** check judges a badge by itself; it resolves always. */
  return Object.freeze({ check: await open(source, options, program) });
}

function read(given) {
  const { badge, fetcher, replay, recipient, language, now, timeout } = membersOf(given, members, "badge");
  if (language !== undefined && language !== "en" && language !== "ja") throw new Refusal('language must be "en" or "ja"');
  const instant = instantOf(now);
  const name = nameOf("recipient", recipient);
  const patience = patienceOf(timeout);
  const asked = fetcherOf(fetcher);
  if (replay !== undefined && (asked !== undefined || instant !== null)) {
    throw new Refusal("replay has its own documents and instant: leave fetcher and now out");
  }
  return {
    args: [
      typeof badge === "string" ? utf8("badge", badge) : bytesOf("badge", badge, " or a string"),
      transcriptOf(replay),
      name,
      language ?? "",
      instant,
      patience,
    ],
    asked,
  };
}

// transcriptOf returns the bytes of a transcript; of none there are none.
function transcriptOf(replay) {
  if (replay === undefined) return new Uint8Array(0);
  const bytes = jsonOf("replay", replay, maxTranscript);
  if (bytes.length === 0) throw new Refusal("replay is empty");
  return bytes;
}

// fetcherOf puts the caller's function behind the program's question.
function fetcherOf(fetcher) {
  if (fetcher === undefined || fetcher === null) return undefined;
  if (typeof fetcher !== "function") throw new Refusal("fetcher must be a function");
  return {
    async fetch(url, accept, { signal }) {
      const { status, contentType, body, error } = await fetcher(url, { accept, signal });
      if (error !== undefined) return { error };
      const bytes = bodyOf(body);
      if (bytes === undefined) return { error: "too-large" };
      return { status, contentType: contentType ?? "", body: base64(bytes) };
    },
  };
}

// bodyOf returns a document's bytes, or undefined when they are too many.
function bodyOf(body) {
  if (body === undefined || body === null) return new Uint8Array(0);
  if ((body.byteLength ?? body.length) > maxBody) return undefined;
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  const bytes = typeof body === "string" ? utf8("body", body) : bytesOf("body", body, ", an ArrayBuffer or a string");
  return bytes.length > maxBody ? undefined : bytes;
}

function base64(bytes) {
  const parts = [];
  for (let i = 0; i < bytes.length; i += 0x6000) parts.push(btoa(String.fromCharCode(...bytes.subarray(i, i + 0x6000))));
  return parts.join("");
}
