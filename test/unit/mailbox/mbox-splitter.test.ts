import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mailboxLimits } from "../../../src/core/limits.ts";
import { type MboxEnd, type MboxMark, MboxSplitter } from "../../../src/mailbox/mbox-splitter.ts";
import { cutAt } from "../../support/chunks.ts";

const DATED = "From sender@example.org Thu Jan  1 10:00:00 2026\n";

describe("MboxSplitter", () => {
  test("receive() marks a separator at the start, with nothing before it", () => {
    expect(split(`${DATED}a: b\n`).marks).toEqual([{ kind: "separator", start: 0, end: DATED.length, blankBytes: 0 }]);
  });

  test.each([
    ["text\n", 0],
    ["text\n\n", 1],
    ["text\r\n", 0],
    ["text\r\n\r\n", 2],
    ["text\n\r\n", 2],
    ["text\r\n\n", 1],
    ["text\r\n\r\r\n", 0],
    ["\n", 1],
    ["\r\n", 2],
  ])("receive() says how long the empty line is between %j and a separator", (text, blankBytes) => {
    expect(split(`${DATED}${text}${DATED}`).marks[1]).toMatchObject({ kind: "separator", blankBytes });
  });

  test("receive() marks a separator without an empty line before it", () => {
    const marks = split(`${DATED}a: b\n\ncut off\n${DATED}c: d\n`).marks;
    expect(marks.map(({ kind, blankBytes }) => [kind, blankBytes])).toEqual([
      ["separator", 0],
      ["separator", 0],
    ]);
  });

  test("receive() marks a line that only begins like one as doubtful", () => {
    const text = `${DATED}a: b\n\nFrom here on\nnothing\n`;
    expect(split(text).marks[1]).toEqual({
      kind: "doubtful",
      start: text.indexOf("From here"),
      end: text.indexOf("nothing"),
      blankBytes: 1,
    });
  });

  test("receive() finds separators that follow each other at once", () => {
    expect(split(DATED.repeat(3)).marks.map(({ start }) => start)).toEqual([0, DATED.length, 2 * DATED.length]);
  });

  test("receive() passes over From in the middle of a line, quoted From and the header field", () => {
    expect(split(`x ${DATED}>${DATED}>>${DATED}From: a\nFrom : a\n From a\n\rFrom a\n`).marks).toEqual([]);
  });

  test("receive() does not see a separator after a bare carriage return", () => {
    expect(split(`a\r${DATED}`).marks).toEqual([]);
  });

  test("finish() marks a last line without a line end", () => {
    const { marks, blankBytes } = split(`${DATED}a\n\n${DATED.trimEnd()}`);
    expect(marks[1]).toEqual({ kind: "separator", start: 52, end: 52 + DATED.length - 1, blankBytes: 1 });
    expect(blankBytes).toBe(0);
  });

  test.each([
    ["", 0],
    ["\n", 1],
    ["\r\n", 2],
    ["a", 0],
    ["a\n", 0],
    ["a\n\n", 1],
    ["a\r\n\r\n", 2],
    ["a\n\r\n", 2],
    ["a\n\nFrom", 0],
    ["a\n\nF", 0],
  ])("finish() tells the empty line at the end of %j", (text, blankBytes) => {
    expect(split(text).blankBytes).toBe(blankBytes);
  });

  test("a line as long as the cap is a separator, a longer one is doubtful text", () => {
    const line = (length: number) => `From ${"a".repeat(length - DATED.length)}${DATED.slice("From ".length)}`;
    const { fromLineBytes } = mailboxLimits;
    expect(line(fromLineBytes)).toHaveLength(fromLineBytes);
    expect(split(line(fromLineBytes)).marks).toMatchObject([{ kind: "separator", end: fromLineBytes }]);
    expect(split(line(fromLineBytes + 1)).marks).toEqual([{ kind: "doubtful", start: 0, end: 0, blankBytes: 0 }]);
  });

  test("receive() is quick on text that looks like From_ lines all the way", () => {
    const splitter = new MboxSplitter();
    const chunk = Buffer.from("\nFrom \nFro\nFrom: \nFromage\n".repeat(20_000));
    const started = performance.now();
    splitter.receive(chunk);
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  test("gives the same marks however the octets are cut", () => {
    fc.assert(
      fc.property(mboxText(), fc.array(fc.nat(), { maxLength: 20 }), (text, cuts) => {
        const whole = split(text);
        expect(split(text, (bytes) => cutAt(bytes, cuts))).toEqual(whole);
        expect(split(text, (bytes) => Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)))).toEqual(whole);
      }),
    );
  });

  test("gives the same marks for a line at the cap however it is cut", () => {
    const long = `a\n\nFrom ${"x".repeat(mailboxLimits.fromLineBytes - 5)}`;
    for (const text of [long, `${long}\n${DATED}`, `${long}From \n`]) {
      const whole = split(text);
      for (const size of [1, 2, 3, 7, 1_023, 1_024, 1_025]) {
        expect(split(text, (bytes) => cutAt(bytes, [size, size * 2]))).toEqual(whole);
        expect(split(text, (bytes) => everyBytes(bytes, size))).toEqual(whole);
      }
    }
  });
});

function split(text: string, cut: (bytes: Buffer) => Buffer[] = (bytes) => [bytes]): MboxEnd {
  const splitter = new MboxSplitter();
  const marks: MboxMark[] = [];
  for (const chunk of cut(Buffer.from(text, "latin1"))) {
    marks.push(...splitter.receive(chunk));
    // What a reader keeps must not change when its buffer does.
    chunk.fill(0x21);
  }
  const end = splitter.finish();
  return { marks: [...marks, ...end.marks], blankBytes: end.blankBytes };
}

function everyBytes(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size));
}

function mboxText(): fc.Arbitrary<string> {
  const piece = fc.constantFrom(
    DATED,
    DATED.trimEnd(),
    "From ",
    "From x",
    "Fro",
    "F",
    "\n",
    "\r\n",
    "\r",
    ">",
    ":",
    "text",
  );
  return fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(""));
}
