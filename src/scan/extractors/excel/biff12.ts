/** Parts of Excel's binary workbooks in packages [MS-XLSB]: links that start programs, Excel 4 macro sheets. */
import { fromLatin1, utf16 } from "../../../core/bytes.ts";
import type { Extractor } from "../extractor.ts";
import { SIGNS } from "../octet-survey.ts";
import { callsInterpreter } from "../office/remote-target.ts";
import { callsDangerously, formulaStrings } from "./excel4-macros.ts";

export const biff12Extractor: Extractor = {
  name: "biff12",
  mayMatch: (survey) => (survey & SIGNS.high) !== 0,
  matches: ({ bytes, name }) =>
    beginsWith(bytes, BEGIN_LINK) || (beginsWith(bytes, BEGIN_SHEET) && MACRO_SHEET.test(name)),
  extract({ bytes }, sink) {
    if (beginsWith(bytes, BEGIN_LINK)) {
      if (callsInterpreter(` ${linkText(bytes)}`)) sink.heuristic("dde");
      return;
    }
    // No honest mail has had one for decades: what calls out counts whether or not it runs by itself.
    sink.heuristic("macro-xl4");
    if (callsDangerously(bytes)) sink.heuristic("macro-autorun");
    const text = formulaStrings(bytes, true);
    if (text !== "") sink.entry("macro sheet", fromLatin1(text));
  },
};

function beginsWith(bytes: Buffer, octets: Buffer): boolean {
  return bytes[0] === octets[0] && bytes.subarray(0, octets.length).equals(octets);
}

/** Service and topic, each after its length, behind the record's own length and the kind of link. */
function linkText(bytes: Buffer): string {
  const words: string[] = [];
  let position = BEGIN_LINK.length;
  while (((bytes[position] ?? 0) & 0x80) !== 0) position += 1;
  position += 3;
  for (let count = 0; count < 2 && position + 4 <= bytes.length; count += 1) {
    const length = bytes.readUInt32LE(position) * 2;
    const end = Math.min(bytes.length, position + 4 + length);
    words.push(utf16(bytes, position + 4, Math.min(end, position + 4 + MAX_TEXT_BYTES)));
    position = end;
  }
  return words.join(" ");
}

/** BrtBeginSupBook and BrtBeginSheet, which is empty; macro sheets differ from others in nothing but their place. */
const BEGIN_LINK = Buffer.from([0xe8, 0x02]);
const BEGIN_SHEET = Buffer.from([0x81, 0x01, 0x00]);
const MACRO_SHEET = /(?:^|\/)macrosheets\//i;
const MAX_TEXT_BYTES = 4096;
