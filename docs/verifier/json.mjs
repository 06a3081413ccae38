// Step 2: JSON that means one thing only, and its RFC 8785 form.
//
// JSON.parse is too kind for this: of two members of one name it keeps the
// last, and numbers it rounds. So here is a reader with the gates of
// docs/formats/record.md. It returns ordinary JavaScript values.

import { Refused, refuse } from './text.mjs';

/** An input that is beyond a bound: it may be genuine all the same. */
export class Beyond extends Refused {}

const NUMBER = /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
const STRING = /"([^"\\\u0000-\u001f]|\\(["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;

/** Reads one JSON value. With exact, numbers must keep their decimal value. */
export function parse(text, { exact = true, depth = 64, values = 1 << 18 } = {}) {
  let at = 0;
  const space = () => {
    while (' \t\n\r'.includes(text[at]) && at < text.length) at++;
  };
  const take = (pattern, what) => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found === undefined) refuse(`no ${what} at character ${at}`);
    at += found.length;
    return found;
  };
  const string = () => {
    const s = JSON.parse(take(STRING, 'string'));
    if (/\p{Cs}/u.test(s)) refuse('half a surrogate pair');
    return s;
  };
  const count = () => {
    if (--values < 0) throw new Beyond('too many names and values');
  };
  const value = (level) => {
    count();
    space();
    const c = text[at];
    if (c === '{' || c === '[') {
      if (level === depth) throw new Beyond('nested too deep');
      return c === '{' ? object(level + 1) : array(level + 1);
    }
    if (c === '"') return string();
    for (const [word, meaning] of [['true', true], ['false', false], ['null', null]]) {
      if (text.startsWith(word, at)) {
        at += word.length;
        return meaning;
      }
    }
    const written = take(NUMBER, 'value');
    if (exact && !sameNumber(written)) refuse('a number that RFC 8785 would change');
    return Number(written);
  };
  const list = (close, item) => {
    at++;
    space();
    if (text[at] === close) return void at++;
    for (;;) {
      item();
      space();
      if (text[at] === close) return void at++;
      if (text[at++] !== ',') refuse(`no comma at character ${at - 1}`);
    }
  };
  const array = (level) => {
    const a = [];
    list(']', () => a.push(value(level)));
    return a;
  };
  const object = (level) => {
    const o = Object.create(null); // "__proto__" is a name like any other
    list('}', () => {
      space();
      count();
      const name = string();
      if (name in o) refuse('a member stands twice');
      space();
      if (text[at++] !== ':') refuse(`no colon at character ${at - 1}`);
      o[name] = value(level);
    });
    return o;
  };
  const v = value(0);
  space();
  if (at !== text.length) refuse('something follows the value');
  return v;
}

/** Whether a number has the same decimal value when it is written anew. */
function sameNumber(written) {
  const n = Number(written);
  return written.length <= 100 && Number.isFinite(n) && decimal(written) === decimal(String(n));
}

/** The digits without zeros at their ends, and the power of ten behind. */
function decimal(s) {
  const [, sign, whole, fraction = '', exponent = '0'] = /^(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/.exec(s);
  const digits = (whole + fraction).replace(/^0+/, '');
  const short = digits.replace(/0+$/, '');
  if (short === '') return '0';
  return `${sign}${short}e${BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - short.length)}`;
}

/** RFC 8785: names sorted by UTF-16 units, numbers and strings as JavaScript writes them. */
export function canonical(v, depth = Infinity) {
  if (v === null || typeof v !== 'object') return JSON.stringify(v);
  if (depth === 0) refuse('nested too deep');
  if (Array.isArray(v)) return `[${v.map((item) => canonical(item, depth - 1)).join(',')}]`;
  return `{${Object.keys(v).sort().map((name) => `${JSON.stringify(name)}:${canonical(v[name], depth - 1)}`).join(',')}}`;
}

/** A value whose members are in no order of their own: it is written as RFC 8785 has it. */
export class Sorted {
  constructor(value) {
    this.value = value;
  }
}

/** Compact JSON, members in the order in which they stand; those that are undefined are left out. */
export function compact(v) {
  if (v instanceof Sorted) return canonical(v.value, 64);
  if (v === null || typeof v !== 'object') return JSON.stringify(v);
  if (Array.isArray(v)) return `[${v.map(compact).join(',')}]`;
  return `{${Object.keys(v).filter((name) => v[name] !== undefined).map((name) => `${JSON.stringify(name)}:${compact(v[name])}`).join(',')}}`;
}

/** The members of an object, which has those names and no others; "name?" may be missing. */
export function members(v, names) {
  if (v === null || typeof v !== 'object' || Array.isArray(v)) refuse('not an object');
  for (const name of names) if (!name.endsWith('?') && !(name in v)) refuse(`${name} is missing`);
  for (const name in v) if (!names.includes(name) && !names.includes(`${name}?`)) refuse(`an unknown member ${name}`);
  return v;
}

/** A whole number from least up, below 2^53. */
export function whole(v, least = 0, most = Number.MAX_SAFE_INTEGER) {
  if (!Number.isSafeInteger(v) || v < least || v > most) refuse('not a whole number of the right size');
  return v;
}
