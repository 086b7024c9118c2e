import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { scanLimits } from "../../../../src/core/scan-limits.ts";
import type { Engine } from "../../../../src/scan/engine.ts";
import { createScanner } from "../../../../src/scan/scanner.ts";
import { buildZip } from "../../../support/build-zip.ts";
import { eicar } from "../../../support/eicar.ts";
import {
  attachmentMail,
  eicarMail,
  eicarZipMail,
  nestedMail,
  sampleMails,
  textMail,
} from "../../../support/sample-mail.ts";
import { testScanner } from "../../../support/scan-message.ts";

describe("scan()", () => {
  test.each(sampleMails())("judges the sample mail $name", ({ message, isInfected }) => {
    const { verdict } = testScanner().scan(message);
    expect([verdict.kind, verdict.reasons]).toEqual([isInfected ? "infected" : "clean", []]);
  });

  test("names the part and the path of what it finds", () => {
    expect(testScanner().scan(eicarZipMail()).verdict.detections).toEqual([
      {
        name: "Eicar-Test-Signature",
        kind: "malware",
        engine: "signatures",
        part: "2",
        path: ["invoice.zip", "a.com"],
      },
    ]);
  });

  test("names what is in a message in a message by its own number", () => {
    const { verdict } = testScanner().scan(nestedMail(eicarMail(), 2));
    expect(verdict.detections.map(({ part, path }) => [part, path])).toEqual([["2.2.2", ["a.com"]]]);
  });

  test("follows messages and archives into each other", () => {
    const mail = attachmentMail([{ name: "a.com", content: gzipSync(eicar()) }]);
    const outer = attachmentMail([{ name: "b.zip", content: buildZip([{ name: "mail.eml", content: mail }]) }]);
    const [detection] = testScanner().scan(outer).verdict.detections;
    expect(detection?.path.slice(0, 3)).toEqual(["b.zip", "mail.eml", "a.com"]);
  });

  test.each([
    ["zip", buildZip([{ name: "a.com", content: eicar() }])],
    ["gzip", gzipSync(eicar())],
    ["UTF-16 text", Buffer.from(eicar().toString("latin1"), "utf16le")],
  ])("opens a %s that is no message at all", (_name, bytes) => {
    expect(testScanner().scan(bytes).verdict).toMatchObject({ kind: "infected", detections: [{ part: "1" }] });
  });

  test("is clean and complete for large mail whose header only lenient readers take for one", () => {
    const base64 = Buffer.alloc(3_000_000, "content ").toString("base64").replace(/.{76}/g, "$&\r\n");
    for (const line of ["X-A : b", " ", "X-A: b\r"]) {
      const fields = `Subject: a\r\n${line}\r\nContent-Transfer-Encoding: base64\r\n\r\n`;
      expect(testScanner().scan(Buffer.from(fields + base64)).verdict.reasons).toEqual([]);
    }
  });

  test("finds every infected part, and each once", () => {
    const attachment = { name: "a.com", content: eicar() };
    const { verdict } = testScanner().scan(attachmentMail([attachment, attachment, attachment]));
    expect(verdict.detections.map(({ part }) => part)).toEqual(["2", "3", "4"]);
  });

  test.each([
    ["multipart/encrypted; boundary=b", "encrypted"],
    ["application/pkcs7-mime; smime-type=enveloped-data", "encrypted"],
    ["message/partial; number=2; total=3", "partial"],
    ["message/partial; number=1; total=2", "partial"],
    ['message/external-body; access-type=URL; URL="http://192.0.2.1/"', "external-body"],
  ])("is incomplete for %s", (type, code) => {
    const { verdict } = testScanner().scan(Buffer.from(`Content-Type: ${type}\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n`));
    expect([verdict.kind, verdict.reasons[0]?.code]).toEqual(["incomplete", code]);
  });

  test.each([
    ["377abcaf271c0004", "7z archive"],
    ["526172211a070100", "RAR archive"],
    ["fd377a585a000004", "xz stream"],
    ["28b52ffd04000000", "Zstandard stream"],
    ["425a6839314159265359", "bzip2 stream"],
    ["4d5343460000000000", "Cabinet archive"],
  ])("is incomplete for content that begins with %s and goes on with nonsense", (magic, name) => {
    const content = Buffer.concat([Buffer.from(magic, "hex"), Buffer.alloc(200, 0xa5)]);
    const { verdict } = testScanner().scan(attachmentMail([{ name: "a", content }]));
    expect(verdict.reasons).toEqual([{ code: "damaged", part: "2", detail: `a: ${name}` }]);
  });

  test("is incomplete and names the engine when an engine throws, and asks the others", () => {
    const broken: Engine = {
      name: "broken",
      inspect() {
        throw new Error("out of order");
      },
    };
    const { verdict } = testScanner({}, [broken]).scan(eicarMail());
    expect(verdict.kind).toBe("infected");
    expect(verdict.reasons[0]).toMatchObject({
      code: "engine",
      detail: expect.stringContaining("broken: out of order"),
    });
  });

  test("counts what is no malware as suspicious", () => {
    const odd: Engine = {
      name: "odd",
      inspect: ({ name }) => (name === "a.bin" ? [{ name: "Odd", kind: "heuristic" }] : []),
    };
    const { verdict } = testScanner({}, [odd]).scan(attachmentMail([{ name: "a.bin", content: Buffer.from("x") }]));
    expect([verdict.kind, verdict.detections.length]).toEqual(["suspicious", 1]);
  });

  test("lists as many findings as allowed and says when there are more", () => {
    const attachments = (count: number): Buffer =>
      attachmentMail(Array.from({ length: count }, (_, index) => ({ name: `${index}`, content: eicar() })));
    const atCap = testScanner().scan(attachments(scanLimits.findings)).verdict;
    expect([atCap.detections.length, atCap.reasons]).toEqual([scanLimits.findings, []]);
    const above = testScanner().scan(attachments(scanLimits.findings + 1)).verdict;
    expect(above.detections).toHaveLength(scanLimits.findings);
    expect(above.reasons.map(({ code }) => code)).toEqual(["limit-detections"]);
  });
});

describe("judgeMessage()", () => {
  test("gives the verdict with what people see of the message", async () => {
    let timeMs = 5;
    const scanner = createScanner({
      engines: [],
      options: scanLimits,
      clock: { now: () => 0, monotonic: () => timeMs++ },
    });
    const message = textMail("text", { subject: "=?utf-8?Q?=C3=A4?=" });
    const judgement = await scanner.judgeMessage(message);
    expect(judgement).toMatchObject({
      verdict: { kind: "clean", detections: [], reasons: [] },
      display: { subject: "ä", messageId: "<message@example.org>" },
      headerBytes: message.indexOf("\r\n\r\n") + 4,
    });
    expect(judgement.durationMs).toBe(timeMs - 6);
  });

  test("takes a message without a blank line for a header", async () => {
    expect((await testScanner().judgeMessage(Buffer.from("Subject: a\r\n"))).headerBytes).toBe(12);
  });
});
