/** Logical signatures (.ldb), one a line: `name;conditions;expression;part 0;part 1;…`. */
import { type ByteComparison, parseByteComparison } from "./byte-comparison.ts";
import { isKnownFileType } from "./file-type.ts";
import { type HexPattern, parseHexPattern } from "./hex-pattern.ts";
import { type LogicalExpression, parseLogicalExpression } from "./logical-expression.ts";
import { ANYWHERE, type PatternOffset, parseOffset } from "./pattern-offset.ts";
import { parseRegexPart, type RegexPart } from "./regex-part.ts";
import { isForThisLevel, TARGET_COUNT } from "./target-type.ts";

export interface NumberRange {
  readonly min: number;
  readonly max: number;
}

/** One part: patterns of which any counts, or something to check when others have been found. */
export type LogicalPart =
  | { readonly kind: "patterns"; readonly patterns: readonly HexPattern[]; readonly offset: PatternOffset }
  | { readonly kind: "comparison"; readonly comparison: ByteComparison }
  | { readonly kind: "regex"; readonly regex: RegexPart };

export interface LogicalSignature {
  readonly name: string;
  readonly conditions: LogicalConditions;
  readonly expression: LogicalExpression;
  readonly parts: readonly LogicalPart[];
}

/** What content must be for the signature to count. */
export interface LogicalConditions {
  readonly target: number;
  readonly size?: NumberRange;
  readonly entryPoint?: NumberRange;
  readonly sections?: NumberRange;
  /** File types around it, the innermost last; of all that are named, in this order. */
  readonly containers?: readonly string[];
}

/** The signature; `skipped` when it is for other versions of ClamAV; else what is wrong with it. */
export function parseLogicalLine(line: string): LogicalSignature | "skipped" | { readonly problem: string } {
  const [name = "", attributes = "", logic = "", ...texts] = splitFields(line, ";", 3);
  if (texts.length === 0) return { problem: "expected name;conditions;expression;part" };
  const conditions = parseConditions(attributes);
  if (conditions === "skipped" || "problem" in conditions) return conditions;
  const expression = parseLogicalExpression(logic);
  if (typeof expression === "string") return { problem: expression };
  if (expression.parts !== texts.length) {
    return { problem: `the expression names ${expression.parts} parts, the line has ${texts.length}` };
  }
  const parts: LogicalPart[] = [];
  for (const [index, text] of texts.entries()) {
    const part = parsePart(text, conditions.target);
    if (typeof part === "string") return { problem: `part ${index}: ${part}` };
    if (part.kind === "comparison" && part.comparison.reference >= texts.length) {
      return { problem: `part ${index}: it refers to a part that is not there` };
    }
    parts.push(part);
  }
  return { name, conditions, expression, parts };
}

/** What stands between `separator`s, but for those inside /regular expressions/ after the first `plain` fields. */
export function splitFields(text: string, separator: string, plain: number): string[] {
  const fields: string[] = [];
  let start = 0;
  let isInRegex = false;
  for (let position = 0; position < text.length; position += 1) {
    const character = text[position];
    if (character === separator && !isInRegex) {
      fields.push(text.slice(start, position));
      start = position + 1;
    } else if (character === "/" && fields.length >= plain && text[position - 1] !== "\\") {
      isInRegex = !isInRegex;
    }
  }
  fields.push(text.slice(start));
  return fields;
}

function parseConditions(text: string): LogicalConditions | "skipped" | { readonly problem: string } {
  const found: { -readonly [Key in keyof LogicalConditions]: LogicalConditions[Key] } = { target: -1 };
  let isForOthers = false;
  for (const attribute of text.split(",")) {
    const colon = attribute.indexOf(":");
    const key = attribute.slice(0, Math.max(0, colon));
    const value = attribute.slice(colon + 1);
    switch (key) {
      case "Target":
        if (!/^\d{1,3}$/.test(value)) return { problem: "Target is no number" };
        found.target = Number(value);
        break;
      case "Engine": {
        const range = parseRange(value);
        if (range === undefined) return { problem: "Engine is no range" };
        isForOthers = !isForThisLevel(range.min, range.max);
        break;
      }
      case "FileSize":
      case "EntryPoint":
      case "NumberOfSections": {
        const range = parseRange(value);
        if (range === undefined) return { problem: `${key} is no range` };
        found[RANGES[key]] = range;
        break;
      }
      case "Container":
      case "Intermediates": {
        const types = value.split(">");
        const unknown = types.find((type) => !isKnownFileType(type));
        if (unknown !== undefined) return { problem: `files of type ${unknown.slice(0, 40)} are not told apart` };
        // Of both, the one that says more.
        if (types.length >= (found.containers?.length ?? 0)) found.containers = types;
        break;
      }
      default:
        if (!isForOthers) return { problem: `the condition ${key.slice(0, 40)} is not supported` };
    }
  }
  if (isForOthers) return "skipped";
  if (found.target < 0) return { problem: "Target is missing" };
  // Types of files that other versions know, and this one does not.
  return found.target < TARGET_COUNT ? found : "skipped";
}

function parsePart(text: string, target: number): LogicalPart | string {
  if (text.startsWith("$")) return "macros are not supported";
  if (text.startsWith("fuzzy_img#")) return "fuzzy hashes of images are not supported";
  if (text.includes("/")) {
    const regex = parseRegexPart(text, target);
    return typeof regex === "string" ? regex : { kind: "regex", regex };
  }
  if (text.includes("(") && text.indexOf("#") !== text.lastIndexOf("#")) {
    const comparison = parseByteComparison(text);
    return typeof comparison === "string" ? comparison : { kind: "comparison", comparison };
  }
  return parsePatterns(text, target);
}

/** `[offset:]pattern[::modifiers]` */
function parsePatterns(text: string, target: number): LogicalPart | string {
  const fields = text.split(":");
  if (fields.length > 4) return "expected offset:pattern::modifiers";
  const modifiers = fields.length > 2 ? (fields.at(-1) ?? "") : "";
  if (!/^[iwfa]*$/.test(modifiers)) return "there are modifiers besides i, w, f and a";
  const hasOffset = fields.length % 2 === 0;
  const offset = hasOffset ? parseOffset(fields[0] ?? "", target) : ANYWHERE;
  if (typeof offset === "string") return offset;
  const ignoresCase = modifiers.includes("i");
  const isFullWord = modifiers.includes("f");
  const isWide = modifiers.includes("w");
  const widths = isWide && modifiers.includes("a") ? [true, false] : [isWide];
  const patterns: HexPattern[] = [];
  for (const width of widths) {
    const pattern = parseHexPattern(fields[hasOffset ? 1 : 0] ?? "", { ignoresCase, isFullWord, isWide: width });
    if (typeof pattern === "string") return pattern;
    patterns.push(pattern);
  }
  return { kind: "patterns", patterns, offset };
}

function parseRange(text: string): NumberRange | undefined {
  const match = /^(\d{1,10})-(\d{1,10})$/.exec(text);
  return match === null ? undefined : { min: Number(match[1]), max: Number(match[2]) };
}

const RANGES = { FileSize: "size", EntryPoint: "entryPoint", NumberOfSections: "sections" } as const;
