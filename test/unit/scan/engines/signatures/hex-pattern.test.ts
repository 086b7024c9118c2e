import { describe, expect, test } from "vitest";
import { signatureLimits } from "../../../../../src/core/scan-limits.ts";
import { parseHexPattern } from "../../../../../src/scan/engines/signatures/hex-pattern.ts";
import { namesFound } from "../../../../support/signatures.ts";

describe("compileSignatures() of patterns", () => {
  test.each<[string, string, string | Buffer, boolean]>([
    ["octets", hex("needle"), "a needle here", true],
    ["octets that are not there", hex("needle"), "a needl e", false],
    ["octets at the very end", hex("here"), "a needle here", true],
    ["??", `${hex("ne")}??${hex("dle")}`, "a needle", true],
    ["high bits", `${hex("need")}6?65`, "needle", true],
    ["high bits that differ", `${hex("need")}7?65`, "needle", false],
    ["low bits", `${hex("need")}?c65`, "needle", true],
    ["low bits that differ", `${hex("need")}?b65`, "needle", false],
    ["*", `${hex("begin")}*${hex("end")}`, "begin and more end", true],
    ["* with nothing between", `${hex("begin")}*${hex("end")}`, "beginend", true],
    ["* in the other order", `${hex("begin")}*${hex("end")}`, "end begin", false],
    ["* twice", `${hex("ab")}*${hex("cd")}*${hex("ef")}`, "cd ab ef cd ef", true],
    ["* twice in a wrong order", `${hex("ab")}*${hex("cd")}*${hex("ef")}`, "cd ab ef cd", false],
    ["{n}", `${hex("ab")}{3}${hex("cd")}`, "abxyzcd", true],
    ["{n} with more", `${hex("ab")}{3}${hex("cd")}`, "abwxyzcd", false],
    ["{n} of many", `${hex("ab")}{200}${hex("cd")}`, `ab${"x".repeat(200)}cd`, true],
    ["{n} at the beginning", `{2}${hex("cd")}`, "xycd", true],
    ["{n} before the beginning", `{2}${hex("cd")}`, "xcd", false],
    ["{-n}", `${hex("ab")}{-3}${hex("cd")}`, "abxycd", true],
    ["{-n} with more", `${hex("ab")}{-3}${hex("cd")}`, "abwxyzcd", false],
    ["{n-}", `${hex("ab")}{3-}${hex("cd")}`, "abwxyzcd", true],
    ["{n-} with less", `${hex("ab")}{3-}${hex("cd")}`, "abxycd", false],
    ["{n-} that a later one has", `${hex("ab")}{3-}${hex("cd")}`, "abcdwxyzcd", true],
    ["{n-m}", `${hex("ab")}{2-4}${hex("cd")}`, "abwxyzcd", true],
    ["{n-m} with less", `${hex("ab")}{2-4}${hex("cd")}`, "abxcd", false],
    ["{n-m} with more", `${hex("ab")}{2-4}${hex("cd")}`, "abvwxyzcd", false],
    ["{n-m} that needs the first of two beginnings", `${hex("ab")}{4-6}${hex("cd")}`, "ab..ab..cd", true],
    ["[n-m]", `${hex("abc")}[1-3]64`, "abcxxd", true],
    ["[n-m] before the rest", `64[1-3]${hex("abc")}`, "dxabc", true],
    ["(a|b)", `${hex("ab")}(${hex("x")}|${hex("y")})${hex("cd")}`, "abycd", true],
    ["(a|b) with neither", `${hex("ab")}(${hex("x")}|${hex("y")})${hex("cd")}`, "abzcd", false],
    ["!(a|b)", `${hex("ab")}!(${hex("x")}|${hex("y")})${hex("cd")}`, "abzcd", true],
    ["!(a|b) with one", `${hex("ab")}!(${hex("x")}|${hex("y")})${hex("cd")}`, "abxcd", false],
    ["!(a|b) at the end", `${hex("ab")}!(${hex("x")}|${hex("y")})${hex("cd")}`, "ab", false],
    ["(aa|bb)", `${hex("ab")}(${hex("xx")}|${hex("yy")})${hex("cd")}`, "abyycd", true],
    ["!(aa|bb)", `${hex("ab")}!(${hex("xx")}|${hex("yy")})${hex("cd")}`, "abxycd", true],
    ["!(aa|bb) with one", `${hex("ab")}!(${hex("xx")}|${hex("yy")})${hex("cd")}`, "abxxcd", false],
    ["(a|bbb)", `${hex("ab")}(${hex("x")}|${hex("yyy")})${hex("cd")}`, "abyyycd", true],
    ["alternatives with wildcards", `${hex("ab")}(7?|${hex("yy")})${hex("cd")}`, "abzcd", true],
    [
      "alternatives inside each other",
      `${hex("ab")}(${hex("x")}(${hex("1")}|${hex("2")})|${hex("y")})${hex("cd")}`,
      "abx2cd",
      true,
    ],
    ["(B) on the left", `(B)${hex("word")}`, "a word", true],
    ["(B) at the beginning", `(B)${hex("word")}`, "word", true],
    ["(B) in a word", `(B)${hex("word")}`, "sword", false],
    ["!(B)", `!(B)${hex("word")}`, "sword", true],
    ["(B) on the right", `${hex("word")}(B)`, "word>", true],
    ["(L) on the left", `(L)${hex("line")}`, "a\nline", true],
    ["(L) in a line", `(L)${hex("line")}`, "a line", false],
    ["(L) on the right", `${hex("line")}(L)`, "line\r\n", true],
    ["(L) between", `${hex("one")}(L)${hex("two")}`, "one\r\ntwo", true],
    ["(W)", `(W)${hex("word")}(W)`, "a.word,", true],
    ["(W) in a word", `(W)${hex("word")}(W)`, "swords", false],
    ["(W) between", `${hex("one")}(W)${hex("two")}`, "one-two", true],
    ["a letter where (W) is between", `${hex("one")}(W)${hex("two")}`, "onextwo", false],
    [
      "zeros, which are in every file",
      `${"00".repeat(20)}${hex("x")}`,
      Buffer.concat([Buffer.alloc(500), Buffer.from("x")]),
      true,
    ],
  ])("finds %s", async (_name, pattern, content, isFound) => {
    const line = `Test:0:*:${pattern}`;
    const bytes = typeof content === "string" ? Buffer.from(content, "latin1") : content;
    expect(await namesFound({ "a.ndb": line }, bytes)).toEqual(isFound ? ["Test"] : []);
  });
});

describe("parseHexPattern()", () => {
  test.each([
    ["nothing", "", "the pattern is empty"],
    ["half an octet", "abc", "it is not hexadecimal"],
    ["what is no digit", "abxy", "it is not hexadecimal"],
    ["a gap at the beginning", "*abcd", "it begins with a gap"],
    ["a gap at the end", "abcd*", "it ends in a gap"],
    ["an open parenthesis", "ab(cd", '")" is missing'],
    ["an empty alternative", "ab(cd|)", "an alternative is empty"],
    ["a range that is none", "ab{x}cd", "a range is not two numbers"],
    ["a range without numbers", "ab{-}cd", "a range is not two numbers"],
    ["a range the wrong way round", "ab{5-2}cd", "a range ends before it begins"],
    ["an open range", "ab{5", "a range is not two numbers"],
    ["! before nothing", "ab!cd", '"!" without "("'],
    ["!() of different lengths", "ab!(cd|efab)cd", "alternatives of different lengths cannot be negated"],
    ["a range that is too long", `ab{0-${signatureLimits.gapBytes + 1}}cd`, "a gap is too long"],
    ["too many octets", "ab".repeat(signatureLimits.partOctets + 1), "it is too long"],
    ["too many parts", `ab${"{1-2}ab".repeat(signatureLimits.parts)}`, "it has too many parts"],
    ["too many alternatives", `ab(${"aabb|".repeat(signatureLimits.alternatives)}cc)`, "it has too many alternatives"],
    ["alternatives that multiply", `ab(${"(aa|bb)".repeat(40)}|cc)`, "it has too many alternatives"],
    ["alternatives too deep", `ab${"(".repeat(40)}aa${")".repeat(40)}`, "alternatives are too deep inside each other"],
  ])("refuses %s", (_name, text, problem) => {
    expect(parseHexPattern(text)).toBe(problem);
  });

  test("takes what is just allowed", () => {
    expect(parseHexPattern(`ab{0-${signatureLimits.gapBytes}}cd`)).toMatchObject({ parts: [{}, {}] });
    expect(parseHexPattern("ab".repeat(signatureLimits.partOctets))).toMatchObject({ parts: [{}] });
    expect(parseHexPattern(`ab${"{1-2}ab".repeat(signatureLimits.parts - 1)}`)).toMatchObject({ sets: [] });
  });
});

function hex(text: string): string {
  return Buffer.from(text, "latin1").toString("hex");
}
