import { describe, expect, test } from "vitest";
import type { DemoMessage, DemoReport } from "../../../src/app/demo/demo.ts";
import { demoReportText } from "../../../src/cli/demo-report.ts";

const MESSAGE: DemoMessage = {
  protocol: "pop3",
  subject: "Your invoice",
  sentBytes: 1234,
  sentSha256: "aa".repeat(32),
  arrivedBytes: 1300,
  arrivedSha256: "bb".repeat(32),
  outcome: "replaced",
  verdict: "infected",
  detections: [{ name: "Eicar-Test-Signature", path: "invoice.zip > eicar.com" }],
  isAsExpected: true,
};

function report(message: Partial<DemoMessage>, change: Partial<DemoReport> = {}): DemoReport {
  const messages = [{ ...MESSAGE, ...message }];
  return {
    downloads: [{ protocol: "pop3", address: "127.0.0.1:4000", user: "demo/127.0.0.1:5000;plain", messages }],
    notice: "mailward has removed a part.\n\n-- mailward",
    isAsExpected: true,
    durationMs: 640,
    ...change,
  };
}

describe("demoReportText()", () => {
  test("shows what was sent, what arrived, and why", () => {
    const text = demoReportText(report({}), false);
    expect(text).toContain("POP3 from 127.0.0.1:4000, user name demo/127.0.0.1:5000;plain\n");
    expect(text).toMatch(/Your invoice +sent +1\.2 kB +sha256 aaaaaaaaaaaa\n/);
    expect(text).toMatch(/arrived +1\.3 kB +sha256 bbbbbbbbbbbb +the attachment replaced by a notice\n/);
    expect(text).toContain("infected: Eicar-Test-Signature in invoice.zip > eicar.com\n");
    expect(text).toContain("  | mailward has removed a part.\n  |\n  | -- mailward\n");
    expect(text.trimEnd().split("\n").at(-1)).toBe(
      "1 message in 0.6 s: 0 identical, 1 stopped. Everything happened as it should.",
    );
  });

  test("says what did not happen as it should", () => {
    const wrong = report({ outcome: "altered", verdict: "clean", detections: [], isAsExpected: false });
    const text = demoReportText({ ...wrong, isAsExpected: false }, false);
    expect(text).toContain("ALTERED");
    expect(text).toContain("This is not as it should be.");
    expect(text).toContain("1 not as expected");
  });

  test("has colours only when asked, and never a control character of its texts", () => {
    const hostile = report({}, { notice: "\u001b[2Jcleared\r\n" });
    expect(demoReportText(hostile, false).replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
    expect(demoReportText(report({}), true)).toContain("\u001b[32m");
  });
});
