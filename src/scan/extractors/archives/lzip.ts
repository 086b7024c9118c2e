/** Opens lzip files (the lzip format, draft-diaz-lzip): every member is LZMA under another header, so 7-Zip is given it
 *  under the one that it knows. */
import type { Extractor } from "../extractor.ts";
import { innerName } from "./inner-name.ts";
import type { SevenZip } from "./seven-zip.ts";
import { StreamMembers } from "./stream-members.ts";

/** Without 7-Zip the file is named. */
export function createLzipExtractor(sevenZip?: SevenZip): Extractor {
  return {
    name: "lzip",
    isLayer: true,
    matches: ({ bytes }) => bytes[0] === MAGIC[0] && memberStart(bytes, 0) === 0,
    extract({ bytes, name }, sink, budget) {
      const members = new StreamMembers(sink, budget, "lzip stream");
      const inner = innerName(name);
      let start = memberStart(bytes, 0);
      while (start >= 0) {
        const next = memberStart(bytes, start + HEADER_BYTES);
        const member = bytes.subarray(start, next < 0 ? bytes.length : next);
        start = next;
        if (sevenZip === undefined) {
          sink.reason("unsupported", "lzip stream");
          return;
        }
        if (!members.begin(inner)) break;
        if (!budget.takeRun()) {
          sink.reason("limit-entries", "lzip stream: more archives than allowed");
          break;
        }
        const keptBytes = budget.outputBytes;
        const { files, crash, damaged, stopped } = sevenZip.extract(lzmaOf(member), {
          format: "lzma",
          password: "",
          without: [],
          limits: {
            files: MAX_FILES,
            keptBytes,
            stop: (writtenBytes) => {
              if (budget.isOutOfTime()) return "limit-time";
              return writtenBytes > keptBytes ? "limit-bytes" : undefined;
            },
          },
        });
        const [file] = files;
        const isCapped = file?.isCut === true || stopped !== undefined;
        const isDamaged = file === undefined || file.bytes.length === 0 || crash !== undefined || damaged.length > 0;
        members.add(
          inner,
          file?.bytes ?? NOTHING,
          member.length,
          isCapped ? "capped" : isDamaged ? "damaged" : "whole",
        );
      }
      members.finish();
    },
  };
}

/** The next octets that look like a member: the magic, version 1 and a dictionary of 4 KiB to 512 MiB. */
function memberStart(bytes: Buffer, from: number): number {
  let position = bytes.indexOf(MAGIC, from);
  while (position >= 0) {
    const power = (bytes[position + 5] ?? 0) & 0x1f;
    if (power >= 12 && power <= 29) return position;
    position = bytes.indexOf(MAGIC, position + 1);
  }
  return -1;
}

/** The properties are always the same, the end of the stream is marked. */
function lzmaOf(member: Buffer): Buffer {
  const coded = member[5] ?? 0;
  const header = Buffer.alloc(13, 0xff);
  header[0] = LZMA_PROPERTIES;
  // The member may say some sixteenths less; 7-Zip refuses sizes that are not round, and a larger one does no harm.
  header.writeUInt32LE(2 ** (coded & 0x1f), 1);
  return Buffer.concat([header, member.subarray(HEADER_BYTES)]);
}

const MAGIC = Buffer.from("LZIP\x01", "latin1");
const HEADER_BYTES = 6;
/** lc 3, lp 0, pb 2. */
const LZMA_PROPERTIES = 0x5d;
const MAX_FILES = 4;
const NOTHING = Buffer.alloc(0);
