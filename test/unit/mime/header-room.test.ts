import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fitFields } from "../../../src/mime/header-room.ts";

const FIELDS = ["Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64"];

describe("fitFields()", () => {
  test("fills any room with the fields, without an empty, blank or long line", () => {
    const room = fc.record({
      bytes: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 20_000 })),
      lines: fc.integer({ min: 0, max: 30 }),
      keepsLines: fc.boolean(),
      lineEnd: fc.constantFrom("\r\n" as const, "\n" as const),
    });
    fc.assert(
      fc.property(room, fc.subarray(FIELDS, { minLength: 1 }), (place, fields) => {
        const text = fitFields(fields, place);
        if (text === undefined) return;
        expect(text.length).toBe(place.bytes);
        expect(text.endsWith(place.lineEnd)).toBe(true);
        const lines = text.split(place.lineEnd).slice(0, -1);
        if (place.keepsLines) expect(lines.length).toBe(place.lines);
        for (const line of lines) {
          expect(line.length).toBeLessThanOrEqual(900);
          expect(line).toMatch(/^(?:[A-Za-z-]+: *[^ ]| [^ ])/);
          expect(line).not.toMatch(/[\r\n]/);
        }
        const unfolded = text.replace(/\r?\n /g, " ").replace(/: +/g, ": ");
        for (const field of fields) expect(unfolded).toContain(field);
      }),
      { numRuns: 2_000 },
    );
  });

  test("always fits where there are octets enough and lines do not matter", () => {
    const needed = FIELDS.join("").length + 4;
    for (let bytes = needed; bytes < needed + 2_000; bytes += 1) {
      expect(fitFields(FIELDS, { bytes, lines: 0, keepsLines: false, lineEnd: "\r\n" })).toHaveLength(bytes);
    }
  });

  test("fits into as many lines as it has fields, and into one more by folding", () => {
    const bytes = FIELDS.join("").length + 4;
    const room = { keepsLines: true, lineEnd: "\r\n" } as const;
    expect(fitFields(FIELDS, { ...room, bytes, lines: 2 })).toBe([...FIELDS, ""].join("\r\n"));
    expect(fitFields(FIELDS, { ...room, bytes: bytes + 3, lines: 3 })).toBe(
      "Content-Type: text/plain;\r\n charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n".replace(":", ": "),
    );
    expect(fitFields(FIELDS, { ...room, bytes: bytes + 19, lines: 3 })).toBe(
      [...FIELDS, "X-Mailward-Pad: .", ""].join("\r\n"),
    );
  });

  test.each([
    ["octets are too few", 74, 2, FIELDS],
    ["lines are too few", 500, 1, FIELDS],
    ["lines would be too long", 5_000, 3, FIELDS],
    ["there is nothing to say", 50, 1, []],
  ])("gives nothing when %s", (_name, bytes, lines, fields) => {
    expect(fitFields(fields, { bytes, lines, keepsLines: true, lineEnd: "\r\n" })).toBeUndefined();
  });
});
