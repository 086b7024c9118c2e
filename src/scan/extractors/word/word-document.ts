/** Word's binary documents [MS-DOC]: encrypted ones are opened with words of the message, fields are looked at. */

import { remarkOpened, tryPasswords } from "../office-encryption/password-attempts.ts";
import { Rc4Stream } from "../office-encryption/rc4.ts";
import { readRc4Header } from "../office-encryption/rc4-encryption.ts";
import type { CompoundContents, Storage } from "../ole/compound-contents.ts";
import { hasDdeField } from "./word-fields.ts";

/** Looks at the main stream of a document; the streams themselves remain. */
export function readWordDocument(storage: Storage, contents: CompoundContents): [] {
  const main = contents.read(storage.streams.get("worddocument"));
  if (main.length < PLAIN_BYTES) return [];
  const flags = main.readUInt16LE(10);
  const isEncrypted = (flags & ENCRYPTED) !== 0;
  if (!isEncrypted) {
    if (hasDdeField(main)) contents.sink.heuristic("dde");
  } else if ((flags & OBFUSCATED) !== 0 || !openDocument(storage, main, flags, contents)) {
    contents.sink.reason("encrypted", "document");
  }
  return [];
}

/** Hands on the decrypted streams; false when no word opens them. */
function openDocument(storage: Storage, main: Buffer, flags: number, contents: CompoundContents): boolean {
  const { sink, budget } = contents;
  const tableName = (flags & SECOND_TABLE) === 0 ? "0table" : "1table";
  const table = contents.read(storage.streams.get(tableName));
  const open = readRc4Header(table, 0);
  const opened = open && tryPasswords(sink, budget, 0, open);
  if (opened === undefined) return false;
  remarkOpened(sink, "document", opened.password);
  const decrypted = (stream: Buffer, plainBytes: number): Buffer => {
    const plain = Buffer.from(stream);
    new Rc4Stream(opened.key, BLOCK_BYTES).decrypt(plain, Math.min(plainBytes, plain.length), plain.length);
    return plain;
  };
  const text = decrypted(main, PLAIN_BYTES);
  if (hasDdeField(text)) sink.heuristic("dde");
  sink.entry("WordDocument", text);
  sink.entry(tableName, decrypted(table, main.readUInt32LE(14)));
  const data = contents.read(storage.streams.get("data"));
  if (data.length > 0) sink.entry("Data", decrypted(data, 0));
  return true;
}

/** The beginning of the file information block, which stays as it is. */
const PLAIN_BYTES = 68;
const BLOCK_BYTES = 512;
const ENCRYPTED = 0x0100;
const SECOND_TABLE = 0x0200;
const OBFUSCATED = 0x8000;
