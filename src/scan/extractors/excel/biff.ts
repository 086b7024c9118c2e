/** Workbooks in Excel's binary format, in a compound file or by themselves: opens encrypted ones, finds Excel 4 macros and
 *  links that start programs. */
import { fromLatin1, latin1 } from "../../../core/bytes.ts";
import type { Extractor } from "../extractor.ts";
import { callsInterpreter } from "../office/remote-target.ts";
import { decryptBiff } from "./biff-decryption.ts";
import { type BiffRecord, beginsAsBiff, isBeginning, readBiffRecords } from "./biff-records.ts";
import { callsDangerously, formulaStrings, isAutomaticName } from "./excel4-macros.ts";

export const biffExtractor: Extractor = {
  name: "biff",
  matches: ({ bytes }) => beginsAsBiff(bytes),
  extract({ bytes }, sink, budget) {
    const workbook = new BiffReader();
    for (const record of readBiffRecords(bytes)) {
      if (record.type === FILE_PASS) {
        const plain = decryptBiff(bytes, record, sink, budget);
        if (plain === undefined) sink.reason("encrypted", "workbook");
        else sink.entry("", plain);
        // What follows is noise, unless the record stands where Excel does not look for it.
        if (!workbook.hasSheets) return;
      }
      workbook.read(record);
    }
    if (workbook.macroText !== "") sink.entry("macro sheet", fromLatin1(workbook.macroText));
    if (workbook.hasMacroSheet) sink.heuristic("macro-xl4");
    if (workbook.hasMacroSheet && workbook.isAutomatic && workbook.isDangerous) sink.heuristic("macro-autorun");
    if (workbook.startsProgram) sink.heuristic("dde");
  },
};

class BiffReader {
  hasSheets = false;
  hasMacroSheet = false;
  isAutomatic = false;
  isDangerous = false;
  startsProgram = false;
  /** The strings of macro sheets. */
  macroText = "";
  /** What the sheets and workbooks around the record are, the innermost last. */
  readonly #inside: number[] = [];
  /** Where sheets begin that the workbook calls macro sheets. */
  readonly #macroSheets = new Set<number>();

  read({ type, start, data }: BiffRecord): void {
    if (isBeginning(type)) {
      const isCalledMacro = this.#macroSheets.has(start);
      const contents = data.length >= 4 ? data.readUInt16LE(2) : 0;
      if (this.#inside.length < MAX_NESTING) this.#inside.push(isCalledMacro ? MACRO_SHEET : contents);
      if (contents === MACRO_SHEET) this.hasMacroSheet = true;
      return;
    }
    switch (type) {
      case EOF:
        this.#inside.pop();
        break;
      case BOUNDSHEET:
        this.hasSheets = true;
        if (data[5] === BOUND_MACRO_SHEET) {
          this.hasMacroSheet = true;
          this.#macroSheets.add(data.readUInt32LE(0));
        }
        break;
      case LABEL:
      case LABEL_3:
        if (isAutomaticName(data)) this.isAutomatic = true;
        break;
      case SUPPORTING_BOOK:
        if (callsInterpreter(linkText(data, 5))) this.startsProgram = true;
        break;
      case EXTERNAL_SHEET:
        if (callsInterpreter(linkText(data, 1))) this.startsProgram = true;
        break;
      default:
        if (this.#inside.at(-1) === MACRO_SHEET) this.#readMacro(type, data);
    }
  }

  #readMacro(type: number, data: Buffer): void {
    if (!FORMULAS.has(type) && type !== STRING) return;
    if (callsDangerously(data)) this.isDangerous = true;
    const text = type === STRING ? latin1(data, 3).replaceAll("\0", "") : formulaStrings(data);
    if (text !== "") this.macroText += `${text}\n`;
  }
}

/** The encoded path of a link, in which control characters stand for what separates. */
function linkText(data: Buffer, start: number): string {
  return latin1(data, start, MAX_LINK_BYTES).replaceAll("\0", "").replaceAll(SEPARATORS, " ");
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they separate the service from the topic
const SEPARATORS = /[\x01-\x1f]/g;
const MAX_NESTING = 100;
const MAX_LINK_BYTES = 600;
const FILE_PASS = 0x2f;
const EOF = 0x0a;
const BOUNDSHEET = 0x85;
const BOUND_MACRO_SHEET = 1;
const MACRO_SHEET = 0x40;
const LABEL = 0x18;
const LABEL_3 = 0x218;
const SUPPORTING_BOOK = 0x1ae;
const EXTERNAL_SHEET = 0x17;
const STRING = 0x207;
const FORMULAS = new Set([0x06, 0x206, 0x406]);
