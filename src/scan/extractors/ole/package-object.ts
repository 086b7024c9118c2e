/** Packages: files that were dropped into a document, in the form of the Windows Object Packager. The stream
 *  `\x01Ole10Native` holds one after its length; OLE 1 objects of the class `Package` hold it as it is. */
import { latin1 } from "../../../core/bytes.ts";
import type { ExtractorSink } from "../extractor.ts";
import { callsInterpreter, isActiveScheme, isForeignPath } from "../office/remote-target.ts";
import { isDangerousFile } from "./dangerous-file.ts";

export interface PackagedFile {
  /** As the document shows it, or of the path it was taken from. */
  readonly name: string;
  /** None when the package is a link. */
  readonly bytes: Buffer;
  /** What a link points to: a path, or a command; empty when there is a file. */
  readonly target: string;
  /** Where the file ends in what was given. */
  readonly end: number;
}

/** The file in a package; undefined when it is none. A length that is larger than what is there means all of it. */
export function readPackage(bytes: Buffer): PackagedFile | undefined {
  if (bytes.length < MIN_BYTES || bytes.readUInt16LE(0) !== STREAM_HEADER) return undefined;
  const label = readText(bytes, 2);
  if (label === undefined) return undefined;
  const source = readText(bytes, label.end);
  if (source === undefined || source.end + 8 > bytes.length) return undefined;
  const name = fileNameOf(label.text) || fileNameOf(source.text);
  const kind = bytes.readUInt16LE(source.end + 2);
  if (kind === LINKED) {
    const target = readText(bytes, source.end + 6)?.text || source.text;
    return { name, bytes: bytes.subarray(bytes.length), target, end: bytes.length };
  }
  if (kind !== EMBEDDED) return undefined;
  const position = source.end + 8 + bytes.readUInt32LE(source.end + 4);
  if (position + 4 > bytes.length) return undefined;
  const start = position + 4;
  const end = Math.min(bytes.length, start + bytes.readUInt32LE(position));
  return { name, bytes: bytes.subarray(start, end), target: "", end };
}

/** Hands on the file that was read in `data`, under `otherName` when it has none. */
export function handOnPackage(file: PackagedFile, data: Buffer, otherName: string, sink: ExtractorSink): void {
  const name = file.name || otherName;
  if (isDangerousPackage(file)) sink.heuristic("embedded-executable", name);
  sink.entry(name, file.bytes);
  // Behind the file are its names once more, or what a lying length hides.
  sink.entry("", data.subarray(file.end));
}

/** Whether opening the package runs something. */
function isDangerousPackage({ name, bytes, target }: PackagedFile): boolean {
  if (target === "") return isDangerousFile(bytes, name);
  return isForeignPath(target) || isActiveScheme(target) || callsInterpreter(` ${target}`);
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
const LINKED = 1;
const EMBEDDED = 3;
const MIN_BYTES = 16;
const MAX_TEXT_BYTES = 4096;
