import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { relaxedCondition } from "../../../../../src/scan/engines/yara/yara-condition.ts";
import { withoutRules, yaraRules } from "../../../../../src/scan/engines/yara/yara-source.ts";
import { yaraTokens } from "../../../../../src/scan/engines/yara/yara-tokens.ts";

describe("yaraTokens()", () => {
  test("tells braces, slashes and words in strings, regular expressions, hex and comments apart", () => {
    const source = `rule a { // a comment with }
      strings: $a = "a } \\" // b" $b = /x\\/}{2}/i $c = { 4D /* } */ 5A [2-4] }
      /* rule b { */ condition: $a and #b > 1KB }`;
    expect(yaraTokens(source).map(({ kind, text }) => `${kind} ${text}`)).toEqual([
      "word rule",
      "word a",
      "mark {",
      "word strings",
      "mark :",
      "pattern $a",
      "mark =",
      'string "a } \\" // b"',
      "pattern $b",
      "mark =",
      "regex /x\\/}{2}/i",
      "pattern $c",
      "mark =",
      "hex { 4D /* } */ 5A [2-4] }",
      "word condition",
      "mark :",
      "pattern $a",
      "word and",
      "pattern #b",
      "mark >",
      "number 1KB",
      "mark }",
    ]);
  });

  test("counts lines", () => {
    expect(yaraTokens("a\n\n/* \n */ b\r\nc").map(({ text, line }) => [text, line])).toEqual([
      ["a", 1],
      ["b", 4],
      ["c", 5],
    ]);
  });

  test("covers every source text from its start to its end", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("{", "}", '"', "/", "*", "\\", "\n", "= ", "rule", " ", "$", "!=", "1", "é")),
        (words) => {
          const source = words.join("");
          let end = 0;
          for (const { text, start } of yaraTokens(source)) {
            expect(start).toBeGreaterThanOrEqual(end);
            expect(source.startsWith(text, start)).toBe(true);
            end = start + text.length;
          }
          expect(end).toBeLessThanOrEqual(source.length);
          yaraRules(source);
        },
      ),
    );
  });
});

describe("yaraRules()", () => {
  test("finds every rule and its lines", () => {
    const source = `import "pe"\nprivate global rule one { condition: true }\n\nrule two : tag other {\n  condition: one\n}`;
    expect(yaraRules(source).map(({ name, firstLine, lastLine }) => [name, firstLine, lastLine])).toEqual([
      ["one", 2, 2],
      ["two", 4, 6],
    ]);
    expect(withoutRules(source, yaraRules(source)).trim()).toBe('import "pe"');
    expect(withoutRules(source, yaraRules(source)).split("\n")).toHaveLength(6);
  });

  test("ends a rule without an end where the next one begins", () => {
    const rules = yaraRules("rule one\nrule two { condition: true }");
    expect(rules.map(({ name }) => name)).toEqual(["one", "two"]);
  });

  test.each([
    ['strings: $a = "x" condition: $a at 0', "(($a))"],
    ["strings: $a = /x[^y]/ condition: $a", "(($a))"],
    ["strings: $a = /^x/ condition: $a", undefined],
    ["strings: $a = /x$/ condition: $a", undefined],
    ['strings: $a = "^x$" condition: $a', "(($a))"],
    ["condition: filesize > 3", undefined],
    ['strings: $a = "x" condition: not $a', undefined],
  ])("relaxes a rule with %s", (body, condition) => {
    const [rule] = yaraRules(`rule r { ${body} }`);
    const expected = condition === undefined ? undefined : expect.stringContaining(`and (${condition}) }`);
    expect(rule?.relaxed).toEqual(expected);
  });
});

test.each([
  ["$a and $b", "(($a) and ($b))"],
  ["$a or $b and $c", "(($a)) or (($b) and ($c))"],
  ["uint16(0) == 0x5A4D and filesize < 100KB and 2 of ($s*)", "((2 of ($s*)))"],
  ["(uint16(0) == 0x5A4D and $a) or all of them", "((((($a))))) or ((all of them))"],
  ["$a or pe.is_dll()", undefined],
  ["not $a", undefined],
  ["$b and not $a", "(($b))"],
  ["#a > 3", "(($a))"],
  ["#a >= 1", "(($a))"],
  ["#a == 2", "(($a))"],
  ["#a >= 0", undefined],
  ["#a == 0", undefined],
  ["#a < 3", undefined],
  ["#a != 3", undefined],
  ["#a in (0..10) > 3", undefined],
  ["any of them in (0..10)", "((any of them))"],
  ["50% of them", "((50% of them))"],
  ["none of them", undefined],
  ["0 of them", undefined],
  ["any of (one, two)", undefined],
  ["any of ($a, $b*) and other", "((any of ($a,$b*)))"],
  ["for any of them : ( $ at 0 and # > 2 ) and $a", "(($a))"],
  ["for all i in (1..#a) : ( @a[i] < 10 or $b )", undefined],
  ["true", undefined],
  ["", undefined],
  ["(", undefined],
  [`${"(".repeat(1_000)}$a${")".repeat(1_000)}`, undefined],
])("relaxedCondition() makes of %.60s what patterns alone can tell", (text, expected) => {
  const actual = relaxedCondition(yaraTokens(text));
  expect(simplified(actual)).toBe(simplified(expected));
});

/** Without spaces and doubled parentheses. */
function simplified(text: string | undefined): string | undefined {
  let before = text?.replaceAll(" ", "");
  for (;;) {
    const after = before?.replace(/\((\([^()]*\))\)/g, "$1");
    if (after === before) return after;
    before = after;
  }
}
