/** The formats that 7-Zip opens for us, recognized by their first octets or by those at another fixed place, and
 *  the ones among them that may stand behind other octets, as in self-extracting programs. */
import { crc32 } from "node:zlib";
import { type ContentMark, mayHold } from "../../search/marks.ts";
import { BINARY_SIGNS, type OctetSurvey, surveyOctets } from "../octet-survey.ts";

export interface ArchiveFormat {
  /** In 7-Zip's word for it. */
  readonly format: string;
  readonly label: string;
  /** Its marks are too long for chance: where it does not open, it is damaged. */
  readonly isCertain: boolean;
  /** It holds one file without a name. */
  readonly isStream?: boolean;
}

export interface FoundArchive extends ArchiveFormat {
  readonly position: number;
}

/** False when neither of the functions below finds anything: what is text has none of the marks but those of letters. */
export function mayBeArchive(bytes: Buffer, survey: OctetSurvey): boolean {
  if ((survey & BINARY_SIGNS) !== 0 || FIRST_LETTERS.has(bytes[0] ?? 0)) return true;
  if (DISTANT_LETTERS.some(({ offset, magic }) => bytes[offset] === magic[0])) return true;
  return TESTS.some(({ test }) => test(bytes));
}

/** What the octets may be as a whole, in the order in which they are tried. Takes the same time for any length. */
export function archivesAtStart(bytes: Buffer): FoundArchive[] {
  const found: FoundArchive[] = [];
  for (const mark of MARKS_BY_FIRST_OCTET.get(bytes[0] ?? -1) ?? []) {
    if (startsWith(bytes, 0, mark.magic)) found.push({ ...mark.format, position: 0 });
  }
  for (const mark of DISTANT_MARKS) {
    if (startsWith(bytes, mark.offset, mark.magic)) found.push({ ...mark.format, position: 0 });
  }
  for (const { format, test } of TESTS) if (test(bytes)) found.push({ ...format, position: 0 });
  return found;
}

/** Archives that begin behind other octets. Only marks that are no chance; executables and scripts are searched for more
 *  of them. */
export function embeddedArchives(bytes: Buffer, max: number): FoundArchive[] {
  const found: FoundArchive[] = [];
  for (const embedded of isProgram(bytes) ? [...EMBEDDED, ...EMBEDDED_IN_PROGRAMS] : EMBEDDED) {
    for (const position of positionsOf(bytes, embedded, max - found.length)) {
      found.push({ ...embedded.format, position });
    }
  }
  // The mark is in the middle of an installer; 7-Zip finds its beginning.
  if (isProgram(bytes) && bytes.includes(NSIS_MARK)) found.unshift({ ...NSIS, position: 0 });
  return found;
}

/** Executables of Windows, Linux and macOS, and scripts: what an archive can open itself with. */
function isProgram(bytes: Buffer): boolean {
  if (bytes.length < 4) return false;
  const word = bytes.readUInt32BE(0);
  const half = word >>> 16;
  return half === MZ || half === HASH_BANG || word === ELF || MACH_O.has(word);
}

function* positionsOf(bytes: Buffer, { mark, rare, lead, back }: Embedded, max: number): Generator<number> {
  if (mark !== undefined && !mayHold(bytes, mark)) return;
  let count = 0;
  let position = bytes.indexOf(rare, back + 1);
  while (position >= 0 && count < max) {
    if (startsWith(bytes, position - back, lead)) {
      yield position - back;
      count += 1;
    }
    position = bytes.indexOf(rare, position + 1);
  }
}

function startsWith(bytes: Buffer, offset: number, magic: Buffer): boolean {
  const end = offset + magic.length;
  return end <= bytes.length && bytes.compare(magic, 0, magic.length, offset, end) === 0;
}

/** Whether a survey shows nothing special of it. */
function isText(magic: Buffer): boolean {
  return ((surveyOctets(magic) ?? 0) & BINARY_SIGNS) === 0;
}

interface Mark {
  readonly format: ArchiveFormat;
  readonly magic: Buffer;
}

interface DistantMark extends Mark {
  readonly offset: number;
}

/** `rare` octets, which hardly any text has, are looked for; `back` octets before them it begins, with `lead`. */
interface Embedded {
  readonly format: ArchiveFormat;
  readonly lead: Buffer;
  readonly back: number;
  readonly rare: Buffer;
  readonly mark?: ContentMark;
}

function certain(format: string, label: string): ArchiveFormat {
  return { format, label, isCertain: true };
}

function likely(format: string, label: string): ArchiveFormat {
  return { format, label, isCertain: false };
}

function stream(format: string, label: string, isCertain = true): ArchiveFormat {
  return { format, label, isCertain, isStream: true };
}

function hex(text: string): Buffer {
  return Buffer.from(text, "hex");
}

function ascii(text: string): Buffer {
  return Buffer.from(text, "latin1");
}

const ARJ_VOLUME = 4;
const MZ = 0x4d5a;
const HASH_BANG = 0x2321;
const ELF = 0x7f454c46;
const MACH_O: ReadonlySet<number> = new Set([0xcafebabe, 0xfeedface, 0xfeedfacf, 0xcefaedfe, 0xcffaedfe]);

const NOTHING = Buffer.alloc(0);
const SEVEN_ZIP = certain("7z", "7z archive");
const RAR = certain("rar", "RAR archive");
const RAR5 = certain("rar5", "RAR archive");
const XZ = stream("xz", "xz stream");
const BZIP2 = stream("bzip2", "bzip2 stream");
const CABINET = certain("cab", "Cabinet archive");

const MARKS: readonly Mark[] = [
  { format: SEVEN_ZIP, magic: hex("377abcaf271c") },
  { format: RAR, magic: hex("526172211a0700") },
  { format: RAR5, magic: hex("526172211a070100") },
  { format: XZ, magic: hex("fd377a585a00") },
  // "BZh", a level, and the first block's magic, or that of the end of the stream: pi, or its root.
  ...[..."123456789"].flatMap((level) =>
    ["314159265359", "177245385090"].map((block) => ({
      format: BZIP2,
      magic: Buffer.concat([ascii(`BZh${level}`), hex(block)]),
    })),
  ),
  { format: CABINET, magic: hex("4d53434600000000") },
  { format: stream("mslz", "SZDD file"), magic: hex("535a444488f02733") },
  { format: stream("Z", "compress stream", false), magic: hex("1f9d") },
  { format: stream("ppmd", "PPMd stream", false), magic: hex("8fafac84") },
  { format: certain("chm", "CHM file"), magic: hex("4954534603000000") },
  { format: certain("hxs", "HxS file"), magic: ascii("ITOLITLS") },
  { format: certain("wim", "WIM image"), magic: ascii("MSWIM\0\0\0") },
  { format: certain("vhdx", "VHDX image"), magic: ascii("vhdxfile") },
  { format: certain("vhd", "VHD image"), magic: ascii("conectix") },
  { format: certain("vmdk", "VMDK image"), magic: ascii("KDMV") },
  { format: certain("qcow", "QCOW image"), magic: hex("514649fb000000") },
  { format: certain("rpm", "RPM package"), magic: hex("edabeedb03") },
  { format: certain("xar", "XAR archive"), magic: ascii("xar!\0") },
  { format: likely("squashfs", "SquashFS image"), magic: ascii("sqsh") },
  { format: likely("squashfs", "SquashFS image"), magic: ascii("shsq") },
  { format: likely("squashfs", "SquashFS image"), magic: ascii("qshs") },
  { format: likely("sparse", "Android sparse image"), magic: hex("3aff26ed0100") },
  { format: likely("apm", "Apple partition map"), magic: hex("45520200") },
  { format: likely("swfc", "compressed Flash film"), magic: ascii("CWS") },
  { format: likely("swfc", "compressed Flash film"), magic: ascii("ZWS") },
];

const DISTANT_MARKS: readonly DistantMark[] = [
  { format: certain("iso", "ISO 9660 image"), offset: 0x8001, magic: ascii("CD001") },
  { format: certain("udf", "UDF image"), offset: 0x8001, magic: ascii("BEA01") },
  { format: certain("udf", "UDF image"), offset: 0x8801, magic: ascii("BEA01") },
  { format: certain("udf", "UDF image"), offset: 0x9001, magic: ascii("BEA01") },
  { format: certain("udf", "UDF image"), offset: 0x9801, magic: ascii("BEA01") },
  { format: certain("vdi", "VDI image"), offset: 0x40, magic: hex("7f10dabe") },
  { format: likely("ntfs", "NTFS volume"), offset: 3, magic: ascii("NTFS    ") },
  { format: likely("hfs", "HFS volume"), offset: 1024, magic: hex("482b0004") },
  { format: likely("hfs", "HFS volume"), offset: 1024, magic: hex("48580005") },
  { format: likely("apfs", "APFS volume"), offset: 32, magic: ascii("NXSB") },
  { format: likely("cramfs", "CramFS image"), offset: 16, magic: ascii("Compressed ROMFS") },
];

/** Formats whose marks are short or depend on each other. */
const TESTS: readonly { readonly format: ArchiveFormat; readonly test: (bytes: Buffer) => boolean }[] = [
  { format: certain("lzh", "LZH archive"), test: isLzh },
  { format: certain("arj", "ARJ archive"), test: isArj },
  { format: certain("dmg", "DMG image"), test: isDiskCopy },
  { format: certain("squashfs", "SquashFS image"), test: (bytes) => isSquashFs(bytes) && hasVersion4(bytes) },
  { format: likely("squashfs", "SquashFS image"), test: (bytes) => isSquashFs(bytes) && !hasVersion4(bytes) },
  { format: likely("fat", "FAT volume"), test: isFat },
  { format: likely("ext", "ext volume"), test: isExt },
  { format: stream("lzma", "LZMA stream", false), test: isLzmaAlone },
];

const MARKS_BY_FIRST_OCTET: ReadonlyMap<number, readonly Mark[]> = Map.groupBy(MARKS, ({ magic }) => magic[0] ?? 0);

const DISTANT_LETTERS = DISTANT_MARKS.filter(({ magic }) => isText(magic));
/** Those of marks without binary octets, and that of scripts. */
const FIRST_LETTERS: ReadonlySet<number> = new Set([
  HASH_BANG >>> 8,
  ...MARKS.filter(({ magic }) => isText(magic)).map(({ magic }) => magic[0] ?? 0),
]);

const EMBEDDED: readonly Embedded[] = [
  { format: SEVEN_ZIP, lead: hex("377a"), back: 2, rare: hex("bcaf271c"), mark: "7z" },
  { format: RAR, lead: ascii("Rar!"), back: 4, rare: hex("1a0700"), mark: "rar" },
  { format: RAR5, lead: ascii("Rar!"), back: 4, rare: hex("1a070100"), mark: "rar" },
  { format: XZ, lead: NOTHING, back: 0, rare: hex("fd377a585a00"), mark: "xz" },
];

const EMBEDDED_IN_PROGRAMS: readonly Embedded[] = [
  { format: CABINET, lead: NOTHING, back: 0, rare: hex("4d53434600000000") },
  { format: BZIP2, lead: ascii("BZh"), back: 4, rare: hex("314159265359") },
];

const NSIS = certain("nsis", "NSIS installer");
const NSIS_MARK = Buffer.concat([hex("efbeadde"), ascii("NullsoftInst")]);

/** Level 0 to 3; the method is `-lh?-`, `-lz?-` or `-pm?-`. */
function isLzh(bytes: Buffer): boolean {
  if (bytes.length < 22 || bytes[2] !== 0x2d || bytes[6] !== 0x2d || (bytes[20] ?? 4) > 3) return false;
  const method = bytes.toString("latin1", 3, 5);
  return method === "lh" || method === "lz" || method === "pm";
}

/** The main header and its checksum. */
function isArj(bytes: Buffer): boolean {
  if (bytes.length < 40 || bytes.readUInt16LE(0) !== 0xea60) return false;
  const length = bytes.readUInt16LE(2);
  if (length < 30 || length > 2600 || length + 8 > bytes.length) return false;
  return crc32(bytes.subarray(4, 4 + length)) === bytes.readUInt32LE(4 + length);
}

function isSquashFs(bytes: Buffer): boolean {
  return startsWith(bytes, 0, ascii("hsqs"));
}

/** What has been written since 2009: four octets of a magic alone would be chance. */
function hasVersion4(bytes: Buffer): boolean {
  return startsWith(bytes, 28, hex("04000000"));
}

/** Whether the archive goes on in another file, where 7-Zip takes what is here for all of it. */
export function hasFurtherVolumes({ format }: ArchiveFormat, archive: Buffer): boolean {
  return format === "arj" && ((archive[8] ?? 0) & ARJ_VOLUME) !== 0;
}

/** The trailer of a disk image of macOS: "koly", version 4, 512 octets. */
function isDiskCopy(bytes: Buffer): boolean {
  return bytes.length >= 1024 && startsWith(bytes, bytes.length - 512, hex("6b6f6c790000000400000200"));
}

function isFat(bytes: Buffer): boolean {
  if (bytes.length < 1024 || bytes.readUInt16LE(510) !== 0xaa55 || (bytes[0] !== 0xeb && bytes[0] !== 0xe9))
    return false;
  const sector = bytes.readUInt16LE(11);
  const cluster = bytes[13] ?? 0;
  const tables = bytes[16] ?? 0;
  const isSized = sector === 512 || sector === 1024 || sector === 2048 || sector === 4096;
  return isSized && cluster > 0 && (cluster & (cluster - 1)) === 0 && tables >= 1 && tables <= 4;
}

/** The superblock's magic and its revision. */
function isExt(bytes: Buffer): boolean {
  return bytes.length >= 2048 && bytes.readUInt16LE(1080) === 0xef53 && bytes.readUInt32LE(1100) <= 1;
}

/** No magic at all: the usual properties, a dictionary of a round size, a length that is known or not, and the first
 *  octet of the range coder. */
function isLzmaAlone(bytes: Buffer): boolean {
  if (bytes.length < 18 || (bytes[0] ?? 255) > 224 || bytes[13] !== 0) return false;
  const dictionary = bytes.readUInt32LE(1);
  const low = dictionary & -dictionary;
  const isRound = dictionary >>> 0 >= 4096 && (dictionary === low || dictionary === low + low * 2);
  const high = bytes.readUInt32LE(9);
  return isRound && (high === 0 || (high === 0xffffffff && bytes.readUInt32LE(5) === 0xffffffff));
}
