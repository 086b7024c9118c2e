import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mailboxLimits } from "../../../src/core/limits.ts";
import { bufferSource } from "../../../src/mailbox/buffer-source.ts";
import type { MailboxMessage } from "../../../src/mailbox/mailbox-message.ts";
import type { MailboxInput } from "../../../src/mailbox/mailbox-reader.ts";
import { mboxReader } from "../../../src/mailbox/mbox-reader.ts";
import type { MessageSource } from "../../../src/scan/judge.ts";
import { cutAt } from "../../support/chunks.ts";

const FROM = "From sender@example.org Thu Jan  1 10:00:00 2026";

describe("mboxReader.messages()", () => {
  test("gives back the messages that an mbox was built from", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(message(), { maxLength: 6 }), lineEnd(), cuts(), async (messages, end, places) => {
        const bodies = messages.map((text) => text.replaceAll("\n", end));
        const mbox = Buffer.from(bodies.map((body) => `${FROM}${end}${body}${end}`).join(""), "latin1");
        const read = await readAll(cutAt(mbox, places));
        expect(read.map(({ text }) => text)).toEqual(bodies);
        for (const { text, offset, length, index } of read) {
          expect(mbox.toString("latin1", offset, offset + length)).toBe(text);
          expect(read[index - 1]?.offset).toBe(offset);
        }
      }),
    );
  });

  test("leaves no octet out but separators and the empty line before one", async () => {
    await fc.assert(
      fc.asyncProperty(anyText(), cuts(), async (text, places) => {
        const read = await readAll(cutAt(Buffer.from(text, "latin1"), places));
        let end = 0;
        for (const { offset, length } of [...read, { offset: text.length, length: 0 }]) {
          expect(text.slice(end, offset)).toMatch(end === 0 ? FIRST_GAP : GAP);
          end = offset + length;
        }
      }),
    );
  });

  test("gives the same messages and readings however the octets are cut", async () => {
    await fc.assert(
      fc.asyncProperty(anyText(), cuts(), async (text, places) => {
        const bytes = Buffer.from(text, "latin1");
        const whole = await readAll([bytes]);
        expect(await readAll(cutAt(bytes, places))).toEqual(whole);
        expect(await readAll(Array.from(bytes, (octet) => Buffer.from([octet])))).toEqual(whole);
      }),
    );
  });

  test("reads a last message without a final line end", async () => {
    expect(texts(await readAll([latin1(`${FROM}\na: b\n\nthe end`)]))).toEqual(["a: b\n\nthe end"]);
  });

  test("reads messages without an empty line between them", async () => {
    const read = await readAll([latin1(`${FROM}\na: b\n\ncut off\n${FROM}\nc: d\n\ntext\n`)]);
    expect(texts(read)).toEqual(["a: b\n\ncut off\n", "c: d\n\ntext\n"]);
  });

  test("reads messages of no octets", async () => {
    expect(texts(await readAll([latin1(`${FROM}\n\n${FROM}\n${FROM}\n\n`)]))).toEqual(["", "", ""]);
  });

  test("leaves a quoted From_ line as it stands", async () => {
    const body = `a: b\n\n>From x\n>>${FROM}\n`;
    expect(texts(await readAll([latin1(`${FROM}\n${body}\n`)]))).toEqual([body]);
  });

  test.each(["\n", "\r\n\n", ""])("has no message before the first separator when there is only %j", async (text) => {
    expect(texts(await readAll([latin1(`${text}${FROM}\na: b\n`)]))).toEqual(["a: b\n"]);
  });

  test("has a message before the first separator when there is text", async () => {
    const read = await readAll([latin1(`\n cut off at the start\n\n${FROM}\na: b\n`)]);
    expect(texts(read)).toEqual(["\n cut off at the start\n", "a: b\n"]);
  });

  test.each(["", "\n", "\r\n\r\n"])("has no message in %j", async (text) => {
    expect(await readAll([latin1(text)])).toEqual([]);
  });

  test("gives the pieces of a message with lines that some programs begin a message at", async () => {
    const text = "a: b\n\none\n\nFrom here on\nc: d\n\ntwo\nFrom there\nthree\n";
    const [read] = await readAll([latin1(`${FROM}\n${text}\n${FROM}\ne: f\n`)]);
    expect(read).toMatchObject({ text, readings: ["a: b\n\none\n", "c: d\n\ntwo\n", "three\n"], hasMore: false });
  });

  test("takes a first line without a date for a separator", async () => {
    const read = await readAll([latin1(`From sender@example.org\na: b\n\ntext\n\n${FROM}\nc: d\n`)]);
    expect(texts(read)).toEqual(["a: b\n\ntext\n", "c: d\n"]);
  });

  test("keeps a line that is too long for a separator in the message and in a piece", async () => {
    const long = `From ${"x".repeat(mailboxLimits.fromLineBytes)}\n`;
    const [read] = await readAll([latin1(`${FROM}\na: b\n\n${long}c: d\n`)]);
    expect(read).toMatchObject({ text: `a: b\n\n${long}c: d\n`, readings: ["a: b\n", `${long}c: d\n`] });
  });

  test("tells pieces apart up to the cap and says when there are more", async () => {
    const { doubtfulFromLines } = mailboxLimits;
    const mbox = (lines: number): Buffer[] => [latin1(`${FROM}\na: b\n\n${"From x\ny\n".repeat(lines)}`)];
    const [atCap] = await readAll(mbox(doubtfulFromLines));
    const [aboveCap] = await readAll(mbox(doubtfulFromLines + 1));
    expect(atCap?.readings).toHaveLength(doubtfulFromLines + 1);
    expect(atCap?.hasMore).toBe(false);
    expect(aboveCap?.readings).toHaveLength(doubtfulFromLines + 1);
    expect(aboveCap?.readings.at(-1)).toBe("y\nFrom x\ny\n");
    expect(aboveCap?.hasMore).toBe(true);
  });

  test("lets go of what it has handed out", async () => {
    const input = new TestInput([latin1(`${FROM}\na: b\n\n${FROM}\nc: d\n`)]);
    await readInput(input);
    expect(input.forgotten).toBe(2 * FROM.length + 8);
  });
});

describe("mboxReader.identifies()", () => {
  test.each([
    `${FROM}\na: b\n`,
    `${FROM}`,
    `${FROM}\r\nanything`,
    `\r\n\n${FROM}\n`,
    `\xef\xbb\xbf${FROM}\n`,
    "From sender@example.org\nReceived: by host\n",
    "From sender\r\n>From other@example.org\r\n",
  ])("takes %j for an mbox", (head) => {
    expect(mboxReader.identifies(latin1(head))).toBe(true);
  });

  test.each([
    "",
    "From: sender@example.org\n\ntext",
    "From : sender@example.org\nTo: reader@example.net\n",
    `Subject: x\n\n${FROM}\na: b\n`,
    "From here on nothing is sure.\nNothing at all.\n",
    ` ${FROM}\n`,
    "PK\x03\x04",
  ])("does not take %j for one", (head) => {
    expect(mboxReader.identifies(latin1(head))).toBe(false);
  });
});

interface Read {
  readonly text: string;
  readonly index: number;
  readonly offset: number;
  readonly length: number;
  readonly readings: readonly string[];
  readonly hasMore: boolean;
}

function readAll(chunks: readonly Buffer[]): Promise<Read[]> {
  return readInput(new TestInput(chunks));
}

async function readInput(input: TestInput): Promise<Read[]> {
  const found: MailboxMessage[] = [];
  for await (const messages of mboxReader.messages(input)) found.push(...messages);
  const read: Read[] = [];
  for (const { index, offset, length, source, readings, hasMoreReadings, release } of found) {
    const text = await textOf(source);
    read.push({
      text,
      index,
      offset,
      length,
      readings: await Promise.all(readings.map(textOf)),
      hasMore: hasMoreReadings,
    });
    release();
  }
  return read;
}

async function textOf(source: MessageSource): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source.chunks()) chunks.push(chunk);
  const octets = Buffer.concat(chunks);
  expect(octets.length).toBe(source.bytes);
  return octets.toString("latin1");
}

/** Octets in memory. What has been let go of, or has not been given yet, can not be had. */
class TestInput implements MailboxInput {
  readonly path = "test.mbox";
  readonly problem = undefined;
  readonly #chunks: readonly Buffer[];
  #given = 0;
  forgotten = 0;

  constructor(chunks: readonly Buffer[]) {
    this.#chunks = chunks;
  }

  async *chunks(): AsyncGenerator<Buffer> {
    for (const chunk of this.#chunks) {
      this.#given += chunk.length;
      const lent = Buffer.from(chunk);
      yield lent;
      lent.fill("!");
    }
  }

  stretch(start: number, end: number) {
    expect(start).toBeGreaterThanOrEqual(this.forgotten);
    expect(end).toBeLessThanOrEqual(this.#given);
    return { source: bufferSource([Buffer.concat(this.#chunks).subarray(start, end)]), release() {} };
  }

  forget(position: number): void {
    this.forgotten = position;
  }

  whole(): undefined {
    return undefined;
  }

  close(): void {}
}

function texts(read: readonly Read[]): string[] {
  return read.map(({ text }) => text);
}

function latin1(text: string): Buffer {
  return Buffer.from(text, "latin1");
}

/** A message as a program writes it into an mbox: From_ lines in it quoted, a line end at its end. */
function message(): fc.Arbitrary<string> {
  const line = fc.oneof(
    fc.constantFrom("", "a: b", ">From x", "From: x", "Frome", " From x", ".", "\0", "\xff", "x".repeat(200)),
    fc.string({ unit: "binary-ascii", maxLength: 20 }).map((text) => text.replace(/[\r\n]|^From /g, "-")),
  );
  return fc.array(line, { minLength: 1, maxLength: 8 }).map((lines) => `${lines.join("\n")}\n`);
}

function anyText(): fc.Arbitrary<string> {
  const piece = fc.constantFrom(`${FROM}\n`, FROM, "From ", "From x\n", "F", "\n", "\r\n", "\r", ">", ":", "text");
  return fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(""));
}

function lineEnd(): fc.Arbitrary<string> {
  return fc.constantFrom("\n", "\r\n");
}

function cuts(): fc.Arbitrary<number[]> {
  return fc.array(fc.nat(), { maxLength: 20 });
}

/** What may lie before the first message, and after one. */
const FIRST_GAP = /^[\r\n]*(?:From [^\n]*(?:\n|$))?$/;
const GAP = /^(?:\r?\n)?(?:From [^\n]*(?:\n|$))?$/;
