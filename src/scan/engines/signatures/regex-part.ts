/** Regular expressions in logical signatures: `[offset:]trigger/expression/[flags]`. */
import { type LogicalExpression, parseLogicalExpression } from "./logical-expression.ts";
import { ANYWHERE, type PatternOffset, parseOffset } from "./pattern-offset.ts";
import { compileRegex, type RegexProgram } from "./regex-program.ts";
import { parseRegex } from "./regex-syntax.ts";

export interface RegexPart {
  /** Other parts that must have been found first. */
  readonly trigger: LogicalExpression;
  readonly offset: PatternOffset;
  readonly program: RegexProgram;
  /** Every match counts. */
  readonly isGlobal: boolean;
  /** It may begin anywhere from the offset on. */
  readonly isRolling: boolean;
  /** It must also end within the offset's shift. */
  readonly isEncompassed: boolean;
  /** It must begin at the offset. */
  readonly isAnchored: boolean;
}

/** The part, or what is wrong with it. */
export function parseRegexPart(text: string, target: number): RegexPart | string {
  const open = text.indexOf("/");
  const close = text.lastIndexOf("/");
  if (open === close) return 'the "/" that ends the regular expression is missing';
  const head = text.slice(0, open).split(":");
  if (head.length > 2) return "expected offset:trigger/expression/flags";
  const offset = head.length === 2 ? parseOffset(head[0] ?? "", target) : ANYWHERE;
  if (typeof offset === "string") return offset;
  const trigger = parseLogicalExpression(head.at(-1) ?? "");
  if (typeof trigger === "string") return trigger;
  const flags = text.slice(close + 1);
  if (!/^[greismxAEU]*$/.test(flags)) return "there are flags besides g, r, e, i, s, m, x, A, E and U";
  const node = parseRegex(text.slice(open + 1, close), {
    ignoresCase: flags.includes("i"),
    dotIsAll: flags.includes("s"),
    isMultiline: flags.includes("m"),
    isExtended: flags.includes("x"),
    endsStrictly: flags.includes("E"),
  });
  if (typeof node === "string") return node;
  const program = compileRegex(node);
  if (typeof program === "string") return program;
  return {
    trigger,
    offset,
    program,
    isGlobal: flags.includes("g"),
    isRolling: flags.includes("r"),
    isEncompassed: flags.includes("e"),
    isAnchored: flags.includes("A"),
  };
}
