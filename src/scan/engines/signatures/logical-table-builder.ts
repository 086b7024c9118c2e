/** Puts logical signatures into tables, and their patterns with all others. */
import type { ByteComparison } from "./byte-comparison.ts";
import { fileTypeNumber } from "./file-type.ts";
import { type Growable, growableNumbers, growableOctets } from "./growable.ts";
import { isTrue } from "./logical-expression.ts";
import type { LogicalPart, LogicalSignature } from "./logical-line.ts";
import {
  CHECK,
  COMPARISON,
  COMPARISON_FORMS,
  COMPARISON_SIGNS,
  LOGICAL,
  type LogicalTables,
  REGEX,
  REGEX_FLAGS,
} from "./logical-tables.ts";
import type { PatternTableBuilder } from "./pattern-table-builder.ts";
import type { RegexPart } from "./regex-part.ts";

export class LogicalTableBuilder {
  readonly #patterns: PatternTableBuilder;
  readonly #signatures: Growable<Int32Array> = growableNumbers();
  readonly #expressions: Growable<Int32Array> = growableNumbers();
  readonly #containers: Growable<Int32Array> = growableNumbers();
  readonly #checks: Growable<Int32Array> = growableNumbers();
  readonly #regexCode: Growable<Int32Array> = growableNumbers();
  readonly #regexSets: Growable<Uint8Array> = growableOctets();
  readonly #idle: number[] = [];
  #counters = 0;

  constructor(patterns: PatternTableBuilder) {
    this.#patterns = patterns;
  }

  get count(): number {
    return this.#signatures.length / LOGICAL.NUMBERS;
  }

  /** What is wrong with the signature, if anything; it is then not added. */
  add(signature: LogicalSignature, nameText: number, nameNumber: number): string | undefined {
    const { conditions, expression, parts } = signature;
    const problem = this.#patterns.findProblems(parts.flatMap(patternsOf));
    if (problem !== undefined) return problem;
    const wanted = wantedMatches(signature);
    const index = this.count;
    for (const [detail, part] of parts.entries()) {
      if (part.kind !== "patterns") continue;
      const owner = { isLogical: true, owner: index, detail, target: conditions.target, wanted: wanted[detail] ?? 1 };
      for (const pattern of part.patterns) this.#patterns.add(pattern, part.offset, owner);
    }
    const check = this.#checks.length / CHECK.NUMBERS;
    for (const [detail, part] of parts.entries()) this.#addCheck(part, detail, wanted[detail] ?? 1);
    const { size, entryPoint, sections, containers = [] } = conditions;
    this.#signatures.push(
      nameText,
      nameNumber,
      conditions.target,
      this.#counters,
      parts.length,
      this.#expressions.push(...expression.program),
      expression.program.length,
      size?.min ?? 0,
      clamp(size?.max ?? MAX),
      clamp(entryPoint?.min ?? -1),
      clamp(entryPoint?.max ?? MAX),
      clamp(sections?.min ?? -1),
      clamp(sections?.max ?? MAX),
      this.#containers.push(...containers.map(fileTypeNumber)),
      containers.length,
      check,
      this.#checks.length / CHECK.NUMBERS - check,
    );
    this.#counters += parts.length;
    if (isTrue(Int32Array.from(expression.program), 0, expression.program.length, () => 0)) {
      this.#idle.push(conditions.target, index);
    }
    return undefined;
  }

  build(): LogicalTables {
    return {
      signatures: this.#signatures.view(),
      expressions: this.#expressions.view(),
      containers: this.#containers.view(),
      checks: this.#checks.view(),
      regexCode: this.#regexCode.view(),
      regexSets: this.#regexSets.view(),
      idle: Int32Array.from(this.#idle),
    };
  }

  #addCheck(part: LogicalPart, detail: number, wanted: number): void {
    if (part.kind === "patterns") return;
    const record = new Array<number>(CHECK.NUMBERS).fill(0);
    record[CHECK.PART] = detail;
    if (part.kind === "comparison") fillComparison(record, part.comparison);
    else this.#fillRegex(record, part.regex, wanted);
    this.#checks.push(...record);
  }

  #fillRegex(record: number[], regex: RegexPart, wanted: number): void {
    const { trigger, offset, program } = regex;
    record[CHECK.KIND] = REGEX;
    record[CHECK.TRIGGER] = this.#expressions.push(...trigger.program);
    record[CHECK.TRIGGER_LENGTH] = trigger.program.length;
    record[CHECK.OFFSET_KIND] = offset.kind;
    record[CHECK.OFFSET] = offset.value;
    record[CHECK.SHIFT] = offset.shift;
    record[CHECK.SECTION] = offset.section;
    record[CHECK.FLAGS] =
      (regex.isGlobal ? REGEX_FLAGS.global : 0) |
      (regex.isRolling ? REGEX_FLAGS.rolling : 0) |
      (regex.isEncompassed ? REGEX_FLAGS.encompassed : 0) |
      (regex.isAnchored ? REGEX_FLAGS.anchored : 0);
    record[CHECK.CODE] = this.#regexCode.length;
    for (const number of program.code) this.#regexCode.add(number);
    record[CHECK.CODE_LENGTH] = program.code.length;
    record[CHECK.SETS] = this.#regexSets.length;
    this.#regexSets.addOctets(program.sets, 0, program.sets.length);
    record[CHECK.SETS_LENGTH] = program.sets.length;
    record[CHECK.WANTED] = regex.isGlobal ? wanted : 1;
  }
}

function fillComparison(record: number[], comparison: ByteComparison): void {
  record[CHECK.KIND] = COMPARISON;
  record[CHECK.REFERENCE] = comparison.reference;
  record[CHECK.OFFSET] = comparison.offset;
  record[CHECK.FORM] = COMPARISON_FORMS.indexOf(comparison.form);
  record[CHECK.IS_LITTLE_ENDIAN] = comparison.isLittleEndian ? 1 : 0;
  record[CHECK.IS_EXACT] = comparison.isExact ? 1 : 0;
  record[CHECK.OCTETS] = comparison.octets;
  record[CHECK.CONDITIONS] = comparison.conditions.length;
  for (const [index, { sign, number }] of comparison.conditions.entries()) {
    const at = CHECK.CONDITION + index * 3;
    record[at] = COMPARISON_SIGNS.indexOf(sign);
    record[at + 1] = Number(BigInt.asIntN(32, number));
    record[at + 2] = Number(BigInt.asIntN(32, number >> 32n));
  }
}

function patternsOf(
  part: LogicalPart,
): { pattern: LogicalPatterns["patterns"][number]; offset: LogicalPatterns["offset"] }[] {
  return part.kind === "patterns" ? part.patterns.map((pattern) => ({ pattern, offset: part.offset })) : [];
}

type LogicalPatterns = Extract<LogicalPart, { kind: "patterns" }>;

/** By part: matches that make a difference. A comparison refers to the last match, so that all of them do. */
function wantedMatches({ expression, parts }: LogicalSignature): number[] {
  const wanted = [...expression.wanted];
  for (const part of parts) {
    if (part.kind === "comparison") wanted[part.comparison.reference] = MAX_WANTED;
    const triggered = part.kind === "regex" ? part.regex.trigger.wanted : [];
    for (const [index, count] of triggered.entries()) wanted[index] = Math.max(wanted[index] ?? 1, count);
  }
  return wanted;
}

function clamp(number: number): number {
  return Math.min(number, MAX);
}

const MAX = 2 ** 31 - 1;
const MAX_WANTED = 0xffff;
