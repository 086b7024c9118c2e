import { describe, expect, test } from "vitest";
import { mimeLimits } from "../../../../../src/core/scan-limits.ts";
import { embeddedBase64Extractor } from "../../../../../src/scan/extractors/embedded-base64.ts";
import { extract } from "../../../../support/extract.ts";

const FILE = Buffer.from("a file that is long enough to be one, and has some words in it".repeat(2));

describe("embeddedBase64Extractor", () => {
  test("gives streams that stand one after the other each alone", () => {
    const first = Buffer.from("the first of two files, of a length that needs padding..").toString("base64");
    const entries = texts(`${first}\n${FILE.toString("base64")}\n`);
    expect(entries).toContain(FILE.toString());
    expect(first.endsWith("=")).toBe(true);
  });

  test("gives a file that a word stands before and after", () => {
    expect(texts(`Hello\n${FILE.toString("base64")}\nBye, then`)).toContain(FILE.toString());
  });

  test("reads hexadecimal digits as such as well", () => {
    expect(texts(FILE.toString("hex"))).toContain(FILE.toString());
  });

  test("looks at many short tokens together, and at longer ones one by one", () => {
    const token = Buffer.alloc(60, "abc").toString("base64");
    const long = Buffer.alloc(1_500, "def");
    const { entries } = extract(
      embeddedBase64Extractor,
      Buffer.from(`${`x ${token}; `.repeat(30)}<${long.toString("base64")}>`),
    );
    expect(entries).toHaveLength(2);
    expect(entries[0]?.bytes.equals(long)).toBe(true);
    expect(
      entries[1]?.bytes
        .toString()
        .split("\n")
        .filter((line) => line === "abc".repeat(20)),
    ).toHaveLength(30);
  });

  test("looks at many short lines together, the first of them one by one", () => {
    const { entries, reasons } = extract(
      embeddedBase64Extractor,
      Buffer.from(`${FILE.toString("base64")}\n.\n`.repeat(5_000)),
    );
    expect([entries.length, reasons]).toEqual([101, []]);
    expect(
      entries[100]?.bytes
        .toString()
        .split("\n")
        .filter((line) => line === FILE.toString()),
    ).toHaveLength(4_900);
  });

  test("looks at as many pieces as allowed", () => {
    const file = Buffer.alloc(900, "a file that is long enough ").toString("base64");
    const lines = (count: number): Buffer => Buffer.from(`${file}\n.\n`.repeat(count));
    expect(extract(embeddedBase64Extractor, lines(mimeLimits.embeddedPieces)).reasons).toEqual([]);
    const { entries, reasons } = extract(embeddedBase64Extractor, lines(mimeLimits.embeddedPieces + 1));
    expect(reasons).toEqual(["limit-views: base64 in text"]);
    expect(entries).toHaveLength(mimeLimits.embeddedPieces);
  });
});

function texts(text: string): string[] {
  return extract(embeddedBase64Extractor, Buffer.from(text)).entries.map(({ bytes }) => bytes.toString());
}
