/** Hands on what is compressed: files one by one, or the pieces of one file, the first of them one by one, because some
 *  readers stop there, and all of them together, because others join them. */
import { scanLimits } from "../../../core/limits.ts";
import type { Budget } from "../../budget.ts";
import type { ExtractorSink } from "../extractor.ts";

/** How decoding a piece has ended: at its end, at the cap, or where it could not be decoded any more. */
export type PieceEnd = "whole" | "capped" | "damaged";

export class StreamMembers {
  readonly #sink: ExtractorSink;
  readonly #budget: Budget;
  readonly #isOneFile: boolean;
  readonly #pieces: Buffer[] = [];
  #name = "";

  constructor(sink: ExtractorSink, budget: Budget, isOneFile = true) {
    this.#sink = sink;
    this.#budget = budget;
    this.#isOneFile = isOneFile;
  }

  /** Whether another piece may be decoded. */
  begin(name: string): boolean {
    if (this.#budget.isOutOfTime()) {
      this.#sink.reason("limit-time", name);
      return false;
    }
    if (this.#budget.takeEntry()) return true;
    this.#sink.reason("limit-entries", `more than ${this.#budget.options.entries} entries`);
    return false;
  }

  /** Takes a piece that `inputBytes` octets were decoded to. */
  add(name: string, piece: Buffer, inputBytes: number, end: PieceEnd): void {
    if (this.#budget.isExcessive(inputBytes, piece.length, scanLimits.ratioFloorBytes)) {
      this.#sink.reason("limit-ratio", name);
    }
    if (end === "capped") this.#sink.reason("limit-bytes", name);
    if (end === "damaged") this.#sink.reason("damaged", name);
    if (end === "capped") this.#budget.takeCutOutput(piece.length);
    else this.#budget.takeOutput(piece.length);
    if (!this.#isOneFile) {
      this.#sink.entry(name, piece);
      return;
    }
    if (this.#pieces.length === 0) this.#name = name;
    this.#pieces.push(piece);
    if (this.#pieces.length <= MAX_SINGLE_PIECES) this.#sink.entry(name, piece);
  }

  /** After the last piece. */
  finish(): void {
    if (this.#pieces.length > 1) this.#sink.entry(this.#name, Buffer.concat(this.#pieces));
  }
}

const MAX_SINGLE_PIECES = 4;
