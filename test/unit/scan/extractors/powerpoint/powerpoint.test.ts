import { deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { compoundExtractor } from "../../../../../src/scan/extractors/ole/compound.ts";
import { buildCompoundFile } from "../../../../support/build-compound-file.ts";
import { keystream, rc4Header } from "../../../../support/build-encrypted-office.ts";
import { extract } from "../../../../support/extract.ts";

const OBJECT = buildCompoundFile({ children: { a: Buffer.from("an embedded object") } });

describe("compoundExtractor with presentations", () => {
  const open = (stream: Buffer, limits = {}) =>
    extract(compoundExtractor, buildCompoundFile({ children: { "PowerPoint Document": stream } }), { limits });
  const compressed = Buffer.concat([number(OBJECT.length), deflateSync(OBJECT)]);

  test.each([
    ["that are compressed", record(0x10, 0x1011, compressed)],
    ["that are not", record(0, 0x1011, OBJECT)],
    ["whose length is a lie", Buffer.concat([record(0x10, 0x1011, compressed).fill(0xff, 4, 8), Buffer.alloc(9)])],
  ])("gives objects %s", (_name, stream) => {
    const { entries, reasons } = open(stream);
    expect(entries[0]?.name).toBe("object");
    expect(entries[0]?.bytes.subarray(0, OBJECT.length).equals(OBJECT)).toBe(true);
    expect(reasons).toEqual([]);
  });

  test("decodes no more than is allowed, and says so", () => {
    const { entries, reasons } = open(record(0x10, 0x1011, compressed), { archiveBytes: 600 });
    expect(entries[0]?.bytes.length).toBeLessThanOrEqual(600);
    expect(reasons).toContain("limit-bytes: object");
  });

  test("bounds what objects in objects cost, and says so", () => {
    const header = Buffer.concat([
      record(0x10, 0x1011, Buffer.alloc(0)).fill(0x7f, 4, 8),
      number(1),
      Buffer.from([0x78, 0x9c]),
    ]);
    const { reasons } = open(Buffer.concat(Array.from({ length: 2_000 }, () => header)));
    expect(reasons).toContain("limit-views: objects in objects of a presentation");
  });

  test("opens an encrypted presentation with a word of the message, and names it without", () => {
    const { header, keyOf } = rc4Header("word", "rc4-cryptoapi");
    const session = record(0x0f, 0x2f14, header);
    const plain = record(0x10, 0x1011, compressed);
    const stream = keystream(keyOf(7), plain.length);
    const encrypted = Buffer.from(plain.map((octet, index) => octet ^ (stream[index] ?? 0)));
    const listAt = session.length + encrypted.length;
    const list = record(0, 0x1772, Buffer.concat([number(7 + 2 * 2 ** 20), number(session.length), number(0)]));
    const edit = record(
      0,
      0x0ff5,
      Buffer.concat([Buffer.alloc(8), number(0), number(listAt), Buffer.alloc(12), number(8)]),
    );
    const user = record(0, 0x0ff6, Buffer.concat([number(20), number(0xf3d1c4df), number(listAt + list.length)]));
    const file = buildCompoundFile({
      children: { "Current User": user, "PowerPoint Document": Buffer.concat([session, encrypted, list, edit]) },
    });
    const { entries, reasons } = extract(compoundExtractor, file, { passwords: ["word"] });
    expect(entries.find(({ name }) => name === "object")?.bytes.equals(OBJECT)).toBe(true);
    expect(reasons).toEqual([]);
    expect(extract(compoundExtractor, file).reasons).toEqual(["encrypted: presentation"]);
  });
});

function record(instance: number, type: number, data: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16LE(instance, 0);
  header.writeUInt16LE(type, 2);
  header.writeUInt32LE(data.length, 4);
  return Buffer.concat([header, data]);
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
