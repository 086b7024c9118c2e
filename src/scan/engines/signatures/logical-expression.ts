/** The expression of a logical signature: which of its parts must be found, and how often. */
import { signatureLimits } from "../../../core/scan-limits.ts";

/** Numbers in the order in which they are computed; see `OP`. */
export interface LogicalExpression {
  readonly program: readonly number[];
  /** One more than the highest part that is named. */
  readonly parts: number;
  /** By part: matches that make a difference. */
  readonly wanted: readonly number[];
}

/** The expression, or what is wrong with it. As ClamAV has it, `&` and `|` bind alike, to the right. */
export function parseLogicalExpression(text: string): LogicalExpression | string {
  const parser = new ExpressionParser(text);
  try {
    return parser.parse();
  } catch (error) {
    if (error instanceof ExpressionError) return error.message;
    throw error;
  }
}

/** Whether what stands in `program` from `start` on, `length` numbers, is true. `countOf` answers matches of a part. */
export function isTrue(program: Int32Array, start: number, length: number, countOf: (part: number) => number): boolean {
  const stack: Value[] = [];
  for (let at = start; at < start + length; at += OP_NUMBERS) {
    const operation = program[at];
    const [argument = 0, number = 0, distinct = 0] = [program[at + 1], program[at + 2], program[at + 3]];
    if (operation === OP.part) {
      stack.push(partValue(argument, number, distinct, countOf));
    } else if (operation === OP.and || operation === OP.or) {
      const right = stack.pop() ?? NOTHING;
      const left = stack.pop() ?? NOTHING;
      const isMet = operation === OP.and ? left.isMet && right.isMet : left.isMet || right.isMet;
      stack.push(isMet ? { isMet, count: left.count + right.count, parts: left.parts | right.parts } : NOTHING);
    } else {
      stack.push(blockValue(stack.pop() ?? NOTHING, argument, number, distinct));
    }
  }
  return stack.pop()?.isMet === true;
}

interface Value {
  readonly isMet: boolean;
  readonly count: number;
  /** A bit for each part that was counted. */
  readonly parts: bigint;
}

/** `comparison` 0 is "at least once". */
function partValue(part: number, comparison: number, number: number, countOf: (part: number) => number): Value {
  const count = countOf(part);
  const isMet = comparison === 0 ? count > 0 : compare(comparison, count, number);
  return isMet ? { isMet, count, parts: 1n << BigInt(part) } : NOTHING;
}

/** Of parentheses: how many matches there are in them, of how many parts. */
function blockValue({ count, parts }: Value, comparison: number, number: number, distinct: number): Value {
  if (!compare(comparison, count, number) || bits(parts) < distinct) return NOTHING;
  return { isMet: true, count, parts: 0n };
}

function compare(comparison: number, count: number, number: number): boolean {
  if (comparison === COMPARISONS["="]) return count === number;
  return comparison === COMPARISONS["<"] ? count < number : count > number;
}

function bits(parts: bigint): number {
  let count = 0;
  for (let rest = parts; rest > 0n; rest >>= 1n) count += Number(rest & 1n);
  return count;
}

class ExpressionError extends Error {}

class ExpressionParser {
  readonly #text: string;
  readonly #program: number[] = [];
  readonly #wanted: number[] = [];
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): LogicalExpression {
    this.#expression(0, false);
    if (this.#position < this.#text.length) throw new ExpressionError('the expression has a ")" too many');
    const parts = this.#wanted.length;
    return {
      program: this.#program,
      parts,
      wanted: Array.from({ length: parts }, (_, part) => this.#wanted[part] ?? 1),
    };
  }

  /** `isCounted`: parentheses around it are compared, and every match counts. */
  #expression(depth: number, isCounted: boolean): void {
    if (depth > signatureLimits.expressionDepth)
      throw new ExpressionError("parentheses are too deep inside each other");
    const operations: number[] = [];
    for (;;) {
      this.#operand(depth, isCounted);
      const operator = this.#text[this.#position];
      if (operator !== "&" && operator !== "|") break;
      operations.push(operator === "&" ? OP.and : OP.or);
      this.#position += 1;
    }
    for (const operation of operations.reverse()) this.#program.push(operation, 0, 0, 0);
  }

  #operand(depth: number, isCounted: boolean): void {
    if (this.#text[this.#position] !== "(") {
      const part = this.#number();
      if (part >= signatureLimits.subsignatures) throw new ExpressionError("there are too many parts");
      const { comparison, number } = this.#comparison();
      this.#program.push(OP.part, part, comparison, number);
      this.#want(part, isCounted ? MAX_WANTED : comparison === 0 ? 1 : number + 1);
      return;
    }
    this.#position += 1;
    const isBlockCounted = isCounted || this.#isFollowedByComparison();
    this.#expression(depth + 1, isBlockCounted);
    if (this.#text[this.#position] !== ")") throw new ExpressionError('")" is missing in the expression');
    this.#position += 1;
    const { comparison, number, distinct } = this.#comparison();
    if (comparison !== 0) this.#program.push(OP.block, comparison, number, distinct);
  }

  /** Whether the parenthesis that has just been opened is compared with a number. */
  #isFollowedByComparison(): boolean {
    let level = 1;
    let position = this.#position;
    for (; position < this.#text.length && level > 0; position += 1) {
      if (this.#text[position] === "(") level += 1;
      if (this.#text[position] === ")") level -= 1;
    }
    return "<>=".includes(this.#text[position] ?? " ");
  }

  #comparison(): { comparison: number; number: number; distinct: number } {
    const sign = this.#text[this.#position];
    if (sign !== "=" && sign !== "<" && sign !== ">") return { comparison: 0, number: 0, distinct: 0 };
    this.#position += 1;
    const number = this.#number();
    let distinct = 0;
    if (this.#text[this.#position] === ",") {
      this.#position += 1;
      distinct = this.#number();
    }
    return { comparison: COMPARISONS[sign], number, distinct };
  }

  #number(): number {
    const match = /\d{1,6}/y;
    match.lastIndex = this.#position;
    const digits = match.exec(this.#text)?.[0];
    if (digits === undefined) throw new ExpressionError("the expression has no number where one is expected");
    this.#position += digits.length;
    return Number(digits);
  }

  #want(part: number, count: number): void {
    this.#wanted[part] = Math.min(MAX_WANTED, Math.max(this.#wanted[part] ?? 1, count));
  }
}

const OP = { part: 0, and: 1, or: 2, block: 3 } as const;
const OP_NUMBERS = 4;
const COMPARISONS = { "=": 1, "<": 2, ">": 3 } as const;
const NOTHING: Value = { isMet: false, count: 0, parts: 0n };
const MAX_WANTED = 0xffff;
