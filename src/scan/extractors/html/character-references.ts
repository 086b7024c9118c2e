/** Character references of HTML (its standard, §13.2.5.72): numbers with or without a semicolon, and the names of all
 *  ASCII characters and of what nobody sees. Other names stay as they are: no signature is written in them. */
import { latin1 } from "../../../core/bytes.ts";

/** Decodes stretches of one text, in ascending order, one after the other into one output. */
export class ReferenceDecoder {
  readonly #source: Buffer;
  readonly #output: Buffer;
  /** The next one at or after what was decoded last, so that no stretch is searched beyond its end again. */
  #ampersand: number;
  #written = 0;

  constructor(source: Buffer) {
    this.#source = source;
    // No reference is shorter than what it stands for, and separators stand for tags.
    this.#output = Buffer.allocUnsafe(source.length + 1);
    this.#ampersand = source.indexOf(AMPERSAND);
  }

  /** Whether there may be a reference in the octets [start, end). */
  mayHoldReference(start: number, end: number): boolean {
    if (this.#ampersand >= 0 && this.#ampersand < start) this.#ampersand = this.#source.indexOf(AMPERSAND, start);
    return this.#ampersand >= 0 && this.#ampersand < end;
  }

  get written(): number {
    return this.#written;
  }

  /** Appends the octets [start, end). Answers whether a reference was decoded that honest authors have no use for. */
  append(start: number, end: number): boolean {
    let position = start;
    let isTelling = false;
    while (this.#ampersand >= 0 && this.#ampersand < end) {
      const mark = this.#ampersand;
      const reference = mark < position ? undefined : readReference(this.#source, mark, end);
      this.#ampersand = this.#source.indexOf(AMPERSAND, Math.max(mark + 1, start));
      if (reference === undefined) continue;
      this.#copy(position, mark);
      this.#written += this.#output.write(reference.text, this.#written, "utf8");
      position = reference.end;
      isTelling ||= reference.isTelling;
    }
    this.#copy(position, end);
    return isTelling;
  }

  /** Appends one octet, in place of one that is left out. */
  separate(octet: number): void {
    this.#output[this.#written] = octet;
    this.#written += 1;
  }

  /** What was written since `from`; holds until the decoder writes there again. */
  since(from: number): Buffer {
    return this.#output.subarray(from, this.#written);
  }

  /** Forgets what was written since `from`. */
  rewind(from: number): void {
    this.#written = from;
  }

  #copy(start: number, end: number): void {
    this.#written += this.#source.copy(this.#output, this.#written, start, end);
  }
}

/** `source` with its references decoded. */
export function decodeReferences(source: Buffer): Buffer {
  const decoder = new ReferenceDecoder(source);
  decoder.append(0, source.length);
  return decoder.since(0);
}

interface Reference {
  readonly text: string;
  readonly end: number;
  readonly isTelling: boolean;
}

/** The reference at the ampersand `start`; undefined when there is none. */
function readReference(source: Buffer, start: number, limit: number): Reference | undefined {
  return source[start + 1] === HASH ? readNumber(source, start, limit) : readName(source, start, limit);
}

function readNumber(source: Buffer, start: number, limit: number): Reference | undefined {
  const isHex = ((source[start + 2] ?? 0) | 0x20) === LOWER_X;
  const digits = start + (isHex ? 3 : 2);
  let value = 0;
  let end = digits;
  for (; end < limit; end += 1) {
    const digit = digitValue(source[end], isHex);
    if (digit < 0) break;
    // Leading zeros are any number of them.
    value = Math.min(value * (isHex ? 16 : 10) + digit, MAX_CODE);
  }
  if (end === digits) return undefined;
  const after = source[end] === SEMICOLON && end < limit ? end + 1 : end;
  const isCharacter = value > 0 && value < MAX_CODE && !(value >= 0xd800 && value <= 0xdfff);
  const text = isCharacter && !INVISIBLE.has(value) ? String.fromCodePoint(value) : "";
  return { text, end: after, isTelling: value >= 0x20 && value < 0x7f };
}

function readName(source: Buffer, start: number, limit: number): Reference | undefined {
  let end = start + 1;
  const stop = Math.min(limit, start + MAX_NAME_BYTES);
  while (end < stop && isAlphanumeric(source[end])) end += 1;
  if (end === start + 1) return undefined;
  const name = latin1(source, start + 1, end);
  if (source[end] === SEMICOLON && end < limit) {
    const text = NAMES.get(name);
    return text === undefined ? undefined : { text, end: end + 1, isTelling: !USUAL.has(name) };
  }
  // Only the old names may lack it, and then what follows may be a letter.
  const old = OLD_NAMES.find((known) => name.startsWith(known));
  if (old === undefined) return undefined;
  return { text: NAMES.get(old) ?? "", end: start + 1 + old.length, isTelling: false };
}

function digitValue(byte: number | undefined, isHex: boolean): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return isHex && lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

function isAlphanumeric(byte = 0): boolean {
  const lower = byte | 0x20;
  return (byte >= 0x30 && byte <= 0x39) || (lower >= 0x61 && lower <= 0x7a);
}

/** Soft hyphen, zero-width space and joiners, direction marks, word joiner and its kin, byte order mark. */
const INVISIBLE: ReadonlySet<number> = new Set([
  0xad, 0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x2060, 0x2061, 0x2062, 0x2063, 0x2064, 0xfeff,
]);

const NAMES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    Tab: "\t",
    NewLine: "\n",
    nbsp: " ",
    excl: "!",
    quot: '"',
    QUOT: '"',
    num: "#",
    dollar: "$",
    percnt: "%",
    amp: "&",
    AMP: "&",
    apos: "'",
    lpar: "(",
    rpar: ")",
    ast: "*",
    midast: "*",
    plus: "+",
    comma: ",",
    period: ".",
    sol: "/",
    colon: ":",
    semi: ";",
    lt: "<",
    LT: "<",
    equals: "=",
    gt: ">",
    GT: ">",
    quest: "?",
    commat: "@",
    lsqb: "[",
    lbrack: "[",
    bsol: "\\",
    rsqb: "]",
    rbrack: "]",
    Hat: "^",
    lowbar: "_",
    UnderBar: "_",
    grave: "`",
    DiacriticalGrave: "`",
    fjlig: "fj",
    lcub: "{",
    lbrace: "{",
    verbar: "|",
    vert: "|",
    VerticalLine: "|",
    rcub: "}",
    rbrace: "}",
    shy: "",
    zwj: "",
    zwnj: "",
    lrm: "",
    rlm: "",
    ZeroWidthSpace: "",
    NegativeThickSpace: "",
    NegativeMediumSpace: "",
    NegativeThinSpace: "",
    NegativeVeryThinSpace: "",
    NoBreak: "",
    ApplyFunction: "",
    af: "",
    InvisibleTimes: "",
    it: "",
    InvisibleComma: "",
    ic: "",
  }),
);
const OLD_NAMES = ["amp", "AMP", "lt", "LT", "gt", "GT", "quot", "QUOT", "nbsp", "shy"] as const;
/** Names that every letter has. */
const USUAL: ReadonlySet<string> = new Set(["nbsp", "amp", "lt", "gt", "quot", "apos", "shy", "zwj", "zwnj"]);

const AMPERSAND = 0x26;
const HASH = 0x23;
const SEMICOLON = 0x3b;
const LOWER_X = 0x78;
const MAX_CODE = 0x110000;
/** "NegativeVeryThinSpace" and the ampersand. */
const MAX_NAME_BYTES = 24;
