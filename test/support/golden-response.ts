/** Responses of golden dialogues, and responses as a client got them, in a form in which they can be compared. */

import { fetchItems } from "./fetch-items.ts";
import { expand, type GoldenDialogue, PLACEHOLDER } from "./golden-dialogue.ts";

export interface GoldenResponse {
  /** Without the last CRLF, with placeholders. */
  readonly text: string;
  readonly tag: string | undefined;
  readonly fetch: GoldenFetch | undefined;
}

export interface GoldenFetch {
  readonly sequence: number;
  readonly uid: number | undefined;
  /** Values with placeholders. */
  readonly items: readonly (readonly [name: string, value: string])[];
  /** The message that content is of, when there is any. */
  readonly message: string | undefined;
}

export function goldenResponses(lines: readonly string[]): GoldenResponse[] {
  const responses: GoldenResponse[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    let text = lines[index] ?? "";
    while (/[^}]\{\d+\}$/.test(text) && !STATUS.test(text)) {
      index += 1;
      text += `\r\n${lines[index]}`;
    }
    const tag = /^([^*+ ]\S*) (?:OK|NO|BAD)(?: |$)/.exec(text)?.[1];
    responses.push({ text, tag, fetch: readFetch(text) });
  }
  return responses;
}

function readFetch(text: string): GoldenFetch | undefined {
  const sequence = /^\* (\d+) FETCH \(/.exec(text);
  if (sequence === null) return undefined;
  const placeholders: string[] = [];
  const plain = text.replace(PLACEHOLDER, (all) => `\0${placeholders.push(all) - 1}\0`);
  const items = fetchItems(plain, sequence[0].length).map(
    ([name, value]) =>
      [name, value.replace(/\0(\d+)\0/g, (_all, index: string) => placeholders[Number(index)] ?? "")] as const,
  );
  const uid = items.find(([name]) => name === "UID")?.[1];
  const message = /\{\{(?!text )(\S+) /.exec(text)?.[1];
  return { sequence: Number(sequence[1]), uid: uid === undefined ? undefined : Number(uid), items, message };
}

/** Items of content; the others are the server's whoever asks. */
export function isContent(name: string): boolean {
  return /^(?:BODY\[|BINARY\[|RFC822(?!\.SIZE)|PREVIEW)/i.test(name);
}

export function octets(response: GoldenResponse, dialogue: GoldenDialogue): Buffer {
  return Buffer.concat([expand(response.text, dialogue.message), Buffer.from("\r\n")]);
}

/** Responses one by one. The items of a FETCH are in the order of their names, and an empty string is an empty string
 *  however it is written: no two servers agree on these. */
export function canonical(stream: Buffer): string[] {
  const text = stream.toString("latin1");
  const found: string[] = [];
  for (let at = 0; at < text.length; ) {
    const literals: string[] = [];
    let line = "";
    for (;;) {
      const end = text.indexOf("\r\n", at);
      if (end < 0) return [...found, `(not whole) ${text.slice(at)}`];
      const piece = text.slice(at, end);
      at = end + 2;
      const size = line === "" && STATUS.test(piece) ? undefined : /~?\{(\d+)\}$/.exec(piece);
      if (size === null || size === undefined) {
        line += piece;
        break;
      }
      const bytes = Number(size[1]);
      line += `${piece.slice(0, size.index)}\0${literals.push(text.slice(at, at + bytes)) - 1}\0`;
      at += bytes;
    }
    found.push(canonicalResponse(line, literals));
  }
  return found;
}

function canonicalResponse(line: string, literals: readonly string[]): string {
  const start = /^\* \d+ FETCH \(/.exec(line)?.[0];
  const filled = (value: string) =>
    value.replace(/\0(\d+)\0/g, (_all, index: string) => `<${literals[Number(index)]}>`);
  if (start === undefined) return filled(line);
  const items = fetchItems(line, start.length).map(([name, value]) => {
    const isEmpty = isContent(name) && (value === "NIL" || value === '""' || filled(value) === "<>");
    return `${name.toUpperCase()} ${isEmpty ? "<>" : filled(value)}`;
  });
  return `${start}${items.sort().join(" ")})`;
}

/** The end of these is text: it announces no literal. */
const STATUS = /^(?:\+|(?:\*|\S+) (?:OK|NO|BAD|BYE|PREAUTH) )/;

/** A line of a server's without the capabilities that no client may see: none of the real ones could otherwise be used. */
export function withoutHidden(line: string): string {
  if (!/^(?:\* CAPABILITY |\S+ OK \[CAPABILITY )/.test(line)) return line;
  return line.replace(HIDDEN, "");
}

const HIDDEN = / (?:STARTTLS|SNIPPET=FUZZY|PREVIEW=FUZZY|AUTH=DIGEST-MD5|AUTH=SCRAM-SHA-\d+-PLUS)(?=[ \]\r]|$)/g;
