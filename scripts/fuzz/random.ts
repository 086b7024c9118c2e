/** Numbers that look random and are the same for the same seed (the 32-bit mix of splitmix). */
export class Random {
  #state: number;

  /** Any two whole numbers; each pair begins another sequence. */
  constructor(seed: number, index = 0) {
    this.#state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)) >>> 0;
  }

  /** A whole number in [0, below). */
  below(below: number): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let value = this.#state;
    value = Math.imul(value ^ (value >>> 16), 0x21f0aaad);
    value = Math.imul(value ^ (value >>> 15), 0x735a2d97);
    return below <= 1 ? 0 : ((value ^ (value >>> 15)) >>> 0) % below;
  }

  /** One of `items`. */
  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.below(items.length)] ?? items[0];
  }
}
