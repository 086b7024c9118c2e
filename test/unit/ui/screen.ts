/** A terminal for tests: takes what Ink writes and knows what stands on its screen. Sequences that it does not know are
 *  kept in `unknown`, so that a test can say that nothing else was emitted. */
import { EventEmitter } from "node:events";
import { Writable } from "node:stream";
import stringWidth from "string-width";

export class Screen extends Writable {
  readonly isTTY = true;
  columns: number;
  rows: number;
  /** Everything written, as it was. */
  raw = "";
  frames = 0;
  readonly unknown: string[] = [];
  #cells: string[][] = [[]];
  #row = 0;
  #column = 0;

  constructor(columns: number, rows: number) {
    super({ decodeStrings: false });
    this.columns = columns;
    this.rows = rows;
  }

  resize(columns: number, rows: number): void {
    this.columns = columns;
    this.rows = rows;
    this.emit("resize");
  }

  /** The screen's lines without trailing spaces. */
  lines(): string[] {
    return this.#cells.map((row) =>
      Array.from(row, (cell) => cell ?? " ")
        .join("")
        .trimEnd(),
    );
  }

  text(): string {
    return this.lines().join("\n");
  }

  override _write(chunk: string | Uint8Array, _encoding: BufferEncoding, done: () => void): void {
    const text = typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8");
    this.raw += text;
    if (text.includes("\u001b[?2026l")) this.frames += 1;
    for (const token of text.match(TOKENS) ?? []) this.#token(token);
    done();
  }

  #token(token: string): void {
    if (token.startsWith("\u001b[")) this.#control(token);
    else if (token === "\n") this.#moveTo(this.#row + 1, 0);
    else if (token === "\r") this.#column = 0;
    else if (token.startsWith("\u001b") || /\p{Cc}/u.test(token)) this.unknown.push(token);
    else this.#print(token);
  }

  #print(text: string): void {
    for (const { segment } of GRAPHEMES.segment(text)) {
      const width = stringWidth(segment);
      const row = this.#cells[this.#row] ?? [];
      while (row.length < this.#column) row.push(" ");
      row[this.#column] = segment;
      for (let extra = 1; extra < width; extra += 1) row[this.#column + extra] = "";
      this.#cells[this.#row] = row;
      this.#column += width;
    }
  }

  #control(sequence: string): void {
    const kind = sequence.at(-1) ?? "";
    const body = sequence.slice(2, -1);
    const count = Number(body.split(";")[0] || "1");
    if (kind === "m" || MODES.has(sequence)) return;
    if (kind === "A") this.#moveTo(this.#row - count, this.#column);
    else if (kind === "B") this.#moveTo(this.#row + count, this.#column);
    else if (kind === "C") this.#column += count;
    else if (kind === "E") this.#moveTo(this.#row + count, 0);
    else if (kind === "G") this.#column = count - 1;
    else if (kind === "H") this.#home(body);
    else if (kind === "K") this.#eraseLine(body);
    else if (kind === "J") this.#eraseDown(body);
    else this.unknown.push(sequence);
  }

  #home(body: string): void {
    const [row = "1", column = "1"] = body.split(";");
    this.#moveTo(Number(row || "1") - 1, Number(column || "1") - 1);
  }

  #moveTo(row: number, column: number): void {
    this.#row = Math.max(0, row);
    this.#column = column;
    while (this.#cells.length <= this.#row) this.#cells.push([]);
  }

  #eraseLine(body: string): void {
    const row = this.#cells[this.#row] ?? [];
    this.#cells[this.#row] = body === "2" ? [] : row.slice(0, this.#column);
  }

  #eraseDown(body: string): void {
    if (body === "2" || body === "3") this.#cells = [[]];
    else {
      this.#eraseLine("");
      this.#cells.length = this.#row + 1;
    }
  }
}

/** A keyboard for tests: `press` sends what a terminal sends for a key. */
export class Keyboard extends EventEmitter {
  readonly isTTY = true;
  isRaw = false;
  readonly #pending: string[] = [];

  press(keys: string): void {
    this.#pending.push(keys);
    this.emit("readable");
  }

  setRawMode(isRaw: boolean): this {
    this.isRaw = isRaw;
    return this;
  }

  read(): string | null {
    return this.#pending.shift() ?? null;
  }

  setEncoding(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  resume(): this {
    return this;
  }

  pause(): this {
    return this;
  }
}

const GRAPHEMES = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Control sequences, single controls, and runs of anything else. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what a terminal reads
const TOKENS = /\u001b\[[0-9;?<>=]*[A-Za-z]|\u001b.?|[\u0000-\u001f\u007f-\u009f]|[^\u0000-\u001f\u007f-\u009f]+/gu;

/** Cursor shown and hidden, alternate screen, synchronized output, bracketed paste. */
const MODES: ReadonlySet<string> = new Set(
  ["?25", "?1049", "?2026", "?2004"].flatMap((mode) => [`\u001b[${mode}h`, `\u001b[${mode}l`]),
);
