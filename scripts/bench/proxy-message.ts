/** Messages for the proxy benchmark: made from nothing but their size and number, by the origin that serves them and by
 *  the client that checks every octet of them. */
import { createCipheriv } from "node:crypto";

export interface BenchMessage {
  readonly parts: readonly Buffer[];
  readonly bytes: number;
}

/** A message of about `size` octets with an attachment of random ones; no two numbers give the same. */
export function benchMessage(size: number, number: number): BenchMessage {
  const head = Buffer.from(
    `Received: from mx.example.org by mail.example.net with ESMTPS id ${number}; Thu, 1 Jan 2026 10:00:00 +0000\r\n` +
      `From: Sender <sender@example.org>\r\nTo: Reader <reader@example.net>\r\nSubject: message ${number} of ${size}\r\n` +
      `Date: Thu, 1 Jan 2026 10:00:00 +0000\r\nMessage-ID: <${number}.${size}@example.org>\r\nMIME-Version: 1.0\r\n` +
      `Content-Type: multipart/mixed; boundary="bench"\r\n\r\n--bench\r\nContent-Type: text/plain\r\n\r\n` +
      `This is message ${number}.\r\n\r\n--bench\r\nContent-Type: application/octet-stream; name="data-${number}.bin"\r\n` +
      `Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename="data-${number}.bin"\r\n\r\n`,
  );
  const lines = Math.max(0, Math.floor((size - head.length - FOOT.length) / LINE_BYTES));
  const first = (number * 7_919) % (POOL_LINES - lines);
  const body = pool().subarray(first * LINE_BYTES, (first + lines) * LINE_BYTES);
  return { parts: [head, body, FOOT], bytes: head.length + body.length + FOOT.length };
}

/** Octets [start, end) of the message. */
export function benchRange({ parts }: BenchMessage, start: number, end: number): Buffer[] {
  const pieces: Buffer[] = [];
  let offset = 0;
  for (const part of parts) {
    const piece = part.subarray(Math.max(start - offset, 0), Math.max(end - offset, 0));
    if (piece.length > 0) pieces.push(piece);
    offset += part.length;
  }
  return pieces;
}

/** Whether `chunk` is what the message has from `start` on. */
export function isPartOf(message: BenchMessage, start: number, chunk: Buffer): boolean {
  let offset = 0;
  for (const piece of benchRange(message, start, start + chunk.length)) {
    if (piece.compare(chunk, offset, offset + piece.length) !== 0) return false;
    offset += piece.length;
  }
  return offset === chunk.length;
}

let made: Buffer | undefined;

/** Lines of base64, the same in every process. */
function pool(): Buffer {
  if (made !== undefined) return made;
  const cipher = createCipheriv("aes-128-ctr", Buffer.alloc(16, 7), Buffer.alloc(16));
  const octets = cipher.update(Buffer.alloc(POOL_LINES * LINE_OCTETS));
  made = Buffer.allocUnsafe(POOL_LINES * LINE_BYTES);
  for (let line = 0; line < POOL_LINES; line += 1) {
    const text = octets.toString("base64", line * LINE_OCTETS, (line + 1) * LINE_OCTETS);
    made.write(`${text}\r\n`, line * LINE_BYTES, "latin1");
  }
  return made;
}

const LINE_OCTETS = 57;
const LINE_BYTES = 78;
/** 23 MB: room for the largest message. */
const POOL_LINES = 300_000;
const FOOT = Buffer.from("\r\n--bench--\r\n");
