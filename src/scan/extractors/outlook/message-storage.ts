/** Outlook's messages and templates (.msg, .oft) [MS-OXMSG]: attachments are storages, their properties streams. */

import { utf16 } from "../../../core/bytes.ts";
import type { CompoundContents, Storage } from "../ole/compound-contents.ts";
import type { CompoundEntry } from "../ole/compound-directory.ts";

/** Hands on an attachment under its name and texts in octets; the result are the streams that were handed on whole. */
export function readMessageStorage(storage: Storage, contents: CompoundContents): CompoundEntry[] {
  for (const property of WIDE_TEXTS) {
    const text = contents.read(storage.streams.get(property));
    if (text.length > 0) contents.sink.entry("", Buffer.from(utf16(text), "utf8"));
  }
  const data = storage.streams.get(ATTACHMENT_DATA);
  if (data === undefined) return [];
  contents.sink.entry(attachmentName(storage, contents) || contents.pathOf(data), contents.read(data));
  return [data];
}

function attachmentName(storage: Storage, contents: CompoundContents): string {
  for (const property of NAME_PROPERTIES) {
    const wide = utf16(contents.read(storage.streams.get(`__substg1.0_${property}001f`)));
    const narrow = contents.read(storage.streams.get(`__substg1.0_${property}001e`)).toString("latin1");
    const name = (wide || narrow).split("\0", 1)[0] ?? "";
    if (name !== "") return name;
  }
  return "";
}

/** Long name, short name, name for people. */
const NAME_PROPERTIES = ["3707", "3704", "3001"];
const ATTACHMENT_DATA = "__substg1.0_37010102";
/** The text and the HTML as UTF-16. */
const WIDE_TEXTS = ["__substg1.0_1000001f", "__substg1.0_1013001f"];
