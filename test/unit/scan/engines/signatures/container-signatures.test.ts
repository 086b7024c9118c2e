import { crc32 } from "node:zlib";
import { describe, expect, test } from "vitest";
import { scanLimits } from "../../../../../src/core/scan-limits.ts";
import type { Content } from "../../../../../src/scan/engine.ts";
import { createSignatureEngine } from "../../../../../src/scan/engines/signatures/signature-engine.ts";
import { createScanner } from "../../../../../src/scan/scanner.ts";
import { buildZip } from "../../../../support/build-zip.ts";
import { attachmentMail } from "../../../../support/sample-mail.ts";
import { compileTexts, inspectWith } from "../../../../support/signatures.ts";

const BYTES = Buffer.from("what is in the container");
const ZIP = buildZip([{ name: "evil.exe", content: BYTES }]);
const CRC = crc32(BYTES).toString(16);

describe("inspect() of what containers hold", () => {
  test.each([
    ["a name", "CL_TYPE_ZIP:*:^evil[.]exe$:*:*:*:*:*:*", true],
    ["another name", "CL_TYPE_ZIP:*:^good[.]exe$:*:*:*:*:*:*", false],
    ["a name in any container", "*:*:evil:*:*:*:*:*:*", true],
    ["a name in another container", "CL_TYPE_RAR:*:evil:*:*:*:*:*:*", false],
    ["a size", `CL_TYPE_ZIP:*:*:*:${BYTES.length}:*:*:*:*`, true],
    ["another size", `CL_TYPE_ZIP:*:*:*:${BYTES.length + 1}:*:*:*:*`, false],
    ["a range of sizes", "CL_TYPE_ZIP:*:*:*:10-100:*:*:*:*", true],
    ["a size of the container", `CL_TYPE_ZIP:${ZIP.length}:evil:*:*:*:*:*:*`, true],
    ["another size of the container", "CL_TYPE_ZIP:5:evil:*:*:*:*:*:*", false],
    ["a checksum", `CL_TYPE_ZIP:*:*:*:*:*:*:${CRC}:*`, true],
    ["another checksum", "CL_TYPE_ZIP:*:*:*:*:*:*:1234abcd:*", false],
    ["versions that include this one", "CL_TYPE_ZIP:*:evil:*:*:*:*:*:*:90:255", true],
    ["a later version", "CL_TYPE_ZIP:*:evil:*:*:*:*:*:*:999", false],
  ])("finds %s", async (_name, rest, isFound) => {
    const signatures = await compileTexts({ "a.cdb": `Test:${rest}` });
    expect([...signatures.about.problems, ...signatures.about.unsupported]).toEqual([]);
    expect(inspectWith(signatures, entry()).names).toEqual(isFound ? ["Test"] : []);
  });

  test("finds the name of an attachment, and of an entry in it", async () => {
    const signatures = await compileTexts({
      "a.cdb": "Mail:CL_TYPE_MAIL:*:[.]zip$:*:*:*:*:*:*\nZip:CL_TYPE_ZIP:*:^evil:*:*:*:*:*:*",
    });
    const scanner = createScanner({
      engines: [createSignatureEngine(signatures)],
      options: scanLimits,
      clock: { now: () => 0, monotonic: () => 0 },
    });
    const { detections } = scanner.scan(attachmentMail([{ name: "a.zip", content: ZIP }])).verdict;
    expect(detections.map(({ name, path }) => [name, ...path])).toEqual([
      ["Mail", "a.zip"],
      ["Zip", "a.zip", "evil.exe"],
    ]);
  });

  test("says that the size of a message is no property of its parts", async () => {
    const signatures = await compileTexts({ "a.cdb": "Test:CL_TYPE_MAIL:5:evil:*:*:*:*:*:*" });
    const parent: Content = { bytes: Buffer.from("x"), origin: "message", name: "" };
    expect(inspectWith(signatures, { ...entry(), parent }).notes).toEqual(["depends on its parent"]);
    expect(inspectWith(signatures, entry()).notes).toEqual([]);
  });

  test.each([
    ["conditions on the packed size are not supported", "CL_TYPE_ZIP:*:evil:5:*:*:*:*:*"],
    ["conditions on encryption are not supported", "CL_TYPE_ZIP:*:evil:*:*:1:*:*:*"],
    ["conditions on the position in the container are not supported", "CL_TYPE_ZIP:*:evil:*:*:*:1:*:*"],
    ["files of type CL_TYPE_SIS are not told apart", "CL_TYPE_SIS:*:evil:*:*:*:*:*:*"],
  ])("reports that %s", async (reason, rest) => {
    const { about } = await compileTexts({ "a.cdb": `Test:${rest}` });
    expect(about).toMatchObject({ problems: [], unsupported: [{ reason, count: 1 }] });
  });

  test.each([
    ["too few fields", "CL_TYPE_ZIP:*:evil", "expected 10 to 12 fields"],
    ["a size that is none", "CL_TYPE_ZIP:x:evil:*:*:*:*:*:*", "a size is no number and no range"],
    ["a checksum that is none", "CL_TYPE_ZIP:*:evil:*:*:*:*:xyz:*", "the checksum is not hexadecimal"],
    ["a broken expression", "CL_TYPE_ZIP:*:(evil:*:*:*:*:*:*", '")" is missing'],
    ["no condition at all", "CL_TYPE_ZIP:*:*:*:*:*:*:*:*", "it is of every file"],
  ])("refuses %s and keeps the rest", async (_name, rest, problem) => {
    const signatures = await compileTexts({ "a.cdb": `Test:${rest}\nGood:*:*:evil:*:*:*:*:*:*` });
    expect(signatures.about.problems).toEqual([{ path: "a.cdb", line: 1, problem }]);
    expect(inspectWith(signatures, entry()).names).toEqual(["Good"]);
  });
});

function entry(): Content {
  return { bytes: BYTES, origin: "entry", name: "evil.exe", parent: { bytes: ZIP, origin: "decoded", name: "a.zip" } };
}
