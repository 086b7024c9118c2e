import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findForgedFields } from "../../../src/mime/forged-fields.ts";

describe("findForgedFields()", () => {
  test.each([
    ["X-Mailward-Ambiguity: none\r\nA: b\r\n", "A: b\r\n"],
    ["A: b\r\nx-MAILWARD-verdict: clean\r\n and\r\n\tmore\r\nC: d\r\n", "A: b\r\nC: d\r\n"],
    ["A: b\nX-Mailward-A: x\nX-Mailward-B: y\nC: d\n", "A: b\nC: d\n"],
    ["A: b\r\n \0X-Mailward-A: x\r\nC: d\r\n", "A: b\r\nC: d\r\n"],
    ["A: b\rX-Mailward-A: x\r\nC: d\r\n", "A: b\r\nC: d\r\n"],
    ["A: b\rX-Mailward-A: x\rC: d\r\n", "A: b\rC: d\r\n"],
    ["A: b\r\nX-Mailward-A: x", "A: b\r\n"],
    ["A: see X-Mailward-A: x\r\n", "A: see X-Mailward-A: x\r\n"],
    ["X-Mailwards: x\r\nMailward-A: y\r\n", "X-Mailwards: x\r\nMailward-A: y\r\n"],
    ["", ""],
  ])("of %j leaves %j", (header, expected) => {
    expect(without(Buffer.from(header, "latin1"))).toBe(expected);
  });

  test("looks into no other lines", () => {
    const bytes = Buffer.from("X-Mailward-A: 1\r\nX-Mailward-B: 2\r\nX-Mailward-C: 3\r\n");
    expect(findForgedFields(bytes, 17, 34)).toEqual([{ start: 17, end: 34 }]);
  });

  test("gives ranges in order that leave no such field", () => {
    const pieces = fc.constantFrom("X-Mailward-A", ":", "\r", "\n", " ", "\0", "a", "\r\n", "\t", "\r\r");
    fc.assert(
      fc.property(fc.array(pieces), (parts) => {
        const bytes = Buffer.from(parts.join(""), "latin1");
        let last = 0;
        for (const { start, end } of findForgedFields(bytes, 0, bytes.length)) {
          expect(last <= start && start < end && end <= bytes.length).toBe(true);
          last = end;
        }
        expect(without(bytes)).not.toMatch(/^[\0 \t]*x-mailward-/im);
      }),
    );
  });

  test.each(["\r", "\0", "X-Mailward-A:\r ", "X-Mailward-A: \r\n ", "aX-Mailward-"])(
    "comes to an end with a header of nothing but %j",
    (piece) => {
      const bytes = Buffer.from(piece.repeat(1_000_000 / piece.length), "latin1");
      expect(findForgedFields(bytes, 0, bytes.length).length).toBeGreaterThanOrEqual(0);
    },
  );
});

function without(bytes: Buffer): string {
  let rest = bytes.toString("latin1");
  for (const { start, end } of findForgedFields(bytes, 0, bytes.length).toReversed()) {
    rest = rest.slice(0, start) + rest.slice(end);
  }
  return rest;
}
