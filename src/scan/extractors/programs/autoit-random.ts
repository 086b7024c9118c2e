/** The two generators of numbers that compiled AutoIt scripts are disguised with: that of EA05 is the Mersenne Twister,
 *  that of EA06 a lagged Fibonacci generator. */

/** A disguised copy of `bytes`, or a plain one of disguised octets. */
export function disguise(bytes: Buffer, version: "EA05" | "EA06", seed: number): Buffer {
  const next = version === "EA05" ? mersenneTwister(seed) : laggedFibonacci(seed);
  const output = Buffer.allocUnsafe(bytes.length);
  for (let index = 0; index < bytes.length; index += 1) output[index] = (bytes[index] ?? 0) ^ next();
  return output;
}

/** MT19937, of which bits 1 to 8 are used. */
function mersenneTwister(seed: number): () => number {
  const state = new Uint32Array(STATE_WORDS);
  state[0] = seed;
  for (let index = 1; index < STATE_WORDS; index += 1) {
    const last = state[index - 1] ?? 0;
    state[index] = Math.imul(0x6c078965, last ^ (last >>> 30)) + index;
  }
  let position = STATE_WORDS;
  return () => {
    if (position >= STATE_WORDS) {
      twist(state);
      position = 0;
    }
    let value = state[position] ?? 0;
    position += 1;
    value ^= value >>> 11;
    value ^= (value << 7) & 0x9d2c5680;
    value ^= (value << 15) & 0xefc60000;
    value ^= value >>> 18;
    return (value >>> 1) & 0xff;
  };
}

function twist(state: Uint32Array): void {
  for (let index = 0; index < STATE_WORDS; index += 1) {
    const value = ((state[index] ?? 0) & 0x80000000) | ((state[(index + 1) % STATE_WORDS] ?? 0) & 0x7fffffff);
    const mixed = (value >>> 1) ^ ((value & 1) !== 0 ? 0x9908b0df : 0);
    state[index] = (state[(index + 397) % STATE_WORDS] ?? 0) ^ mixed;
  }
}

/** 17 words, rotated and added; the upper eight bits of every second sum are used. */
function laggedFibonacci(seed: number): () => number {
  const words = new Uint32Array(LAG_WORDS);
  let value = seed;
  for (let index = 0; index < LAG_WORDS; index += 1) {
    value = (1 - Math.imul(value, 0x53a9b4fb)) >>> 0;
    words[index] = value;
  }
  let first = 0;
  let second = 10;
  const step = (): number => {
    const sum = (rotated(words[first] ?? 0, 9) + rotated(words[second] ?? 0, 13)) >>> 0;
    words[first] = sum;
    first = first === 0 ? LAG_WORDS - 1 : first - 1;
    second = second === 0 ? LAG_WORDS - 1 : second - 1;
    return sum;
  };
  for (let index = 0; index < 9; index += 1) step();
  return () => {
    step();
    return step() >>> 24;
  };
}

function rotated(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

const STATE_WORDS = 624;
const LAG_WORDS = 17;
