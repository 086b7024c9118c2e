import { describe, expect, test } from "vitest";
import { mimeLimits } from "../../../src/core/scan-limits.ts";
import { displayOf } from "../../../src/mime/display.ts";

describe("displayOf()", () => {
  test("takes plain values as they are, unfolded", async () => {
    const message =
      'From: "Ann" <ann@example.org>\r\nSubject: a\r\n  long subject\r\nDate: Thu, 1 Jan 2026\r\nMESSAGE-ID: <1@example.org>\r\n\r\n';
    expect(await display(message)).toEqual({
      from: '"Ann" <ann@example.org>',
      subject: "a  long subject",
      date: "Thu, 1 Jan 2026",
      messageId: "<1@example.org>",
    });
  });

  test("takes the first of each field, and nothing of the body", async () => {
    expect(await display("Subject: a\nSubject: b\n\nFrom: c\n", 23)).toMatchObject({ subject: "a", from: "" });
  });

  test("decodes encoded words", async () => {
    const message =
      "Subject: =?utf-8?B?w6RwZmVs?= =?utf-8?Q?_und?=\r\nFrom: =?iso-8859-1?Q?J=F6rg?= <j@example.org>\r\nMessage-ID: <2@example.org>\r\nDate: x\r\n\r\n";
    expect(await display(message)).toEqual({
      subject: "äpfel und",
      from: expect.stringMatching(/Jörg.*<j@example\.org>/),
      date: "x",
      messageId: "<2@example.org>",
    });
  });

  test("reads UTF-8 and, where it is none, still gives text", async () => {
    expect(await display("Subject: äpfel\r\n\r\n", undefined, "utf8")).toMatchObject({ subject: "äpfel" });
    expect((await display("Subject: \xe4pfel\r\n\r\n")).subject).toContain("pfel");
  });

  test("bounds what it decodes and what it gives", async () => {
    const long = await display(`Subject: ${"a".repeat(10_000_000)}\r\n\r\n`);
    expect(long.subject).toHaveLength(mimeLimits.displayCharacters);
    const words = await display(`Subject: ${"=?utf-8?B?w6Q=?= ".repeat(500_000)}\r\n\r\n`);
    expect(words.subject.length).toBeLessThanOrEqual(mimeLimits.displayCharacters);
  });

  test("leaves no half of a surrogate pair where it cuts", async () => {
    const subject = `x${"😀".repeat(mimeLimits.displayCharacters)}`;
    expect((await display(`Subject: ${subject}\r\n\r\n`, undefined, "utf8")).subject.isWellFormed()).toBe(true);
  });

  test("gives empty values for a message without a header", async () => {
    expect(await display("")).toEqual({ subject: "", from: "", date: "", messageId: "" });
  });
});

function display(
  text: string,
  headerBytes?: number,
  encoding: "latin1" | "utf8" = "latin1",
): ReturnType<typeof displayOf> {
  const message = Buffer.from(text, encoding);
  return displayOf(message, headerBytes ?? message.length);
}
