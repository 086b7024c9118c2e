import { createHash, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { signatureLimits } from "../../../../../src/core/scan-limits.ts";
import {
  entryName,
  findEntry,
  HashTableBuilder,
  mayContain,
} from "../../../../../src/scan/engines/signatures/hash-table.ts";
import { NameTableBuilder } from "../../../../../src/scan/engines/signatures/name-table.ts";
import { compileTexts, inspectWith, namesFound } from "../../../../support/signatures.ts";

const CONTENT = Buffer.from("some content");
const MD5 = digest("md5", CONTENT);

describe("compileSignatures() of digests", () => {
  test.each([
    ["MD5 with a size", `${MD5}:12:Name`],
    ["SHA-1 with a size", `${digest("sha1", CONTENT)}:12:Name`],
    ["SHA-256 of any size", `${digest("sha256", CONTENT)}:*:Name:73`],
    ["upper-case digits", `${MD5.toUpperCase()}:12:Name`],
    ["CRLF line ends", `${MD5}:12:Name\r`],
    ["comments and blank lines around it", `# a comment\n\n${MD5}:12:Name\n\n#`],
    ["versions of ClamAV that include this one", `${MD5}:12:Name:10:255`],
  ])("takes %s", async (_name, text) => {
    const signatures = await compileTexts({ "list.hdb": text });
    expect(signatures.about.problems).toEqual([]);
    expect(inspectWith(signatures, CONTENT).names).toEqual(["Name"]);
  });

  test.each([
    ["another size", `${MD5}:13:Name`],
    ["another digest", `${MD5.replace(/^./, (digit) => (digit === "0" ? "1" : "0"))}:12:Name`],
    ["nothing", ""],
    ["a later version of ClamAV", `${MD5}:12:Name:9999`],
    ["an earlier version of ClamAV", `${MD5}:12:Name:1:20`],
  ])("finds nothing with %s", async (_name, text) => {
    expect(await namesFound({ "list.hdb": text }, CONTENT)).toEqual([]);
  });

  const badName = "the name is empty, too long or not printable";
  test.each([
    ["nothing to divide", MD5, "expected digest:size:name"],
    ["no name", `${MD5}:12`, "expected digest:size:name"],
    ["an empty name", `${MD5}:12:`, badName],
    ["an unprintable name", `${MD5}:12:a b`, badName],
    ["a long name", `${MD5}:12:${"n".repeat(signatureLimits.nameBytes + 1)}`, badName],
    ["a digest of another length", `${MD5}0:12:Name`, "the digest is no MD5, SHA-1 or SHA-256"],
    ["a digest that is not hexadecimal", `${MD5.slice(1)}g:12:Name`, "the digest is not hexadecimal"],
    ["a size that is no number", `${MD5}:x:Name`, "the size is no number and no *"],
    ["an empty size", `${MD5}::Name`, "the size is no number and no *"],
    ["a size beyond all files", `${MD5}:4294967295:Name`, "the size is no number and no *"],
    ["a long line", `${MD5}:12:Name${":".repeat(signatureLimits.lineBytes)}`, "the line is too long"],
  ])("names the line with %s and keeps the rest", async (_name, line, problem) => {
    const signatures = await compileTexts({ "list.hdb": `# list\n${line}\n${MD5}:12:Name\n` });
    expect(signatures.about.problems).toEqual([{ path: "list.hdb", line: 2, problem }]);
    expect(inspectWith(signatures, CONTENT).names).toEqual(["Name"]);
  });

  test("lists as many problems as allowed and says how many more there are", async () => {
    const { about: few } = await compileTexts({ "a.hdb": "x\n".repeat(signatureLimits.problems) });
    expect(few.problems).toHaveLength(signatureLimits.problems);
    const { about } = await compileTexts({ "a.hdb": "x\n".repeat(signatureLimits.problems + 5) });
    expect(about.problems).toHaveLength(signatureLimits.problems + 1);
    expect(about.problems.at(-1)?.problem).toBe("5 more lines up to here are no signatures");
  });

  test("joins several files and names each one's problems", async () => {
    const other = Buffer.from("other content");
    const signatures = await compileTexts({
      "a.hdb": `x\n${MD5}:12:First`,
      "b.hsb": `${digest("sha256", other)}:*:Second\ny`,
    });
    expect(signatures.about.problems.map(({ path, line }) => [path, line])).toEqual([
      ["a.hdb", 1],
      ["b.hsb", 2],
    ]);
    expect(inspectWith(signatures, CONTENT).names).toEqual(["First"]);
    expect(inspectWith(signatures, other).names).toEqual(["Second"]);
    expect(signatures.about.counts).toEqual({ hdb: 1, hsb: 1 });
  });

  test("finds each of many digests by its own name, also those that begin alike", async () => {
    const contents = Array.from({ length: 3_000 }, (_, index) => Buffer.from(`content ${index}`));
    const digests = contents.map((content) => digest("md5", content));
    const alike = Array.from({ length: 50 }, () => digests[7]?.slice(0, 16) + randomBytes(8).toString("hex"));
    const lines = digests.map((md5, index) => `${md5}:${contents[index]?.length}:Sig-${index}`);
    const signatures = await compileTexts({
      "a.hdb": [...alike.map((md5) => `${md5}:9:Alike`), ...lines].join("\n"),
    });
    for (const index of [0, 7, 1_500, 2_999]) {
      expect(inspectWith(signatures, contents[index] ?? CONTENT).names).toEqual([`Sig-${index}`]);
    }
    expect(inspectWith(signatures, Buffer.from("content x")).names).toEqual([]);
  });

  test.each(["Sig-0", "Sig-007", "Sig-123456789", "Sig-1234567890123", "Sig-4294967295", "Sig.{a}-1", "42", "Sig-00"])(
    "keeps the name %s as it is",
    async (name) => {
      expect(await namesFound({ "a.hdb": `${MD5}:12:${name}` }, CONTENT)).toEqual([name]);
    },
  );

  test("does not look for digests in headers and in encoded text", async () => {
    const signatures = await compileTexts({ "a.hdb": `${MD5}:12:Name` });
    for (const origin of ["header", "encoded"] as const) {
      expect(inspectWith(signatures, { bytes: CONTENT, origin, name: "" }).names).toEqual([]);
    }
  });
});

test("build() takes more digests than 21 bits count", { timeout: 60_000 }, () => {
  const names = new NameTableBuilder();
  const builder = new HashTableBuilder("md5", names);
  const bytes = Buffer.alloc(16);
  const name = Buffer.from("Sig-1");
  for (let index = 0; index <= 2 ** 21; index += 1) {
    bytes.writeUInt32BE(Math.imul(index, 0x9e3779b1) >>> 0);
    bytes.writeUInt32BE(index, 4);
    builder.add(bytes, index, name, 0, name.length);
  }
  const table = builder.build();
  expect(table.count).toBe(2 ** 21 + 1);
  expect(entryName(table, findEntry(table, bytes, 2 ** 21), names.build())).toBe("Sig-1");
  expect(findEntry(table, bytes, 5)).toBe(-1);
  expect(mayContain(table, 2 ** 21)).toBe(true);
  expect(mayContain(table, 2 ** 21 + 1)).toBe(false);
});

function digest(algorithm: string, content: Buffer): string {
  return createHash(algorithm).update(content).digest("hex");
}
