/** EBCDIC, in the code pages 037, 500 and 1047 that mail is found in: they differ in some punctuation. */

/** By its share of letters, figures and blanks, which other charsets have little of at those places. */
export function looksLikeEbcdic(bytes: Buffer): boolean {
  const length = Math.min(bytes.length, SAMPLE_BYTES);
  if (length < MIN_BYTES || (ASCII[bytes[0] ?? 0] ?? 0) === 0) return false;
  let high = 0;
  for (let position = 0; position < length; position += 1) {
    const byte = bytes[position] ?? 0;
    if ((ASCII[byte] ?? 0) === 0) return false;
    if (byte === BLANK || byte >= FIRST_LETTER) high += 1;
  }
  return high > length * MIN_SHARE;
}

/** One reading for each code page that makes a difference. */
export function decodeEbcdic(bytes: Buffer): Buffer[] {
  const readings: Buffer[] = [];
  for (const table of TABLES) {
    const reading = Buffer.allocUnsafe(bytes.length);
    for (let position = 0; position < bytes.length; position += 1) reading[position] = table[bytes[position] ?? 0] ?? 0;
    if (!readings.some((known) => known.equals(reading))) readings.push(reading);
  }
  return readings;
}

/** Octet to ASCII; 0 for what is none. */
function asciiTable(differences: Readonly<Record<number, string>>): Uint8Array {
  const table = new Uint8Array(256);
  const rows: Readonly<Record<number, string>> = {
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
    5: "\t",
    13: "\r",
    21: "\n",
    37: "\n",
  };
  for (const [first, characters] of [...Object.entries(rows), ...Object.entries(differences)]) {
    for (let index = 0; index < characters.length; index += 1) {
      table[Number(first) + index] = characters.charCodeAt(index);
    }
  }
  return table;
}

const TABLES = [
  asciiTable({}),
  asciiTable({ 74: "[", 79: "!", 90: "]", 95: "^", 176: "\0", 186: "\0|" }),
  asciiTable({ 95: "^", 173: "[", 176: "\0", 186: "\0\0", 189: "]" }),
];
/** In any of them. */
const ASCII = Uint8Array.from({ length: 256 }, (_, byte) => (TABLES.some((table) => (table[byte] ?? 0) > 0) ? 1 : 0));
const BLANK = 0x40;
const FIRST_LETTER = 0x81;
const MIN_SHARE = 0.6;
const SAMPLE_BYTES = 256;
const MIN_BYTES = 24;
