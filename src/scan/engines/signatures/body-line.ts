/** Signatures of what is in content (.ndb), one a line: `name:target:offset:pattern[:min[:max]]`; and the older form
 *  (.db) `name=pattern`. */
import { type HexPattern, parseHexPattern } from "./hex-pattern.ts";
import { ANYWHERE, type PatternOffset, parseOffset } from "./pattern-offset.ts";
import { isForThisLevel, TARGET_COUNT } from "./target-type.ts";

export interface BodySignature {
  readonly name: string;
  readonly target: number;
  readonly offset: PatternOffset;
  readonly pattern: HexPattern;
}

/** The signature; `skipped` when it is for other versions of ClamAV; else what is wrong with it. */
export function parseBodyLine(line: string): BodySignature | "skipped" | { readonly problem: string } {
  const fields = line.split(":");
  const [name = "", targetText = "", offsetText = "", hex = "", min = "0", max = `${Number.MAX_SAFE_INTEGER}`] = fields;
  if (fields.length < 4 || fields.length > 6) return { problem: "expected name:target:offset:pattern" };
  if (!/^\d+$/.test(min) || !/^\d+$/.test(max)) return { problem: "the versions of ClamAV are no numbers" };
  if (!isForThisLevel(Number(min), Number(max))) return "skipped";
  if (!/^(?:\*|\d{1,3})$/.test(targetText)) return { problem: "the target is no number" };
  const target = targetText === "*" ? 0 : Number(targetText);
  if (target >= TARGET_COUNT) return "skipped";
  const offset = parseOffset(offsetText, target);
  if (typeof offset === "string") return { problem: offset };
  const pattern = parseHexPattern(hex);
  return typeof pattern === "string" ? { problem: pattern } : { name, target, offset, pattern };
}

export function parseOldBodyLine(line: string): BodySignature | { readonly problem: string } {
  const equals = line.indexOf("=");
  if (equals <= 0) return { problem: "expected name=pattern" };
  const pattern = parseHexPattern(line.slice(equals + 1));
  if (typeof pattern === "string") return { problem: pattern };
  return { name: line.slice(0, equals).replace(/ \(Clam\)$/, ""), target: 0, offset: ANYWHERE, pattern };
}
