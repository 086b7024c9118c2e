/** An excluded upstream: octets pass both ways, unread. */
import { connectionLimits } from "../../core/limits.ts";
import type { Side } from "../../core/model.ts";
import type { SessionActions } from "./session-actions.ts";

export class Passthrough {
  readonly #actions: SessionActions;
  #endedSide: Side | undefined;
  #isOver = false;

  constructor(actions: SessionActions, rule: string) {
    this.#actions = actions;
    actions.clearTimers();
    actions.report({ type: "passthrough", rule });
    this.#touch();
  }

  /** Both sides have ended, or one broke off. */
  get isOver(): boolean {
    return this.#isOver;
  }

  receive(from: Side, bytes: Uint8Array): void {
    this.#actions.send(otherSide(from), bytes);
    this.#touch();
  }

  /** P-69: what one side has ended, the other side may still answer. */
  closed(from: Side, how: "fin" | "reset"): void {
    if (this.#endedSide === from) return;
    if (how === "reset" || this.#endedSide !== undefined) {
      this.#isOver = true;
      return;
    }
    this.#endedSide = from;
    this.#actions.commands.push({ type: "close", side: otherSide(from), how: "half" });
  }

  #touch(): void {
    this.#actions.setTimer("idle", connectionLimits.idleTimeoutMs);
  }
}

function otherSide(side: Side): Side {
  return side === "client" ? "upstream" : "client";
}
