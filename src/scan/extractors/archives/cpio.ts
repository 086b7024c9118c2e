/** Opens cpio archives in all their forms: binary of either byte order, portable ASCII (odc), "new" ASCII with and
 *  without checksums; also what stands behind the trailer, as in the file systems that Linux boots from. */
import { latin1 } from "../../../core/bytes.ts";
import { mimeLimits } from "../../../core/scan-limits.ts";
import type { Extractor } from "../extractor.ts";
import { StoredEntries } from "./stored-entries.ts";

export const cpioExtractor: Extractor = {
  name: "cpio",
  matches: ({ bytes }) => readHeader(bytes, 0) !== undefined,
  extract({ bytes }, sink, budget) {
    const entries = new StoredEntries(sink, budget);
    let position = 0;
    while (position < bytes.length) {
      const header = readHeader(bytes, position);
      if (header === undefined) {
        position = nextHeader(bytes, position + 1);
        continue;
      }
      const { name, dataStart, dataEnd } = header;
      const data = bytes.subarray(dataStart, Math.min(dataEnd, bytes.length));
      if (name !== TRAILER && data.length > 0 && !entries.hand(name, data)) return;
      // A size that is a lie may hide the headers that it covers.
      position = dataEnd > bytes.length ? nextHeader(bytes, position + 1) : header.next;
    }
  },
};

interface CpioHeader {
  readonly name: string;
  readonly dataStart: number;
  readonly dataEnd: number;
  readonly next: number;
}

function readHeader(bytes: Buffer, position: number): CpioHeader | undefined {
  const first = bytes[position];
  if (first === 0x30) return readAscii(bytes, position);
  if (first === 0xc7 && bytes[position + 1] === 0x71) return readBinary(bytes, position, true);
  if (first === 0x71 && bytes[position + 1] === 0xc7) return readBinary(bytes, position, false);
  return undefined;
}

function readAscii(bytes: Buffer, position: number): CpioHeader | undefined {
  const magic = latin1(bytes, position, position + 6);
  if (magic === "070707") {
    const nameBytes = digits(bytes, position + 59, 6, 8);
    const size = digits(bytes, position + 65, 11, 8);
    return member(bytes, position, 76, nameBytes, size, 1);
  }
  if (magic !== "070701" && magic !== "070702") return undefined;
  return member(bytes, position, 110, digits(bytes, position + 94, 8, 16), digits(bytes, position + 54, 8, 16), 4);
}

/** Words of 16 bits; the upper half of the size comes first in either order. */
function readBinary(bytes: Buffer, position: number, isLittle: boolean): CpioHeader | undefined {
  if (position + 26 > bytes.length) return undefined;
  const word = (offset: number): number =>
    isLittle ? bytes.readUInt16LE(position + offset) : bytes.readUInt16BE(position + offset);
  const nameBytes = word(20);
  const header = member(bytes, position, 26, nameBytes, word(22) * 65_536 + word(24), 2);
  // Two octets are no magic: a name that does not end where it says is none.
  return bytes[position + 25 + nameBytes] === 0 ? header : undefined;
}

function member(
  bytes: Buffer,
  position: number,
  headerBytes: number,
  nameBytes: number | undefined,
  size: number | undefined,
  alignment: number,
): CpioHeader | undefined {
  if (nameBytes === undefined || size === undefined || nameBytes < 1) return undefined;
  const nameStart = position + headerBytes;
  if (nameStart + nameBytes > bytes.length) return undefined;
  const align = (offset: number): number => position + Math.ceil((offset - position) / alignment) * alignment;
  const dataStart = align(nameStart + nameBytes);
  const nameEnd = nameStart + Math.min(nameBytes - 1, mimeLimits.nameCharacters);
  const name = bytes.toString("utf8", nameStart, nameEnd);
  return { name, dataStart, dataEnd: dataStart + size, next: align(dataStart + size) };
}

function digits(bytes: Buffer, start: number, length: number, radix: 8 | 16): number | undefined {
  const text = latin1(bytes, start, start + length);
  const isNumber = text.length === length && (radix === 8 ? /^[0-7]+$/ : /^[0-9a-f]+$/i).test(text);
  return isNumber ? Number.parseInt(text, radix) : undefined;
}

/** Only of the ASCII forms: two octets are found anywhere. */
function nextHeader(bytes: Buffer, position: number): number {
  const next = bytes.indexOf("07070", position, "latin1");
  return next < 0 ? bytes.length : next;
}

const TRAILER = "TRAILER!!!";
