/** Bodies inside ICAP: always chunked (RFC 3507 §4.4.1). */
import { remoteLimits } from "../../../core/scan-limits.ts";
import type { Wire } from "../../remote/wire.ts";

/** Sends octets as chunks, without the last one; stops when the service has begun to answer with more than `room`. */
export async function sendChunks(wire: Wire, bytes: Buffer, isOver: () => boolean): Promise<void> {
  for (let start = 0; start < bytes.length && !isOver(); start += remoteLimits.chunkBytes) {
    const chunk = bytes.subarray(start, start + remoteLimits.chunkBytes);
    await wire.send(Buffer.from(`${chunk.length.toString(16)}\r\n`, "latin1"), chunk, CRLF);
  }
}

/** Reads a body to its end and hands on its octets. Rejects when it is longer than `maxBytes`. */
export async function readBody(wire: Wire, maxBytes: number, take: (octets: Buffer) => void): Promise<void> {
  let left = maxBytes;
  for (;;) {
    const line = (await wire.readUntil("\r\n", MAX_LINE_BYTES)).toString("latin1");
    const size = /^([0-9a-f]{1,8})[ \t]*(?:;.*)?$/i.exec(line)?.[1];
    if (size === undefined) throw new Error("its answer is not chunked");
    let bytes = Number.parseInt(size, 16);
    if (bytes === 0) break;
    left -= bytes;
    if (left < 0) throw new Error(`its answer is longer than ${maxBytes} octets`);
    while (bytes > 0) {
      const octets = await wire.readSome(bytes);
      bytes -= octets.length;
      take(octets);
    }
    if ((await wire.readUntil("\r\n", 0)).length > 0) throw new Error("its answer is not chunked");
  }
  // Trailers, up to the blank line.
  for (let lines = 0; lines <= MAX_TRAILERS; lines += 1) {
    if ((await wire.readUntil("\r\n", MAX_LINE_BYTES)).length === 0) return;
  }
  throw new Error("its answer does not end");
}

export function skipBody(wire: Wire, maxBytes: number): Promise<void> {
  return readBody(wire, maxBytes, () => {});
}

const CRLF = Buffer.from("\r\n");
const MAX_LINE_BYTES = 4_096;
const MAX_TRAILERS = 50;
