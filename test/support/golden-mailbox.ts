/** The messages of golden dialogues: our own, made to any size, so that a dialogue need not carry them. Their bodies are
 *  made of one character that nothing else in a dialogue has: wherever it shows up, a body does. */
import { resolveSection } from "../../src/mime/sections/resolve-section.ts";
import { sectionMap } from "../../src/mime/sections/section-map.ts";
import { parseSectionName } from "../../src/mime/sections/section-name.ts";
import { headerLength } from "./spool-model.ts";

/** Every octet of every body but line ends, boundaries and headers of parts. */
export const BODY_OCTET = "~";
/** The same inside base64. */
export const BODY_BASE64 = "fn5+";

/** A message of exactly `bytes` octets where that is at least some two hundred: text with an attachment when it is large
 *  enough for one. The same for the same name and size. */
export function goldenMessage(name: string, bytes: number): Buffer {
  const fields = `From: ann@example.org\r\nTo: bob@example.org\r\nSubject: note ${name}\r\nMessage-ID: <${name}@example.org>\r\n`;
  if (bytes < fields.length + 4) return Buffer.from(bytes < 4 ? "" : `\r\n${lines(bytes - 2)}`);
  const attachment = bytes - fields.length - ATTACHED.length - CLOSING.length - TEXT.length - 2 * LINE_BYTES;
  if (attachment < LINE_BYTES) return Buffer.from(`${fields}\r\n${lines(bytes - fields.length - 2)}`);
  const count = Math.floor(attachment / LINE_BYTES);
  const base64 = `${BODY_BASE64.repeat(19)}\r\n`.repeat(count);
  const rest = bytes - fields.length - ATTACHED.length - CLOSING.length - TEXT.length - base64.length;
  return Buffer.from(`${fields}${TEXT}${lines(rest)}${ATTACHED}${base64}${CLOSING}`);
}

/** What is sent instead of an infected message: nothing of it, in more parts than it has. */
export function goldenReplacement(name: string): Buffer {
  const fields = `From: ann@example.org\r\nSubject: note ${name}\r\nMIME-Version: 1.0\r\n`;
  const type = 'Content-Type: multipart/mixed; boundary="new"\r\n\r\n';
  const part = (text: string) => `--new\r\nContent-Type: text/plain\r\n\r\n${text}\r\n`;
  return Buffer.from(
    `${fields}${type}${part("removed")}${part("the second part is removed, too")}${part("x")}--new--\r\n`,
  );
}

/** The octets of an item of FETCH, as `BODY[TEXT]<5>`, of which a partial has `length`. */
export function goldenItem(message: Buffer, item: string, length: number | undefined): Buffer {
  const upper = item.toUpperCase();
  if (upper === "RFC822") return message;
  if (upper === "RFC822.HEADER") return message.subarray(0, headerLength(message));
  if (upper === "RFC822.TEXT") return message.subarray(headerLength(message));
  const groups = /^(?<base>BODY|BINARY)\[(?<section>.*)\](?:<(?<offset>\d+)>)?$/is.exec(item)?.groups;
  const parsed = parseSectionName(groups?.section ?? "");
  if (groups === undefined || parsed === undefined) throw new Error(`no item of FETCH: ${item}`);
  const ranges = resolveSection(sectionMap(message), parsed) ?? [];
  const raw = Buffer.concat(ranges.map(({ start, end }) => message.subarray(start, end)));
  const isEncoded = groups.base?.toUpperCase() === "BINARY" && raw.includes(BODY_BASE64);
  const whole = isEncoded ? Buffer.from(raw.toString("latin1"), "base64") : raw;
  if (groups.offset === undefined) return whole;
  const start = Number(groups.offset);
  return whole.subarray(start, length === undefined ? undefined : start + length);
}

/** What a server says of the message besides its octets. */
export function goldenEnvelope(name: string): string {
  const [ann, bob] = ["ann", "bob"].map((user) => `((NIL NIL "${user}" "example.org"))`);
  return `(NIL "note ${name}" ${ann} ${ann} ${ann} ${bob} NIL NIL NIL "<${name}@example.org>")`;
}

export function goldenStructure(message: Buffer): string {
  const text = (bytes: number) => `("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" ${bytes} 2 NIL NIL NIL NIL)`;
  const attached = message.indexOf(ATTACHED);
  if (attached < 0) return text(message.length - headerLength(message));
  const file = message.length - attached - ATTACHED.length - CLOSING.length;
  const parameters = `("name" "notes.bin") NIL NIL "base64" ${file} NIL ("attachment" ("filename" "notes.bin")) NIL NIL`;
  return `(${text(80)}("application" "octet-stream" ${parameters}) "mixed" ("boundary" "b1") NIL NIL NIL)`;
}

/** Lines of exactly so many octets together. */
function lines(bytes: number): string {
  const count = Math.max(0, Math.floor((bytes - 2) / LINE_BYTES));
  const rest = Math.max(0, bytes - count * LINE_BYTES - 2);
  return `${`${BODY_OCTET.repeat(LINE_BYTES - 2)}\r\n`.repeat(count)}${BODY_OCTET.repeat(rest)}\r\n`;
}

const LINE_BYTES = 78;
const TEXT =
  'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b1"\r\n\r\n--b1\r\nContent-Type: text/plain\r\n\r\n';
const ATTACHED =
  '--b1\r\nContent-Type: application/octet-stream; name="notes.bin"\r\nContent-Transfer-Encoding: base64\r\n' +
  'Content-Disposition: attachment; filename="notes.bin"\r\n\r\n';
const CLOSING = "--b1--\r\n";
