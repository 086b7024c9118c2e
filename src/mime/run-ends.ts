/** Finds where runs of octets end, each run once: hostile mail asks for the end of one long run from every octet in it,
 *  which would take the square of its length. */
export class RunEnds {
  readonly #find: (position: number) => number;
  #from = 0;
  #end = -1;

  /** `find` answers the first place from a position on that is no part of the run; of every place before that one, it
   *  would answer the same. */
  constructor(find: (position: number) => number) {
    this.#find = find;
  }

  /** What `find` answers of `position`. */
  after(position: number): number {
    if (position < this.#from || position > this.#end) {
      this.#from = position;
      this.#end = this.#find(position);
    }
    return this.#end;
  }
}
