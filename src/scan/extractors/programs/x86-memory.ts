/** The memory of an emulated program: a few regions, nothing between them. */

/** What accessing an address that is not there raises in the program. */
export class MemoryFault extends Error {
  readonly address: number;

  constructor(address: number) {
    super(`no memory at ${address.toString(16)}`);
    this.address = address;
  }
}

export interface MemoryRegion {
  readonly start: number;
  readonly bytes: Buffer;
}

/** Addresses and words are numbers without sign. */
export class X86Memory {
  readonly #regions: MemoryRegion[] = [];
  /** The region that was used last: nearly always the next one too. */
  #start = 0;
  #length = 0;
  #bytes: Buffer = Buffer.alloc(0);

  /** The region that code is executed in: data are somewhere else as a rule. */
  #codeStart = 0;
  #code: Buffer = Buffer.alloc(0);

  add(start: number, bytes: Buffer): void {
    this.#regions.push({ start, bytes });
  }

  get regions(): readonly MemoryRegion[] {
    return this.#regions;
  }

  /** An octet of an instruction. */
  fetch8(address: number): number {
    const octet = this.#code[address - this.#codeStart];
    if (octet !== undefined) return octet;
    const offset = this.#offset(address, 1);
    this.#codeStart = this.#start;
    this.#code = this.#bytes;
    return this.#code[offset] ?? 0;
  }

  read8(address: number): number {
    // The region may change with the offset.
    const offset = this.#offset(address, 1);
    return this.#bytes[offset] ?? 0;
  }

  read16(address: number): number {
    const offset = this.#offset(address, 2);
    const bytes = this.#bytes;
    return (bytes[offset] ?? 0) | ((bytes[offset + 1] ?? 0) << 8);
  }

  /** With sign. */
  read32(address: number): number {
    const offset = this.#offset(address, 4);
    const bytes = this.#bytes;
    return (
      (bytes[offset] ?? 0) |
      ((bytes[offset + 1] ?? 0) << 8) |
      ((bytes[offset + 2] ?? 0) << 16) |
      ((bytes[offset + 3] ?? 0) << 24)
    );
  }

  write8(address: number, value: number): void {
    const offset = this.#offset(address, 1);
    this.#bytes[offset] = value;
  }

  write16(address: number, value: number): void {
    const offset = this.#offset(address, 2);
    this.#bytes[offset] = value;
    this.#bytes[offset + 1] = value >>> 8;
  }

  write32(address: number, value: number): void {
    const offset = this.#offset(address, 4);
    const bytes = this.#bytes;
    bytes[offset] = value;
    bytes[offset + 1] = value >>> 8;
    bytes[offset + 2] = value >>> 16;
    bytes[offset + 3] = value >>> 24;
  }

  /** Text up to a zero, at most so many characters. */
  readText(address: number, maxCharacters: number): string {
    let text = "";
    for (let index = 0; index < maxCharacters; index += 1) {
      const octet = this.read8((address + index) >>> 0);
      if (octet === 0) break;
      text += String.fromCharCode(octet);
    }
    return text;
  }

  /** Where `size` octets at the address are in the current region. */
  #offset(address: number, size: number): number {
    const unsigned = address >>> 0;
    const offset = unsigned - this.#start;
    if (offset >= 0 && offset + size <= this.#length) return offset;
    for (const { start, bytes } of this.#regions) {
      if (unsigned < start || unsigned + size > start + bytes.length) continue;
      this.#start = start;
      this.#length = bytes.length;
      this.#bytes = bytes;
      return unsigned - start;
    }
    throw new MemoryFault(unsigned);
  }
}
