/** The header values that people are shown of a message, decoded. Nothing decides on them. */
import { CR, fromLatin1, LF, latin1, SPACE, TAB } from "../core/bytes.ts";
import type { MessageDisplay } from "../core/model.ts";
import { mimeLimits } from "../core/scan-limits.ts";
import { utf8Text } from "./charset-text.ts";

/** Reads the first of each field in the header, octets [0, headerBytes) of `message`. Values of plain text are taken
 *  as they are; mailparser is loaded for the first message with encoded words or another charset. Not sanitized. */
export async function displayOf(message: Buffer, headerBytes: number): Promise<MessageDisplay> {
  const values = firstValues(message.subarray(0, headerBytes));
  const simple = values.map(simpleText);
  const [subject, from, date, messageId] = simple.some((text) => text === undefined) ? await parse(values) : simple;
  return { subject: cut(subject), from: cut(from), date: cut(date), messageId: cut(messageId) };
}

/** The octets of each value in `NAMES`, folded as they are; empty where the field is missing. */
function firstValues(header: Buffer): readonly Buffer[] {
  const values: Buffer[] = NAMES.map(() => NOTHING);
  let missing = NAMES.length;
  let position = 0;
  while (position < header.length && missing > 0) {
    const end = endOfLine(header, position);
    const index = nameIndex(header, position, end);
    if (index >= 0 && values[index] === NOTHING) {
      const start = position + (NAMES[index]?.length ?? 0) + 1;
      values[index] = header.subarray(start, Math.min(endOfField(header, end), start + mimeLimits.displayBytes));
      missing -= 1;
    }
    position = end;
  }
  return values;
}

/** Which name the line starts with, or -1. */
function nameIndex(header: Buffer, start: number, end: number): number {
  const index = INITIALS.indexOf((header[start] ?? 0) | 0x20);
  const name = NAMES[index];
  if (name === undefined) return -1;
  const colon = start + name.length;
  if (colon >= end || header[colon] !== COLON) return -1;
  return latin1(header, start, colon).toLowerCase() === name ? index : -1;
}

/** Undefined when the value is not plain UTF-8 text. */
function simpleText(value: Buffer): string | undefined {
  const text = isAscii(value) ? latin1(value) : utf8Text(value);
  if (text === undefined || text.includes("=?")) return undefined;
  return (text.indexOf("\n") === text.length - 1 ? text : text.replace(/\r?\n/g, "")).trim();
}

function isAscii(value: Buffer): boolean {
  for (let position = 0; position < value.length; position += 1) {
    if ((value[position] as number) >= 0x80) return false;
  }
  return true;
}

/** All values through mailparser, as a small header of their own: the rest of the message never gets there. What it
 *  can not read is shown as its octets. */
async function parse(values: readonly Buffer[]): Promise<readonly string[]> {
  const plain = values.map((value) =>
    value
      .toString("latin1")
      .replace(/[\r\n]+/g, "")
      .trim(),
  );
  try {
    const { simpleParser } = await import("mailparser");
    const lines = NAMES.map((name, index) => Buffer.concat([fromLatin1(`${name}: ${plain[index] ?? ""}`), CRLF]));
    const mail = await simpleParser(Buffer.concat([...lines, CRLF]), { skipTextToHtml: true, skipHtmlToText: true });
    return [mail.subject ?? "", mail.from?.text ?? "", plain[2] ?? "", mail.messageId ?? ""];
  } catch {
    return plain;
  }
}

/** Cut by characters, so that no half of a surrogate pair is left. */
function cut(text = ""): string {
  if (text.length <= mimeLimits.displayCharacters) return text.toWellFormed();
  return `${text.slice(0, mimeLimits.displayCharacters - 1).replace(/[\ud800-\udbff]$/, "")}…`.toWellFormed();
}

function endOfLine(bytes: Buffer, position: number): number {
  const lineFeed = bytes.indexOf(LF, position);
  return lineFeed < 0 ? bytes.length : lineFeed + 1;
}

function endOfField(bytes: Buffer, lineEnd: number): number {
  let position = lineEnd;
  while (position < bytes.length && (bytes[position] === SPACE || bytes[position] === TAB)) {
    position = endOfLine(bytes, position);
  }
  return position;
}

const NAMES = ["subject", "from", "date", "message-id"] as const;
/** No two begin alike. */
const INITIALS = NAMES.map((name) => name.charCodeAt(0));
const NOTHING = Buffer.alloc(0);
const CRLF = Buffer.from([CR, LF]);
const COLON = 0x3a;
