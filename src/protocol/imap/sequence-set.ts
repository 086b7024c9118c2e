/** Sequence sets (RFC 9051 §9): `1:5,9,20:*`. Both sides write long ones, and every response asks about them: so a set is
 *  read once, and a question costs no more than its length in bits. */
import { protocolLimits } from "../../core/limits.ts";

export class SequenceSet {
  readonly #text: string;
  #ranges: Ranges | undefined;

  /** Nothing is read before the first question. */
  constructor(text: string) {
    this.#text = text;
  }

  /** True when the message with this number may be in the set. Sets with `*` or `$` depend on what the upstream knows: they
   *  may hold any message, and so do longer ones than anybody writes. */
  mayContain(number: number): boolean {
    const { isAny, lows, highs } = this.#read();
    const high = highs[last(lows, number)];
    return isAny || (high !== undefined && number <= high);
  }

  /** How many numbers in the set are smaller; of a set that may hold any message, 0. */
  below(number: number): number {
    const { lows, highs, before } = this.#read();
    const at = last(lows, number - 1);
    const low = lows[at];
    return low === undefined ? 0 : (before[at] ?? 0) + Math.min(highs[at] ?? low, number - 1) - low + 1;
  }

  #read(): Ranges {
    this.#ranges ??= read(this.#text);
    return this.#ranges;
  }
}

/** Ascending and apart; `before` is how many numbers those before have. */
interface Ranges {
  readonly isAny: boolean;
  readonly lows: readonly number[];
  readonly highs: readonly number[];
  readonly before: readonly number[];
}

function read(text: string): Ranges {
  if (text.length > protocolLimits.sequenceSetBytes || /[*$]/.test(text)) {
    return { isAny: true, lows: [], highs: [], before: [] };
  }
  const pairs = text.split(",").map((range): readonly [number, number] => {
    const [first = "", second = first] = range.split(":", 2);
    const [one, other] = [Number(first), Number(second)];
    return one <= other ? [one, other] : [other, one];
  });
  const lows: number[] = [];
  const highs: number[] = [];
  const before: number[] = [];
  let count = 0;
  for (const [low, high] of pairs.sort(([left], [right]) => left - right)) {
    const highest = highs.at(-1) ?? -1;
    if (low <= highest) {
      highs[highs.length - 1] = Math.max(highest, high);
      count += Math.max(0, high - highest);
      continue;
    }
    lows.push(low);
    highs.push(high);
    before.push(count);
    count += high - low + 1;
  }
  return { isAny: false, lows, highs, before };
}

/** The place of the last one that is not above `number`; -1 when all are. */
function last(ascending: readonly number[], number: number): number {
  let [from, to] = [0, ascending.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((ascending[middle] ?? 0) <= number) from = middle + 1;
    else to = middle;
  }
  return from - 1;
}
