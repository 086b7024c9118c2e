/** The records of Excel's binary format [MS-XLS] 2.1.4: a type, a length, data. */

export interface BiffRecord {
  readonly type: number;
  /** Where the record's header is in the stream. */
  readonly start: number;
  readonly data: Buffer;
}

/** Whether the octets begin as a workbook or sheet of any version does: BOF, its length, a version, what follows. */
export function beginsAsBiff(bytes: Buffer): boolean {
  if (bytes.length < 8 || bytes[0] !== BOF) return false;
  const lengths = BOF_LENGTHS.get(bytes[1] ?? 0xff);
  return lengths?.includes(bytes.readUInt16LE(2)) === true && CONTENTS.has(bytes.readUInt16LE(6));
}

/** All records in order; a length that is larger than what is there means all of it. */
export function* readBiffRecords(bytes: Buffer): Generator<BiffRecord> {
  let position = 0;
  while (position + 4 <= bytes.length) {
    const length = bytes.readUInt16LE(position + 2);
    const data = bytes.subarray(position + 4, position + 4 + length);
    yield { type: bytes.readUInt16LE(position), start: position, data };
    position += 4 + length;
  }
}

/** Whether the record begins a workbook, a sheet or a macro sheet. */
export function isBeginning(type: number): boolean {
  return (type & 0xff) === BOF && BOF_LENGTHS.has(type >> 8);
}

const BOF = 0x09;
/** By version, the upper octet of the type. */
const BOF_LENGTHS = new Map([
  [0x00, [4]],
  [0x02, [6]],
  [0x04, [6]],
  [0x08, [8, 16]],
]);
/** Workbook, Visual Basic module, sheet, chart, macro sheet, workspace. */
const CONTENTS = new Set([0x05, 0x06, 0x10, 0x20, 0x40, 0x100]);
