/** Encrypts PDF documents for tests with the standard handler (ISO 32000-2 §7.6), revisions 2 to 7. Octets that a writer
 *  draws by lot are fixed. */
import { createCipheriv, createHash } from "node:crypto";

/** 7 is that of ISO/TS 32003. */
export type PdfRevision = 2 | 3 | 4 | 5 | 6 | 7;

export interface PdfEncryption {
  /** The entries of the trailer, with the encryption dictionary in it. */
  readonly trailer: string;
  /** Enciphers octets of an object. */
  encipher(number: number, bytes: Buffer): Buffer;
}

/** With the cipher that the revision has: RC4 with 40 or 128 bits, AES-128, AES-256. `streams` is the crypt filter of
 *  streams from revision 4 on. */
export function encryptPdf(
  revision: PdfRevision,
  { user = "", owner = "owner", streams = "StdCF", files = "" } = {},
): PdfEncryption {
  return revision >= 5
    ? encryptLong(revision, user, owner, streams, files)
    : encryptShort(revision, user, owner, streams, files);
}

/** As a string of an object. */
export function hexString(bytes: Buffer): string {
  return `<${bytes.toString("hex")}>`;
}

function encryptShort(
  revision: PdfRevision,
  user: string,
  owner: string,
  streams: string,
  files: string,
): PdfEncryption {
  const keyBytes = revision === 2 ? 5 : 16;
  const ownerEntry = ownerOf(revision, keyBytes, user, owner);
  const permissions = Buffer.alloc(4);
  permissions.writeInt32LE(PERMISSIONS);
  let digest = md5(pad(user), ownerEntry, permissions, IDENTIFIER);
  for (let round = 0; round < 50 && revision >= 3; round += 1) digest = md5(digest.subarray(0, keyBytes));
  const key = digest.subarray(0, keyBytes);
  let userEntry = revision === 2 ? rc4(key, PADDING) : md5(PADDING, IDENTIFIER);
  for (let round = 0; round < 20 && revision >= 3; round += 1) userEntry = rc4(turn(key, round), userEntry);
  if (revision >= 3) userEntry = Buffer.concat([userEntry, Buffer.alloc(16)]);
  const version = revision === 4 ? 4 : revision - 1;
  const entries = `/Filter /Standard /V ${version} /R ${revision} /Length ${keyBytes * 8} /P ${PERMISSIONS} /O ${hexString(ownerEntry)} /U ${hexString(userEntry)}`;
  const filters = revision === 4 ? cryptFilters("AESV2", 16, streams, files) : "";
  return {
    trailer: trailer(`${entries} ${filters}`),
    encipher(number, bytes) {
      const salt = Buffer.from([number & 255, (number >> 8) & 255, number >> 16, 0, 0]);
      const digests = revision === 4 ? md5(key, salt, Buffer.from("sAlT")) : md5(key, salt);
      const objectKey = digests.subarray(0, Math.min(16, keyBytes + 5));
      return revision === 4 ? aes("aes-128-cbc", objectKey, bytes) : rc4(objectKey, bytes);
    },
  };
}

function ownerOf(revision: PdfRevision, keyBytes: number, user: string, owner: string): Buffer {
  let digest = md5(pad(owner));
  for (let round = 0; round < 50 && revision >= 3; round += 1) digest = md5(digest);
  const key = digest.subarray(0, keyBytes);
  let entry = rc4(key, pad(user));
  for (let round = 1; round < 20 && revision >= 3; round += 1) entry = rc4(turn(key, round), entry);
  return entry;
}

function encryptLong(
  revision: PdfRevision,
  user: string,
  owner: string,
  streams: string,
  files: string,
): PdfEncryption {
  const key = createHash("sha256").update("file key").digest();
  const digest = revision === 5 ? plainDigest : hardDigest;
  const entry = (password: string, extra: Buffer): { check: Buffer; wrapped: Buffer } => {
    const octets = Buffer.from(password, "utf8");
    const check = Buffer.concat([digest(octets, Buffer.from("checking"), extra), Buffer.from("checkingwrapping")]);
    const wrap = createCipheriv("aes-256-cbc", digest(octets, Buffer.from("wrapping"), extra), Buffer.alloc(16));
    return { check, wrapped: wrap.setAutoPadding(false).update(key) };
  };
  const users = entry(user, Buffer.alloc(0));
  const owners = entry(owner, users.check);
  const entries = `/Filter /Standard /V ${revision === 7 ? 6 : 5} /R ${revision} /Length 256 /P ${PERMISSIONS} /O ${hexString(owners.check)} /OE ${hexString(owners.wrapped)} /U ${hexString(users.check)} /UE ${hexString(users.wrapped)} /Perms ${hexString(permissions(key))}`;
  return {
    trailer: trailer(`${entries} ${cryptFilters(revision === 7 ? "AESV4" : "AESV3", 32, streams, files)}`),
    encipher: (_number, bytes) => (revision === 7 ? gcm(key, bytes) : aes("aes-256-cbc", key, bytes)),
  };
}

/** Algorithm 10. */
function permissions(key: Buffer): Buffer {
  const octets = Buffer.alloc(16, "FFFFFFFFTadbabcd");
  octets.writeInt32LE(PERMISSIONS, 0);
  octets.fill(255, 4, 8);
  return createCipheriv("aes-256-ecb", key, null).setAutoPadding(false).update(octets);
}

function plainDigest(password: Buffer, salt: Buffer, extra: Buffer): Buffer {
  return createHash("sha256")
    .update(Buffer.concat([password, salt, extra]))
    .digest();
}

/** Algorithm 2.B, the remainder of 3 taken from the whole number. */
function hardDigest(password: Buffer, salt: Buffer, extra: Buffer): Buffer {
  let key = plainDigest(password, salt, extra);
  for (let round = 1; ; round += 1) {
    const block = Buffer.concat(Array.from({ length: 64 }, () => Buffer.concat([password, key, extra])));
    const cipher = createCipheriv("aes-128-cbc", key.subarray(0, 16), key.subarray(16, 32));
    const enciphered = cipher.setAutoPadding(false).update(block);
    const rest = Number(BigInt(`0x${enciphered.toString("hex", 0, 16)}`) % 3n);
    key = createHash(["sha256", "sha384", "sha512"][rest] ?? "")
      .update(enciphered)
      .digest();
    if (round >= 64 && (enciphered.at(-1) ?? 0) <= round - 32) return key.subarray(0, 32);
  }
}

function cryptFilters(method: string, keyBytes: number, streams: string, files: string): string {
  const filter = `<< /CFM /${method} /AuthEvent /DocOpen /Length ${keyBytes} >>`;
  return `/CF << /StdCF ${filter} >> /StmF /${streams} /StrF /StdCF ${files === "" ? "" : `/EFF /${files}`}`;
}

function trailer(entries: string): string {
  return `/ID [${hexString(IDENTIFIER)} ${hexString(IDENTIFIER)}] /Encrypt << ${entries} >>`;
}

function aes(name: string, key: Buffer, bytes: Buffer): Buffer {
  const start = Buffer.from("initial vector..", "latin1");
  const cipher = createCipheriv(name, key, start);
  return Buffer.concat([start, cipher.update(bytes), cipher.final()]);
}

function gcm(key: Buffer, bytes: Buffer): Buffer {
  const start = Buffer.from("initial vect", "latin1");
  const cipher = createCipheriv("aes-256-gcm", key, start);
  const enciphered = Buffer.concat([cipher.update(bytes), cipher.final()]);
  return Buffer.concat([start, enciphered, cipher.getAuthTag()]);
}

function rc4(key: Buffer, bytes: Buffer): Buffer {
  const state = Array.from({ length: 256 }, (_, index) => index);
  const swap = (first: number, second: number): void => {
    [state[first], state[second]] = [state[second] ?? 0, state[first] ?? 0];
  };
  for (let index = 0, other = 0; index < 256; index += 1) {
    other = (other + (state[index] ?? 0) + (key[index % key.length] ?? 0)) % 256;
    swap(index, other);
  }
  let first = 0;
  let second = 0;
  return Buffer.from(
    bytes.map((octet) => {
      first = (first + 1) % 256;
      second = (second + (state[first] ?? 0)) % 256;
      swap(first, second);
      return octet ^ (state[((state[first] ?? 0) + (state[second] ?? 0)) % 256] ?? 0);
    }),
  );
}

function md5(...parts: readonly Buffer[]): Buffer {
  return createHash("md5").update(Buffer.concat(parts)).digest();
}

function pad(password: string): Buffer {
  return Buffer.concat([Buffer.from(password, "latin1").subarray(0, 32), PADDING]).subarray(0, 32);
}

function turn(key: Buffer, round: number): Buffer {
  return Buffer.from(key.map((octet) => octet ^ round));
}

const PERMISSIONS = -4;
const IDENTIFIER = Buffer.from("0123456789abcdef", "latin1");
const PADDING = Buffer.from("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a", "hex");
