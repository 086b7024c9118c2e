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
    ["CRs before LF", "A: b\r\r\n\r\r\nb\rody", ["A: b\n\nb\nody", "A: b\n\nbody"]],
    ["NULs", "A : \0b\r\n\r\nbo\0dy", ["A : b\r\n\r\nbody"]],
    ["nothing of it", "A : b\r\n\r\nbody", []],
    ["no header", "stray\r\0", []],
  ])("gives a message with %s as it is to readers that change them", (_name, text, expected) => {
    expect(readings(text)).toEqual(expected);
  });

  test("leaves no bare CR and no NUL in any of them, and none grows", () => {
    const pieces = fc.constantFrom("\r", "\n", "\0", "a", "A: b");
    fc.assert(
      fc.property(fc.array(pieces), (parts) => {
        const text = `A: b\nstray\n${parts.join("")}`;
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
