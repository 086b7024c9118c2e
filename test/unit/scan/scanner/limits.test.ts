import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { ReasonCode, Verdict } from "../../../../src/core/model.ts";
import { mimeLimits, scanLimits } from "../../../../src/core/scan-limits.ts";
import { createSignatureEngine } from "../../../../src/scan/engines/signatures/signature-engine.ts";
import type { ScanOptions } from "../../../../src/scan/judge.ts";
import { createScanner } from "../../../../src/scan/scanner.ts";
import { buildZip } from "../../../support/build-zip.ts";
import { eicar } from "../../../support/eicar.ts";
import { attachmentMail, eicarMail, type SampleAttachment, textMail } from "../../../support/sample-mail.ts";
import { testScanner } from "../../../support/scan-message.ts";

const BOMB = { name: "bomb.gz", content: gzipSync(Buffer.alloc(2 * 1024 * 1024, "ab")) };
const PAYLOAD = { name: "a.com", content: eicar() };

describe("scan()", () => {
  test("looks at messages up to messageBytes in full", () => {
    const message = textMail("x".repeat(1_000));
    expect(codes(message, { messageBytes: message.length })).toEqual([]);
    expect(codes(message, { messageBytes: message.length - 1 })).toEqual(["limit-message"]);
  });

  test("opens containers up to depth inside each other", () => {
    const message = zipped(3);
    expect(judge(message, { depth: 3 }).kind).toBe("infected");
    expect(codes(message, { depth: 2 })).toEqual(["limit-depth"]);
  });

  test("looks at as many entries as allowed", () => {
    const entries = (count: number): Buffer =>
      attachmentMail([
        {
          name: "a.zip",
          content: buildZip(
            Array.from({ length: count }, (_, index) => ({ name: `${index}`, content: Buffer.from("x") })),
          ),
        },
      ]);
    expect(codes(entries(20), { entries: 20 })).toEqual([]);
    expect(codes(entries(21), { entries: 20 })).toEqual(["limit-entries"]);
  });

  test("takes as many parts apart as allowed", () => {
    const message = attachmentMail([PAYLOAD, PAYLOAD]);
    expect(codes(message, { parts: 4 })).toEqual([]);
    expect(codes(message, { parts: 3 })).toEqual(["limit-parts"]);
    expect(judge(message, { parts: 3 }).kind).toBe("infected");
  });

  test("decompresses as many octets for one attachment and for a message as allowed", () => {
    const packed = (bytes: number): SampleAttachment => ({
      name: "a.gz",
      content: gzipSync(Buffer.alloc(bytes, "abcd")),
    });
    expect(codes(attachmentMail([packed(10_000)]), { archiveBytes: 10_000 })).toEqual([]);
    expect(codes(attachmentMail([packed(10_001)]), { archiveBytes: 10_000 })).toEqual(["limit-bytes"]);
    const three = attachmentMail([packed(10_000), packed(10_000), packed(10_000)]);
    expect(codes(three, { archiveBytes: 10_000, messageArchiveBytes: 30_000 })).toEqual([]);
    expect(codes(three, { archiveBytes: 10_000, messageArchiveBytes: 29_999 })).toEqual(["limit-bytes"]);
  });

  test("raises an alarm above the ratio, but not for small content", () => {
    const zeros = (bytes: number): Buffer => attachmentMail([{ name: "a.gz", content: gzipSync(Buffer.alloc(bytes)) }]);
    expect(codes(zeros(3_000_000), { ratio: 2_000 })).toEqual([]);
    expect(codes(zeros(3_000_000), { ratio: 500 })).toEqual(["limit-ratio"]);
    expect(codes(zeros(scanLimits.ratioFloorBytes), { ratio: 10 })).toEqual([]);
  });

  test("looks at what was decompressed before a limit", () => {
    const content = gzipSync(Buffer.concat([eicar(), Buffer.alloc(100_000, "filler ")]));
    const { kind, reasons } = judge(attachmentMail([{ name: "a.gz", content }]), { archiveBytes: 1_000 });
    expect([kind, reasons.map(({ code }) => code)]).toEqual(["infected", ["limit-bytes"]]);
  });

  test("goes on with the other parts after a bomb", () => {
    const { kind, detections, reasons } = judge(attachmentMail([BOMB, BOMB, BOMB, BOMB, PAYLOAD]), {
      archiveBytes: 1_000_000,
      messageArchiveBytes: 2_500_000,
    });
    expect([kind, detections.map(({ part }) => part)]).toEqual(["infected", ["6"]]);
    expect(new Set(reasons.map(({ part }) => part))).toEqual(new Set(["2", "3", "4", "5"]));
  });

  test("bounds the readings of a message and says so", () => {
    const message = (count: number, present: number): Buffer => {
      const parameters = Array.from({ length: count }, (_, index) => `; boundary=b${index}=`).join("");
      const parts = Array.from({ length: present }, (_, index) => `--b${index}=\r\n\r\nx${index}\r\n`).join("");
      return Buffer.from(`Content-Type: multipart/mixed${parameters}\r\n\r\n${parts}`);
    };
    expect(codes(message(30, mimeLimits.readings))).toEqual([]);
    expect(codes(message(30, mimeLimits.readings + 1))).toEqual(["limit-views"]);
    expect(codes(message(mimeLimits.boundaries + 1, 1))).toEqual(["limit-views"]);
  });

  test("stops at the time allowed and says so", () => {
    let timeMs = 0;
    const scanner = createScanner({
      engines: [createSignatureEngine()],
      options: { ...scanLimits, timeMs: 3 },
      clock: { now: () => 0, monotonic: () => timeMs++ },
    });
    const { kind, reasons } = scanner.scan(eicarMail()).verdict;
    expect([kind, reasons[0]?.code]).toEqual(["incomplete", "limit-time"]);
  });

  const names = ["messageBytes", "archiveBytes", "messageArchiveBytes", "depth", "entries", "parts", "ratio"] as const;
  const cases = names.flatMap((name) => [[name, 0] as const, [name, Number.NaN] as const]);

  test.each([...cases, ["timeMs", Number.NaN] as const])("never calls content clean when %s is %d", (name, value) => {
    const message = attachmentMail([{ name: "a.gz", content: gzipSync(Buffer.alloc(3_000_000, "abcdefgh")) }]);
    expect(judge(message, { [name]: value }).kind).toBe("incomplete");
  });
});

function judge(message: Buffer, options: Partial<ScanOptions> = {}): Verdict {
  return testScanner(options).scan(message).verdict;
}

function codes(message: Buffer, options: Partial<ScanOptions> = {}): ReasonCode[] {
  return judge(message, options).reasons.map(({ code }) => code);
}

function zipped(depth: number): Buffer {
  let content: Buffer = Buffer.concat([eicar(), Buffer.alloc(300, "filler ")]);
  for (let level = 0; level < depth; level += 1) content = buildZip([{ name: `${level}`, content }]);
  return attachmentMail([{ name: "a.zip", content }]);
}
