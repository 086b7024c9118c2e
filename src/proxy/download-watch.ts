/** Notices that an upstream has stopped in the middle of a message. Sessions know no clock, and can not tell an upstream
 *  that sends nothing from one that is not being read. */
import { connectionLimits } from "../core/limits.ts";

export interface DownloadWatchOptions {
  /** Octets received from the upstream so far. */
  octets(): number;
  /** True while the upstream could not send if it wanted to. */
  isPaused(): boolean;
  /** Silence, or length, beyond the limits: said once. */
  stalled(): void;
}

/** One per connection: messages come one after the other. Time in which the upstream is not read does not count. */
export class DownloadWatch {
  readonly #options: DownloadWatchOptions;
  #message: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** What was watched when the timer was set. */
  #watched: number | undefined;
  #octets = 0;
  #silentRounds = 0;
  #rounds = 0;

  constructor(options: DownloadWatchOptions) {
    this.#options = options;
  }

  /** A message is on its way. The timer is not set anew for each: most are there before it runs out once. */
  began(id: number): void {
    this.#message = id;
    if (this.#timer === undefined) this.#watch();
  }

  ended(id: number): void {
    if (this.#message === id) this.#message = undefined;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#message = undefined;
  }

  #watch(): void {
    const octets = this.#options.octets();
    if (this.#watched !== this.#message) {
      this.#rounds = 0;
      this.#silentRounds = 0;
    }
    this.#watched = this.#message;
    this.#octets = octets;
    this.#timer = setTimeout(() => this.#look(), ROUND_MS);
  }

  #look(): void {
    this.#timer = undefined;
    if (this.#message === undefined) {
      this.#watched = undefined;
      return;
    }
    if (this.#message === this.#watched && !this.#options.isPaused()) {
      this.#rounds += 1;
      this.#silentRounds = this.#options.octets() === this.#octets ? this.#silentRounds + 1 : 0;
    } else {
      this.#silentRounds = 0;
    }
    if (this.#silentRounds >= SILENT_ROUNDS || this.#rounds >= MOST_ROUNDS) {
      this.#message = undefined;
      this.#options.stalled();
    } else {
      this.#watch();
    }
  }
}

const SILENT_ROUNDS = 4;
const ROUND_MS = connectionLimits.messageSilenceMs / SILENT_ROUNDS;
const MOST_ROUNDS = connectionLimits.messageTotalMs / ROUND_MS;
