/** An excluded upstream: octets pass both ways, unread. */
import type { Side } from "../../core/model.ts";
import type { Phase, UpstreamEvent, Wire } from "./wire.ts";

export class Passthrough implements Phase {
  readonly isClientBlocked = false;
  readonly #wire: Wire;
  #ended: Side | undefined;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  begin(rule: string): void {
    this.#wire.enter(this);
    this.#wire.report({ type: "passthrough", rule });
    this.#wire.expectIdle();
    if (this.#wire.hasClientEnded) this.closed("client", "fin");
  }

  stepClient(): boolean {
    return this.#pass("client", "upstream");
  }

  stepUpstream(): boolean {
    return this.#pass("upstream", "client");
  }

  upstreamEvent(_event: UpstreamEvent): void {}

  closed(from: Side, how: "fin" | "reset"): void {
    if (how === "reset" && from === "client") {
      this.#wire.abort();
    } else if (how === "reset" || (this.#ended !== undefined && this.#ended !== from)) {
      this.#wire.end();
    } else if (this.#ended === undefined) {
      this.#ended = from;
      this.#wire.out.push({ type: "close", side: from === "client" ? "upstream" : "client", how: "half" });
    }
  }

  upstreamTimedOut(): void {}

  settle(): void {}

  #pass(from: Side, to: Side): boolean {
    const bytes = (from === "client" ? this.#wire.client : this.#wire.upstream).takeAll();
    if (bytes.length === 0) return false;
    this.#wire.out.push({ type: "send", to, bytes });
    return true;
  }
}
