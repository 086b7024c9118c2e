/** Encoders of files as text, with the liberties that real ones take. One character per octet. */

/** uuencode or, with `isXx`, xxencode. `zero` stands for the digit 0 of uuencode. */
export function uuLines(bytes: Buffer, { zero = "`", isXx = false }: { zero?: string; isXx?: boolean } = {}): string[] {
  const digit = (value: number): string =>
    isXx ? (XX_DIGITS[value] ?? "") : value === 0 ? zero : String.fromCharCode(32 + value);
  const lines: string[] = [];
  for (let start = 0; start < bytes.length; start += 45) {
    const line = bytes.subarray(start, start + 45);
    const padded = Buffer.concat([line, Buffer.alloc(2)]);
    let text = digit(line.length);
    for (let index = 0; index < line.length; index += 3) {
      const bits = padded.readUIntBE(index, 3);
      for (const shift of [18, 12, 6, 0]) text += digit((bits >> shift) & 63);
    }
    lines.push(text);
  }
  return lines;
}

/** The lines of one yEnc piece without its keyword lines. */
export function yencLines(bytes: Buffer, lineLength = 128): string {
  let text = "";
  let column = 0;
  for (const byte of bytes) {
    const value = (byte + 42) & 0xff;
    const isCritical = value === 0 || value === 10 || value === 13 || value === 61 || (value === 46 && column === 0);
    const octets = isCritical ? `=${String.fromCharCode((value + 64) & 0xff)}` : String.fromCharCode(value);
    text += octets;
    column += octets.length;
    if (column < lineLength) continue;
    text += "\r\n";
    column = 0;
  }
  return text;
}

/** BinHex 4.0 with both forks; checksums are wrong. */
export function binhex(name: string, data: Buffer, resource: Buffer = Buffer.alloc(0)): string {
  const header = Buffer.alloc(20 + name.length);
  header[0] = name.length;
  header.write(name, 1, "latin1");
  header.write("TEXTttxt", 2 + name.length, "latin1");
  header.writeUInt32BE(data.length, 12 + name.length);
  header.writeUInt32BE(resource.length, 16 + name.length);
  const sum = Buffer.alloc(2, 0x5a);
  const packed = runLengths(Buffer.concat([header, sum, data, sum, resource, sum]));
  let digits = "";
  for (let start = 0; start < packed.length; start += 3) {
    const bits = Buffer.concat([packed.subarray(start, start + 3), Buffer.alloc(2)]).readUIntBE(0, 3);
    for (const shift of [18, 12, 6, 0]) digits += BINHEX_DIGITS[(bits >> shift) & 63] ?? "";
  }
  return `:${digits}:`.replace(/.{64}/g, "$&\r\n");
}

export function ascii85(bytes: Buffer): string {
  let text = "";
  for (let start = 0; start < bytes.length; start += 4) {
    const group = bytes.subarray(start, start + 4);
    let value = Buffer.concat([group, Buffer.alloc(4)]).readUInt32BE(0);
    let digits = "";
    for (let index = 0; index < 5; index += 1) {
      digits = String.fromCharCode(33 + (value % 85)) + digits;
      value = Math.floor(value / 85);
    }
    text += group.length === 4 && digits === "!!!!!" ? "z" : digits.slice(0, group.length + 1);
  }
  return `<~${text.replace(/.{60}/g, "$&\r\n")}~>`;
}

/** As `xxd` prints it, or `hexdump -C`. */
export function hexDump(bytes: Buffer, style: "xxd" | "hexdump"): string {
  const lines: string[] = [];
  for (let start = 0; start < bytes.length; start += 16) {
    const line = bytes.subarray(start, start + 16);
    const offset = start.toString(16).padStart(8, "0");
    const readable = line.toString("latin1").replace(/[^ -~]/g, ".");
    const pairs = line.toString("hex").match(/../g) ?? [];
    if (style === "xxd") {
      lines.push(`${offset}: ${(line.toString("hex").match(/.{1,4}/g) ?? []).join(" ").padEnd(41)}${readable}`);
    } else {
      const halves = [pairs.slice(0, 8).join(" "), pairs.slice(8).join(" ")].join("  ");
      lines.push(`${offset}  ${halves.padEnd(50)}|${readable}|`);
    }
  }
  return lines.join("\r\n");
}

/** Runs of an octet as the octet, 0x90 and how many; 0x90 itself with a count of 0. */
function runLengths(bytes: Buffer): Buffer {
  const packed: number[] = [];
  for (let position = 0; position < bytes.length; ) {
    const byte = bytes[position] ?? 0;
    let count = 1;
    while (count < 255 && bytes[position + count] === byte) count += 1;
    packed.push(byte);
    if (byte === 0x90) packed.push(0);
    if (count > 3 && byte !== 0x90) packed.push(0x90, count);
    position += count > 3 && byte !== 0x90 ? count : 1;
  }
  return Buffer.from(packed);
}

const XX_DIGITS = "+-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BINHEX_DIGITS = "!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr";
