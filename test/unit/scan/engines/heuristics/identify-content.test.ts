import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { identifyContent } from "../../../../../src/scan/engines/heuristics/identify-content.ts";
import { buildPdf } from "../../../../support/build-pdf.ts";
import { buildZip } from "../../../../support/build-zip.ts";
import {
  installerPackage,
  javaClass,
  linuxProgram,
  macProgram,
  windowsProgram,
  windowsShortcut,
} from "../../../../support/evasion-heuristics-content.ts";

describe("identifyContent()", () => {
  test.each([
    ["executable", "Windows or DOS program", windowsProgram()],
    ["executable", "ELF program", linuxProgram()],
    ["executable", "Mach-O program", macProgram()],
    ["executable", "Mach-O program", hex(`cafebabe00000002${"00".repeat(40)}`)],
    ["executable", "Java class", javaClass()],
    ["executable", "Android program", Buffer.from("dex\n035\0")],
    ["executable", "Java archive", zip("META-INF/MANIFEST.MF")],
    ["executable", "Android package", zip("AndroidManifest.xml")],
    ["installer", "Windows app package", zip("AppxManifest.xml")],
    ["installer", "Windows Installer package", installerPackage()],
    ["installer", "Debian package", Buffer.from("!<arch>\ndebian-binary   ")],
    ["shortcut", "Windows shortcut", windowsShortcut()],
    ["shortcut", "program information file", at(0x171, "MICROSOFT PIFEX\0")],
    ["disk-image", "ISO 9660 disk image", at(0x8001, "CD001")],
    ["disk-image", "UDF disk image", at(0x8001, "BEA01")],
    ["disk-image", "VHD disk image", Buffer.concat([Buffer.alloc(1000), Buffer.from("conectix"), Buffer.alloc(504)])],
    ["disk-image", "VHDX disk image", Buffer.from("vhdxfile")],
    ["disk-image", "disk image", bootSector(54, "FAT12   ")],
    ["disk-image", "disk image", bootSector(82, "FAT32   ")],
    ["disk-image", "disk image", bootSector(3, "NTFS    ")],
    ["onenote", "OneNote section", hex("e4525c7b8cd8a74daeb15378d02996d3")],
    ["document", "OLE document", installerPackage("00".repeat(16))],
    ["document", "Office document", zip("[Content_Types].xml")],
    ["document", "PDF document", buildPdf(["<< >>"])],
    ["picture", "JPEG picture", hex("ffd8ffe0")],
    ["media", "MP4 media", Buffer.from("\0\0\0\x18ftypmp42")],
    ["archive", "zip archive", zip("a.txt")],
  ])("knows %s: %s", (family, format, bytes) => {
    expect(identifyContent(bytes)).toMatchObject({ family, format });
  });

  test.each([
    ["nothing", ""],
    ["text", "The quick brown fox"],
    [
      "text that begins like a program",
      "MZ is how programs begin, as everybody knows who has looked at one.".repeat(9),
    ],
    ["text that begins like a picture", "BM is short for something else, and this text goes on and on and on."],
    ["a short program header", "MZ"],
    ["ELF in words", "\x7fELF is a format"],
  ])("takes %s for nothing", (_name, text) => {
    expect(identifyContent(Buffer.from(text))).toBeUndefined();
  });

  test("takes any octets behind any beginning", () => {
    const magics = [
      windowsProgram(),
      linuxProgram(),
      javaClass(),
      installerPackage(),
      zip("a"),
      bootSector(3, "NTFS    "),
    ];
    fc.assert(
      fc.property(fc.nat(magics.length - 1), fc.nat(600), fc.uint8Array({ maxLength: 100 }), (index, length, noise) => {
        const bytes = Buffer.concat([(magics[index] ?? Buffer.alloc(0)).subarray(0, length), noise]);
        expect(identifyContent(bytes)).toEqual(identifyContent(Buffer.from(bytes)));
      }),
    );
  });
});

function zip(name: string): Buffer {
  return buildZip([{ name, content: Buffer.from("content") }]);
}

function hex(octets: string): Buffer {
  return Buffer.from(octets, "hex");
}

function at(offset: number, text: string): Buffer {
  return Buffer.concat([Buffer.alloc(offset), Buffer.from(text, "latin1"), Buffer.alloc(64)]);
}

function bootSector(offset: number, name: string): Buffer {
  const sector = Buffer.alloc(512);
  hex("eb3c90").copy(sector);
  sector.write(name, offset, "latin1");
  sector.writeUInt16BE(0x55aa, 510);
  return sector;
}
