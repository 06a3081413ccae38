// Step 3: entries, the tree over them, and the status tree.
// docs/formats/entry.md, docs/formats/status.md, RFC 9162 section 2.1

import { sha256 } from './record.mjs';

const byte = (...b) => Buffer.from(b);
export const TYPES = { badge: 1, 'course-qa': 2, document: 3 };
const CHUNK = 128n; // states in a chunk of 32 bytes

/** What a sealed record shows of itself in the log. */
export const commitment = (salt, digest) => sha256(Buffer.from('akashi/commitment/v1\n'), salt, digest);

/** The entry of a record: sealed by a salt, or open by its CID. */
export function entryOf({ type, digest, salt }) {
  if (salt) return Buffer.concat([byte(1, 1, TYPES[type]), commitment(salt, digest)]);
  return Buffer.concat([byte(1, 2, TYPES[type], 0x01, 0x55, 0x12, 0x20), digest]);
}

/** The status root in a head entry, or null for any other entry. */
export const statusRootOf = (entry) => (entry.length === 34 && entry[0] === 1 && entry[1] === 4 ? entry.subarray(2) : null);

export const leafHash = (entry) => sha256(byte(0), entry);

const nodeHash = (left, right) => sha256(byte(1), left, right);

/**
 * Whether hashes lead from the leaf at index to the root of a tree of that
 * size (RFC 9162, section 2.1.3.2). Index and size are BigInts.
 */
export function included(leaf, index, size, root, hashes) {
  if (index >= size) return false;
  let node = leaf;
  let [fn, sn] = [index, size - 1n];
  for (const hash of hashes) {
    if (sn === 0n) return false;
    if (fn & 1n || fn === sn) {
      node = nodeHash(hash, node);
      while (!(fn & 1n) && fn !== 0n) [fn, sn] = [fn >> 1n, sn >> 1n];
    } else {
      node = nodeHash(node, hash);
    }
    [fn, sn] = [fn >> 1n, sn >> 1n];
  }
  return sn === 0n && node.equals(root);
}

/** The root over leaves, from which a reader can learn the shape of the tree. */
export function rootOf(leaves) {
  if (leaves.length === 0) return sha256();
  if (leaves.length === 1) return leaves[0];
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return nodeHash(rootOf(leaves.slice(0, k)), rootOf(leaves.slice(k)));
}

/** The state of a target in its chunk: 0 valid, 1 suspended, 2 revoked. */
export const stateIn = (chunk, target) => (chunk[Number((target % CHUNK) / 4n)] >> Number(6n - 2n * (target % 4n))) & 3;

/** Whether a chunk with the state of target is under the root of a head at index n. */
export function statusIncluded(chunk, target, n, root, hashes) {
  if (target >= n) return false;
  const first = target - (target % CHUNK);
  for (let i = 0n; i < CHUNK; i++) {
    if (first + i >= n && stateIn(chunk, i) !== 0) return false; // a state of an entry that is not there
  }
  return included(leafHash(chunk), target / CHUNK, (n + CHUNK - 1n) / CHUNK, root, hashes);
}
