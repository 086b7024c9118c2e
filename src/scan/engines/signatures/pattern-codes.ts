/** The codes that patterns are made of, 16 bits each: what an octet must be, and what must stand beside a part. */

/** Below 0x100: this very octet. */
export const CASELESS_CODE = 0x100;
export const ANY_OCTET = 0x200;
/** The high four bits are those of the code. */
export const HIGH_CODE = 0x300;
export const LOW_CODE = 0x400;
/** One of a set; the low octet is the set's number in its pattern. */
export const SET_CODE = 0x500;

export const KIND_MASK = 0xff00;

/** (B) word boundary, (L) line boundary, (W) no letter and no digit: ClamAV's own notions of them. */
export type Edge = "B" | "L" | "W";

export const EDGES: Readonly<Record<Edge, number>> = { B: 1, L: 2, W: 4 };
export const NEGATED: Readonly<Record<Edge, number>> = { B: 8, L: 16, W: 32 };
/** From the flags of the left side to those of the right. */
export const RIGHT_SHIFT = 6;
/** Letters beside the part count only with a zero octet behind them. */
export const WIDE_EDGES = 1 << 12;

/** What `text` says at `position` in two characters, or undefined. */
export function octetCode(text: string, position: number, ignoresCase: boolean): number | undefined {
  const high = nibble(text.charCodeAt(position));
  const low = nibble(text.charCodeAt(position + 1));
  if (high === BAD || low === BAD) return undefined;
  if (high === WILD) return low === WILD ? ANY_OCTET : LOW_CODE | low;
  if (low === WILD) return HIGH_CODE | (high << 4);
  const octet = (high << 4) | low;
  if (!ignoresCase) return octet;
  const lower = octet | 0x20;
  return lower >= 0x61 && lower <= 0x7a ? CASELESS_CODE | lower : octet;
}

/** The octets that an octet of the code may be, as a set. */
export function codeSet(code: number): Uint8Array {
  const set = new Uint8Array(32);
  for (let octet = 0; octet < 256; octet += 1) {
    if (isOctetOf(code, octet)) set[octet >>> 3] = (set[octet >>> 3] ?? 0) | (1 << (octet & 7));
  }
  return set;
}

/** Whether `octet` is one of the code, which is not that of a set. */
export function isOctetOf(code: number, octet: number): boolean {
  switch (code & KIND_MASK) {
    case 0:
      return code === octet;
    case CASELESS_CODE:
      return (code & 0xff) === lowerCase(octet);
    case ANY_OCTET:
      return true;
    case HIGH_CODE:
      return (code & 0xf0) === (octet & 0xf0);
    case LOW_CODE:
      return (code & 0x0f) === (octet & 0x0f);
    default:
      return false;
  }
}

export function isWord(octet: number): boolean {
  const lower = octet | 0x20;
  return (octet >= 0x30 && octet <= 0x39) || (lower >= 0x61 && lower <= 0x7a);
}

/** Before a word (left) and after one (right). */
export function isBoundary(octet: number, side: "left" | "right"): boolean {
  return (side === "left" ? LEFT_BOUNDARIES : RIGHT_BOUNDARIES).includes(octet);
}

function lowerCase(octet: number): number {
  return octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet;
}

function nibble(character: number): number {
  if (character >= 0x30 && character <= 0x39) return character - 0x30;
  if (character === 0x3f) return WILD;
  const lower = character | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : BAD;
}

function setOf(octets: Iterable<number>): Uint8Array {
  const set = new Uint8Array(32);
  for (const octet of octets) set[octet >>> 3] = (set[octet >>> 3] ?? 0) | (1 << (octet & 7));
  return set;
}

const WILD = 16;
const BAD = 17;
/** Blank, "." "/" "<" "@" "_" and their like around host names and words; the right side also ends of lines. */
const LEFT_BOUNDARIES: readonly number[] = [0x20, 0x2d, 0x2e, 0x2f, 0x3c, 0x40, 0x5f];
const RIGHT_BOUNDARIES: readonly number[] = [0x0a, 0x0d, 0x20, 0x22, 0x27, 0x2d, 0x2f, 0x3d, 0x3e, 0x5f];
export const BOUNDARY_SET = setOf([...LEFT_BOUNDARIES, ...RIGHT_BOUNDARIES]);
export const NON_WORD_SET = setOf(Array.from({ length: 256 }, (_, octet) => octet).filter((octet) => !isWord(octet)));
