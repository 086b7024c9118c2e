/** Parameters in pieces and with charsets (RFC 2231), put together in every order that some reader uses. */
import { charsetText } from "./charset-text.ts";
import { decodeWords } from "./encoded-word.ts";
import type { Parameter } from "./parameters.ts";

/** What readers may take the parameter `name` to be, the most common reading first: plain values, `name*`, and the
 *  pieces `name*0`, `name*1*` … joined by number and as written. Text is one character per octet. */
export function parameterReadings(parameters: readonly Parameter[], name: string): string[] {
  const readings = new Set<string>();
  const pieces: Piece[] = [];
  for (const parameter of parameters) {
    if (!parameter.name.startsWith(name)) continue;
    if (parameter.name === name) readings.add(parameter.value);
    else if (parameter.name === `${name}*`) readings.add(extendedValue(parameter.value));
    else addPiece(pieces, parameter, name);
  }
  if (pieces.length > 0) {
    const sorted = pieces.toSorted((left, right) => left.index - right.index);
    for (const order of [
      sorted,
      pieces,
      withoutGap(sorted),
      onceEach(sorted),
      onceEach(sorted.toReversed()).toReversed(),
    ]) {
      readings.add(joined(order));
    }
  }
  return [...readings];
}

/** The parameter as text for people: RFC 2231 pieces first, then plain, encoded words decoded. Empty when absent. */
export function parameterText(parameters: readonly Parameter[], name: string): string {
  const pieces: Piece[] = [];
  let plain = "";
  for (const parameter of parameters) {
    if (!parameter.name.startsWith(name)) continue;
    if (parameter.name === name) plain ||= parameter.value;
    else if (parameter.name === `${name}*`) addPiece(pieces, { ...parameter, name: `${name}*0*` }, name);
    else addPiece(pieces, parameter, name);
  }
  if (pieces.length === 0) return octetText(plain);
  const sorted = pieces.toSorted((left, right) => left.index - right.index);
  return charsetText(Buffer.from(joined(sorted), "latin1"), charsetOf(sorted[0]));
}

interface Piece {
  readonly index: number;
  readonly value: string;
  readonly isExtended: boolean;
}

function addPiece(pieces: Piece[], parameter: Parameter, name: string): void {
  const match = /^\*(\d{1,6})(\*?)$/.exec(parameter.name.slice(name.length));
  if (match === null) return;
  pieces.push({ index: Number(match[1]), value: parameter.value, isExtended: match[2] === "*" });
}

/** Up to the first number that is missing. */
function withoutGap(sorted: readonly Piece[]): readonly Piece[] {
  const gap = sorted.findIndex((piece, index) => piece.index > (sorted[index - 1]?.index ?? piece.index) + 1);
  return gap < 0 ? sorted : sorted.slice(0, gap);
}

/** The first of each number. */
function onceEach(sorted: readonly Piece[]): readonly Piece[] {
  return sorted.filter((piece, index) => piece.index !== sorted[index - 1]?.index);
}

function joined(pieces: readonly Piece[]): string {
  const first = pieces.reduce((lowest, piece) => Math.min(lowest, piece.index), Number.POSITIVE_INFINITY);
  const parts = pieces.map((piece) => {
    if (!piece.isExtended) return piece.value;
    return piece.index === first ? extendedValue(piece.value) : percentDecoded(piece.value);
  });
  return parts.join("");
}

/** `charset'language'value` with its percent escapes; a value without the quotes is taken whole. */
function extendedValue(value: string): string {
  const match = /^[^']*'[^']*'([\s\S]*)$/.exec(value);
  return percentDecoded(match?.[1] ?? value);
}

function charsetOf(piece: Piece | undefined): string {
  return piece?.isExtended === true ? (/^([^']*)'/.exec(piece.value)?.[1] ?? "") : "";
}

/** `value` with its percent escapes resolved; one character per octet. */
export function percentDecoded(value: string): string {
  return value.replace(/%([0-9a-fA-F]{2})/g, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Raw 8-bit octets are UTF-8 or Latin-1 (RFC 6532). */
function octetText(value: string): string {
  if (value.includes("=?")) return decodeWords(value);
  return charsetText(Buffer.from(value, "latin1"));
}
