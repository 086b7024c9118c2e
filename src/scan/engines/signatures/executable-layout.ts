/** Where entry point and sections of an executable are in the file, as ClamAV reckons it. Every number is hostile. */
import type { ExecutableLayout } from "./pattern-offset.ts";
import { isPortableExecutable } from "./target-type.ts";

/** Undefined for anything but PE and ELF files whose headers are whole. */
export function executableLayout(bytes: Buffer): ExecutableLayout | undefined {
  if (isPortableExecutable(bytes)) return portableExecutable(bytes);
  if (bytes.length >= 0x34 && bytes.readUInt32BE(0) === ELF_MAGIC) return elf(bytes);
  return undefined;
}

interface Section {
  readonly address: number;
  readonly start: number;
  readonly bytes: number;
}

function portableExecutable(bytes: Buffer): ExecutableLayout | undefined {
  const header = bytes.readUInt32LE(0x3c) + 4;
  const optional = header + 20;
  if (optional + 64 > bytes.length) return undefined;
  const sectionCount = bytes.readUInt16LE(header + 2);
  const table = optional + bytes.readUInt16LE(header + 16);
  if (sectionCount === 0 || sectionCount > MAX_PE_SECTIONS || table + sectionCount * 40 > bytes.length)
    return undefined;
  const entry = bytes.readUInt32LE(optional + 16);
  const memoryAlignment = bytes.readUInt32LE(optional + 32);
  const alignment = peFileAlignment(bytes, table, sectionCount, bytes.readUInt32LE(optional + 36));
  const headerBytes = alignUp(bytes.readUInt32LE(optional + 60), memoryAlignment);
  const sections: Section[] = [];
  for (let at = table; at < table + sectionCount * 40; at += 40) {
    const start = alignDown(bytes.readUInt32LE(at + 20), alignment);
    const rawBytes = alignUp(bytes.readUInt32LE(at + 16), alignment);
    sections.push({
      address: alignDown(bytes.readUInt32LE(at + 12), memoryAlignment),
      start: start < bytes.length ? start : 0,
      bytes: start < bytes.length ? Math.min(rawBytes, bytes.length - start) : 0,
    });
  }
  return { entryPoint: fileOffset(entry, sections, headerBytes, bytes.length), sections };
}

/** Linkers that lie about the alignment of sections in the file are believed no further than Windows does. */
function peFileAlignment(bytes: Buffer, table: number, count: number, declared: number): number {
  if (declared === 0 || declared === 0x200) return declared;
  for (let at = table; at < table + count * 40; at += 40) {
    const start = bytes.readUInt32LE(at + 20);
    if (bytes.readUInt32LE(at + 16) !== 0 && start % declared !== 0 && start % 0x200 === 0) return 0x200;
  }
  return declared;
}

/** The last section that has the address; what is in none is in the headers or nowhere. */
function fileOffset(address: number, sections: readonly Section[], headerBytes: number, fileBytes: number): number {
  if (address < headerBytes) return address < fileBytes ? address : 0;
  const section = sections.findLast(
    (candidate) => candidate.bytes > 0 && candidate.address <= address && address < candidate.address + candidate.bytes,
  );
  return section === undefined ? 0 : section.start + (address - section.address);
}

/** ELF's entry point is an address of a program segment; its sections are the file's section headers. */
function elf(bytes: Buffer): ExecutableLayout | undefined {
  const is64 = bytes[4] === 2;
  const isLittle = bytes[5] !== 2;
  if (is64 && bytes.length < 0x40) return undefined;
  const read = (at: number, octets: 2 | 4 | 8): number => readNumber(bytes, at, octets, isLittle);
  const word = is64 ? 8 : 4;
  const entry = read(0x18, word);
  const programs = read(0x18 + word, word);
  const headers = read(0x18 + 2 * word, word);
  const counts = 0x18 + 3 * word + 4 + 2;
  const programSize = read(counts, 2);
  const programCount = Math.min(read(counts + 2, 2), MAX_ELF_HEADERS);
  const headerSize = read(counts + 4, 2);
  const headerCount = Math.min(read(counts + 6, 2), MAX_ELF_HEADERS);
  let entryPoint = 0;
  for (let index = 0; index < programCount; index += 1) {
    const at = programs + index * programSize;
    if (programSize < 4 * word || at + programSize > bytes.length) break;
    const start = read(at + (is64 ? 8 : 4), word);
    const address = read(at + (is64 ? 16 : 8), word);
    const size = read(at + (is64 ? 40 : 20), word);
    if (entry >= address && entry < address + size) entryPoint = start + (entry - address);
  }
  const sections: { start: number; bytes: number }[] = [];
  for (let index = 0; index < headerCount; index += 1) {
    const at = headers + index * headerSize;
    if (headerSize < 4 * word + 8 || at + headerSize > bytes.length) break;
    sections.push({ start: read(at + 8 + 2 * word, word), bytes: read(at + 8 + 3 * word, word) });
  }
  return { entryPoint, sections };
}

function readNumber(bytes: Buffer, at: number, octets: 2 | 4 | 8, isLittle: boolean): number {
  if (at + octets > bytes.length) return 0;
  if (octets === 8) return Number(isLittle ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));
  return isLittle ? bytes.readUIntLE(at, octets) : bytes.readUIntBE(at, octets);
}

function alignUp(value: number, alignment: number): number {
  return alignment === 0 ? value : Math.ceil(value / alignment) * alignment;
}

function alignDown(value: number, alignment: number): number {
  return alignment === 0 ? value : Math.floor(value / alignment) * alignment;
}

const ELF_MAGIC = 0x7f454c46;
/** The specification's limit. */
const MAX_PE_SECTIONS = 96;
const MAX_ELF_HEADERS = 2_048;
