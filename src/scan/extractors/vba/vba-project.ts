/** The list of modules in a VBA project's `dir` stream [MS-OVBA] 2.3.4.2. */
import { latin1, utf16 } from "../../../core/bytes.ts";

export interface VbaModule {
  readonly name: string;
  /** The stream its code is in. */
  readonly streamName: string;
  /** Where in the stream the compressed source begins; before it is compiled code. */
  readonly sourceOffset: number;
}

/** The modules that a decompressed `dir` stream names, as many as can be read. */
export function readModules(dir: Buffer, maxModules: number): VbaModule[] {
  const modules: VbaModule[] = [];
  let current: { name: string; streamName: string; sourceOffset: number } | undefined;
  for (const { id, data } of records(dir)) {
    if (id === MODULE_NAME) {
      if (modules.length >= maxModules) break;
      current = { name: latin1(data), streamName: latin1(data), sourceOffset: -1 };
      modules.push(current);
    } else if (current !== undefined) {
      if (id === MODULE_NAME_UNICODE) current.name = utf16(data);
      else if (id === STREAM_NAME) current.streamName = latin1(data);
      else if (id === STREAM_NAME_UNICODE) current.streamName = utf16(data);
      else if (id === MODULE_OFFSET && data.length >= 4) current.sourceOffset = data.readUInt32LE(0);
    }
  }
  return modules;
}

/** Identifier, length, data. The one record that says of its length something else is the version. */
function* records(dir: Buffer): Generator<{ id: number; data: Buffer }> {
  let position = 0;
  while (position + 6 <= dir.length) {
    const id = dir.readUInt16LE(position);
    const length = id === PROJECT_VERSION ? 6 : dir.readUInt32LE(position + 2);
    const end = Math.min(dir.length, position + 6 + length);
    yield { id, data: dir.subarray(position + 6, end) };
    position = end;
  }
}

const PROJECT_VERSION = 0x09;
const MODULE_NAME = 0x19;
const MODULE_NAME_UNICODE = 0x47;
const STREAM_NAME = 0x1a;
const STREAM_NAME_UNICODE = 0x32;
const MODULE_OFFSET = 0x31;
