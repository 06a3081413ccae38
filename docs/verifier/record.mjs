// Step 2, second half: what the bytes of a record are, and what they say.
// docs/formats/record.md

import { createHash } from 'node:crypto';
import { Beyond, canonical, parse } from './json.mjs';
import { Refused, refuse, unbase64url, utf8 } from './text.mjs';

export const sha256 = (...parts) => createHash('sha256').update(Buffer.concat(parts)).digest();

const looksLikeJSON = (text) => /^[ \t\n\r]*\ufeff?[ \t\n\r]*\{/.test(text);

/** The form, digest, type and issuer of a record. Beyond: not read by this program. */
export function readRecord(bytes) {
  if (bytes.length === 0) refuse('there are no bytes');
  if (bytes.length > 4 << 20) throw new Beyond('too large');
  const latin = bytes.toString('latin1'); // one character for each byte
  if (looksLikeJSON(latin.replace(/\xef\xbb\xbf/, '\ufeff'))) {
    const document = parse(utf8(bytes));
    const issuer = issuerOf(document);
    return { form: 'json', digest: sha256(Buffer.from(canonical(document))), kind: kindOf(document, issuer), issuer };
  }
  const segments = latin.split('.');
  if (segments.length === 3 && segments.every((s) => /^[A-Za-z0-9_-]+$/.test(s))) {
    const [header, payload] = segments.map(unbase64url);
    if (!looksLikeJSON(header.toString('latin1'))) refuse('the header is no JSON object');
    parse(utf8(header), { exact: false });
    return { form: 'jws', digest: sha256(bytes), kind: 'badge', issuer: issuerOfToken(payload) };
  }
  if (segments.length === 3 && isLooseJWS(segments)) refuse('a JWS with white space, padding or another alphabet');
  if (isBaked(latin)) throw new Beyond('an image with a badge inside');
  return { form: 'bytes', digest: sha256(bytes), kind: 'document', issuer: '' };
}

/** Three segments that a kinder reader takes for a JWS. */
function isLooseJWS(segments) {
  const tight = segments.map((s) => s.replace(/[ \t\n\v\f\r=]|\xef\xbb\xbf/g, '').replaceAll('+', '-').replaceAll('/', '_'));
  if (!tight.every((s) => /^[A-Za-z0-9_-]*$/.test(s)) || tight[0].length % 4 === 1) return false;
  const header = Buffer.from(tight[0], 'base64url');
  try {
    return looksLikeJSON(header.toString('latin1')) && parse(utf8(header), { exact: false }) !== null;
  } catch (e) {
    if (e instanceof Refused) return false;
    throw e;
  }
}

/** A PNG or SVG that carries a badge. A shorter test than the node's: it may take more images for baked. */
function isBaked(latin) {
  if (latin.startsWith('\x89PNG\r\n\x1a\n')) return /(iTXt|tEXt|zTXt)(openbadges|openbadgecredential)\x00/.test(latin);
  return /^[\s\xef\xbb\xbf]*</.test(latin) && /<svg|:svg/.test(latin) && /openbadges|purl\.imsglobal\.org\/ob/.test(latin);
}

const BADGES = ['Assertion', 'OpenBadgeCredential', 'AchievementCredential', 'ClrCredential'];
const CREDENTIALS = ['EndorsementCredential', 'VerifiableCredential'];
const REVIEWS = ['Appeal', 'CarryOver', 'Concern', 'CourseReview', 'CourseVersion', 'Decision', 'ForkProof', 'InstitutionProfile',
  'KeyEvent', 'Outcome', 'Policy', 'Response', 'Review', 'ReviewCommit', 'ReviewRequest', 'Rubric', 'Unavailable', 'Withdrawal'];

/** badge, course-qa or document, by the member "type". */
function kindOf(document, issuer) {
  const all = [document.type].flat();
  const types = all.every((t) => typeof t === 'string') ? all : [];
  if (types.some((t) => BADGES.includes(t))) return 'badge';
  if (types.some((t) => REVIEWS.includes(t))) return issuer ? 'course-qa' : 'document';
  return types.some((t) => CREDENTIALS.includes(t)) ? 'badge' : 'document';
}

const isObject = (v) => v !== null && typeof v === 'object' && !Array.isArray(v);

/** A string, or the "id" of an object without "@id"; '' for what is no name. */
function nameOf(v) {
  const name = isObject(v) && !('@id' in v) ? v.id : v;
  const fine = typeof name === 'string' && Buffer.byteLength(name) <= 2048 && /^[\p{L}\p{M}\p{N}\p{P}\p{S}]*$/u.test(name);
  return fine ? name : '';
}

/** Every place where a document names its issuer. */
function issuersIn(document) {
  const names = [];
  if ('issuer' in document) names.push(nameOf(document.issuer));
  if (isObject(document.badge) && 'issuer' in document.badge) names.push(nameOf(document.badge.issuer));
  return names;
}

/** The one name, or '' when there is none, or two that differ. */
const agreed = (names) => (names.length > 0 && names.every((n) => n === names[0]) ? names[0] : '');

const issuerOf = (document) => agreed(issuersIn(document));

function issuerOfToken(payload) {
  let token;
  try {
    if (!looksLikeJSON(payload.toString('latin1'))) return '';
    token = parse(utf8(payload), { exact: false });
  } catch (e) {
    if (e instanceof Refused) return ''; // any payload may be signed
    throw e;
  }
  const names = 'iss' in token ? [typeof token.iss === 'string' ? nameOf(token.iss) : ''] : [];
  if ('vc' in token && !isObject(token.vc)) return '';
  for (const part of [token, ...('vc' in token ? [token.vc] : [])]) names.push(...issuersIn(part));
  return agreed(names);
}
