/** Typed arrays that grow: tables are built number by number, and a million objects would cost more than the numbers. */

type Numbers = Int32Array | Uint32Array | Uint16Array | Uint8Array;

/** Numbers of one type. */
export class Growable<T extends Numbers> {
  readonly #create: (length: number) => T;
  #numbers: T;
  #length = 0;

  constructor(create: (length: number) => T) {
    this.#create = create;
    this.#numbers = create(FIRST_LENGTH);
  }

  get length(): number {
    return this.#length;
  }

  /** The index of the first one pushed. */
  push(...numbers: readonly number[]): number {
    const at = this.#length;
    this.#reserve(numbers.length);
    for (let index = 0; index < numbers.length; index += 1) this.#numbers[at + index] = numbers[index] ?? 0;
    this.#length += numbers.length;
    return at;
  }

  /** One number, without an array around it. */
  add(number: number): void {
    if (this.#length === this.#numbers.length) this.#reserve(1);
    this.#numbers[this.#length] = number;
    this.#length += 1;
  }

  /** Octets [start, end) of `from`, which may begin anywhere. */
  addOctets(from: Uint8Array, start: number, end: number): void {
    if (this.#length + (end - start) > this.#numbers.length) this.#reserve(end - start);
    const offset = this.#length - start;
    // A loop and not subarray and set: a million times, objects cost more than octets.
    for (let position = start; position < end; position += 1) this.#numbers[position + offset] = from[position] ?? 0;
    this.#length += end - start;
  }

  at(index: number): number {
    return this.#numbers[index] ?? 0;
  }

  set(index: number, number: number): void {
    this.#numbers[index] = number;
  }

  /** What has been pushed; a view that holds until the next push. */
  view(): T {
    return this.#numbers.subarray(0, this.#length) as T;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#numbers.length) return;
    const grown = this.#create(Math.max(needed, this.#numbers.length * 2));
    grown.set(this.#numbers.subarray(0, this.#length));
    this.#numbers = grown;
  }
}

export function growableOctets(): Growable<Uint8Array> {
  return new Growable((length) => new Uint8Array(length));
}

export function growableCodes(): Growable<Uint16Array> {
  return new Growable((length) => new Uint16Array(length));
}

export function growableNumbers(): Growable<Int32Array> {
  return new Growable((length) => new Int32Array(length));
}

export function growableCounts(): Growable<Uint32Array> {
  return new Growable((length) => new Uint32Array(length));
}

const FIRST_LENGTH = 64;
