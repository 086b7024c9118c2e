import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { silentLogger } from "../../src/core/log.ts";
import { applyEdits } from "../../src/mime/apply-edits.ts";
import { startScanService } from "../../src/scan/service-client.ts";
import { eicar } from "../support/eicar.ts";
import { noEngines, signatureFiles } from "../support/engine-settings.ts";
import { messageOf, scanSettings, systemClock } from "./scan-service/options.ts";

const CONTEXT = { protocol: "pop3", upstream: "pop.example.org", account: "ann", date: "2026-01-01T00:00:00.000Z" };

test("the program's own scan service finds, takes out, and leaves the rest alone", async () => {
  const service = startScanService({
    scan: scanSettings,
    engines: noEngines,
    logger: silentLogger,
    clock: systemClock,
  });
  try {
    const clean = await service.judge(messageOf(mailWith(Buffer.from("nothing"))));
    expect(clean.verdict).toEqual({ kind: "clean", detections: [], reasons: [] });
    expect(clean.display).toEqual({ subject: "Größe", from: "ann@example.org", date: "", messageId: "" });
    const infected = mailWith(eicar());
    const { verdict } = await service.judge(messageOf(infected));
    expect(verdict).toMatchObject({ kind: "infected", detections: [{ engine: "signatures", part: "2" }] });
    const rewrite = await service.rewrite(messageOf(infected), { context: CONTEXT });
    const rewritten = Buffer.from(applyEdits(infected, rewrite.edits));
    expect((await service.judge(messageOf(rewritten))).verdict.kind).toBe("clean");
    expect(rewritten.includes("the first part")).toBe(true);
    expect(rewrite.headerBytes).toBe(rewritten.indexOf("\r\n\r\n") + 4);
  } finally {
    await service.close();
  }
});

test("the program's own scan service knows the user's hash lists", async () => {
  const folder = await mkdtemp(join(tmpdir(), "mailward-test-"));
  const content = Buffer.from("a file that somebody does not want");
  const path = join(folder, "own.hdb");
  await writeFile(path, `${createHash("md5").update(content).digest("hex")}:${content.length}:Own.Unwanted\n`);
  const service = startScanService({
    scan: scanSettings,
    engines: signatureFiles(path),
    logger: silentLogger,
    clock: systemClock,
  });
  try {
    const { verdict } = await service.judge(messageOf(mailWith(content)));
    expect(verdict).toMatchObject({
      kind: "infected",
      detections: [{ name: expect.stringContaining("Own.Unwanted") }],
    });
  } finally {
    await service.close();
    await rm(folder, { recursive: true });
  }
});

test("the program's own scan service does not start without a hash list that is configured", async () => {
  const service = startScanService({
    scan: scanSettings,
    engines: signatureFiles("/nonexistent/own.hdb"),
    logger: silentLogger,
    clock: systemClock,
  });
  const expected = 'Cannot read the signatures in "/nonexistent/own.hdb": there is no such file';
  await expect(service.ready()).rejects.toThrow(expected);
  await expect(service.judge(messageOf(mailWith(eicar())))).rejects.toThrow(expected);
  await service.close();
});

function mailWith(attachment: Buffer): Buffer {
  const lines = [
    "Subject: =?utf-8?q?Gr=C3=B6=C3=9Fe?=",
    "From: ann@example.org",
    'Content-Type: multipart/mixed; boundary="b"',
    "",
    "--b",
    "Content-Type: text/plain",
    "",
    "the first part",
    "--b",
    'Content-Type: application/octet-stream; name="a.bin"',
    "Content-Transfer-Encoding: base64",
    "",
    attachment.toString("base64"),
    "--b--",
    "",
  ];
  return Buffer.from(lines.join("\r\n"));
}
