/** An IMAP dialogue with placeholders instead of messages. */
import type { Distilled, DistilledLine } from "./distilled.ts";
import { FetchText } from "./fetch-text.ts";
import { MessageNames } from "./message-names.ts";
import { withOwnNames } from "./own-names.ts";
import type { Transcript } from "./transcript.ts";

export function distilImap({ name, client, server, user, records }: Transcript): Distilled {
  const names = new MessageNames();
  const sizes = new Map<string, number>();
  const lines: DistilledLine[] = [];
  const rest = { client: "", upstream: "" };
  for (const { from, text } of records) {
    if (from === "event") continue;
    rest[from] += text;
    for (let units = wholeUnits(from, rest[from]); units !== undefined; units = wholeUnits(from, rest[from])) {
      rest[from] = units.rest;
      const unit = from === "client" ? clientText(units.pieces, names) : serverText(units.pieces, names, sizes);
      const own = withOwnNames(unit, user);
      lines.push(...own.split("\r\n").map((line) => ({ from, text: line })));
    }
  }
  const title = `${client} and ${server}: ${name.replace(/\.txt$/, "")}`;
  return { name, title, protocol: "imap", lines: withoutDigest(lines), sizes };
}

/** A command or a response: texts, and literals between them. */
export interface Piece {
  readonly text: string;
  readonly isLiteral: boolean;
}

/** The first whole line with its literals; what a client sends behind a literal that waits counts as the same line. */
function wholeUnits(from: "client" | "upstream", text: string): { pieces: Piece[]; rest: string } | undefined {
  const pieces: Piece[] = [];
  for (let at = 0; ; ) {
    const end = text.indexOf("\r\n", at);
    if (end < 0) return undefined;
    const line = text.slice(at, end);
    pieces.push({ text: line, isLiteral: false });
    const isStatus = /^(?:\+|\*? ?\S+ (?:OK|NO|BAD|BYE) )/.test(line) && pieces.length === 1;
    const announced = isStatus ? undefined : /\{(\d+)(\+?)\}$/.exec(line);
    if (announced === null || announced === undefined) return { pieces, rest: text.slice(end + 2) };
    const start = end + 2;
    // The continuation request comes first: the literal is a unit of its own.
    if (announced[2] === "" && from === "client") return { pieces, rest: text.slice(start) };
    at = start + Number(announced[1]);
    if (at > text.length) return undefined;
    pieces.push({ text: text.slice(start, at), isLiteral: true });
  }
}

/** Mail that a client uploads is ours. */
function clientText(pieces: readonly Piece[], names: MessageNames): string {
  const texts = pieces.map(({ text, isLiteral }) => {
    if (!isLiteral) return text;
    return `\r\n${text.includes("\n") ? `{{text ${text.length}}}` : text}`;
  });
  names.command(texts[0] ?? "");
  return texts.join("");
}

function serverText(pieces: readonly Piece[], names: MessageNames, sizes: Map<string, number>): string {
  const first = pieces[0]?.text ?? "";
  names.response(first);
  const sequence = /^\* (\d+) FETCH /.exec(first)?.[1];
  if (sequence === undefined) return pieces.map(({ text, isLiteral }) => (isLiteral ? `\r\n${text}` : text)).join("");
  return new FetchText(pieces, sizes).write(Number(sequence), names);
}

/** DIGEST-MD5 can encrypt, and is not offered: a program that would use it logs in with PLAIN. */
function withoutDigest(lines: readonly DistilledLine[]): DistilledLine[] {
  const begin = lines.findIndex(({ from, text }) => from === "client" && / AUTHENTICATE DIGEST-MD5$/i.test(text));
  const tag = lines[begin]?.text.split(" ")[0] ?? "";
  const end = lines.findIndex(
    ({ from, text }, index) => index > begin && from === "upstream" && text.startsWith(`${tag} `),
  );
  if (begin < 0 || end < 0) return [...lines];
  const plain: DistilledLine[] = [
    { from: "client", text: `${tag} AUTHENTICATE PLAIN` },
    { from: "upstream", text: "+ " },
    { from: "client", text: Buffer.from("\0ann\0secret").toString("base64") },
  ];
  return [...lines.slice(0, begin), ...plain, ...lines.slice(end)];
}
