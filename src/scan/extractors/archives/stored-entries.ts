/** Hands on entries that are slices of their container, within the limits. */
import type { Budget } from "../../budget.ts";
import type { ExtractorSink } from "../extractor.ts";

export class StoredEntries {
  readonly #sink: ExtractorSink;
  readonly #budget: Budget;

  constructor(sink: ExtractorSink, budget: Budget) {
    this.#sink = sink;
    this.#budget = budget;
  }

  /** False when a limit that all entries share is reached: then there is no use in going on. */
  hand(name: string, bytes: Buffer): boolean {
    if (this.#budget.isOutOfTime()) {
      this.#sink.reason("limit-time", name);
      return false;
    }
    if (!this.#budget.takeEntry()) {
      this.#sink.reason("limit-entries", `more than ${this.#budget.options.entries} entries`);
      return false;
    }
    // Entries may overlap, so slices can amount to any multiple of the container.
    if (this.#budget.outputBytes === 0) {
      this.#sink.reason("limit-bytes", name);
      return false;
    }
    this.#budget.takeStored(bytes.length);
    this.#sink.entry(name, bytes);
    return true;
  }
}
