import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { mailboxLimits } from "../../../src/core/limits.ts";
import type { Stretch } from "../../../src/mailbox/mailbox-reader.ts";
import { StreamInput } from "../../../src/mailbox/stream-input.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const { heldBytesPerMessage } = mailboxLimits;

describe("StreamInput", () => {
  test("head() reads as much as asked for, and chunks() gives it again", async () => {
    const input = new StreamInput("stdin", stream(["ab", "cd", "ef"]), "/nowhere");
    expect(String(await input.head(3))).toBe("abcd");
    expect((await collect(input)).map(String)).toEqual(["ab", "cd", "ef"]);
  });

  test("head() is what there is when the stream is shorter", async () => {
    const input = new StreamInput("stdin", stream(["ab"]), "/nowhere");
    expect(String(await input.head(3))).toBe("ab");
  });

  test("stretch() gives octets across chunks, and those after what was forgotten", async () => {
    const input = new StreamInput("stdin", stream(["abc", "def", "ghi"]), "/nowhere");
    const seen: string[] = [];
    for await (const chunk of input.chunks()) {
      if (String(chunk) === "def") {
        seen.push(await text(input.stretch(1, 5)));
        input.forget(4);
      }
    }
    seen.push(await text(input.stretch(4, 9)), await text(input.stretch(9, 9)));
    expect(seen).toEqual(["bcde", "efghi", ""]);
  });

  test("forget() goes back behind the last chunk", async () => {
    const input = new StreamInput("stdin", stream(["abc", "def", "ghi"]), "/nowhere");
    await collect(input);
    input.forget(2);
    expect(await text(input.stretch(2, 7))).toBe("cdefg");
  });

  test("keeps what is at the cap in memory and puts more into a file without a name", async () => {
    const [fits, tooMuch] = [temporaryDirectory(), temporaryDirectory()];
    await collect(new StreamInput("stdin", stream(["x".repeat(heldBytesPerMessage)]), "/nowhere"));
    await expect(
      collect(new StreamInput("stdin", stream(["x".repeat(heldBytesPerMessage), "y"]), "/nowhere")),
    ).rejects.toThrow();
    const input = new StreamInput("stdin", stream(["x".repeat(heldBytesPerMessage), "yz"]), tooMuch);
    await collect(input);
    expect(await text(input.stretch(heldBytesPerMessage - 1, heldBytesPerMessage + 2))).toBe("xyz");
    expect([readdirSync(fits), readdirSync(tooMuch)]).toEqual([[], []]);
  });

  test("has stretches of several long messages that stay readable to their release", async () => {
    const directory = temporaryDirectory();
    const long = "x".repeat(heldBytesPerMessage);
    const input = new StreamInput("stdin", stream([`1${long}`, `1${long}2`, `${long}2`, "end"]), directory);
    const stretches: Stretch[] = [];
    let position = 0;
    for await (const chunk of input.chunks()) {
      position += chunk.length;
      if (position === 2 * long.length + 3) {
        stretches.push(input.stretch(0, 2 * long.length + 2));
        input.forget(2 * long.length + 2);
      }
    }
    stretches.push(input.stretch(2 * long.length + 2, position));
    input.close();
    const read = await Promise.all(stretches.map(text));
    expect(read).toEqual([`1${long}1${long}`, `2${long}2end`]);
    for (const stretch of stretches) stretch.release();
    await expect(text(stretches[0])).rejects.toThrow("the file has been closed");
  });

  test("has a problem, and no more chunks, when the stream breaks", async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("ab");
      throw new Error("broken");
    }
    const input = new StreamInput("stdin", broken(), "/nowhere");
    expect((await collect(input)).map(String)).toEqual(["ab"]);
    expect(input.problem).toBe("broken");
  });
});

async function* stream(chunks: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

async function collect(input: StreamInput): Promise<Buffer[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of input.chunks()) chunks.push(chunk);
  return chunks;
}

async function text(stretch: Stretch | undefined): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stretch?.source.chunks() ?? []) chunks.push(Buffer.from(chunk));
  return String(Buffer.concat(chunks));
}
