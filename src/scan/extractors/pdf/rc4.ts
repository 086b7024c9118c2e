/** RC4: what PDF up to 1.5 enciphers with, and no library of today offers. */

/** Enciphers or deciphers; the same. */
export function rc4(key: Uint8Array, input: Uint8Array): Buffer {
  const state = new Uint8Array(256);
  for (let index = 0; index < 256; index += 1) state[index] = index;
  for (let index = 0, other = 0; index < 256 && key.length > 0; index += 1) {
    const value = state[index] ?? 0;
    other = (other + value + (key[index % key.length] ?? 0)) & 255;
    state[index] = state[other] ?? 0;
    state[other] = value;
  }
  const out = Buffer.allocUnsafe(input.length);
  let first = 0;
  let second = 0;
  for (let index = 0; index < input.length; index += 1) {
    first = (first + 1) & 255;
    const value = state[first] ?? 0;
    second = (second + value) & 255;
    const swapped = state[second] ?? 0;
    state[first] = swapped;
    state[second] = value;
    out[index] = (input[index] ?? 0) ^ (state[(value + swapped) & 255] ?? 0);
  }
  return out;
}
