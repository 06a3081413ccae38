// A chain reader for akashi-verify.mjs over the JSON-RPC of an Ethereum node
// (execution-apis), with fetch and no library:
//
//   import { rpc } from "./rpc.mjs";
//   await verifier.check({ record, evidence, policy, chain: rpc("https://rpc.example") });
//
// What the node says is believed as far as it does not contradict itself. Every
// answer has a limit, redirects are not followed, no cookie is sent, and no
// error repeats the address, in whose path providers put their keys.

// Selectors and topics: keccak256 of the signatures in IAnchorRegistry.sol.
const head = "0xf339e3b2"; // head(bytes32)
const nonceOf = "0x59f3ec16"; // nonceOf(bytes32)
const Anchored = "0x10d64b358a2a34d1aefd3923dfecde63ee095436d398bd873df1fd341db42724"; // (bytes32,uint64,bytes32,uint64)
const KeysChanged = "0x9b8a9302918e4f0ba2496cfd6e62d30f2fe1a5b92241ba5e3448223c712b1801"; // (bytes32,uint64,bytes)
// Each action of a log's owner takes the log's nonce one up and emits one of
// these. So whoever has as many of them as the nonce says has all.
const ownerActions = [
  KeysChanged,
  "0xca740bd5cca56b72a44eb89e8a703e2e1269576576b5b5ce52a1ba317d20d78d", // OperatorChanged(bytes32,address,address)
  "0xcef16d453185323a7988a1f4f52e838250940b799cd70357bdd45764c50cd6ef", // OwnerOffered(bytes32,address,address)
  "0x06e9c07310f63759634ddbb7257dbb19ca404f90bd6bdef1d3386fab033cebce", // OwnerChanged(bytes32,address,address)
  "0x8716a37e27980c69df27943100de681b9b7463c25a1dee8260e7c4b40e0b243c", // LogClosed(bytes32,uint64,bytes32)
];
const emptyRoot = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"; // SHA-256 of nothing

const answerLimit = 4 * 1024 * 1024; // bytes of one answer
const searchWindow = 1000; // blocks asked for at once, where a node limits it
const maxWindows = 200; // of them in one search
const maxActions = 10_000; // of a log's owners; each costs its owner a transaction

/**
 * rpc returns a chain reader that asks the node at that address.
 *
 * With confirmations, a block that lies so many below the latest counts as
 * final, for chains without finality. With from, events are looked for from that
 * block on, such as the one in which the registry was deployed.
 */
export function rpc(url, { confirmations = 0, from = 0, fetch = globalThis.fetch } = {}) {
  const address = new URL(url);
  if (address.protocol !== "https:" && address.protocol !== "http:") throw new TypeError("rpc: the address must begin with https:// or http://");
  for (const [name, n] of Object.entries({ confirmations, from })) {
    if (!Number.isSafeInteger(n) || n < 0) throw new TypeError(`rpc: ${name} must be a whole number`);
  }
  let last = 0;

  // ask puts one question and returns the result, whatever it is.
  async function ask(method, params, signal) {
    const id = ++last;
    let response;
    try {
      response = await fetch(address, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ jsonrpc: "2.0", id, method, params }),
        redirect: "error",
        credentials: "omit",
        cache: "no-store",
        referrerPolicy: "no-referrer",
        signal,
      });
    } catch {
      throw new Error(`${method}: ${address.host} could not be reached, or does not allow this page to ask (CORS)`);
    }
    const text = await limited(method, response);
    let answer;
    try {
      answer = JSON.parse(text);
    } catch {
      throw new Error(`${method}: HTTP status ${response.status} and no JSON`);
    }
    if (answer?.error != null) throw new Error(`${method}: ${String(answer.error.message).slice(0, 200)}`);
    if (answer?.jsonrpc !== "2.0" || answer.id !== id || !("result" in answer)) throw nonsense(method, "no answer to this question");
    return answer.result;
  }

  async function block(name, signal) {
    const b = await ask("eth_getBlockByNumber", [name, false], signal);
    if (b === null) throw new Error(`there is no block ${name}`);
    return { number: quantity(b?.number), hash: hash(b?.hash), time: quantity(b?.timestamp) };
  }

  async function canonical(number, signal) {
    const b = await block(hex(number), signal);
    if (b.number !== number) throw nonsense(`block ${number}`, `block ${b.number}`);
    return b;
  }

  // call asks a view of the registry that takes a log and gives words.
  async function call(selector, log, at, words, signal) {
    const data = bytes(await ask("eth_call", [{ to: log.registry, data: selector + log.log.slice(2) }, { blockHash: at.hash }], signal));
    if (data.length !== 64 * words) throw nonsense("the registry", "an answer of another contract");
    return Array.from({ length: words }, (_, i) => data.slice(64 * i, 64 * i + 64));
  }

  // events asks for events of a log in a range of canonical blocks.
  async function events(log, topics, lowest, highest, signal) {
    const list = await ask("eth_getLogs", [{ address: log.registry, topics: [topics, [log.log]], fromBlock: hex(lowest), toBlock: hex(highest) }], signal);
    if (!Array.isArray(list)) throw nonsense("eth_getLogs", "no list");
    return list.map((e) => {
      const number = quantity(e?.blockNumber);
      const named = Array.isArray(e.topics) && topics.includes(e.topics[0]) && e.topics[1] === log.log;
      if (!named || e.removed === true || String(e.address).toLowerCase() !== log.registry || number < lowest || number > highest) {
        throw nonsense("eth_getLogs", "an event that was not asked for");
      }
      return { number, hash: hash(e.blockHash), index: quantity(e.logIndex), topics: e.topics, data: bytes(e.data) };
    });
  }

  // actions finds what a log's owners did up to a block: in one piece if the
  // node allows it, else in windows, from above and no further than needed.
  async function actions(log, latest, signal) {
    const count = word((await call(nonceOf, log, latest, 1, signal))[0]);
    if (count === 0) return [];
    if (count > maxActions) throw nonsense("nonceOf", `${count} actions`);
    let found;
    try {
      found = await events(log, ownerActions, from, latest.number, signal);
    } catch (e) {
      if (signal?.aborted) throw e;
      found = [];
      let next = latest.number;
      for (let n = 0; n < maxWindows && found.length < count && next >= from; n++) {
        const lowest = Math.max(from, next - searchWindow + 1);
        found.push(...(await events(log, ownerActions, lowest, next, signal)));
        next = lowest - 1;
      }
    }
    if (found.length !== count) {
      throw new Error(`${address.host} counts ${count} actions of the log's owner and shows ${found.length}: which keys sign checkpoints cannot be told`);
    }
    return found.sort((a, b) => a.number - b.number || a.index - b.index);
  }

  return {
    async chainId({ signal } = {}) {
      return quantity(await ask("eth_chainId", [], signal));
    },

    async code(account, { signal } = {}) {
      return "0x" + bytes(await ask("eth_getCode", [account, "latest"], signal));
    },

    async finalized({ signal } = {}) {
      const latest = await block("latest", signal);
      if (confirmations > 0) return canonical(Math.max(0, latest.number - confirmations), signal);
      const final = await block("finalized", signal);
      // The head may have moved between the two questions.
      if (final.number > latest.number && final.number > (await block("latest", signal)).number) throw nonsense("finalized", "a block above the latest");
      return final;
    },

    async block(number, { signal } = {}) {
      return canonical(number, signal);
    },

    async head(log, at, { signal } = {}) {
      const [size, root, time, , closed] = await call(head, log, at, 5, signal);
      const entries = word(size);
      return { size: entries, root: entries === 0 ? emptyRoot : root, time: word(time), closed: word(closed) === 1 };
    },

    async anchored(log, number, { signal } = {}) {
      const b = await canonical(number, signal);
      const list = await events(log, [Anchored], number, number, signal);
      return list.map((e) => {
        if (e.hash !== b.hash || e.topics.length !== 3 || e.data.length !== 128) throw nonsense("eth_getLogs", "an anchor of another block or form");
        return { size: word(bytes(e.topics[2])), root: e.data.slice(0, 64), prevSize: word(e.data.slice(64)), block: b };
      });
    },

    async keyChanges(log, at, { signal } = {}) {
      const latest = await block("latest", signal);
      const changes = [];
      for (const e of await actions(log, latest, signal)) {
        if (e.number > at.number) break;
        // The search may have lasted, and another block have taken the place.
        const b = await canonical(e.number, signal);
        if (b.hash !== e.hash) throw nonsense("eth_getLogs", "an event of a block that is not canonical");
        if (e.topics[0] === KeysChanged) changes.push({ atSize: word(e.data.slice(0, 64)), keys: "0x" + dynamic(e.data), block: b });
      }
      return changes;
    },
  };
}

// limited reads the body of an answer and gives up at the limit.
async function limited(method, response) {
  const decoder = new TextDecoder();
  let size = 0;
  let text = "";
  for (const reader = response.body?.getReader(); reader; ) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > answerLimit) {
      await reader.cancel();
      throw new Error(`${method}: the answer has more than ${answerLimit} bytes`);
    }
    text += decoder.decode(value, { stream: true });
  }
  return text + decoder.decode();
}

function nonsense(what, gives) {
  return new Error(`${what}: the node answers nonsense: ${gives}`);
}

const hex = (number) => "0x" + number.toString(16);

// quantity reads a number below 2^53 as the RPC writes it.
function quantity(text) {
  const n = typeof text === "string" && /^0x[0-9a-f]{1,16}$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(n)) throw nonsense("a number", "no hexadecimal one below 2^53");
  return n;
}

function hash(text) {
  if (typeof text !== "string" || !/^0x[0-9a-f]{64}$/.test(text)) throw nonsense("a hash", "no 32 bytes");
  return text;
}

// bytes returns the hexadecimal digits of bytes as the RPC writes them.
function bytes(text) {
  if (typeof text !== "string" || text.length % 2 !== 0 || !/^0x[0-9a-f]*$/.test(text)) throw nonsense("bytes", "no hexadecimal ones");
  return text.slice(2);
}

// word reads one word of an answer by the ABI as a number below 2^53.
function word(digits) {
  return quantity("0x" + digits.replace(/^0+(?=.)/, ""));
}

// dynamic reads the bytes that are the second member of an event's data: their
// offset is in the second word, their length at the offset.
function dynamic(data) {
  const start = 2 * word(data.slice(64, 128)) + 64;
  const length = 2 * word(data.slice(start - 64, start));
  if (data.length < start + length) throw nonsense("an event", "bytes that end beyond it");
  return data.slice(start, start + length);
}
