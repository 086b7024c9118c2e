/** Whether content may be text: at its beginning there are no control characters but white space. Constant time. */
export function mayBeText(bytes: Buffer): boolean {
  const end = Math.min(bytes.length, PEEK_BYTES);
  for (let index = 0; index < end; index += 1) {
    const octet = bytes[index] ?? 0;
    if (octet < 0x20 && octet !== 0x09 && octet !== 0x0a && octet !== 0x0d && octet !== 0x0c) return false;
  }
  return end > 0;
}

const PEEK_BYTES = 256;
