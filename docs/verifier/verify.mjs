// Step 7: the checks, in the order in which a report has them, and the verdict.
//
// This program asks no chain: a block counts when the policy names its hash.
// What asking adds is told in docs/verifier.md.

import { readAnchored } from './chain.mjs';
import { Beyond, canonical } from './json.mjs';
import { readEvidence, RECEIPT } from './evidence.mjs';
import { readCheckpoint, signed, WrongSignature } from './note.mjs';
import { readRecord, sha256 } from './record.mjs';
import { Refused, unbase58 } from './text.mjs';
import { entryOf, included, leafHash, stateIn, statusIncluded, statusRootOf } from './tree.mjs';

const STATES = ['valid', 'suspended', 'revoked'];
const SKEW = 15 * 60; // seconds that a block may be ahead of the clock

/** What a reader gives, or null for what it refuses. */
function attempt(read) {
  try {
    return read();
  } catch (e) {
    if (e instanceof Refused) return null;
    throw e;
  }
}

/** Steps that an unknown result does not hold up: the binding and the reviews are extras. */
const OPTIONAL = ['issuer.binding', 'qa.carried'];

/**
 * Judges a record by its evidence. now is in Unix seconds; expectIssuer may
 * say whose record this must be. The report is as in the golden files.
 */
export function verify(recordBytes, evidenceBytes, policy, { now, expectIssuer = '' }) {
  const steps = [];
  const report = { verdict: 'could-not-tell', steps };
  const step = (code, result) => void steps.push({ code, result });
  const passed = (...codes) => codes.every((code) => steps.some((s) => s.code === code && (s.result === 'pass' || s.result === 'warn')));
  // A step that rests on others is unknown when one of those did not pass.
  const rests = (code, ...on) => passed(...on) || (step(code, 'unknown'), false);

  const e = attempt(() => readEvidence(evidenceBytes));
  step('evidence.form', e ? 'pass' : 'unknown');
  if (!e) return report;
  report.log = e.ref;
  report.index = e.index;
  const index = BigInt(e.index);

  // The record.
  let record;
  try {
    record = readRecord(recordBytes);
    step('record.form', 'pass');
  } catch (err) {
    if (!(err instanceof Refused)) throw err;
    step('record.form', err instanceof Beyond ? 'unknown' : 'fail');
    step('record.type', 'unknown');
    step('record.digest', 'unknown');
  }
  const { type } = e.record;
  if (record) {
    const can = type === 'document' || record.form === 'json' || (type === 'badge' && record.form === 'jws');
    // Logged as something lesser, it has another status, or none.
    const lesser = (type === 'document' && record.kind !== 'document') || (type === 'course-qa' && record.kind === 'badge');
    step('record.type', !can ? 'fail' : lesser ? 'unknown' : 'pass');
    if (can) report.type = type;
    step('record.digest', record.digest.equals(e.record.digest) ? 'pass' : 'fail');
  }

  // Where it stands, and since when.
  const { chainId, registry } = e.existence.event;
  const sameContract = (event) => event.chainId === chainId && event.registry.equals(registry);
  step('registry.trusted', policy.registries.some((r) => r.chainId === chainId && r.address.equals(registry)) ? 'pass' : 'unknown');
  const anchors = [];
  const event = (name, ev) => {
    const known = ev.proof.type === RECEIPT;
    const anchor = known ? attempt(() => readAnchored(ev, e.logId)) : null;
    step(`${name}.event`, anchor ? 'pass' : known ? 'fail' : 'unknown');
    const named = policy.blocks.find((b) => b.chainId === ev.chainId && b.number === ev.block.number);
    step(`${name}.block`, named?.hash.equals(ev.block.hash) ? 'pass' : 'unknown');
    if (anchor) anchors.push({ ...anchor, certain: passed('registry.trusted', `${name}.block`) && sameContract(ev) });
    return anchor;
  };
  const first = event('existence', e.existence.event);
  if (first) {
    step('existence.range', first.prevSize <= index && index < first.size ? 'pass' : 'fail');
    step('existence.inclusion', included(leafHash(entryOf(e.record)), index, first.size, first.root, e.existence.inclusion) ? 'pass' : 'fail');
    if (passed('record.digest', 'registry.trusted', 'existence.block', 'existence.range', 'existence.inclusion')) report.existence = fact(first);
  } else {
    step('existence.range', 'unknown');
    step('existence.inclusion', 'unknown');
  }

  // Whose log it is.
  const named = passed('record.digest', 'record.type') && type !== 'document' ? record.issuer : '';
  const signer = checkBinding(e, policy, step);
  let issuer = boundTo(e, policy, expectIssuer || named, signer);
  if (expectIssuer && rests('issuer.expected', 'record.digest', 'record.type')) {
    if (named) step('issuer.expected', named === expectIssuer ? 'pass' : 'fail');
    else step('issuer.expected', issuer?.id === expectIssuer ? 'pass' : 'unknown');
    if (named && named !== expectIssuer) issuer = null;
  }
  step('issuer.bound', issuer ? 'pass' : 'unknown');
  if (issuer) report.issuer = issuer;

  // What became of it.
  if (type !== 'course-qa') {
    const s = e.status;
    const last = s && event('status', s.event);
    if (!s) {
      step('status.event', 'unknown');
      step('status.block', 'unknown');
    }
    if (last) checkStatus(last);
    else for (const what of ['order', 'head', 'chunk', 'current', 'state']) step(`status.${what}`, 'unknown');
  }

  function checkStatus(last) {
    const s = e.status;
    if (!sameContract(s.event)) step('status.order', 'fail');
    else if (rests('status.order', 'existence.event')) {
      // A step before may have failed: then there is no size to compare with.
      const dated = passed('existence.inclusion');
      const before = (dated && last.size < first.size) || last.block.number < e.existence.event.block.number;
      const otherwise = dated && last.size === first.size && !last.root.equals(first.root);
      step('status.order', before || otherwise ? 'fail' : 'pass');
    }
    const n = last.size - 1n; // the head is the last leaf, and sums up the n entries before
    const isLast = included(leafHash(s.head), n, last.size, last.root, s.headInclusion);
    const root = isLast && statusRootOf(s.head);
    step('status.head', !isLast ? 'fail' : root ? 'pass' : 'unknown');
    if (rests('status.chunk', 'status.head')) step('status.chunk', statusIncluded(s.chunk, index, n, root, s.chunkProof) ? 'pass' : 'fail');
    if (rests('status.current', 'status.order', 'status.head')) {
      const age = now - last.block.time;
      step('status.current', age < -SKEW || age > policy.maxStatusAge ? 'unknown' : 'warn');
    }
    const under = ['record.digest', 'registry.trusted', 'existence.event', 'existence.block', 'existence.range', 'existence.inclusion',
      'status.event', 'status.block', 'status.order', 'status.head', 'status.chunk', 'issuer.bound'];
    if (!rests('status.state', ...under)) return;
    const state = STATES[stateIn(s.chunk, index)];
    // Nobody asked the chain, so a suspension may have been lifted since.
    step('status.state', { valid: 'pass', revoked: 'fail' }[state] ?? 'unknown');
    if (state === 'valid' || state === 'revoked') report.status = { state, ...fact(last), final: state === 'revoked' };
  }

  // Extras that are carried.
  if ('checkpoint' in e) step('checkpoint.signed', checkCheckpoint(e, anchors));
  if ('qa' in e) step('qa.carried', 'unknown');

  const required = steps.filter((s) => !OPTIONAL.includes(s.code));
  if (steps.some((s) => s.result === 'fail')) report.verdict = 'refuted';
  else if (!required.some((s) => s.result === 'unknown')) report.verdict = 'verified';
  return report;
}

const fact = ({ block, size }) => ({ block: { number: block.number, hash: `0x${block.hash.toString('hex')}`, time: block.time }, size: Number(size) });

/** The issuer who signed that this log is theirs, or null. */
function checkBinding({ binding: b, log, ref }, policy, step) {
  if (!b) return null;
  const result = (r) => (step('issuer.binding', r), null);
  const { key, multikey, proof, ...document } = b;
  const { proofValue, ...config } = proof;
  const message = Buffer.concat([config, document].map((part) => sha256(Buffer.from(canonical(part)))));
  if (!signed(key, message, unbase58(proofValue, 96))) return result('fail');
  if (!b.logs.includes(ref)) return result('unknown');
  if (b.origin !== log.origin) return result('fail');
  const pinned = policy.issuers.some((i) => i.id === b.issuer && i.keys.includes(multikey));
  if (!pinned && b.issuer !== `did:key:${multikey}`) return result('unknown');
  result('pass');
  return { id: b.issuer, pinned };
}

/** The issuer that the log belongs to by the policy or by a binding, or null. */
function boundTo({ record, ref }, policy, want, signer) {
  const known = (id) => policy.issuers.find((i) => i.id === id);
  const named = (id) => (known(id)?.name ? { id, name: known(id).name } : { id });
  if (want) return known(want)?.logs.includes(ref) || signer?.id === want ? named(want) : null;
  if (record.type !== 'document') return null;
  // A document of nobody's name is whoever's the policy says the log is.
  const owners = policy.issuers.filter((i) => i.logs.includes(ref));
  if (owners.length > 0) return owners.length === 1 ? named(owners[0].id) : null;
  return signer?.pinned ? named(signer.id) : null;
}

/** A checkpoint proves nothing about the record; it can show that the log forked. */
function checkCheckpoint(e, anchors) {
  let tree;
  try {
    tree = attempt(() => readCheckpoint(e.checkpoint, e.keys, e.log.origin));
  } catch (err) {
    if (err instanceof WrongSignature) return 'fail';
    throw err;
  }
  if (!tree) return 'unknown';
  const others = anchors.filter((a) => a.size === tree.size && !a.root.equals(tree.root));
  if (others.some((a) => a.certain)) return 'fail';
  return others.length > 0 ? 'unknown' : 'pass';
}
