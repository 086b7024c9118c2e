import { describe, expect, test } from "vitest";
import { applyEdits } from "../../../../src/mime/apply-edits.ts";
import { rewriteMessage } from "../../../../src/scan/rewriter.ts";
import { eicar } from "../../../support/eicar.ts";
import { combinedEvasions, readingEvasions } from "../../../support/evasion-mime.ts";
import { testScanner } from "../../../support/scan-message.ts";

const CONTEXT = { protocol: "imap", upstream: "imap.example.org", account: "ben", date: "2026-01-01T10:00:00Z" };

describe("rewriteMessage()", () => {
  test("leaves nothing of what is hidden in a message that programs read differently", async () => {
    const scanner = testScanner();
    const left: string[] = [];
    const evasions = [...readingEvasions, ...combinedEvasions(100).slice(-100)];
    for (const { name, build } of evasions.filter((_, index) => index % 3 === 0)) {
      const message = build(eicar());
      const { edits } = await rewriteMessage(scanner, message, { context: CONTEXT });
      const after = scanner.scan(applyEdits(message, edits));
      if (edits.length === 0 || after.verdict.detections.length > 0) left.push(name);
    }
    expect(left).toEqual([]);
  }, 120_000);
});
