/** Opens the cabinets of InstallShield from version 6 on: a header lists files, which are in numbered volumes. */
import { latin1 } from "../../../core/bytes.ts";
import type { Budget } from "../../budget.ts";
import { StreamMembers } from "../archives/stream-members.ts";
import type { ExtractorSink } from "../extractor.ts";
import { inflateRaw } from "../inflate.ts";

/** `volume` gives the octets of a volume by its number, from 1 on. */
export function extractInstallShieldCabinet(
  header: Buffer,
  volume: (index: number) => Buffer | undefined,
  sink: ExtractorSink,
  budget: Budget,
): void {
  if (header.length < 20 || header.readUInt32LE(0) !== SIGNATURE) return;
  const descriptor = header.readUInt32LE(12);
  if (descriptor + 0x30 > header.length) return;
  const fileTable = descriptor + header.readUInt32LE(descriptor + 0x0c);
  const count = header.readUInt32LE(descriptor + 0x28);
  const files = fileTable + header.readUInt32LE(descriptor + 0x2c);
  const members = new StreamMembers(sink, budget);
  for (let index = 0; index < count; index += 1) {
    const entry = files + index * ENTRY_BYTES;
    if (entry + ENTRY_BYTES > header.length) return;
    const file = readFile(header, entry, fileTable);
    const octets = volume(file.volume);
    if (!file.isThere || octets === undefined) continue;
    if (!members.begin(file.name)) return;
    const data = octets.subarray(file.dataStart, file.dataStart + file.packedBytes);
    const plain = file.isTurned ? turnedBack(data) : data;
    const unpacked = file.isPacked ? inflateChunks(plain, budget.outputBytes) : { bytes: plain, end: "whole" as const };
    members.add(file.name, unpacked.bytes, data.length, unpacked.end);
  }
}

interface CabinetFile {
  readonly name: string;
  readonly isThere: boolean;
  readonly isTurned: boolean;
  readonly isPacked: boolean;
  readonly packedBytes: number;
  readonly dataStart: number;
  readonly volume: number;
}

function readFile(header: Buffer, entry: number, fileTable: number): CabinetFile {
  const flags = header.readUInt16LE(entry);
  const name = fileTable + header.readUInt32LE(entry + 58);
  const zero = header.indexOf(0, name);
  const end = Math.min(zero < 0 ? header.length : zero, name + MAX_NAME_BYTES);
  return {
    name: name < header.length ? latin1(header, name, end) : "",
    isThere: (flags & INVALID) === 0,
    isTurned: (flags & OBFUSCATED) !== 0,
    isPacked: (flags & COMPRESSED) !== 0,
    packedBytes: header.readUInt32LE(entry + ((flags & COMPRESSED) !== 0 ? 10 : 2)),
    dataStart: header.readUInt32LE(entry + 18),
    volume: header.readUInt16LE(entry + 85),
  };
}

/** Pieces of deflate, each behind its length. */
function inflateChunks(data: Buffer, maxBytes: number): { bytes: Buffer; end: "whole" | "capped" | "damaged" } {
  const pieces: Buffer[] = [];
  let bytes = 0;
  let position = 0;
  let end: "whole" | "capped" | "damaged" = "whole";
  while (end === "whole" && position + 2 <= data.length) {
    const length = data.readUInt16LE(position);
    const piece = inflateRaw(data.subarray(position + 2, position + 2 + length), maxBytes - bytes);
    pieces.push(piece.bytes);
    bytes += piece.bytes.length;
    position += 2 + length;
    end = piece.end;
  }
  return { bytes: Buffer.concat(pieces), end };
}

/** Every octet is turned by two bits, combined with a constant, and moved by its place. */
function turnedBack(data: Buffer): Buffer {
  const output = Buffer.allocUnsafe(data.length);
  for (let index = 0; index < data.length; index += 1) {
    const octet = (data[index] ?? 0) ^ 0xd5;
    output[index] = ((octet >> 2) | (octet << 6)) - (index % 0x47);
  }
  return output;
}

/** "ISc(". */
const SIGNATURE = 0x28635349;
const ENTRY_BYTES = 0x57;
const MAX_NAME_BYTES = 255;
const OBFUSCATED = 2;
const COMPRESSED = 4;
const INVALID = 8;
