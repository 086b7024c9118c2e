/** A credential: it can be used, never printed. */
export class Secret {
  readonly #bytes: Uint8Array;

  /** Takes a copy, so that a recycled receive buffer can not change it. */
  constructor(bytes: Uint8Array) {
    this.#bytes = Uint8Array.from(bytes);
  }

  /** The octets themselves; only for the place that sends them. */
  reveal(): Uint8Array {
    return this.#bytes;
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return "[secret]";
  }
}
