// Step 1: Keccak-256, Ethereum's hash.
//
// It is SHA3-256 (FIPS 202) but for the padding: Keccak appends 0x01 where
// SHA-3 appends 0x06. Node's crypto module has SHA-3 and not Keccak.

// A lane has 64 bits and is a BigInt; lane (x, y) stands at x + 5·y.
const MASK = (1n << 64n) - 1n;
const RATE = 136; // bytes taken in at a time: 1600 bits of state less twice 256

// How far each lane is turned, and where it then goes (FIPS 202, 3.2.2, 3.2.3).
const TURN = [];
const PLACE = [];
for (let x = 1, y = 0, t = 0; t < 24; t++) {
  TURN[x + 5 * y] = BigInt((((t + 1) * (t + 2)) / 2) % 64);
  [x, y] = [y, (2 * x + 3 * y) % 5];
}
TURN[0] = 0n;
for (let y = 0; y < 5; y++) for (let x = 0; x < 5; x++) PLACE[x + 5 * y] = y + 5 * ((2 * x + 3 * y) % 5);

// The constants of the rounds, from a shift register of 8 bits (3.2.5).
const ROUND = [];
for (let round = 0, r = 1; round < 24; round++) {
  let c = 0n;
  for (let j = 0; j <= 6; j++) {
    if (r & 1) c |= 1n << BigInt(2 ** j - 1);
    r <<= 1;
    if (r & 0x100) r ^= 0x171;
  }
  ROUND.push(c);
}

const turn = (lane, n) => ((lane << n) | (lane >> (64n - n))) & MASK;

function permute(a) {
  for (const constant of ROUND) {
    const c = [0, 1, 2, 3, 4].map((x) => a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20]);
    for (let i = 0; i < 25; i++) a[i] ^= c[(i + 4) % 5] ^ turn(c[(i + 1) % 5], 1n); // θ; i mod 5 is x
    const b = [];
    for (let i = 0; i < 25; i++) b[PLACE[i]] = turn(a[i], TURN[i]); // ρ and π
    for (let y = 0; y < 25; y += 5) {
      for (let x = 0; x < 5; x++) a[y + x] = b[y + x] ^ (~b[y + ((x + 1) % 5)] & MASK & b[y + ((x + 2) % 5)]); // χ
    }
    a[0] ^= constant; // ι
  }
}

/** Keccak-256 of bytes, as a Buffer of 32 bytes. */
export function keccak256(bytes) {
  const padded = Buffer.alloc((Math.floor(bytes.length / RATE) + 1) * RATE);
  padded.set(bytes);
  padded[bytes.length] ^= 0x01;
  padded[padded.length - 1] ^= 0x80;
  const state = new Array(25).fill(0n);
  for (let at = 0; at < padded.length; at += RATE) {
    for (let i = 0; i < RATE / 8; i++) state[i] ^= padded.readBigUInt64LE(at + 8 * i);
    permute(state);
  }
  const sum = Buffer.alloc(32);
  for (let i = 0; i < 4; i++) sum.writeBigUInt64LE(state[i], 8 * i);
  return sum;
}
