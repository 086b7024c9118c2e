import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { scanLimits } from "../../../../../src/core/scan-limits.ts";
import type { Content } from "../../../../../src/scan/engine.ts";
import { createSignatureEngine } from "../../../../../src/scan/engines/signatures/signature-engine.ts";
import { createScanner } from "../../../../../src/scan/scanner.ts";
import { buildZip } from "../../../../support/build-zip.ts";
import { attachmentMail } from "../../../../support/sample-mail.ts";
import { compileTexts, inspectWith, namesFound } from "../../../../support/signatures.ts";

const CONTENT = Buffer.from("a needle");
const NDB = `Needle-1:0:*:${hex("needle")}\nOther:0:*:${hex("a n")}`;

describe("inspect() with names to ignore", () => {
  test.each([
    ["a name", "Needle-1"],
    ["a name with what ClamAV adds", "Needle-1.UNOFFICIAL"],
    ["a name in the older form", "daily.ndb:12:Needle-1"],
    ["a name and the digest of its line", `Needle-1:${md5(NDB.split("\n")[0] ?? "")}`],
  ])("leaves out the signature of %s", async (_name, line) => {
    expect(await namesFound({ "a.ign2": line, "a.ndb": NDB }, CONTENT)).toEqual(["Other"]);
  });

  test.each([
    ["another name", "Needle-2"],
    ["a part of the name", "Needle"],
    ["a name and the digest of another line", `Needle-1:${md5("x")}`],
  ])("keeps the signature with %s", async (_name, line) => {
    expect(await namesFound({ "a.ign2": line, "a.ndb": NDB }, CONTENT)).toEqual(["Needle-1", "Other"]);
  });

  test("leaves out signatures of every kind, whichever list comes first", async () => {
    const names = await namesFound(
      {
        "a.hdb": `${md5(CONTENT)}:${CONTENT.length}:Digest-7`,
        "a.ndb": NDB,
        "a.ldb": `Logic-8;Target:0;0;${hex("needle")}\nIdle-1;Target:0;0=0;${hex("nothing")}`,
        "a.cdb": "Box-9:CL_TYPE_MAIL:*:evil:*:*:*:*:*:*",
        "a.ign": "Digest-7\nNeedle-1\nOther\nLogic-8\nIdle-1\nBox-9",
      },
      { bytes: CONTENT, origin: "decoded", name: "evil", parent: { bytes: CONTENT, origin: "message", name: "" } },
    );
    expect(names).toEqual([]);
  });

  test.each([
    ["an empty name", ":", "expected a name"],
    ["a digest that is none", "Needle-1:xyz", "the digest is no MD5"],
  ])("refuses %s", async (_name, line, problem) => {
    const { about } = await compileTexts({ "a.ign2": line });
    expect(about.problems).toEqual([{ path: "a.ign2", line: 1, problem }]);
  });
});

describe("inspect() with digests of harmless files", () => {
  test("finds nothing in a file that is known to be harmless", async () => {
    const fp = `${md5(CONTENT)}:${CONTENT.length}:Harmless`;
    expect(await namesFound({ "a.fp": fp, "a.ndb": NDB }, CONTENT)).toEqual([]);
    expect(await namesFound({ "a.fp": fp, "a.ndb": NDB }, Buffer.from("a needle more"))).toEqual(["Needle-1", "Other"]);
    const sfp = `${createHash("sha256").update(CONTENT).digest("hex")}:*:Harmless:73`;
    expect(await namesFound({ "a.sfp": sfp, "a.ndb": NDB }, CONTENT)).toEqual([]);
  });

  test("finds nothing in what comes out of one", async () => {
    const zip = buildZip([{ name: "a.txt", content: CONTENT }]);
    const signatures = await compileTexts({ "a.fp": `${md5(zip)}:${zip.length}:Harmless`, "a.ndb": NDB });
    const scanner = createScanner({
      engines: [createSignatureEngine(signatures)],
      options: scanLimits,
      clock: { now: () => 0, monotonic: () => 0 },
    });
    expect(scanner.scan(attachmentMail([{ name: "a.zip", content: zip }])).verdict.detections).toEqual([]);
    const other = buildZip([{ name: "b.txt", content: CONTENT }]);
    expect(scanner.scan(attachmentMail([{ name: "b.zip", content: other }])).verdict.detections).toHaveLength(2);
  });

  test("says that it is what is around the content that is known", async () => {
    const message = Buffer.from("a message");
    const parent: Content = { bytes: message, origin: "message", name: "" };
    const signatures = await compileTexts({ "a.fp": `${md5(message)}:${message.length}:Harmless`, "a.ndb": NDB });
    const content: Content = { bytes: CONTENT, origin: "decoded", name: "", parent };
    expect(inspectWith(signatures, content)).toEqual({ names: [], notes: ["depends on its parent"] });
  });
});

function hex(text: string): string {
  return Buffer.from(text, "latin1").toString("hex");
}

function md5(content: string | Buffer): string {
  return createHash("md5").update(content).digest("hex");
}
