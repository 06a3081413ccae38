// The verifier of akashi for pages and for node.js. docs/wasm.md is the manual,
// akashi-verify.d.ts has the types.
//
//   import { load } from "./akashi-verify.mjs";
//   const verifier = await load(await fetch("akashi-verify.wasm"));
//   const { report, error } = await verifier.check({ record, evidence, policy });

import { Refusal, bytesOf, instantOf, jsonOf, membersOf, nameOf, open, patienceOf, utf8 } from "./program.mjs";

const members = ["record", "evidence", "policy", "now", "issuer", "chain", "timeout"];
const questions = ["chainId", "code", "finalized", "block", "head", "anchored", "keyChanges"];

/**
 * load compiles the verifier and starts it. The source is the bytes of
 * akashi-verify.wasm, a Response that has them, or a compiled module. With
 * options.sha256, 64 hexadecimal digits, other bytes are refused.
 */
export async function load(source, options = {}) {
  const program = {
    file: "akashi-verify.wasm",
    read,
    answer: (report) => ({ report }),
    asked: "the chain reader",
    maxAnswer: 4 * 1024 * 1024,
  };
  /** check judges a record by its evidence; it resolves always. */
  return Object.freeze({ check: await open(source, options, program) });
}

function read(given) {
  const { record, evidence, policy, now, issuer, chain, timeout } = membersOf(given, members, "record, evidence and policy");
  const instant = instantOf(now);
  const name = nameOf("issuer", issuer);
  const patience = patienceOf(timeout);
  return {
    args: [
      bytesOf("record", record),
      typeof evidence === "string" ? utf8("evidence", evidence) : bytesOf("evidence", evidence, " or a string"),
      jsonOf("policy", policy),
      name,
      instant,
      patience,
    ],
    asked: readerOf(chain),
  };
}

function readerOf(chain) {
  if (chain === undefined || chain === null) return undefined;
  for (const name of questions) {
    if (typeof chain[name] !== "function") throw new Refusal(`chain must have the functions ${questions.join(", ")}; it lacks ${name}`);
  }
  return chain;
}
