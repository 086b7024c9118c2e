import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UserError } from "../../../../../src/core/errors.ts";
import { yaraLimits } from "../../../../../src/core/scan-limits.ts";
import type { MessageFinding, Piece } from "../../../../../src/scan/engine.ts";
import { createYaraEngine, type YaraEngine } from "../../../../../src/scan/engines/yara/yara-engine.ts";
import { compileRules } from "../../../../../src/scan/engines/yara/yara-library.ts";
import { loadYaraRules } from "../../../../../src/scan/engines/yara/yara-rules.ts";
import { loadRules, yaraEngine } from "../../../../support/yara.ts";

describe("loadYaraRules()", () => {
  test("reports what is broken with file and line, and keeps the rest", async () => {
    const source = `import "nonsense"
rule good { condition: true }
rule broken { condition: unknown }
rule uses_broken { condition: broken }
rule syntax { condition }
include "other.yar"
rule last { strings: $a = "x" condition: $a }
`;
    const { problems, setup, rules } = await loadRules({
      "a.yar": source,
      "b.yar": "rule other { condition: good }\nrule fine { condition: true }",
    });
    expect(problems).toEqual([
      expect.stringMatching(/^a\.yar:1: .*nonsense/),
      expect.stringMatching(/^a\.yar:3: unknown identifier/),
      expect.stringMatching(/^a\.yar:4: unknown identifier/),
      expect.stringMatching(/^a\.yar:5: syntax error/),
      expect.stringMatching(/^a\.yar:6: error including file/),
      expect.stringMatching(/^b\.yar:1: unknown identifier/),
    ]);
    expect(rules).toBe(3);
    expect(
      compileRules(setup.sources)
        .scan(Buffer.from("x"))
        .map(({ rule, namespace }) => `${namespace} ${rule}`),
    ).toEqual(["a.yar good", "a.yar last", "b.yar fine"]);
  });

  test.each([
    ["rule broken { condition: unknown }", /none of them is usable \(line 1: unknown identifier/],
    ["not yara at all", /none of them is usable/],
    ["", /there is no rule in it/],
  ])("refuses a file in which nothing can be used: %j", async (source, expected) => {
    await expect(loadRules({ "a.yar": source })).rejects.toThrow(expected);
    await expect(loadRules({ "a.yar": source })).rejects.toBeInstanceOf(UserError);
  });

  test("refuses what is not there, and loads nothing where nothing is asked for", async () => {
    await expect(loadYaraRules(["/nonexistent/a.yar"])).rejects.toThrow(
      'Cannot read the YARA rules "/nonexistent/a.yar": there is no such file',
    );
    expect(await loadYaraRules([])).toBe(undefined);
  });

  test("gives other rules another identity", async () => {
    const [one, same, other] = await Promise.all(
      ["rule a { condition: true }", "rule a { condition: true }", "rule b { condition: true }"].map((text) =>
        loadRules({ "a.yar": text }),
      ),
    );
    expect(one?.identity).toBe(same?.identity);
    expect(one?.identity).not.toBe(other?.identity);
  });
});

describe("the YARA engine", () => {
  test("says of a match what the rule says about itself", async () => {
    const engine = await yaraEngine(`
      rule Bad { meta: author = "Ann\\tExample" severity = 80 note = "x" strings: $a = "bad" condition: $a }
      rule Odd : suspicious { strings: $a = "odd" condition: $a }
      rule Strange { meta: mailward = "suspicious" strings: $a = "strange" condition: $a }
      private rule Hidden { strings: $a = "bad" condition: $a }
      global rule Small { condition: filesize < 100 }`);
    expect(find(engine, ["bad", "odd", "strange"])).toEqual([
      { piece: 0, name: "Bad", kind: "malware", about: "Bad (test.yar): author Ann\\x09Example, severity 80" },
      { piece: 1, name: "Odd", kind: "heuristic", about: "Odd (test.yar)" },
      { piece: 2, name: "Strange", kind: "heuristic", about: "Strange (test.yar)" },
    ]);
  });

  test("matches a rule within one piece and not across two", async () => {
    const engine = await yaraEngine(`
      rule Across { strings: $a = "abcdef" condition: $a }
      rule Far { strings: $a = /abc.{0,100}def/s condition: $a }
      rule Both { strings: $a = "abc" $b = "def" condition: all of them }
      rule Twice { strings: $a = "abc" condition: #a > 1 }`);
    expect(names(find(engine, ["abc", "def", "abc def"]))).toEqual(["2 Far", "2 Both"]);
    expect(names(find(engine, ["abc", "abcabc"]))).toEqual(["1 Twice"]);
  });

  test("takes every piece for a content of its own", async () => {
    const engine = await yaraEngine(`
      rule Start { strings: $a = "MZ" condition: $a at 0 }
      rule Header { condition: uint16(0) == 0x5A4D }
      rule Without { strings: $a = "abc" $b = "def" condition: $a and not $b }
      rule Small { condition: filesize == 3 }
      rule Anchored { strings: $a = /^abc$/ condition: $a }`);
    expect(names(find(engine, ["xx MZ", "MZ", "abc", "def"]))).toEqual([
      "1 Start",
      "1 Header",
      "2 Without",
      "2 Small",
      "2 Anchored",
      "3 Small",
    ]);
  });

  test("finds in every piece what equal pieces hold", async () => {
    const engine = await yaraEngine(`rule Bad { strings: $a = "bad" condition: $a }`);
    expect(names(find(engine, ["bad", "good", "bad"]))).toEqual(["0 Bad", "2 Bad"]);
  });

  test("finds behind more matches than are counted, and in large pieces", async () => {
    const engine = await yaraEngine(`
      rule Common { strings: $a = "ab" $b = "last" condition: all of them }
      rule Many { strings: $a = "ab" condition: #a > 20000 }`);
    const crowd = "ab".repeat(yaraLimits.patternMatches + 1);
    expect(names(find(engine, [crowd, "nothing", "ab last"]))).toEqual(["2 Common"]);
    const large = `${"x".repeat(yaraLimits.joinedBytes)}ab last`;
    expect(names(find(engine, ["y", large, "z"]))).toEqual(["1 Common"]);
  });

  test("takes so much time for a message and says when that was not enough", async () => {
    const engine = await yaraEngine(`rule Any { condition: filesize >= 0 }`, 0);
    expect(() => find(engine, ["a", "b"])).toThrow("the rules did not finish within 0 ms");
    expect(engine.isBroken).toBe(false);
  });

  test("finds what every rule finds in every piece alone, whatever the condition", async () => {
    const atoms = [
      "$a",
      "$b",
      "$c",
      "not $a",
      "$a at 0",
      "#b > 1",
      "#b < 2",
      "any of them",
      "2 of them",
      "all of ($a,$b)",
      "filesize > 6",
      "uint8(0) == 0x61",
      "none of them",
      "for any of them : ( # == 2 )",
      "one",
    ];
    const condition = fc.letrec<{ expression: string }>((tie) => ({
      expression: fc.oneof(
        { maxDepth: 3 },
        fc.constantFrom(...atoms),
        fc.tuple(tie("expression"), fc.constantFrom("and", "or"), tie("expression")).map((words) => words.join(" ")),
        tie("expression").map((inner) => `(${inner})`),
        tie("expression").map((inner) => `not (${inner})`),
      ),
    })).expression;
    const piece = fc.array(fc.constantFrom("aa", "bb", "c", " ", "x"), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(condition, fc.array(piece, { minLength: 1, maxLength: 5 }), async (text, words) => {
        const source = `private rule one { condition: filesize > 4 }
          rule tested { strings: $a = "aa" $b = "bb" $c = /c/ condition: (any of them or true) and one | 1 == 1 and (${text}) }`.replace(
          "one | 1 == 1",
          "(one or true)",
        );
        const { setup } = await loadRules({ "test.yar": source });
        const pieces = words.map((parts) => parts.join(""));
        const alone = compileRules(setup.sources);
        const expected = pieces.flatMap((content, index) =>
          alone.scan(Buffer.from(content)).map(({ rule }) => `${index} ${rule}`),
        );
        const engine = createYaraEngine(setup, 60_000, () => 0);
        expect(names(find(engine, pieces))).toEqual(expected);
      }),
      { numRuns: 15 },
    );
  });
});

function find(engine: YaraEngine, contents: readonly string[]): MessageFinding[] {
  const pieces = contents.map((text, index): Piece => {
    return { content: { bytes: Buffer.from(text), origin: "decoded", name: "" }, part: String(index), path: [] };
  });
  return [...engine.inspectMessage(pieces)].toSorted((left, right) => left.piece - right.piece);
}

function names(findings: readonly MessageFinding[]): string[] {
  return findings.map(({ piece, name }) => `${piece} ${name}`);
}
