/** Regular expressions as Perl and POSIX write them, as far as an automaton can follow: no references back, and nothing
 *  that looks ahead or behind. What is left never takes more time than the text is long. */
import { signatureLimits } from "../../../core/scan-limits.ts";
import { escapedSet, namedSet } from "./regex-sets.ts";

export type RegexNode =
  | { readonly kind: "set"; readonly set: Uint8Array }
  | { readonly kind: "sequence" | "choice"; readonly nodes: readonly RegexNode[] }
  | { readonly kind: "repeat"; readonly node: RegexNode; readonly min: number; readonly max: number }
  | { readonly kind: "assertion"; readonly assertion: Assertion };

export type Assertion = "start" | "line-start" | "end" | "last-line-end" | "line-end" | "word" | "no-word";

/** i, s, m and x of Perl; `endsStrictly`: `$` is not before a last line end. */
export interface RegexFlags {
  readonly ignoresCase?: boolean;
  readonly dotIsAll?: boolean;
  readonly isMultiline?: boolean;
  readonly isExtended?: boolean;
  readonly endsStrictly?: boolean;
}

/** The expression's tree, or why there is none. */
export function parseRegex(text: string, flags: RegexFlags = {}): RegexNode | string {
  if (text.length > signatureLimits.regexCharacters) return "the regular expression is too long";
  try {
    return new RegexParser(text, flags).parse();
  } catch (error) {
    if (error instanceof RegexError) return error.message;
    throw error;
  }
}

class RegexError extends Error {}

class RegexParser {
  readonly #text: string;
  #flags: RegexFlags;
  #position = 0;

  constructor(text: string, flags: RegexFlags) {
    this.#text = text;
    this.#flags = flags;
  }

  parse(): RegexNode {
    const node = this.#choice(0);
    if (this.#position < this.#text.length) throw new RegexError('a ")" has no "("');
    return node;
  }

  #choice(depth: number): RegexNode {
    if (depth > MAX_DEPTH) throw new RegexError("its groups are too deep inside each other");
    const outer = this.#flags;
    const nodes = [this.#sequence(depth)];
    while (this.#text[this.#position] === "|") {
      this.#position += 1;
      nodes.push(this.#sequence(depth));
    }
    // Flags that are set in a group end with it.
    this.#flags = outer;
    const [only] = nodes;
    return only !== undefined && nodes.length === 1 ? only : { kind: "choice", nodes };
  }

  #sequence(depth: number): RegexNode {
    const nodes: RegexNode[] = [];
    for (;;) {
      this.#skipComments();
      const character = this.#text[this.#position];
      if (character === undefined || character === "|" || character === ")") return { kind: "sequence", nodes };
      const node = this.#atom(character, depth);
      if (node !== undefined) nodes.push(this.#repeated(node));
    }
  }

  /** Undefined when it stands for nothing, as a comment. */
  #atom(character: string, depth: number): RegexNode | undefined {
    this.#position += 1;
    switch (character) {
      case "(":
        return this.#group(depth);
      case "[":
        return { kind: "set", set: this.#class() };
      case ".":
        return { kind: "set", set: this.#flags.dotIsAll === true ? new Uint8Array(32).fill(0xff) : namedSet("N") };
      case "^":
        return { kind: "assertion", assertion: this.#flags.isMultiline === true ? "line-start" : "start" };
      case "$":
        return { kind: "assertion", assertion: this.#dollar() };
      case "\\":
        return this.#escape();
      case "*":
      case "+":
      case "?":
        throw new RegexError(`nothing stands before "${character}"`);
      default:
        return { kind: "set", set: this.#letters(character.charCodeAt(0)) };
    }
  }

  #dollar(): Assertion {
    if (this.#flags.isMultiline === true) return "line-end";
    return this.#flags.endsStrictly === true ? "end" : "last-line-end";
  }

  #repeated(node: RegexNode): RegexNode {
    let repeated = node;
    for (let count = 0; ; count += 1) {
      this.#skipComments();
      const match = QUANTIFIER.exec(this.#text.slice(this.#position, this.#position + MAX_QUANTIFIER));
      if (match === null) return repeated;
      if (count > 0) throw new RegexError("two repetitions follow each other");
      this.#position += match[0].length;
      const [min, max] = quantity(match);
      if (max < min || (max !== Number.POSITIVE_INFINITY && max > signatureLimits.regexRepetitions)) {
        throw new RegexError("a repetition is too long");
      }
      // Whether it prefers few or many makes no difference to whether there is a match.
      if (this.#text[this.#position] === "?") this.#position += 1;
      else if (this.#text[this.#position] === "+") throw new RegexError("possessive repetitions are not supported");
      repeated = { kind: "repeat", node: repeated, min, max };
    }
  }

  #group(depth: number): RegexNode | undefined {
    const rest = this.#text.slice(this.#position, this.#position + MAX_GROUP_HEAD);
    if (rest.startsWith("?#")) {
      const end = this.#text.indexOf(")", this.#position);
      if (end < 0) throw new RegexError('")" is missing');
      this.#position = end + 1;
      return undefined;
    }
    const outer = this.#flags;
    const head = GROUP_HEAD.exec(rest);
    if (head !== null) {
      this.#position += head[0].length;
      const { on, off, end } = head.groups ?? {};
      if (on !== undefined || off !== undefined) this.#flags = changedFlags(outer, on ?? "", off ?? "");
      if (end === ")") return undefined;
    } else if (rest.startsWith("?") || rest.startsWith("*")) {
      throw new RegexError(`groups that begin with "(${rest.slice(0, 2)}" are not supported`);
    }
    const node = this.#choice(depth + 1);
    if (this.#text[this.#position] !== ")") throw new RegexError('")" is missing');
    this.#position += 1;
    this.#flags = outer;
    return node;
  }

  #escape(): RegexNode {
    const letter = this.#text[this.#position] ?? "";
    const assertion = ASSERTIONS[letter];
    if (assertion !== undefined) {
      this.#position += 1;
      return { kind: "assertion", assertion };
    }
    if (letter === "Q") return this.#quoted();
    if (letter === "R") throw new RegexError('"\\R" is not supported');
    return { kind: "set", set: this.#escaped(false) };
  }

  /** `\Q…\E`: nothing in it has a meaning of its own. */
  #quoted(): RegexNode {
    const start = this.#position + 1;
    const end = this.#text.indexOf("\\E", start);
    const text = this.#text.slice(start, end < 0 ? this.#text.length : end);
    this.#position = end < 0 ? this.#text.length : end + 2;
    return {
      kind: "sequence",
      nodes: [...text].map((character) => ({ kind: "set", set: this.#letters(character.charCodeAt(0)) })),
    };
  }

  /** What stands after a backslash. */
  #escaped(isInClass: boolean): Uint8Array {
    const found = escapedSet(this.#text, this.#position, isInClass);
    if (typeof found === "string") throw new RegexError(found);
    this.#position = found.end;
    return found.octet === undefined ? found.set : this.#letters(found.octet);
  }

  #letters(octet: number): Uint8Array {
    if (octet > 0xff) throw new RegexError("characters beyond one octet are not supported");
    const set = new Uint8Array(32);
    add(set, octet);
    const lower = octet | 0x20;
    if (this.#flags.ignoresCase === true && lower >= 0x61 && lower <= 0x7a) {
      add(set, lower);
      add(set, lower & ~0x20);
    }
    return set;
  }

  #class(): Uint8Array {
    const isNegated = this.#text[this.#position] === "^";
    if (isNegated) this.#position += 1;
    const set = new Uint8Array(32);
    for (let isFirst = true; ; isFirst = false) {
      const character = this.#text[this.#position];
      if (character === undefined) throw new RegexError('"]" is missing');
      if (character === "]" && !isFirst) break;
      this.#classMember(set);
    }
    this.#position += 1;
    return isNegated ? set.map((octets) => ~octets) : set;
  }

  #classMember(set: Uint8Array): void {
    const posix = POSIX_CLASS.exec(this.#text.slice(this.#position, this.#position + MAX_POSIX_CLASS));
    if (posix !== null) {
      this.#position += posix[0].length;
      const named = namedSet(posix[2] ?? "");
      if (named.every((octets) => octets === 0)) throw new RegexError(`there is no class "${posix[2]}"`);
      unite(set, posix[1] === "^" ? named.map((octets) => ~octets) : named);
      return;
    }
    const first = this.#classOctet();
    if (typeof first !== "number") {
      unite(set, first);
      return;
    }
    let last: number | Uint8Array = first;
    if (this.#text[this.#position] === "-" && !"]".includes(this.#text[this.#position + 1] ?? "]")) {
      this.#position += 1;
      last = this.#classOctet();
    }
    if (typeof last !== "number" || last < first) throw new RegexError("a range in brackets is none");
    for (let octet = first; octet <= last; octet += 1) unite(set, this.#letters(octet));
  }

  /** One octet, or a set such as `\d`. */
  #classOctet(): number | Uint8Array {
    const code = this.#text.charCodeAt(this.#position);
    this.#position += 1;
    if (code !== BACKSLASH) {
      if (code > 0xff) throw new RegexError("characters beyond one octet are not supported");
      return code;
    }
    const found = escapedSet(this.#text, this.#position, true);
    if (typeof found === "string") throw new RegexError(found);
    this.#position = found.end;
    return found.octet ?? found.set;
  }

  #skipComments(): void {
    if (this.#flags.isExtended !== true) return;
    const blanks = /(?:[ \t\r\n\f\v]|#[^\n]*)*/y;
    blanks.lastIndex = this.#position;
    this.#position += blanks.exec(this.#text)?.[0].length ?? 0;
  }
}

function quantity([, sign, exact, from, to]: RegExpExecArray): [number, number] {
  if (sign === "*") return [0, Number.POSITIVE_INFINITY];
  if (sign === "+") return [1, Number.POSITIVE_INFINITY];
  if (sign === "?") return [0, 1];
  if (exact !== undefined) return [Number(exact), Number(exact)];
  return [Number(from), to === undefined || to === "" ? Number.POSITIVE_INFINITY : Number(to)];
}

function changedFlags(flags: RegexFlags, on: string, off: string): RegexFlags {
  const value = (letter: string, before: boolean | undefined): boolean =>
    on.includes(letter) || (before === true && !off.includes(letter));
  return {
    ...flags,
    ignoresCase: value("i", flags.ignoresCase),
    dotIsAll: value("s", flags.dotIsAll),
    isMultiline: value("m", flags.isMultiline),
    isExtended: value("x", flags.isExtended),
  };
}

function add(set: Uint8Array, octet: number): void {
  set[octet >>> 3] = (set[octet >>> 3] ?? 0) | (1 << (octet & 7));
}

function unite(set: Uint8Array, other: Uint8Array): void {
  for (let index = 0; index < set.length; index += 1) set[index] = (set[index] ?? 0) | (other[index] ?? 0);
}

const QUANTIFIER = /^(?:([*+?])|\{(?:(\d{1,9})|(\d{1,9}),(\d{1,9})?)\})/;
const GROUP_HEAD = /^\?(?:P?<[A-Za-z_]\w*>|'[A-Za-z_]\w*'|(?<on>[imsx]*)(?:-(?<off>[imsx]+))?(?<end>[:)]))/;
const POSIX_CLASS = /^\[:(\^?)([a-z]+):\]/;
const ASSERTIONS: Readonly<Record<string, Assertion>> = {
  A: "start",
  Z: "last-line-end",
  z: "end",
  b: "word",
  B: "no-word",
};
const BACKSLASH = 0x5c;
const MAX_DEPTH = 50;
const MAX_QUANTIFIER = 24;
const MAX_GROUP_HEAD = 64;
const MAX_POSIX_CLASS = 16;
