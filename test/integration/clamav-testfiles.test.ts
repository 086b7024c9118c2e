import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { scanLimits } from "../../src/core/scan-limits.ts";
import type { Scanner } from "../../src/scan/scanner.ts";
import { loadThreadData } from "../../src/scan/service-data.ts";
import { createThreadScanner } from "../../src/scan/thread-scanner.ts";
import { signatureFiles } from "../support/engine-settings.ts";

/** Where Debian's package clamav-testfiles puts its files: one harmless program in 44 containers. */
const FOLDER = "/usr/share/clamav-testfiles";
const isThere = existsSync(FOLDER);

describe.skipIf(!isThere)("the containers of clamav-testfiles", () => {
  const names = isThere ? readdirSync(FOLDER).sort() : [];
  let scanner: Scanner;

  beforeAll(async () => {
    scanner = await withOneSignature();
  });

  test("are all there", () => {
    expect(names).toHaveLength(44);
  });

  test.each(names)("%s is detected by a signature of the program in it", (name) => {
    const content = readFileSync(join(FOLDER, name)).toString("base64").replace(/.{76}/g, "$&\r\n");
    const header = `Content-Type: application/octet-stream; name="${name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n`;
    const { verdict } = scanner.scan(Buffer.from(`${header}${content}\r\n`));
    expect(verdict.detections.map((detection) => detection.name)).toContain("ClamAV-Test-File");
  });
});

/** The signature is made of the program itself: what is code in it. */
async function withOneSignature(): Promise<Scanner> {
  const program = readFileSync(join(FOLDER, "clam.exe"));
  const folder = mkdtempSync(join(tmpdir(), "mailward-test-"));
  const list = join(folder, "test.ndb");
  writeFileSync(list, `ClamAV-Test-File:0:*:${program.toString("hex", 64, 128)}\n`);
  const start = { scan: scanLimits, threads: 1, engines: signatureFiles(list), passwordFile: undefined };
  const { setup } = await loadThreadData(start).finally(() => rmSync(folder, { recursive: true }));
  return createThreadScanner(setup, { now: () => Date.now(), monotonic: () => performance.now() });
}
