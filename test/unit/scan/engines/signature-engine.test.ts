import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { scanLimits } from "../../../../src/core/scan-limits.ts";
import type { Origin } from "../../../../src/scan/engine.ts";
import { EICAR_LITERAL, EICAR_NAME } from "../../../../src/scan/engines/signatures/eicar.ts";
import { createSignatureEngine } from "../../../../src/scan/engines/signatures/signature-engine.ts";
import { createScanner } from "../../../../src/scan/scanner.ts";
import { buildZip } from "../../../support/build-zip.ts";
import { eicar } from "../../../support/eicar.ts";
import { attachmentMail, nestedMail } from "../../../support/sample-mail.ts";
import { compileTexts } from "../../../support/signatures.ts";

describe("inspect()", () => {
  test("has the test file's octets and its usual name", () => {
    expect(EICAR_LITERAL.equals(eicar())).toBe(true);
    expect(EICAR_NAME).toBe("Eicar-Test-Signature");
  });

  test("finds the test file anywhere in content", () => {
    const bytes = Buffer.concat([Buffer.alloc(1_000, "x"), eicar(), Buffer.alloc(1_000, "x")]);
    expect(names(bytes, "entry")).toEqual(["Eicar-Test-Signature"]);
    expect(names(bytes.subarray(0, 1_067), "entry")).toEqual([]);
  });

  test.each<[Origin, number]>([
    ["message", 0],
    ["header", 1],
    ["text", 1],
    ["encoded", 1],
    ["decoded", 1],
    ["entry", 1],
  ])("looks for literals in %s: %d", (origin, count) => {
    expect(names(eicar(), origin)).toHaveLength(count);
  });

  test("has no file in the source tree that is itself detected", () => {
    const root = new URL("../../../../", import.meta.url);
    const files = ["src", "test"].flatMap((folder) =>
      readdirSync(new URL(folder, root), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()),
    );
    expect(files.length).toBeGreaterThan(50);
    const detected = files
      .map((file) => `${file.parentPath}/${file.name}`)
      .filter((path) => readFileSync(path).includes(eicar()));
    expect(detected).toEqual([]);
  });
});

describe("scan()", () => {
  const content = Buffer.from("a harmless file with a listed digest");
  const mail = nestedMail(attachmentMail([{ name: "a.zip", content: buildZip([{ name: "b.bin", content }]) }]), 1);
  const digests: [string, Buffer, string, string[]][] = [
    ["an entry of a container", content, "2.2", ["a.zip", "b.bin"]],
    ["a decoded attachment", buildZip([{ name: "b.bin", content }]), "2.2", ["a.zip"]],
    ["the whole message", mail, "", []],
  ];

  test.each(digests)("finds the digest of %s", async (_name, bytes, part, path) => {
    const line = `${createHash("sha256").update(bytes).digest("hex")}:${bytes.length}:Listed`;
    const signatures = await compileTexts({ "list.hsb": line });
    const scanner = createScanner({
      engines: [createSignatureEngine(signatures)],
      options: scanLimits,
      clock: { now: () => 0, monotonic: () => 0 },
    });
    expect(scanner.scan(mail).verdict.detections).toEqual([
      { name: "Listed", kind: "malware", engine: "signatures", part, path },
    ]);
  });
});

function names(bytes: Buffer, origin: Origin): string[] {
  return createSignatureEngine()
    .inspect({ bytes, origin, name: "" })
    .map(({ name }) => name);
}
