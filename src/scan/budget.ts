/** What one message may cost. Exceeding any of it is a reason in the verdict, and the rest goes on.
 *  An option that is no number allows nothing. */
import type { Clock } from "../core/clock.ts";
import { archiveLimits, mimeLimits, programLimits } from "../core/scan-limits.ts";
import { WalkAllowance } from "../mime/walk-allowance.ts";
import type { ScanOptions } from "./judge.ts";
import { LookedAtPlaces } from "./looked-at-places.ts";
import { OpenedArchives } from "./opened-archives.ts";
import { PasswordTries } from "./password-tries.ts";

/** What was taken of a budget: every count that goes on from one part to the next. */
export interface Cost {
  readonly outputBytes: number;
  readonly viewBytes: number;
  readonly entries: number;
  readonly runs: number;
  /** Of messages that were taken apart: their parts, readings and comparisons. */
  readonly walks: number;
}

export class Budget {
  readonly options: ScanOptions;
  /** For the message and every message in it. */
  readonly walks: WalkAllowance;
  /** On all that is encrypted in the message. */
  readonly passwords = new PasswordTries();
  /** Of the part. */
  readonly archives = new OpenedArchives();
  /** Likewise, for what is inside others without being packed. */
  readonly places = new LookedAtPlaces();
  readonly #clock: Clock;
  readonly #deadline: number;
  readonly #maxViewBytes: number;
  #partBytes = 0;
  #messageBytes = 0;
  #viewBytes = 0;
  #entries = 0;
  #storedBytes = 0;
  #runs = 0;
  #instructions = 0;
  #hasRunOut = false;

  constructor(options: ScanOptions, clock: Clock, messageBytes: number) {
    this.options = options;
    this.walks = new WalkAllowance(options.parts, () => this.isOutOfTime());
    this.#clock = clock;
    this.#deadline = clock.monotonic() + options.timeMs;
    this.#maxViewBytes = mimeLimits.viewFactor * messageBytes + mimeLimits.viewFloorBytes;
  }

  /** Another part of the message: the cap of one attachment's decompressed octets begins anew. */
  beginPart(): void {
    this.#partBytes = 0;
    this.#storedBytes = 0;
    this.archives.clear();
    this.places.clear();
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

  /** Octets that come out of a container just as they are in it: free up to a point, or a disk image with an archive
   *  in it would be counted three times. */
  takeStored(bytes: number): void {
    const left = Math.max(0, this.options.archiveBytes * archiveLimits.storedFactor - this.#storedBytes);
    const free = Math.min(left, bytes);
    this.#storedBytes += free;
    this.takeOutput(bytes - free);
  }

  /** What is counted of one entry's output when that was cut at the cap: half of the attachment's allowance is for what
   *  comes behind it, all of it is taken from the message's. */
  takeCutOutput(bytes: number): void {
    this.#partBytes += Math.ceil(bytes / 2);
    this.#messageBytes += bytes;
  }

  /** False when 7-Zip was started too often. */
  takeRun(): boolean {
    this.#runs += 1;
    return this.#runs <= archiveLimits.runs;
  }

  /** Instructions of programs that may still be executed. */
  get instructions(): number {
    return Math.max(0, programLimits.instructions - this.#instructions);
  }

  takeInstructions(count: number): void {
    this.#instructions += count;
  }

  /** False when the container's entry is one too many. */
  takeEntry(): boolean {
    this.#entries += 1;
    return this.#entries <= this.options.entries;
  }

  /** False when octets decoded from the message's text, over all readings, are too many with `bytes` more. */
  takeView(bytes: number): boolean {
    if (this.#viewBytes + bytes > this.#viewBytesAllowed) return false;
    this.#viewBytes += bytes;
    return true;
  }

  /** What was decompressed is text to be decoded as much as the message is, and has a limit of its own. */
  get #viewBytesAllowed(): number {
    return this.#maxViewBytes + mimeLimits.decompressedViewFactor * this.#messageBytes;
  }

  /** Whether so much output from so little input is an alarm. */
  isExcessive(inputBytes: number, outputBytes: number, floorBytes: number): boolean {
    return outputBytes > floorBytes && !(outputBytes <= inputBytes * this.options.ratio);
  }

  /** Everything taken so far. */
  spent(): Cost {
    const { parts, irregular, comparisons } = this.walks;
    return {
      outputBytes: this.#messageBytes,
      viewBytes: this.#viewBytes,
      entries: this.#entries,
      runs: this.#runs,
      walks: -(parts + irregular + comparisons),
    };
  }

  /** Takes at the beginning of a part what the part has cost before. False, and nothing is taken, when that might reach
   *  a limit: then it has to be seen where. */
  takeAgain({ outputBytes, viewBytes, entries, runs, walks }: Cost): boolean {
    const isAffordable =
      walks === 0 &&
      outputBytes < this.outputBytes &&
      this.#viewBytes + viewBytes <= this.#viewBytesAllowed &&
      this.#entries + entries <= this.options.entries &&
      this.#runs + runs <= archiveLimits.runs &&
      !this.isOutOfTime();
    if (!isAffordable) return false;
    this.takeOutput(outputBytes);
    this.#viewBytes += viewBytes;
    this.#entries += entries;
    this.#runs += runs;
    return true;
  }

  /** Whether the time is up, or so many milliseconds have passed from now on. */
  timer(timeMs: number): () => boolean {
    const end = this.#clock.monotonic() + timeMs;
    return () => this.isOutOfTime() || this.#isBehind(end);
  }

  /** Whoever asks leaves out the rest when it says yes. */
  isOutOfTime(): boolean {
    return this.#isBehind(this.#deadline);
  }

  /** Whether anybody was told that time is up: then something was left out, whatever else is said of it. */
  get hasRunOut(): boolean {
    return this.#hasRunOut;
  }

  #isBehind(end: number): boolean {
    const isBehind = !(this.#clock.monotonic() <= end);
    this.#hasRunOut ||= isBehind;
    return isBehind;
  }
}
