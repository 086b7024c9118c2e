/** Properties as TNEF writes them [MS-OXTNEF] 2.1.3.4: a list of tags and values, each padded to four octets. */

export interface MapiProperty {
  /** Without the type. */
  readonly id: number;
  readonly type: number;
  readonly value: Buffer;
}

/** The properties as far as they can be read; one with several values is given for each of them. Counts and lengths end where the octets do. */
export function* readProperties(bytes: Buffer): Generator<MapiProperty> {
  const reader = new PropertyReader(bytes);
  // The count is not needed: without it, what is behind the counted ones is read as well.
  reader.skip(4);
  while (!reader.isAtEnd) {
    if (!(yield* reader.property())) return;
  }
}

class PropertyReader {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#position + 4 > this.#bytes.length;
  }

  skip(bytes: number): void {
    this.#position += bytes;
  }

  /** Whether what follows is a property too. */
  *property(): Generator<MapiProperty, boolean> {
    const type = this.#bytes.readUInt16LE(this.#position);
    const id = this.#bytes.readUInt16LE(this.#position + 2);
    this.skip(4);
    if (id >= NAMED_FROM && !this.#skipName()) return false;
    const isMultiple = (type & MULTIPLE) !== 0;
    const base = type & ~MULTIPLE;
    const fixed = FIXED_BYTES.get(base);
    if (fixed === undefined && !VARIABLE.has(base)) return false;
    const isCounted = isMultiple || fixed === undefined;
    // Values without octets do not move on, however many there are said to be.
    const count = fixed === 0 ? 0 : isCounted ? this.#number() : 1;
    for (let index = 0; index < count && this.#position < this.#bytes.length; index += 1) {
      yield { id, type: base, value: this.#value(fixed ?? this.#number()) };
    }
    return true;
  }

  /** A GUID, a kind, and a number or a text. */
  #skipName(): boolean {
    this.skip(16);
    const kind = this.#number();
    if (kind === NAMED_BY_NUMBER) this.skip(4);
    else if (kind === NAMED_BY_TEXT) this.skip(padded(this.#number()));
    else return false;
    return !this.isAtEnd;
  }

  #number(): number {
    const value = this.isAtEnd ? 0 : this.#bytes.readUInt32LE(this.#position);
    this.skip(4);
    return value;
  }

  #value(length: number): Buffer {
    const start = this.#position;
    this.skip(padded(length));
    return this.#bytes.subarray(start, start + length);
  }
}

function padded(length: number): number {
  return Math.ceil(length / 4) * 4;
}

/** Octets of a value by type; those of two octets are padded. */
const FIXED_BYTES = new Map([
  [0x0000, 0],
  [0x0001, 0],
  [0x0002, 4],
  [0x0003, 4],
  [0x0004, 4],
  [0x0005, 8],
  [0x0006, 8],
  [0x0007, 8],
  [0x000a, 4],
  [0x000b, 4],
  [0x0014, 8],
  [0x0040, 8],
  [0x0048, 16],
]);
/** Object, text, UTF-16 text, octets. */
const VARIABLE = new Set([0x000d, 0x001e, 0x001f, 0x0102]);
const MULTIPLE = 0x1000;
const NAMED_FROM = 0x8000;
const NAMED_BY_NUMBER = 0;
const NAMED_BY_TEXT = 1;
