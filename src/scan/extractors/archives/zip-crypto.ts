/** The traditional encryption of zip archives (APPNOTE 6.1): three keys that every octet changes. Weak, and still what
 *  most programs write. */

/** Octets before the data that check the password. */
export const ZIP_CRYPTO_HEADER_BYTES = 12;

/** A stream cipher: octets have to be deciphered in order. */
export class ZipCrypto {
  #key0 = 0x12345678;
  #key1 = 0x23456789;
  #key2 = 0x34567890;

  constructor(password: Buffer) {
    for (const octet of password) this.#update(octet);
  }

  /** A copy of `input`, deciphered. */
  decipher(input: Buffer): Buffer {
    const output = Buffer.allocUnsafe(input.length);
    for (let index = 0; index < input.length; index += 1) {
      const temporary = (this.#key2 & 0xffff) | 2;
      const octet = (input[index] ?? 0) ^ ((Math.imul(temporary, temporary ^ 1) >>> 8) & 0xff);
      output[index] = octet;
      this.#update(octet);
    }
    return output;
  }

  #update(octet: number): void {
    this.#key0 = (CRC_TABLE[(this.#key0 ^ octet) & 0xff] ?? 0) ^ (this.#key0 >>> 8);
    this.#key1 = (Math.imul((this.#key1 + (this.#key0 & 0xff)) >>> 0, 134_775_813) + 1) >>> 0;
    this.#key2 = (CRC_TABLE[(this.#key2 ^ (this.#key1 >>> 24)) & 0xff] ?? 0) ^ (this.#key2 >>> 8);
  }
}

/** Of CRC-32: one octet at a time, which node:zlib does not offer. */
const CRC_TABLE = Int32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = (value & 1) !== 0 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});
