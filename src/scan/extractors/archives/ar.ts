/** Opens ar archives, which Debian packages and static libraries are, with the long names of GNU and BSD. */
import { latin1 } from "../../../core/bytes.ts";
import { mimeLimits } from "../../../core/scan-limits.ts";
import type { Extractor } from "../extractor.ts";
import { StoredEntries } from "./stored-entries.ts";

export const arExtractor: Extractor = {
  name: "ar",
  mayMatch: (_, { bytes }) => bytes[0] === 0x21,
  matches: ({ bytes }) => bytes[0] === 0x21 && latin1(bytes, 0, MAGIC.length) === MAGIC,
  extract({ bytes }, sink, budget) {
    const entries = new StoredEntries(sink, budget);
    let longNames: Buffer = Buffer.alloc(0);
    let position = MAGIC.length;
    while (position < bytes.length) {
      const header = bytes.indexOf(HEADER_END, position + HEADER_BYTES - 2);
      if (header < 0) return;
      // Normally right here; after a size that is a lie wherever the next one is.
      const start = header - HEADER_BYTES + 2;
      const dataStart = header + 2;
      const size = Number(latin1(bytes, start + 48, start + 58).trim());
      const isLie = !Number.isSafeInteger(size) || size < 0 || dataStart + size > bytes.length;
      const data = bytes.subarray(dataStart, isLie ? bytes.length : dataStart + size);
      const field = latin1(bytes, start, start + 16).trimEnd();
      if (field === "//") longNames = data;
      else if (data.length > 0 && !entries.hand(...named(field, data, longNames))) return;
      position = isLie ? dataStart : dataStart + size + (size & 1);
    }
  },
};

/** The member's name and its octets, of which BSD's long name is the beginning. */
function named(field: string, data: Buffer, longNames: Buffer): [string, Buffer] {
  const bsd = /^#1\/(\d{1,6})$/.exec(field)?.[1];
  if (bsd !== undefined) {
    const length = Number(bsd);
    return [data.toString("utf8", 0, Math.min(length, mimeLimits.nameCharacters)), data.subarray(length)];
  }
  const gnu = /^\/(\d{1,9})$/.exec(field)?.[1];
  if (gnu === undefined) return [field.replace(/\/$/, ""), data];
  const start = Number(gnu);
  const [name = ""] = longNames.toString("utf8", start, start + mimeLimits.nameCharacters).split(/\/?\n/);
  return [name, data];
}

const MAGIC = "!<arch>\n";
const HEADER_BYTES = 60;
const HEADER_END = Buffer.from("`\n", "latin1");
