/** All that is said to an engine about one message, on one connection after the other where that is needed. */
import type { KeptWires } from "./kept-wires.ts";
import type { Wire } from "./wire.ts";

export class Conversation {
  readonly #wires: KeptWires;
  readonly #signal: AbortSignal;
  /** Said once on every new connection. */
  readonly #greet: (wire: Wire) => Promise<void>;
  #wire: Wire | undefined;
  #isFresh = false;
  #hasRetried = false;

  constructor(wires: KeptWires, signal: AbortSignal, greet: (wire: Wire) => Promise<void> = async () => {}) {
    this.#wires = wires;
    this.#signal = signal;
    this.#greet = greet;
  }

  /** One question and its answer. A connection that was used before may have been closed by an engine that is well:
   *  when not one octet has come back on it, the question is asked again on a new one, once for a message. */
  async exchange<T>(talk: (wire: Wire) => Promise<T>): Promise<T> {
    for (;;) {
      const wire = await this.#open();
      const { received } = wire;
      try {
        const answer = await talk(wire);
        this.#isFresh = false;
        return answer;
      } catch (error) {
        const isStale = !this.#isFresh && wire.isClosed && wire.received === received && !this.#signal.aborted;
        this.drop();
        if (!isStale || this.#hasRetried) throw error;
        this.#hasRetried = true;
      }
    }
  }

  /** The connection is not good for anything more. */
  drop(): void {
    this.#wire?.close();
    this.#wire = undefined;
  }

  /** Nothing more to say about this message. */
  end(): void {
    if (this.#wire !== undefined) this.#wires.keep(this.#wire);
    this.#wire = undefined;
  }

  async #open(): Promise<Wire> {
    if (this.#wire !== undefined) return this.#wire;
    const kept = this.#hasRetried ? undefined : this.#wires.take(this.#signal);
    const wire = kept ?? (await this.#wires.open(this.#signal));
    this.#wire = wire;
    this.#isFresh = kept === undefined;
    if (this.#isFresh) await this.#greet(wire);
    return wire;
  }
}
