/** The time that setting up a connection may take. */

/** Aborts `signal` when the time is over, or when the connection's own signal does; nothing of it is left after `end`:
 *  what `AbortSignal.timeout` and `AbortSignal.any` make stays with an idle connection until the time is over. */
export class Deadline {
  readonly #own = new AbortController();
  readonly #parent: AbortSignal;
  readonly #timer: NodeJS.Timeout;
  #isOver = false;

  constructor(parent: AbortSignal, ms: number) {
    this.#parent = parent;
    this.#timer = setTimeout(() => {
      this.#isOver = true;
      this.#own.abort();
    }, ms);
    parent.addEventListener("abort", this.#onAbort);
    if (parent.aborted) this.#onAbort();
  }

  get signal(): AbortSignal {
    return this.#own.signal;
  }

  /** True when the time was over before anything else ended it. */
  get isOver(): boolean {
    return this.#isOver;
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#parent.removeEventListener("abort", this.#onAbort);
  }

  readonly #onAbort = (): void => {
    clearTimeout(this.#timer);
    this.#own.abort(this.#parent.reason);
  };
}
