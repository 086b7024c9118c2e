/** Reads one PDF document and hands on what is in it, what matters most first: limits then leave out pictures. */
import { pdfLimits } from "../../../core/scan-limits.ts";
import type { Budget } from "../../budget.ts";
import type { Content } from "../../engine.ts";
import { identifyContent, isActive } from "../../engines/heuristics/identify-content.ts";
import { scriptFormat } from "../../engines/heuristics/script-format.ts";
import { reportOpened } from "../archives/opened-archive.ts";
import type { ExtractorSink } from "../extractor.ts";
import { PdfActions, type PlacedString } from "./pdf-actions.ts";
import { decodeFlate, hasZlibHeader } from "./pdf-filters.ts";
import { startsProgram } from "./pdf-launch.ts";
import { PdfObjects, type PdfStream } from "./pdf-objects.ts";
import { type DecodedStream, PdfStreamDecoder } from "./pdf-stream-decoder.ts";
import { decodeTextString } from "./pdf-string.ts";
import { hasName, type PdfDictionary, type PdfValue, valuesOf } from "./pdf-value.ts";
import { decipher, isLocked, readSecurityHandlers, type SecurityHandler } from "./security-handler.ts";
import { dataStart } from "./stream-extent.ts";

export class PdfReader {
  readonly #bytes: Buffer;
  readonly #sink: ExtractorSink;
  readonly #budget: Budget;
  readonly #actions = new PdfActions();
  readonly #objects: PdfObjects;
  readonly #handlers: readonly SecurityHandler[];
  readonly #decoder: PdfStreamDecoder;
  /** Embedded files, for what is told of an opened document. */
  readonly #files: { readonly name: string; readonly bytes: Buffer }[] = [];
  /** Another reading of octets that were looked at as they are: what is broken in it was not before. */
  readonly #isRecoded: boolean;
  #streamCount = 0;

  constructor({ bytes, container }: Content, sink: ExtractorSink, budget: Budget) {
    this.#bytes = bytes;
    this.#isRecoded = container === "charset" || container === "utf-16";
    this.#sink = sink;
    this.#budget = budget;
    this.#objects = new PdfObjects(bytes, this.#actions.visit);
    this.#objects.readFile();
    this.#handlers = readSecurityHandlers(this.#objects, () => sink.passwords(), budget);
    this.#decoder = new PdfStreamDecoder(bytes, this.#objects, this.#handlers, budget);
  }

  run(): void {
    if (this.#readStreams()) this.#readLostStreams();
    this.#readStrings();
    this.#report();
  }

  /** False when there are more than are read. */
  #readStreams(): boolean {
    const packed = this.#objects.streams.filter(({ dictionary }) => isPacked(dictionary));
    // Objects in them tell which streams are files.
    if (!packed.every((stream) => this.#readStream(stream, true))) return false;
    const groups: Record<Importance, PdfStream[]> = { named: [], other: [], image: [] };
    for (const stream of this.#objects.streams) {
      if (!isPacked(stream.dictionary)) groups[this.#importance(stream)].push(stream);
    }
    const streams = [...groups.named, ...groups.other, ...groups.image];
    return streams.every((stream) => this.#readStream(stream, false));
  }

  #importance({ number, dictionary }: PdfStream): Importance {
    if (this.#isNamed(number)) return "named";
    return hasName(dictionary, "Subtype", "Image") ? "image" : "other";
  }

  #isNamed(number: number): boolean {
    return [this.#actions.files, this.#actions.scripts, this.#actions.forms].some((numbers) => numbers.has(number));
  }

  /** Whether viewers draw it, and nothing else. */
  #isDrawn({ number, dictionary }: PdfStream): boolean {
    if (this.#isNamed(number)) return false;
    return this.#actions.drawn.has(number) || DRAWN.some((name) => hasName(dictionary, "Subtype", name));
  }

  /** False when nothing more is to be read. */
  #readStream(stream: PdfStream, isPackage: boolean): boolean {
    if (!this.#takeStream()) return false;
    const isNew =
      !isSelfContained(stream, this.#handlers) || this.#budget.places.take(this.#bytes.subarray(stream.start));
    if (!isNew && !isPackage) return true;
    for (const decoded of this.#decoder.decode(stream)) {
      if (isPackage) this.#readPackage(stream, decoded.bytes);
      if (isNew) this.#handOn(stream, decoded);
    }
    return true;
  }

  #takeStream(): boolean {
    this.#streamCount += 1;
    if (this.#streamCount > pdfLimits.streams) {
      this.#sink.reason("limit-entries", `more than ${pdfLimits.streams} streams`);
      return false;
    }
    if (!this.#budget.isOutOfTime()) return true;
    this.#sink.reason("limit-time", "streams of a PDF document");
    return false;
  }

  #readPackage({ dictionary }: PdfStream, bytes: Buffer): void {
    const firsts = valuesOf(dictionary, "First").flatMap((value) => this.#objects.resolve(value));
    for (const first of firsts) if (typeof first === "number") this.#objects.readPacked(bytes, first);
  }

  #handOn(stream: PdfStream, { bytes, problem, detail, isVerbatim, isPicture }: DecodedStream): void {
    const isFile = this.#actions.files.has(stream.number);
    const name = this.#streamName(stream.number);
    if (problem !== undefined && !(this.#isRecoded && problem === "damaged"))
      this.#sink.reason(problem, detail === "" ? name : `${name}: ${detail}`);
    if (bytes.length === 0) return;
    const identified = identifyContent(bytes);
    const isMerePicture = isPicture && (identified === undefined || identified.family === "picture");
    // The octets of a picture that stand in the file are looked at as part of it.
    if (isMerePicture && isVerbatim && !isFile) return;
    const isScript = isFile && scriptFormat(bytes, name) !== undefined;
    if (isScript || (identified !== undefined && isActive(identified.family))) {
      this.#sink.heuristic("pdf-embedded-executable", name);
    }
    if (isFile) this.#files.push({ name, bytes: bytes.subarray(0, HEAD_BYTES) });
    this.#sink.entry(name, bytes, identified === undefined && this.#isDrawn(stream) ? "drawn" : "entry");
  }

  #streamName(number: number): string {
    const name = this.#actions.fileNames.get(number);
    const text = name === undefined ? undefined : this.#textOf(name);
    if (text !== undefined && text !== "") return text;
    const label = number < 0 ? "object" : `object ${number}`;
    return this.#actions.scripts.has(number) ? `${label} (JavaScript)` : label;
  }

  /** Data that no object owns, as far as they show by themselves what they are. */
  #readLostStreams(): void {
    let count = 0;
    for (let at = this.#bytes.indexOf(STREAM); at >= 0; at = this.#bytes.indexOf(STREAM, at + STREAM.length)) {
      const end = at + STREAM.length;
      if (this.#objects.isStreamStart(end) || this.#bytes[at - 1] === LETTER_D) continue;
      const start = dataStart(this.#bytes, end);
      if (!hasZlibHeader(this.#bytes, start)) continue;
      if (!this.#takeStream()) return;
      count += 1;
      const isDoubtful = count > MAX_HONEST_LOST_STREAMS;
      const { bytes, problem } = decodeFlate(this.#bytes.subarray(start), this.#budget.outputBytes, isDoubtful);
      this.#budget.takeOutput(bytes.length);
      if (problem === "limit-bytes") this.#sink.reason(problem, "stream without an object");
      if (bytes.length > 0) this.#sink.entry("stream without an object", bytes);
    }
  }

  /** Strings that are escaped, enciphered or in UTF-16 show nothing of what they say. */
  #readStrings(): void {
    const { scripts, scriptStrings, strings } = this.#actions;
    for (const script of scriptStrings) this.#readScript(script);
    const others: Buffer[] = [];
    for (const placed of strings) {
      if (scripts.has(placed.object.number)) this.#readScript(placed);
      else if (!placed.string.isVerbatim || (this.#handlers.length > 0 && !placed.object.isPacked)) {
        const text = this.#octetsOf(placed);
        if (text !== undefined) others.push(text, LINE_END);
      }
    }
    if (others.length > 0) this.#sink.entry("strings", Buffer.concat(others));
  }

  #readScript(script: PlacedString): void {
    const text = this.#octetsOf(script);
    if (text !== undefined) this.#sink.entry(`object ${script.object.number} (JavaScript)`, text);
  }

  #textOf(placed: PlacedString): string | undefined {
    const octets = this.#octetsOf(placed);
    if (octets === undefined) return undefined;
    const text = octets.toString("utf8", 0, MAX_TEXT_BYTES);
    return text.includes("\ufffd") ? octets.toString("latin1", 0, MAX_TEXT_BYTES) : text;
  }

  /** Deciphered when the document is encrypted; undefined when there is no key. */
  #octetsOf({ string, object }: PlacedString): Buffer | undefined {
    const { bytes } = string;
    if (this.#handlers.length === 0 || object.isPacked) return decodeTextString(bytes);
    for (const handler of this.#handlers) {
      const plain = decipher(handler, handler.strings, { ...object, bytes });
      if (plain !== undefined) return decodeTextString(plain);
    }
    return undefined;
  }

  #report(): void {
    const { actions, hasScript } = this.#actions;
    if (hasScript) this.#sink.heuristic("pdf-javascript");
    const textOf = (string: PlacedString): string | undefined => this.#textOf(string);
    if (actions.some((action) => startsProgram(action, this.#objects, textOf))) this.#sink.heuristic("pdf-launch");
    for (const handler of this.#handlers) {
      if (isLocked(handler)) this.#sink.reason("encrypted", "PDF document");
      else if (handler.password !== "") reportOpened("", handler.password, this.#files, this.#sink);
    }
    if (this.#objects.isCut || this.#actions.isCut || this.#decoder.isCut) {
      this.#sink.reason("limit-views", "objects of a PDF document");
    }
  }
}

type Importance = "named" | "other" | "image";

/** Object streams (ISO 32000-2 §7.5.7); some viewers do not ask for the type. */
function isPacked(dictionary: PdfDictionary): boolean {
  if (hasName(dictionary, "Type", "ObjStm")) return true;
  const keys = new Set(dictionary.pairs.map(([key]) => key));
  return keys.has("First") && keys.has("N");
}

/** Whether another document around this one would read the stream in the same way. */
function isSelfContained({ dictionary }: PdfStream, handlers: readonly SecurityHandler[]): boolean {
  if (handlers.length > 0) return false;
  const values = valuesOf(dictionary, "Filter", "F", "DecodeParms", "DP");
  return values.length <= 2 && !values.some(refersElsewhere);
}

function refersElsewhere(value: PdfValue): boolean {
  if (typeof value === "number") return false;
  if (value.kind === "array") return value.items.some(refersElsewhere);
  if (value.kind === "dictionary") return value.pairs.some(([, inner]) => refersElsewhere(inner));
  return value.kind === "reference";
}

/** Pictures, drawings and fonts. */
const DRAWN = ["Image", "Form", "Type1C", "CIDFontType0C", "OpenType"];
const STREAM = Buffer.from("stream", "latin1");
const LINE_END = Buffer.from("\n", "latin1");
const LETTER_D = 0x64;
const MAX_HONEST_LOST_STREAMS = 100;
/** A name or an address. */
const MAX_TEXT_BYTES = 4_096;
/** Enough to tell what a file is. */
const HEAD_BYTES = 4_096;
