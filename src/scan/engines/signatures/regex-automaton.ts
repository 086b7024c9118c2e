/** Follows a regular expression through content, octet by octet and never back: all ways through it at once. What has
 *  been worked out for a set of ways and an octet is kept, so that the usual case is one look into a table. */
import { ASSERTION_NUMBERS, REGEX_OP, type RegexProgram } from "./regex-program.ts";

/** Octets [base, end) of `bytes`; a match may begin at offsets [first, last]. */
export interface RegexRange {
  readonly base: number;
  readonly end: number;
  readonly first: number;
  readonly last: number;
}

/** Work that is still allowed. */
export interface StepBudget {
  steps: number;
}

export class RegexAutomaton {
  readonly #program: RegexProgram;
  readonly #states: State[] = [];
  readonly #stateNumbers = new Map<string, number>();
  readonly #visited: Uint8Array;

  constructor(program: RegexProgram) {
    this.#program = program;
    this.#visited = new Uint8Array(program.code.length / REGEX_OP.NUMBERS);
  }

  /** Where the first match ends that does, or -1. */
  find(bytes: Buffer, { base, end, first, last }: RegexRange, budget: StepBudget): number {
    let state = this.#stateFor([], AT_START);
    // What stands before the first offset tells whether a line or a word begins there.
    if (first > base) state = this.#stateFor([], contextOf(bytes[first - 1] ?? 0));
    for (let position = first; position <= end; position += 1) {
      const isOpen = position <= last;
      if (!isOpen && (this.#states[state]?.ways.length ?? 0) === 0) return -1;
      const symbol = position === end ? END : isFinalLineFeed(bytes, position, end) ? FINAL_LF : (bytes[position] ?? 0);
      const column = isOpen ? symbol + SYMBOLS : symbol;
      let next = this.#states[state]?.next[column] ?? UNKNOWN;
      if (next === UNKNOWN) {
        budget.steps -= this.#visited.length;
        next = this.#compute(state, symbol, isOpen);
      }
      if ((next & MATCHED) !== 0) return position;
      state = next >>> 1;
      if ((position & STEP_MASK) === 0) {
        budget.steps -= 1 + (STEP_MASK >>> 3);
        if (budget.steps <= 0) return -1;
      }
    }
    return -1;
  }

  #compute(number: number, symbol: number, isOpen: boolean): number {
    const state = this.#states[number];
    if (state === undefined) return 0;
    const octet = symbol === FINAL_LF ? LF : symbol;
    const reached = this.#close(isOpen ? [...state.ways, 0] : state.ways, state.before, symbol);
    let next = 0;
    if (reached.hasMatched) {
      next = MATCHED;
    } else if (symbol !== END) {
      next = this.#stateFor(this.#step(reached.sets, octet), contextOf(octet)) << 1;
      // The table was emptied: this state is no longer in it.
      if (this.#states[number] !== state) return next;
    }
    state.next[isOpen ? symbol + SYMBOLS : symbol] = next;
    return next;
  }

  /** Instructions that want an octet, from those in `ways` over all that want none. */
  #close(ways: readonly number[], before: number, symbol: number): { sets: number[]; hasMatched: boolean } {
    const { code } = this.#program;
    const sets: number[] = [];
    const open = [...ways];
    this.#visited.fill(0);
    for (let way = open.pop(); way !== undefined; way = open.pop()) {
      if (this.#visited[way] === 1) continue;
      this.#visited[way] = 1;
      const at = way * REGEX_OP.NUMBERS;
      const first = code[at + 1] ?? 0;
      switch (code[at]) {
        case REGEX_OP.match:
          return { sets, hasMatched: true };
        case REGEX_OP.set:
          sets.push(way);
          break;
        case REGEX_OP.jump:
          open.push(first);
          break;
        case REGEX_OP.split:
          open.push(first, code[at + 2] ?? 0);
          break;
        default:
          if (holds(first, before, symbol)) open.push(way + 1);
      }
    }
    return { sets, hasMatched: false };
  }

  #step(setInstructions: readonly number[], octet: number): number[] {
    const { code, sets } = this.#program;
    const ways: number[] = [];
    for (const way of setInstructions) {
      const set = (code[way * REGEX_OP.NUMBERS + 1] ?? 0) * 32;
      if ((((sets[set + (octet >>> 3)] ?? 0) >>> (octet & 7)) & 1) === 1) ways.push(way + 1);
    }
    return ways.sort((left, right) => left - right);
  }

  #stateFor(ways: readonly number[], before: number): number {
    const key = `${before}:${ways.join()}`;
    const known = this.#stateNumbers.get(key);
    if (known !== undefined) return known;
    if (this.#states.length >= MAX_STATES) {
      this.#states.length = 0;
      this.#stateNumbers.clear();
    }
    const number = this.#states.push({ ways, before, next: new Int32Array(2 * SYMBOLS).fill(UNKNOWN) }) - 1;
    this.#stateNumbers.set(key, number);
    return number;
  }
}

/** Instructions that the octets so far have led to, and what the last of them was. */
interface State {
  readonly ways: readonly number[];
  readonly before: number;
  /** By symbol, and once more for when a match may begin: the next state times two, plus one for a match. */
  readonly next: Int32Array;
}

function isFinalLineFeed(bytes: Buffer, position: number, end: number): boolean {
  return position === end - 1 && bytes[position] === LF;
}

function contextOf(octet: number): number {
  if (octet === LF) return AFTER_LF;
  return isWordOctet(octet) ? AFTER_WORD : AFTER_OTHER;
}

function isWordOctet(octet: number): boolean {
  const lower = octet | 0x20;
  if (octet > 0xff) return false;
  return (octet >= 0x30 && octet <= 0x39) || (lower >= 0x61 && lower <= 0x7a) || octet === 0x5f;
}

function holds(assertion: number, before: number, symbol: number): boolean {
  switch (assertion) {
    case ASSERTION_NUMBERS.start:
      return before === AT_START;
    case ASSERTION_NUMBERS["line-start"]:
      return before === AT_START || before === AFTER_LF;
    case ASSERTION_NUMBERS.end:
      return symbol === END;
    case ASSERTION_NUMBERS["last-line-end"]:
      return symbol === END || symbol === FINAL_LF;
    case ASSERTION_NUMBERS["line-end"]:
      return symbol === END || symbol === FINAL_LF || symbol === LF;
    default: {
      const isAtEdge = (before === AFTER_WORD) !== isWordOctet(symbol);
      return isAtEdge === (assertion === ASSERTION_NUMBERS.word);
    }
  }
}

const LF = 0x0a;
/** Besides the 256 octets: the end, and a line feed before it. */
const END = 256;
const FINAL_LF = 257;
const SYMBOLS = 258;
const UNKNOWN = -1;
const MATCHED = 1;
const AT_START = 0;
const AFTER_LF = 1;
const AFTER_WORD = 2;
const AFTER_OTHER = 3;
/** Two kilobytes each. */
const MAX_STATES = 1_000;
const STEP_MASK = 1_023;
