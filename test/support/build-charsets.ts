/** Text in charsets that hide ASCII. One character per octet, but for the texts that come in. */

/** Runs of `length` characters as UTF-7 (RFC 2152), or in its modified form (RFC 3501). */
export function utf7(text: string, length: number, form: "plain" | "modified" = "plain"): string {
  let encoded = "";
  for (let start = 0; start < text.length; start += length) {
    const units = Buffer.from(text.slice(start, start + length), "utf16le").swap16();
    const digits = units.toString("base64").replace(/=+$/, "");
    encoded += form === "plain" ? `+${digits}-` : `&${digits.replaceAll("/", ",")}-`;
  }
  return encoded;
}

/** ASCII in two or three octets of UTF-8 each. */
export function overlongUtf8(bytes: Buffer, length: 2 | 3): Buffer {
  return Buffer.from(
    [...bytes].flatMap((byte) =>
      length === 2 ? [0xc0 | (byte >> 6), 0x80 | (byte & 0x3f)] : [0xe0, 0x80 | (byte >> 6), 0x80 | (byte & 0x3f)],
    ),
  );
}

export function utf32(text: string, isBigEndian: boolean): Buffer {
  const units = Buffer.alloc(text.length * 4);
  for (let index = 0; index < text.length; index += 1) {
    if (isBigEndian) units.writeUInt32BE(text.charCodeAt(index), index * 4);
    else units.writeUInt32LE(text.charCodeAt(index), index * 4);
  }
  return units;
}

/** Code page 037, as far as ASCII has it. */
export function ebcdic(bytes: Buffer): Buffer {
  return Buffer.from([...bytes].map((byte) => EBCDIC.get(String.fromCharCode(byte)) ?? 0x6f));
}

const EBCDIC = new Map<string, number>(
  Object.entries({
    64: " ",
    75: ".<(+|&",
    90: "!$*);",
    96: "-/",
    107: ",%_>?",
    121: "`:#@'=\"",
    129: "abcdefghi",
    145: "jklmnopqr",
    161: "~stuvwxyz",
    176: "^",
    186: "[]",
    192: "{ABCDEFGHI",
    208: "}JKLMNOPQR",
    224: "\\",
    226: "STUVWXYZ",
    240: "0123456789",
  }).flatMap(([first, text]) =>
    [...text].map((character, index): [string, number] => [character, Number(first) + index]),
  ),
);
