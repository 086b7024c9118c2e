/** Finds where one of several short texts may begin, sixteen places at once: by the halves of three octets in a row each
 *  of which stands for a set of texts ("Teddy", from Hyperscan). Notices long runs of certain octets on the way. */
import { compileWebAssembly } from "../web-assembly.ts";
import {
  branchIf,
  type Code,
  END,
  get,
  I32,
  IF,
  LOOP,
  RETURN,
  set,
  TYPE,
  V128,
  writeModule,
} from "./web-assembly-writer.ts";

export interface NeedleTables {
  /** Six tables of 16 sets: for the low and the high half of the first octet, the second, the third. */
  readonly halves: Uint8Array;
  /** Two tables of 16 sets: an octet belongs to a run when those of its halves have a member in common. */
  readonly run: Uint8Array;
}

/** Memory and code; where the content is to be put, and what comes out. */
export interface NeedleKernel {
  /** Octets to be searched go here, and `NEEDLE_OCTETS - 1` that follow them; all others behind them have to be zero. */
  readonly content: Uint8Array;
  /** Answers how many places there are, or -1 when there are too many. */
  readonly find: (length: number) => number;
  /** The places, from `PLACE_BASE` on. */
  readonly places: Uint32Array;
  /** Not 0 when 16 octets at a place that 16 divides are all of a run. */
  readonly hasRun: () => boolean;
}

export const NEEDLE_OCTETS = 3;
export const WINDOW_BYTES = 65_536;

/** Throws where there is no WebAssembly, or none with vectors. */
export function createNeedleKernel({ halves, run }: NeedleTables): NeedleKernel {
  const exports = compileWebAssembly(kernelModule()).instantiate({});
  const { memory, find } = exports as { memory: { buffer: ArrayBuffer }; find: (length: number) => number };
  const octets = new Uint8Array(memory.buffer);
  octets.set(halves, HALVES);
  octets.set(run, RUN_TABLES);
  const hasRun = new Uint32Array(memory.buffer, HAS_RUN, 1);
  return {
    content: octets.subarray(CONTENT, CONTENT + WINDOW_BYTES + SLACK),
    find,
    places: new Uint32Array(memory.buffer, PLACES, MAX_PLACES),
    hasRun: () => hasRun[0] !== 0,
  };
}

function kernelModule(): Uint8Array {
  const tables = Array.from({ length: TABLES }, (_, table) => table);
  const half = (octet: number, isHigh: boolean): Code =>
    isHigh ? [...get(octet), ...I32.constant(4), ...V128.shiftRight] : [...get(octet), ...get(LOW_MASK), ...V128.and];
  /** The sets of both halves of an octet, intersected. */
  const sets = (octet: number, table: number): Code => [
    ...get(FIRST_TABLE + table),
    ...half(octet, false),
    ...V128.swizzle,
    ...get(FIRST_TABLE + table + 1),
    ...half(octet, true),
    ...V128.swizzle,
    ...V128.and,
  ];
  const increase = (local: number, by: number): Code => [...get(local), ...I32.constant(by), ...I32.add, ...set(local)];
  const code: Code[] = [
    ...tables.map((table) => [...I32.constant(HALVES), ...V128.load(table * 16), ...set(FIRST_TABLE + table)]),
    [...I32.constant(0x0f), ...V128.splat, ...set(LOW_MASK)],
    [...get(LENGTH), ...I32.constant(CONTENT), ...I32.add, ...set(LENGTH)],
    [...I32.constant(CONTENT), ...set(POSITION)],
    [...I32.constant(PLACES), ...set(NEXT_PLACE)],
    LOOP,
    ...[FIRST, SECOND, THIRD].map((octet, offset) => [...get(POSITION), ...V128.load(offset), ...set(octet)]),
    [...sets(FIRST, 0), ...sets(SECOND, 2), ...V128.and, ...sets(THIRD, 4), ...V128.and, ...set(FOUND)],
    [...sets(FIRST, 6), ...V128.allTrue, ...get(RUN), ...I32.or, ...set(RUN)],
    [...get(FOUND), ...V128.anyTrue, ...IF],
    [...get(FOUND), ...I32.constant(0), ...V128.splat, ...V128.notEqual, ...V128.bitmask, ...set(BITS)],
    LOOP,
    [...get(NEXT_PLACE), ...get(POSITION), ...get(BITS), ...I32.trailingZeros, ...I32.add, ...I32.store(0)],
    increase(NEXT_PLACE, 4),
    [...get(BITS), ...get(BITS), ...I32.constant(1), ...I32.subtract, ...I32.and, ...set(BITS)],
    [...get(BITS), ...branchIf(0)],
    END,
    // The next sixteen have to have room.
    [...get(NEXT_PLACE), ...I32.constant(PLACES_END - 16 * 4), ...I32.lessThan, ...I32.equalsZero, ...IF],
    [...I32.constant(-1), ...RETURN],
    END,
    END,
    increase(POSITION, 16),
    [...get(POSITION), ...get(LENGTH), ...I32.lessThan, ...branchIf(0)],
    END,
    [...I32.constant(HAS_RUN), ...get(RUN), ...I32.store(0)],
    [...get(NEXT_PLACE), ...I32.constant(PLACES), ...I32.subtract, ...I32.constant(2), ...I32.shiftRight],
  ];
  return writeModule({
    name: "find",
    parameters: 1,
    locals: [
      { count: 4, type: TYPE.i32 },
      { count: 5 + TABLES, type: TYPE.v128 },
    ],
    code,
    memoryPages: 2,
  });
}

/** Of the six tables and the two. */
const TABLES = 8;
/** Locals; the parameter first. */
const LENGTH = 0;
const POSITION = 1;
const NEXT_PLACE = 2;
const BITS = 3;
const RUN = 4;
const LOW_MASK = 5;
const FIRST = 6;
const SECOND = 7;
const THIRD = 8;
const FOUND = 9;
const FIRST_TABLE = 10;
/** What stands where in the memory. */
const HALVES = 0;
const RUN_TABLES = 6 * 16;
const HAS_RUN = 256;
const PLACES = 1_024;
const MAX_PLACES = 4_096;
const PLACES_END = PLACES + MAX_PLACES * 4;
const CONTENT = 32_768;
const SLACK = 32;
/** What the place of the first octet of the content is in `places`. */
export const PLACE_BASE = CONTENT;
