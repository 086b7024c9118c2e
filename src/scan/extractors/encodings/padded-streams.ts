/** Base64 streams one after the other: each ends with its padding. */
import { isBase64Character } from "../../../mime/base64.ts";

/** The streams in `text`, when padding stands between a few of them; none when it is one stream, or so many that each
 *  is but a piece of one. */
export function paddedStreams(text: Buffer): Buffer[] {
  const streams: Buffer[] = [];
  let start = 0;
  let padding = text.indexOf(PADDING);
  while (padding >= 0 && streams.length <= MAX_STREAMS) {
    let next = padding + 1;
    while (next < text.length && (text[next] === PADDING || !isBase64Character(text[next]))) next += 1;
    if (next >= text.length) break;
    streams.push(text.subarray(start, padding));
    start = next;
    padding = text.indexOf(PADDING, next);
  }
  if (streams.length === 0 || streams.length > MAX_STREAMS) return [];
  streams.push(text.subarray(start));
  return streams.filter((stream) => stream.length >= MIN_BYTES);
}

const PADDING = 0x3d;
const MAX_STREAMS = 64;
const MIN_BYTES = 32;
