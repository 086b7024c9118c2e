/** The headers of 7z archives (7zFormat.txt of the LZMA SDK) as far as they tell how the archive is encrypted. */

/** How one coder of a folder works: its method and its properties. */
export interface SevenZipCoder {
  readonly method: string;
  readonly properties: Buffer;
  readonly inputs: number;
  readonly outputs: number;
}

export interface SevenZipFolder {
  readonly coders: readonly SevenZipCoder[];
  /** Which coder's input takes which coder's output, counted over all coders. */
  readonly pairs: readonly { readonly input: number; readonly output: number }[];
  /** Octets of the first packed stream. */
  readonly packed: Buffer;
  readonly unpackedBytes: number;
}

export interface SevenZipHeader {
  /** The header itself is packed, and perhaps encrypted; the folders are those that it is in. */
  readonly isEncoded: boolean;
  readonly folders: readonly SevenZipFolder[];
}

/** The header that the start of the archive leads to; undefined when it is not there or makes no sense. */
export function readSevenZipHeader(archive: Buffer): SevenZipHeader | undefined {
  if (archive.length < START_BYTES) return undefined;
  const offset = archive.readBigUInt64LE(12);
  const size = archive.readBigUInt64LE(20);
  if (offset > archive.length || size > archive.length) return undefined;
  const start = START_BYTES + Number(offset);
  return parseSevenZipHeader(archive, archive.subarray(start, start + Number(size)));
}

/** A header on its own, as it is when it was unpacked. */
export function parseSevenZipHeader(archive: Buffer, header: Buffer): SevenZipHeader | undefined {
  try {
    const reader = new HeaderReader(header);
    const kind = reader.octet();
    if (kind !== HEADER && kind !== ENCODED_HEADER) return undefined;
    if (kind === HEADER && reader.octet() !== MAIN_STREAMS) return undefined;
    return { isEncoded: kind === ENCODED_HEADER, folders: reader.streams(archive) };
  } catch (error) {
    if (error instanceof BrokenHeader) return undefined;
    throw error;
  }
}

class BrokenHeader extends Error {}

class HeaderReader {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  octet(): number {
    const octet = this.#bytes[this.#position];
    if (octet === undefined) throw new BrokenHeader();
    this.#position += 1;
    return octet;
  }

  /** Where the packed streams are, and the folders that they make. */
  streams(archive: Buffer): SevenZipFolder[] {
    this.#expect(PACK_INFO);
    let packStart = START_BYTES + this.#number();
    const count = this.#count();
    this.#expect(SIZES);
    const sizes = Array.from({ length: count }, () => this.#number());
    this.#skipTo(UNPACK_INFO);
    this.#expect(FOLDERS);
    const folderCount = this.#count();
    if (this.octet() !== 0) throw new BrokenHeader();
    const folders = Array.from({ length: folderCount }, () => this.#folder());
    this.#expect(UNPACKED_SIZES);
    let stream = 0;
    return folders.map(({ coders, pairs, packedStreams }) => {
      const outputs = coders.reduce((sum, coder) => sum + coder.outputs, 0);
      const unpacked = Array.from({ length: outputs }, () => this.#number());
      const size = sizes[stream] ?? 0;
      const packed = archive.subarray(packStart, packStart + size);
      for (let index = 0; index < packedStreams; index += 1) packStart += sizes[stream + index] ?? 0;
      stream += packedStreams;
      const main = unpacked.findIndex((_, output) => !pairs.some((pair) => pair.output === output));
      return { coders, pairs, packed, unpackedBytes: unpacked[main] ?? 0 };
    });
  }

  #folder(): Omit<SevenZipFolder, "packed" | "unpackedBytes"> & { packedStreams: number } {
    const coders = Array.from({ length: this.#count() }, () => this.#coder());
    const inputs = coders.reduce((sum, coder) => sum + coder.inputs, 0);
    const outputs = coders.reduce((sum, coder) => sum + coder.outputs, 0);
    if (outputs < 1 || inputs < 1) throw new BrokenHeader();
    const pairs = Array.from({ length: outputs - 1 }, () => ({ input: this.#number(), output: this.#number() }));
    const packedStreams = inputs - pairs.length;
    if (packedStreams > 1) for (let index = 0; index < packedStreams; index += 1) this.#number();
    return { coders, pairs, packedStreams };
  }

  #coder(): SevenZipCoder {
    const flags = this.octet();
    const method = this.#take(flags & 15).toString("hex");
    const isComplex = (flags & 0x10) !== 0;
    const inputs = isComplex ? this.#count() : 1;
    const outputs = isComplex ? this.#count() : 1;
    const properties = (flags & 0x20) !== 0 ? this.#take(this.#number()) : Buffer.alloc(0);
    return { method, properties, inputs, outputs };
  }

  /** Passes over digests, which nothing here needs. */
  #skipTo(id: number): void {
    for (let octet = this.octet(); octet !== id; octet = this.octet());
  }

  #expect(id: number): void {
    if (this.octet() !== id) throw new BrokenHeader();
  }

  #take(length: number): Buffer {
    const end = this.#position + length;
    if (end > this.#bytes.length) throw new BrokenHeader();
    const taken = this.#bytes.subarray(this.#position, end);
    this.#position = end;
    return taken;
  }

  #count(): number {
    const count = this.#number();
    if (count > MAX_COUNT) throw new BrokenHeader();
    return count;
  }

  /** The first octet's leading ones say how many octets follow, the lowest first; its other bits are the highest. */
  #number(): number {
    const first = this.octet();
    let value = 0;
    let scale = 1;
    for (let mask = 0x80; mask > 0; mask >>= 1) {
      if ((first & mask) === 0) return value + (first & (mask - 1)) * scale;
      value += this.octet() * scale;
      scale *= 256;
    }
    return value;
  }
}

const START_BYTES = 32;
const HEADER = 0x01;
const MAIN_STREAMS = 0x04;
const PACK_INFO = 0x06;
const UNPACK_INFO = 0x07;
const SIZES = 0x09;
const FOLDERS = 0x0b;
const UNPACKED_SIZES = 0x0c;
const ENCODED_HEADER = 0x17;
/** Far above what any archive in a mail has; a lie costs nothing. */
const MAX_COUNT = 10_000;
