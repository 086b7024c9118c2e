/** A message as it is to readers that change its octets before they take it apart: bare CRs are line ends to some, no
 *  characters at all to others, and so are NULs. */
import { CR, LF, NUL } from "../core/bytes.ts";
import type { MessageTree } from "../mime/entity.ts";

/** Of an ambiguous message, one without line feeds among them; nothing of any other. */
export function wholeReadings(bytes: Buffer, { ambiguities }: MessageTree): Buffer[] {
  if (ambiguities.length === 0) return [];
  const readings: Buffer[] = [];
  if (hasBareReturn(bytes)) {
    readings.push(withLineFeeds(bytes));
    if (bytes.includes(LF)) readings.push(without(CR, bytes));
  }
  if (bytes.includes(NUL)) readings.push(without(NUL, bytes));
  return readings;
}

/** A CR that is no part of a line end with LF; CRs before one are. */
function hasBareReturn(bytes: Buffer): boolean {
  for (let position = bytes.indexOf(CR); position >= 0; position = bytes.indexOf(CR, position + 1)) {
    while (bytes[position + 1] === CR) position += 1;
    if (bytes[position + 1] !== LF) return true;
  }
  return false;
}

/** LF for every line end: CRs and LF, or one CR alone. */
function withLineFeeds(bytes: Buffer): Buffer {
  const kept = Buffer.allocUnsafe(bytes.length);
  let written = 0;
  let position = 0;
  while (position < bytes.length) {
    let next = position;
    while (bytes[next] === CR) next += 1;
    const isLineEnd = next > position && bytes[next] === LF;
    kept[written] = next > position ? LF : (bytes[position] ?? 0);
    written += 1;
    position = isLineEnd ? next + 1 : position + 1;
  }
  return kept.subarray(0, written);
}

function without(unwanted: number, bytes: Buffer): Buffer {
  const kept = Buffer.allocUnsafe(bytes.length);
  let written = 0;
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index] ?? 0;
    if (byte === unwanted) continue;
    kept[written] = byte;
    written += 1;
  }
  return kept.subarray(0, written);
}
