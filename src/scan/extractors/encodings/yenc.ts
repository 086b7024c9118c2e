/** yEnc (version 1.3 of its draft): binary files in text with 8-bit characters, whole or in parts. */
import { CR, LF, latin1 } from "../../../core/bytes.ts";
import { mimeLimits } from "../../../core/scan-limits.ts";
import { mayHold } from "../../search/marks.ts";
import { contentEnd } from "./text-lines.ts";

export interface YencodedFile {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Whether the line at `start` begins a piece. */
export function startsYencLine(text: Buffer, start: number): boolean {
  return text[start + 1] === KEYWORD[1] && text.subarray(start, start + BEGIN.length).equals(BEGIN);
}

export function mayHoldYenc(text: Buffer): boolean {
  return mayHold(text, "yenc") && nextBegin(text, 0) >= 0;
}

/** Every piece in `text`: parts of one file are put together. Sizes, checksums and the trailer may be wrong or missing.
 *  `isCut` is true when there are more pieces than are looked at. */
export function decodeYencodedFiles(text: Buffer): { files: readonly YencodedFile[]; isCut: boolean } {
  const parts: Part[] = [];
  let begin = nextBegin(text, 0);
  while (begin >= 0) {
    if (parts.length >= mimeLimits.embeddedPieces) return { files: joinParts(parts), isCut: true };
    const next = nextBegin(text, begin + BEGIN.length);
    const part = readPart(text, begin, next < 0 ? text.length : next);
    if (part !== undefined) parts.push(part);
    begin = next;
  }
  return { files: joinParts(parts), isCut: false };
}

/** Looks for three octets that are rare together first: a long needle costs ten times as much. */
function nextBegin(text: Buffer, from: number): number {
  let found = text.indexOf(KEYWORD, from);
  while (found >= 0 && !text.subarray(found, found + BEGIN.length).equals(BEGIN)) {
    found = text.indexOf(KEYWORD, found + 1);
  }
  return found;
}

interface Part {
  readonly name: string;
  /** What it says of its place in the file; 0 when it says nothing. */
  readonly place: number;
  readonly bytes: Buffer;
}

function readPart(text: Buffer, begin: number, limit: number): Part | undefined {
  const header = lineAt(text, begin);
  if (!/\b(?:line|size|name|part)=/.test(header)) return undefined;
  let start = contentEnd(text, begin, limit);
  let place = numberIn(header, "part");
  const partLine = skipLineEnds(text, start);
  if (text.subarray(partLine, partLine + PART.length).equals(PART)) {
    place = numberIn(lineAt(text, partLine), "begin");
    start = contentEnd(text, partLine, limit);
  }
  const trailer = text.subarray(start, limit).indexOf(END);
  const bytes = decode(text.subarray(start, trailer < 0 ? limit : start + trailer));
  const name = /\bname=(.*)$/.exec(header)?.[1]?.trim() ?? "";
  return bytes.length === 0 ? undefined : { name: name.slice(0, mimeLimits.nameCharacters), place, bytes };
}

/** Every octet plus 42; critical ones are escaped by "=" and 64 more. */
function decode(text: Buffer): Buffer {
  const decoded = Buffer.allocUnsafe(text.length);
  let written = 0;
  let shift = 42;
  for (let position = 0; position < text.length; position += 1) {
    const byte = text[position] ?? 0;
    if (byte === CR || byte === LF) continue;
    if (byte === EQUALS && shift === 42) {
      shift = 42 + 64;
      continue;
    }
    decoded[written] = byte - shift;
    written += 1;
    shift = 42;
  }
  return decoded.subarray(0, written);
}

/** Parts of the same name in the order they ask for and, where that is another one, as they stand. */
function joinParts(parts: readonly Part[]): YencodedFile[] {
  const byName = new Map<string, Part[]>();
  for (const part of parts) {
    const known = byName.get(part.name);
    if (known === undefined) byName.set(part.name, [part]);
    else known.push(part);
  }
  const files: YencodedFile[] = [];
  for (const [name, group] of byName) {
    const sorted = group.toSorted((left, right) => left.place - right.place);
    const isSame = sorted.every((part, index) => part === group[index]);
    for (const order of isSame ? [group] : [sorted, group]) {
      files.push({ name, bytes: Buffer.concat(order.map((part) => part.bytes)) });
    }
    // Parts without a place are files that have the same name.
    if (group.length > 1 && group.some((part) => part.place === 0)) files.push(...group);
  }
  return files;
}

function lineAt(text: Buffer, start: number): string {
  return latin1(text, start, contentEnd(text, start, start + MAX_HEADER_BYTES));
}

function numberIn(line: string, key: string): number {
  return Number(new RegExp(`\\b${key}=(\\d{1,15})`).exec(line)?.[1] ?? 0);
}

function skipLineEnds(text: Buffer, start: number): number {
  let position = start;
  while (text[position] === CR || text[position] === LF) position += 1;
  return position;
}

const EQUALS = 0x3d;
const KEYWORD = Buffer.from("=yb", "latin1");
const BEGIN = Buffer.from("=ybegin ", "latin1");
const PART = Buffer.from("=ypart ", "latin1");
const END = Buffer.from("=yend", "latin1");
const MAX_HEADER_BYTES = 512;
