/** Word's binary documents [MS-DOC]: encrypted ones are opened with words of the message, fields are looked at. */

import { utf16 } from "../../../core/bytes.ts";
import { isRemoteTarget } from "../office/remote-target.ts";
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
    const table = contents.read(storage.streams.get(tableName(flags)));
    if (isRemoteTarget(templateOf(main, table))) contents.sink.heuristic("external-template");
  } else if ((flags & OBFUSCATED) !== 0 || !openDocument(storage, main, flags, contents)) {
    contents.sink.reason("encrypted", "document");
  }
  return [];
}

/** Hands on the decrypted streams; false when no word opens them. */
function openDocument(storage: Storage, main: Buffer, flags: number, contents: CompoundContents): boolean {
  const { sink, budget } = contents;
  const table = contents.read(storage.streams.get(tableName(flags)));
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
  if (isRemoteTarget(templateOf(main, decrypted(table, main.readUInt32LE(14))))) sink.heuristic("external-template");
  sink.entry("Table", decrypted(table, main.readUInt32LE(14)));
  const data = contents.read(storage.streams.get("data"));
  if (data.length > 0) sink.entry("Data", decrypted(data, 0));
  return true;
}

function tableName(flags: number): string {
  return (flags & SECOND_TABLE) === 0 ? "0table" : "1table";
}

/** The document's template: the second text of a list in the table stream [MS-DOC] 2.9.271, 2.5.6. */
function templateOf(main: Buffer, table: Buffer): string {
  if (main.length < ASSOCIATIONS + 8) return "";
  const start = main.readUInt32LE(ASSOCIATIONS);
  if (start + 6 > table.length || table.readUInt16LE(start) !== 0xffff) return "";
  const extraBytes = table.readUInt16LE(start + 4);
  let position = start + 6;
  for (let index = 0; index < 2 && position + 2 <= table.length; index += 1) {
    const end = position + 2 + table.readUInt16LE(position) * 2;
    if (index === 1) return utf16(table, position + 2, end);
    position = end + extraBytes;
  }
  return "";
}

/** The beginning of the file information block, which stays as it is. */
const PLAIN_BYTES = 68;
const BLOCK_BYTES = 512;
/** Where the file information block says where the list is. */
const ASSOCIATIONS = 154 + 32 * 8;
const ENCRYPTED = 0x0100;
const SECOND_TABLE = 0x0200;
const OBFUSCATED = 0x8000;
