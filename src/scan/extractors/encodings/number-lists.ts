/** Files as lists of octets in text: hexadecimal pairs with something between them, escapes of scripts, decimal numbers
 *  with commas, as scripts, registry files and C sources have them. */
import { latin1 } from "../../../core/bytes.ts";

export interface NumberList {
  /** More than one where the numbers may be decimal or hexadecimal. */
  readonly readings: readonly Buffer[];
  readonly end: number;
}

/** Whether there is anything that is worth a look. Looks at one octet in 32 and only there at those around it. */
export function mayHoldNumberList(text: Buffer): boolean {
  return runFrom(text, 0) !== undefined;
}

/** The next list at or after `from`. */
export function findNumberList(text: Buffer, from: number): NumberList | undefined {
  for (let run = runFrom(text, from); run !== undefined; run = runFrom(text, run.end)) {
    const readings = readingsOf(latin1(text, run.start, run.end));
    if (readings.length > 0) return { readings, end: run.end };
  }
  return undefined;
}

interface Run {
  readonly start: number;
  readonly end: number;
}

/** The next stretch of nothing but figures and what stands between them. */
function runFrom(text: Buffer, from: number): Run | undefined {
  let probe = from + STRIDE;
  while (probe < text.length) {
    let end = probe;
    while (end < text.length && KINDS[text[end] as number] !== FOREIGN) end += 1;
    let start = probe;
    while (start > from && KINDS[text[start - 1] as number] !== FOREIGN && end > probe) start -= 1;
    if (end - start >= MIN_RUN_BYTES && hasSeparators(text, start, end)) return { start, end };
    probe = Math.max(probe, end) + STRIDE;
  }
  return undefined;
}

/** Figures alone are base64 as well, and looked at as such, unless there is hardly a letter among them. */
function hasSeparators(text: Buffer, start: number, end: number): boolean {
  let separators = 0;
  let letters = 0;
  for (let position = start; position < end; position += 1) {
    const byte = text[position] as number;
    if (KINDS[byte] === SEPARATOR && byte > 0x20) return true;
    if (KINDS[byte] === SEPARATOR) separators += 1;
    if (byte > 0x39) letters += 1;
  }
  return separators * 4 > end - start || letters * 16 < end - start;
}

function readingsOf(run: string): Buffer[] {
  for (const { pattern, base } of ESCAPES) {
    const octets = Array.from(run.matchAll(pattern), (match) => Number.parseInt(match[1] ?? "", base));
    if (octets.length >= MIN_OCTETS) return [Buffer.from(octets)];
  }
  const numbers = run.split(/[^0-9A-Fa-f]+/).filter((number) => number !== "");
  // A word before or behind the list may begin or end with figures.
  const long = numbers.filter((number) => number.length >= MIN_OCTETS);
  if (long.length > 0) return [Buffer.from(long.join(""), "hex")];
  if (numbers.length < MIN_OCTETS) return [];
  const readings: Buffer[] = [];
  // A word or an offset before the list is read with it.
  const pairs = numbers.filter((number) => number.length === 2);
  if (pairs.length * 8 >= numbers.length * 7) readings.push(Buffer.from(pairs.join(""), "hex"));
  const decimals = numbers.filter((number) => /^(?:1?\d?\d|2[0-4]\d|25[0-5])$/.test(number));
  if (decimals.length * 8 >= numbers.length * 7) readings.push(Buffer.from(decimals.map(Number)));
  return readings;
}

const ESCAPES = [
  { pattern: /\\x([0-9a-f]{2})/gi, base: 16 },
  { pattern: /[0&]x([0-9a-f]{1,2})(?![0-9a-f])/gi, base: 16 },
  { pattern: /%([0-9a-f]{2})/gi, base: 16 },
  { pattern: /\\([0-3][0-7]{2})/g, base: 8 },
] as const;
const FOREIGN = 0;
const FIGURE = 1;
const SEPARATOR = 2;
const KINDS = new Uint8Array(256);
for (const figure of "0123456789abcdefABCDEF") KINDS[figure.charCodeAt(0)] = FIGURE;
for (const separator of "xX\\%,;:-&$ \t\r\n\"'") KINDS[separator.charCodeAt(0)] = SEPARATOR;

/** No file that does harm is shorter. */
const MIN_OCTETS = 32;
const MIN_RUN_BYTES = 64;
const STRIDE = 32;
