/** Objects of OLE 1 [MS-OLEDS] 2.2, the form they have in RTF and in mail from Outlook: class, link or content. */
import { latin1 } from "../../../core/bytes.ts";
import type { Extractor } from "../extractor.ts";
import { SIGNS } from "../octet-survey.ts";
import { isActiveScheme, isRemoteTarget } from "../office/remote-target.ts";
import { COMPOUND_MAGIC } from "./compound-file.ts";
import { isEquationName, isHostileEquation } from "./equation.ts";
import { handOnPackage, readPackage } from "./package-object.ts";

export const oldObjectExtractor: Extractor = {
  name: "ole1",
  mayMatch: (survey) => (survey & SIGNS.nul) !== 0,
  matches: ({ bytes }) => isObjectHeader(bytes) && readOldObject(bytes) !== undefined,
  extract({ bytes }, sink) {
    const object = readOldObject(bytes);
    if (object === undefined) return;
    const { className, target, native } = object;
    if (isRemoteTarget(target) || isActiveScheme(target)) sink.heuristic("external-template");
    if (native.subarray(0, COMPOUND_MAGIC.length).equals(COMPOUND_MAGIC)) {
      // Whatever the length says: the file knows its own end.
      sink.entry(className, bytes.subarray(native.byteOffset - bytes.byteOffset));
      return;
    }
    if (native.length === 0) return;
    if (isEquationName(className) && isHostileEquation(native)) sink.heuristic("equation-editor");
    const file = readPackage(native);
    if (file === undefined) sink.entry(className, native);
    else handOnPackage(file, native, className, sink);
  },
};

interface OldObject {
  readonly className: string;
  /** What a linked object points to; empty for an embedded one. */
  readonly target: string;
  readonly native: Buffer;
}

/** Undefined when it is none. Word does not look at the version, and lengths that are larger than what is there mean all
 *  of it. */
function readOldObject(bytes: Buffer): OldObject | undefined {
  if (bytes.length < 12) return undefined;
  const format = bytes.readUInt32LE(4);
  if (format !== LINKED && format !== EMBEDDED) return undefined;
  const className = readText(bytes, 8);
  const topic = className && readText(bytes, className.end);
  const item = topic && readText(bytes, topic.end);
  if (className === undefined || topic === undefined || item === undefined) return undefined;
  if (format === LINKED) return { className: className.text, target: topic.text, native: bytes.subarray(item.end) };
  if (item.end + 4 > bytes.length) return undefined;
  const length = bytes.readUInt32LE(item.end);
  const start = item.end + 4;
  return { className: className.text, target: "", native: bytes.subarray(start, start + length) };
}

/** A format and a class whose name is a text. */
function isObjectHeader(bytes: Buffer): boolean {
  if (bytes.length < 16 || (bytes[4] !== LINKED && bytes[4] !== EMBEDDED) || bytes[5] !== 0) return false;
  if (bytes.readUInt16LE(6) !== 0 || bytes.readUInt32LE(8) > MAX_CLASS_BYTES) return false;
  const end = 12 + bytes.readUInt32LE(8);
  for (let index = 12; index < end && bytes[index] !== 0; index += 1) {
    const octet = bytes[index] ?? 0;
    if (octet < 0x20 || octet > 0x7e) return false;
  }
  return end < bytes.length;
}

function readText(bytes: Buffer, start: number): { text: string; end: number } | undefined {
  if (start + 4 > bytes.length) return undefined;
  const length = bytes.readUInt32LE(start);
  const end = start + 4 + length;
  if (length > MAX_TEXT_BYTES || end > bytes.length) return undefined;
  return { text: latin1(bytes, start + 4, end).split("\0", 1)[0] ?? "", end };
}

const LINKED = 1;
const EMBEDDED = 2;
const MAX_TEXT_BYTES = 4096;
const MAX_CLASS_BYTES = 255;
