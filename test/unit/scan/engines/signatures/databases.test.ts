import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TarReader } from "../../../../../src/scan/engines/signatures/tar-reader.ts";
import { buildDatabase, buildTar } from "../../../../support/build-database.ts";
import { compileTexts, inspectWith, namesFound } from "../../../../support/signatures.ts";

const CONTENT = Buffer.from("a needle");
const FILES = {
  COPYING: "a licence",
  "daily.info": "ClamAV-VDB:x",
  "daily.cfg": "x",
  "daily.hdb": `${createHash("md5").update(CONTENT).digest("hex")}:${CONTENT.length}:Digest-1\n`,
  "daily.ndb": `Needle-1:0:*:${Buffer.from("needle").toString("hex")}\nbroken\n`,
};

describe("compileSignatures() of containers", () => {
  test.each([
    ["a packed one", "daily.cvd", {}],
    ["one that freshclam has changed", "daily.cld", { isPacked: false, md5: "0".repeat(32) }],
    ["one without a signature", "local.cud", {}],
    ["one with a list of its files", "daily.cvd", { hasList: true }],
  ])("takes %s", async (_name, path, options) => {
    const signatures = await compileTexts({ [path]: buildDatabase(FILES, { version: 27_000, ...options }) });
    expect(inspectWith(signatures, CONTENT).names).toEqual(["Digest-1", "Needle-1"]);
    expect(signatures.about).toMatchObject({
      counts: { hdb: 1, ndb: 1 },
      databases: [
        { path, version: 27_000, builtAt: "01 Jan 2026 10-00 +0000", signatures: 5, level: 90, builder: "tester" },
      ],
      problems: [{ path: `${path}/daily.ndb`, line: 2, problem: "expected name:target:offset:pattern" }],
    });
    expect(signatures.about.unused.map(({ path: file }) => file)).toContain(`${path}/daily.cfg`);
  });

  test.each([
    ["a wrong checksum", buildDatabase(FILES, { md5: "0".repeat(32) }), "its checksum is wrong"],
    ["no header", Buffer.alloc(2_000, "x"), "it does not begin as a database of ClamAV does"],
    ["half a header", Buffer.from("ClamAV-VDB:x"), "it does not begin as a database of ClamAV does"],
  ])("does not use one with %s", async (_name, bytes, problem) => {
    const { about } = await compileTexts({ "daily.cvd": bytes });
    expect(about).toMatchObject({ counts: {}, problems: [{ path: "daily.cvd", line: 0, problem }] });
  });

  test("uses what is before damage", async () => {
    const whole = buildDatabase({ "a.hdb": FILES["daily.hdb"], "b.ndb": FILES["daily.ndb"] }, { isPacked: false });
    const signatures = await compileTexts({ "daily.cld": whole.subarray(0, 512 + 1_024 + 512 + 10) });
    expect(inspectWith(signatures, CONTENT).names).toEqual(["Digest-1"]);
    expect(signatures.about.problems).toEqual([
      { path: "daily.cld", line: 0, problem: "it ends in the middle of a file" },
    ]);
  });

  test("says that packed octets are damaged", async () => {
    const bytes = buildDatabase(FILES);
    bytes.fill(0x55, 560, 600);
    const { about } = await compileTexts({ "local.cud": bytes });
    expect(about.problems).toHaveLength(1);
    expect(about.problems[0]?.problem).toMatch(/^it is damaged: /);
  });

  test("leaves out a file that is not the one in the list", async () => {
    const list = `a.ndb:5:${"0".repeat(64)}\n`;
    const bytes = buildDatabase({ "x.info": list, "a.ndb": FILES["daily.ndb"], "b.hdb": FILES["daily.hdb"] });
    const signatures = await compileTexts({ "daily.cvd": bytes });
    expect(inspectWith(signatures, CONTENT).names).toEqual(["Digest-1"]);
    expect(signatures.about.problems).toEqual([{ path: "daily.cvd", line: 0, problem: '"a.ndb" is damaged' }]);
  });

  test("ignores what a list in a container says to ignore, in other files too", async () => {
    const names = await namesFound(
      { "daily.cvd": buildDatabase({ "daily.ign2": "Needle-1\n" }), "local.ndb": FILES["daily.ndb"] },
      CONTENT,
    );
    expect(names).toEqual([]);
  });

  test("takes any octets behind a header", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 3_000 }), fc.boolean(), async (octets, isPacked) => {
        const header = buildDatabase({}).subarray(0, 512);
        await compileTexts({ "a.cld": Buffer.concat([header, isPacked ? gzipSync(octets) : octets]) });
      }),
      { numRuns: 50 },
    );
  });
});

describe("receive()", () => {
  const archive = buildTar([
    { name: "a", bytes: Buffer.from("first") },
    { name: "empty", bytes: Buffer.alloc(0) },
    { name: "b", bytes: Buffer.alloc(1_500, "b") },
  ]);

  test("reads the same files from pieces of any size", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 700 }), { maxLength: 20 }), (sizes) => {
        const reader = new TarReader(10_000, 10);
        const files: string[] = [];
        let position = 0;
        for (const size of [...sizes, archive.length]) {
          const chunk = archive.subarray(position, position + size);
          files.push(...reader.receive(chunk).map(({ name, bytes }) => `${name}:${bytes.length}`));
          position += size;
        }
        expect(files).toEqual(["a:5", "empty:0", "b:1500"]);
        expect(reader.isComplete).toBe(true);
      }),
    );
  });

  test.each([
    ["a folder", buildTar([{ name: "a", bytes: Buffer.alloc(0), type: "5" }]), "it holds something that is no file"],
    ["a large file", buildTar([{ name: "a", bytes: Buffer.alloc(101) }]), '"a" is too large'],
    [
      "many files",
      buildTar(Array.from({ length: 4 }, () => ({ name: "a", bytes: Buffer.alloc(1) }))),
      "it holds too many files",
    ],
  ])("refuses %s", (_name, bytes, problem) => {
    const reader = new TarReader(100, 3);
    reader.receive(bytes);
    expect(reader.problem).toBe(problem);
  });

  test("takes what is just allowed", () => {
    const reader = new TarReader(100, 3);
    const files = Array.from({ length: 3 }, () => ({ name: "a", bytes: Buffer.alloc(100) }));
    expect(reader.receive(buildTar(files))).toHaveLength(3);
    expect(reader.problem).toBeUndefined();
  });

  test("takes any octets", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 2_000 }),
        (bytes) => void new TarReader(100, 3).receive(Buffer.from(bytes)),
      ),
    );
  });
});
