/** Which octets of a part have been decoded: what stands unpacked in a container is seen as its entry and again in the
 *  container itself, and decoding it once is enough. */

export class LookedAtPlaces {
  readonly #seen = new Map<ArrayBufferLike, Set<number>>();

  /** True the first time that octets at this place in memory are decoded. */
  take(bytes: Buffer): boolean {
    let places = this.#seen.get(bytes.buffer);
    if (places === undefined) {
      places = new Set();
      this.#seen.set(bytes.buffer, places);
    }
    const isNew = !places.has(bytes.byteOffset);
    places.add(bytes.byteOffset);
    return isNew;
  }

  clear(): void {
    if (this.#seen.size > 0) this.#seen.clear();
  }
}
