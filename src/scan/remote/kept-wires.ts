/** Connections that wait for the next message, for a little while. */
import { remoteLimits } from "../../core/scan-limits.ts";
import { Wire, type WireAddress } from "./wire.ts";

export class KeptWires {
  readonly #address: WireAddress;
  readonly #kept: { readonly wire: Wire; readonly timer: NodeJS.Timeout }[] = [];

  constructor(address: WireAddress) {
    this.#address = address;
  }

  /** A connection that still stands as far as can be seen, or undefined. */
  take(signal: AbortSignal): Wire | undefined {
    for (let kept = this.#kept.pop(); kept !== undefined; kept = this.#kept.pop()) {
      const { wire, timer } = kept;
      clearTimeout(timer);
      if (isIdle(wire)) {
        wire.bind(signal);
        return wire;
      }
      wire.close();
    }
    return undefined;
  }

  open(signal: AbortSignal): Promise<Wire> {
    return Wire.open(this.#address, signal);
  }

  /** Keeps a connection on which nothing is under way. */
  keep(wire: Wire): void {
    if (!isIdle(wire)) {
      wire.close();
      return;
    }
    wire.unbind();
    const timer = setTimeout(() => this.#drop(wire), remoteLimits.idleMs);
    timer.unref();
    this.#kept.push({ wire, timer });
  }

  close(): void {
    for (const { wire, timer } of this.#kept.splice(0)) {
      clearTimeout(timer);
      wire.close();
    }
  }

  #drop(wire: Wire): void {
    const index = this.#kept.findIndex((kept) => kept.wire === wire);
    if (index >= 0) this.#kept.splice(index, 1);
    wire.close();
  }
}

function isIdle(wire: Wire): boolean {
  return !wire.isClosed && !wire.hasInput;
}
