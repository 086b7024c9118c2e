/** ClamAV's names for types of files, as far as conditions on containers need them, told from content. */
import type { Content } from "../../engine.ts";
import { isPortableExecutable, TARGETS, targetsOf } from "./target-type.ts";

/** Whether content of the type can be told from other content. `CL_TYPE_ANY` is any. */
export function isKnownFileType(name: string): boolean {
  return FILE_TYPES.includes(name);
}

/** As a number, for tables. */
export function fileTypeNumber(name: string): number {
  return FILE_TYPES.indexOf(name);
}

/** Whether `content` is of the type with this number. */
export function isOfFileType(content: Content, type: number): boolean {
  const name = FILE_TYPES[type];
  if (name === undefined || name === ANY) return name === ANY;
  const { bytes } = content;
  if (name in MAGICS) return (MAGICS[name] ?? []).some((magic) => hasMagic(bytes, magic));
  if (name in OOXML) return hasMagic(bytes, ZIP_MAGIC) && bytes.indexOf(OOXML[name] ?? "", 0, "latin1") >= 0;
  if (name === "CL_TYPE_MSEXE") return isPortableExecutable(bytes) || hasMagic(bytes, DOS_MAGIC);
  return targetsOf(content).includes(OTHER_TARGETS[name] ?? -1);
}

interface Magic {
  readonly offset: number;
  readonly octets: Buffer;
}

function hasMagic(bytes: Buffer, { offset, octets }: Magic): boolean {
  return bytes.length >= offset + octets.length && octets.equals(bytes.subarray(offset, offset + octets.length));
}

function magic(hex: string, offset = 0): Magic {
  return { offset, octets: Buffer.from(hex, "hex") };
}

function text(characters: string, offset = 0): Magic {
  return { offset, octets: Buffer.from(characters, "latin1") };
}

const ANY = "CL_TYPE_ANY";
const ZIP_MAGIC = magic("504b0304");
const DOS_MAGIC = text("MZ");

const MAGICS: Readonly<Record<string, readonly Magic[]>> = {
  CL_TYPE_ZIP: [ZIP_MAGIC, magic("504b0506"), magic("504b3030504b0304")],
  CL_TYPE_RAR: [text("Rar!")],
  CL_TYPE_7Z: [magic("377abcaf271c")],
  CL_TYPE_GZ: [magic("1f8b")],
  CL_TYPE_BZ: [text("BZh")],
  CL_TYPE_XZ: [magic("fd377a585a00")],
  CL_TYPE_ZSTD: [magic("28b52ffd")],
  CL_TYPE_ARJ: [magic("60ea")],
  CL_TYPE_MSCAB: [text("MSCF")],
  CL_TYPE_MSCHM: [text("ITSF")],
  CL_TYPE_MSSZDD: [text("SZDD")],
  CL_TYPE_LHA_LZH: [text("-lh", 2), text("-lz", 2)],
  CL_TYPE_POSIX_TAR: [text("ustar", 257)],
  CL_TYPE_CPIO_OLD: [magic("c771"), magic("71c7")],
  CL_TYPE_CPIO_ODC: [text("070707")],
  CL_TYPE_CPIO_NEWC: [text("070701")],
  CL_TYPE_CPIO_CRC: [text("070702")],
  CL_TYPE_ISO9660: [text("CD001", 32769)],
  CL_TYPE_MSOLE2: [magic("d0cf11e0a1b11ae1")],
  CL_TYPE_TNEF: [magic("789f3e22")],
  CL_TYPE_RTF: [text("{\\rt")],
  CL_TYPE_LNK: [magic("4c0000000114020000000000c000000000000046")],
  CL_TYPE_ONENOTE: [magic("e4525c7b8cd8a74daeb15378d02996d3")],
  CL_TYPE_EGG: [text("EGGA")],
  CL_TYPE_ALZ: [text("ALZ\x01")],
  CL_TYPE_XAR: [text("xar!")],
  CL_TYPE_GIF: [text("GIF8")],
  CL_TYPE_PNG: [magic("89504e47")],
  CL_TYPE_JPEG: [magic("ffd8ff")],
  CL_TYPE_TIFF: [magic("49492a00"), magic("4d4d002a")],
  CL_TYPE_RIFF: [text("RIFF")],
  CL_TYPE_PS: [text("%!PS")],
};

/** What a zip of each kind has an entry in. */
const OOXML: Readonly<Record<string, string>> = {
  CL_TYPE_OOXML_WORD: "word/",
  CL_TYPE_OOXML_PPT: "ppt/",
  CL_TYPE_OOXML_XL: "xl/",
};

const OTHER_TARGETS: Readonly<Record<string, number>> = {
  CL_TYPE_MAIL: TARGETS.mail,
  CL_TYPE_HTML: TARGETS.html,
  CL_TYPE_TEXT_ASCII: TARGETS.text,
  CL_TYPE_PDF: TARGETS.pdf,
  CL_TYPE_SWF: TARGETS.flash,
  CL_TYPE_JAVA: TARGETS.java,
  CL_TYPE_ELF: TARGETS.elf,
  CL_TYPE_MACHO: TARGETS.machO,
  CL_TYPE_GRAPHICS: TARGETS.graphics,
};

const FILE_TYPES = [ANY, "CL_TYPE_MSEXE", ...Object.keys(MAGICS), ...Object.keys(OOXML), ...Object.keys(OTHER_TARGETS)];
