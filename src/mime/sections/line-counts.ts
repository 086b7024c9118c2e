/** The lines of the parts that BODYSTRUCTURE counts them of, found in one pass however deep the parts lie. */
import { LF } from "../../core/bytes.ts";
import type { Part } from "./part-tree.ts";

export class LineCounts {
  readonly #counts = new Map<Part, number>();

  constructor(bytes: Buffer, parts: readonly Part[]) {
    const counted = parts.filter(isCounted);
    const marks = counted.flatMap(({ bodyStart, end }) => [bodyStart, end]).toSorted((left, right) => left - right);
    const before = linesBefore(bytes, marks, coverage(counted));
    for (const part of counted) {
      this.#counts.set(part, (before.get(part.end) ?? 0) - (before.get(part.bodyStart) ?? 0));
    }
  }

  /** Line ends in the body of the part; 0 for one whose lines are not counted. */
  of(part: Part): number {
    return this.#counts.get(part) ?? 0;
  }
}

function isCounted({ kind, mediaType }: Part): boolean {
  return kind === "message" || (kind === "leaf" && (mediaType?.type ?? "text").toLowerCase() === "text");
}

/** How many of the parts begin, less those that end, at each place. */
function coverage(parts: readonly Part[]): Map<number, number> {
  const changes = new Map<number, number>();
  const add = (position: number, change: number): void => {
    changes.set(position, (changes.get(position) ?? 0) + change);
  };
  for (const { bodyStart, end } of parts) {
    add(bodyStart, 1);
    add(end, -1);
  }
  return changes;
}

/** For each mark, line ends before it of those that lie in any of the parts. */
function linesBefore(
  bytes: Buffer,
  marks: readonly number[],
  changes: ReadonlyMap<number, number>,
): Map<number, number> {
  const before = new Map<number, number>();
  let open = 0;
  let count = 0;
  let last = 0;
  for (const mark of marks) {
    if (before.has(mark)) continue;
    if (open > 0) count += lineEnds(bytes, last, mark);
    before.set(mark, count);
    open += changes.get(mark) ?? 0;
    last = mark;
  }
  return before;
}

function lineEnds(bytes: Buffer, start: number, end: number): number {
  const range = bytes.subarray(start, end);
  let count = 0;
  for (let position = range.indexOf(LF); position >= 0; position = range.indexOf(LF, position + 1)) count += 1;
  return count;
}
