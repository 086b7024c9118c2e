/** The compression of VBA projects [MS-OVBA] 2.4.1: chunks of 4,096 octets, each by itself. */

export interface VbaText {
  readonly bytes: Buffer;
  /** Where the container ends in the input. */
  readonly end: number;
  readonly isCapped: boolean;
}

/** Decodes the container at `start`; undefined when there is none. What does not follow the format is read as far as it
 *  can be: Office reads less strictly than it writes. */
export function decompressVba(input: Buffer, start: number, maxBytes: number): VbaText | undefined {
  if (start < 0 || input[start] !== CONTAINER) return undefined;
  const chunks: Buffer[] = [];
  let total = 0;
  let position = start + 1;
  while (position + 2 <= input.length) {
    if (total >= maxBytes) return { bytes: Buffer.concat(chunks), end: position, isCapped: true };
    const header = input.readUInt16LE(position);
    // The signature of a chunk is 3: anything else is what stands behind the container.
    if ((header >> 12) % 8 !== SIGNATURE) break;
    const end = Math.min(input.length, position + (header % 4096) + 3);
    const data = input.subarray(position + 2, end);
    const chunk = header >= COMPRESSED ? decompressChunk(data) : data;
    chunks.push(total + chunk.length > maxBytes ? chunk.subarray(0, maxBytes - total) : chunk);
    total += chunk.length;
    position = end;
  }
  return { bytes: Buffer.concat(chunks), end: position, isCapped: total > maxBytes };
}

function decompressChunk(data: Buffer): Buffer {
  const output = Buffer.allocUnsafe(CHUNK_BYTES);
  let written = 0;
  let position = 0;
  while (position < data.length && written < CHUNK_BYTES) {
    const flags = data[position] ?? 0;
    position += 1;
    for (let bit = 0; bit < 8 && position < data.length && written < CHUNK_BYTES; bit += 1) {
      if ((flags & (1 << bit)) === 0) {
        output[written] = data[position] ?? 0;
        written += 1;
        position += 1;
        continue;
      }
      if (position + 2 > data.length) return output.subarray(0, written);
      written = copyBack(output, written, data.readUInt16LE(position));
      position += 2;
    }
  }
  return output.subarray(0, written);
}

/** A copy token's split into distance and length depends on how much of the chunk is there (2.4.1.3.19). */
function copyBack(output: Buffer, written: number, token: number): number {
  let distanceBits = 4;
  while (distanceBits < 12 && 1 << distanceBits < written) distanceBits += 1;
  const lengthBits = 16 - distanceBits;
  const distance = (token >> lengthBits) + 1;
  const end = Math.min(CHUNK_BYTES, written + (token & ((1 << lengthBits) - 1)) + 3);
  for (let index = written; index < end; index += 1)
    output[index] = index < distance ? 0 : (output[index - distance] ?? 0);
  return end;
}

/** Where source code begins in a stream that nothing describes: a module's first words are stored as they are. -1 when
 *  there is none from `from` on. */
export function findModuleSource(stream: Buffer, from = 0): number {
  let found = stream.indexOf(FIRST_WORD, from);
  while (found >= 0) {
    const start = found - 3;
    if (start >= from && stream[start] === CONTAINER) return start;
    found = stream.indexOf(FIRST_WORD, found + 1);
  }
  return -1;
}

const CONTAINER = 1;
const SIGNATURE = 3;
const COMPRESSED = 0x8000;
const CHUNK_BYTES = 4096;
/** A flag octet for eight literals, and these. */
const FIRST_WORD = Buffer.from("\0Attribut", "latin1");
