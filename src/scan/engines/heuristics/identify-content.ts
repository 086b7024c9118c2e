/** Tells what content is by the content itself: by its first octets and by a few at fixed places. */

/** `executable` and `installer` run; `script` is run by something that is always there; `shortcut` runs something else;
 *  `disk-image` and `onenote` carry files past the mark of the web. The others are what people take for harmless. */
export type ContentFamily =
  | "executable"
  | "installer"
  | "script"
  | "shortcut"
  | "disk-image"
  | "onenote"
  | "document"
  | "picture"
  | "media"
  | "archive";

export interface Identified {
  readonly family: ContentFamily;
  /** For people. */
  readonly format: string;
}

/** Undefined for what has no magic of its own: text, data, and what is not known here. Constant time. */
export function identifyContent(bytes: Buffer): Identified | undefined {
  const first = bytes[0];
  if (first === undefined) return undefined;
  for (const magic of MAGICS.get(first) ?? []) if (matches(bytes, magic)) return magic;
  return identifyAtPlaces(bytes, first);
}

/** Whether content of the family does something by itself when it is opened. */
export function isActive(family: ContentFamily): boolean {
  return family === "executable" || family === "installer" || family === "script" || family === "shortcut";
}

interface Magic extends Identified {
  readonly octets: Buffer;
  readonly isRight?: (bytes: Buffer) => boolean;
}

function matches(bytes: Buffer, { octets, isRight }: Magic): boolean {
  if (bytes.length < octets.length || bytes.compare(octets, 0, octets.length, 0, octets.length) !== 0) return false;
  return isRight === undefined || isRight(bytes);
}

/** Formats that show elsewhere than at the beginning. */
function identifyAtPlaces(bytes: Buffer, first: number): Identified | undefined {
  for (const [at, octets, identified] of PLACES) {
    const start = at < 0 ? bytes.length + at : at;
    if (start < 0 || bytes[start] !== octets[0]) continue;
    if (bytes.subarray(start, start + octets.length).equals(octets)) return identified;
  }
  // A boot sector: a jump, the name of the file system, and the mark at the end.
  const isJump = first === 0xeb || first === 0xe9;
  const isBoot = isJump && bytes[510] === 0x55 && bytes[511] === 0xaa;
  return isBoot && FILE_SYSTEM.test(bytes.toString("latin1", 0, 90)) ? DISK_IMAGE : undefined;
}

/** "MZ" alone begins texts too: what follows must be the header of a program. */
function isProgram(bytes: Buffer): boolean {
  if (bytes.length < 64) return false;
  const header = bytes.readUInt32LE(0x3c);
  if (header >= 4 && header + 4 <= bytes.length) {
    const mark = bytes.toString("latin1", header, header + 2);
    if (mark === "PE") return bytes.readUInt16LE(header + 2) === 0;
    if (mark === "NE" || mark === "LE" || mark === "LX") return true;
  }
  if (bytes.subarray(0, 512).indexOf(STUB) >= 0) return true;
  // A program for DOS (MZ header): octets on the last page, pages, and paragraphs of the header.
  const [last, pages, paragraphs] = [bytes.readUInt16LE(2), bytes.readUInt16LE(4), bytes.readUInt16LE(8)];
  const relocations = bytes.readUInt16LE(0x18);
  return (
    last < 512 &&
    pages >= 1 &&
    pages * 512 <= bytes.length + 512 &&
    paragraphs >= 2 &&
    relocations >= 0x1c &&
    relocations <= 512
  );
}

/** 0xcafebabe begins both: programs for few architectures, and classes of version 45 or later. */
function isFatMachO(bytes: Buffer): boolean {
  return bytes.length >= 28 && bytes.readUInt32BE(4) >= 1 && bytes.readUInt32BE(4) < 40;
}

function isJavaClass(bytes: Buffer): boolean {
  return bytes.length >= 10 && bytes.readUInt16BE(6) >= 45 && bytes.readUInt16BE(6) < 200;
}

function isElf(bytes: Buffer): boolean {
  const [kind = 0, order = 0] = [bytes[4], bytes[5]];
  return kind >= 1 && kind <= 2 && order >= 1 && order <= 2;
}

/** The class of the root entry ([MS-CFB] §2.6.1) tells an installer package from a document. */
function isInstallerPackage(bytes: Buffer): boolean {
  if (bytes.length < 512) return false;
  const sectorBits = bytes.readUInt16LE(30);
  if (sectorBits !== 9 && sectorBits !== 12) return false;
  const root = (bytes.readUInt32LE(48) + 1) * 2 ** sectorBits;
  return root + 96 <= bytes.length && INSTALLER_CLASSES.has(bytes.toString("hex", root + 80, root + 96));
}

function hasInHead(...words: readonly string[]): (bytes: Buffer) => boolean {
  const octets = words.map((word) => Buffer.from(word, "latin1"));
  return (bytes) => octets.some((word) => bytes.subarray(0, ARCHIVE_HEAD_BYTES).indexOf(word) >= 0);
}

function hex(octets: string, family: ContentFamily, format: string, isRight?: Magic["isRight"]): Magic {
  return { octets: Buffer.from(octets, "hex"), family, format, ...(isRight === undefined ? {} : { isRight }) };
}

function text(octets: string, family: ContentFamily, format: string, isRight?: Magic["isRight"]): Magic {
  return { ...hex("", family, format, isRight), octets: Buffer.from(octets, "latin1") };
}

function byFirstOctet(magics: readonly Magic[]): ReadonlyMap<number, readonly Magic[]> {
  const map = new Map<number, Magic[]>();
  for (const magic of magics) {
    const first = magic.octets[0] ?? 0;
    map.set(first, [...(map.get(first) ?? []), magic]);
  }
  return map;
}

const STUB = Buffer.from("This program ", "latin1");
/** Names of the first members of a zip archive. */
const ARCHIVE_HEAD_BYTES = 8 * 1024;
/** Package, patch and transform of Windows Installer, as stored. */
const INSTALLER_CLASSES: ReadonlySet<string> = new Set([
  "84100c0000000000c000000000000046",
  "86100c0000000000c000000000000046",
  "82100c0000000000c000000000000046",
]);
const FILE_SYSTEM = /^.(?:.{2}NTFS {4}|.{2}EXFAT {3}|.{53}FAT1[26] {3}|.{81}FAT32 {3})/s;
const DISK_IMAGE: Identified = { family: "disk-image", format: "disk image" };

const MAGICS = byFirstOctet([
  text("MZ", "executable", "Windows or DOS program", isProgram),
  text("ZM", "executable", "DOS program", isProgram),
  hex("7f454c46", "executable", "ELF program", isElf),
  ...["feedface", "feedfacf", "cefaedfe", "cffaedfe"].map((octets) => hex(octets, "executable", "Mach-O program")),
  hex("cafebabe", "executable", "Mach-O program", isFatMachO),
  hex("cafebabe", "executable", "Java class", isJavaClass),
  text("dex\n0", "executable", "Android program"),
  hex("a3484bbe986c4aa9994c530a86d6487d", "script", "compiled AutoIt script"),
  text("ITSF\x03\0\0\0", "script", "compiled HTML help"),
  hex("3f5f0300", "script", "Windows help"),
  hex("4c0000000114020000000000c000000000000046", "shortcut", "Windows shortcut"),
  hex("e4525c7b8cd8a74daeb15378d02996d3", "onenote", "OneNote section"),
  hex("d0cf11e0a1b11ae1", "installer", "Windows Installer package", isInstallerPackage),
  hex("d0cf11e0a1b11ae1", "document", "OLE document"),
  text("!<arch>\ndebian-binary", "installer", "Debian package"),
  hex("edabeedb", "installer", "RPM package"),
  text("xar!", "installer", "macOS package"),
  text("PK\x03\x04", "installer", "Windows app package", hasInHead("AppxManifest.xml", "AppxBundleManifest.xml")),
  text("PK\x03\x04", "executable", "Android package", hasInHead("AndroidManifest.xml", "classes.dex")),
  text("PK\x03\x04", "executable", "Java archive", hasInHead("META-INF/MANIFEST.MF")),
  text("PK\x03\x04", "document", "Office document", hasInHead("[Content_Types].xml", "word/", "xl/", "ppt/")),
  text(
    "PK\x03\x04",
    "document",
    "OpenDocument file",
    hasInHead("mimetypeapplication/vnd.oasis", "mimetypeapplication/epub"),
  ),
  text("PK\x03\x04", "archive", "zip archive"),
  text("%PDF-", "document", "PDF document"),
  text("{\\rt", "document", "RTF document"),
  text("conectix", "disk-image", "VHD disk image"),
  text("vhdxfile", "disk-image", "VHDX disk image"),
  text("KDMV", "disk-image", "VMDK disk image"),
  hex("514649fb", "disk-image", "QCOW disk image"),
  hex("89504e470d0a1a0a", "picture", "PNG picture"),
  hex("ffd8ff", "picture", "JPEG picture"),
  text("GIF87a", "picture", "GIF picture"),
  text("GIF89a", "picture", "GIF picture"),
  text("BM", "picture", "BMP picture", (bytes) => bytes.length >= 54 && bytes.readUInt32LE(6) === 0),
  text("II*\0", "picture", "TIFF picture"),
  text("MM\0*", "picture", "TIFF picture"),
  text("RIFF", "picture", "WebP picture", (bytes) => bytes.toString("latin1", 8, 12) === "WEBP"),
  text("RIFF", "media", "RIFF media"),
  text("ID3", "media", "MP3 audio"),
  text("OggS", "media", "Ogg media"),
  text("fLaC", "media", "FLAC audio"),
  hex("1a45dfa3", "media", "Matroska video"),
  hex("1f8b08", "archive", "gzip archive"),
  text("Rar!\x1a\x07", "archive", "RAR archive"),
  hex("377abcaf271c", "archive", "7z archive"),
  hex("fd377a585a00", "archive", "xz archive"),
  hex("28b52ffd", "archive", "Zstandard archive"),
  text("BZh", "archive", "bzip2 archive", (bytes) => bytes.toString("hex", 4, 10) === "314159265359"),
  text("MSCF\0\0\0\0", "archive", "Cabinet archive"),
]);

const PLACES: readonly (readonly [number, Buffer, Identified])[] = [
  [0x8001, Buffer.from("CD001", "latin1"), { family: "disk-image", format: "ISO 9660 disk image" }],
  [0x8001, Buffer.from("BEA01", "latin1"), { family: "disk-image", format: "UDF disk image" }],
  [-512, Buffer.from("conectix", "latin1"), { family: "disk-image", format: "VHD disk image" }],
  [-512, Buffer.from("koly\0\0\0\x04", "latin1"), { family: "disk-image", format: "Apple disk image" }],
  [0x171, Buffer.from("MICROSOFT PIFEX\0", "latin1"), { family: "shortcut", format: "program information file" }],
  [4, Buffer.from("ftyp", "latin1"), { family: "media", format: "MP4 media" }],
  [257, Buffer.from("ustar", "latin1"), { family: "archive", format: "tar archive" }],
];
