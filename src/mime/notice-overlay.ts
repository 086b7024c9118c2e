/** A notice in the place of a body: the same number of octets and line ends, in the same transfer encoding. */
import type { Notice } from "./notice.ts";
import { blanked, slotsOf, writeLines } from "./notice-layout.ts";

export interface OverlayOptions {
  readonly encoding: "identity" | "base64" | "quoted-printable";
  /** What the text may be made of: characters beyond ASCII are written in UTF-8, or without their accents. */
  readonly charset: "utf-8" | "us-ascii";
  /** False where a program may take the text for something else: then it has nothing that comes from the message. */
  readonly isPlainText: boolean;
}

/** `body` with the longest form of the notice that fits into it instead of its content; with blanks alone where none
 *  does. */
export function overlayNotice(body: Buffer, notice: Notice, options: OverlayOptions): Buffer {
  const blank = blanked(body);
  const write = options.encoding === "base64" ? writeBase64 : writeText;
  for (const lines of forms(notice, options)) if (write(blank, lines, options)) break;
  return blank;
}

function forms({ lines, short }: Notice, { isPlainText }: OverlayOptions): (readonly string[])[] {
  const flowing = lines.filter((line) => line !== "").map((line) => line.replace(/ +/g, " "));
  return [...(isPlainText ? [lines, [flowing.join(" / ")]] : []), ...short.map((line) => [line])];
}

function writeText(blank: Buffer, lines: readonly string[], { encoding, charset }: OverlayOptions): boolean {
  const encode = encoding === "quoted-printable" ? quotedPrintable : utf8;
  return writeLines(blank, charset === "utf-8" ? lines : lines.map(plainAscii), encode);
}

/** Whole quanta on each line, so that programs that decode line by line get the same. Blanks between quanta are skipped
 *  by all, and there is no padding that would end the text for some. */
function writeBase64(blank: Buffer, lines: readonly string[], { charset }: OverlayOptions): boolean {
  const text = (charset === "utf-8" ? lines : lines.map(plainAscii)).join("\r\n");
  const octets = Buffer.from(text.length > 0 ? `${text}\r\n` : "");
  const digits = Buffer.concat([octets, Buffer.alloc((3 - (octets.length % 3)) % 3, " ")]).toString("base64");
  const written: { readonly start: number; readonly text: string }[] = [];
  let done = 0;
  for (const { start, width } of slotsOf(blank)) {
    if (done >= digits.length) break;
    const next = done + width - (width % 4);
    written.push({ start, text: digits.slice(done, next) });
    done = next;
  }
  if (done < digits.length) return false;
  for (const piece of written) blank.write(piece.text, piece.start, "latin1");
  return true;
}

function utf8(character: string): string {
  return Buffer.from(character).toString("latin1");
}

function quotedPrintable(character: string): string {
  const octet = character.charCodeAt(0);
  if (octet > SPACE && octet < DELETE && octet !== EQUALS) return character;
  return [...Buffer.from(character)].map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
}

function plainAscii(line: string): string {
  return line
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .replace(/…/g, "...")
    .replace(/[^ -~]/gu, "?");
}

const SPACE = 0x20;
const EQUALS = 0x3d;
const DELETE = 0x7f;
