/** Octet work that more than one rank needs. Nothing here copies unless its name says so. */

export const CR = 0x0d;
export const LF = 0x0a;
export const NUL = 0x00;
export const SPACE = 0x20;
export const TAB = 0x09;
export const DOT = 0x2e;

/** A Buffer over the same memory. */
export function view(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The octets as text, one character per octet (for protocol words and logs, never for mail content). */
export function latin1(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  return view(bytes).toString("latin1", start, end);
}

/** The octets as UTF-16, little-endian; an odd one at the end is left out: given an odd number of them at an odd address,
 *  Node 24 writes behind the end of its own memory. */
export function utf16(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  const stop = Math.min(end, bytes.length);
  return view(bytes).toString("utf16le", start, stop - (Math.max(0, stop - start) % 2));
}

/** Text with characters up to U+00FF as octets. */
export function fromLatin1(text: string): Buffer {
  return Buffer.from(text, "latin1");
}

/** A copy that owns its memory. */
export function copyOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes);
}

/** The line ending's length at the end of `line`: 2 for CRLF, 1 for LF, 0 for none. */
export function lineEndLength(line: Uint8Array): 0 | 1 | 2 {
  const length = line.length;
  if (length === 0 || line[length - 1] !== LF) return 0;
  return length > 1 && line[length - 2] === CR ? 2 : 1;
}
