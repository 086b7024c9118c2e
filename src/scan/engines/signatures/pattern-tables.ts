/** Patterns as numbers in few arrays: shared between threads, saved to disk and read from there as they are. */
import type { GramTable } from "./gram-filter.ts";

/** A pattern is groups of parts; between groups lie any number of octets, between the parts of one a bounded number. */
export interface PatternTables {
  /** Records of `PATTERN.NUMBERS` numbers. */
  readonly patterns: Int32Array;
  /** Records of `GROUP.NUMBERS` numbers. */
  readonly groups: Int32Array;
  /** Records of `PART.NUMBERS` numbers. */
  readonly parts: Int32Array;
  /** Of each string of a choice: where its codes begin, and how many they are. */
  readonly strings: Int32Array;
  /** Codes of `pattern-codes`. */
  readonly codes: Uint16Array;
  /** 32 octets for each set of octets. */
  readonly sets: Uint8Array;
  readonly scopes: readonly PatternScope[];
}

/** The patterns for one type of content. */
export interface PatternScope {
  /** One of ClamAV's types, or `ENCODED_SCOPE`. */
  readonly target: number;
  readonly grams: readonly GramTable[];
  /** Patterns that are looked for where they must begin, and nowhere else. */
  readonly direct: Int32Array;
}

/** For text that is nothing but base64: the patterns for any type that can be found there at all. */
export const ENCODED_SCOPE = 100;

/** What stands where in a record. */
export const PATTERN = {
  /** 1 for a part of a logical signature, 0 for a signature of its own. */
  IS_LOGICAL: 0,
  /** The text of its name, or the logical signature. */
  OWNER: 1,
  /** The number of its name, or which part of the logical signature it is. */
  DETAIL: 2,
  TARGET: 3,
  FIRST_GROUP: 4,
  GROUPS: 5,
  /** Where the filter finds it. */
  ANCHOR_GROUP: 6,
  ANCHOR_PART: 7,
  OFFSET_KIND: 8,
  OFFSET: 9,
  SHIFT: 10,
  SECTION: 11,
  /** It cannot be in shorter content. */
  MIN_BYTES: 12,
  /** More matches than this make no difference. */
  WANTED: 13,
  NUMBERS: 14,
} as const;

export const GROUP = {
  FIRST_PART: 0,
  PARTS: 1,
  /** Octets between it and the group before, at least. */
  GAP: 2,
  /** Fixed octets by which it is found when it is not the anchor: in which part, from which octet on, how many. */
  SEEK_PART: 3,
  SEEK_OFFSET: 4,
  SEEK_OCTETS: 5,
  NUMBERS: 6,
} as const;

export const PART = {
  /** `OCTETS`, `CHOICE` or `NEGATED_CHOICE`. */
  KIND: 0,
  /** Its first code, or its first string. */
  START: 1,
  /** Codes or strings. */
  LENGTH: 2,
  /** Octets between it and the part before. */
  GAP_MIN: 3,
  GAP_MAX: 4,
  /** Flags of `EDGES`. */
  EDGES: 5,
  /** The first set of its pattern. */
  SETS: 6,
  NUMBERS: 7,
} as const;

export const OCTETS = 0;
export const CHOICE = 1;
export const NEGATED_CHOICE = 2;
