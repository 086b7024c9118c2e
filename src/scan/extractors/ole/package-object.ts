/** Packages: files that were dropped into a document, in the form of the Windows Object Packager. The stream
 *  `\x01Ole10Native` holds one after its length; OLE 1 objects of the class `Package` hold it as it is. */
import { latin1 } from "../../../core/bytes.ts";

export interface PackagedFile {
  /** As the document shows it, or of the path it was taken from. */
  readonly name: string;
  readonly bytes: Buffer;
  /** Where the file ends in what was given. */
  readonly end: number;
}

/** The file in a package; undefined when it is none. A length that is larger than what is there means all of it. */
export function readPackage(bytes: Buffer): PackagedFile | undefined {
  let position = 2;
  if (bytes.length < MIN_BYTES || bytes.readUInt16LE(0) !== STREAM_HEADER) return undefined;
  const label = readText(bytes, position);
  if (label === undefined) return undefined;
  const source = readText(bytes, label.end);
  if (source === undefined || source.end + 8 > bytes.length) return undefined;
  if (bytes.readUInt16LE(source.end + 2) !== EMBEDDED) return undefined;
  position = source.end + 8 + bytes.readUInt32LE(source.end + 4);
  if (position + 4 > bytes.length) return undefined;
  const start = position + 4;
  const end = Math.min(bytes.length, start + bytes.readUInt32LE(position));
  return { name: fileNameOf(label.text) || fileNameOf(source.text), bytes: bytes.subarray(start, end), end };
}

/** The stream's octets after its length. */
export function nativeData(stream: Buffer): Buffer {
  if (stream.length < 4) return stream;
  return stream.subarray(4);
}

function readText(bytes: Buffer, start: number): { text: string; end: number } | undefined {
  const end = bytes.subarray(start, start + MAX_TEXT_BYTES).indexOf(0);
  return end < 0 ? undefined : { text: latin1(bytes, start, start + end), end: start + end + 1 };
}

function fileNameOf(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("\\"), path.lastIndexOf("/")) + 1);
}

const STREAM_HEADER = 2;
/** The other kind is a link to a file elsewhere. */
const EMBEDDED = 3;
const MIN_BYTES = 16;
const MAX_TEXT_BYTES = 4096;
