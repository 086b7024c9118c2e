import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isAssemblingScript } from "../../../../../src/scan/extractors/script/identify-script.ts";
import { scriptExtractor } from "../../../../../src/scan/extractors/script/script.ts";
import type { ScriptLanguage } from "../../../../../src/scan/extractors/script/script-lexer.ts";
import { ScriptRoom } from "../../../../../src/scan/extractors/script/script-room.ts";
import { textOf } from "../../../../../src/scan/extractors/script/script-value.ts";
import { evaluateScript } from "../../../../../src/scan/extractors/script/script-values.ts";
import { extract } from "../../../../support/extract.ts";

const LONG = "a text that is long enough to be given";

describe("evaluateScript()", () => {
  test.each([
    [`"a text that "+'is long enough'+\` to be given\``],
    [`x = "a text"; x += " that is long "; y = x + "enough to be given"`],
    [`var x = {a: "a text that is", b: " long enough to be given"}; f(x.a + x["y"], x.a + x.b)`],
    [`["a text that is", " long enough", " to be given"].join("")`],
    [`"a text that is".concat(" long enough", " to be given")`],
    [`"nevig eb ot hguone gnol si taht txet a".split("").reverse().join("")`],
    [`"a#text#that#is#long#enough#to#be#given".replace(/#/g, " ")`],
    [`"a#text#that#is#long#enough#to#be#given".split("#").join(" ")`],
    [`String.fromCharCode(97, 32, 116) + "ext that is long enough" + String.fromCharCode(0x20) + "to be given"`],
    [`unescape("a%20text") + decodeURIComponent("%20that%20is") + " long enough to be given"`],
    [`atob("YSB0ZXh0IHRoYXQg") + "is long enough to be given"`],
    [`"\\x61\\u0020\\u{74}e\\170t that is \\l\\ong enough to be \\\ngiven"`],
    [`/* "x" + */ "a text that is long" /* " */ + // "y"\n " enough to be given"`],
    [`(("a text that is") + (" long enough")) + (" to be given")`],
    [`a = /"/; b = 1 / 2; "a text that is long" + " enough to be given"`],
    [`_ = ["enough to be given", " long ", "a text that is"]; z = _[2] + _[1] + _[0]`],
  ])("makes a text of %s", (script) => {
    expect(texts(script, "javascript")).toContain(LONG);
  });

  test.each([
    [`x = "a text that is" & " long enough" + " to be given"`],
    [`x = "a text that is" & _\r\n  " long enough to be given"`],
    [`x = Chr(97) & ChrW(&H20) & "text that is long enough to be given" ' "a comment`],
    [`x = StrReverse("nevig eb ot hguone gnol si taht txet a")`],
    [`x = Replace("a#text#that#is#long#enough#to#be#given", "#", " ")`],
    [`x = Join(Split("a#text#that#is#long#enough#to#be#given", "#"), " ")`],
    [`Dim x\r\nx = "a text that is"\r\nx = x & " long enough to be given"`],
  ])("makes a text of %s in VBScript", (script) => {
    expect(texts(script, "vbscript")).toContain(LONG);
  });

  test("doubles quotes in VBScript", () => {
    expect(texts(`x = "say ""a"" and ""b""" & " to them all"`, "vbscript")).toContain('say "a" and "b" to them all');
  });

  test("keeps lists of numbers", () => {
    const { values } = evaluateScript("f([1, 0x10, -3, 4+1]); new Uint8Array([7,8])", "javascript");
    expect(values).toEqual([
      { kind: "numbers", numbers: [1, 16, -3, 5] },
      { kind: "numbers", numbers: [7, 8] },
    ]);
  });

  test("goes on after what it does not know", () => {
    const script = `function f(a) { return a ? g(a)[h] : {"x": [,}; } ) ] } "unclosed\nvar x = "a text that is" + " long enough to be given";`;
    expect(texts(script, "javascript")).toContain(LONG);
  });

  test("collects the names that are used, also as texts", () => {
    const { names } = evaluateScript(`a.b["create" + "Object"](c)`, "javascript");
    expect([...names]).toEqual(expect.arrayContaining(["a", "b", "createObject", "c"]));
  });

  test("ends when a script makes more than it is long, and says so", () => {
    const doubling = `x = "${"y".repeat(1_000)}"; ${"x = x + x; ".repeat(60)} z = x + "end"`;
    const { values, isCut } = evaluateScript(doubling, "javascript");
    expect(isCut).toBe(true);
    expect(values.reduce((sum, value) => sum + (textOf(value)?.length ?? 0), 0)).toBeLessThan(500_000);
    expect(evaluateScript(`x = ""; ${`x += "${"y".repeat(99)}"; `.repeat(2_000)}`, "javascript").isCut).toBe(false);
  });

  test("bears any text, in either language", () => {
    const piece = fc.constantFrom(
      ..."\"|'|`|\\|(|)|[|]|{|}|+|+=|=|.|,|;|&|-|/|*|//|/*|*/|\n|_|x|y|atob|split|reverse|join|replace|fromCharCode|1|0x|&H|\"ab\"|'c'|:|new |return |é".split(
        "|",
      ),
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 200 }),
        fc.constantFrom<ScriptLanguage>("javascript", "vbscript"),
        (pieces, language) => {
          const { values } = evaluateScript(pieces.join(""), language);
          expect(values.length).toBeLessThanOrEqual(pieces.length * 2 + 1);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test.each([
    ["brackets", "([".repeat(60_000)],
    ["lists in lists", '["a",'.repeat(30_000)],
    ["open quotes", `"a'b`.repeat(30_000)],
    ["open comments", "/* ".repeat(60_000)],
    ["slashes", "/a".repeat(60_000)],
    ["operators", "+&".repeat(60_000)],
    ["escapes", `"${"\\x41".repeat(40_000)}"`],
    ["variables", Array.from({ length: 20_000 }, (_, index) => `a${index}=a${index - 1}+"x";`).join("")],
    ["appended texts", `a="";${"a+='0123456789';".repeat(15_000)}`],
    ["replaced texts", `a="${"x".repeat(50_000)}"+"y";${"b=a.replace(/x/g,a);c=a.replace('z','');".repeat(2_000)}`],
    ["split texts", `a="${"x".repeat(50_000)}"+"y";${"b=a.split('x').join(a);c=a.reverse();".repeat(2_000)}`],
    ["lists of themselves", `a=["x","y"];${"a=[a,a];b=a.concat(a);f(a);".repeat(2_000)}String.fromCharCode(a,b)`],
    ["used texts", `a="${"x".repeat(50_000)}";${"f(a,a+1);".repeat(20_000)}`],
  ])("takes no longer than its share for %s", (_name, script) => {
    const before = process.cpuUsage();
    evaluateScript(script, "javascript");
    evaluateScript(script, "vbscript");
    expect(process.cpuUsage(before).user).toBeLessThan(2_500_000);
  });
});

describe("ScriptRoom", () => {
  test("refuses what it has no room for, and says so", () => {
    const room = new ScriptRoom(10);
    expect([room.take(10), room.isExhausted, room.take(0), room.take(1), room.isExhausted]).toEqual([
      true,
      false,
      true,
      false,
      true,
    ]);
    expect(new ScriptRoom(0).take(1)).toBe(false);
    expect(new ScriptRoom(Number.NaN).take(0)).toBe(false);
    expect(new ScriptRoom(10).take(Number.NaN)).toBe(false);
  });
});

describe("scriptExtractor", () => {
  test("gives files and texts, short ones together", () => {
    const file = Buffer.alloc(2_000, "abcdefg");
    const lists = Array.from(
      { length: 40 },
      (_, index) => `[${Array.from({ length: 20 }, (_item, item) => item + index).join(",")}]`,
    );
    const { entries } = extract(
      scriptExtractor,
      Buffer.from(
        `f(${lists.join(");f(")});f("${file.toString("base64").slice(0, 99)}"+"${file.toString("base64").slice(99)}")`,
      ),
    );
    expect(entries).toHaveLength(2);
    expect(entries[0]?.bytes.equals(file)).toBe(true);
    expect(entries[1]?.bytes.length).toBe(40 * 21);
  });

  test("says when a script makes too much", () => {
    const script = `x = "${"y".repeat(100)}" + "z"; ${"x = x + x; ".repeat(60)}`;
    expect(extract(scriptExtractor, Buffer.from(script)).reasons).toEqual(["limit-views: scripts"]);
  });

  test.each([
    ["prose", "I don't know + you don't know (either), so we can't say no & yes (or can we?)"],
    ["a path", "The file is in C:\\new\\texts\\x and nowhere else."],
    ["a table", 'a,b,c\n1,2,3\n"x","y","z"\n'],
  ])("takes %s for no script", (_name, text) => {
    expect(isAssemblingScript(Buffer.from(text))).toBe(false);
  });
});

function texts(script: string, language: ScriptLanguage): (string | undefined)[] {
  return evaluateScript(script, language).values.map(textOf);
}
