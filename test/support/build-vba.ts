/** VBA projects built by hand [MS-OVBA]: modules with source, compressed, and the stream that lists them. */
import { buildCompoundFile, type CompoundOptions, type CompoundStorage } from "./build-compound-file.ts";

export interface VbaModuleSource {
  readonly name: string;
  readonly source: string | Buffer;
  /** What stands before the source in the stream; a few octets when not given. */
  readonly compiled?: Buffer;
}

/** A file as `vbaProject.bin` in a package. */
export function buildVbaProject(modules: readonly VbaModuleSource[], options: CompoundOptions = {}): Buffer {
  return buildCompoundFile({ children: { VBA: vbaStorage(modules), PROJECT: Buffer.from("ID={}\r\n") } }, options);
}

/** The storage `VBA`; `names` are the identifiers of the compiled project. */
export function vbaStorage(modules: readonly VbaModuleSource[], names = ""): CompoundStorage {
  const children: Record<string, Buffer> = {
    _VBA_PROJECT: Buffer.from(`\xcc\x61\xff\xff\0\0\0${names}`, "latin1"),
    dir: compressVba(directory(modules)),
  };
  for (const { name, source, compiled = COMPILED } of modules) {
    const attributes = Buffer.from(`Attribute VB_Name = "${name}"\r\n`, "latin1");
    children[name] = Buffer.concat([compiled, compressVba(Buffer.concat([attributes, Buffer.from(source)]))]);
  }
  return { children };
}

/** A compressed container: copies where something of three octets or more repeats, literals elsewhere. */
export function compressVba(bytes: Buffer): Buffer {
  const chunks: Buffer[] = [Buffer.from([1])];
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
    const chunk = bytes.subarray(start, start + CHUNK_BYTES);
    const packed = compressChunk(chunk);
    const isStored = packed.length > CHUNK_BYTES;
    const data = isStored ? Buffer.concat([chunk, Buffer.alloc(CHUNK_BYTES - chunk.length)]) : packed;
    const header = Buffer.alloc(2);
    header.writeUInt16LE((data.length - 1) | 0x3000 | (isStored ? 0 : 0x8000));
    chunks.push(header, data);
  }
  return Buffer.concat(chunks);
}

function compressChunk(chunk: Buffer): Buffer {
  const output: number[] = [];
  let position = 0;
  while (position < chunk.length) {
    const flagsAt = output.push(0) - 1;
    for (let bit = 0; bit < 8 && position < chunk.length; bit += 1) {
      const { distance, length } = longestMatch(chunk, position);
      if (length < 3) {
        output.push(chunk[position] ?? 0);
        position += 1;
        continue;
      }
      const lengthBits = 16 - distanceBits(position);
      const token = ((distance - 1) << lengthBits) | (length - 3);
      output.push(token & 255, token >> 8);
      output[flagsAt] = (output[flagsAt] ?? 0) | (1 << bit);
      position += length;
    }
  }
  return Buffer.from(output);
}

function longestMatch(chunk: Buffer, position: number): { distance: number; length: number } {
  const most = Math.min(chunk.length - position, (1 << (16 - distanceBits(position))) + 2);
  let best = { distance: 0, length: 0 };
  for (let start = position - 1; start >= 0; start -= 1) {
    let length = 0;
    while (length < most && chunk[start + length] === chunk[position + length]) length += 1;
    if (length > best.length) best = { distance: position - start, length };
  }
  return best;
}

function distanceBits(position: number): number {
  let bits = 4;
  while (1 << bits < position) bits += 1;
  return Math.min(bits, 12);
}

function directory(modules: readonly VbaModuleSource[]): Buffer {
  const record = (id: number, data: Buffer): Buffer => {
    const header = Buffer.alloc(6);
    header.writeUInt16LE(id, 0);
    header.writeUInt32LE(data.length, 2);
    return Buffer.concat([header, data]);
  };
  const number = (bytes: number, value: number): Buffer => {
    const buffer = Buffer.alloc(bytes);
    buffer.writeUIntLE(value, 0, bytes);
    return buffer;
  };
  // The version's length is a lie of the format: it says 4 and has 6 octets.
  const version = Buffer.from([0x09, 0, 4, 0, 0, 0, 1, 0, 0, 0, 1, 0]);
  const parts = modules.flatMap(({ name, compiled = COMPILED }) => [
    record(0x19, Buffer.from(name, "latin1")),
    record(0x47, Buffer.from(name, "utf16le")),
    record(0x1a, Buffer.from(name, "latin1")),
    record(0x32, Buffer.from(name, "utf16le")),
    record(0x31, number(4, compiled.length)),
    record(0x21, Buffer.alloc(0)),
    record(0x2b, Buffer.alloc(0)),
  ]);
  return Buffer.concat([
    record(1, number(4, 1)),
    record(3, number(2, 1252)),
    record(4, Buffer.from("VBAProject")),
    version,
    record(0x0f, number(2, modules.length)),
    record(0x13, number(2, 0xffff)),
    ...parts,
    record(0x10, Buffer.alloc(0)),
  ]);
}

const CHUNK_BYTES = 4096;
const COMPILED = Buffer.from("compiled code");
