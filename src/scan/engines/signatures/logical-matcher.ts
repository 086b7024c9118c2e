/** Decides on logical signatures: counts their patterns in a content, then asks what must be true of them. */
import type { Content } from "../../engine.ts";
import { type ByteComparison, isComparisonMet } from "./byte-comparison.ts";
import { isOfFileType } from "./file-type.ts";
import { isTrue } from "./logical-expression.ts";
import {
  CHECK,
  COMPARISON,
  COMPARISON_FORMS,
  COMPARISON_SIGNS,
  LOGICAL,
  type LogicalTables,
  REGEX_FLAGS,
} from "./logical-tables.ts";
import { type ExecutableLayout, OFFSET_ANY, offsetRange } from "./pattern-offset.ts";
import { RegexAutomaton, type RegexRange, type StepBudget } from "./regex-automaton.ts";

/** What is judged: `bytes` are those that patterns were looked for in, which may be the content in normal form. */
export interface JudgedContent {
  readonly content: Content;
  readonly bytes: Buffer;
  readonly layout: () => ExecutableLayout | undefined;
}

/** Keeps memory between contents, and nothing else. */
export class LogicalMatcher {
  readonly #tables: LogicalTables;
  readonly #counts: Uint16Array;
  readonly #lastStarts: Int32Array;
  readonly #isTouched: Uint8Array;
  readonly #touched: number[] = [];
  readonly #automata = new Map<number, RegexAutomaton>();

  constructor(tables: LogicalTables) {
    const { signatures } = tables;
    let counters = 0;
    for (let at = 0; at < signatures.length; at += LOGICAL.NUMBERS) counters += signatures[at + LOGICAL.PARTS] ?? 0;
    this.#tables = tables;
    this.#counts = new Uint16Array(counters);
    this.#lastStarts = new Int32Array(counters);
    this.#isTouched = new Uint8Array(signatures.length / LOGICAL.NUMBERS);
  }

  /** A pattern of the signature has been found. */
  count(signature: number, part: number, start: number): void {
    const counter = (this.#tables.signatures[signature * LOGICAL.NUMBERS + LOGICAL.COUNTER] ?? 0) + part;
    this.#counts[counter] = Math.min(MAX_COUNT, (this.#counts[counter] ?? 0) + 1);
    this.#lastStarts[counter] = start;
    this.#touch(signature);
  }

  /** The signatures that are true of the content, and a clean slate for the next one. `targets` are its types. */
  finish(judged: JudgedContent, targets: readonly number[], budget: StepBudget): number[] {
    const { idle } = this.#tables;
    for (let index = 0; index < idle.length; index += 2) {
      if (targets.includes(idle[index] ?? 0)) this.#touch(idle[index + 1] ?? 0);
    }
    if (this.#touched.length === 0) return NONE;
    const found = this.#touched.filter((signature) => this.#isTrue(signature, judged, budget));
    for (const signature of this.#touched) this.#forget(signature);
    this.#touched.length = 0;
    return found;
  }

  #touch(signature: number): void {
    if (this.#isTouched[signature] === 1) return;
    this.#isTouched[signature] = 1;
    this.#touched.push(signature);
  }

  #forget(signature: number): void {
    const at = signature * LOGICAL.NUMBERS;
    const counter = this.#tables.signatures[at + LOGICAL.COUNTER] ?? 0;
    this.#counts.fill(0, counter, counter + (this.#tables.signatures[at + LOGICAL.PARTS] ?? 0));
    this.#isTouched[signature] = 0;
  }

  #isTrue(signature: number, judged: JudgedContent, budget: StepBudget): boolean {
    const { signatures } = this.#tables;
    const at = signature * LOGICAL.NUMBERS;
    const counter = signatures[at + LOGICAL.COUNTER] ?? 0;
    const size = judged.content.bytes.length;
    if (size < (signatures[at + LOGICAL.SIZE_MIN] ?? 0) || size > (signatures[at + LOGICAL.SIZE_MAX] ?? 0))
      return false;
    const first = signatures[at + LOGICAL.CHECK] ?? 0;
    for (let check = first; check < first + (signatures[at + LOGICAL.CHECKS] ?? 0); check += 1) {
      this.#check(check, counter, judged, budget);
    }
    const expression = signatures[at + LOGICAL.EXPRESSION] ?? 0;
    if (!this.#holds(expression, signatures[at + LOGICAL.EXPRESSION_LENGTH] ?? 0, counter)) return false;
    return this.#isInContainers(at, judged.content) && this.#hasLayout(at, judged);
  }

  #holds(expression: number, length: number, counter: number): boolean {
    return isTrue(this.#tables.expressions, expression, length, (part) => this.#counts[counter + part] ?? 0);
  }

  #isInContainers(at: number, content: Content): boolean {
    const { signatures, containers } = this.#tables;
    const first = signatures[at + LOGICAL.CONTAINER] ?? 0;
    let outer = content.parent;
    for (let index = first + (signatures[at + LOGICAL.CONTAINERS] ?? 0) - 1; index >= first; index -= 1) {
      if (outer === undefined || !isOfFileType(outer, containers[index] ?? 0)) return false;
      outer = outer.parent;
    }
    return true;
  }

  #hasLayout(at: number, { layout }: JudgedContent): boolean {
    const { signatures } = this.#tables;
    const isOpen = (signatures[at + LOGICAL.ENTRY_MIN] ?? 0) < 0 && (signatures[at + LOGICAL.SECTIONS_MIN] ?? 0) < 0;
    if (isOpen) return true;
    const found = layout();
    if (found === undefined) return false;
    const isWithin = (number: number, min: number): boolean =>
      number >= (signatures[at + min] ?? 0) && number <= (signatures[at + min + 1] ?? 0);
    return isWithin(found.entryPoint, LOGICAL.ENTRY_MIN) && isWithin(found.sections.length, LOGICAL.SECTIONS_MIN);
  }

  /** Counts the part that the check is when it is met. */
  #check(check: number, counter: number, judged: JudgedContent, budget: StepBudget): void {
    const { checks } = this.#tables;
    const at = check * CHECK.NUMBERS;
    const part = counter + (checks[at + CHECK.PART] ?? 0);
    if (checks[at + CHECK.KIND] === COMPARISON) {
      const reference = counter + (checks[at + CHECK.REFERENCE] ?? 0);
      if ((this.#counts[reference] ?? 0) === 0) return;
      const isMet = isComparisonMet(judged.bytes, this.#lastStarts[reference] ?? 0, this.#comparison(at));
      if (isMet) this.#counts[part] = 1;
      return;
    }
    if (!this.#holds(checks[at + CHECK.TRIGGER] ?? 0, checks[at + CHECK.TRIGGER_LENGTH] ?? 0, counter)) return;
    this.#counts[part] = this.#countMatches(check, at, judged, budget);
  }

  #countMatches(check: number, at: number, judged: JudgedContent, budget: StepBudget): number {
    const { checks } = this.#tables;
    const range = this.#regexRange(at, judged);
    if (range === undefined) return 0;
    const wanted = checks[at + CHECK.WANTED] ?? 1;
    const automaton = this.#automaton(check, at);
    let count = 0;
    for (let { first } = range; count < wanted && first <= range.last; ) {
      const end = automaton.find(judged.bytes, { ...range, first }, budget);
      if (end < 0) break;
      count += 1;
      first = Math.max(end, first + 1);
    }
    return count;
  }

  /** Where ClamAV's regular expressions may match: at the offset, from there on, or within its shift. */
  #regexRange(at: number, { bytes, layout }: JudgedContent): RegexRange | undefined {
    const { checks } = this.#tables;
    const kind = checks[at + CHECK.OFFSET_KIND] ?? 0;
    const flags = checks[at + CHECK.FLAGS] ?? 0;
    const whole = { base: 0, end: bytes.length, first: 0, last: bytes.length };
    if (kind === OFFSET_ANY) return (flags & REGEX_FLAGS.anchored) === 0 ? whole : { ...whole, last: 0 };
    const shift = checks[at + CHECK.SHIFT] ?? 0;
    const offset = { kind, value: checks[at + CHECK.OFFSET] ?? 0, shift, section: checks[at + CHECK.SECTION] ?? 0 };
    const place = offsetRange(offset, bytes.length, layout);
    if (place === undefined || place.first < 0 || place.first >= bytes.length) return undefined;
    const { first } = place;
    const isEncompassed = (flags & REGEX_FLAGS.encompassed) !== 0 && place.last > first;
    const end = isEncompassed ? Math.min(place.last, bytes.length) : bytes.length;
    const isAnchored = (flags & REGEX_FLAGS.anchored) !== 0;
    const isRolling = (flags & REGEX_FLAGS.rolling) !== 0 && place.last === first;
    const last = isAnchored ? first : isRolling || isEncompassed ? end : Math.min(place.last, bytes.length);
    return { base: first, end, first, last };
  }

  #automaton(check: number, at: number): RegexAutomaton {
    const { checks, regexCode, regexSets } = this.#tables;
    const known = this.#automata.get(check);
    if (known !== undefined) return known;
    if (this.#automata.size >= MAX_AUTOMATA) this.#automata.clear();
    const code = checks[at + CHECK.CODE] ?? 0;
    const sets = checks[at + CHECK.SETS] ?? 0;
    const automaton = new RegexAutomaton({
      code: regexCode.subarray(code, code + (checks[at + CHECK.CODE_LENGTH] ?? 0)),
      sets: regexSets.subarray(sets, sets + (checks[at + CHECK.SETS_LENGTH] ?? 0)),
    });
    this.#automata.set(check, automaton);
    return automaton;
  }

  #comparison(at: number): ByteComparison {
    const { checks } = this.#tables;
    const conditions = Array.from({ length: checks[at + CHECK.CONDITIONS] ?? 0 }, (_, index) => {
      const condition = at + CHECK.CONDITION + index * 3;
      const low = BigInt((checks[condition + 1] ?? 0) >>> 0);
      return {
        sign: COMPARISON_SIGNS[checks[condition] ?? 0] ?? "=",
        number: (BigInt(checks[condition + 2] ?? 0) << 32n) | low,
      };
    });
    return {
      reference: checks[at + CHECK.REFERENCE] ?? 0,
      offset: checks[at + CHECK.OFFSET] ?? 0,
      form: COMPARISON_FORMS[checks[at + CHECK.FORM] ?? 0] ?? "binary",
      isLittleEndian: checks[at + CHECK.IS_LITTLE_ENDIAN] === 1,
      isExact: checks[at + CHECK.IS_EXACT] === 1,
      octets: checks[at + CHECK.OCTETS] ?? 0,
      conditions,
    };
  }
}

const NONE: number[] = [];
const MAX_COUNT = 0xffff;
/** Two megabytes each when hostile content has made them as large as they get. */
const MAX_AUTOMATA = 32;
