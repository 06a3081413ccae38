// What akashi-verify.mjs and akashi-badge.mjs have in common: how a program is
// compiled, started, called and replaced, and how a request is taken apart. A
// page imports those, and not this.
//
// go-runtime.mjs is the support file of the Go compiler that made the programs;
// they belong together. Nothing here asks the network, and nothing is written to
// the global object. The protocol is described in verify/wasm/host.

import goRuntime from "./go-runtime.mjs";

// Limits on what is handed to a program, as its package bridge has them.
const maxInput = 16 * 1024 * 1024; // bytes
const maxName = 2048; // characters
const maxTimeout = 600; // seconds

/** A refusal of what the caller gave, in words for the caller. */
export class Refusal extends Error {}

/**
 * open compiles and starts a program, and returns its function check. A program
 * is
 *
 *   file       its name, for errors
 *   read       what check was given → {args, asked}; asked answers its questions
 *   answer     the JSON of a check → what check resolves to
 *   asked      in errors: "the chain reader"
 *   maxAnswer  characters of JSON, of one answer of asked
 */
export async function open(source, options, program) {
  const module = await compile(await source, options.sha256, program.file);
  let running = await start(module, program);
  let restarting;

  // A program that has ended, because memory ran out for example, is replaced.
  async function current() {
    if (running.ended()) {
      restarting ??= start(module, program).finally(() => (restarting = undefined));
      running = await restarting;
    }
    return running;
  }

  return async function check(given) {
    try {
      const { args, asked } = program.read(given);
      return await (await current()).check(args, asked);
    } catch (e) {
      return { error: e instanceof Refusal ? e.message : `the check could not be made: ${reason(e)}` };
    }
  };
}

async function compile(source, sha256, name) {
  if (source instanceof WebAssembly.Module) {
    if (sha256 !== undefined) throw new TypeError("akashi: a compiled module has no hash to compare; load the bytes");
    return source;
  }
  if (typeof Response === "function" && source instanceof Response) {
    if (!source.ok) throw new Error(`akashi: the verifier could not be fetched: HTTP status ${source.status}`);
    source = await source.arrayBuffer();
  }
  if (!(source instanceof ArrayBuffer) && !ArrayBuffer.isView(source)) {
    throw new TypeError(`akashi: load takes the bytes of ${name}, a Response or a WebAssembly.Module`);
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
async function start(module, program) {
  const checks = new Map(); // id → {resolve, asked}
  const open = new Map(); // question → AbortController
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
    for (const controller of open.values()) controller.abort();
    checks.clear();
    open.clear();
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
    done(id, json, error) {
      const { resolve } = checks.get(id);
      checks.delete(id);
      if (checks.size === 0) timer?.unref?.(); // node.js need not stay for it
      resolve(error === "" ? program.answer(JSON.parse(json)) : { error });
    },
    ask(id, question, method, args) {
      const controller = new AbortController();
      open.set(question, controller);
      const { asked } = checks.get(id);
      answerOf(program, asked, method, JSON.parse(args), controller.signal).then(([text, error]) => {
        open.delete(question);
        enter(() => call.answer(question, text, error));
      });
    },
    drop(question) {
      open.get(question)?.abort();
      open.delete(question);
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
    // Go asks for the local time zone as soon as it reads an instant with an
    // offset. It is UTC here, wherever the page is opened.
    Date: class {
      getTimezoneOffset() {
        return 0;
      }
    },
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
    check: (args, asked) =>
      new Promise((resolve) => {
        const id = ++last;
        checks.set(id, { resolve, asked });
        timer?.ref?.();
        enter(() => call.check(id, asked !== undefined, ...args));
        if (end !== undefined) finish();
      }),
  };
}

// answerOf asks what the page supplied and returns JSON, or words on why there is none.
async function answerOf(program, asked, method, args, signal) {
  try {
    const text = JSON.stringify(await asked[method](...args, { signal }), (_, v) => (typeof v === "bigint" ? wholeNumber(v) : v));
    if (text === undefined) return ["", `${program.asked} gave nothing`];
    if (text.length > program.maxAnswer) return ["", `${program.asked}'s answer has more than ${program.maxAnswer} characters`];
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

// membersOf takes one object apart that has no other members than those.
// Getters and proxies may throw; check makes an answer of that.
export function membersOf(given, members, what) {
  if (typeof given !== "object" || given === null) throw new Refusal(`check takes one object with ${what}`);
  for (const name of Object.keys(given)) {
    if (!members.includes(name)) throw new Refusal(`check knows no member "${name.slice(0, 40)}"; it takes ${members.join(", ")}`);
  }
  return Object.fromEntries(members.map((name) => [name, given[name]]));
}

/** instantOf returns Unix seconds, or null for the clock. */
export function instantOf(now) {
  if (now !== undefined && !(Number.isSafeInteger(now) && now >= 0)) {
    throw new Refusal("now must be a whole number of seconds since 1970");
  }
  return now ?? null;
}

/** nameOf returns who is asked for; "" is nobody. */
export function nameOf(name, value) {
  if (value !== undefined && (typeof value !== "string" || value.length > maxName)) {
    throw new Refusal(`${name} must be a string of at most ${maxName} characters`);
  }
  return value ?? "";
}

/** patienceOf returns milliseconds, or 0 for the program's own limit. */
export function patienceOf(timeout) {
  if (timeout !== undefined && !(typeof timeout === "number" && timeout > 0 && timeout <= maxTimeout)) {
    throw new Refusal(`timeout must be a number of seconds, above 0 and at most ${maxTimeout}`);
  }
  return (timeout ?? 0) * 1000;
}

// bytesOf copies the bytes of a Uint8Array, also of another realm.
export function bytesOf(name, value, or = "", max = maxInput) {
  if (!ArrayBuffer.isView(value) || Object.prototype.toString.call(value) !== "[object Uint8Array]") {
    throw new Refusal(`${name} must be a Uint8Array${or}`);
  }
  if (value.byteLength > max) throw new Refusal(`${name} has ${value.byteLength} bytes, at most ${max} are taken`);
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice();
}

export function utf8(name, text, max = maxInput) {
  const refuse = () => {
    throw new Refusal(`${name} has more than ${max} bytes`);
  };
  if (text.length > max) refuse();
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > max) refuse();
  return bytes;
}

// jsonOf takes an object, its JSON, or the bytes of that.
export function jsonOf(name, value, max = maxInput) {
  if (typeof value === "string") return utf8(name, value, max);
  if (ArrayBuffer.isView(value)) return bytesOf(name, value, ", a string or an object", max);
  if (typeof value !== "object" || value === null) throw new Refusal(`${name} must be an object, or its JSON`);
  let text;
  try {
    text = JSON.stringify(value);
  } catch (e) {
    throw new Refusal(`${name} cannot be written as JSON: ${reason(e)}`);
  }
  if (text === undefined) throw new Refusal(`${name} cannot be written as JSON`);
  return utf8(name, text, max);
}

// reason words what was thrown, which may be anything.
export function reason(thrown) {
  try {
    const text = typeof thrown === "object" && thrown !== null && "message" in thrown ? thrown.message : thrown;
    return String(text).slice(0, 500) || "no reason was given";
  } catch {
    return "a reason that cannot be shown";
  }
}
