/** Encrypted documents of the new formats: a compound file with the encrypted package in one stream and how it is
 *  encrypted in another. */
import type { Budget } from "../../budget.ts";
import type { ExtractorSink } from "../extractor.ts";
import type { CompoundContents, Storage } from "../ole/compound-contents.ts";
import { readAgileEncryption } from "./agile-encryption.ts";
import { type Opened, remarkOpened, tryPasswords } from "./password-attempts.ts";
import { decryptStandard, readStandardEncryption, STANDARD_ROUNDS } from "./standard-encryption.ts";

/** Opens the package with a word of the message, or says that it is encrypted. */
export function readEncryptedPackage(storage: Storage, contents: CompoundContents): [] {
  const entry = storage.streams.get("encryptedpackage");
  if (entry === undefined) return [];
  const { sink, budget } = contents;
  const content = contents.read(entry);
  const decrypted = decryptPackage(contents.read(storage.streams.get("encryptioninfo")), content, contents);
  if (decrypted === undefined) {
    sink.reason("encrypted", "document");
    return [];
  }
  budget.takeOutput(decrypted.length);
  sink.entry("document", decrypted);
  return [];
}

function decryptPackage(info: Buffer, content: Buffer, { sink, budget }: CompoundContents): Buffer | undefined {
  if (info.length < 8 || content.length < 8) return undefined;
  const major = info.readUInt16LE(0);
  const minor = info.readUInt16LE(2);
  // The length in front is not needed: what is behind the package's end is padding.
  const maxBytes = Math.min(content.length - 8, budget.outputBytes);
  const body = content.subarray(8, 8 + maxBytes);
  const opening = openPackage(info, major, minor, sink, budget);
  if (opening === undefined) return undefined;
  if (maxBytes < content.length - 8) sink.reason("limit-bytes", "document");
  remarkOpened(sink, "document", opening.password);
  return opening.key(body);
}

/** Tries the words; the key is what decrypts the content. */
function openPackage(
  info: Buffer,
  major: number,
  minor: number,
  sink: ExtractorSink,
  budget: Budget,
): Opened<(content: Buffer) => Buffer> | undefined {
  if (major === 4 && minor === 4) {
    const agile = readAgileEncryption(info.subarray(8));
    if (agile === undefined) return undefined;
    return tryPasswords(sink, budget, agile.rounds, (password) => {
      const key = agile.open(password);
      return key && ((content) => agile.decrypt(content, key));
    });
  }
  const standard = minor === 2 ? readStandardEncryption(info.subarray(8)) : undefined;
  if (standard === undefined) return undefined;
  return tryPasswords(sink, budget, STANDARD_ROUNDS, (password) => {
    const key = standard.open(password);
    return key && ((content) => decryptStandard(content, key));
  });
}
