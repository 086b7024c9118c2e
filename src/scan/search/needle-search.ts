/** Looks for several short texts in one pass over the octets, which costs less than one native search for each. */
import { createNeedleKernel, NEEDLE_OCTETS, type NeedleKernel, PLACE_BASE, WINDOW_BYTES } from "./needle-kernel.ts";

export interface Needle {
  /** Three octets at least. */
  readonly octets: Buffer;
  /** Letters match in either case. */
  readonly ignoresCase?: boolean;
}

export interface Found {
  /** Indices of the needles that occur. */
  readonly needles: ReadonlySet<number>;
  /** Whether there may be `MIN_NOTICED_RUN` octets of a run side by side; when not, there certainly are none. */
  readonly hasRun: boolean;
}

/** The shortest run that is noticed wherever it stands. */
export const MIN_NOTICED_RUN = 31;

export class NeedleSearch {
  readonly #needles: readonly Needle[];
  /** Indices of the needles by the octet at a place where they may be. */
  readonly #byFirst: readonly (readonly number[])[];
  readonly #kernel: NeedleKernel;

  /** `run` are the octets of ASCII that runs consist of. Throws where there is no WebAssembly with vectors. */
  constructor(needles: readonly Needle[], run: Iterable<number>) {
    this.#needles = needles;
    this.#byFirst = Array.from({ length: 256 }, (_, octet) =>
      [...needles.keys()].filter((index) => isOctet(needles[index], 0, octet)),
    );
    this.#kernel = createNeedleKernel({ halves: halvesOf(needles), run: runTables(run) });
  }

  /** Undefined when so many places look like a needle that searching for each of them takes less time. */
  search(bytes: Buffer): Found | undefined {
    const { content, find, places, hasRun } = this.#kernel;
    const needles = new Set<number>();
    let isRun = false;
    for (let start = 0; start < bytes.length; start += WINDOW_BYTES) {
      const end = Math.min(bytes.length, start + WINDOW_BYTES);
      const taken = bytes.subarray(start, Math.min(bytes.length, end + NEEDLE_OCTETS - 1));
      content.set(taken);
      content.fill(0, taken.length);
      const count = find(end - start);
      if (count < 0) return undefined;
      isRun ||= hasRun();
      for (let index = 0; index < count; index += 1) {
        this.#verify(bytes, start + (places[index] ?? 0) - PLACE_BASE, needles);
      }
    }
    return { needles, hasRun: isRun };
  }

  #verify(bytes: Buffer, place: number, found: Set<number>): void {
    for (const index of this.#byFirst[bytes[place] ?? 0] ?? []) {
      if (!found.has(index) && isAt(bytes, place, this.#needles[index])) found.add(index);
    }
  }
}

function isAt(bytes: Buffer, place: number, needle: Needle | undefined): boolean {
  const length = needle?.octets.length ?? 0;
  // The first is known; nearly always it is the second or third that differs.
  for (let index = 1; index < length; index += 1) {
    if (!isOctet(needle, index, bytes[place + index])) return false;
  }
  return true;
}

function isOctet(needle: Needle | undefined, index: number, octet: number | undefined): boolean {
  const wanted = needle?.octets[index];
  return octet === wanted || (needle?.ignoresCase === true && octet === otherCase(wanted ?? 0));
}

/** Each needle is a member of one of eight sets; a place counts when one set has all of its first three octets. */
function halvesOf(needles: readonly Needle[]): Uint8Array {
  const tables = new Uint8Array(NEEDLE_OCTETS * 2 * 16);
  for (const { octets, ignoresCase = false } of needles) {
    const member = 1 << memberOf(needles, octets);
    for (let index = 0; index < NEEDLE_OCTETS; index += 1) {
      const octet = octets[index] ?? 0;
      for (const variant of ignoresCase ? [octet, otherCase(octet)] : [octet]) {
        const low = index * 32 + (variant & 0x0f);
        const high = index * 32 + 16 + (variant >>> 4);
        tables[low] = (tables[low] ?? 0) | member;
        tables[high] = (tables[high] ?? 0) | member;
      }
    }
  }
  return tables;
}

/** Needles with the same first octet share a set, because then they make few chance matches. */
function memberOf(needles: readonly Needle[], octets: Buffer): number {
  const firsts = [...new Set(needles.map((needle) => needle.octets[0]))];
  return firsts.indexOf(octets[0]) & 7;
}

function runTables(octets: Iterable<number>): Uint8Array {
  const tables = new Uint8Array(32);
  for (const octet of octets) {
    tables[octet & 0x0f] = (tables[octet & 0x0f] ?? 0) | (1 << (octet >>> 4));
    tables[16 + (octet >>> 4)] = 1 << (octet >>> 4);
  }
  return tables;
}

function otherCase(octet: number): number {
  const lower = octet | 0x20;
  return lower >= 0x61 && lower <= 0x7a ? octet ^ 0x20 : octet;
}
