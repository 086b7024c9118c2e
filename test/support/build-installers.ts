/** Compiled AutoIt scripts and installers of InstallShield, built by hand around a program. */
import { deflateRawSync, deflateSync } from "node:zlib";
import { disguise } from "../../src/scan/extractors/programs/autoit-random.ts";
import { buildProgram } from "./build-program.ts";

export interface InstalledFile {
  readonly name: string;
  readonly content: Buffer;
}

const PROGRAM = buildProgram({ code: Buffer.from([0xc3]), isWritable: false });

/** A program with a script's files behind it, packed as literals alone. */
export function buildAutoIt(version: "EA05" | "EA06", files: readonly InstalledFile[]): Buffer {
  const keys = AUTOIT_KEYS[version];
  const digest = Buffer.alloc(16, 9);
  const dataSeed = keys.data + (version === "EA05" ? 16 * 9 : 0);
  const text = (value: string, { length, seed }: { length: number; seed: number }): Buffer => {
    const octets = Buffer.from(value, version === "EA06" ? "utf16le" : "latin1");
    return Buffer.concat([word(value.length ^ length), disguise(octets, version, value.length + seed)]);
  };
  const parts = files.map(({ name, content }) => {
    const packed = packLiterals(version, content);
    return Buffer.concat([
      disguise(Buffer.from("FILE"), version, keys.mark),
      text(">AUTOIT SCRIPT<", keys.kind),
      text(`C:\\folder\\${name}`, keys.path),
      Buffer.from([1]),
      word(packed.length ^ keys.size),
      word(content.length ^ keys.size),
      word(0),
      Buffer.alloc(16),
      disguise(packed, version, dataSeed),
    ]);
  });
  return Buffer.concat([
    PROGRAM,
    Buffer.from("a3484bbe986c4aa9994c530a86d6487d", "hex"),
    Buffer.from(`AU3!${version}`),
    digest,
    ...parts,
  ]);
}

/** The highest bit first; a bit of its own before each octet says that it is a literal. */
function packLiterals(version: "EA05" | "EA06", content: Buffer): Buffer {
  const mark = version === "EA06" ? "1" : "0";
  const bits = [...content].map((octet) => mark + octet.toString(2).padStart(8, "0")).join("");
  const octets = bits.match(/.{1,8}/g)?.map((group) => Number.parseInt(group.padEnd(8, "0"), 2)) ?? [];
  const size = Buffer.alloc(4);
  size.writeUInt32BE(content.length);
  return Buffer.concat([Buffer.from(version), size, Buffer.from(octets)]);
}

/** Files in a plain list behind the program. */
export function buildListInstaller(files: readonly InstalledFile[]): Buffer {
  const parts = files.map(({ name, content }) =>
    Buffer.concat([Buffer.from(`${name}\0Disk1\\${name}\x000.0.0.0\0${content.length}\0`, "latin1"), content]),
  );
  return Buffer.concat([PROGRAM, ...parts]);
}

/** Files that are deflated, combined with their names, and turned. */
export function buildDisguisedInstaller(files: readonly InstalledFile[]): Buffer {
  const head = Buffer.alloc(46);
  head.write("InstallShield\0", 0, "latin1");
  head.writeUInt16LE(files.length, 14);
  const parts = files.map(({ name, content }) => {
    const key = Buffer.from(name, "latin1").map((octet, index) => octet ^ ([0xec, 0xca, 0x79, 0xf8][index % 4] ?? 0));
    const data = deflateSync(content).map((octet, index) => {
      const mixed = octet ^ (key[(index % 1024) % key.length] ?? 0);
      return ((mixed >> 4) | (mixed << 4)) & 0xff;
    });
    const entry = Buffer.alloc(312);
    entry.write(name, 0, "latin1");
    entry.writeUInt32LE(6, 260);
    entry.writeUInt32LE(data.length, 268);
    return Buffer.concat([entry, data]);
  });
  return Buffer.concat([PROGRAM, Buffer.from("some configuration"), head, ...parts]);
}

/** A cabinet of InstallShield, its header and its only volume, with one file in pieces of deflate. */
export function buildInstallShieldCabinet({ name, content }: InstalledFile): InstalledFile[] {
  const half = Math.floor(content.length / 2);
  const pieces = [content.subarray(0, half), content.subarray(half)].map((piece) => {
    const packed = deflateRawSync(piece);
    const length = Buffer.alloc(2);
    length.writeUInt16LE(packed.length);
    return Buffer.concat([length, packed]);
  });
  const data = Buffer.concat(pieces);
  const header = Buffer.alloc(0x400);
  const descriptor = 0x200;
  header.write("ISc(", 0, "latin1");
  header.writeUInt32LE(descriptor, 12);
  header.writeUInt32LE(0x60, descriptor + 0x0c);
  header.writeUInt32LE(1, descriptor + 0x28);
  header.writeUInt32LE(0x20, descriptor + 0x2c);
  const table = descriptor + 0x60;
  header.write(`${name}\0`, table, "latin1");
  const entry = table + 0x20;
  header.writeUInt16LE(4, entry);
  header.writeUInt32LE(content.length, entry + 2);
  header.writeUInt32LE(data.length, entry + 10);
  header.writeUInt32LE(0x100, entry + 18);
  header.writeUInt16LE(1, entry + 85);
  return [
    { name: "data1.cab", content: Buffer.concat([Buffer.alloc(0x100, "volume"), data]) },
    { name: "data1.hdr", content: header },
  ];
}

function word(value: number): Buffer {
  const octets = Buffer.alloc(4);
  octets.writeUInt32LE(value >>> 0);
  return octets;
}

const AUTOIT_KEYS = {
  EA05: {
    mark: 0x16fa,
    kind: { length: 0x29bc, seed: 0xa25e },
    path: { length: 0x29ac, seed: 0xf25e },
    size: 0x45aa,
    data: 0x22af,
  },
  EA06: {
    mark: 0x18ee,
    kind: { length: 0xadbc, seed: 0xb33f },
    path: { length: 0xf820, seed: 0xf479 },
    size: 0x87bc,
    data: 0x2477,
  },
} as const;
