// Runs the verifier over the golden files: node golden.mjs testdata/golden/v1
//
// Exit 0 when every case comes out as it is frozen, 1 when one does not.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { canonical } from './json.mjs';
import { readPolicy } from './evidence.mjs';
import { logId } from './note.mjs';
import { readRecord } from './record.mjs';
import { cid, unhex } from './text.mjs';
import { commitment, entryOf, leafHash, rootOf, TYPES } from './tree.mjs';
import { verify } from './verify.mjs';

const golden = process.argv[2] ?? 'testdata/golden/v1';
const read = (...path) => readFileSync(join(golden, ...path));
const json = (...path) => JSON.parse(read(...path));
const hex = (b) => b.toString('hex');
let bad = 0;

function check(name, got, want) {
  if (isDeepStrictEqual(got, want)) return;
  bad++;
  console.log(`${name}\n  got  ${canonical(got)}\n  want ${canonical(want)}`);
}

/** Checks every case of one file, each beside what it says itself. */
function vectors(name, compute) {
  const cases = json(`${name}.json`);
  cases.forEach((c, i) => check(`${name} ${i}`, { ...c, ...compute(c) }, c));
  console.log(`${name}: ${cases.length} cases`);
}

vectors('record', (c) => {
  const { form, digest } = readRecord(Buffer.from(c.input));
  return { form, digest: hex(digest), cid: cid(digest) };
});
vectors('commitment', (c) => ({ commitment: hex(commitment(unhex(c.salt), unhex(c.digest))) }));
const STATES = ['valid', 'suspended', 'revoked'];
const entries = {
  sealed: (c) => [0x01, 0x01, TYPES[c.type], ...unhex(c.commitment)],
  open: (c) => entryOf({ type: c.type, digest: unhex(c.digest) }),
  status: (c) => [0x01, 0x03, ...unhex(c.target.toString(16).padStart(16, '0')), STATES.indexOf(c.state)],
  head: (c) => [0x01, 0x04, ...unhex(c.statusRoot)],
};
vectors('entry', (c) => {
  const entry = Buffer.from(entries[c.kind](c));
  return { bytes: hex(entry), leaf: hex(leafHash(entry)) };
});
vectors('status', (c) => {
  const packed = Buffer.alloc(32 * Math.ceil(c.n / 128));
  for (const [target, state] of Object.entries(c.states)) packed[target >> 2] |= STATES.indexOf(state) << (6 - 2 * (target % 4));
  const chunks = [...Array(packed.length / 32).keys()].map((i) => packed.subarray(32 * i, 32 * i + 32));
  return { chunks: chunks.map(hex), root: hex(rootOf(chunks.map(leafHash))) };
});
vectors('logid', (c) => ({ id: `0x${hex(logId({ ...c, owner: unhex(c.owner, { prefix: true }) }))}` }));

const cases = readdirSync(join(golden, 'evidence')).sort();
for (const name of cases) {
  const { now, expectIssuer } = json('evidence', name, 'case.json');
  const policy = readPolicy(read('evidence', name, 'policy.json'));
  const report = verify(read('evidence', name, 'record'), read('evidence', name, 'evidence.json'), policy, { now, expectIssuer });
  const want = json('evidence', name, 'report.json');
  // A later release may add steps; those that are frozen stay.
  report.steps = report.steps.filter((s) => want.steps.some((w) => w.code === s.code));
  check(`evidence ${name}`, report, want);
}
console.log(`evidence: ${cases.length} cases`);
console.log(bad === 0 ? 'all as they are frozen' : `${bad} are otherwise`);
process.exitCode = bad === 0 ? 0 : 1;
