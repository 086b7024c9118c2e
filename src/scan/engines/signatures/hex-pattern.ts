/** ClamAV's hexadecimal patterns, taken apart: runs of octets with wildcards, cut at gaps and at choices of strings. */
import { signatureLimits } from "../../../core/scan-limits.ts";
import { type Alternatives, readAlternatives } from "./hex-alternatives.ts";
import {
  ANY_OCTET,
  BOUNDARY_SET,
  EDGES,
  type Edge,
  NEGATED,
  NON_WORD_SET,
  octetCode,
  RIGHT_SHIFT,
  SET_CODE,
  WIDE_EDGES,
} from "./pattern-codes.ts";
import { PatternError } from "./pattern-error.ts";

/** Octets between one part and the one before it; `max` may be Infinity. */
export interface Gap {
  readonly min: number;
  readonly max: number;
}

/** A run of fixed width: codes of `pattern-codes`. `edges` says what must stand before and after it. */
export interface OctetsPart {
  readonly kind: "octets";
  readonly gap: Gap;
  readonly codes: readonly number[];
  readonly edges: number;
}

/** One of several strings, or none of them. */
export interface ChoicePart {
  readonly kind: "choice";
  readonly gap: Gap;
  readonly strings: readonly (readonly number[])[];
  readonly isNegated: boolean;
}

export type PatternPart = OctetsPart | ChoicePart;

/** `sets` are what the codes of sets stand for: 256 bits each. */
export interface HexPattern {
  readonly parts: readonly PatternPart[];
  readonly sets: readonly Uint8Array[];
}

/** `i`, `w` and `f` of a logical signature's modifiers. */
export interface PatternModifiers {
  readonly ignoresCase?: boolean;
  /** A zero octet follows each one, as in UTF-16. */
  readonly isWide?: boolean;
  readonly isFullWord?: boolean;
}

/** The pattern, or what is wrong with it. */
export function parseHexPattern(text: string, modifiers: PatternModifiers = {}): HexPattern | string {
  try {
    return new PatternParser(text, modifiers).parse();
  } catch (error) {
    if (error instanceof PatternError) return error.message;
    throw error;
  }
}

class PatternParser {
  readonly #text: string;
  readonly #modifiers: PatternModifiers;
  readonly #parts: PatternPart[] = [];
  readonly #sets: Uint8Array[] = [];
  #codes: number[] = [];
  #edges = 0;
  #gap: Gap = NO_GAP;
  #position = 0;
  /** A gap has just been read: what follows begins a piece. */
  #isAtStart = true;

  constructor(text: string, modifiers: PatternModifiers) {
    this.#text = text;
    this.#modifiers = modifiers;
  }

  parse(): HexPattern {
    const { isFullWord = false } = this.#modifiers;
    if (isFullWord) this.#edge("W", false, "left");
    while (this.#position < this.#text.length) this.#next();
    if (isFullWord) this.#edge("W", false, "right");
    if (this.#isAtStart) throw new PatternError(this.#parts.length === 0 ? "the pattern is empty" : "it ends in a gap");
    this.#endPart();
    return { parts: this.#parts, sets: this.#sets };
  }

  #next(): void {
    switch (this.#text[this.#position]) {
      case "*":
        this.#position += 1;
        this.#addGap({ min: 0, max: Number.POSITIVE_INFINITY });
        return;
      case "{":
        this.#range("}");
        return;
      case "[":
        this.#range("]");
        return;
      case "!":
        this.#position += 1;
        if (this.#text[this.#position] !== "(") throw new PatternError('"!" without "("');
        this.#group(true);
        return;
      case "(":
        this.#group(false);
        return;
      default:
        this.#octet();
    }
  }

  #octet(): void {
    const code = octetCode(this.#text, this.#position, this.#modifiers.ignoresCase === true);
    if (code === undefined) throw new PatternError("it is not hexadecimal");
    this.#position += 2;
    this.#addCode(code);
  }

  #addCode(code: number): void {
    this.#isAtStart = false;
    this.#codes.push(code);
    if (this.#modifiers.isWide === true) this.#codes.push(0);
  }

  #range(close: "}" | "]"): void {
    const end = this.#text.indexOf(close, this.#position);
    const match = end < 0 ? null : RANGE.exec(this.#text.slice(this.#position + 1, end));
    const [, exact, from, to] = match ?? [];
    this.#position = end + 1;
    if (exact !== undefined) {
      this.#skip(Number(exact));
      return;
    }
    if (match === null || (from === "" && to === "")) throw new PatternError("a range is not two numbers");
    const min = from === "" ? 0 : Number(from);
    const max = to === "" ? Number.POSITIVE_INFINITY : Number(to);
    if (max < min) throw new PatternError("a range ends before it begins");
    this.#addGap({ min, max });
  }

  /** `{n}`: so many octets of any kind, which is how a pattern may begin. */
  #skip(count: number): void {
    if (count > MAX_INLINE_SKIP || (this.#isAtStart && this.#parts.length > 0)) {
      this.#addGap({ min: count, max: count });
      return;
    }
    for (let index = 0; index < count; index += 1) this.#codes.push(ANY_OCTET);
    if (count > 0) this.#isAtStart = false;
  }

  #addGap({ min, max }: Gap): void {
    if (this.#isAtStart && this.#parts.length === 0) throw new PatternError("it begins with a gap");
    if (!this.#isAtStart) this.#endPart();
    this.#isAtStart = true;
    this.#gap = { min: this.#gap.min + min, max: this.#gap.max + max };
    const { max: end, min: start } = this.#gap;
    if (start > signatureLimits.gapBytes || (end !== Number.POSITIVE_INFINITY && end > signatureLimits.gapBytes)) {
      throw new PatternError("a gap is too long");
    }
  }

  #endPart(): void {
    if (this.#codes.length === 0 && this.#edges === 0) return;
    if (this.#codes.length > signatureLimits.partOctets) throw new PatternError("it is too long");
    this.#push({ kind: "octets", gap: this.#gap, codes: this.#codes, edges: this.#edges });
    this.#codes = [];
    this.#edges = 0;
  }

  #push(part: PatternPart): void {
    if (this.#parts.push(part) > signatureLimits.parts) throw new PatternError("it has too many parts");
    this.#gap = NO_GAP;
  }

  #group(isNegated: boolean): void {
    const end = closingParenthesis(this.#text, this.#position);
    if (end < 0) throw new PatternError('")" is missing');
    const inner = this.#text.slice(this.#position + 1, end);
    this.#position = end + 1;
    if (inner === "B" || inner === "L" || inner === "W") this.#mark(inner, isNegated);
    else this.#choice(readAlternatives(inner, this.#modifiers, isNegated));
  }

  /** At the edge of a piece a mark takes no octet, between octets it takes one. */
  #mark(mark: Edge, isNegated: boolean): void {
    if (/^(?:$|[*{])/.test(this.#text.slice(this.#position, this.#position + 1))) {
      this.#edge(mark, isNegated, "right");
    } else if (this.#isAtStart) {
      this.#edge(mark, isNegated, "left");
    } else if (mark === "L") {
      if (isNegated) throw new PatternError("!(L) between octets is not supported");
      this.#choice({ kind: "strings", strings: [[LF], [CR, LF]], isNegated: false });
    } else {
      this.#choice({ kind: "set", set: complement(mark === "B" ? BOUNDARY_SET : NON_WORD_SET, isNegated) });
    }
  }

  #edge(mark: Edge, isNegated: boolean, side: "left" | "right"): void {
    const flags = EDGES[mark] | (isNegated ? NEGATED[mark] : 0);
    // Behind a choice of strings the mark is a part of its own, without octets.
    this.#edges |= side === "left" ? flags : flags << RIGHT_SHIFT;
    if (this.#modifiers.isWide === true) this.#edges |= WIDE_EDGES;
    this.#isAtStart = false;
  }

  #choice(alternatives: Alternatives): void {
    if (alternatives.kind === "set") {
      let index = this.#sets.findIndex((set) => Buffer.compare(set, alternatives.set) === 0);
      if (index < 0) index = this.#sets.push(alternatives.set) - 1;
      if (index > MAX_SET) throw new PatternError("it has too many different sets of octets");
      this.#addCode(SET_CODE | index);
      return;
    }
    this.#endPart();
    this.#isAtStart = false;
    this.#push({ kind: "choice", gap: this.#gap, strings: alternatives.strings, isNegated: alternatives.isNegated });
  }
}

function closingParenthesis(text: string, open: number): number {
  let level = 0;
  for (let position = open; position < text.length; position += 1) {
    if (text[position] === "(") level += 1;
    else if (text[position] === ")") level -= 1;
    if (level === 0) return position;
  }
  return -1;
}

function complement(set: Uint8Array, isNegated: boolean): Uint8Array {
  return isNegated ? set.map((octet) => ~octet) : set;
}

const NO_GAP: Gap = { min: 0, max: 0 };
const RANGE = /^(?:(\d{1,9})|(\d{0,9})-(\d{0,9}))$/;
/** Longer ones are gaps, as ClamAV has them. */
const MAX_INLINE_SKIP = 127;
const MAX_SET = 255;
const LF = 0x0a;
const CR = 0x0d;
