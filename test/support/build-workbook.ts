/** Workbooks of Excel's binary format built by hand [MS-XLS]: the records that matter, nothing that Excel would open. */

export interface WorkbookPlan {
  /** Records of the workbook itself, after its beginning. */
  readonly globals?: readonly Buffer[];
  /** Formulas of an Excel 4 macro sheet, each as `formula` makes it; no such sheet when not given. */
  readonly macros?: readonly Buffer[];
  /** Octets in a record of an ordinary sheet. */
  readonly cell?: Buffer;
}

/** The stream `Workbook`. */
export function buildWorkbook({ globals = [], macros, cell = Buffer.from("text") }: WorkbookPlan): Buffer {
  const sheets = [record(0x85, Buffer.concat([Buffer.alloc(5), Buffer.from([0, 6, 0]), Buffer.from("Sheet1")]))];
  if (macros !== undefined) {
    sheets.push(record(0x85, Buffer.concat([Buffer.alloc(5), Buffer.from([1, 6, 0]), Buffer.from("Macro1")])));
  }
  const end = record(0x0a, Buffer.alloc(0));
  const parts = [beginning(0x05), ...globals, ...sheets, end, beginning(0x10), record(0x204, cell), end];
  if (macros !== undefined) parts.push(beginning(0x40), ...macros, end);
  return Buffer.concat(parts);
}

/** A record of any type. */
export function record(type: number, data: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt16LE(type, 0);
  header.writeUInt16LE(data.length, 2);
  return Buffer.concat([header, data]);
}

/** A cell of a macro sheet that calls the function with the number on a text. */
export function formula(functionNumber: number, argument: string): Buffer {
  const call = Buffer.alloc(4);
  call[0] = 0x42;
  call[1] = 1;
  call.writeUInt16LE(functionNumber, 2);
  const tokens = Buffer.concat([Buffer.from([0x17, argument.length, 0]), Buffer.from(argument, "latin1"), call]);
  const cell = Buffer.alloc(22);
  cell.writeUInt16LE(tokens.length, 20);
  return record(0x06, Buffer.concat([cell, tokens]));
}

/** A name that makes Excel run what it stands for: 1 is Auto_Open. */
export function builtInName(number: number): Buffer {
  const data = Buffer.alloc(16);
  data.writeUInt16LE(0x20, 0);
  data[3] = 1;
  data[15] = number;
  return record(0x18, data);
}

/** A link to another program by DDE. */
export function ddeLink(service: string, topic: string): Buffer {
  const path = Buffer.from(`${service}\x03${topic}`, "latin1");
  const data = Buffer.alloc(5);
  data.writeUInt16LE(path.length, 2);
  return record(0x1ae, Buffer.concat([data, path]));
}

function beginning(contents: number): Buffer {
  const data = Buffer.alloc(16);
  data.writeUInt16LE(0x0600, 0);
  data.writeUInt16LE(contents, 2);
  return record(0x809, data);
}
