/** The key of an encrypted document from a password (ISO 32000-2 §7.6.4.3): what opens it as the user's or as the
 *  owner's. */
import { createCipheriv, createDecipheriv, hash } from "node:crypto";
import { rc4 } from "./rc4.ts";

/** The entries of the encryption dictionary that keys are made of. */
export interface KeyMaterial {
  readonly revision: number;
  /** Octets of the key, the likeliest first: writers disagree on what the document says about it. */
  readonly keyBytes: readonly number[];
  readonly owner: Buffer;
  readonly user: Buffer;
  readonly ownerKey: Buffer;
  readonly userKey: Buffer;
  readonly permissions: number;
  /** First parts of the file's identifier that come into question, the likeliest first. */
  readonly identifiers: readonly Buffer[];
  readonly isMetadataEncrypted: boolean;
}

/** Undefined when the password opens nothing. The empty one is tried in every way there is; the others, of which there
 *  are many, in the likeliest. */
export function fileKey(given: KeyMaterial, password: string): Buffer | undefined {
  const { keyBytes, identifiers } = given;
  const material =
    password === "" ? given : { ...given, keyBytes: keyBytes.slice(0, 1), identifiers: identifiers.slice(0, 1) };
  if (material.revision >= 5) return longKey(material, Buffer.from(password, "utf8").subarray(0, 127));
  const octets = Buffer.from(password, isLatin1(password) ? "latin1" : "utf8");
  return (
    userKey(material, octets) ??
    material.keyBytes
      .map((keyBytes) => userKey(material, userPassword(material, octets, keyBytes)))
      .find((key) => key !== undefined)
  );
}

/** Algorithms 2, 4 to 6: revisions 2 to 4. */
function userKey(material: KeyMaterial, password: Buffer): Buffer | undefined {
  const { revision, owner, user, isMetadataEncrypted } = material;
  const permissions = Buffer.alloc(4);
  permissions.writeInt32LE(material.permissions | 0);
  const mark = revision >= 4 && !isMetadataEncrypted ? Buffer.from("ffffffff", "hex") : NOTHING;
  for (const identifier of material.identifiers) {
    for (const keyBytes of material.keyBytes) {
      let digest = md5(padded(password), owner.subarray(0, 32), permissions, identifier, mark);
      for (let round = 0; round < 50 && revision >= 3; round += 1) digest = md5(digest.subarray(0, keyBytes));
      const key = digest.subarray(0, keyBytes);
      if (revision < 3 ? rc4(key, PADDING).equals(user) : isUser(key, identifier, user)) return key;
    }
  }
  return undefined;
}

function isUser(key: Buffer, identifier: Buffer, user: Buffer): boolean {
  let check = md5(PADDING, identifier);
  for (let round = 0; round < 20; round += 1) check = rc4(turned(key, round), check);
  return check.equals(user.subarray(0, 16));
}

/** Algorithm 7: the user's password that the owner's one stands for. */
function userPassword({ revision, owner }: KeyMaterial, password: Buffer, keyBytes: number): Buffer {
  let digest = md5(padded(password));
  for (let round = 0; round < 50 && revision >= 3; round += 1) digest = md5(digest);
  const key = digest.subarray(0, keyBytes);
  if (revision < 3) return rc4(key, owner.subarray(0, 32));
  let user: Buffer = owner.subarray(0, 32);
  for (let round = 19; round >= 0; round -= 1) user = rc4(turned(key, round), user);
  return user;
}

/** Algorithms 2.A, 11 and 12: revisions 5 and 6. */
function longKey({ revision, owner, user, ownerKey, userKey }: KeyMaterial, password: Buffer): Buffer | undefined {
  if (user.length < 48) return undefined;
  const digest = revision === 5 ? shortDigest : hardDigest;
  const identity = user.subarray(0, 48);
  for (const [check, wrapped, extra] of [
    [user, userKey, NOTHING],
    [owner, ownerKey, identity],
  ] as const) {
    if (check.length < 48 || wrapped.length < 32) continue;
    if (!digest(password, check.subarray(32, 40), extra).equals(check.subarray(0, 32))) continue;
    const key = digest(password, check.subarray(40, 48), extra);
    const decipher = createDecipheriv("aes-256-cbc", key, Buffer.alloc(16)).setAutoPadding(false);
    return decipher.update(wrapped.subarray(0, 32));
  }
  return undefined;
}

function shortDigest(password: Buffer, salt: Buffer, extra: Buffer): Buffer {
  return hash("sha256", Buffer.concat([password, salt, extra]), "buffer");
}

/** Algorithm 2.B. */
function hardDigest(password: Buffer, salt: Buffer, extra: Buffer): Buffer {
  let key = shortDigest(password, salt, extra);
  for (let round = 0, last = 0; round < 64 || last > round - 32; round += 1) {
    const unit = Buffer.concat([password, key, extra]);
    const block = Buffer.alloc(unit.length * 64, unit);
    const cipher = createCipheriv("aes-128-cbc", key.subarray(0, 16), key.subarray(16, 32)).setAutoPadding(false);
    const enciphered = cipher.update(block);
    let sum = 0;
    for (let index = 0; index < 16; index += 1) sum += enciphered[index] ?? 0;
    key = hash(["sha256", "sha384", "sha512"][sum % 3] ?? "sha256", enciphered, "buffer");
    last = enciphered[enciphered.length - 1] ?? 0;
  }
  return key.subarray(0, 32);
}

function md5(...inputs: readonly Buffer[]): Buffer {
  const [first = NOTHING] = inputs;
  return hash("md5", inputs.length === 1 ? first : Buffer.concat(inputs), "buffer");
}

function padded(password: Buffer): Buffer {
  return Buffer.concat([password.subarray(0, 32), PADDING]).subarray(0, 32);
}

/** Every octet of the key turned by the number of the round. */
function turned(key: Buffer, round: number): Buffer {
  return Buffer.from(key.map((octet) => octet ^ round));
}

function isLatin1(text: string): boolean {
  return /^[\0-\xff]*$/.test(text);
}

const NOTHING = Buffer.alloc(0);
/** Algorithm 2, step a. */
const PADDING = Buffer.from("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a", "hex");
