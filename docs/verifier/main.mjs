// The verifier as a program: node main.mjs RECORD EVIDENCE POLICY
//
// It prints the report and exits with 0 verified, 1 refuted, 2 could not tell.
// Without arguments it reads lines of JSON from its input, with record and
// evidence in base64, and answers each with a line: so another program can
// compare many reports.

import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { readPolicy } from './evidence.mjs';
import { verify } from './verify.mjs';

const [record, evidence, policy] = process.argv.slice(2);
if (policy) {
  const report = verify(readFileSync(record), readFileSync(evidence), readPolicy(readFileSync(policy)), { now: Math.floor(Date.now() / 1000) });
  console.log(JSON.stringify(report, null, 2));
  process.exitCode = { verified: 0, refuted: 1 }[report.verdict] ?? 2;
} else {
  for await (const line of createInterface({ input: process.stdin })) {
    const c = JSON.parse(line);
    const bytes = (s) => Buffer.from(s, 'base64');
    console.log(JSON.stringify(verify(bytes(c.record), bytes(c.evidence), readPolicy(bytes(c.policy)), c)));
  }
}
