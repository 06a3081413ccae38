// The verifier of akashi for pages and for node.js. docs/wasm.md is the manual,
// akashi-verify.d.ts has the types.
//
//   import { load } from "./akashi-verify.mjs";
//   const verifier = await load(await fetch("akashi-verify.wasm"));
//   const { report, error } = await verifier.check({ record, evidence, policy });
//
// go-runtime.mjs is the support file of the Go compiler that made the wasm; the
// two belong together. Nothing here asks the network, and nothing is written to
// the global object.

import goRuntime from "./go-runtime.mjs";

// Limits on what is handed to the program, as in verify/wasm/bridge.
const maxInput = 16 * 1024 * 1024; // bytes of a record, of evidence, of a policy
const maxIssuer = 2048; // characters
const maxTimeout = 600; // seconds
const maxAnswer = 4 * 1024 * 1024; // characters of JSON, of one answer of a chain reader

const members = ["record", "evidence", "policy", "now", "issuer", "chain", "timeout"];
const questions = ["chainId", "code", "finalized", "block", "head", "anchored", "keyChanges"];

/** A refusal of what the caller gave, in words for the caller. */
class Refusal extends Error {}

/**
 * load compiles the verifier and starts it. The source is the bytes of
 * akashi-verify.wasm, a Response that has them, or a compiled module. With
 * options.sha256, 64 hexadecimal digits, other bytes are refused.
 */
export async function load(source, options = {}) {
  const module = await compile(await source, options.sha256);
  let program = await start(module);
  let restarting;

  // A program that has ended, because memory ran out for example, is replaced.
  async function running() {
    if (program.ended()) {
      restarting ??= start(module).finally(() => (restarting = undefined));
      program = await restarting;
    }
    return program;
  }

  return Object.freeze({
    /** check judges a record by its evidence; it resolves always. */
    async check(given) {
      try {
        const request = read(given);
        return await (await running()).check(request);
      } catch (e) {
        return { error: e instanceof Refusal ? e.message : `the check could not be made: ${reason(e)}` };
      }
    },
  });
}

async function compile(source, sha256) {
  if (source instanceof WebAssembly.Module) {
    if (sha256 !== undefined) throw new TypeError("akashi: a compiled module has no hash to compare; load the bytes");
    return source;
  }
  if (typeof Response === "function" && source instanceof Response) {
    if (!source.ok) throw new Error(`akashi: the verifier could not be fetched: HTTP status ${source.status}`);
    source = await source.arrayBuffer();
  }
  if (!(source instanceof ArrayBuffer) && !ArrayBuffer.isView(source)) {
    throw new TypeError("akashi: load takes the bytes of akashi-verify.wasm, a Response or a WebAssembly.Module");
  }
  if (sha256 !== undefined) {
    const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", source));
    const hex = Array.from(sum, (b) => b.toString(16).padStart(2, "0")).join("");
    if (hex !== sha256) throw new Error(`akashi: the verifier's bytes have the SHA-256 ${hex}, not the expected one`);
  }
  return WebAssembly.compile(source);
}

// start runs one instance of the program. The Go runtime takes what is in world
// for the global object.
async function start(module) {
  const checks = new Map(); // id → {resolve, chain}
  const asked = new Map(); // question → AbortController
  let call; // into the program, once it is ready
  let end; // why the program is no more
  let printed = ""; // by a program that crashes
  let last = 0;
  let timer; // that the program asked for last

  const finish = (why) => {
    end ??= printed.split("\n")[0].slice(0, 200) || why;
    for (const { resolve } of checks.values()) {
      resolve({ error: `the verifier's program ended (${end}); the next check starts it anew` });
    }
    for (const controller of asked.values()) controller.abort();
    checks.clear();
    asked.clear();
    clearTimeout(timer);
  };
  // enter guards each entry into the program: a trap ends it, and nothing else.
  const enter = (f) => {
    if (end !== undefined) return;
    try {
      f();
    } catch (e) {
      finish(reason(e));
    }
  };

  const host = {
    ready(check, answer) {
      call = { check, answer };
    },
    done(id, report, error) {
      const { resolve } = checks.get(id);
      checks.delete(id);
      if (checks.size === 0) timer?.unref?.(); // node.js need not stay for it
      resolve(error === "" ? { report: JSON.parse(report) } : { error });
    },
    ask(id, question, method, args) {
      const controller = new AbortController();
      asked.set(question, controller);
      const { chain } = checks.get(id);
      answerOf(chain, method, JSON.parse(args), controller.signal).then(([text, error]) => {
        asked.delete(question);
        enter(() => call.answer(question, text, error));
      });
    },
    drop(question) {
      asked.get(question)?.abort();
      asked.delete(question);
    },
  };

  const world = {
    akashi: host,
    Object,
    Array,
    Uint8Array,
    TextEncoder,
    TextDecoder,
    crypto: { getRandomValues: (a) => crypto.getRandomValues(a) },
    performance: { now: () => performance.now() },
    setTimeout: (f, ms) => {
      timer = setTimeout(() => enter(f), ms);
      if (checks.size === 0) timer.unref?.();
      return timer;
    },
  };
  const Go = goRuntime(world);
  world.fs.writeSync = (fd, bytes) => {
    if (printed.length < 4096) printed += new TextDecoder().decode(bytes);
    return bytes.length;
  };
  const go = new Go();
  go.exit = (code) => finish(`exit code ${code}`);
  const instance = await WebAssembly.instantiate(module, go.importObject);
  go.run(instance).catch((e) => finish(reason(e)));
  if (call === undefined || end !== undefined) {
    throw new Error(`akashi: the verifier did not start (${end ?? "is this another wasm?"}); go-runtime.mjs must be of the same build`);
  }

  return {
    ended: () => end !== undefined,
    check: (r) =>
      new Promise((resolve) => {
        const id = ++last;
        checks.set(id, { resolve, chain: r.chain });
        timer?.ref?.();
        enter(() => call.check(id, r.record, r.evidence, r.policy, r.issuer, r.now, r.timeout, r.chain !== undefined));
        if (end !== undefined) finish();
      }),
  };
}

// answerOf asks a chain reader and returns JSON, or words on why there is none.
async function answerOf(chain, method, args, signal) {
  try {
    const text = JSON.stringify(await chain[method](...args, { signal }), (_, v) => (typeof v === "bigint" ? wholeNumber(v) : v));
    if (text === undefined) return ["", "the chain reader gave nothing"];
    if (text.length > maxAnswer) return ["", `the chain reader's answer has more than ${maxAnswer} characters`];
    return [text, ""];
  } catch (e) {
    return ["", reason(e)];
  }
}

function wholeNumber(big) {
  const n = Number(big);
  if (!Number.isSafeInteger(n)) throw new Error("a number of 2^53 or more");
  return n;
}

// read takes apart what check was given. Getters and proxies may throw; check
// makes an answer of that.
function read(given) {
  if (typeof given !== "object" || given === null) {
    throw new Refusal("check takes one object with record, evidence and policy");
  }
  for (const name of Object.keys(given)) {
    if (!members.includes(name)) throw new Refusal(`check knows no member "${name.slice(0, 40)}"; it takes ${members.join(", ")}`);
  }
  const { record, evidence, policy, now, issuer, chain, timeout } = given;
  if (now !== undefined && !(Number.isSafeInteger(now) && now >= 0)) {
    throw new Refusal("now must be a whole number of seconds since 1970");
  }
  if (issuer !== undefined && (typeof issuer !== "string" || issuer.length > maxIssuer)) {
    throw new Refusal(`issuer must be a string of at most ${maxIssuer} characters`);
  }
  if (timeout !== undefined && !(typeof timeout === "number" && timeout > 0 && timeout <= maxTimeout)) {
    throw new Refusal(`timeout must be a number of seconds, above 0 and at most ${maxTimeout}`);
  }
  return {
    record: bytesOf("record", record),
    evidence: typeof evidence === "string" ? utf8("evidence", evidence) : bytesOf("evidence", evidence, " or a string"),
    policy: policyOf(policy),
    now: now ?? null,
    issuer: issuer ?? "",
    timeout: (timeout ?? 0) * 1000,
    chain: readerOf(chain),
  };
}

function readerOf(chain) {
  if (chain === undefined || chain === null) return undefined;
  for (const name of questions) {
    if (typeof chain[name] !== "function") throw new Refusal(`chain must have the functions ${questions.join(", ")}; it lacks ${name}`);
  }
  return chain;
}

// bytesOf copies the bytes of a Uint8Array, also of another realm.
function bytesOf(name, value, or = "") {
  if (!ArrayBuffer.isView(value) || Object.prototype.toString.call(value) !== "[object Uint8Array]") {
    throw new Refusal(`${name} must be a Uint8Array${or}`);
  }
  if (value.byteLength > maxInput) throw new Refusal(`${name} has ${value.byteLength} bytes, at most ${maxInput} are taken`);
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice();
}

function utf8(name, text) {
  const refuse = () => {
    throw new Refusal(`${name} has more than ${maxInput} bytes`);
  };
  if (text.length > maxInput) refuse();
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > maxInput) refuse();
  return bytes;
}

function policyOf(policy) {
  if (typeof policy === "string") return utf8("policy", policy);
  if (ArrayBuffer.isView(policy)) return bytesOf("policy", policy, ", a string or an object");
  if (typeof policy !== "object" || policy === null) throw new Refusal("policy must be an object, or its JSON");
  let text;
  try {
    text = JSON.stringify(policy);
  } catch (e) {
    throw new Refusal(`policy cannot be written as JSON: ${reason(e)}`);
  }
  if (text === undefined) throw new Refusal("policy cannot be written as JSON");
  return utf8("policy", text);
}

// reason words what was thrown, which may be anything.
function reason(thrown) {
  try {
    const text = typeof thrown === "object" && thrown !== null && "message" in thrown ? thrown.message : thrown;
    return String(text).slice(0, 500) || "no reason was given";
  } catch {
    return "a reason that cannot be shown";
  }
}
