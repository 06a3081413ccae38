// Bytes as text: the one spelling that each kind of value has.

/** An input that is not what it has to be. */
export class Refused extends Error {}

export const refuse = (why) => {
  throw new Refused(why);
};

/** Lower-case hexadecimal, without a prefix or with "0x"; size in bytes. */
export function unhex(s, { prefix = false, size } = {}) {
  if (typeof s !== 'string' || !(prefix ? /^0x([0-9a-f]{2})*$/ : /^([0-9a-f]{2})*$/).test(s)) refuse('not lower-case hexadecimal');
  const b = Buffer.from(prefix ? s.slice(2) : s, 'hex');
  if (size !== undefined && b.length !== size) refuse(`${b.length} bytes, want ${size}`);
  return b;
}

/** Base64, with padding and no spare bits. */
export function unbase64(s) {
  const b = Buffer.from(s, 'base64');
  if (b.toString('base64') !== s) refuse('not exact base64');
  return b;
}

/** Base64url without padding and without spare bits. */
export function unbase64url(s) {
  const b = Buffer.from(s, 'base64url');
  if (b.toString('base64url') !== s) refuse('not exact base64url');
  return b;
}

const LETTERS58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/** Multibase of the letter z: base58btc. */
export function unbase58(s, most) {
  if (typeof s !== 'string' || s.length < 2 || s.length > most || s[0] !== 'z') refuse('not base58btc behind the letter z');
  const text = s.slice(1);
  const zeros = text.match(/^1*/)[0].length; // each leading 1 is a byte of zero
  let n = 0n;
  for (const c of text.slice(zeros)) {
    const digit = LETTERS58.indexOf(c);
    if (digit < 0) refuse('not base58btc behind the letter z');
    n = n * 58n + BigInt(digit);
  }
  const hex = n === 0n ? '' : n.toString(16);
  return Buffer.concat([Buffer.alloc(zeros), Buffer.from(hex.length % 2 ? '0' + hex : hex, 'hex')]);
}

const LETTERS32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** The CID of a SHA-256: version 1, raw, sha2-256, in base32 behind a b. */
export function cid(digest) {
  const bytes = Buffer.concat([Buffer.from([0x01, 0x55, 0x12, 0x20]), digest]);
  let bits = '';
  for (const b of bytes) bits += b.toString(2).padStart(8, '0');
  return 'b' + bits.match(/.{1,5}/g).map((five) => LETTERS32[parseInt(five.padEnd(5, '0'), 2)]).join('');
}

/** The digest in a CID of ours. */
export function uncid(s) {
  if (typeof s !== 'string' || !/^b[a-z2-7]{58}$/.test(s)) refuse('not a CID');
  const bits = [...s.slice(1)].map((c) => LETTERS32.indexOf(c).toString(2).padStart(5, '0')).join('');
  const digest = Buffer.from(bits.slice(0, 288).match(/.{8}/g).map((byte) => parseInt(byte, 2))).subarray(4);
  if (cid(digest) !== s) refuse('not a CID');
  return digest;
}

/** 1 to most bytes that print as one word: letters, marks, numbers, signs. */
export const visible = (s, most) => typeof s === 'string' && Buffer.byteLength(s) <= most && /^[\p{L}\p{M}\p{N}\p{P}\p{S}]+$/u.test(s) && !s.includes('\ufffd');

/** UTF-8 as a string; anything else is refused. */
export function utf8(bytes) {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return refuse('not UTF-8');
  }
}
