import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { walkMessage } from "../../../../src/mime/walk.ts";
import { WalkAllowance } from "../../../../src/mime/walk-allowance.ts";
import { wholeReadings } from "../../../../src/scan/whole-readings.ts";

describe("wholeReadings()", () => {
  test("gives none of a message that all readers read alike", () => {
    expect(readings("Subject: a\r\n\r\nbare \r and \0 in the body")).toEqual([]);
  });

  test.each([
    ["bare CRs", "A: b\rstray\r\rbody", ["A: b\nstray\n\nbody"]],
    ["bare CRs and LFs", "A: b\rstray\n\nbody\r\n", ["A: b\nstray\n\nbody\n", "A: bstray\n\nbody\n"]],
    ["CRs before LF", "stray\r\r\n\r\r\nb\rody", ["stray\n\nb\nody", "stray\n\nbody"]],
    ["NULs", "st\0ray\r\n\r\nbody", ["stray\r\n\r\nbody"]],
    ["nothing of it", "stray\r\n\r\nbody", []],
  ])("gives a message with %s as it is to readers that change them", (_name, text, expected) => {
    expect(readings(text)).toEqual(expected);
  });

  test("leaves no bare CR and no NUL in any of them, and none grows", () => {
    const pieces = fc.constantFrom("\r", "\n", "\0", "a", "A: b");
    fc.assert(
      fc.property(fc.array(pieces), (parts) => {
        const text = `stray\n${parts.join("")}`;
        for (const reading of readings(text)) {
          expect(reading.length).toBeLessThanOrEqual(text.length);
          expect(/\r(?!\r*\n)/.test(reading) && reading.includes("\0")).toBe(false);
        }
      }),
    );
  });
});

function readings(text: string): string[] {
  const bytes = Buffer.from(text, "latin1");
  const tree = walkMessage(bytes, new WalkAllowance(100));
  return wholeReadings(bytes, tree).map((reading) => reading.toString("latin1"));
}
