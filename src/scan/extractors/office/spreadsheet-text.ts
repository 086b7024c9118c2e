/** Text that a spreadsheet program opens and obeys: cells that start programs by DDE in separated values, and SYLK with
 *  Excel 4 macros.
 *
 *  False positives: a formula counts only at the beginning of a cell and only when it calls a shell or the like; prose
 *  about such formulas has other words before them. */
import { latin1 } from "../../../core/bytes.ts";
import type { Extractor } from "../extractor.ts";
import { SIGNS } from "../octet-survey.ts";
import { mayBeText } from "./plain-text.ts";
import { callsInterpreter } from "./remote-target.ts";

export const spreadsheetTextExtractor: Extractor = {
  name: "spreadsheet-text",
  mayMatch: (survey, { bytes }) => isSylk(bytes) || (survey & SIGNS.bar) !== 0,
  matches: ({ bytes }) => isSylk(bytes) || (mayBeText(bytes) && bytes.indexOf(BAR) >= 0),
  extract({ bytes }, sink) {
    if (hasDdeFormula(bytes)) sink.heuristic("dde");
    if (!isSylk(bytes)) return;
    const text = latin1(bytes, 0, MAX_SYLK_BYTES);
    if (!SYLK_MACRO.test(text)) return;
    sink.heuristic("macro-xl4");
    if (SYLK_CALL.test(text)) sink.heuristic("macro-autorun");
  },
};

function hasDdeFormula(bytes: Buffer): boolean {
  let services = 0;
  for (let bar = bytes.indexOf(BAR); bar >= 0; bar = bytes.indexOf(BAR, bar + 1)) {
    const service = wordBefore(bytes, bar);
    if (!SERVICE.test(service)) continue;
    services += 1;
    // So many of them are no accident, and each costs time.
    if (services > MAX_SERVICES || isDdeFormula(bytes, bar, service)) return true;
  }
  return false;
}

/** Whether a formula begins a cell before the bar, and what is behind it has the form of a link. */
function isDdeFormula(bytes: Buffer, bar: number, service: string): boolean {
  const line =
    latin1(bytes, Math.max(0, bar - MAX_BEFORE_BYTES), bar)
      .split(/[\r\n]/)
      .at(-1) ?? "";
  if (!CELL_FORMULA.test(line)) return false;
  const topic = latin1(bytes, bar + 1, bar + MAX_AFTER_BYTES).split(/[\r\n]/, 1)[0] ?? "";
  return topic.includes("!") && callsInterpreter(` ${service} ${topic}`);
}

function wordBefore(bytes: Buffer, end: number): string {
  let stop = end;
  while (stop > 0 && IS_PADDING.has(bytes[stop - 1] ?? 0)) stop -= 1;
  let start = stop;
  while (start > 0 && stop - start < MAX_WORD_BYTES && isWordOctet(bytes[start - 1])) start -= 1;
  return start === stop ? "" : latin1(bytes, start, stop);
}

function isWordOctet(octet = 0): boolean {
  const lower = octet | 0x20;
  return (lower >= 0x61 && lower <= 0x7a) || (octet >= 0x30 && octet <= 0x39) || octet === 0x2e || octet === 0x5f;
}

function isSylk(bytes: Buffer): boolean {
  return bytes[0] === 0x49 && bytes[1] === 0x44 && bytes[2] === 0x3b;
}

const BAR = 0x7c;
const MAX_BEFORE_BYTES = 200;
const MAX_AFTER_BYTES = 1_000;
const MAX_SYLK_BYTES = 1024 * 1024;
const MAX_WORD_BYTES = 32;
const MAX_SERVICES = 10_000;
/** Space and quotes. */
const IS_PADDING = new Set([0x20, 0x22, 0x27]);
/** Programs that run what they are told, and those that open files by a path. */
const SERVICE =
  /^(?:cmd|powershell|pwsh|mshta|wscript|cscript|rundll32|regsvr32|certutil|msiexec|bitsadmin|forfiles|wmic|msexcel|excel|winword|iexplore|explorer|soffice)(?:\.exe)?$/i;
const CELL_FORMULA = /(?:^|[,;\t"])[ \t"']{0,8}[=+\-@]/;
const SYLK_MACRO =
  /^(?:O;(?:[^\r\n;]*;)*E\b|NN;(?:[^\r\n;]*;)*NAuto_?(?:open|close)|[CF];[^\r\n]{0,200};E(?:EXEC|CALL|REGISTER|HALT|ALERT|RUN|FORMULA)\()/im;
const SYLK_CALL = /;E(?:[^\r\n]{0,500}?[^\w.])?(?:EXEC|CALL|REGISTER|FOPEN|FORMULA|FORMULA\.FILL)\(/i;
