/** Tells for a RAR 5 archive whether a password is right before 7-Zip is asked, by the value that the archive has for
 *  that (the RAR 5.0 archive format). */
import { pbkdf2Sync } from "node:crypto";

export interface Rar5Encryption {
  /** Rounds of hashing that one password takes. */
  readonly rounds: number;
  mayOpen(password: string): boolean;
}

/** Of the archive's headers or of its first encrypted file; undefined when nothing is encrypted. */
export function readRar5Encryption(archive: Buffer): Rar5Encryption | undefined {
  let position = SIGNATURE_BYTES;
  for (let headers = 0; headers < MAX_HEADERS; headers += 1) {
    const header = readHeader(archive, position);
    if (header === undefined) return undefined;
    const { type, fields, extra, next } = header;
    const encryption = type === ENCRYPTION_HEADER ? parse(fields.bytes, fields.position, 0) : fileEncryption(extra);
    if (encryption !== undefined) return encryption;
    position = next;
  }
  return undefined;
}

interface Header {
  readonly type: number;
  readonly fields: Cursor;
  readonly extra: Buffer;
  readonly next: number;
}

function readHeader(archive: Buffer, start: number): Header | undefined {
  const cursor = new Cursor(archive, start + CHECKSUM_BYTES);
  const size = cursor.number();
  const end = cursor.position + size;
  if (size === 0 || end > archive.length) return undefined;
  const type = cursor.number();
  const flags = cursor.number();
  const extraBytes = (flags & HAS_EXTRA) !== 0 ? cursor.number() : 0;
  const dataBytes = (flags & HAS_DATA) !== 0 ? cursor.number() : 0;
  return {
    type,
    fields: cursor,
    extra: archive.subarray(Math.max(start, end - extraBytes), end),
    next: end + dataBytes,
  };
}

/** Record 1 of a file's extra area. */
function fileEncryption(extra: Buffer): Rar5Encryption | undefined {
  const cursor = new Cursor(extra, 0);
  while (cursor.position < extra.length) {
    const size = cursor.number();
    const end = cursor.position + size;
    if (size === 0) return undefined;
    if (cursor.number() === ENCRYPTION_RECORD) return parse(extra, cursor.position, IV_BYTES);
    cursor.position = end;
  }
  return undefined;
}

/** Version, flags, the logarithm of the rounds, salt, `gapBytes` of something else, and the check value. */
function parse(bytes: Buffer, start: number, gapBytes: number): Rar5Encryption | undefined {
  const cursor = new Cursor(bytes, start);
  cursor.number();
  const hasCheck = (cursor.number() & 1) !== 0;
  const rounds = 2 ** (bytes[cursor.position] ?? 0);
  const salt = bytes.subarray(cursor.position + 1, cursor.position + 1 + SALT_BYTES);
  const checkStart = cursor.position + 1 + SALT_BYTES + gapBytes;
  const check = bytes.subarray(checkStart, checkStart + CHECK_BYTES);
  if (salt.length < SALT_BYTES) return undefined;
  if (!hasCheck || check.length < CHECK_BYTES) return { rounds, mayOpen: () => true };
  return { rounds, mayOpen: (password) => checkValue(password, salt, rounds).equals(check) };
}

/** The hash of 32 further rounds, folded to eight octets. */
function checkValue(password: string, salt: Buffer, rounds: number): Buffer {
  const value = pbkdf2Sync(password.slice(0, MAX_PASSWORD_CHARACTERS), salt, rounds + 32, 32, "sha256");
  const folded = Buffer.alloc(CHECK_BYTES);
  for (const [index, octet] of value.entries()) {
    folded[index % CHECK_BYTES] = (folded[index % CHECK_BYTES] ?? 0) ^ octet;
  }
  return folded;
}

/** Reads numbers of seven bits an octet; 0 behind the end. */
class Cursor {
  readonly bytes: Buffer;
  position: number;

  constructor(bytes: Buffer, position: number) {
    this.bytes = bytes;
    this.position = position;
  }

  number(): number {
    let value = 0;
    let scale = 1;
    for (let octets = 0; octets < MAX_NUMBER_OCTETS; octets += 1) {
      const octet = this.bytes[this.position] ?? 0;
      this.position += 1;
      value += (octet & 0x7f) * scale;
      if (octet < 0x80) break;
      scale *= 128;
    }
    return value;
  }
}

const SIGNATURE_BYTES = 8;
const CHECKSUM_BYTES = 4;
const ENCRYPTION_HEADER = 4;
const ENCRYPTION_RECORD = 1;
const HAS_EXTRA = 1;
const HAS_DATA = 2;
const SALT_BYTES = 16;
const IV_BYTES = 16;
const CHECK_BYTES = 8;
const MAX_NUMBER_OCTETS = 7;
const MAX_PASSWORD_CHARACTERS = 127;
/** The first encrypted file is near the beginning; without one there is nothing to try. */
const MAX_HEADERS = 1_000;
