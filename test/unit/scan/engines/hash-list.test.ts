import { createHash, randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { signatureLimits } from "../../../../src/core/limits.ts";
import { type HashSignatures, loadHashLists } from "../../../../src/scan/engines/signatures/hash-list.ts";
import { createSignatureEngine } from "../../../../src/scan/engines/signatures/signature-engine.ts";

const CONTENT = Buffer.from("some content");
const MD5 = createHash("md5").update(CONTENT).digest("hex");

describe("loadHashLists()", () => {
  test.each([
    ["MD5 with a size", `${MD5}:12:Name`],
    ["SHA-1 with a size", `${createHash("sha1").update(CONTENT).digest("hex")}:12:Name`],
    ["SHA-256 of any size", `${createHash("sha256").update(CONTENT).digest("hex")}:*:Name:73`],
    ["upper-case digits", `${MD5.toUpperCase()}:12:Name`],
    ["CRLF line ends", `${MD5}:12:Name\r`],
    ["comments and blank lines around it", `# a comment\n\n${MD5}:12:Name\n\n#`],
  ])("takes %s", (_name, text) => {
    const { signatures, problems } = load(text);
    expect(problems).toEqual([]);
    expect(found(signatures, CONTENT)).toEqual(["Name"]);
  });

  test.each([
    ["another size", `${MD5}:13:Name`],
    ["another digest", `${MD5.replace(/^./, (digit) => (digit === "0" ? "1" : "0"))}:12:Name`],
    ["nothing", ""],
  ])("finds nothing with %s", (_name, text) => {
    expect(found(load(text).signatures, CONTENT)).toEqual([]);
  });

  test.each([
    ["nothing to divide", MD5, "expected digest:size:name"],
    ["no name", `${MD5}:12`, "expected digest:size:name"],
    ["an empty name", `${MD5}:12:`, "the name is empty, too long or not printable"],
    ["an unprintable name", `${MD5}:12:a b`, "the name is empty, too long or not printable"],
    [
      "a long name",
      `${MD5}:12:${"n".repeat(signatureLimits.nameBytes + 1)}`,
      "the name is empty, too long or not printable",
    ],
    ["a digest of another length", `${MD5}0:12:Name`, "the digest is no MD5, SHA-1 or SHA-256"],
    ["a digest that is not hexadecimal", `${MD5.slice(1)}g:12:Name`, "the digest is not hexadecimal"],
    ["a size that is no number", `${MD5}:x:Name`, "the size is no number and no *"],
    ["an empty size", `${MD5}::Name`, "the size is no number and no *"],
    ["a size beyond all files", `${MD5}:4294967295:Name`, "the size is no number and no *"],
    ["a long line", `${MD5}:12:Name${":".repeat(signatureLimits.lineBytes)}`, "the line is too long"],
  ])("names the line with %s and keeps the rest", (_name, line, problem) => {
    const { signatures, problems } = load(`# list\n${line}\n${MD5}:12:Name\n`);
    expect(problems).toEqual([{ path: "list.hdb", line: 2, problem }]);
    expect(found(signatures, CONTENT)).toEqual(["Name"]);
  });

  test("lists as many problems as allowed and says how many more there are", () => {
    expect(load("x\n".repeat(signatureLimits.problems)).problems).toHaveLength(signatureLimits.problems);
    const { problems } = load("x\n".repeat(signatureLimits.problems + 5));
    expect(problems).toHaveLength(signatureLimits.problems + 1);
    expect(problems.at(-1)?.problem).toBe("5 more lines up to here are no signatures");
  });

  test("joins several files and names each one's problems", () => {
    const other = Buffer.from("other content");
    const { signatures, problems } = loadHashLists([
      { path: "a.hdb", bytes: Buffer.from(`x\n${MD5}:12:First`) },
      { path: "b.hsb", bytes: Buffer.from(`${createHash("sha256").update(other).digest("hex")}:*:Second\ny`) },
    ]);
    expect(problems.map(({ path, line }) => [path, line])).toEqual([
      ["a.hdb", 1],
      ["b.hsb", 2],
    ]);
    expect([...found(signatures, CONTENT), ...found(signatures, other)]).toEqual(["First", "Second"]);
  });

  test("finds each of many digests by its own name, also those that begin alike", () => {
    const contents = Array.from({ length: 3_000 }, (_, index) => Buffer.from(`content ${index}`));
    const digests = contents.map((content) => createHash("md5").update(content).digest("hex"));
    const alike = Array.from({ length: 50 }, () => digests[7]?.slice(0, 16) + randomBytes(8).toString("hex"));
    const lines = digests.map((digest, index) => `${digest}:${contents[index]?.length}:Sig-${index}`);
    const { signatures } = load([...alike.map((digest) => `${digest}:9:Alike`), ...lines].join("\n"));
    for (const index of [0, 7, 1_500, 2_999])
      expect(found(signatures, contents[index] ?? CONTENT)).toEqual([`Sig-${index}`]);
    expect(found(signatures, Buffer.from("content x"))).toEqual([]);
  });

  test("survives being sent to another thread", () => {
    const { signatures } = load(`${MD5}:12:Name`);
    expect(found(structuredClone(signatures), CONTENT)).toEqual(["Name"]);
    expect(signatures.tables.every((table) => table.digests.buffer instanceof SharedArrayBuffer)).toBe(true);
  });

  test("takes any octets for a list", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 500 }),
        (bytes) => loadHashLists([{ path: "x", bytes }]).problems.length >= 0,
      ),
    );
  });
});

function load(text: string): ReturnType<typeof loadHashLists> {
  return loadHashLists([{ path: "list.hdb", bytes: Buffer.from(text) }]);
}

function found(signatures: HashSignatures, bytes: Buffer): string[] {
  const engine = createSignatureEngine(signatures);
  return engine.inspect({ bytes, origin: "decoded", name: "" }).map(({ name }) => name);
}
