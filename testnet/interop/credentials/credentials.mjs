// Another implementation of verifiable credentials, asked in lines of JSON: the
// packages of Digital Bazaar, and jose. Each line of standard input is a job,
// each line of standard output its answer. It opens no connection: the document
// loader knows the contexts in the folder it is given, and did:key.
//
//   {"op":"verify","kind":K,"credential":…}      → {"verified":true|false,"error":…}
//   {"op":"sign","kind":K,"seed":HEX,"credential":…} → {"credential":…}
// Every job is done at the instant of its "now" (RFC 3339), whatever the clock.
// A VC-JWT may come with the issuer's "jwk"; without one its key is a did:key.
//   {"op":"time","kind":K,"credential":…,"ms":N} → {"ns":nanoseconds for each,"cpu":of processor time}
import * as vc from '@digitalbazaar/vc';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {cryptosuite as eddsaRdfc} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import * as eddsaJcs from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import {cryptosuite as ecdsaRdfc} from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite';
import {Ed25519Signature2020} from '@digitalbazaar/ed25519-signature-2020';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import * as jose from 'jose';
import {createInterface} from 'node:readline';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';

const folder = process.argv[2];
const contexts = new Map();
for(const row of JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'))) {
  if(!contexts.has(row.url)) {
    contexts.set(row.url, JSON.parse(readFileSync(join(folder, row.file), 'utf8')));
  }
}

async function documentLoader(url) {
  if(contexts.has(url)) {
    return {contextUrl: null, documentUrl: url, document: contexts.get(url), tag: 'static'};
  }
  if(url.startsWith('did:key:')) {
    const [did, fragment] = url.split('#');
    const publicKeyMultibase = did.slice('did:key:'.length);
    const method = {
      '@context': 'https://w3id.org/security/multikey/v1',
      id: `${did}#${publicKeyMultibase}`, type: 'Multikey', controller: did, publicKeyMultibase
    };
    const document = fragment ? method : {
      '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'],
      id: did, verificationMethod: [method], assertionMethod: [method.id]
    };
    return {contextUrl: null, documentUrl: url, document};
  }
  throw new Error(`no document: ${url}`);
}

const suites = {
  'eddsa-rdfc-2022': {verify: () => new DataIntegrityProof({cryptosuite: eddsaRdfc}),
    sign: (signer, date) => new DataIntegrityProof({signer, date, cryptosuite: eddsaRdfc})},
  'eddsa-jcs-2022': {verify: () => new DataIntegrityProof({cryptosuite: eddsaJcs.createVerifyCryptosuite()}),
    sign: (signer, date) => new DataIntegrityProof({signer, date, cryptosuite: eddsaJcs.createSignCryptosuite()})},
  'ecdsa-rdfc-2019': {verify: () => new DataIntegrityProof({cryptosuite: ecdsaRdfc}),
    sign: (signer, date) => new DataIntegrityProof({signer, date, cryptosuite: ecdsaRdfc})},
  'Ed25519Signature2020': {verify: () => new Ed25519Signature2020(),
    sign: (signer, date, key) => new Ed25519Signature2020({signer, date, key})}
};

// keyOf finds the key of a token as a verifier of did:key does.
async function keyOf(header) {
  const did = header.kid.split('#')[0];
  const {document} = await documentLoader(header.kid);
  if(header.alg === 'ES256') {
    return EcdsaMultikey.toJwk({keyPair: await EcdsaMultikey.from(document)}).then(jwk => jose.importJWK(jwk, 'ES256'));
  }
  const key = await Ed25519Multikey.from(document);
  if(`did:key:${key.publicKeyMultibase}` !== did) {
    throw new Error('not the key of the did');
  }
  return jose.importJWK(await Ed25519Multikey.toJwk({keyPair: key}), 'EdDSA');
}

async function verify({kind, credential, jwk, now}) {
  if(kind === 'VC-JWT') {
    const key = jwk ? () => jose.importJWK(jwk, 'RS256') : keyOf;
    const {payload} = await jose.compactVerify(credential, key, {algorithms: ['EdDSA', 'ES256', 'RS256']});
    return {verified: JSON.parse(new TextDecoder().decode(payload)).type.length > 0};
  }
  const result = await vc.verifyCredential({
    credential, now, suite: suites[kind].verify(), documentLoader, checkStatus: async () => ({verified: true})
  });
  return {verified: result.verified, error: result.error && String(result.error.errors?.[0] ?? result.error)};
}

async function sign({kind, seed, credential, now}) {
  const raw = Buffer.from(seed, 'hex');
  if(kind === 'ecdsa-rdfc-2019') {
    const pair = await EcdsaMultikey.generate({curve: 'P-256'});
    const did = `did:key:${pair.publicKeyMultibase}`;
    pair.controller = did;
    pair.id = `${did}#${pair.publicKeyMultibase}`;
    credential.issuer.id = did;
    return vc.issue({credential, now, suite: suites[kind].sign(pair.signer(), now), documentLoader});
  }
  const pair = await Ed25519Multikey.generate({seed: raw});
  const did = `did:key:${pair.publicKeyMultibase}`;
  pair.controller = did;
  pair.id = `${did}#${pair.publicKeyMultibase}`;
  credential.issuer.id = did;
  if(kind === 'VC-JWT') {
    const {x} = await Ed25519Multikey.toJwk({keyPair: pair});
    const jwk = {kty: 'OKP', crv: 'Ed25519', x, d: raw.toString('base64url')};
    return new jose.CompactSign(Buffer.from(JSON.stringify(credential)))
      .setProtectedHeader({alg: 'EdDSA', typ: 'vc+jwt', kid: pair.id}).sign(await jose.importJWK(jwk, 'EdDSA'));
  }
  if(kind === 'Ed25519Signature2020') {
    credential['@context'].push('https://w3id.org/security/suites/ed25519-2020/v1');
  }
  return vc.issue({credential, now, suite: suites[kind].sign(pair.signer(), now, pair), documentLoader});
}

// time verifies again and again, warm, and returns the nanoseconds for one. A
// credential is parsed each time, as it is by the other side.
async function time({kind, credential, jwk, now, ms}) {
  const text = kind === 'VC-JWT' ? credential : JSON.stringify(credential);
  const once = async () => {
    const r = await verify({kind, credential: kind === 'VC-JWT' ? text : JSON.parse(text), jwk, now});
    if(!r.verified) {
      throw new Error(r.error);
    }
  };
  for(const until = performance.now() + ms / 2; performance.now() < until;) {
    await once();
  }
  let n = 0;
  const start = performance.now(), cpu = process.cpuUsage();
  for(; performance.now() < start + ms; n++) {
    await once();
  }
  const {user, system} = process.cpuUsage(cpu);
  return {
    ns: Math.round((performance.now() - start) * 1e6 / n),
    cpu: Math.round((user + system) * 1e3 / n)
  };
}

for await (const line of createInterface({input: process.stdin})) {
  const job = JSON.parse(line);
  let answer;
  try {
    answer = job.op === 'time' ? await time(job) :
      job.op === 'sign' ? {credential: await sign(job)} : await verify(job);
  } catch(e) {
    answer = {verified: false, error: String(e)};
  }
  console.log(JSON.stringify(answer));
}
