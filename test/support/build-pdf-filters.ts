/** Encoders for the filters of PDF (ISO 32000-2 §7.4). */

export function encodeAsciiHex(bytes: Buffer): Buffer {
  return Buffer.from(`${bytes.toString("hex").replace(/.{60}/g, "$&\n")}>`, "latin1");
}

export function encodeAscii85(bytes: Buffer): Buffer {
  let text = "";
  for (let start = 0; start < bytes.length; start += 4) {
    const group = bytes.subarray(start, start + 4);
    let value = Buffer.concat([group, Buffer.alloc(3)]).readUInt32BE(0);
    if (value === 0 && group.length === 4) {
      text += "z";
      continue;
    }
    const digits: string[] = [];
    for (let index = 0; index < 5; index += 1) {
      digits.unshift(String.fromCharCode(33 + (value % 85)));
      value = Math.floor(value / 85);
    }
    text += digits.slice(0, group.length + 1).join("");
  }
  return Buffer.from(`${text.replace(/.{70}/g, "$&\n")}~>`, "latin1");
}

/** Runs where there are any, else literals of up to 128 octets. */
export function encodeRunLength(bytes: Buffer): Buffer {
  const out: number[] = [];
  let position = 0;
  while (position < bytes.length) {
    let run = 1;
    while (run < 128 && bytes[position + run] === bytes[position]) run += 1;
    if (run > 2) {
      out.push(257 - run, bytes[position] ?? 0);
      position += run;
      continue;
    }
    const literal = bytes.subarray(position, position + 128);
    out.push(literal.length - 1, ...literal);
    position += literal.length;
  }
  return Buffer.from([...out, 128]);
}

export function encodeLzw(bytes: Buffer, isEarly = true): Buffer {
  const codes = new Map<string, number>();
  const out: number[] = [];
  let bits = 0n;
  let bitCount = 0;
  let next = 258;
  let width = 9;
  const write = (code: number): void => {
    bits = (bits << BigInt(width)) | BigInt(code);
    bitCount += width;
    while (bitCount >= 8) {
      bitCount -= 8;
      out.push(Number((bits >> BigInt(bitCount)) & 255n));
    }
    bits &= (1n << BigInt(bitCount)) - 1n;
  };
  const codeOf = (sequence: string): number => codes.get(sequence) ?? sequence.charCodeAt(0);
  write(256);
  let sequence = "";
  for (const character of bytes.toString("latin1")) {
    const longer = sequence + character;
    if (sequence === "" || codes.has(longer)) {
      sequence = longer;
      continue;
    }
    write(codeOf(sequence));
    codes.set(longer, next);
    next += 1;
    // The reader's table is one entry behind.
    if (next - 1 + (isEarly ? 1 : 0) >= 2 ** width && width < 12) width += 1;
    if (next >= 4094) {
      write(256);
      codes.clear();
      next = 258;
      width = 9;
    }
    sequence = character;
  }
  if (sequence !== "") write(codeOf(sequence));
  if (next + (isEarly ? 1 : 0) >= 2 ** width && width < 12) width += 1;
  write(257);
  if (bitCount > 0) out.push(Number((bits << BigInt(8 - bitCount)) & 255n));
  return Buffer.from(out);
}

/** PNG prediction in rows of `columns` octets; `kind` is the filter of every row, 0 to 4. */
export function predictPng(bytes: Buffer, columns: number, kind: number): Buffer {
  const rows: Buffer[] = [];
  let above = Buffer.alloc(columns);
  for (let start = 0; start < bytes.length; start += columns) {
    const row = Buffer.alloc(Math.min(columns, bytes.length - start));
    const current = bytes.subarray(start, start + row.length);
    for (let index = 0; index < row.length; index += 1) {
      const left = current[index - 1] ?? 0;
      const up = above[index] ?? 0;
      const upLeft = index > 0 ? (above[index - 1] ?? 0) : 0;
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, upLeft)][kind] ?? 0;
      row[index] = ((current[index] ?? 0) - guess) & 255;
    }
    rows.push(Buffer.of(kind), row);
    above = Buffer.concat([current, Buffer.alloc(columns)]).subarray(0, columns);
  }
  return Buffer.concat(rows);
}

/** TIFF prediction of octets, one color. */
export function predictTiff(bytes: Buffer, columns: number): Buffer {
  const out = Buffer.from(bytes);
  for (let index = bytes.length - 1; index > 0; index -= 1) {
    if (index % columns !== 0) out[index] = ((bytes[index] ?? 0) - (bytes[index - 1] ?? 0)) & 255;
  }
  return out;
}

function paeth(left: number, up: number, upLeft: number): number {
  const guess = left + up - upLeft;
  const [byLeft, byUp, byUpLeft] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - upLeft)];
  if (byLeft <= byUp && byLeft <= byUpLeft) return left;
  return byUp <= byUpLeft ? up : upLeft;
}
