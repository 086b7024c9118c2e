/** Reads golden dialogues: what real mail programs and a real server have said to each other, with our own names and
 *  messages in it. scripts/golden-transcripts.ts writes them.
 *
 *  After the heading (`# imap …`, `# messages 1=256 2=18610`: names and sizes), each line is a line of the client's (`C `)
 *  or of the server's (`S `), without its CRLF. What follows one another of one side came in one piece. `{{…}}` stands for
 *  what is not written out:
 *
 *  - `{{5 BODY[TEXT]}}` a literal with that item of message 5; `{{5 BODY[]<100> 50}}` of a partial, which had 50 octets
 *  - `{{5 SIZE}}`, `{{5 ENVELOPE}}`, `{{5 STRUCTURE}}` what a server says of it
 *  - `{{5 RETR}}`, `{{5 TOP 3}}` a POP3 answer after its first line, with 3 lines of the body
 *  - `{{text 300}}` so many octets of a client's */
import { readFileSync } from "node:fs";
import { BODY_OCTET, goldenEnvelope, goldenItem, goldenMessage, goldenStructure } from "./golden-mailbox.ts";
import { headerLength } from "./spool-model.ts";

export interface GoldenDialogue {
  readonly name: string;
  readonly protocol: "imap" | "pop3";
  readonly turns: readonly GoldenTurn[];
  message(name: string): Buffer;
}

/** What one side says until the other one does: its lines with their placeholders. */
export interface GoldenTurn {
  readonly from: "client" | "upstream";
  readonly lines: readonly string[];
}

export function readGoldenDialogue(path: string): GoldenDialogue {
  return parseGoldenDialogue(path, readFileSync(path, "latin1"));
}

/** `text` is one character per octet. */
export function parseGoldenDialogue(name: string, text: string): GoldenDialogue {
  const turns: { from: "client" | "upstream"; lines: string[] }[] = [];
  const messages = new Map<string, Buffer>();
  let sizes = new Map<string, number>();
  let protocol: GoldenDialogue["protocol"] = "imap";
  for (const line of text.split("\n")) {
    if (line.startsWith("# pop3 ")) protocol = "pop3";
    if (line.startsWith("# messages ")) sizes = readSizes(line.slice("# messages ".length));
    if (line === "" || line.startsWith("#")) continue;
    const from = line.startsWith("C ") ? "client" : "upstream";
    const last = turns.at(-1);
    if (last?.from === from) last.lines.push(line.slice(2));
    else turns.push({ from, lines: [line.slice(2)] });
  }
  const message = (wanted: string): Buffer => {
    const known = messages.get(wanted) ?? goldenMessage(wanted, sizes.get(wanted) ?? 400);
    messages.set(wanted, known);
    return known;
  };
  return { name, protocol, turns, message };
}

/** The octets that a text with placeholders stands for; `messageOf` may give others than the dialogue's own. */
export function expand(text: string, messageOf: (name: string) => Buffer): Buffer {
  const pieces: Buffer[] = [];
  let at = 0;
  for (const match of text.matchAll(PLACEHOLDER)) {
    const { name = "", what = "" } = match.groups ?? {};
    pieces.push(Buffer.from(text.slice(at, match.index), "latin1"), content(name, what, messageOf));
    at = match.index + match[0].length;
  }
  pieces.push(Buffer.from(text.slice(at), "latin1"));
  return Buffer.concat(pieces);
}

function content(name: string, what: string, messageOf: (name: string) => Buffer): Buffer {
  if (name === "text") return Buffer.alloc(Number(what), BODY_OCTET);
  const message = messageOf(name);
  if (what === "SIZE") return Buffer.from(String(message.length));
  if (what === "ENVELOPE") return Buffer.from(goldenEnvelope(name));
  if (what === "STRUCTURE") return Buffer.from(goldenStructure(message));
  if (what === "RETR") return Buffer.concat([stuffed(message), END]);
  const top = /^TOP (?<lines>\d+)$/.exec(what)?.groups?.lines;
  if (top !== undefined) return Buffer.concat([stuffed(firstLines(message, Number(top))), END]);
  const { item = what, length } = /^(?<item>.*>) (?<length>\d+)$/s.exec(what)?.groups ?? {};
  return literal(goldenItem(message, item, length === undefined ? undefined : Number(length)));
}

/** With its announcement. */
export function literal(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`{${bytes.length}}\r\n`), bytes]);
}

/** The header, the blank line and so many lines of the body. */
export function firstLines(message: Buffer, count: number): Buffer {
  let end = headerLength(message);
  for (let line = 0; line < count && end < message.length; line += 1) end = message.indexOf("\n", end) + 1;
  return message.subarray(0, end);
}

/** No line of these messages begins with a dot, and each ends with CRLF. */
function stuffed(message: Buffer): Buffer {
  return message;
}

function readSizes(text: string): Map<string, number> {
  return new Map(
    text.split(" ").map((entry) => {
      const [name = "", size = ""] = entry.split("=");
      return [name, Number(size)];
    }),
  );
}

export const PLACEHOLDER = /\{\{(?<name>[^ }]+) (?<what>(?:[^}]|\}(?!\}))+)\}\}/g;

const END = Buffer.from(".\r\n");
