/** Decodes the streams of a PDF document: every reading of where they end, how they are enciphered and which filters
 *  they have, until one of them holds. */

import type { ReasonCode } from "../../../core/model.ts";
import { pdfLimits, scanLimits } from "../../../core/scan-limits.ts";
import type { Budget } from "../../budget.ts";
import { type Decoded, decodeFilter, type Filter, type FilterContext, filterKind } from "./pdf-filters.ts";
import type { PdfObjects, PdfStream } from "./pdf-objects.ts";
import { hasName, type PdfDictionary, type PdfValue, valuesOf } from "./pdf-value.ts";
import { decipher, type SecurityHandler } from "./security-handler.ts";
import { StreamExtents } from "./stream-extent.ts";
import { cryptFilterName, type FilterChain, readFilterChains } from "./stream-filters.ts";

export interface DecodedStream {
  readonly bytes: Buffer;
  /** Why there is not more of it. */
  readonly problem: ReasonCode | undefined;
  /** What the problem is with; empty when it is with the stream as such. */
  readonly detail: string;
  /** The octets stand in the file as they are. */
  readonly isVerbatim: boolean;
  /** The rest is the file of a picture by its last filter. */
  readonly isPicture: boolean;
}

export class PdfStreamDecoder {
  readonly #bytes: Buffer;
  readonly #objects: PdfObjects;
  readonly #handlers: readonly SecurityHandler[];
  readonly #budget: Budget;
  readonly #extents: StreamExtents;
  #inputBytes: number;
  #spareBytes: number;
  #damaged = 0;

  constructor(bytes: Buffer, objects: PdfObjects, handlers: readonly SecurityHandler[], budget: Budget) {
    this.#bytes = bytes;
    this.#objects = objects;
    this.#handlers = handlers;
    this.#budget = budget;
    this.#extents = new StreamExtents(bytes);
    this.#inputBytes = bytes.length * pdfLimits.inputFactor + pdfLimits.parseFloorBytes;
    this.#spareBytes = budget.options.archiveBytes / 4;
  }

  /** Streams that overlap were too many to be looked at. */
  get isCut(): boolean {
    return this.#inputBytes < 0;
  }

  /** All readings that hold, else those that give anything; none when the key is not known. */
  decode(stream: PdfStream): DecodedStream[] {
    const { dictionary } = stream;
    const lengths = valuesOf(dictionary, "Length", "L")
      .slice(0, pdfLimits.readings)
      .flatMap((value) => this.#objects.resolve(value))
      .filter((value) => typeof value === "number");
    const { start, ends } = this.#extents.find(stream.start, lengths);
    const readings: DecodedStream[] = [];
    for (const chain of readFilterChains(dictionary, this.#objects)) {
      for (const end of ends.slice(0, pdfLimits.readings)) {
        const found = this.#readings(stream, chain, start, end);
        for (const reading of found) addReading(readings, reading);
        // What ends itself as it should has no other end.
        if (found.some(({ hasEnded }) => hasEnded)) break;
      }
    }
    const holding = readings.filter(({ problem }) => problem !== "damaged");
    return holding.length > 0 ? holding : readings;
  }

  #readings(stream: PdfStream, chain: FilterChain, start: number, end: number): Reading[] {
    const raw = this.#bytes.subarray(start, end);
    const source: Source = { chain, start, isImage: hasName(stream.dictionary, "Subtype", "Image") };
    if (this.#handlers.length === 0) return this.#undo(raw, { ...source, isVerbatim: true });
    const readings: Reading[] = [];
    for (const handler of this.#handlers) {
      const cipher = streamCipher(handler, stream.dictionary, chain);
      if (cipher !== "identity" && !this.#takeInput(raw.length)) return readings;
      const bytes = decipher(handler, cipher, { ...stream, bytes: raw });
      if (bytes !== undefined) readings.push(...this.#undo(bytes, { ...source, isVerbatim: bytes === raw }));
    }
    if (readings.some(({ problem }) => problem === undefined)) return readings;
    // Streams that nobody enciphered stand beside those that somebody did; noise is no damage.
    const plain = this.#undo(raw, { ...source, isVerbatim: true });
    return [...readings, ...plain.filter(({ problem }) => problem !== "damaged")];
  }

  /** One reading, or none when too much has been read. */
  #undo(raw: Buffer, source: Source & { readonly isVerbatim: boolean }): Reading[] {
    const [first] = source.chain;
    const isBounded = first !== undefined && filterKind(first.name) === "flate";
    if (!isBounded && !this.#takeInput(raw.length)) return [];
    let state: Reading = { ...WHOLE, bytes: raw, isVerbatim: source.isVerbatim };
    let cost = 0;
    for (const [index, filter] of source.chain.entries()) {
      const stop = index < pdfLimits.filters ? stopAt(filter) : TOO_MANY_FILTERS;
      if (stop !== undefined) {
        state = { ...state, ...stop };
        break;
      }
      if (filterKind(filter.name) === "crypt") continue;
      const inputBytes = state.bytes.length;
      const decoded = this.#undoOne(filter, state, index === 0 ? source.start : undefined);
      const { bytes, problem } = decoded;
      cost = Math.max(cost, bytes.length);
      const isExcessive =
        !source.isImage && this.#budget.isExcessive(inputBytes, bytes.length, scanLimits.ratioFloorBytes);
      state = {
        ...WHOLE,
        bytes,
        hasEnded: index === 0 && decoded.hasEnded,
        problem: isExcessive ? "limit-ratio" : problem,
      };
      if (state.problem !== undefined) break;
    }
    this.#budget.takeOutput(cost);
    return [state];
  }

  /** `start` is where the data are in the file. */
  #undoOne(filter: Filter, { bytes, isVerbatim }: Reading, start: number | undefined): Decoded {
    const context = (maxBytes: number): FilterContext => ({
      maxBytes,
      numberOf: (value) => this.#number(value),
      isDoubtful: this.#damaged > MAX_DAMAGED,
    });
    const decoded = decodeFilter(filter, bytes, context(this.#budget.outputBytes)) ?? NOTHING;
    if (decoded.problem === "damaged") this.#damaged += 1;
    if (start === undefined || !isVerbatim || decoded.hasEnded || decoded.problem !== undefined) return decoded;
    if (filterKind(filter.name) !== "flate") return decoded;
    // Data that do not end where all words say so go on behind them: compressed data may contain such words.
    const spareBytes = Math.min(this.#budget.outputBytes, this.#spareBytes);
    const longer = decodeFilter(filter, this.#bytes.subarray(start), context(Math.floor(spareBytes))) ?? NOTHING;
    if (longer.hasEnded) return longer;
    this.#spareBytes -= longer.bytes.length;
    this.#damaged += 1;
    return decoded;
  }

  #takeInput(bytes: number): boolean {
    this.#inputBytes -= bytes;
    return this.#inputBytes >= 0;
  }

  #number(value: PdfValue | undefined): number | undefined {
    if (value === undefined) return undefined;
    return this.#objects.resolve(value).find((candidate) => typeof candidate === "number");
  }
}

interface Reading extends DecodedStream {
  readonly hasEnded: boolean;
}

interface Source {
  readonly chain: FilterChain;
  /** Where the data begin in the file. */
  readonly start: number;
  /** Blank pictures are small by right. */
  readonly isImage: boolean;
}

/** What a stream is when one of its filters is not undone. */
function stopAt({ name }: Filter): Partial<Reading> | undefined {
  switch (filterKind(name)) {
    case "picture":
      return { isPicture: true };
    case "unknown":
      return { problem: "unsupported", detail: `filter ${name}` };
    default:
      return undefined;
  }
}

function addReading(readings: DecodedStream[], reading: DecodedStream): void {
  if (reading.bytes.length === 0 && reading.problem === undefined) return;
  const isKnown = readings.some((other) => other.problem === reading.problem && other.bytes.equals(reading.bytes));
  if (!isKnown && readings.length < pdfLimits.readings) readings.push(reading);
}

/** Cross-reference streams are never enciphered (§7.5.8.2). */
function streamCipher(
  handler: SecurityHandler,
  dictionary: PdfDictionary,
  chain: FilterChain,
): SecurityHandler["streams"] {
  const named = cryptFilterName(chain);
  if (named !== undefined) return handler.named.get(named) ?? "identity";
  if (hasName(dictionary, "Type", "XRef")) return "identity";
  return hasName(dictionary, "Type", "EmbeddedFile") ? handler.embeddedFiles : handler.streams;
}

/** Honest documents have none at all, or, encrypted, nothing else. */
const MAX_DAMAGED = 100;
const NOTHING: Decoded = { bytes: Buffer.alloc(0), hasEnded: false };
const TOO_MANY_FILTERS: Partial<Reading> = { problem: "limit-depth", detail: "filters inside each other" };
const WHOLE: Omit<Reading, "bytes"> = {
  problem: undefined,
  detail: "",
  isVerbatim: false,
  isPicture: false,
  hasEnded: false,
};
