/** Digests of one kind, in a form that takes a hundred thousand of them in milliseconds and can be shared between
 *  threads: typed arrays over shared memory, found by binary search. */

export type DigestKind = "md5" | "sha1" | "sha256";

export const DIGEST_BYTES: Record<DigestKind, number> = { md5: 16, sha1: 20, sha256: 32 };

/** Plain data: it survives being sent to another thread. */
export interface HashTable {
  readonly kind: DigestKind;
  readonly count: number;
  /** The first four octets of every digest, ascending. */
  readonly prefixes: Uint32Array;
  /** Which digest each prefix belongs to. */
  readonly order: Uint32Array;
  readonly digests: Uint8Array;
  /** Of the content; `ANY_SIZE` when it is not known. */
  readonly sizes: Uint32Array;
  /** The sizes that occur, ascending, without `ANY_SIZE`. */
  readonly knownSizes: Uint32Array;
  readonly hasAnySize: boolean;
  /** Names of all entries, Latin-1, one after the other; `count + 1` offsets. */
  readonly names: Uint8Array;
  readonly nameStarts: Uint32Array;
}

export const ANY_SIZE = 0xffffffff;

/** Whether content of `size` octets may be in the table at all: without that nothing needs to be hashed. */
export function mayContain(table: HashTable, size: number): boolean {
  if (table.hasAnySize) return table.count > 0;
  const index = lowerBound(table.knownSizes, size);
  return table.knownSizes[index] === size;
}

/** The name of the entry for a digest of content of `size` octets. */
export function findName(table: HashTable, digest: Uint8Array, size: number): string | undefined {
  const prefix = prefixOf(digest, 0);
  for (let index = lowerBound(table.prefixes, prefix); table.prefixes[index] === prefix; index += 1) {
    const entry = table.order[index] ?? 0;
    const entrySize = table.sizes[entry];
    if ((entrySize === size || entrySize === ANY_SIZE) && hasDigest(table, entry, digest)) return nameOf(table, entry);
  }
  return undefined;
}

/** Takes entries one by one; `build` makes the table of them. */
export class HashTableBuilder {
  readonly #kind: DigestKind;
  #digests = Buffer.alloc(0);
  #names = Buffer.alloc(0);
  #sizes = new Uint32Array(0);
  #nameStarts = new Uint32Array(1);
  #count = 0;
  #nameBytes = 0;

  constructor(kind: DigestKind) {
    this.#kind = kind;
  }

  /** `digest` begins with one of the kind; the name is Latin-1, octets [nameStart, nameEnd) of `line`. */
  add(digest: Uint8Array, size: number, line: Uint8Array, nameStart: number, nameEnd: number): void {
    const length = DIGEST_BYTES[this.#kind];
    const nameBytes = nameEnd - nameStart;
    if (this.#count === this.#sizes.length) this.#growEntries(length);
    if (this.#nameBytes + nameBytes > this.#names.length) this.#growNames(nameBytes);
    const at = this.#count * length;
    // Loops and not subarray and set: a million times, objects cost more than octets.
    for (let index = 0; index < length; index += 1) this.#digests[at + index] = digest[index] ?? 0;
    for (let index = 0; index < nameBytes; index += 1)
      this.#names[this.#nameBytes + index] = line[nameStart + index] ?? 0;
    this.#sizes[this.#count] = size;
    this.#nameBytes += nameBytes;
    this.#count += 1;
    this.#nameStarts[this.#count] = this.#nameBytes;
  }

  build(): HashTable {
    const count = this.#count;
    const length = DIGEST_BYTES[this.#kind];
    const { prefixes, order } = sortedPrefixes(this.#digests, length, count);
    const sizes = this.#sizes.subarray(0, count);
    const known = [...new Set(sizes)].filter((size) => size !== ANY_SIZE).sort((left, right) => left - right);
    return {
      kind: this.#kind,
      count,
      prefixes,
      order,
      digests: sharedOctets(this.#digests.subarray(0, count * length)),
      sizes: sharedNumbers(sizes),
      knownSizes: sharedNumbers(known),
      hasAnySize: sizes.includes(ANY_SIZE),
      names: sharedOctets(this.#names.subarray(0, this.#nameBytes)),
      nameStarts: sharedNumbers(this.#nameStarts.subarray(0, count + 1)),
    };
  }

  #growEntries(length: number): void {
    const capacity = Math.max(FIRST_CAPACITY, this.#count * 2);
    const digests = Buffer.alloc(capacity * length);
    const sizes = new Uint32Array(capacity);
    const nameStarts = new Uint32Array(capacity + 1);
    digests.set(this.#digests);
    sizes.set(this.#sizes);
    nameStarts.set(this.#nameStarts);
    this.#digests = digests;
    this.#sizes = sizes;
    this.#nameStarts = nameStarts;
  }

  #growNames(bytes: number): void {
    const names = Buffer.alloc(Math.max(FIRST_CAPACITY * 32, this.#names.length * 2, this.#nameBytes + bytes));
    names.set(this.#names);
    this.#names = names;
  }
}

/** Sorts numbers instead of digests: as many octets of the digest as leave room for the entry's index in 53 bits. */
function sortedPrefixes(
  digests: Uint8Array,
  length: number,
  count: number,
): { prefixes: Uint32Array; order: Uint32Array } {
  const stride = 2 ** Math.min(MAX_INDEX_BITS, Math.ceil(Math.log2(count + 1)));
  if (count > stride) throw new RangeError(`too many digests: ${count}`);
  const keys = new Float64Array(count);
  for (let entry = 0; entry < count; entry += 1) keys[entry] = prefixOf(digests, entry * length) * stride + entry;
  keys.sort();
  const prefixes = sharedNumbers({ length: count });
  const order = sharedNumbers({ length: count });
  for (let index = 0; index < count; index += 1) {
    const key = keys[index] ?? 0;
    const prefix = Math.floor(key / stride);
    prefixes[index] = prefix;
    order[index] = key - prefix * stride;
  }
  return { prefixes, order };
}

function prefixOf(digests: Uint8Array, offset: number): number {
  const high = ((digests[offset] ?? 0) << 8) | (digests[offset + 1] ?? 0);
  const low = ((digests[offset + 2] ?? 0) << 8) | (digests[offset + 3] ?? 0);
  return high * 0x10000 + low;
}

function lowerBound(values: Uint32Array, value: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function hasDigest(table: HashTable, entry: number, digest: Uint8Array): boolean {
  const start = entry * digest.length;
  for (let index = 0; index < digest.length; index += 1) {
    if (table.digests[start + index] !== digest[index]) return false;
  }
  return true;
}

function nameOf(table: HashTable, entry: number): string {
  return Buffer.from(table.names.subarray(table.nameStarts[entry], table.nameStarts[entry + 1])).toString("latin1");
}

function sharedOctets(bytes: Uint8Array): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  return shared;
}

function sharedNumbers(values: ArrayLike<number>): Uint32Array {
  const shared = new Uint32Array(new SharedArrayBuffer(values.length * 4));
  for (let index = 0; index < values.length; index += 1) shared[index] = values[index] ?? 0;
  return shared;
}

const FIRST_CAPACITY = 1024;
const MAX_INDEX_BITS = 21;
