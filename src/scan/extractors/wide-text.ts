/** Text in UTF-16, of either byte order, with or without a mark: looked at in single octets as well. */
import type { Extractor } from "./extractor.ts";

export const wideTextExtractor: Extractor = {
  name: "utf-16",
  matches: ({ bytes, origin }) => origin !== "entry" && zeroOffset(bytes) >= 0,
  extract({ bytes }, sink, budget) {
    if (!budget.takeView(bytes.length >>> 1)) {
      sink.reason("limit-views", "UTF-16 text");
      return;
    }
    const offset = zeroOffset(bytes) === 0 ? 1 : 0;
    const narrow = Buffer.allocUnsafe(bytes.length >>> 1);
    for (let index = 0; index < narrow.length; index += 1) narrow[index] = bytes[index * 2 + offset] ?? 0;
    sink.entry("", narrow, "decoded");
  },
};

/** Whether nearly all octets at even (0) or at odd (1) offsets of the beginning are zero, and the others are not. */
function zeroOffset(bytes: Buffer): 0 | 1 | -1 {
  const length = Math.min(bytes.length & ~1, SAMPLE_BYTES);
  if (length < MIN_BYTES) return -1;
  const zeros: [number, number] = [0, 0];
  for (let index = 0; index < length; index += 2) {
    if (bytes[index] === 0) zeros[0] += 1;
    if (bytes[index + 1] === 0) zeros[1] += 1;
  }
  const most = (length / 2) * 0.75;
  const few = (length / 2) * 0.1;
  if (zeros[0] > most && zeros[1] < few) return 0;
  return zeros[1] > most && zeros[0] < few ? 1 : -1;
}

const SAMPLE_BYTES = 512;
const MIN_BYTES = 32;
