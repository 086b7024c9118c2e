/** Takes disk images apart into partitions: by a master boot record, by a GPT, and the fixed form of VHD, which is a disk
 *  with a footer. What is in a partition is 7-Zip's to open. */
import type { Extractor, ExtractorSink } from "../extractor.ts";
import { BINARY_SIGNS } from "../octet-survey.ts";
import { StoredEntries } from "./stored-entries.ts";

export const diskImageExtractor: Extractor = {
  name: "disk image",
  mayMatch: (survey) => (survey & BINARY_SIGNS) !== 0,
  matches: ({ bytes }) => partitionsOf(bytes).length > 0 || isFixedVhd(bytes),
  extract({ bytes }, sink, budget) {
    const entries = new StoredEntries(sink, budget);
    const partitions = partitionsOf(bytes);
    if (partitions.length === 0) {
      // A volume that fills the whole disk.
      entries.hand("disk", bytes.subarray(0, bytes.length - FOOTER_BYTES));
      return;
    }
    handAll(bytes, partitions, entries, sink);
  },
};

interface Partition {
  readonly start: number;
  readonly end: number;
}

function handAll(bytes: Buffer, partitions: readonly Partition[], entries: StoredEntries, sink: ExtractorSink): void {
  for (const [index, { start, end }] of partitions.entries()) {
    if (!entries.hand(`partition ${index + 1}`, bytes.subarray(start, Math.min(end, bytes.length)))) return;
  }
  if (partitions.length >= MAX_PARTITIONS) sink.reason("limit-entries", `more than ${MAX_PARTITIONS} partitions`);
}

function partitionsOf(bytes: Buffer): Partition[] {
  if (bytes.length < 4 * SECTOR_BYTES || bytes.readUInt16LE(510) !== 0xaa55) return [];
  if (bytes.toString("latin1", SECTOR_BYTES, SECTOR_BYTES + 8) === "EFI PART") return gptPartitions(bytes);
  return mbrPartitions(bytes);
}

/** Four entries of 16 octets before the mark; logical drives hang on each other like a chain. */
function mbrPartitions(bytes: Buffer): Partition[] {
  const partitions: Partition[] = [];
  for (let entry = 446; entry < 510; entry += 16) {
    const status = bytes[entry] ?? 0;
    const type = bytes[entry + 4] ?? 0;
    // Any of this wrong, and it is a boot sector of something else.
    if ((status & 0x7f) !== 0) return [];
    const partition = partitionAt(bytes, entry, 0);
    if (type === 0 || partition === undefined) continue;
    if (EXTENDED_TYPES.has(type)) partitions.push(...logicalDrives(bytes, partition.start));
    else partitions.push(partition);
  }
  return partitions.slice(0, MAX_PARTITIONS);
}

function logicalDrives(bytes: Buffer, extendedStart: number): Partition[] {
  const drives: Partition[] = [];
  const seen = new Set<number>();
  let position: number | undefined = extendedStart;
  while (position !== undefined && !seen.has(position) && drives.length < MAX_PARTITIONS) {
    seen.add(position);
    if (position + SECTOR_BYTES > bytes.length || bytes.readUInt16LE(position + 510) !== 0xaa55) break;
    const drive = partitionAt(bytes, position + 446, position);
    if (drive !== undefined) drives.push(drive);
    position = partitionAt(bytes, position + 462, extendedStart)?.start;
  }
  return drives;
}

/** Undefined when it is empty or not in the image. */
function partitionAt(bytes: Buffer, entry: number, base: number): Partition | undefined {
  const sectors = bytes.readUInt32LE(entry + 12);
  const start = base + bytes.readUInt32LE(entry + 8) * SECTOR_BYTES;
  if (sectors === 0 || start === base || start >= bytes.length) return undefined;
  return { start, end: start + sectors * SECTOR_BYTES };
}

function gptPartitions(bytes: Buffer): Partition[] {
  const partitions: Partition[] = [];
  const tableStart = Number(bytes.readBigUInt64LE(SECTOR_BYTES + 72)) * SECTOR_BYTES;
  const count = Math.min(bytes.readUInt32LE(SECTOR_BYTES + 80), MAX_PARTITIONS);
  const entryBytes = bytes.readUInt32LE(SECTOR_BYTES + 84);
  if (entryBytes < 128) return [];
  for (let index = 0; index < count; index += 1) {
    const entry = tableStart + index * entryBytes;
    if (entry + 128 > bytes.length) break;
    const start = Number(bytes.readBigUInt64LE(entry + 32)) * SECTOR_BYTES;
    const end = (Number(bytes.readBigUInt64LE(entry + 40)) + 1) * SECTOR_BYTES;
    if (start > 0 && start < bytes.length && end > start) partitions.push({ start, end });
  }
  return partitions;
}

/** The footer's cookie and its type: 2 is fixed. */
function isFixedVhd(bytes: Buffer): boolean {
  const footer = bytes.length - FOOTER_BYTES;
  if (footer < SECTOR_BYTES || bytes[footer] !== 0x63) return false;
  return bytes.toString("latin1", footer, footer + 8) === "conectix" && bytes.readUInt32BE(footer + 60) === 2;
}

const SECTOR_BYTES = 512;
const FOOTER_BYTES = 512;
const MAX_PARTITIONS = 128;
const EXTENDED_TYPES: ReadonlySet<number> = new Set([0x05, 0x0f, 0x85]);
