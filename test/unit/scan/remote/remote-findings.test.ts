import { describe, expect, test } from "vitest";
import { remoteLimits } from "../../../../src/core/scan-limits.ts";
import { WHOLE_MESSAGE } from "../../../../src/scan/remote/remote-engine.ts";
import { RemoteFindings } from "../../../../src/scan/remote/remote-findings.ts";

const PART = [{ part: "2", path: ["a.zip"] }];

describe("RemoteFindings", () => {
  test("reports what is in a part, and not once more of the message as a whole", () => {
    const findings = new RemoteFindings("clamd");
    findings.detection(WHOLE_MESSAGE, "One", "malware");
    findings.detection(WHOLE_MESSAGE, "Two", "malware");
    findings.detection(PART, "One", "malware");
    expect(findings.detections).toEqual([
      { name: "Two", kind: "malware", engine: "clamd", part: "", path: [] },
      { name: "One", kind: "malware", engine: "clamd", part: "2", path: ["a.zip"] },
    ]);
    expect(findings.reasons).toEqual([]);
  });

  test("makes hostile names safe and short", () => {
    const findings = new RemoteFindings("icap");
    findings.detection(WHOLE_MESSAGE, `\u001b[2J\u202e${"x".repeat(1_000)}`, "malware");
    findings.detection(WHOLE_MESSAGE, " \r\n", "malware");
    const names = findings.detections.map(({ name }) => name);
    expect(names[0]).toMatch(/^\\x1b\[2J\\u\{202e\}x+…$/);
    expect(names[0]?.length).toBeLessThanOrEqual(remoteLimits.nameCharacters);
    expect(names[1]).toBe("unnamed");
  });

  test("names the engine in every reason and says nothing twice", () => {
    const findings = new RemoteFindings("rspamd");
    findings.incomplete(PART, "too large");
    findings.incomplete(PART, "too large");
    findings.detection(PART, "One", "malware");
    findings.detection(PART, "One", "malware");
    expect(findings.reasons).toEqual([{ code: "engine", part: "2", detail: "rspamd: too large" }]);
    expect(findings.detections).toHaveLength(1);
  });

  test("cuts a list without end and says so", () => {
    const findings = new RemoteFindings("clamd");
    for (let index = 0; index < 10 * remoteLimits.detections; index += 1) {
      findings.detection(WHOLE_MESSAGE, `Name.${index}`, "malware");
    }
    expect(findings.detections).toHaveLength(remoteLimits.detections);
    expect(findings.reasons).toEqual([
      { code: "limit-detections", part: "", detail: "clamd: there are more findings than are listed" },
    ]);
  });
});
