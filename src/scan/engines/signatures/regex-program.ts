/** A regular expression as a program for the automaton that follows it. */
import { signatureLimits } from "../../../core/scan-limits.ts";
import type { Assertion, RegexNode } from "./regex-syntax.ts";

/** Three numbers each: the operation and what it needs. `sets` are 32 octets each. */
export interface RegexProgram {
  readonly code: Int32Array;
  readonly sets: Uint8Array;
}

export const REGEX_OP = {
  /** An octet of the set; then the next instruction. */
  set: 0,
  /** Both instructions are next. */
  split: 1,
  jump: 2,
  /** The next instruction when this holds here. */
  assertion: 3,
  match: 4,
  NUMBERS: 3,
} as const;

export const ASSERTION_NUMBERS: Readonly<Record<Assertion, number>> = {
  start: 0,
  "line-start": 1,
  end: 2,
  "last-line-end": 3,
  "line-end": 4,
  word: 5,
  "no-word": 6,
};

/** The program, or why there is none. */
export function compileRegex(node: RegexNode): RegexProgram | string {
  const compiler = new RegexCompiler();
  compiler.add(node);
  compiler.emit(REGEX_OP.match, 0, 0);
  return compiler.build();
}

class RegexCompiler {
  readonly #code: number[] = [];
  readonly #sets: Uint8Array[] = [];
  #isTooLong = false;

  build(): RegexProgram | string {
    if (this.#isTooLong) return "the regular expression is too large";
    return { code: Int32Array.from(this.#code), sets: Buffer.concat(this.#sets) };
  }

  /** The number of the instruction. */
  emit(operation: number, first: number, second: number): number {
    const at = this.#code.length / REGEX_OP.NUMBERS;
    if (at >= signatureLimits.regexInstructions) this.#isTooLong = true;
    else this.#code.push(operation, first, second);
    return at;
  }

  add(node: RegexNode): void {
    if (this.#isTooLong) return;
    switch (node.kind) {
      case "set":
        this.emit(REGEX_OP.set, this.#set(node.set), 0);
        return;
      case "assertion":
        this.emit(REGEX_OP.assertion, ASSERTION_NUMBERS[node.assertion], 0);
        return;
      case "sequence":
        for (const part of node.nodes) this.add(part);
        return;
      case "choice":
        this.#choice(node.nodes);
        return;
      case "repeat":
        this.#repeat(node.node, node.min, node.max);
        return;
      default:
        node satisfies never;
    }
  }

  #choice(nodes: readonly RegexNode[]): void {
    const jumps: number[] = [];
    for (const [index, node] of nodes.entries()) {
      if (index === nodes.length - 1) {
        this.add(node);
        break;
      }
      const split = this.emit(REGEX_OP.split, 0, 0);
      this.#patch(split, 1, this.#next());
      this.add(node);
      jumps.push(this.emit(REGEX_OP.jump, 0, 0));
      this.#patch(split, 2, this.#next());
    }
    for (const jump of jumps) this.#patch(jump, 1, this.#next());
  }

  #repeat(node: RegexNode, min: number, max: number): void {
    for (let count = 0; count < min && !this.#isTooLong; count += 1) this.add(node);
    if (max === Number.POSITIVE_INFINITY) {
      const split = this.emit(REGEX_OP.split, 0, 0);
      this.#patch(split, 1, this.#next());
      this.add(node);
      this.emit(REGEX_OP.jump, split, 0);
      this.#patch(split, 2, this.#next());
      return;
    }
    const splits: number[] = [];
    for (let count = min; count < max && !this.#isTooLong; count += 1) {
      const split = this.emit(REGEX_OP.split, 0, 0);
      this.#patch(split, 1, this.#next());
      splits.push(split);
      this.add(node);
    }
    for (const split of splits) this.#patch(split, 2, this.#next());
  }

  #next(): number {
    return this.#code.length / REGEX_OP.NUMBERS;
  }

  #patch(instruction: number, number: number, value: number): void {
    if (!this.#isTooLong) this.#code[instruction * REGEX_OP.NUMBERS + number] = value;
  }

  #set(set: Uint8Array): number {
    const known = this.#sets.findIndex((other) => Buffer.compare(other, set) === 0);
    return known >= 0 ? known : this.#sets.push(set) - 1;
  }
}
