/** Digests of one kind, in a form that takes millions of them in little memory and can be shared between threads: typed
 *  arrays in which digests that begin alike stand together. */
import { signatureLimits } from "../../../core/scan-limits.ts";
import { type Growable, growableCounts, growableOctets } from "./growable.ts";
import { type NameTableBuilder, type NameTexts, NO_NUMBER, nameOf } from "./name-table.ts";

export type DigestKind = "md5" | "sha1" | "sha256";

export const DIGEST_BYTES: Record<DigestKind, number> = { md5: 16, sha1: 20, sha256: 32 };

/** Plain data: it survives being sent to another thread. */
export interface HashTable {
  readonly kind: DigestKind;
  readonly count: number;
  /** Digests whose first `bucketBits` bits have the value i are those from `buckets[i]` up to `buckets[i + 1]`. */
  readonly bucketBits: number;
  readonly buckets: Uint32Array;
  readonly digests: Uint8Array;
  /** Of the content; `ANY_SIZE` when it is not known. */
  readonly sizes: Uint32Array;
  /** The sizes that occur, ascending, without `ANY_SIZE`. */
  readonly knownSizes: Uint32Array;
  readonly hasAnySize: boolean;
  /** The two numbers of each entry's name. */
  readonly nameTexts: Uint32Array;
  readonly nameNumbers: Uint32Array;
}

export const ANY_SIZE = 0xffffffff;

/** Whether content of `size` octets may be in the table at all: without that nothing needs to be hashed. */
export function mayContain(table: HashTable, size: number): boolean {
  if (table.hasAnySize) return table.count > 0;
  return table.knownSizes[lowerBound(table.knownSizes, size)] === size;
}

/** The entry for a digest of content of `size` octets, or -1. */
export function findEntry(table: HashTable, digest: Uint8Array, size: number): number {
  const bucket = bucketOf(digest, 0, table.bucketBits);
  const end = table.buckets[bucket + 1] ?? 0;
  for (let entry = table.buckets[bucket] ?? 0; entry < end; entry += 1) {
    const entrySize = table.sizes[entry];
    if ((entrySize === size || entrySize === ANY_SIZE) && hasDigest(table, entry, digest)) return entry;
  }
  return -1;
}

export function entryName(table: HashTable, entry: number, names: NameTexts): string {
  return nameOf(names, table.nameTexts[entry] ?? 0, table.nameNumbers[entry] ?? NO_NUMBER);
}

/** Takes entries one by one; `build` makes the table of them. */
export class HashTableBuilder {
  readonly #kind: DigestKind;
  readonly #names: NameTableBuilder;
  readonly #digests: Growable<Uint8Array> = growableOctets();
  readonly #sizes: Growable<Uint32Array> = growableCounts();
  readonly #nameTexts: Growable<Uint32Array> = growableCounts();
  readonly #nameNumbers: Growable<Uint32Array> = growableCounts();

  constructor(kind: DigestKind, names: NameTableBuilder) {
    this.#kind = kind;
    this.#names = names;
  }

  /** `digest` begins with one of the kind; the name is Latin-1, octets [nameStart, nameEnd) of `line`. False when there
   *  is no room for more. */
  add(digest: Uint8Array, size: number, line: Uint8Array, nameStart: number, nameEnd: number): boolean {
    if (this.#sizes.length >= signatureLimits.digests) return false;
    this.#names.add(line, nameStart, nameEnd);
    this.#digests.addOctets(digest, 0, DIGEST_BYTES[this.#kind]);
    this.#sizes.add(size);
    this.#nameTexts.add(this.#names.text);
    this.#nameNumbers.add(this.#names.number);
    return true;
  }

  /** Without the entries whose name `isIgnored` says so of. */
  build(isIgnored?: (text: number, number: number) => boolean): HashTable {
    const length = DIGEST_BYTES[this.#kind];
    const entries = this.#entries(isIgnored);
    const count = entries?.length ?? this.#sizes.length;
    const bucketBits = Math.min(MAX_BUCKET_BITS, Math.max(0, Math.ceil(Math.log2((count + 1) / DIGESTS_PER_BUCKET))));
    const all = this.#digests.view();
    const entryAt = (index: number): number => (entries === undefined ? index : (entries[index] ?? 0));
    const buckets = new Uint32Array(2 ** bucketBits + 1);
    for (let index = 0; index < count; index += 1) {
      const next = bucketOf(all, entryAt(index) * length, bucketBits) + 1;
      buckets[next] = (buckets[next] ?? 0) + 1;
    }
    for (let bucket = 1; bucket < buckets.length; bucket += 1) {
      buckets[bucket] = (buckets[bucket] ?? 0) + (buckets[bucket - 1] ?? 0);
    }
    const free = buckets.slice();
    const table = {
      kind: this.#kind,
      count,
      bucketBits,
      buckets,
      digests: new Uint8Array(count * length),
      sizes: new Uint32Array(count),
      nameTexts: new Uint32Array(count),
      nameNumbers: new Uint32Array(count),
    };
    for (let index = 0; index < count; index += 1) {
      const entry = entryAt(index);
      const bucket = bucketOf(all, entry * length, bucketBits);
      const target = free[bucket] ?? 0;
      free[bucket] = target + 1;
      for (let octet = 0; octet < length; octet += 1) {
        table.digests[target * length + octet] = all[entry * length + octet] ?? 0;
      }
      table.sizes[target] = this.#sizes.at(entry);
      table.nameTexts[target] = this.#nameTexts.at(entry);
      table.nameNumbers[target] = this.#nameNumbers.at(entry);
    }
    const { hasAnySize, knownSizes } = distinct(table.sizes);
    return { ...table, knownSizes, hasAnySize };
  }

  /** Undefined when all are kept. */
  #entries(isIgnored: ((text: number, number: number) => boolean) | undefined): Uint32Array | undefined {
    if (isIgnored === undefined) return undefined;
    const kept = growableCounts();
    for (let entry = 0; entry < this.#sizes.length; entry += 1) {
      if (!isIgnored(this.#nameTexts.at(entry), this.#nameNumbers.at(entry))) kept.add(entry);
    }
    return kept.view();
  }
}

function distinct(sizes: Uint32Array): { readonly knownSizes: Uint32Array; readonly hasAnySize: boolean } {
  const sorted = sizes.slice().sort();
  let count = 0;
  for (let index = 0; index < sorted.length; index += 1) {
    const size = sorted[index] ?? 0;
    if (size === ANY_SIZE || (count > 0 && sorted[count - 1] === size)) continue;
    sorted[count] = size;
    count += 1;
  }
  return { knownSizes: sorted.slice(0, count), hasAnySize: sizes.length > 0 && sizes.includes(ANY_SIZE) };
}

/** The first `bits` bits of the digest at `offset`. */
function bucketOf(digests: Uint8Array, offset: number, bits: number): number {
  if (bits === 0) return 0;
  const high = ((digests[offset] ?? 0) << 8) | (digests[offset + 1] ?? 0);
  const low = ((digests[offset + 2] ?? 0) << 8) | (digests[offset + 3] ?? 0);
  return ((high << 16) | low) >>> (32 - bits);
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

const DIGESTS_PER_BUCKET = 4;
const MAX_BUCKET_BITS = 26;
