import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type OverlayOptions, overlayNotice } from "../../../src/mime/notice-overlay.ts";
import { decodePart } from "../../../src/mime/sections/decode-part.ts";

const NOTICE = {
  lines: [
    "mailward has removed a part of this message.",
    "",
    "Found:  Ünsafe.Thing (malware)",
    "--boundary",
    "From: x",
  ],
  short: ["mailward has removed a part of this message.", "removed"],
};
const OPTIONS: OverlayOptions = { encoding: "identity", charset: "us-ascii", isPlainText: true };
const LINE = `${"x".repeat(70)}\r\n`;

describe("overlayNotice()", () => {
  test("keeps the octets and the line ends of any body, in any encoding", () => {
    const octets = fc.oneof(
      fc.uint8Array({ maxLength: 600 }),
      fc
        .array(fc.constantFrom("\r", "\n", "\r\n", "a", "=", LINE), { maxLength: 60 })
        .map((all) => Buffer.from(all.join(""))),
    );
    const options = fc.record({
      encoding: fc.constantFrom("identity" as const, "base64" as const, "quoted-printable" as const),
      charset: fc.constantFrom("utf-8" as const, "us-ascii" as const),
      isPlainText: fc.boolean(),
    });
    fc.assert(
      fc.property(octets, options, (bytes, chosen) => {
        const body = Buffer.from(bytes);
        const result = overlayNotice(body, NOTICE, chosen);
        expect(result.length).toBe(body.length);
        const ends = (text: Buffer) => [...text.toString("latin1").matchAll(/\r?\n/g)].map(({ index }) => index);
        expect(ends(result)).toEqual(ends(body));
        expect(result.toString("latin1")).not.toMatch(/^(?:-|\.|From )|\r(?!\n)|[\0]/m);
        if (chosen.charset === "us-ascii" || chosen.encoding !== "identity") {
          expect(result.toString("latin1")).toMatch(/^[\r\n -~]*$/);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ["base64", LINE.repeat(20)],
    ["base64", "x".repeat(1_000)],
    ["quoted-printable", LINE.repeat(20)],
  ] as const)("says everything in %s where there is room", (encoding, body) => {
    const result = overlayNotice(Buffer.from(body), NOTICE, { ...OPTIONS, encoding, charset: "utf-8" });
    const text = decodePart(result, encoding).toString().replace(/ +$/gm, "").trim();
    const lines = [...NOTICE.lines];
    if (encoding === "quoted-printable") lines[3] = `>${lines[3]}`;
    expect(
      text
        .split(/\r?\n| +\r\n/)
        .map((line) => line.trimEnd())
        .slice(0, 5),
    ).toEqual(encoding === "base64" ? NOTICE.lines : lines);
  });

  test("wraps between words, and leaves lines out that are too narrow", () => {
    const body = Buffer.from("xxxxxxxxxxxxxxxxxxxx\r\n\r\nxx\r\nxxxxxxxxxxxxxxxxxxxx\r\nxxxxxxxxxxxxxxxxxxxx\r\n");
    const notice = { lines: ["mailward has removed", "a part - of it"], short: [] };
    const lines = overlayNotice(body, notice, OPTIONS).toString().split("\r\n");
    expect(lines.map((line) => line.trimEnd())).toEqual(["mailward has removed", "", "", "a part - of it", "", ""]);
    expect(lines.map((line) => line.length)).toEqual([20, 0, 2, 20, 20, 0]);
  });

  test("says it in one line where lines are few, then in short, then nothing", () => {
    const said = (width: number, options = OPTIONS): string =>
      overlayNotice(Buffer.from("x".repeat(width)), NOTICE, options)
        .toString()
        .trimEnd();
    expect(said(200)).toBe(
      "mailward has removed a part of this message. / Found: Unsafe.Thing (malware) / --boundary / From: x",
    );
    expect(said(90)).toBe("mailward has removed a part of this message.");
    expect(said(10)).toBe("removed");
    expect(said(5)).toBe("");
    expect(said(0)).toBe("");
    expect(said(200, { ...OPTIONS, isPlainText: false })).toBe("mailward has removed a part of this message.");
  });

  test("looks for room in the first lines only", () => {
    for (const encoding of ["identity", "base64"] as const) {
      const said = (lines: number): string =>
        overlayNotice(Buffer.from("\n".repeat(lines) + LINE), NOTICE, { ...OPTIONS, encoding })
          .toString()
          .trim();
      expect(said(9_000)).not.toBe("");
      expect(said(11_000)).toBe("");
    }
  });
});
