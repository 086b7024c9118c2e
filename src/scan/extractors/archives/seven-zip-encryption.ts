/** Tells for a 7z archive whether a password may be right before 7-Zip is asked, which takes ten times as long: the first
 *  octets below the encryption have to be the beginning of what comes next. */
import { createDecipheriv, createHash } from "node:crypto";
import {
  parseSevenZipHeader,
  readSevenZipHeader,
  type SevenZipCoder,
  type SevenZipFolder,
  type SevenZipHeader,
} from "./seven-zip-header.ts";

export interface SevenZipEncryption {
  /** The names are encrypted too. */
  readonly isHeader: boolean;
  /** Rounds of hashing that one password takes. */
  readonly rounds: number;
  /** Whether the password may be the right one. */
  mayOpen(password: string): boolean;
}

/** Undefined when nothing in the archive is encrypted, or nothing that can be found. `unpackLzma` is asked for a packed
 *  header. */
export function readSevenZipEncryption(
  archive: Buffer,
  unpackLzma: (stream: Buffer) => Buffer | undefined,
): SevenZipEncryption | undefined {
  const header = readSevenZipHeader(archive);
  if (header === undefined) return undefined;
  const direct = encryptionOf(header, header.isEncoded);
  if (direct !== undefined || !header.isEncoded) return direct;
  const unpacked = unpackHeader(header, unpackLzma);
  const inner = unpacked === undefined ? undefined : parseSevenZipHeader(archive, unpacked);
  return inner === undefined ? undefined : encryptionOf(inner, false);
}

function unpackHeader(
  { folders }: SevenZipHeader,
  unpackLzma: (stream: Buffer) => Buffer | undefined,
): Buffer | undefined {
  const [folder] = folders;
  const [coder] = folder?.coders ?? [];
  if (folder === undefined || coder?.method !== LZMA || folder.coders.length !== 1) return undefined;
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(folder.unpackedBytes));
  return unpackLzma(Buffer.concat([coder.properties, size, folder.packed]));
}

/** Of all encrypted folders: their passwords may differ. */
function encryptionOf({ folders }: SevenZipHeader, isHeader: boolean): SevenZipEncryption | undefined {
  const locks = folders.flatMap(lockOf).slice(0, MAX_FOLDERS);
  const [first] = locks;
  if (first === undefined) return undefined;
  // Another salt would take another key: that is left to 7-Zip.
  const isMixed = locks.some(({ power, salt }) => power !== first.power || !salt.equals(first.salt));
  return {
    isHeader,
    rounds: first.power === NO_HASH ? 1 : 2 ** first.power,
    mayOpen: (password) => {
      if (isMixed) return true;
      const key = deriveKey(password, first.salt, first.power);
      return locks.some((lock) => {
        const decipher = createDecipheriv("aes-256-cbc", key, lock.iv).setAutoPadding(false);
        return lock.begins(decipher.update(lock.start)[0] ?? 0);
      });
    },
  };
}

interface FolderLock {
  readonly power: number;
  readonly salt: Buffer;
  readonly iv: Buffer;
  readonly start: Buffer;
  /** Whether what follows can begin with the octet. */
  readonly begins: (octet: number) => boolean;
}

function lockOf(folder: SevenZipFolder): FolderLock[] {
  const index = folder.coders.findIndex(({ method }) => method === AES);
  const properties = folder.coders[index]?.properties;
  if (properties === undefined || folder.packed.length < BLOCK_BYTES) return [];
  const start = folder.packed.subarray(0, BLOCK_BYTES);
  return [{ ...parseAes(properties), start, begins: beginningOf(folder, index) }];
}

/** What the first octet below the encryption can be, by the coder that takes it. */
function beginningOf({ coders, pairs }: SevenZipFolder, aes: number): (octet: number) => boolean {
  const output = coders.slice(0, aes).reduce((sum, coder) => sum + coder.outputs, 0);
  const next = coderOfInput(coders, pairs.find((pair) => pair.output === output)?.input);
  // The range coder begins with a zero; LZMA2 with a chunk that needs no dictionary.
  if (next?.method === LZMA || next?.method === PPMD) return (octet) => octet === 0;
  if (next?.method === LZMA2) return (octet) => octet <= 1 || octet >= 0xe0;
  return () => true;
}

/** Undefined when nothing takes it: what is encrypted is then stored. */
function coderOfInput(coders: readonly SevenZipCoder[], input: number | undefined): SevenZipCoder | undefined {
  let rest = input ?? Number.POSITIVE_INFINITY;
  for (const coder of coders) {
    if (rest < coder.inputs) return coder;
    rest -= coder.inputs;
  }
  return undefined;
}

function parseAes(properties: Buffer): { power: number; salt: Buffer; iv: Buffer } {
  const first = properties[0] ?? 0;
  const second = properties[1] ?? 0;
  const saltBytes = (first >> 7) + ((first & 0xc0) === 0 ? 0 : second >> 4);
  const ivBytes = ((first >> 6) & 1) + ((first & 0xc0) === 0 ? 0 : second & 15);
  const iv = Buffer.concat([properties.subarray(2 + saltBytes, 2 + saltBytes + ivBytes)], BLOCK_BYTES);
  return { power: first & 0x3f, salt: properties.subarray(2, 2 + saltBytes), iv };
}

/** SHA-256 over salt, password and a counter, again and again; the counters are put in for thousands of rounds at
 *  once. */
function deriveKey(password: string, salt: Buffer, power: number): Buffer {
  const text = Buffer.concat([salt, Buffer.from(password, "utf16le")]);
  if (power === NO_HASH) return Buffer.concat([text, Buffer.alloc(32)], 32);
  const rounds = 2 ** power;
  const perUpdate = Math.min(rounds, ROUNDS_PER_UPDATE);
  const unit = text.length + COUNTER_BYTES;
  const block = Buffer.alloc(unit * perUpdate);
  for (let round = 0; round < perUpdate; round += 1) text.copy(block, round * unit);
  const digest = createHash("sha256");
  for (let start = 0; start < rounds; start += perUpdate) {
    let position = text.length;
    for (let round = start; round < start + perUpdate; round += 1) {
      block.writeUInt32LE(round, position);
      position += unit;
    }
    digest.update(block);
  }
  return digest.digest();
}

const MAX_FOLDERS = 16;
const AES = "06f10701";
const LZMA = "030101";
const LZMA2 = "21";
const PPMD = "030401";
const BLOCK_BYTES = 16;
/** The power that stands for a key without hashing. */
const NO_HASH = 0x3f;
const COUNTER_BYTES = 8;
const ROUNDS_PER_UPDATE = 4096;
