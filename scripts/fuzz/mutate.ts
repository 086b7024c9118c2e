/** Changes of valid input that parsers are known to stumble over. */
import type { Random } from "./random.ts";

/** A changed copy of `input`, at most `maxBytes` long. `others` lend pieces. */
export function mutate(
  input: Buffer,
  random: Random,
  others: readonly [Buffer, ...Buffer[]],
  maxBytes = MAX_BYTES,
): Buffer {
  let bytes = Buffer.from(input.subarray(0, maxBytes));
  for (let count = 1 + random.below(random.pick([2, 2, 4, 16])); count > 0; count -= 1) {
    bytes = random.pick(CHANGES)(bytes, random, random.pick(others)).subarray(0, maxBytes);
  }
  return bytes;
}

type Change = (bytes: Buffer<ArrayBuffer>, random: Random, other: Buffer) => Buffer<ArrayBuffer>;

function flipBit(bytes: Buffer<ArrayBuffer>, random: Random): Buffer<ArrayBuffer> {
  const at = random.below(bytes.length);
  if (bytes.length > 0) bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
  return bytes;
}

function setOctet(bytes: Buffer<ArrayBuffer>, random: Random): Buffer<ArrayBuffer> {
  if (bytes.length > 0) bytes[random.below(bytes.length)] = random.pick(OCTETS);
  return bytes;
}

/** Lengths, counts and offsets of binary formats. */
function setNumber(bytes: Buffer<ArrayBuffer>, random: Random): Buffer<ArrayBuffer> {
  if (bytes.length < 8) return bytes;
  const at = random.below(bytes.length - 7);
  const value = random.pick(NUMBERS);
  const width = random.pick([2, 4, 8]);
  if (width === 8) bytes.writeBigUInt64LE(BigInt(value), at);
  else if (width === 4) random.below(2) === 0 ? bytes.writeUInt32LE(value, at) : bytes.writeUInt32BE(value, at);
  else bytes.writeUInt16LE(value & 0xffff, at);
  return bytes;
}

function remove(bytes: Buffer<ArrayBuffer>, random: Random): Buffer<ArrayBuffer> {
  const start = random.below(bytes.length);
  const end = start + 1 + random.below(random.pick([4, 64, bytes.length]));
  return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
}

function truncate(bytes: Buffer<ArrayBuffer>, random: Random): Buffer<ArrayBuffer> {
  return bytes.subarray(0, random.below(bytes.length + 1));
}

/** The same piece several times: what loops, and what is quadratic. */
function repeat(bytes: Buffer<ArrayBuffer>, random: Random): Buffer<ArrayBuffer> {
  const start = random.below(bytes.length);
  const piece = bytes.subarray(start, start + 1 + random.below(random.pick([4, 100, 1_000])));
  const times = 1 + random.below(random.pick([3, 30, 1_000]));
  return Buffer.concat([
    bytes.subarray(0, start),
    ...Array.from({ length: times }, () => piece),
    bytes.subarray(start),
  ]);
}

function swap(bytes: Buffer<ArrayBuffer>, random: Random): Buffer<ArrayBuffer> {
  const cuts = [random.below(bytes.length), random.below(bytes.length), random.below(bytes.length)].sort(
    (a, b) => a - b,
  );
  const [first = 0, second = 0, third = 0] = cuts;
  return Buffer.concat([
    bytes.subarray(0, first),
    bytes.subarray(second, third),
    bytes.subarray(first, second),
    bytes.subarray(third),
  ]);
}

/** A piece of another input, put in or put over. */
function splice(bytes: Buffer<ArrayBuffer>, random: Random, other: Buffer): Buffer<ArrayBuffer> {
  const start = random.below(other.length);
  const piece = other.subarray(start, start + 1 + random.below(random.pick([16, 256, other.length])));
  const at = random.below(bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(random.below(2) === 0 ? at : at + piece.length)]);
}

function insertText(bytes: Buffer<ArrayBuffer>, random: Random): Buffer<ArrayBuffer> {
  const at = random.below(bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(random.pick(TEXTS), "latin1"), bytes.subarray(at)]);
}

const CHANGES: readonly [Change, ...Change[]] = [
  flipBit,
  setOctet,
  setNumber,
  remove,
  truncate,
  repeat,
  swap,
  splice,
  insertText,
];
const OCTETS = [0, 0xff, 0x7f, 0x80, 0x0a, 0x0d, 0x20, 0x09, 0x22, 0x2d, 0x3d, 0x3a, 0x3b, 0x28, 0x29, 0x5c] as const;
const NUMBERS = [0, 1, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff, 0x10000, 65_537] as const;
const TEXTS = [
  "\r\n",
  "\n\n",
  "\r\r\n",
  "\0",
  "--",
  "=",
  "==",
  "=\r\n",
  "=?utf-8?q?",
  "?=",
  "()",
  '"',
  "\\",
  "begin 644 a\n",
  "Content-Type: multipart/mixed; boundary=a\r\n",
  "Content-Type: message/rfc822\r\n\r\n",
  "Content-Transfer-Encoding: base64\r\n",
  "%00",
  "\u00ff\u00fe",
  "*",
  "{1-1000000}",
] as const;
/** Large enough for whatever is quadratic to show, small enough for many inputs a second. */
const MAX_BYTES = 64 * 1024;
