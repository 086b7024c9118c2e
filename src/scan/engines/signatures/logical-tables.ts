/** Logical signatures as numbers in few arrays; see `PatternTables`. */

export interface LogicalTables {
  /** Records of `LOGICAL.NUMBERS` numbers. */
  readonly signatures: Int32Array;
  /** Programs of expressions, one after the other. */
  readonly expressions: Int32Array;
  /** Numbers of file types. */
  readonly containers: Int32Array;
  /** Records of `CHECK.NUMBERS` numbers. */
  readonly checks: Int32Array;
  /** Programs of regular expressions, and their sets of octets. */
  readonly regexCode: Int32Array;
  readonly regexSets: Uint8Array;
  /** Signatures that can be true of content in which no pattern of them is: the first number is their target. */
  readonly idle: Int32Array;
}

/** What stands where in a record. */
export const LOGICAL = {
  NAME_TEXT: 0,
  NAME_NUMBER: 1,
  TARGET: 2,
  /** The counter of its first part. */
  COUNTER: 3,
  PARTS: 4,
  EXPRESSION: 5,
  EXPRESSION_LENGTH: 6,
  SIZE_MIN: 7,
  SIZE_MAX: 8,
  /** -1 when it is of no matter. */
  ENTRY_MIN: 9,
  ENTRY_MAX: 10,
  SECTIONS_MIN: 11,
  SECTIONS_MAX: 12,
  CONTAINER: 13,
  CONTAINERS: 14,
  CHECK: 15,
  CHECKS: 16,
  NUMBERS: 17,
} as const;

/** What is checked when patterns have been found. */
export const CHECK = {
  /** `COMPARISON` or `REGEX`. */
  KIND: 0,
  PART: 1,
  REFERENCE: 2,
  FORM: 3,
  IS_LITTLE_ENDIAN: 4,
  IS_EXACT: 5,
  OCTETS: 6,
  CONDITIONS: 7,
  /** Sign, low and high half of the number; twice. */
  CONDITION: 8,
  TRIGGER: 2,
  TRIGGER_LENGTH: 3,
  OFFSET_KIND: 4,
  SHIFT: 5,
  SECTION: 6,
  FLAGS: 7,
  CODE: 8,
  CODE_LENGTH: 9,
  SETS: 10,
  SETS_LENGTH: 11,
  WANTED: 12,
  /** Of either kind. */
  OFFSET: 14,
  NUMBERS: 15,
} as const;

export const COMPARISON = 1;
export const REGEX = 2;

export const REGEX_FLAGS = { global: 1, rolling: 2, encompassed: 4, anchored: 8 } as const;
export const COMPARISON_FORMS = ["hexadecimal", "decimal", "automatic", "binary"] as const;
export const COMPARISON_SIGNS: readonly string[] = ["<", "=", ">"];
