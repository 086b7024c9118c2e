/** Excel's oldest protection [MS-OFFCRYPTO] 2.3.7: octets are rotated and combined with 16 octets made of the password. */

/** The 16 octets, when the password is the one that `key` and `verifier` were made of. */
export function openXorObfuscation(password: string, key: number, verifier: number): Uint8Array | undefined {
  const bytes = Buffer.from(password.slice(0, MAX_CHARACTERS), "latin1");
  if (bytes.length === 0 || verifierOf(bytes) !== verifier) return undefined;
  const pad = Buffer.concat([bytes, PADDING]).subarray(0, 16);
  return pad.map((octet, index) => rotateLeft(octet ^ (index % 2 === 0 ? key & 255 : key >> 8), 2));
}

/** Decrypts octets [start, end) in place; `index` is that of the first one's octet among the 16. */
export function decryptXor(bytes: Buffer, start: number, end: number, pad: Uint8Array, index: number): void {
  for (let position = start; position < end; position += 1) {
    bytes[position] = rotateLeft(bytes[position] ?? 0, 3) ^ (pad[(index + position - start) & 15] ?? 0);
  }
}

/** 2.3.7.1: over the length and the characters from the last to the first. */
function verifierOf(password: Buffer): number {
  let verifier = 0;
  for (const octet of [password.length, ...password].reverse()) {
    verifier = (((verifier >> 14) & 1) | ((verifier << 1) & 0x7fff)) ^ octet;
  }
  return verifier ^ 0xce4b;
}

function rotateLeft(octet: number, bits: number): number {
  return ((octet << bits) | (octet >> (8 - bits))) & 255;
}

const MAX_CHARACTERS = 15;
const PADDING = Buffer.from("bbffffba ffffb980 00be0f00 bf0f0000".replaceAll(" ", ""), "hex");
