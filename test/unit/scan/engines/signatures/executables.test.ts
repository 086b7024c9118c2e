import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { executableLayout } from "../../../../../src/scan/engines/signatures/executable-layout.ts";
import { buildPortableExecutable } from "../../../../support/build-executable.ts";
import { namesFound } from "../../../../support/signatures.ts";

const FIRST = Buffer.from("first section with a needle");
const SECOND = Buffer.concat([Buffer.alloc(700, 0x90), Buffer.from("entry code")]);
const PROGRAM = buildPortableExecutable([{ content: FIRST }, { content: SECOND }, { content: Buffer.from("last") }], {
  section: 1,
  offset: 700,
});

describe("inspect() of executables", () => {
  test.each([
    ["EP+0", "entry", true],
    ["EP+5", "entry", false],
    ["EP-2", "\x90\x90entry", true],
    ["EP+4,3", "code", true],
    ["S0+0", "first", true],
    ["S1+700", "entry", true],
    ["S7+0", "first", false],
    ["SL+0", "last", true],
    ["SE0", "needle", true],
    ["SE1", "needle", false],
    ["EOF-512", "last", true],
    ["*", "needle", true],
  ])("finds a pattern at %s: %s", async (offset, text, isFound) => {
    const line = `Test:1:${offset}:${Buffer.from(text, "latin1").toString("hex")}`;
    expect(await namesFound({ "a.ndb": line }, PROGRAM)).toEqual(isFound ? ["Test"] : []);
  });

  test("finds a section by its digest", async () => {
    const section = Buffer.concat([FIRST, Buffer.alloc(512 - FIRST.length)]);
    const md5 = createHash("md5").update(section).digest("hex");
    const sha256 = createHash("sha256").update(section).digest("hex");
    expect(await namesFound({ "a.mdb": `512:${md5}:Section` }, PROGRAM)).toEqual(["Section"]);
    expect(await namesFound({ "a.msb": `*:${sha256}:Section:73` }, PROGRAM)).toEqual(["Section"]);
    expect(await namesFound({ "a.mdb": `513:${md5}:Section` }, PROGRAM)).toEqual([]);
    expect(await namesFound({ "a.hdb": `${md5}:512:Section` }, PROGRAM)).toEqual([]);
  });

  test("looks for patterns of a type of file in such files only", async () => {
    const needle = Buffer.from("needle").toString("hex");
    const files = { "a.ndb": `Pe:1:*:${needle}\nElf:6:*:${needle}\nText:7:*:${needle}\nPdf:10:*:${needle}` };
    expect(await namesFound(files, PROGRAM)).toEqual(["Pe"]);
    expect(await namesFound(files, Buffer.from("a needle in a text"))).toEqual(["Text"]);
    expect(await namesFound(files, Buffer.from("%PDF-1.7 needle"))).toEqual(["Pdf"]);
    expect(
      await namesFound(
        files,
        Buffer.concat([Buffer.from("\x7fELF\x02\x01\x01"), Buffer.alloc(90), Buffer.from("needle")]),
      ),
    ).toEqual(["Elf"]);
  });
});

describe("executableLayout()", () => {
  test("knows where an ELF file begins to run", () => {
    const file = Buffer.alloc(0x400);
    file.write("\x7fELF\x02\x01\x01", 0, "latin1");
    file.writeBigUInt64LE(0x401080n, 0x18);
    file.writeBigUInt64LE(0x40n, 0x20);
    file.writeBigUInt64LE(0x200n, 0x28);
    file.writeUInt16LE(56, 0x36);
    file.writeUInt16LE(1, 0x38);
    file.writeUInt16LE(64, 0x3a);
    file.writeUInt16LE(2, 0x3c);
    file.writeUInt32LE(1, 0x40);
    file.writeBigUInt64LE(0x100n, 0x48);
    file.writeBigUInt64LE(0x401000n, 0x50);
    file.writeBigUInt64LE(0x200n, 0x68);
    file.writeBigUInt64LE(0x180n, 0x240 + 24);
    file.writeBigUInt64LE(0x20n, 0x240 + 32);
    expect(executableLayout(file)).toEqual({
      entryPoint: 0x180,
      sections: [
        { start: 0, bytes: 0 },
        { start: 0x180, bytes: 0x20 },
      ],
    });
  });

  test("takes any octets behind a program's head, and lies no further than the file", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(0x1ff), fc.nat(255)), { maxLength: 30 }), (changes) => {
        const bytes = Buffer.from(PROGRAM);
        for (const [offset, octet] of changes) bytes[offset] = octet;
        for (const { start, bytes: length } of executableLayout(bytes)?.sections ?? []) {
          expect(start + length).toBeLessThanOrEqual(bytes.length);
        }
      }),
    );
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        (bytes) => void executableLayout(Buffer.from([0x7f, 0x45, 0x4c, 0x46, ...bytes])),
      ),
    );
  });
});
