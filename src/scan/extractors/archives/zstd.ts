/** Opens Zstandard files: all frames one after the other, skippable ones passed over. */
import type { Extractor } from "../extractor.ts";
import { SIGNS } from "../octet-survey.ts";
import { innerName } from "./inner-name.ts";
import { StreamMembers } from "./stream-members.ts";
import { decodeZstdFrame, hasZstd, isSkippable, readZstdFrame, ZSTD_MAGIC } from "./zstd-frame.ts";

export const zstdExtractor: Extractor = {
  name: "zstd",
  isLayer: true,
  mayMatch: (survey) => (survey & (SIGNS.control | SIGNS.high)) !== 0,
  matches: ({ bytes }) => firstFrame(bytes) !== undefined,
  extract({ bytes, name }, sink, budget) {
    if (!hasZstd) {
      sink.reason("unsupported", "Zstandard stream");
      return;
    }
    const members = new StreamMembers(sink, budget, "Zstandard stream");
    const inner = innerName(name);
    let position = firstFrame(bytes);
    while (position !== undefined) {
      const frame = readZstdFrame(bytes, position);
      if (frame === undefined || !members.begin(inner)) break;
      if (frame.needsDictionary) {
        sink.reason("unsupported", "Zstandard stream with a dictionary of its own");
      } else {
        const decoded = decodeZstdFrame(bytes, frame, budget.outputBytes);
        members.add(inner, decoded.bytes, frame.end - frame.start, decoded.end);
      }
      position = afterSkippable(bytes, frame.end);
    }
    members.finish();
  },
};

/** The first frame with content, behind skippable ones. */
function firstFrame(bytes: Buffer): number | undefined {
  if (bytes.length < 8) return undefined;
  const magic = bytes.readUInt32LE(0);
  if (magic === ZSTD_MAGIC) return 0;
  return isSkippable(magic) ? afterSkippable(bytes, 0) : undefined;
}

/** The next frame with content from `position` on, where skippable ones may stand. */
function afterSkippable(bytes: Buffer, position: number): number | undefined {
  let next = position;
  while (next + 8 <= bytes.length) {
    const magic = bytes.readUInt32LE(next);
    if (magic === ZSTD_MAGIC) return next;
    if (!isSkippable(magic)) return undefined;
    next += 8 + bytes.readUInt32LE(next + 4);
  }
  return undefined;
}
