/** An engine in another program with what keeps it from harming: so many messages at a time, a time limit, and no
 *  waiting for one that is down. */
import { setTimeout as sleep } from "node:timers/promises";
import { sanitize } from "../../core/sanitize.ts";
import { remoteLimits } from "../../core/scan-limits.ts";
import { withDeadline } from "./deadline.ts";
import type { RemoteEngine, RemoteMessage } from "./remote-engine.ts";
import { WHOLE_MESSAGE } from "./remote-engine.ts";
import { RemoteFindings } from "./remote-findings.ts";
import { Slots } from "./slots.ts";
import { wireProblem } from "./wire.ts";

export interface WatchedEngineOptions {
  /** For one message, waiting for a connection included. */
  readonly timeMs: number;
  readonly connections: number;
  /** The engine went down, and why, or came up again. */
  report(engine: string, isUp: boolean, detail: string): void;
}

/** `doubtful`: being probed, and asked meanwhile. `down`: not asked until a probe succeeds. */
type Health = "up" | "doubtful" | "down";

export class WatchedEngine {
  readonly #engine: RemoteEngine;
  readonly #options: WatchedEngineOptions;
  readonly #slots: Slots;
  readonly #closing = new AbortController();
  #health: Health = "up";
  #failures = 0;
  #problem = "";
  #goingDown = new AbortController();
  #probeWaitMs: number = remoteLimits.probeMinMs;

  /** Probes the engine at once: who has configured it wrongly should not have to wait for a message. */
  constructor(engine: RemoteEngine, options: WatchedEngineOptions) {
    this.#engine = engine;
    this.#options = options;
    this.#slots = new Slots(options.connections);
    this.#doubt();
  }

  get name(): string {
    return this.#engine.name;
  }

  /** Has a message judged; what goes wrong is a reason among the findings. `timeMs` is what the message has left.
   *  Rejects only when `signal` says so. */
  async ask(message: RemoteMessage, timeMs: number, signal: AbortSignal): Promise<RemoteFindings> {
    const findings = new RemoteFindings(this.name);
    if (message.isCut) findings.incomplete(WHOLE_MESSAGE, "there is more content than it is given");
    const problem = await this.#try(message, findings, Math.ceil(Math.min(timeMs, this.#options.timeMs)), signal);
    signal.throwIfAborted();
    if (problem !== undefined) findings.incomplete(WHOLE_MESSAGE, problem);
    return findings;
  }

  close(): void {
    this.#closing.abort();
    this.#engine.close();
  }

  async #try(
    message: RemoteMessage,
    findings: RemoteFindings,
    timeMs: number,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    if (this.#health === "down") return `it is down: ${this.#problem}`;
    if (!(timeMs > 0)) return "no time is left for it";
    const down = this.#goingDown.signal;
    try {
      await withDeadline(timeMs, [signal, down], (over) =>
        this.#slots.use(over, () => this.#engine.ask(message, findings, over)),
      );
      this.#failures = 0;
      return undefined;
    } catch (error) {
      if (signal.aborted) return undefined;
      if (down.aborted) return `it is down: ${this.#problem}`;
      this.#failures += 1;
      if (this.#failures >= remoteLimits.failures && this.#health === "up") this.#doubt();
      return wireProblem(error);
    }
  }

  #doubt(): void {
    this.#health = "doubtful";
    void this.#watch();
  }

  /** Probes until the engine answers; the longer it does not, the more rarely. */
  async #watch(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      const problem = await this.#probe();
      if (this.#closing.signal.aborted) return;
      if (problem === undefined) {
        this.#rise();
        return;
      }
      this.#fall(problem);
      await sleep(this.#probeWaitMs, undefined, { signal: this.#closing.signal, ref: false }).catch(() => {});
      this.#probeWaitMs = Math.min(2 * this.#probeWaitMs, remoteLimits.probeMaxMs);
    }
  }

  async #probe(): Promise<string | undefined> {
    const { probeTimeMs, nameCharacters } = remoteLimits;
    try {
      await withDeadline(probeTimeMs, [this.#closing.signal], (over) => this.#engine.probe(over));
      return undefined;
    } catch (error) {
      return sanitize(wireProblem(error), nameCharacters);
    }
  }

  #rise(): void {
    const wasDown = this.#health === "down";
    this.#health = "up";
    this.#failures = 0;
    if (!wasDown) {
      this.#probeWaitMs = remoteLimits.probeMinMs;
      return;
    }
    this.#goingDown = new AbortController();
    this.#options.report(this.name, true, "");
  }

  #fall(problem: string): void {
    this.#problem = problem;
    if (this.#health === "down") return;
    this.#health = "down";
    // Nobody goes on waiting for it.
    this.#goingDown.abort();
    this.#options.report(this.name, false, problem);
  }
}
