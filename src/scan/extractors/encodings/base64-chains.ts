/** Finds base64 in text that does not say that it is base64: runs of digits, also over many lines, indented, quoted with
 *  ">", or in the middle of a line. Looks at one octet in 32 and only there at those around it. */
import { CR, LF, SPACE, TAB } from "../../../core/bytes.ts";

/** Octets [start, end): digits of the standard or the URL-safe alphabet and padding, line ends and indents between. */
export interface Base64Chain {
  readonly start: number;
  readonly end: number;
  /** In the middle of a line, and all of it: as tokens in addresses are. */
  readonly isToken: boolean;
}

/** The chains in `bytes` in ascending order, at most `maxCount`. Two of them overlap where it is in doubt whether the
 *  end of a line is the first of it. */
export function findBase64Chains(bytes: Buffer, maxCount: number): Base64Chain[] {
  const chains: Base64Chain[] = [];
  const { length } = bytes;
  let settled = 0;
  let probe = 0;
  while (probe < length && chains.length < maxCount) {
    let inside = probe;
    while (inside < length && (KINDS[bytes[inside] as number] as number) > DIGIT) inside += 1;
    let end = inside;
    while (end < length && KINDS[bytes[end] as number] === DIGIT) end += 1;
    // What ends here and not at a line end has 32 digits before it, or is part of what a probe before this one found.
    const isText = end === inside || (end - inside < STRIDE && end < length && !isLineEnd(bytes, end));
    if (isText) {
      probe = Math.max(probe, inside) + STRIDE;
      continue;
    }
    const looked = chainAround(bytes, inside, settled, chains);
    settled = Math.max(settled, chains.at(-1)?.end ?? 0);
    probe = Math.max(probe + STRIDE, looked);
  }
  return chains.length > maxCount ? chains.slice(0, maxCount) : chains;
}

/** Adds the chain that the digit at `inside` belongs to, when it is long enough; answers where what was looked at ends. */
function chainAround(bytes: Buffer, inside: number, settled: number, chains: Base64Chain[]): number {
  let start = segmentStart(bytes, inside, settled);
  const firstEnd = segmentEnd(bytes, inside);
  const isInLine = previousLineEnd(bytes, start, settled) < 0;
  if (isInLine && firstEnd - start < MIN_TOKEN && isPartOfText(bytes, start, firstEnd)) return firstEnd;
  // Of a chain whose first digits end a line it is not known whether they are data or a word before them.
  let head = isInLine ? { start, end: firstEnd } : undefined;
  while (head === undefined && start > settled) {
    const lineEnd = previousLineEnd(bytes, start, settled);
    if (lineEnd <= settled || KINDS[bytes[lineEnd - 1] ?? 0] !== DIGIT) break;
    const earlier = segmentStart(bytes, lineEnd - 1, settled);
    if (previousLineEnd(bytes, earlier, settled) >= 0) start = earlier;
    else head = { start: earlier, end: lineEnd };
  }
  const rest = segmentsFrom(bytes, isInLine ? firstEnd : start, isInLine);
  addChain(bytes, chains, head, isInLine ? rest.lineStart : start, rest);
  return Math.max(firstEnd, rest.end);
}

interface Rest {
  readonly end: number;
  /** Digits from the first line start on. */
  readonly digits: number;
  /** Lines that they stand on. */
  readonly lines: number;
  /** Where the first whole line starts; -1 when there is none. */
  readonly lineStart: number;
}

/** Follows the chain from `position`: the start of a segment, or the end of one when `isAfter`. */
function segmentsFrom(bytes: Buffer, position: number, isAfter: boolean): Rest {
  let end = position;
  let digits = 0;
  let lines = 0;
  let lineStart = isAfter ? -1 : position;
  let next = isAfter ? nextSegment(bytes, position) : position;
  while (next >= 0) {
    const segment = segmentEnd(bytes, next);
    // The first word of a line of text is no data.
    const isWord = segment - next < MIN_TOKEN && !isLineEnd(bytes, segment) && !CLOSINGS.has(bytes[segment] ?? 0);
    if (isWord) break;
    if (lineStart < 0) lineStart = next;
    digits += segment - next;
    lines += 1;
    end = segment;
    next = nextSegment(bytes, segment);
  }
  return { end, digits, lines, lineStart };
}

function addChain(
  bytes: Buffer,
  chains: Base64Chain[],
  head: { start: number; end: number } | undefined,
  lineStart: number,
  { end, digits, lines }: Rest,
): void {
  const headDigits = head === undefined ? 0 : head.end - head.start;
  if (head !== undefined && digits === 0) {
    if (headDigits >= MIN_TOKEN && hasLetter(bytes, head.start, head.end)) chains.push({ ...head, isToken: true });
    return;
  }
  const isToken = lines === 1 && !isLineEnd(bytes, end);
  if (headDigits + digits < (isToken ? MIN_TOKEN : MIN_DIGITS) || !hasLetter(bytes, lineStart, end)) return;
  const isWord = head !== undefined && headDigits < MIN_TOKEN && isBlank(bytes[head.start - 1]);
  const hasHead = head !== undefined && !isWord;
  if (hasHead) chains.push({ start: head.start, end, isToken: false });
  if (!(hasHead && headDigits % 4 === 0) && digits >= MIN_DIGITS) chains.push({ start: lineStart, end, isToken });
  const second = secondLine(bytes, lineStart);
  if (second > lineStart && end - second >= MIN_DIGITS) chains.push({ start: second, end, isToken: false });
}

/** Where the second line of a chain starts when the first is much shorter, as a word before a file is; else -1. */
function secondLine(bytes: Buffer, lineStart: number): number {
  const firstEnd = segmentEnd(bytes, lineStart);
  const second = firstEnd - lineStart < MIN_DIGITS ? nextSegment(bytes, firstEnd) : -1;
  return second >= 0 && segmentEnd(bytes, second) - second >= MIN_TOKEN ? second : -1;
}

/** Whether a short segment within a line can not be the first of a chain. */
function isPartOfText(bytes: Buffer, start: number, end: number): boolean {
  return isBlank(bytes[start - 1]) || !isLineEnd(bytes, end);
}

/** Lines of hyphens, equals signs or figures are none. */
function hasLetter(bytes: Buffer, start: number, end: number): boolean {
  for (let position = start; position < end; position += 1) {
    const lower = (bytes[position] ?? 0) | 0x20;
    if (lower >= 0x61 && lower <= 0x7a) return true;
  }
  return false;
}

function segmentStart(bytes: Buffer, inside: number, floor: number): number {
  let start = inside;
  while (start > floor && KINDS[bytes[start - 1] ?? 0] === DIGIT) start -= 1;
  return start;
}

function segmentEnd(bytes: Buffer, inside: number): number {
  let end = inside;
  while (end < bytes.length && KINDS[bytes[end] ?? 0] === DIGIT) end += 1;
  return end;
}

/** Where the line before ends, without its white space, when nothing but indent and quote marks stand before `start`;
 *  else -1. */
function previousLineEnd(bytes: Buffer, start: number, floor: number): number {
  const limit = Math.max(floor, start - MAX_JUNCTION);
  let position = start;
  let hasLineEnd = false;
  while (position > limit) {
    const kind = KINDS[bytes[position - 1] ?? 0];
    if (kind === END) hasLineEnd = true;
    // A ">" at the end of the line before is none of the quote marks.
    else if (kind !== INDENT || (hasLineEnd && bytes[position - 1] === QUOTE)) break;
    position -= 1;
  }
  // No further than the way forward, or every digit would be looked at again and again.
  if (start - position >= MAX_JUNCTION) return -1;
  return hasLineEnd || position === floor ? position : -1;
}

/** The next segment when it starts on another line and nothing but white space and quote marks are between; else -1. */
function nextSegment(bytes: Buffer, end: number): number {
  const limit = Math.min(bytes.length, end + MAX_JUNCTION);
  let position = end;
  let hasLineEnd = false;
  while (position < limit) {
    const kind = KINDS[bytes[position] ?? 0];
    if (kind === END) hasLineEnd = true;
    else if (kind === DIGIT) return hasLineEnd ? position : -1;
    else if (kind === FOREIGN || (!hasLineEnd && bytes[position] === QUOTE)) return -1;
    position += 1;
  }
  return -1;
}

function isLineEnd(bytes: Buffer, end: number): boolean {
  let position = end;
  while (isBlank(bytes[position])) position += 1;
  return position >= bytes.length || KINDS[bytes[position] ?? 0] === END;
}

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB;
}

/** What closes a value that ends within a line: quotes, brackets, a tag, a backslash, a semicolon. */
const CLOSINGS: ReadonlySet<number> = new Set([..."\"'`)]}<\\;&"].map((closing) => closing.charCodeAt(0)));
const QUOTE = 0x3e;
const FOREIGN = 0;
const DIGIT = 1;
const END = 2;
const INDENT = 3;
const KINDS = new Uint8Array(256);
for (const digit of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=") {
  KINDS[digit.charCodeAt(0)] = DIGIT;
}
// Vertical tab, form feed, the separators of ASCII and the line end of Latin-1 end lines for some readers too.
for (const end of [CR, LF, 0x0b, 0x0c, 0x1c, 0x1d, 0x1e, 0x85]) KINDS[end] = END;
for (const indent of [SPACE, TAB, QUOTE]) KINDS[indent] = INDENT;
/** A chain consists of these, side by side, and of 32 or more. */
export const BASE64_CHAIN_OCTETS: readonly number[] = [...KINDS.keys()].filter((octet) => KINDS[octet] !== FOREIGN);

/** Lines with fewer digits in all are words; 24 octets hold no file that does harm. */
const MIN_DIGITS = 32;
/** The same in the middle of a line, where there are names and addresses. */
const MIN_TOKEN = 64;
/** No chain is shorter. */
const STRIDE = 32;
/** White space between two lines of one chain. */
const MAX_JUNCTION = 64;
