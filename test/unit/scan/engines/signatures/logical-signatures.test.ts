import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { signatureLimits } from "../../../../../src/core/scan-limits.ts";
import type { Content } from "../../../../../src/scan/engine.ts";
import { isTrue, parseLogicalExpression } from "../../../../../src/scan/engines/signatures/logical-expression.ts";
import { buildPortableExecutable } from "../../../../support/build-executable.ts";
import { buildZip } from "../../../../support/build-zip.ts";
import { compileTexts, inspectWith } from "../../../../support/signatures.ts";

describe("isTrue()", () => {
  test.each<[string, number[], boolean]>([
    ["0", [1], true],
    ["0", [0], false],
    ["0&1", [1, 0], false],
    ["0|1", [0, 1], true],
    ["0&1|2", [1, 0, 1], true],
    ["0&1|2", [0, 1, 1], false],
    ["(0&1)|2", [0, 0, 1], true],
    ["0=0", [0], true],
    ["0=2", [2], true],
    ["0=2", [3], false],
    ["0>2", [3], true],
    ["0>2", [2], false],
    ["0<2", [0], true],
    ["0<2", [2], false],
    ["(0|1|2)>1", [1, 1, 0], true],
    ["(0|1|2)>1", [2, 0, 0], true],
    ["(0|1|2)>1,2", [2, 0, 0], false],
    ["(0|1|2)>1,2", [1, 0, 1], true],
    ["(0|1)=0", [0, 0], true],
    ["(0|1)=0", [1, 0], false],
    ["(0|1)<3", [1, 1], true],
    ["((0|1)&2)>2", [1, 1, 1], true],
    ["((0|1)&2)>2", [1, 0, 1], false],
    ["0>1&1=0", [2, 0], true],
    ["0,1", [1], false],
  ])("reads %s with %j matches as ClamAV does", (text, counts, expected) => {
    const parsed = parseLogicalExpression(text);
    const program = typeof parsed === "string" ? [] : parsed.program;
    expect(isTrue(Int32Array.from(program), 0, program.length, (part) => counts[part] ?? 0)).toBe(expected);
  });
});

describe("parseLogicalExpression()", () => {
  test.each([
    ["", "the expression has no number where one is expected"],
    ["0&", "the expression has no number where one is expected"],
    ["(0", '")" is missing in the expression'],
    ["0)", 'the expression has a ")" too many'],
    ["0>x", "the expression has no number where one is expected"],
    [`${signatureLimits.subsignatures}`, "there are too many parts"],
    [`${"(".repeat(100)}0${")".repeat(100)}`, "parentheses are too deep inside each other"],
  ])("refuses %s", (text, problem) => {
    expect(parseLogicalExpression(text)).toBe(problem);
  });

  test("takes any text", () => {
    const characters = fc.constantFrom(..."0123&|()=<>,".split(""));
    fc.assert(
      fc.property(fc.string({ unit: characters, maxLength: 30 }), (text) => {
        const parsed = parseLogicalExpression(text);
        if (typeof parsed !== "string") isTrue(Int32Array.from(parsed.program), 0, parsed.program.length, () => 1);
      }),
    );
  });
});

describe("inspect() with logical signatures", () => {
  const a = hex("alpha");
  const b = hex("beta");
  test.each<[string, string, string, boolean]>([
    ["both parts", `0&1;${a};${b}`, "beta alpha", true],
    ["one of both parts", `0&1;${a};${b}`, "beta", false],
    ["a part that must not be there", `0&1=0;${a};${b}`, "alpha", true],
    ["a part that must not be there and is", `0&1=0;${a};${b}`, "alpha beta", false],
    ["nothing but what must not be there", `0=0;${a}`, "gamma", true],
    ["a part three times", `0>2;${a}`, "alpha alpha alpha", true],
    ["a part twice", `0>2;${a}`, "alpha alpha", false],
    ["a part with an offset", `0;3:${a}`, "...alpha", true],
    ["a part with another offset", `0;3:${a}`, "....alpha", false],
    ["letters of either case", `0;${a}::i`, "aLPHa", true],
    ["wide letters", `0;${a}::w`, "a\0l\0p\0h\0a\0", true],
    ["wide letters where narrow ones are wanted", `0;${a}`, "a\0l\0p\0h\0a\0", false],
    ["narrow or wide letters", `0;${a}::wa`, "alpha", true],
    ["wide letters of either case", `0;${a}::wi`, "A\0L\0p\0h\0a\0", true],
    ["a full word", `0;${a}::f`, "an alpha.", true],
    ["a part of a word", `0;${a}::f`, "an alphabet", false],
    ["an offset and modifiers", `0;3:${a}::i`, "...ALPHA", true],
    ["a comparison", `0&1;${a};0(>>5#db3#>122)`, ".alpha123", true],
    ["a comparison that does not hold", `0&1;${a};0(>>5#db3#>123)`, ".alpha123", false],
    ["two conditions", `0&1;${a};0(>>5#db3#>122,<124)`, ".alpha123", true],
    ["a hexadecimal number", `0&1;${a};0(>>5#hb4#=0x1f2e)`, ".alpha1f2e", true],
    ["a little-endian hexadecimal number", `0&1;${a};0(>>5#hl4#=0x2e1f)`, ".alpha1f2e", true],
    ["octets", `0&1;${a};0(>>5#ib2#=0x4142)`, ".alphaAB", true],
    ["little-endian octets", `0&1;${a};0(>>5#il2#=0x4241)`, ".alphaAB", true],
    ["octets before", `0&1;${a};0(<<2#ib2#=0x4142)`, ".ABalpha", true],
    ["a number in whichever form it has", `0&1;${a};0(>>5#ab5#=16)`, ".alpha0x010", true],
    ["exactly digits", `0&1;${a};0(>>5#dbe3#>1)`, ".alpha12x", false],
    ["a regular expression", `0&1;${a};0/b+eta/`, "alpha bbbeta", true],
    ["a regular expression without its trigger", `0|1;${a};0/b+eta/`, "bbbeta", false],
    ["a regular expression for either case", `0&1;${a};0/B+ETA/i`, "alpha bbbeta", true],
    ["a regular expression at an offset", `0&1;${a};6:0/b+eta/`, "alpha bbbeta", true],
    ["a regular expression at another offset", `0&1;${a};5:0/b+eta/`, "alpha bbbeta", false],
    ["a regular expression from an offset on", `0&1;${a};3:0/b+eta/r`, "alpha bbbeta", true],
    ["a regular expression within a shift", `0&1;${a};3,3:0/b+eta/`, "alpha bbbeta", true],
    ["a regular expression all within a shift", `0&1;${a};3,6:0/b+eta/e`, "alpha bbbeta", false],
    ["a regular expression several times", `0&1>2;${a};0/b/g`, "alpha bbb", true],
    ["a regular expression with ; and :", `0&1;${a};0/x;y:\\/z/`, "alpha x;y:/z", true],
  ])("finds %s", async (_name, rest, content, isFound) => {
    const signatures = await compileTexts({ "a.ldb": `Test;Engine:81-255,Target:0;${rest}` });
    expect([...signatures.about.problems, ...signatures.about.unsupported]).toEqual([]);
    expect(inspectWith(signatures, Buffer.from(content, "latin1")).names).toEqual(isFound ? ["Test"] : []);
  });

  test.each<[string, Partial<Content>, boolean]>([
    ["FileSize:10-20", { bytes: Buffer.from("alpha") }, false],
    ["FileSize:10-20", { bytes: Buffer.from("alpha.......") }, true],
    ["Container:CL_TYPE_ZIP", {}, false],
    ["Container:CL_TYPE_ZIP", { parent: content(buildZip([])) }, true],
    ["Container:CL_TYPE_MAIL", { parent: { bytes: Buffer.from("x"), origin: "message", name: "" } }, true],
    ["Container:CL_TYPE_ANY", { parent: content(Buffer.from("x")) }, true],
    ["Intermediates:CL_TYPE_PDF>CL_TYPE_ZIP", { parent: content(buildZip([])) }, false],
    [
      "Intermediates:CL_TYPE_PDF>CL_TYPE_ZIP",
      { parent: { ...content(buildZip([])), parent: content(Buffer.from("%PDF-1.7")) } },
      true,
    ],
    ["NumberOfSections:2-3", { bytes: executable() }, true],
    ["NumberOfSections:3-4", { bytes: executable() }, false],
    ["EntryPoint:1026-1026", { bytes: executable() }, true],
    ["EntryPoint:0-1000", { bytes: executable() }, false],
    ["NumberOfSections:0-9", {}, false],
  ])("asks for the condition %s", async (condition, given, isFound) => {
    const target = /Sections|Entry/.test(condition) ? 1 : 0;
    const signatures = await compileTexts({ "a.ldb": `Test;Engine:81-255,Target:${target},${condition};0;${a}` });
    expect([...signatures.about.problems, ...signatures.about.unsupported]).toEqual([]);
    expect(inspectWith(signatures, { ...content(Buffer.from("alpha")), ...given }).names).toEqual(
      isFound ? ["Test"] : [],
    );
  });

  test.each([
    ["an engine of the future", "Engine:999-1000,Target:0", "skipped"],
    ["an engine of the past", "Engine:1-50,Target:0", "skipped"],
    ["a type of file of the future", "Engine:81-255,Target:99", "skipped"],
  ])("leaves out what is for %s without a word", async (_name, conditions) => {
    const { about } = await compileTexts({ "a.ldb": `Test;${conditions};0;${a}` });
    expect(about).toMatchObject({ problems: [], unsupported: [], skipped: 1, counts: {} });
  });

  test.each([
    ["no parts", "Test;Target:0;0", "expected name;conditions;expression;part"],
    ["too few parts", `Test;Target:0;0&1;${a}`, "the expression names 2 parts, the line has 1"],
    ["no target", `Test;Engine:81-255;0;${a}`, "Target is missing"],
    ["a part that is broken", `Test;Target:0;0;xyz`, "part 0: it is not hexadecimal"],
    ["a modifier that is none", `Test;Target:0;0;${a}::q`, "part 0: there are modifiers besides i, w, f and a"],
    ["a comparison that is none", `Test;Target:0;0&1;${a};0(x#y#z)`, "part 1: it is no byte comparison"],
    [
      "a comparison with a part that is not there",
      `Test;Target:0;0&1;${a};7(#ib1#>0)`,
      "part 1: it refers to a part that is not there",
    ],
    ["a part with too little in it", `Test;Target:0;0&1;${a};61??62`, "it has no two fixed octets in a row"],
    ["a range that is none", `Test;Target:0,FileSize:x;0;${a}`, "FileSize is no range"],
  ])("refuses %s and keeps the rest", async (_name, line, problem) => {
    const signatures = await compileTexts({ "a.ldb": `${line}\nGood;Target:0;0;${b}` });
    expect(signatures.about.problems).toEqual([{ path: "a.ldb", line: 1, problem }]);
    expect(inspectWith(signatures, Buffer.from("alpha beta")).names).toEqual(["Good"]);
  });

  test.each([
    ["macros", `Test;Target:0;0&1;${a};\${5-10}12$`],
    ["images", "Test;Target:0;0;fuzzy_img#af2ad01ed42993c7"],
    ["icons", `Test;Engine:81-255,Target:1,IconGroup1:X;0;${a}`],
    ["other handlers", `Test;Engine:81-255,Target:0,HandlerType:CL_TYPE_ZIP;0;${a}`],
    ["types that are not told apart", `Test;Engine:81-255,Target:0,Container:CL_TYPE_SIS;0;${a}`],
    ["references in regular expressions", `Test;Target:0;0&1;${a};0/(a)\\1/`],
  ])("reports %s as not supported", async (_name, line) => {
    const { about } = await compileTexts({ "a.ldb": line });
    expect(about).toMatchObject({ problems: [], unsupported: [{ path: "a.ldb", count: 1, firstLine: 1 }], counts: {} });
  });

  test("tells contents apart", async () => {
    const signatures = await compileTexts({ "a.ldb": `Test;Target:0;0&1;${a};${b}` });
    expect(inspectWith(signatures, Buffer.from("alpha")).names).toEqual([]);
    expect(inspectWith(signatures, Buffer.from("beta")).names).toEqual([]);
  });
});

function hex(text: string): string {
  return Buffer.from(text, "latin1").toString("hex");
}

function content(bytes: Buffer): Content {
  return { bytes, origin: "entry", name: "" };
}

function executable(): Buffer {
  return buildPortableExecutable([{ content: Buffer.from("alpha") }, { content: Buffer.from("..code") }], {
    section: 1,
    offset: 2,
  });
}
