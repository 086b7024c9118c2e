/** What one message may cost. Exceeding any of it is a reason in the verdict, and the rest goes on.
 *  An option that is no number allows nothing. */
import type { Clock } from "../core/clock.ts";
import { mimeLimits } from "../core/limits.ts";
import { WalkAllowance } from "../mime/walk-allowance.ts";
import type { ScanOptions } from "./judge.ts";

export class Budget {
  readonly options: ScanOptions;
  /** For the message and every message in it. */
  readonly walks: WalkAllowance;
  readonly #clock: Clock;
  readonly #deadline: number;
  readonly #maxViewBytes: number;
  #partBytes = 0;
  #messageBytes = 0;
  #viewBytes = 0;
  #entries = 0;

  constructor(options: ScanOptions, clock: Clock, messageBytes: number) {
    this.options = options;
    this.walks = new WalkAllowance(options.parts);
    this.#clock = clock;
    this.#deadline = clock.monotonic() + options.timeMs;
    this.#maxViewBytes = mimeLimits.viewFactor * messageBytes + mimeLimits.viewFloorBytes;
  }

  /** Another part of the message: the cap of one attachment's decompressed octets begins anew. */
  beginPart(): void {
    this.#partBytes = 0;
  }

  /** Decompressed octets that are still allowed. */
  get outputBytes(): number {
    const { archiveBytes, messageArchiveBytes } = this.options;
    const left = Math.min(archiveBytes - this.#partBytes, messageArchiveBytes - this.#messageBytes);
    return left > 0 ? left : 0;
  }

  takeOutput(bytes: number): void {
    this.#partBytes += bytes;
    this.#messageBytes += bytes;
  }

  /** False when the container's entry is one too many. */
  takeEntry(): boolean {
    this.#entries += 1;
    return this.#entries <= this.options.entries;
  }

  /** False when octets decoded from the message's text, over all readings, are too many with `bytes` more. */
  takeView(bytes: number): boolean {
    if (this.#viewBytes + bytes > this.#maxViewBytes) return false;
    this.#viewBytes += bytes;
    return true;
  }

  /** Whether so much output from so little input is an alarm. */
  isExcessive(inputBytes: number, outputBytes: number, floorBytes: number): boolean {
    return outputBytes > floorBytes && !(outputBytes <= inputBytes * this.options.ratio);
  }

  isOutOfTime(): boolean {
    return !(this.#clock.monotonic() <= this.#deadline);
  }
}
