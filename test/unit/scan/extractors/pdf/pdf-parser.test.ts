import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pdfLimits } from "../../../../../src/core/scan-limits.ts";
import { parseObject } from "../../../../../src/scan/extractors/pdf/pdf-parser.ts";
import type { PdfValue } from "../../../../../src/scan/extractors/pdf/pdf-value.ts";

describe("parseObject()", () => {
  test.each([
    ["12 -3.5 +7 .5", [12, -3.5, 7, 0.5].slice(-2)],
    ["/Name /A#42#c /", ["/Name", "/AB#c", "/"]],
    ["(a(b)c\\)\\\\)", ["a(b)c)\\"]],
    ["(\\n\\t\\101\\7x\\\r\ny\\q)", ["\n\tA\x07xyq"]],
    ["(a\r\nb\rc)", ["a\nb\nc"]],
    ["<48 65 6C6c6F2>", ["Hello "]],
    ["<4", ["@"]],
    ["(open", ["open"]],
    ["[1 (a) 2 0 R /B]", [[1, "a", "2 R", "/B"]]],
    ["[1 0 R 2 0 R]", [["1 R", "2 R"]]],
    ["<< /A 1 /B << /C [/D] >> >>", [{ A: 1, B: { C: ["/D"] } }]],
    ["<< /A /B /C 1 >>", [{ A: "/B", C: 1 }]],
    ["<< 1 /A 2 (x) /B 3 >>", [{ A: 2, B: 3 }]],
    ["<< /A [1 2 /B >> /C", [{ A: [1, 2, "/B"] }, "/C"]],
    ["<< /A 1 % >> /B 2\n/C 3 >>", [{ A: 1, C: 3 }]],
    ["<< /A 1", [{ A: 1 }]],
    ["<< /A true /B null >>", [{ A: "true", B: "null" }]],
    ["] >> ) } 1", [1]],
    ["R 1 R", [1]],
    ["", []],
  ])("reads %j", (text, expected) => {
    expect(parse(text).values.map(plain)).toEqual(expected);
  });

  test.each([
    ["<< /A 1 >> stream\r\nxyz", true, "\r\nxyz"],
    ["<< /A 1 >>%x\nstream", true, ""],
    ["<< /A 1 >> endobj7 0 obj", false, "7 0 obj"],
    ["<< /A 1 8 0 obj", false, ""],
    ["<< /A 1 endstream", false, ""],
  ])("ends %j where the object does", (text, isStream, rest) => {
    const parsed = parse(text);
    expect(parsed.isStream).toBe(isStream);
    expect(text.slice(parsed.end)).toBe(rest);
  });

  test("reads no more than is allowed", () => {
    const allowance = { bytes: 5 };
    expect(parseObject(Buffer.from("/AB /CD"), 0, allowance).values.map(plain)).toEqual(["/AB", "/"]);
    expect(allowance.bytes).toBe(0);
    expect(parseObject(Buffer.from("/AB"), 0, allowance).values).toEqual([]);
  });

  test("keeps the object when there are too many values in it", () => {
    const parsed = parse(`<< /A [${"/B ".repeat(pdfLimits.values)}] >>`);
    expect(parsed.isCut).toBe(true);
    expect(parsed.values.map(plain)).toEqual([{}]);
    expect(parse(`[${"/B ".repeat(pdfLimits.values - 10)}]`).isCut).toBe(false);
  });

  test("keeps of many numbers those that may be of a reference", () => {
    const [array] = parse(`[${"1 ".repeat(100_000)} 2 0 R 3 4]`).values.map(plain);
    expect(array).toEqual(["2 R", 3, 4]);
  });

  test("does not nest without end", () => {
    expect(depth(parse("[".repeat(100_000)).values[0])).toBe(pdfLimits.nesting);
    expect(depth(parse("<</A".repeat(100_000)).values[0])).toBeLessThanOrEqual(pdfLimits.nesting);
  });

  test("takes any text", () => {
    const token = fc.constantFrom(
      "<<",
      ">>",
      "[",
      "]",
      "(",
      ")",
      "<",
      ">",
      "/A",
      "1",
      "R",
      "%",
      "\n",
      " ",
      "\\",
      "stream",
      "obj",
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 60 }), (tokens) => {
        const text = tokens.join("");
        const { end } = parse(text);
        expect(end).toBeGreaterThanOrEqual(0);
        expect(end).toBeLessThanOrEqual(text.length);
      }),
    );
  });
});

function parse(text: string): ReturnType<typeof parseObject> {
  return parseObject(Buffer.from(text, "latin1"), 0, { bytes: 10_000_000 });
}

function plain(value: PdfValue): unknown {
  if (typeof value === "number") return value;
  switch (value.kind) {
    case "name":
      return `/${value.name}`;
    case "string":
      return value.bytes.toString("latin1");
    case "reference":
      return `${value.number} R`;
    case "array":
      return value.items.map(plain);
    case "dictionary":
      return Object.fromEntries(value.pairs.map(([key, inner]) => [key, plain(inner)]));
    case "word":
      return value.word;
    default:
      return value satisfies never;
  }
}

function depth(value: PdfValue | undefined): number {
  let count = 0;
  let inner = value;
  while (typeof inner === "object" && (inner.kind === "array" || inner.kind === "dictionary")) {
    count += 1;
    inner = inner.kind === "array" ? inner.items[0] : inner.pairs[0]?.[1];
  }
  return count;
}
