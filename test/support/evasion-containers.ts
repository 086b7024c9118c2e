/** Mails that hide a file in containers of every kind: each way of storing it, and each lie about it. Inside it is
 *  compressed once more, so that the container has to be opened to see it. */
import { crc32, gzipSync, zstdCompressSync } from "node:zlib";
import { build7z } from "./build-7z.ts";
import { buildCpio } from "./build-cpio.ts";
import { buildEncryptedZip } from "./build-encrypted-zip.ts";
import { buildFat, buildGptDisk, buildIso, buildMbrDisk, buildVhd } from "./build-images.ts";
import {
  buildAutoIt,
  buildDisguisedInstaller,
  buildInstallShieldCabinet,
  buildListInstaller,
} from "./build-installers.ts";
import { buildAr, buildArj, buildCabinet, buildLzh } from "./build-old-archives.ts";
import { buildDecodingProgram } from "./build-program.ts";
import { buildRar4, buildRar5 } from "./build-rar.ts";
import { buildLz4, buildXz } from "./build-streams.ts";
import { buildTar, paxMember, tarMember } from "./build-tar.ts";
import { buildZip } from "./build-zip.ts";
import { buildMail, type Evasion } from "./evasion.ts";

export const containerEvasions: readonly Evasion[] = [
  ...tapeArchives(),
  ...streams(),
  ...foreignArchives(),
  ...diskImages(),
  ...behindPrograms(),
  ...inPrograms(),
  ...encrypted(),
];

function tapeArchives(): Evasion[] {
  const other = { name: "b.txt", content: Buffer.from("harmless") };
  return [
    archive("tar: ustar", (inner) => buildTar([other, file(inner)])),
    archive("tar: without a magic", (inner) => buildTar([{ ...file(inner), isOld: true }])),
    archive("tar: a wrong checksum", (inner) => buildTar([{ ...file(inner), checksumError: 7 }])),
    archive("tar: a name of GNU's", (inner) =>
      buildTar([{ name: "././@LongLink", type: "L", content: Buffer.from("long/name.gz\0") }, file(inner)]),
    ),
    archive("tar: a name and a size of pax", (inner) =>
      Buffer.concat([
        paxMember({ path: "pax.gz", size: String(inner.length) }),
        buildTar([{ ...file(inner), size: Buffer.from("00000000000\0") }]),
      ]),
    ),
    archive("tar: a size of 8 EiB", (inner) => {
      const size = Buffer.alloc(12, 0xff);
      size[0] = 0x80;
      return buildTar([{ ...file(inner), size }]);
    }),
    archive("tar: in the data of a file whose size is a lie", (inner) =>
      buildTar([{ ...other, size: Buffer.from("77777777777\0") }, file(inner)]),
    ),
    archive("tar: behind the end", (inner) => Buffer.concat([buildTar([other]), buildTar([file(inner)])])),
    archive("tar: behind the end, at an odd place", (inner) =>
      Buffer.concat([buildTar([other]), Buffer.from("odd"), buildTar([file(inner)])]),
    ),
    archive("tar: as the data of a link", (inner) => buildTar([{ ...file(inner), type: "1" }])),
    archive("tar: with a hole in it", sparseTar),
    archive("tar: cut off", (inner) => buildTar([file(inner)]).subarray(0, 512 + inner.length)),
    archive("tar: in gzip", (inner) => gzipSync(buildTar([file(inner)]))),
    ...(["newc", "odc", "little", "big"] as const).map((form) =>
      archive(`cpio: ${form}`, (inner) => buildCpio(form, [other, file(inner)])),
    ),
    archive("cpio: behind the trailer", (inner) =>
      Buffer.concat([buildCpio("newc", [other]), Buffer.alloc(64), buildCpio("newc", [file(inner)])]),
    ),
    archive("cpio: behind a size that is a lie", (inner) =>
      buildCpio("newc", [{ ...other, size: 0xfffffff0 }, file(inner)]),
    ),
    archive("ar: a Debian package", (inner) =>
      buildAr([
        { name: "debian-binary", content: Buffer.from("2.0\n") },
        { name: "data.tar.gz", content: gzipSync(buildTar([file(inner)])) },
      ]),
    ),
    archive("ar: a name of GNU's", (inner) =>
      buildAr([
        { name: "//", content: Buffer.from("a-long-name-indeed.gz/\n") },
        { name: "/0", content: inner },
      ]),
    ),
    archive("ar: a name of BSD's", (inner) =>
      buildAr([{ name: "#1/8", content: Buffer.concat([Buffer.from("name.gz\0"), inner]) }]),
    ),
    archive("ar: behind a size that is a lie", (inner) =>
      buildAr([
        { name: "b.txt/", content: Buffer.from("harmless"), size: "9999999999" },
        { name: "a.gz/", content: inner },
      ]),
    ),
  ];
}

function streams(): Evasion[] {
  const halves = (payload: Buffer): [Buffer, Buffer] => [payload.subarray(0, 30), payload.subarray(30)];
  const skippable = Buffer.from("502a4d1804000000abcdabcd", "hex");
  return [
    plain("gzip: split over two members", (payload) => Buffer.concat(halves(payload).map((half) => gzipSync(half)))),
    plain("zstd: one frame", (payload) => zstdCompressSync(padded(payload))),
    plain("zstd: behind a skippable frame", (payload) => Buffer.concat([skippable, zstdCompressSync(padded(payload))])),
    plain("zstd: the second frame", (payload) =>
      Buffer.concat([zstdCompressSync("harmless"), skippable, zstdCompressSync(padded(payload))]),
    ),
    plain("zstd: split over two frames", (payload) =>
      Buffer.concat(halves(payload).map((half) => zstdCompressSync(half))),
    ),
    plain("zstd: a wrong checksum", (payload) => {
      const frame = Buffer.concat([zstdCompressSync(padded(payload)), Buffer.alloc(4)]);
      frame[4] = (frame[4] ?? 0) | 4;
      return frame;
    }),
    archive("xz", buildXz),
    archive("lz4", buildLz4),
    archive("xz: a tar in it", (inner) => buildXz(buildTar([file(inner)]))),
  ];
}

function foreignArchives(): Evasion[] {
  return [
    archive("7z", (inner) => build7z([file(inner)])),
    archive("RAR 5", (inner) => buildRar5([file(inner)])),
    archive("RAR 4", (inner) => buildRar4([file(inner)])),
    archive("Cabinet", (inner) => buildCabinet("a.gz", inner)),
    archive("ARJ", (inner) => buildArj("a.gz", inner)),
    archive("LZH", (inner) => buildLzh("a.gz", inner)),
    archive("7z: in RAR in a zip", (inner) =>
      buildZip([
        { name: "a.rar", content: buildRar5([{ name: "a.7z", content: build7z([file(inner)]) }]), method: "store" },
      ]),
    ),
    archive("7z: after a byte that was changed in another file", (inner) => {
      const built = build7z([{ name: "b.bin", content: Buffer.alloc(64, "b") }, file(inner)]);
      built[40] = 0;
      return built;
    }),
    plain("zip: Zstandard", (payload) => zstdZip(padded(payload))),
    archive("zip: a bomb before it", (inner) =>
      buildZip([
        { name: "zeros", content: Buffer.alloc(31 * 1024 * 1024) },
        { name: "a.gz", content: inner, method: "store" },
      ]),
    ),
  ];
}

function diskImages(): Evasion[] {
  const fat = (inner: Buffer): Buffer => buildFat("A       GZ ", inner);
  return [
    archive("ISO 9660", (inner) => buildIso("a.gz", inner)),
    archive("FAT", fat),
    archive("FAT: in a partition", (inner) => buildMbrDisk(fat(inner))),
    archive("FAT: in a GUID partition", (inner) => buildGptDisk(fat(inner))),
    archive("FAT: in a VHD", (inner) => buildVhd(buildMbrDisk(fat(inner)))),
    archive("FAT: a VHD without partitions", (inner) => buildVhd(fat(inner))),
  ];
}

function behindPrograms(): Evasion[] {
  const program = Buffer.concat([Buffer.from("MZ"), Buffer.alloc(3000, 0x90)]);
  return [
    archive("7z: behind a program", (inner) => Buffer.concat([program, build7z([file(inner)])])),
    archive("7z: behind junk", (inner) => Buffer.concat([Buffer.from("junk"), build7z([file(inner)])])),
    archive("RAR 5: behind a program", (inner) => Buffer.concat([program, buildRar5([file(inner)])])),
    archive("RAR 4: behind junk", (inner) => Buffer.concat([Buffer.from("Rar!junk"), buildRar4([file(inner)])])),
    archive("Cabinet: behind a program", (inner) => Buffer.concat([program, buildCabinet("a.gz", inner)])),
    archive("xz: behind a script", (inner) => Buffer.concat([Buffer.from("#!/bin/sh\nexit\n"), buildXz(inner)])),
  ];
}

function inPrograms(): Evasion[] {
  return [
    plain("program: decodes itself", (payload) => buildDecodingProgram(payload, 0x5a)),
    archive("AutoIt: EA05", (inner) => buildAutoIt("EA05", [file(inner)])),
    archive("AutoIt: EA06", (inner) => buildAutoIt("EA06", [file(inner)])),
    archive("InstallShield: a list", (inner) => buildListInstaller([file(inner)])),
    archive("InstallShield: disguised", (inner) => buildDisguisedInstaller([file(inner)])),
    archive("InstallShield: a cabinet", (inner) => buildListInstaller(buildInstallShieldCabinet(file(inner)))),
  ];
}

function encrypted(): Evasion[] {
  const password = "Zebra-4711";
  const zip =
    (encryption: "traditional" | "aes", word = password) =>
    (inner: Buffer) =>
      buildEncryptedZip({ name: "a.gz", content: inner, password: word, encryption });
  const told = (name: string, build: (inner: Buffer) => Buffer, mail: Partial<Told>): Evasion => ({
    name: `password: ${name}`,
    build: (payload) => tellingMail({ ...mail, content: build(gzipSync(payload)) }),
  });
  const text = `Hello,\r\n\r\nthe password is: ${password}\r\n`;
  return [
    told("zip, in the text", zip("traditional"), { text }),
    told("zip with AES, in the text", zip("aes"), { text }),
    told("7z, in the text", (inner) => build7z([file(inner)], { password }), { text }),
    told("7z with hidden names, in the text", (inner) => build7z([file(inner)], { password, hidesNames: true }), {
      text,
    }),
    told("RAR 5, in the text", (inner) => buildRar5([file(inner)], { password }), { text }),
    told("RAR 5 with hidden names, in the text", (inner) => buildRar5([file(inner)], { password, hidesNames: true }), {
      text,
    }),
    told("in the subject", zip("traditional"), { subject: `invoice, pw ${password}` }),
    told("in HTML, in pieces", zip("aes"), {
      type: "text/html",
      text: `<p>Passwort:&nbsp;<b>Zebra</b><span>&#45;</span>47<i>11</i></p>`,
    }),
    told("in the file name", zip("traditional"), { fileName: `${password}.zip` }),
    told("on the next line", zip("traditional"), { text: `Hasło:\r\n\r\n   ${password}\r\n` }),
    told("in quotes and with a full stop", zip("aes"), { text: `Use "${password}".\r\n` }),
    told("beyond ASCII", zip("traditional", "Grün"), { text: "Kennwort: Grün\r\n" }),
    told("a customary one", zip("traditional", "infected"), { text: "see attachment\r\n" }),
  ];
}

interface Told {
  readonly subject: string;
  readonly type: string;
  readonly text: string;
  readonly fileName: string;
  readonly content: Buffer;
}

function tellingMail({
  subject = "a document",
  type = "text/plain",
  text = "",
  fileName = "a.bin",
  content,
}: Partial<Told>): Buffer {
  const body = (content ?? Buffer.alloc(0)).toString("base64").replace(/.{76}/g, "$&\r\n");
  const lines = [
    "From: Sender <sender@example.org>",
    `Subject: ${subject}`,
    "MIME-Version: 1.0",
    "Content-Type: multipart/mixed; boundary=foo",
    "",
    "--foo",
    `Content-Type: ${type}; charset=utf-8`,
    "",
    text,
    "--foo",
    `Content-Type: application/octet-stream; name="${fileName}"`,
    "Content-Transfer-Encoding: base64",
    "",
    body,
    "--foo--",
    "",
  ];
  return Buffer.from(lines.join("\r\n"), "utf8");
}

/** `build` gets the payload compressed. */
function archive(name: string, build: (inner: Buffer) => Buffer): Evasion {
  return { name, build: (payload) => mailWith(build(gzipSync(payload))) };
}

function plain(name: string, build: (payload: Buffer) => Buffer): Evasion {
  return { name, build: (payload) => mailWith(build(payload)) };
}

function mailWith(content: Buffer): Buffer {
  return buildMail({ body: content.toString("base64").replace(/.{76}/g, "$&\r\n") });
}

function file(inner: Buffer): { name: string; content: Buffer } {
  return { name: "a.com.gz", content: inner };
}

/** With something that compresses behind it. */
function padded(payload: Buffer): Buffer {
  return Buffer.concat([payload, Buffer.alloc(300, "filler ")]);
}

/** The file is stored in two pieces that a map puts where they belong: the second one first. */
function sparseTar(inner: Buffer): Buffer {
  const half = 20;
  const stored = Buffer.concat([inner.subarray(half), inner.subarray(0, half)]);
  const octal = (value: number): string => `${value.toString(8).padStart(11, "0")}\0`;
  const edit = (header: Buffer): void => {
    header.fill(0, 345, 512);
    header.write("ustar  \0", 257, "latin1");
    header.write(octal(half) + octal(inner.length - half), 386, "latin1");
    header.write(octal(0) + octal(half), 410, "latin1");
    header.write(octal(inner.length), 483, "latin1");
  };
  return Buffer.concat([tarMember({ name: "a.gz", content: stored, type: "S", edit }), Buffer.alloc(1024)]);
}

/** A stored archive whose method is changed to 93. */
function zstdZip(content: Buffer): Buffer {
  const built = buildZip([{ name: "a.com", content: zstdCompressSync(content), method: "store" }]);
  for (const [signature, offset] of [
    ["PK\x03\x04", 8],
    ["PK\x01\x02", 10],
  ] as const) {
    const position = built.indexOf(signature, 0, "latin1");
    built.writeUInt16LE(93, position + offset);
    built.writeUInt32LE(crc32(content), position + offset + 6);
    built.writeUInt32LE(content.length, position + offset + 14);
  }
  return built;
}
