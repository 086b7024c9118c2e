import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { signatureLimits } from "../../../../../src/core/scan-limits.ts";
import type { Origin } from "../../../../../src/scan/engine.ts";
import { compileTexts, inspectWith, namesFound } from "../../../../support/signatures.ts";

describe("match()", () => {
  test("finds what a plain search finds, whatever the pattern", async () => {
    await fc.assert(
      fc.asyncProperty(pattern, contents, async (given, content) => {
        const signatures = await compileTexts({ "a.ndb": `Test:0:*:${given.hex}` });
        // A pattern without two fixed octets in a row is refused.
        if (signatures.about.problems.length > 0) return;
        const isThere = new RegExp(given.regex, "s").test(content.toString("latin1"));
        expect(inspectWith(signatures, content).names).toEqual(isThere ? ["Test"] : []);
      }),
      { numRuns: 400 },
    );
  });

  test("finds each of many patterns of any length, wherever it is", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ minLength: 2, maxLength: 40 }), { minLength: 1, maxLength: 60 }),
        fc.uint8Array({ maxLength: 70 }),
        fc.uint8Array({ maxLength: 70 }),
        async (literals, before, after) => {
          const lines = literals.map((literal, index) => `Sig.${index}x:0:*:${Buffer.from(literal).toString("hex")}`);
          const signatures = await compileTexts({ "a.ndb": lines.join("\n") });
          for (const literal of literals) {
            const content = Buffer.concat([before, literal, after]);
            const expected = literals.flatMap((other, index) =>
              content.includes(Buffer.from(other)) ? [`Sig.${index}x`] : [],
            );
            expect(inspectWith(signatures, content).names.sort()).toEqual(expected.sort());
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test.each([
    ["absolute", "3", "012needle", true],
    ["absolute elsewhere", "3", "0123needle", false],
    ["absolute with a shift", "3,2", "01234needle", true],
    ["absolute beyond the shift", "3,2", "012345needle", false],
    ["absolute with a long shift", "3,500", `${"x".repeat(400)}needle`, true],
    ["absolute beyond a long shift", "3,500", `${"x".repeat(504)}needle`, false],
    ["from the end", "EOF-8", "012needle12", true],
    ["from the end elsewhere", "EOF-8", "012needle1", false],
    ["from the end with a shift", "EOF-10,3", "0needle1", false],
    ["from the end of what is long enough", "EOF-10,3", "01234needle1", true],
  ])("finds a pattern at an offset: %s", async (_name, offset, content, isFound) => {
    const line = `Test:0:${offset}:${Buffer.from("needle").toString("hex")}`;
    expect(await namesFound({ "a.ndb": line }, Buffer.from(content))).toEqual(isFound ? ["Test"] : []);
  });

  test("follows a * only from a first part that is where it must be", async () => {
    const files = { "a.ndb": `Test:0:2:${hex("ab")}*${hex("end")}` };
    expect(await namesFound(files, Buffer.from("..ab end"))).toEqual(["Test"]);
    expect(await namesFound(files, Buffer.from("...ab end"))).toEqual([]);
  });

  test.each<[Origin, string, string[]]>([
    ["text", "QUJDREVGR0g", ["Base64"]],
    ["encoded", "QUJDREVGR0g", ["Base64"]],
    ["encoded", "a needle", []],
    ["header", "a needle", ["Words"]],
    ["decoded", "a needle", ["Words"]],
    ["entry", "a needle", ["Words"]],
    ["message", "a needle", []],
  ])("looks in %s for what can be there", async (origin, text, names) => {
    const signatures = await compileTexts({
      "a.ndb": `Base64:0:*:${hex("QUJDREVGR0g")}\nWords:0:*:${hex("a needle")}`,
    });
    expect(inspectWith(signatures, { bytes: Buffer.from(text), origin, name: "" }).names).toEqual(names);
  });

  test("gives up on what is nothing but beginnings of signatures, and says so", async () => {
    // What follows the gap has no fixed octets, so that each beginning is one to follow.
    const lines = Array.from({ length: 500 }, (_, index) => `Sig.${index}:0:*:${hex("begin").repeat(9)}{-2000}3?3?`);
    const signatures = await compileTexts({ "a.ndb": lines.join("\n") });
    const started = performance.now();
    const { names, notes } = inspectWith(signatures, Buffer.alloc(200_000, "begin"));
    expect(names).toEqual([]);
    expect(notes).toEqual(["too much in it looks like the beginning of a signature"]);
    expect(performance.now() - started).toBeLessThan(10_000);
    // The next content is looked at as if nothing had been.
    expect(inspectWith(signatures, Buffer.from(`${"begin".repeat(9)}42`)).names).toHaveLength(500);
  });

  test("says nothing of a work that is within the bounds", async () => {
    const signatures = await compileTexts({ "a.ndb": `Sig:0:*:${hex("begin").repeat(9)}{-20}3?3?` });
    expect(signatureLimits.verifySteps).toBeGreaterThan(45 * 20 * 1_000);
    expect(inspectWith(signatures, Buffer.alloc(5_000, "begin"))).toEqual({ names: [], notes: [] });
  });

  test("does not look for the end again and again when it is not there", async () => {
    const signatures = await compileTexts({ "a.ndb": `Sig:0:*:${hex("begin")}*${hex("the end")}` });
    expect(inspectWith(signatures, Buffer.alloc(5_000_000, "begin "))).toEqual({ names: [], notes: [] });
  });

  test.each([
    ["no two fixed octets", "Sig:0:*:61??62", "it has no two fixed octets in a row"],
    ["a piece without any", "Sig:0:*:6161*??", "a piece between gaps has no fixed octet"],
    ["nothing fixed at an offset", "Sig:0:5:????", "it has no fixed octet"],
    ["a wrong offset", "Sig:0:x:6161", "the offset is not one of ClamAV's forms"],
    ["a shift that is no number", "Sig:0:3,x:6161", "the offset's shift is no number"],
    ["an executable's offset for text", "Sig:7:EP+0:6161", "such an offset is for executables only"],
    ["too few fields", "Sig:0:*", "expected name:target:offset:pattern"],
    ["a target that is no number", "Sig:x:*:6161", "the target is no number"],
    ["no name", ":0:*:6161", "the name is empty, too long or not printable"],
  ])("refuses %s and keeps the rest", async (_name, line, problem) => {
    const signatures = await compileTexts({ "a.ndb": `${line}\nGood:0:*:${hex("needle")}` });
    expect(signatures.about.problems).toEqual([{ path: "a.ndb", line: 1, problem }]);
    expect(inspectWith(signatures, Buffer.from("a needle")).names).toEqual(["Good"]);
  });

  test("says of what is not supported how often it is there, and where first", async () => {
    const signatures = await compileTexts({ "a.ndb": "# x\nA:1:VI:6161\nB:1:VI:6162\nC:1:$1$:6161" });
    expect(signatures.about.problems).toEqual([]);
    expect(signatures.about.unsupported).toEqual([
      { path: "a.ndb", reason: "offsets in version information are not supported", count: 2, firstLine: 2 },
      { path: "a.ndb", reason: "macros are not supported", count: 1, firstLine: 4 },
    ]);
  });

  test("takes the older form of a file of patterns", async () => {
    expect(await namesFound({ "a.db": `Old.Name (Clam)=${hex("needle")}` }, Buffer.from("a needle"))).toEqual([
      "Old.Name",
    ]);
  });

  test("calls what is potentially unwanted a matter of policy", async () => {
    const signatures = await compileTexts({
      "a.ndb": `PUA.Thing-1:0:*:${hex("needle")}`,
      "a.ndu": `x:0:*:${hex("a n")}`,
    });
    expect(inspectWith(signatures, Buffer.from("a needle")).names).toEqual(["PUA.Thing-1"]);
    expect(signatures.about.unused).toEqual([{ path: "a.ndu", why: "potentially unwanted applications" }]);
  });
});

function hex(text: string): string {
  return Buffer.from(text, "latin1").toString("hex");
}

/** A pattern and the regular expression that says the same, over few octets so that matches are common. */
interface Given {
  readonly hex: string;
  readonly regex: string;
}

const octet = fc.constantFrom(0x61, 0x62, 0x63, 0x20, 0x00, 0xff);
const contents = fc.array(octet, { maxLength: 60 }).map((octets) => Buffer.from(octets));
const literal = fc.array(octet, { minLength: 1, maxLength: 3 }).map((octets) => given(octets));
const wild = fc.constantFrom<Given>(
  { hex: "??", regex: "." },
  { hex: "6?", regex: "[\\x60-\\x6f]" },
  { hex: "?1", regex: "[\\x01\\x11\\x21\\x31\\x41\\x51\\x61\\x71\\x81\\x91\\xa1\\xb1\\xc1\\xd1\\xe1\\xf1]" },
  { hex: "(61|20)", regex: "[\\x61\\x20]" },
  { hex: "!(61|20)", regex: "[^\\x61\\x20]" },
  { hex: "(6161|6220)", regex: "(?:\\x61\\x61|\\x62\\x20)" },
  { hex: "(61|626363)", regex: "(?:\\x61|\\x62\\x63\\x63)" },
  { hex: "{2}", regex: ".{2}" },
);
const piece = fc
  .tuple(literal, fc.array(fc.oneof(literal, wild), { maxLength: 3 }))
  .map(([first, rest]) => join([first, ...rest]));
const gap = fc.constantFrom<Given>(
  { hex: "*", regex: ".*" },
  { hex: "{-3}", regex: ".{0,3}" },
  { hex: "{2-5}", regex: ".{2,5}" },
  { hex: "{3-}", regex: ".{3,}" },
);
const pattern = fc
  .tuple(piece, fc.array(fc.tuple(gap, piece), { maxLength: 3 }))
  .map(([first, rest]) => join([first, ...rest.flat()]));

function given(octets: readonly number[]): Given {
  const digits = octets.map((value) => value.toString(16).padStart(2, "0"));
  return { hex: digits.join(""), regex: digits.map((pair) => `\\x${pair}`).join("") };
}

function join(parts: readonly Given[]): Given {
  return { hex: parts.map((part) => part.hex).join(""), regex: parts.map((part) => part.regex).join("") };
}
