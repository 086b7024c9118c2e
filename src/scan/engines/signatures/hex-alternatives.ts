/** What stands between parentheses in a hexadecimal pattern: `aa|bb`, `aabb|cc??`, also inside each other. */
import { signatureLimits } from "../../../core/scan-limits.ts";
import { codeSet, octetCode } from "./pattern-codes.ts";
import { PatternError } from "./pattern-error.ts";

/** Alternatives of one octet each are a set, which is cheaper. */
export type Alternatives =
  | { readonly kind: "set"; readonly set: Uint8Array }
  | { readonly kind: "strings"; readonly strings: readonly (readonly number[])[]; readonly isNegated: boolean };

export interface AlternativeModifiers {
  readonly ignoresCase?: boolean;
  readonly isWide?: boolean;
}

/** Throws a PatternError when it cannot be read. */
export function readAlternatives(text: string, modifiers: AlternativeModifiers, isNegated: boolean): Alternatives {
  const reader = new AlternativesReader(text, modifiers.ignoresCase === true);
  const strings = reader.read();
  if (strings.every((codes) => codes.length === 1)) return { kind: "set", set: unite(strings, isNegated) };
  if (isNegated && strings.some((codes) => codes.length !== strings[0]?.length)) {
    throw new PatternError("alternatives of different lengths cannot be negated");
  }
  return { kind: "strings", strings: modifiers.isWide === true ? strings.map(widen) : strings, isNegated };
}

class AlternativesReader {
  readonly #text: string;
  readonly #ignoresCase: boolean;
  #position = 0;

  constructor(text: string, ignoresCase: boolean) {
    this.#text = text;
    this.#ignoresCase = ignoresCase;
  }

  read(): number[][] {
    const strings = this.#alternatives(0);
    if (this.#position < this.#text.length) throw new PatternError('"(" is missing');
    return strings;
  }

  #alternatives(depth: number): number[][] {
    if (depth > MAX_DEPTH) throw new PatternError("alternatives are too deep inside each other");
    const strings = this.#sequence(depth);
    while (this.#text[this.#position] === "|") {
      this.#position += 1;
      strings.push(...this.#sequence(depth));
      limit(strings);
    }
    return strings;
  }

  /** Every string that octets and inner alternatives, one after the other, stand for. */
  #sequence(depth: number): number[][] {
    let strings: number[][] = [[]];
    while (this.#position < this.#text.length && !"|)".includes(this.#text[this.#position] ?? "")) {
      if (this.#text[this.#position] !== "(") {
        const code = octetCode(this.#text, this.#position, this.#ignoresCase);
        if (code === undefined) throw new PatternError("what is between parentheses is not hexadecimal");
        this.#position += 2;
        for (const codes of strings) codes.push(code);
        continue;
      }
      this.#position += 1;
      const inner = this.#alternatives(depth + 1);
      if (this.#text[this.#position] !== ")") throw new PatternError('")" is missing');
      this.#position += 1;
      strings = strings.flatMap((codes) => inner.map((more) => [...codes, ...more]));
      limit(strings);
    }
    if (strings.some((codes) => codes.length === 0)) throw new PatternError("an alternative is empty");
    return strings;
  }
}

function limit(strings: readonly number[][]): void {
  if (strings.length > signatureLimits.alternatives) throw new PatternError("it has too many alternatives");
}

function unite(strings: readonly (readonly number[])[], isNegated: boolean): Uint8Array {
  const union = new Uint8Array(32);
  for (const [code = 0] of strings) {
    const set = codeSet(code);
    for (let index = 0; index < union.length; index += 1) union[index] = (union[index] ?? 0) | (set[index] ?? 0);
  }
  return isNegated ? union.map((octets) => ~octets) : union;
}

function widen(codes: readonly number[]): number[] {
  return codes.flatMap((code) => [code, 0]);
}

const MAX_DEPTH = 15;
