// Step 5: verifier keys, the id of a log, and signed checkpoints.
// docs/formats/log.md, c2sp.org/signed-note, c2sp.org/tlog-checkpoint

import { createPublicKey, verify } from 'node:crypto';
import { keccak256 } from './keccak.mjs';
import { sha256 } from './record.mjs';
import { refuse, unbase64 } from './text.mjs';

/** Whether an Ed25519 key of 32 bytes signed a message. */
export function signed(key, message, signature) {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: key.toString('base64url') };
  return signature.length === 64 && verify(null, message, createPublicKey({ key: jwk, format: 'jwk' }), signature);
}

/** Visible ASCII without a plus sign: origins, and the names of keys. */
export const isOrigin = (s) => typeof s === 'string' && /^[\x21-\x2a\x2c-\x7e]{1,255}$/.test(s);

/** name+hash+base64(type ‖ key), in its one spelling. */
function readKey(vkey) {
  const [, name, hash, text] = (typeof vkey === 'string' && /^([^+]+)\+([0-9a-f]{8})\+(.+)$/s.exec(vkey)) || refuse('not a verifier key');
  const raw = unbase64(text);
  if (!isOrigin(name) || sha256(Buffer.from(`${name}\n`), raw).toString('hex', 0, 4) !== hash) refuse('a verifier key with another name or hash');
  return { name, hash, type: raw[0], key: raw.subarray(1) };
}

/** The keys with which a log of that origin was opened: Ed25519, then perhaps ML-DSA-44. */
export function readKeys(vkeys, origin) {
  if (!Array.isArray(vkeys) || vkeys.length < 1 || vkeys.length > 4 || new Set(vkeys).size !== vkeys.length) refuse('not 1 to 4 different keys');
  return vkeys.map((vkey, i) => {
    const k = readKey(vkey);
    const [type, size] = i === 0 ? [0x01, 32] : [0x06, 1312];
    if (k.name !== origin || k.type !== type || k.key.length !== size) refuse('a key of another log, type or size');
    return k;
  });
}

/** keccak256(abi.encode(owner, keccak256(origin), keccak256(keys))) */
export function logId({ owner, origin, keys }) {
  const lines = keys.map((k) => `${k}\n`).join('');
  return keccak256(Buffer.concat([Buffer.alloc(12), owner, keccak256(Buffer.from(origin)), keccak256(Buffer.from(lines))]));
}

/** How a log is referred to. */
export const logRef = (chainId, registry, id) => `eip155:${chainId}:0x${registry.toString('hex')}:0x${id.toString('hex')}`;

/** A signature by a key of the log that does not fit. */
export class WrongSignature extends Error {}

/**
 * The size and root in a checkpoint that the log's first key has signed.
 * Signatures by keys that nobody here knows are passed over.
 */
export function readCheckpoint(text, [first, ...others], origin) {
  const end = text.lastIndexOf('\n\n');
  if (end < 0 || !text.endsWith('\n') || /[\x00-\x09\x0b-\x1f]/.test(text)) refuse('not a signed note');
  const body = text.slice(0, end + 1);
  const lines = text.slice(end + 2, -1).split('\n');
  if (lines.length > 100) refuse('too many signatures');
  let ours = false;
  let exact = true;
  for (const line of lines) {
    const [, name, base64] = /^— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/u.exec(line) ?? refuse('not a signature line');
    const bytes = Buffer.from(base64, 'base64');
    if (bytes.length < 5 || base64.length % 4 !== 0) refuse('not a signature');
    exact &&= bytes.toString('base64') === base64;
    const is = (k) => k.name === name && k.hash === bytes.toString('hex', 0, 4);
    if (others.some(is)) refuse('a signature by ML-DSA-44, which this program does not check');
    if (is(first) && !ours) {
      if (!signed(first.key, Buffer.from(body), bytes.subarray(4))) throw new WrongSignature();
      ours = true;
    }
  }
  const [, name, digits, root] = /^([^\n]+)\n(0|[1-9][0-9]{0,18})\n([^\n]+)\n$/.exec(body) ?? refuse('not a checkpoint without extensions');
  const tree = { size: BigInt(digits), root: unbase64(root) };
  if (!exact || !ours || name !== origin || tree.root.length !== 32 || tree.size >> 63n) refuse('not a checkpoint that the log signed');
  if (tree.size === 0n && !tree.root.equals(sha256())) refuse('no tree of size 0 has this root');
  return tree;
}
