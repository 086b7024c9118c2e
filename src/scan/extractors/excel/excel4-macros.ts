/** Excel 4 macro sheets in the binary format: formulas that run. */
import { latin1, utf16 } from "../../../core/bytes.ts";

/** Whether a formula in a record of a macro sheet starts a program, loads code, writes files or writes other formulas.
 *
 *  Functions with a variable number of arguments are a token, their count and their number [MS-XLS] 2.5.198.63; of
 *  commands the upper bit is set. */
export function callsDangerously(record: Buffer): boolean {
  for (let index = 0; index + 3 < record.length; index += 1) {
    const isCall = record[index] === 0x22 || record[index] === 0x42 || record[index] === 0x62;
    if (!isCall || ((record[index + 1] ?? 0) & 0x7f) > MAX_ARGUMENTS) continue;
    if (DANGEROUS_FUNCTIONS.has(record.readUInt16LE(index + 2))) return true;
  }
  return false;
}

/** The strings in a formula, one after the other: token, length, width of the characters. In packages (`isPackaged`) the
 *  length has two octets and every character too. */
export function formulaStrings(record: Buffer, isPackaged = false): string {
  const texts: string[] = [];
  let index = 0;
  while (index + 3 < record.length) {
    const isWide = isPackaged || record[index + 2] === 1;
    const length = isPackaged ? record.readUInt16LE(index + 1) : (record[index + 1] ?? 0);
    const end = index + 3 + length * (isWide ? 2 : 1);
    const isString = record[index] === STRING_TOKEN && length > 0 && length < MAX_STRING && end <= record.length;
    if (!isString || (!isPackaged && (record[index + 2] ?? 2) > 1)) {
      index += 1;
      continue;
    }
    texts.push((isWide ? utf16 : latin1)(record, index + 3, end));
    index = end;
  }
  return texts.join("");
}

/** Whether a defined name makes Excel run the macro by itself. `data` are those of a Lbl record. */
export function isAutomaticName(data: Buffer): boolean {
  if (data.length < 16) return false;
  const isBuiltIn = (data.readUInt16LE(0) & BUILT_IN) !== 0;
  const nameLength = data[3] ?? 0;
  if (isBuiltIn && nameLength === 1) {
    // In version 8 the width of the characters stands in front.
    return AUTOMATIC_NAMES.has(data[14] ?? 0) || (data[14] === 0 && AUTOMATIC_NAMES.has(data[15] ?? 0));
  }
  const text = latin1(data, 14, 15 + nameLength * 2).replaceAll("\0", "");
  return /^.?auto_?(?:open|close|activate|deactivate)/i.test(text);
}

/** EXEC, FOPEN, FWRITELN, FWRITE, REGISTER, CALL; FORMULA, FORMULA.FILL, FORMULA.ARRAY. */
const DANGEROUS_FUNCTIONS = new Set([0x6e, 0x84, 0x89, 0x8a, 0x95, 0x96, 0x8060, 0x8061, 0x8062]);
const MAX_ARGUMENTS = 30;
const STRING_TOKEN = 0x17;
const MAX_STRING = 256;
const BUILT_IN = 0x20;
/** Auto_Open, Auto_Close, Auto_Activate, Auto_Deactivate. */
const AUTOMATIC_NAMES = new Set([1, 2, 10, 11]);
