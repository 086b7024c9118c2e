/** Hands on what is compressed: files one by one, or the pieces of one file, the first of them one by one, because some
 *  readers stop there, and all of them together, because others join them. */
import { scanLimits } from "../../../core/scan-limits.ts";
import type { Budget } from "../../budget.ts";
import type { ExtractorSink } from "../extractor.ts";

/** How decoding a piece has ended: at its end, at the cap, or where it could not be decoded any more. */
export type PieceEnd = "whole" | "capped" | "damaged";

export class StreamMembers {
  readonly #sink: ExtractorSink;
  readonly #budget: Budget;
  readonly #label: string;
  readonly #pieces: Buffer[] = [];
  #name = "";

  /** `label` names the one file that is in pieces; without it each of them is a file. */
  constructor(sink: ExtractorSink, budget: Budget, label = "") {
    this.#sink = sink;
    this.#budget = budget;
    this.#label = label;
  }

  /** Whether another piece may be decoded. */
  begin(name: string): boolean {
    if (this.#budget.isOutOfTime()) {
      this.#sink.reason("limit-time", this.#label || name);
      return false;
    }
    if (this.#budget.takeEntry()) return true;
    this.#sink.reason("limit-entries", `more than ${this.#budget.options.entries} entries`);
    return false;
  }

  /** Takes a piece that `inputBytes` octets were decoded to. */
  add(name: string, piece: Buffer, inputBytes: number, end: PieceEnd): void {
    const detail = this.#label || name;
    if (this.#budget.isExcessive(inputBytes, piece.length, scanLimits.ratioFloorBytes)) {
      this.#sink.reason("limit-ratio", detail);
    }
    if (end === "capped") this.#sink.reason("limit-bytes", detail);
    if (end === "damaged") this.#sink.reason("damaged", detail);
    if (end === "capped") this.#budget.takeCutOutput(piece.length);
    else this.#budget.takeOutput(piece.length);
    if (this.#label === "") {
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
