import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { signatureLimits } from "../../../../../src/core/scan-limits.ts";
import { RegexAutomaton } from "../../../../../src/scan/engines/signatures/regex-automaton.ts";
import { compileRegex } from "../../../../../src/scan/engines/signatures/regex-program.ts";
import { parseRegex, type RegexFlags } from "../../../../../src/scan/engines/signatures/regex-syntax.ts";

describe("find()", () => {
  test("finds what JavaScript finds, whatever the expression", () => {
    fc.assert(
      fc.property(expression, fc.constantFrom("", "i", "s", "m", "is"), text, (source, flags, content) => {
        const node = parseRegex(source);
        fc.pre(typeof node !== "string" && typeof compileRegex(node) !== "string");
        const isThere = new RegExp(source, flags).test(content.toString("latin1"));
        expect({ source, found: end(source, content, flagsOf(flags)) >= 0 }).toEqual({ source, found: isThere });
      }),
      // JavaScript itself takes minutes for a few of those there are: always the same ones, without these.
      { numRuns: 3_000, seed: 7 },
    );
  });

  test.each<[string, string, RegexFlags, number]>([
    ["bc", "abcd", {}, 3],
    ["^bc", "abcd", {}, -1],
    ["\\Abc", "abcd", {}, -1],
    ["d$", "abcd\n", {}, 4],
    ["d$", "abcd\n", { endsStrictly: true }, -1],
    ["d\\Z", "abcd\n", {}, 4],
    ["d\\z", "abcd\n", {}, -1],
    ["[[:digit:]]+x", "ab12x", {}, 5],
    ["[[:^digit:]]x", "12x", {}, -1],
    ["\\x41\\x{42}\\103", "xABC", {}, 4],
    ["\\Qa.b\\E+", "a.bbb", {}, 3],
    ["(?i)abc", "xABC", {}, 4],
    ["(?i:a)bc", "ABC", {}, -1],
    ["a(?-i)B", "AB", { ignoresCase: true }, 2],
    ["(?<name>a)(?P<other>b)", "ab", {}, 2],
    ["a b # comment\n c", "abc", { isExtended: true }, 3],
    ["a(?#comment)b", "ab", {}, 2],
    ["a{2,3}b", "aaab", {}, 4],
    ["a{,3}", "a{,3}", {}, 5],
    ["\\bword\\b", "a word.", {}, 6],
    ["\\Bord", "word", {}, 4],
    ["[a\\]]+x", "a]x", {}, 3],
    ["[]a]x", "]x", {}, 2],
    ["[^\\d]", "12a", {}, 3],
    ["\\N\\N", "a\n\nbc", {}, 5],
  ])("reads %s as Perl does", (source, content, flags, found) => {
    expect(end(source, Buffer.from(content, "latin1"), flags)).toBe(found);
  });

  test("finds only what begins within the range", () => {
    const automaton = automatonOf("b+");
    const bytes = Buffer.from("abbb..b");
    const find = (first: number, last: number): number =>
      automaton.find(bytes, { base: 0, end: bytes.length, first, last }, { steps: 1_000_000 });
    expect(find(0, 0)).toBe(-1);
    expect(find(1, 1)).toBe(2);
    expect(find(4, 5)).toBe(-1);
    expect(find(4, 6)).toBe(7);
  });

  test.each(["(a*)*b", "(a|a)*b", "(a|aa)+b", "(x+x+)+y", "(.*)*c", "((a{1,30}){1,10}b)*c"])(
    "follows %s through what would keep others busy for ever",
    (source) => {
      const budget = { steps: 100_000_000 };
      const bytes = Buffer.alloc(100_000, source.startsWith("(x") ? "x" : "a");
      const started = performance.now();
      automatonOf(source).find(bytes, { base: 0, end: bytes.length, first: 0, last: bytes.length }, budget);
      expect(performance.now() - started).toBeLessThan(3_000);
    },
  );

  test("stops when its steps are used up", () => {
    const budget = { steps: 100 };
    const bytes = Buffer.alloc(1_000_000, "ab");
    automatonOf("(a|b){5}c").find(bytes, { base: 0, end: bytes.length, first: 0, last: bytes.length }, budget);
    expect(budget.steps).toBeLessThanOrEqual(0);
    expect(budget.steps).toBeGreaterThan(-2_000);
  });
});

describe("parseRegex()", () => {
  test.each([
    ["a reference", "(a)\\1", "references to groups are not supported"],
    ["looking ahead", "(?=a)b", 'groups that begin with "(?=" are not supported'],
    ["looking behind", "(?<!a)b", 'groups that begin with "(?<" are not supported'],
    ["an atomic group", "(?>a)b", 'groups that begin with "(?>" are not supported'],
    ["a possessive repetition", "a++b", "possessive repetitions are not supported"],
    ["a repetition of nothing", "*a", 'nothing stands before "*"'],
    ["a repetition of a repetition", "a{2}{3}", "two repetitions follow each other"],
    ["an open group", "(a", '")" is missing'],
    ["a closed group", "a)", 'a ")" has no "("'],
    ["an open class", "[a", '"]" is missing'],
    ["a class of no known name", "[[:nothing:]]", 'there is no class "nothing"'],
    ["a range the wrong way round", "[z-a]", "a range in brackets is none"],
    ["an escape that is none", "\\p{L}", '"\\p" is not supported'],
    ["a backslash at the end", "a\\", "a backslash ends it"],
    ["a character beyond one octet", "\\x{100}", "characters beyond one octet are not supported"],
    ["too many repetitions", `a{${signatureLimits.regexRepetitions + 1}}`, "a repetition is too long"],
    ["a long text", "a".repeat(signatureLimits.regexCharacters + 1), "the regular expression is too long"],
    ["deep groups", `${"(".repeat(60)}a${")".repeat(60)}`, "its groups are too deep inside each other"],
  ])("refuses %s", (_name, source, problem) => {
    expect(parseRegex(source)).toBe(problem);
  });

  test("refuses what would be too large when it is written out", () => {
    const node = parseRegex("((a{1000}){1000}){1000}");
    expect(typeof node === "string" ? node : compileRegex(node)).toBe("the regular expression is too large");
  });

  test("takes any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary-ascii", maxLength: 40 }), (source) => {
        const node = parseRegex(source);
        if (typeof node !== "string") compileRegex(node);
      }),
    );
  });
});

function automatonOf(source: string, flags: RegexFlags = {}): RegexAutomaton {
  const node = parseRegex(source, flags);
  if (typeof node === "string") throw new Error(`${source}: ${node}`);
  const program = compileRegex(node);
  if (typeof program === "string") throw new Error(`${source}: ${program}`);
  return new RegexAutomaton(program);
}

/** Where the first match ends that does, or -1. */
function end(source: string, bytes: Buffer, flags: RegexFlags = {}): number {
  const range = { base: 0, end: bytes.length, first: 0, last: bytes.length };
  return automatonOf(source, flags).find(bytes, range, { steps: 10_000_000 });
}

/** JavaScript's "$" is never before a last line end. */
function flagsOf(flags: string): RegexFlags {
  return {
    ignoresCase: flags.includes("i"),
    dotIsAll: flags.includes("s"),
    isMultiline: flags.includes("m"),
    endsStrictly: true,
  };
}

const text = fc
  .string({ unit: fc.constantFrom("a", "b", "A", "1", "_", " ", "\n", "-"), maxLength: 12 })
  .map((value) => Buffer.from(value, "latin1"));
const { expression } = fc.letrec<{ expression: string; atom: string }>((tie) => ({
  expression: fc
    .array(fc.tuple(tie("atom"), fc.constantFrom("", "", "", "*", "+", "?", "{2}", "{1,3}", "{2,}", "*?", "+?")), {
      minLength: 1,
      maxLength: 4,
    })
    .map((parts) => parts.map(([atom, count]) => (/^(?:[\\^$]|\\[bB])$/.test(atom) ? atom : atom + count)).join("")),
  atom: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom("a", "b", "1", "\\w", "\\d", "\\s", "[a-b]", "[^a]", "[\\w-]", "_"),
    fc.constantFrom("^", "$", "\\b", "\\B"),
    tie("expression").map((inner) => `(${inner})`),
    fc.tuple(tie("expression"), tie("expression")).map(([left, right]) => `(?:${left}|${right})`),
  ),
}));
