/** PowerPoint's binary presentations [MS-PPT]: embedded objects and macros are compound files in records of one stream,
 *  most of them compressed. */
import { scanLimits } from "../../../core/limits.ts";
import { inflateRaw } from "../inflate.ts";
import type { CompoundContents, Storage } from "../ole/compound-contents.ts";
import { COMPOUND_MAGIC } from "../ole/compound-file.ts";
import { decryptPresentation } from "./presentation-encryption.ts";

/** Hands on the objects in a presentation; the streams themselves remain. */
export function readPowerPoint(storage: Storage, contents: CompoundContents): [] {
  const user = contents.read(storage.streams.get("current user"));
  let stream = contents.read(storage.streams.get("powerpoint document"));
  if (user.length >= 20 && user.readUInt32LE(12) === ENCRYPTED_TOKEN) {
    const { sink, budget } = contents;
    const plain = decryptPresentation(user, stream, sink, budget);
    if (plain === undefined) sink.reason("encrypted", "presentation");
    else {
      sink.entry("PowerPoint Document", plain);
      stream = plain;
    }
  }
  let found = stream.indexOf(OBJECT_TYPE, 2);
  while (found >= 0) {
    if (!readObject(stream, found - 2, contents)) break;
    found = stream.indexOf(OBJECT_TYPE, found + 2);
  }
  return [];
}

/** Whether to go on. Records are found by their type, whatever the lengths of those around them say. */
function readObject(stream: Buffer, start: number, contents: CompoundContents): boolean {
  const { sink, budget } = contents;
  const instance = stream.readUInt16LE(start);
  if (start + 14 > stream.length || (instance !== STORED && instance !== COMPRESSED)) return true;
  const data = stream.subarray(start + 8, Math.min(stream.length, start + 8 + stream.readUInt32LE(start + 4)));
  const isCompressed = instance === COMPRESSED;
  const isObject = isCompressed
    ? ((data[4] ?? 0) & 15) === DEFLATE
    : data.subarray(0, COMPOUND_MAGIC.length).equals(COMPOUND_MAGIC);
  if (!isObject) return true;
  if (!budget.takeEntry()) {
    sink.reason("limit-entries", `more than ${budget.options.entries} entries`);
    return false;
  }
  if (budget.isOutOfTime()) {
    sink.reason("limit-time", "object");
    return false;
  }
  if (!isCompressed) {
    sink.entry("object", data);
    return true;
  }
  const { bytes, consumed, end } = inflateRaw(data.subarray(6), budget.outputBytes);
  if (budget.isExcessive(consumed, bytes.length, scanLimits.ratioFloorBytes)) sink.reason("limit-ratio", "object");
  if (end === "capped") sink.reason("limit-bytes", "object");
  else if (end === "damaged" && bytes.length > 0) sink.reason("damaged", "object");
  budget.takeOutput(bytes.length);
  if (bytes.length > 0) sink.entry("object", bytes);
  return true;
}

/** ExOleObjStg, as it stands in the record's header. */
const OBJECT_TYPE = Buffer.from("1110", "hex");
const STORED = 0x0000;
const COMPRESSED = 0x0010;
/** The compression method in a zlib header. */
const DEFLATE = 8;
const ENCRYPTED_TOKEN = 0xf3d1c4df;
