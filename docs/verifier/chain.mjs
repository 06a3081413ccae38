// Step 4: an event of the registry, proved by the hash of its block.
// docs/formats/evidence.md, checks 1 and 2; Ethereum Yellow Paper, appendices B, C and D

import { keccak256 } from './keccak.mjs';
import { refuse } from './text.mjs';

export const ANCHORED = keccak256(Buffer.from('Anchored(bytes32,uint64,bytes32,uint64)'));

/** The first RLP item of bytes, and what follows. Only the shortest encoding is taken. */
function split(b) {
  if (b.length === 0) refuse('RLP: an item is missing');
  const tag = b[0];
  if (tag < 0x80) return { list: false, content: b.subarray(0, 1), raw: b.subarray(0, 1), rest: b.subarray(1) };
  const list = tag >= 0xc0;
  let at = 1;
  let n = tag & 0x3f;
  if (n > 55) { // the length follows, in n - 55 bytes
    at += n - 55;
    if (n - 55 > 4 || b.length < at || b[1] === 0) refuse('RLP: a bad length');
    n = b.readUIntBE(1, n - 55);
    if (n < 56) refuse('RLP: a length in its long form that has a short one');
  }
  if (b.length < at + n) refuse('RLP: an item is cut off');
  if (!list && at === 1 && n === 1 && b[1] < 0x80) refuse('RLP: a byte that is its own encoding');
  return { list, content: b.subarray(at, at + n), raw: b.subarray(0, at + n), rest: b.subarray(at + n) };
}

/** Bytes that are just one item. */
function whole(b) {
  const item = split(b);
  return item.rest.length === 0 ? item : refuse('RLP: bytes after the end');
}

/** The items of a list. */
function items(item, most) {
  if (!item.list) refuse('RLP: a string where a list is wanted');
  const all = [];
  for (let rest = item.content; rest.length > 0; rest = all.at(-1).rest) {
    if (all.length === most) refuse('RLP: too many items');
    all.push(split(rest));
  }
  return all;
}

/** The bytes of a string, of that size if one is given. */
function string(item, size = item.content.length) {
  return !item.list && item.content.length === size ? item.content : refuse('RLP: not the string that is wanted');
}

/** An integer without leading zeros, below 2^64. */
function integer(item) {
  const b = string(item);
  if (b.length > 8 || b[0] === 0) refuse('RLP: not an integer');
  return b.length === 0 ? 0n : BigInt(`0x${b.toString('hex')}`);
}

/** The fields of a block header that matter here. Forks append others. */
export function readHeader(b) {
  const fields = items(whole(b), 64);
  if (fields.length < 15) refuse('a header with too few fields');
  return { hash: keccak256(b), receiptsRoot: string(fields[5], 32), number: integer(fields[8]), time: integer(fields[11]) };
}

/** rlp(index): the key of a receipt in its block. */
function indexKey(index) {
  if (index === 0) return Buffer.from([0x80]);
  const hex = index.toString(16);
  const b = Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex');
  return index < 0x80 ? b : Buffer.concat([Buffer.from([0x80 + b.length]), b]);
}

const nibbles = (b) => [...b].flatMap((byte) => [byte >> 4, byte & 15]);

/** A piece of path: its first nibble has flag 2 for a leaf, flag 1 for an odd length. */
function piece(b) {
  const n = nibbles(b);
  if (n.length === 0 || n[0] > 3 || (!(n[0] & 1) && n[1] !== 0)) refuse('trie: a bad piece of path');
  return { leaf: (n[0] & 2) !== 0, path: n.slice(n[0] & 1 ? 1 : 2) };
}

/** A child is named by its hash, or stands in its parent when it has less than 32 bytes. */
function child(field) {
  if (field.list ? field.raw.length >= 32 : field.content.length !== 32) refuse('trie: neither a hash nor a small node');
  return field;
}

/** Reads a node, and looks at every field, also where the path does not lead. */
function readNode(item) {
  const fields = items(item, 17);
  const below = (field) => {
    child(field);
    if (field.list) readNode(field);
  };
  if (fields.length === 17) {
    string(fields[16]);
    for (const field of fields.slice(0, 16)) if (field.list || field.content.length > 0) below(field);
  } else if (fields.length === 2) {
    if (piece(string(fields[0])).leaf) string(fields[1]);
    else below(fields[1]);
  } else {
    refuse('trie: a node of neither 2 nor 17 fields');
  }
  return fields;
}

/** The value at a key, by the nodes on the way from the root. Each must be used. */
function lookUp(root, key, nodes) {
  let path = nibbles(key);
  let next = { list: false, content: root };
  let used = 0;
  const done = (value) => (used === nodes.length && value.length > 0 ? value : refuse('trie: no value, or nodes that are left over'));
  for (;;) {
    if (!next.list) {
      if (used === nodes.length || !keccak256(nodes[used]).equals(next.content)) refuse('trie: not the node that its parent names');
      next = whole(nodes[used++]);
    }
    const fields = readNode(next);
    if (fields.length === 17) {
      if (path.length === 0) return done(string(fields[16]));
      next = child(fields[path[0]]);
      path = path.slice(1);
      continue;
    }
    const step = piece(string(fields[0]));
    const fits = step.path.every((nibble, i) => nibble === path[i]);
    if (step.leaf) return fits && step.path.length === path.length ? done(string(fields[1])) : refuse('trie: another key');
    if (!fits || step.path.length === 0) refuse('trie: another key');
    next = child(fields[1]);
    path = path.slice(step.path.length);
  }
}

/** Log number index of a receipt whose transaction succeeded. */
function readLog(value, index) {
  const typed = value[0] > 0 && value[0] < 0x80; // EIP-2718
  const fields = items(whole(typed ? value.subarray(1) : value), 16);
  if (fields.length < 4 || !fields[3].list) refuse('receipt: not status, gas, bloom, logs');
  if (!string(fields[0]).equals(Buffer.from([1]))) refuse('receipt: the transaction did not succeed');
  let rest = fields[3].content;
  for (let i = 0; i < index && rest.length > 0; i++) rest = split(rest).rest;
  const log = items(split(rest), 3);
  if (log.length !== 3) refuse('log: not address, topics, data');
  return { address: string(log[0], 20), topics: items(log[1], 4).map((t) => string(t, 32)), data: string(log[2]) };
}

/** A word of the Solidity ABI that holds a uint64. */
function uint64(word) {
  return word.subarray(0, 24).every((b) => b === 0) ? word.readBigUInt64BE(24) : refuse('log: not a uint64');
}

/**
 * The anchor that an event of type eth-receipt-mpt/1 proves. Whether the block
 * is one of the chain is another question.
 */
export function readAnchored(event, logId) {
  const { block, proof, registry } = event;
  const header = readHeader(proof.header);
  if (!header.hash.equals(block.hash) || header.number !== BigInt(block.number) || header.time !== BigInt(block.time)) refuse('the header is of another block');
  const log = readLog(lookUp(header.receiptsRoot, indexKey(proof.txIndex), proof.nodes), proof.logIndex);
  if (!log.address.equals(registry)) refuse('the event is of another contract');
  if (log.topics.length !== 3 || !log.topics[0].equals(ANCHORED) || log.data.length !== 64) refuse('the event is not Anchored');
  if (!log.topics[1].equals(logId)) refuse('the event is of another log');
  const [size, prevSize] = [uint64(log.topics[2]), uint64(log.data.subarray(32))];
  if (prevSize >= size || size >= 1n << 56n) refuse('the sizes are none that a registry writes');
  return { size, prevSize, root: log.data.subarray(0, 32), block };
}
