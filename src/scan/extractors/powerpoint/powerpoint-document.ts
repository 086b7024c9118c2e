/** PowerPoint's binary presentations [MS-PPT]: embedded objects and macros are compound files in records of one stream,
 *  most of them compressed. */
import { scanLimits } from "../../../core/scan-limits.ts";
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
  // Records of honest lengths do not overlap.
  let left = stream.length;
  let found = stream.indexOf(OBJECT_TYPE, 2);
  while (found >= 0) {
    const object = objectAt(stream, found - 2);
    const bytes = object?.data.length ?? 0;
    if (bytes > left && !contents.budget.takeView(bytes)) {
      contents.sink.reason("limit-views", "objects in objects of a presentation");
      break;
    }
    left -= Math.min(left, bytes);
    if (object !== undefined && !handOn(object, contents)) break;
    found = stream.indexOf(OBJECT_TYPE, found + 2);
  }
  return [];
}

interface PresentationObject {
  readonly data: Buffer;
  readonly isCompressed: boolean;
}

/** Records are found by their type, whatever the lengths of those around them say. */
function objectAt(stream: Buffer, start: number): PresentationObject | undefined {
  const instance = stream.readUInt16LE(start);
  if (start + 14 > stream.length || (instance !== STORED && instance !== COMPRESSED)) return undefined;
  const data = stream.subarray(start + 8, Math.min(stream.length, start + 8 + stream.readUInt32LE(start + 4)));
  const isCompressed = instance === COMPRESSED;
  const isObject = isCompressed
    ? data.length > 6 && ((data[4] ?? 0) & 15) === DEFLATE && data.readUInt16BE(4) % ZLIB_CHECK === 0
    : data.subarray(0, COMPOUND_MAGIC.length).equals(COMPOUND_MAGIC);
  return isObject ? { data, isCompressed } : undefined;
}

/** Whether to go on. */
function handOn({ data, isCompressed }: PresentationObject, { sink, budget }: CompoundContents): boolean {
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
/** What zlib's header is a multiple of. */
const ZLIB_CHECK = 31;
const ENCRYPTED_TOKEN = 0xf3d1c4df;
