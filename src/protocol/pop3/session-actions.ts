/** What a session does to the outside: the commands of the event being handled, and what still runs because of earlier
 *  ones. */
import type { Side, Target } from "../../core/model.ts";
import type { Fact, SessionCommand } from "../command.ts";

export type TimerName = "pre-auth" | "greeting" | "idle" | "closing";

export class SessionActions {
  readonly #timers = new Set<TimerName>();
  #hasUpstream = false;
  #commands: SessionCommand[] = [];

  /** The commands of this event, for those who append to them. */
  get commands(): SessionCommand[] {
    return this.#commands;
  }

  /** A new event: forgets the commands of the last. */
  begin(): void {
    this.#commands = [];
  }

  send(to: Side, bytes: Uint8Array): void {
    if (bytes.length > 0) this.#commands.push({ type: "send", to, bytes });
  }

  report(fact: Fact): void {
    this.#commands.push({ type: "report", fact });
  }

  connect(target: Target): void {
    this.closeUpstream();
    this.#hasUpstream = true;
    this.#commands.push({ type: "connect", target });
  }

  closeUpstream(): void {
    if (this.#hasUpstream) this.#commands.push({ type: "close", side: "upstream", how: "full" });
    this.#hasUpstream = false;
  }

  /** There is nothing to close: it was never open. */
  forgetUpstream(): void {
    this.#hasUpstream = false;
  }

  setTimer(name: TimerName, ms: number): void {
    this.#timers.add(name);
    this.#commands.push({ type: "set-timer", name, ms });
  }

  clearTimer(name: TimerName): void {
    if (this.#timers.delete(name)) this.#commands.push({ type: "clear-timer", name });
  }

  clearTimers(): void {
    for (const name of this.#timers) this.clearTimer(name);
  }

  isTimerRunning(name: TimerName): boolean {
    return this.#timers.has(name);
  }

  /** A timer has run out; returns its name if it was running. */
  timerOver(name: string): TimerName | undefined {
    for (const running of this.#timers) {
      if (running !== name) continue;
      this.#timers.delete(running);
      return running;
    }
    return undefined;
  }
}
