/** Whether the header of a 7z archive is encrypted (7zFormat.txt of the LZMA SDK): 7-Zip itself does not tell, and asks
 *  for a password. */

/** False when the archive ends before its header. */
export function hasEncryptedHeader(bytes: Buffer): boolean {
  if (bytes.length < 32) return false;
  const offset = bytes.readBigUInt64LE(12);
  const size = bytes.readBigUInt64LE(20);
  if (offset > bytes.length || size > bytes.length) return false;
  const start = 32 + Number(offset);
  const header = bytes.subarray(start, start + Number(size));
  return header[0] === ENCODED_HEADER && header.includes(AES_METHOD);
}

const ENCODED_HEADER = 0x17;
/** 7zAES: AES-256 with SHA-256. */
const AES_METHOD = Buffer.from([0x06, 0xf1, 0x07, 0x01]);
