// Step 6: evidence in its one form, and a policy. docs/formats/evidence.md, docs/formats/trust.md
//
// A value is read into what it means and written again. Whoever gets the same
// bytes back has missed no member, no repetition, no spelling.

import { compact, members, parse, Sorted, whole } from './json.mjs';
import { isOrigin, logId, logRef, readKeys } from './note.mjs';
import { cid, refuse, uncid, unbase58, unhex, utf8, visible } from './text.mjs';

export const RECEIPT = 'eth-receipt-mpt/1';

const hex = (b) => b.toString('hex');
const ox = (b) => `0x${b.toString('hex')}`;
const hashes = (v) => (Array.isArray(v) && v.length <= 63 ? v.map((h) => unhex(h, { size: 32 })) : refuse('not at most 63 hashes'));
const address = (v) => {
  const a = unhex(v, { prefix: true, size: 20 });
  return a.some((b) => b !== 0) ? a : refuse('the zero address');
};

function readRecord(v) {
  if (['badge', 'course-qa', 'document'].includes(v?.type) === false) refuse('an unknown type');
  if ('cid' in v) {
    members(v, ['type', 'cid']);
    return v.type === 'badge' ? refuse('an open badge') : { type: v.type, digest: uncid(v.cid) };
  }
  members(v, ['type', 'digest', 'salt']);
  if (v.type === 'course-qa') refuse('a sealed course-qa record');
  return { type: v.type, digest: unhex(v.digest, { size: 32 }), salt: unhex(v.salt, { size: 32 }) };
}

const writeRecord = ({ type, digest, salt }) => (salt ? { type, digest: hex(digest), salt: hex(salt) } : { type, cid: cid(digest) });

function readEvent(v) {
  members(v, ['chainId', 'registry', 'block', 'proof']);
  members(v.block, ['number', 'hash', 'time']);
  const block = { number: whole(v.block.number), hash: unhex(v.block.hash, { prefix: true, size: 32 }), time: whole(v.block.time) };
  return { chainId: whole(v.chainId, 1), registry: address(v.registry), block, proof: readProof(v.proof) };
}

function readProof(v) {
  if (v?.type !== RECEIPT) return visible(v?.type, 64) ? { type: v.type, other: v } : refuse('a proof without a type');
  members(v, ['type', 'header', 'nodes', 'txIndex', 'logIndex']);
  if (!Array.isArray(v.nodes) || v.nodes.length > 64) refuse('not at most 64 nodes');
  const [header, ...nodes] = [v.header, ...v.nodes].map((b) => unhex(b, { prefix: true }));
  if (header.length > 64 << 10) refuse('a header that is too long');
  return { type: v.type, header, nodes, txIndex: whole(v.txIndex, 0, 2 ** 32 - 1), logIndex: whole(v.logIndex, 0, 2 ** 32 - 1) };
}

const writeEvent = ({ chainId, registry, block, proof }) => ({
  chainId,
  registry: ox(registry),
  block: { number: block.number, hash: ox(block.hash), time: block.time },
  proof: proof.other
    ? new Sorted(proof.other)
    : { type: proof.type, header: ox(proof.header), nodes: proof.nodes.map(ox), txIndex: proof.txIndex, logIndex: proof.logIndex },
});

function readStatus(v) {
  members(v, ['event', 'head', 'headInclusion', 'chunk', 'chunkProof']);
  const head = unhex(v.head);
  if (head.length > 65535) refuse('a head that is too long');
  return { event: readEvent(v.event), head, headInclusion: hashes(v.headInclusion), chunk: unhex(v.chunk, { size: 32 }), chunkProof: hashes(v.chunkProof) };
}

const REF = /^eip155:([1-9][0-9]*):0x[0-9a-f]{40}:0x[0-9a-f]{64}$/;

/** A reference to a log, as text in its one spelling. */
function readRef(v) {
  const [, chainId] = (typeof v === 'string' && REF.exec(v)) || refuse('not a reference to a log');
  whole(Number(chainId), 1);
  return v;
}

function readBinding(v) {
  members(v, ['type', 'issuer', 'origin', 'keys', 'logs', 'proof']);
  members(v.proof, ['type', 'cryptosuite', 'created', 'verificationMethod', 'proofPurpose', 'proofValue']);
  const fixed = [v.type, v.proof.type, v.proof.cryptosuite, v.proof.proofPurpose].join(' ');
  if (fixed !== 'LogBinding DataIntegrityProof eddsa-jcs-2022 assertionMethod') refuse('not a LogBinding');
  if (!visible(v.issuer, 2048) || !isOrigin(v.origin)) refuse('binding: a bad issuer or origin');
  readKeys(v.keys, v.origin);
  if (!Array.isArray(v.logs) || v.logs.length < 1 || v.logs.length > 64 || new Set(v.logs.map(readRef)).size !== v.logs.length) refuse('binding: not 1 to 64 different logs');
  const created = new Date(v.proof.created);
  if (Number.isNaN(created.getTime()) || created.toISOString().replace('.000Z', 'Z') !== v.proof.created) refuse('binding: created is not a time');
  if (unbase58(v.proof.proofValue, 96).length !== 64) refuse('binding: not a signature');
  const method = v.proof.verificationMethod;
  const [, controller, key] = (typeof method === 'string' && /^(.*)#([^#]*)$/s.exec(method)) || refuse('binding: no key is named');
  if (controller !== v.issuer && controller !== `did:key:${key}`) refuse('binding: a key of somebody else');
  return { ...v, key: readMultikey(key), multikey: key };
}

/** An Ed25519 key as Multikey: z6Mk…. */
export function readMultikey(s) {
  const b = unbase58(s, 48);
  return b.length === 34 && b[0] === 0xed && b[1] === 0x01 ? b.subarray(2) : refuse('not an Ed25519 key');
}

const writeBinding = ({ type, issuer, origin, keys, logs, proof: p }) => ({
  type, issuer, origin, keys, logs,
  proof: { type: p.type, cryptosuite: p.cryptosuite, created: p.created, verificationMethod: p.verificationMethod, proofPurpose: p.proofPurpose, proofValue: p.proofValue },
});

/** Reads evidence in its one exact form. */
export function readEvidence(bytes) {
  if (bytes.length > 1 << 20) refuse('evidence of more than 1 MiB');
  const text = utf8(bytes);
  const v = parse(text, { exact: false, depth: 68, values: 1 << 20 });
  members(v, ['v', 'record', 'log', 'index', 'existence', 'status?', 'checkpoint?', 'binding?', 'qa?']);
  if (v.v !== 1) refuse('another version');
  members(v.log, ['owner', 'origin', 'keys']);
  members(v.existence, ['event', 'inclusion']);
  if (!isOrigin(v.log.origin)) refuse('not an origin');
  const e = {
    record: readRecord(v.record),
    log: { owner: address(v.log.owner), origin: v.log.origin, keys: v.log.keys },
    keys: readKeys(v.log.keys, v.log.origin),
    index: whole(v.index),
    existence: { event: readEvent(v.existence.event), inclusion: hashes(v.existence.inclusion) },
  };
  if ('status' in v) e.status = e.record.type === 'course-qa' ? refuse('a course-qa record has no status') : readStatus(v.status);
  if ('checkpoint' in v) e.checkpoint = typeof v.checkpoint === 'string' && v.checkpoint !== '' && Buffer.byteLength(v.checkpoint) <= 131072 ? v.checkpoint : refuse('not a checkpoint');
  if ('binding' in v) e.binding = readBinding(v.binding);
  if ('qa' in v) e.qa = v.qa;
  if (write(e) !== text) refuse('not the one exact form of this evidence');
  const { chainId, registry } = e.existence.event;
  e.logId = logId(e.log);
  e.ref = logRef(chainId, registry, e.logId);
  return e;
}

function write(e) {
  const s = e.status;
  return compact({
    v: 1,
    record: writeRecord(e.record),
    log: { owner: ox(e.log.owner), origin: e.log.origin, keys: e.log.keys },
    index: e.index,
    existence: { event: writeEvent(e.existence.event), inclusion: e.existence.inclusion.map(hex) },
    status: s && { event: writeEvent(s.event), head: hex(s.head), headInclusion: s.headInclusion.map(hex), chunk: hex(s.chunk), chunkProof: s.chunkProof.map(hex) },
    checkpoint: e.checkpoint,
    binding: e.binding && writeBinding(e.binding),
    qa: 'qa' in e ? new Sorted(e.qa) : undefined,
  });
}

/** Reads a policy: what the verifier believes before it sees any evidence. */
export function readPolicy(bytes) {
  const p = members(parse(utf8(bytes)), ['registries', 'blocks', 'issuers', 'maxStatusAgeSeconds?']);
  return {
    registries: (p.registries ?? []).map((r) => members(r, ['chainId', 'address', 'codeHash'])).map((r) => ({ chainId: whole(r.chainId, 1), address: address(r.address) })),
    blocks: (p.blocks ?? []).map((b) => members(b, ['chainId', 'number', 'hash'])).map((b) => ({ chainId: whole(b.chainId, 1), number: whole(b.number), hash: unhex(b.hash, { prefix: true, size: 32 }) })),
    issuers: (p.issuers ?? []).map((i) => members(i, ['id', 'name?', 'logs', 'keys'])).map((i) => ({ id: i.id, name: i.name, logs: (i.logs ?? []).map(readRef), keys: i.keys ?? [] })),
    maxStatusAge: whole(p.maxStatusAgeSeconds ?? 7 * 24 * 3600, 1),
  };
}
