import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeBase64 } from "../../../src/mime/base64.ts";

describe("decodeBase64()", () => {
  test("restores any octets from lines of any length and either line end", () => {
    const octets = fc.uint8Array({ maxLength: 2_000 });
    fc.assert(
      fc.property(octets, fc.integer({ min: 1, max: 200 }), fc.constantFrom("\r\n", "\n"), (bytes, width, lineEnd) => {
        const text = lines(Buffer.from(bytes).toString("base64"), width, lineEnd);
        const { readings, isPlain } = decodeBase64(Buffer.from(text, "latin1"));
        expect(readings[0]?.equals(bytes)).toBe(true);
        expect(isPlain).toBe(true);
      }),
    );
  });

  test("restores content larger than the pieces it is decoded in", () => {
    const bytes = Buffer.alloc(300_000, "0123456789abcdef!");
    const text = Buffer.from(lines(bytes.toString("base64"), 76, "\r\n"), "latin1");
    expect(decodeBase64(text).readings[0]?.equals(bytes)).toBe(true);
  });

  test("reads long text as octet by octet, however it was changed", () => {
    const bytes = Buffer.from(Array.from({ length: 120_000 }, (_, index) => Math.imul(index, 0x9e3779b1) >>> 24));
    const change = fc.tuple(
      fc.nat(170_000),
      fc.nat(2),
      fc.constantFrom("", "-", "_", "=", "==", "A", "/", " ", "\n", "\r\n", "\0", "\xff"),
    );
    const widths = fc.constantFrom(16, 64, 75, 76, 1_000);
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 4 }),
        widths,
        fc.constantFrom("\r\n", "\n"),
        (changes, width, lineEnd) => {
          let text = lines(bytes.toString("base64"), width, lineEnd);
          for (const [place, removed, added] of changes)
            text = text.slice(0, place) + added + text.slice(place + removed);
          expect(decodeBase64(Buffer.from(text, "latin1")).readings[0]?.equals(octetByOctet(text))).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("reads the same wherever one foreign character stands", () => {
    const bytes = Buffer.alloc(3_000, "some content that is long enough, ");
    const text = lines(bytes.toString("base64"), 76, "\r\n");
    fc.assert(
      fc.property(fc.nat(text.length), fc.constantFrom(".", " ", "\0", "\xff", "-", "_", "!"), (place, foreign) => {
        const { readings, isPlain } = decodeBase64(
          Buffer.from(text.slice(0, place) + foreign + text.slice(place), "latin1"),
        );
        expect(readings[0]?.equals(bytes)).toBe(true);
        expect(isPlain).toBe(false);
      }),
    );
  });

  test("never takes a change of its digits for plain text that another decoder reads alike", () => {
    const text = lines(Buffer.alloc(500, "abc").toString("base64"), 76, "\r\n");
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.integer({ min: 0, max: 255 }), (place, code) => {
        const changed = text.slice(0, place) + String.fromCharCode(code) + text.slice(place + 1);
        const { readings } = decodeBase64(Buffer.from(changed, "latin1"));
        const expected = Buffer.from(
          changed
            .replace(/[^A-Za-z0-9+/=]/g, "")
            .split("=", 1)
            .join(""),
          "base64",
        );
        expect(readings[0]?.subarray(0, expected.length).equals(expected)).toBe(true);
      }),
    );
  });

  test.each([
    ["padding in the middle, a new stream after it", "QUE=QkI=", ["AABB", "AA\x10\x90", "AA"]],
    ["padding between quanta", "QUFB=QkJC", ["AAABBB", "AAA"]],
    ["two streams on lines", "QQ==\r\nQg==", ["AB", "A\x04 ", "A"]],
    ["digits after what is none", "QUFB!QUFB", ["AAAAAA", "AAA"]],
    ["too much padding", "QUE=====", ["AA"]],
    ["digits of the URL alphabet", "-_-_", ["", "\xfb\xff\xbf"]],
    ["lines that are no whole quanta", "QU\r\nFB", ["AAA", "A\x14"]],
    ["a broken-off quantum", "QUFBQ", ["AAA"]],
    ["nothing", "", [""]],
    ["padding alone", "====", [""]],
  ])("reads %s", (_name, text, expected) => {
    const { readings } = decodeBase64(Buffer.from(text, "latin1"));
    expect(readings.map((reading) => reading.toString("latin1"))).toEqual(expected);
  });

  test.each(["QUFB.", "QUFB QUFB", "-QUFB", "QQ==QUFB"])("does not call %j plain", (text) => {
    expect(decodeBase64(Buffer.from(text)).isPlain).toBe(false);
  });
});

describe("isAmbiguous", () => {
  test.each(["QUFB", "QUE=", "QUFB\r\n", " QUFB\r\n\tQUFB \r\n", "QU\r\nFB", "QUE=\r\n\r\n", "QUE==", ""])(
    "is not said of %j",
    (text) => {
      expect(decodeBase64(Buffer.from(text)).isAmbiguous).toBe(false);
    },
  );

  test.each(["QUFB.", "QU!FB", "QUE=QUFB", "QUFB\0", "QUFB\r\n--\r\n", "QUE", "QUFBQ"])("is said of %j", (text) => {
    expect(decodeBase64(Buffer.from(text)).isAmbiguous).toBe(true);
  });
});

/** The usual reading: what is no digit is skipped, and after padding another stream begins. */
function octetByOctet(text: string): Buffer {
  const streams = text.replace(/[^A-Za-z0-9+/=]/g, "").split(/=+/);
  return Buffer.concat(streams.map((digits) => Buffer.from(digits, "base64")));
}

function lines(text: string, width: number, lineEnd: string): string {
  return text.replace(new RegExp(`.{${width}}`, "g"), `$&${lineEnd}`);
}
