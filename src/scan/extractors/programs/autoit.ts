/** Opens compiled AutoIt scripts, in programs and on their own: the script and the files that it brings. Both formats
 *  have a list of files, each with names, sizes and data disguised by numbers from a generator. */
import { latin1, utf16 } from "../../../core/bytes.ts";
import { scanLimits } from "../../../core/scan-limits.ts";
import type { Budget } from "../../budget.ts";
import type { Extractor, ExtractorSink } from "../extractor.ts";
import { disguise } from "./autoit-random.ts";
import { unpackAutoIt } from "./autoit-unpack.ts";

export const autoItExtractor: Extractor = {
  name: "AutoIt",
  matches: ({ bytes }) => firstScript(bytes) >= 0,
  extract({ bytes }, sink, budget) {
    let position = firstScript(bytes);
    for (let scripts = 0; position >= 0 && scripts < MAX_SCRIPTS; scripts += 1) {
      const version = bytes.toString("latin1", position + 20, position + 24);
      if (version === "EA05" || version === "EA06") new ScriptReader(bytes, position, version, sink, budget).run();
      position = bytes.indexOf(MARK, position + MARK.length);
    }
  },
};

/** In a program, or at the start of a file that the interpreter runs. */
function firstScript(bytes: Buffer): number {
  const first = bytes[0];
  if (first === MARK[0] && bytes.subarray(0, MARK.length).equals(MARK)) return 0;
  return first === 0x4d && bytes[1] === 0x5a ? bytes.indexOf(MARK) : -1;
}

class ScriptReader {
  readonly #bytes: Buffer;
  readonly #version: "EA05" | "EA06";
  readonly #keys: FormatKeys;
  readonly #sink: ExtractorSink;
  readonly #budget: Budget;
  #position: number;
  readonly #dataSeed: number;

  constructor(bytes: Buffer, start: number, version: "EA05" | "EA06", sink: ExtractorSink, budget: Budget) {
    this.#bytes = bytes;
    this.#version = version;
    this.#keys = KEYS[version];
    this.#sink = sink;
    this.#budget = budget;
    this.#position = start + HEAD_BYTES;
    // 16 octets of a password's digest; in EA05 their sum is part of the key.
    const digest = bytes.subarray(start + 24, start + HEAD_BYTES);
    const sum = version === "EA05" ? digest.reduce((total, octet) => total + octet, 0) : 0;
    this.#dataSeed = this.#keys.data + sum;
  }

  run(): void {
    while (this.#plain(4, this.#keys.mark).toString("latin1") === "FILE") {
      if (!this.#budget.takeEntry()) {
        this.#sink.reason("limit-entries", `more than ${this.#budget.options.entries} entries`);
        return;
      }
      if (this.#budget.isOutOfTime()) {
        this.#sink.reason("limit-time", "AutoIt script");
        return;
      }
      this.#text(this.#keys.kind);
      const name = this.#text(this.#keys.path).replace(/^.*[\\/]/s, "");
      const isPacked = this.#bytes[this.#position] === 1;
      const packedBytes = (this.#word(1) ^ this.#keys.size) >>> 0;
      this.#position += 1 + 12 + TIMES_BYTES;
      const data = this.#plain(packedBytes, this.#dataSeed);
      this.#hand(name, isPacked ? unpackAutoIt(data, this.#budget.outputBytes) : { bytes: data, end: "whole" }, data);
      if (data.length < packedBytes) return;
    }
  }

  #hand(name: string, { bytes, end }: ReturnType<typeof unpackAutoIt>, data: Buffer): void {
    if (this.#budget.isExcessive(data.length, bytes.length, scanLimits.ratioFloorBytes)) {
      this.#sink.reason("limit-ratio", name);
    }
    if (end === "capped") this.#sink.reason("limit-bytes", name);
    if (end === "damaged") this.#sink.reason("damaged", name);
    if (end === "capped") this.#budget.takeCutOutput(bytes.length);
    else this.#budget.takeOutput(bytes.length);
    this.#sink.entry(name, bytes);
  }

  /** A length, and so many characters: of one octet in EA05, of two in EA06. */
  #text({ length: lengthKey, seed }: TextKeys): string {
    const characters = (this.#word(0) ^ lengthKey) >>> 0;
    this.#position += 4;
    const isWide = this.#version === "EA06";
    const bytes = this.#plain(Math.min(characters, MAX_NAME_CHARACTERS) * (isWide ? 2 : 1), characters + seed);
    return isWide ? utf16(bytes) : latin1(bytes);
  }

  #plain(length: number, seed: number): Buffer {
    const end = Math.min(this.#position + length, this.#bytes.length);
    const plain = disguise(this.#bytes.subarray(this.#position, end), this.#version, seed >>> 0);
    this.#position = end;
    return plain;
  }

  #word(offset: number): number {
    const position = this.#position + offset;
    return position + 4 <= this.#bytes.length ? this.#bytes.readUInt32LE(position) : 0;
  }
}

interface TextKeys {
  readonly length: number;
  readonly seed: number;
}

interface FormatKeys {
  readonly mark: number;
  readonly kind: TextKeys;
  readonly path: TextKeys;
  readonly size: number;
  readonly data: number;
}

const KEYS: Readonly<Record<"EA05" | "EA06", FormatKeys>> = {
  EA05: {
    mark: 0x16fa,
    kind: { length: 0x29bc, seed: 0xa25e },
    path: { length: 0x29ac, seed: 0xf25e },
    size: 0x45aa,
    data: 0x22af,
  },
  EA06: {
    mark: 0x18ee,
    kind: { length: 0xadbc, seed: 0xb33f },
    path: { length: 0xf820, seed: 0xf479 },
    size: 0x87bc,
    data: 0x2477,
  },
};
const MARK = Buffer.from("a3484bbe986c4aa9994c530a86d6487d41553321", "hex");
const HEAD_BYTES = 40;
const TIMES_BYTES = 16;
const MAX_NAME_CHARACTERS = 1_024;
const MAX_SCRIPTS = 8;
