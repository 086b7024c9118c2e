/** cpio archives built by hand, in every form that there is. */

export type CpioForm = "newc" | "odc" | "little" | "big";

export interface CpioEntry {
  readonly name: string;
  readonly content: Buffer;
  /** Written instead of the length. */
  readonly size?: number;
}

/** The entries and the trailer. */
export function buildCpio(form: CpioForm, entries: readonly CpioEntry[]): Buffer {
  return Buffer.concat(
    [...entries, { name: "TRAILER!!!", content: Buffer.alloc(0) }].map((entry) => member(form, entry)),
  );
}

function member(form: CpioForm, { name, content, size = content.length }: CpioEntry): Buffer {
  const text = Buffer.from(`${name}\0`);
  const alignment = form === "newc" ? 4 : form === "odc" ? 1 : 2;
  const head = Buffer.concat([header(form, text.length, size), text]);
  return Buffer.concat([head, padding(head.length, alignment), content, padding(content.length, alignment)]);
}

function header(form: CpioForm, nameBytes: number, size: number): Buffer {
  if (form === "newc") {
    const fields = Array.from({ length: 13 }, () => 0);
    fields[6] = size;
    fields[11] = nameBytes;
    return Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, "0")).join("")}`);
  }
  if (form === "odc") {
    const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, "0");
    return Buffer.from(`070707${"0".repeat(53)}${octal(nameBytes, 6)}${octal(size, 11)}`);
  }
  const fields = Buffer.alloc(26);
  const write = (value: number, offset: number): void => {
    if (form === "little") fields.writeUInt16LE(value, offset);
    else fields.writeUInt16BE(value, offset);
  };
  write(0o070707, 0);
  write(nameBytes, 20);
  write(size >>> 16, 22);
  write(size & 0xffff, 24);
  return fields;
}

function padding(length: number, alignment: number): Buffer {
  return Buffer.alloc((alignment - (length % alignment)) % alignment);
}
