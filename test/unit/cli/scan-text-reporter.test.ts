import { describe, expect, test } from "vitest";
import { createTextReporter } from "../../../src/cli/scan-text-reporter.ts";
import { ScanWriter } from "../../../src/cli/scan-writer.ts";
import { CLEAN, type Remark, type Verdict, verdictOf } from "../../../src/core/model.ts";
import type { MailboxFormat, MailboxMessage } from "../../../src/mailbox/mailbox-message.ts";
import { type AmbiguityCode, ambiguityText } from "../../../src/mime/ambiguity.ts";

const INFECTED = verdictOf([{ name: "Test", kind: "malware", engine: "signatures", part: "", path: [] }], []);

describe("createTextReporter()", () => {
  test("tells what a message is ambiguous about on a line of its own", () => {
    expect(report("eml", [[INFECTED, ["boundary", "late-part", "boundary"]]])).toEqual([
      "mail: Test FOUND",
      "    ambiguous: boundary, late-part",
    ]);
  });

  test("names a clean message that is ambiguous, once", () => {
    expect(report("eml", [[CLEAN, ["type"]]])).toEqual(["mail: OK", "    ambiguous: type"]);
    expect(
      report("mbox", [
        [CLEAN, ["type"]],
        [CLEAN, []],
      ]),
    ).toEqual(["mail:1: OK", "    ambiguous: type", "mail: OK"]);
  });

  test("leaves it out with what it belongs to", () => {
    expect(report("eml", [[CLEAN, ["type"]]], { isInfectedOnly: true })).toEqual([]);
    expect(report("eml", [[INFECTED, ["type"]]], { isQuiet: true })).toEqual([]);
  });

  test("tells of nothing else that was remarked", () => {
    const remark: Remark = { kind: "opened", part: "1", detail: "boundary: no such thing" };
    expect(report("eml", [[CLEAN, [], [remark]]])).toEqual(["mail: OK"]);
  });
});

function report(
  format: MailboxFormat,
  messages: readonly [Verdict, readonly AmbiguityCode[], (readonly Remark[])?][],
  options: { isInfectedOnly?: boolean; isQuiet?: boolean } = {},
): string[] {
  const lines: string[] = [];
  const output = {
    write: (text: string) => void lines.push(...text.trimEnd().split("\n")),
    flush: async () => {},
    closed: new AbortController().signal,
  };
  const all = { isInfectedOnly: false, isQuiet: false, hasSummary: false, isInterrupted: () => false, ...options };
  const reporter = createTextReporter(new ScanWriter(output as never, output as never), all, () => {
    throw new Error("there is no summary");
  });
  reporter.beginFile("mail");
  for (const [index, [verdict, codes, others = []]] of messages.entries()) {
    const ambiguities = codes.map(
      (code) => ({ kind: "ambiguity", part: "", detail: `x: ${ambiguityText(code)}` }) as const,
    );
    const message = { path: "mail", format, index: index + 1 } as MailboxMessage;
    reporter.message(message, {
      verdict,
      remarks: [...ambiguities, ...others],
      display: { subject: "", from: "", date: "", messageId: "" },
      headerBytes: 0,
      durationMs: 0,
    });
  }
  reporter.endFile("mail");
  return lines;
}
