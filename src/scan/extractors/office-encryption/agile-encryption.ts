/** Agile encryption [MS-OFFCRYPTO] 2.3.4.10-15, what Office has written since 2010: parameters in XML, a key that is
 *  encrypted under the password, content in segments. */
import { createDecipheriv } from "node:crypto";
import { latin1 } from "../../../core/bytes.ts";
import { readTags, type XmlTag } from "../office/xml-tags.ts";
import { fitted, hashOf, hashPassword } from "./block-hash.ts";

export interface AgileEncryption {
  /** How many times a password is hashed. */
  readonly rounds: number;
  /** The content's key, undefined for a wrong password. */
  open(password: string): Buffer | undefined;
  /** Decrypts the content of the package, which stands behind its length. */
  decrypt(content: Buffer, key: Buffer): Buffer;
}

interface Parameters {
  readonly hashAlgorithm: string;
  readonly keyBytes: number;
  readonly blockBytes: number;
  readonly salt: Buffer;
}

/** Reads the XML behind the version; undefined when it asks for what is not known. */
export function readAgileEncryption(xml: Buffer): AgileEncryption | undefined {
  let data: Parameters | undefined;
  let password: XmlTag | undefined;
  for (const tag of readTags(latin1(xml, 0, MAX_XML_BYTES))) {
    if (tag.name === "keyData") data ??= readParameters(tag);
    if (tag.name === "encryptedKey" && tag.attributes.has("spinCount")) password ??= tag;
  }
  const key = password === undefined ? undefined : readParameters(password);
  if (data === undefined || key === undefined || password === undefined) return undefined;
  return agileEncryption(data, key, password.attributes);
}

function agileEncryption(
  data: Parameters,
  key: Parameters,
  attributes: ReadonlyMap<string, string>,
): AgileEncryption | undefined {
  const rounds = Number(attributes.get("spinCount"));
  const octets = (name: string): Buffer => Buffer.from(attributes.get(name) ?? "", "base64");
  if (!Number.isInteger(rounds) || rounds < 0) return undefined;
  return {
    rounds,
    open(password) {
      const base = hashPassword(key.hashAlgorithm, key.salt, password, rounds);
      const decrypted = (name: string, purpose: Buffer): Buffer => {
        const derived = fitted(hashOf(key.hashAlgorithm, base, purpose), key.keyBytes);
        return decipher(derived, fitted(key.salt, key.blockBytes), octets(name));
      };
      const input = decrypted("encryptedVerifierHashInput", FOR_VERIFIER).subarray(0, key.salt.length);
      const expected = hashOf(key.hashAlgorithm, input);
      const given = decrypted("encryptedVerifierHashValue", FOR_VERIFIER_HASH).subarray(0, expected.length);
      if (!expected.equals(given)) return undefined;
      return decrypted("encryptedKeyValue", FOR_KEY).subarray(0, data.keyBytes);
    },
    decrypt(content, contentKey) {
      const segments: Buffer[] = [];
      for (let start = 0, index = 0; start < content.length; start += SEGMENT_BYTES, index += 1) {
        const number = Buffer.alloc(4);
        number.writeUInt32LE(index);
        const iv = fitted(hashOf(data.hashAlgorithm, data.salt, number), data.blockBytes);
        segments.push(decipher(contentKey, iv, content.subarray(start, start + SEGMENT_BYTES)));
      }
      return Buffer.concat(segments);
    },
  };
}

function readParameters({ attributes }: XmlTag): Parameters | undefined {
  const hashAlgorithm = HASHES.get((attributes.get("hashAlgorithm") ?? "").toUpperCase().replace("-", ""));
  const keyBits = Number(attributes.get("keyBits"));
  const blockBytes = Number(attributes.get("blockSize"));
  const isAes = attributes.get("cipherAlgorithm") === "AES" && attributes.get("cipherChaining") === "ChainingModeCBC";
  if (hashAlgorithm === undefined || !isAes || blockBytes !== AES_BLOCK_BYTES || !AES_KEY_BITS.has(keyBits)) {
    return undefined;
  }
  const salt = Buffer.from(attributes.get("saltValue") ?? "", "base64");
  return { hashAlgorithm, keyBytes: keyBits / 8, blockBytes, salt };
}

/** AES-CBC over the whole blocks of `input`. */
function decipher(key: Buffer, iv: Buffer, input: Buffer): Buffer {
  if (key.length !== 16 && key.length !== 24 && key.length !== 32) return Buffer.alloc(0);
  const cipher = createDecipheriv(`aes-${key.length * 8}-cbc`, key, iv);
  cipher.setAutoPadding(false);
  return cipher.update(input.subarray(0, input.length & ~(AES_BLOCK_BYTES - 1)));
}

const MAX_XML_BYTES = 64 * 1024;
const SEGMENT_BYTES = 4096;
const AES_BLOCK_BYTES = 16;
const AES_KEY_BITS = new Set([128, 192, 256]);
const HASHES = new Map([
  ["SHA1", "sha1"],
  ["SHA256", "sha256"],
  ["SHA384", "sha384"],
  ["SHA512", "sha512"],
  ["MD5", "md5"],
]);
/** What each derived key is for (2.3.4.13). */
const FOR_VERIFIER = Buffer.from("fea7d2763b4b9e79", "hex");
const FOR_VERIFIER_HASH = Buffer.from("d7aa0f6d3061344e", "hex");
const FOR_KEY = Buffer.from("146e0be7abacd0d6", "hex");
