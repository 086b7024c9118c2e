/** What can be wrong with the header of an entity so that some mail programs still decode what it holds. */
import { brief } from "./evasion-boundaries.ts";
import { base64, quotedPrintable, uuencode } from "./evasion-encodings.ts";

/** All of an entity: its header, whatever ends that, and its body. One character per octet. */
export interface HeaderTrick {
  readonly name: string;
  entity(payload: Buffer): string;
}

const TYPE = 'Content-Type: application/octet-stream; name="a.com"';
const ENCODING = "Content-Transfer-Encoding";

export const headerTricks: readonly HeaderTrick[] = [
  ...encodingValues(),
  ...encodingNames(),
  ...duplicates(),
  ...types(),
  ...headerEnds(),
];

function encodingValues(): HeaderTrick[] {
  const values = [
    "base64;",
    "base64,",
    ",base64",
    ";base64",
    "base64.",
    "base64:",
    "=base64",
    "base64=",
    "base64/",
    "base64base64",
    "base-64",
    "base 64",
    "base_64",
    "b64",
    "bbase64",
    "'base64'",
    "<base64>",
    '"base64',
    'base64"',
    '"ba"se64',
    '"base\\64"',
    "base64\\",
    "(base64) base64",
    "(c(d)) base64 (e)",
    "base64(",
    "(c base64",
    "base64)",
    "base(c)64",
    "ba(c)se(d)64",
    "base64\t",
    "\tbase64",
    "  base64  ",
    "base64\x0b",
    "\x0bbase64",
    "base64\x0c\x1c",
    "\x01base64",
    "base64\x7f",
    "b\0ase64",
    "\0base64",
    "base64\0x",
    "\xef\xbb\xbfbase64",
    "base64\xc2\xa0",
    "\xa0base64",
    "base64\xe2\x80\x8b",
    "=?utf-8?B?YmFzZTY0?=",
    "=?utf-8?Q?base?= =?utf-8?Q?64?=",
    "=?utf-8*en?Q?base64?=",
    "=?utf-8?q?=62ase64?=",
    "=?x?Q?base64?=",
    "=?utf-8?Q?base64",
    "encoding=base64",
    "value; base64",
    "7bit, base64",
    "7bit; base64",
    "7bit base64",
    "base64 7bit",
    "8bit/base64",
    "\r\n base64",
    "\r\n\tbase64",
    "\r\n \r\n base64",
    "base64\r\n ",
    "base64\r\n (c)",
    "(c\r\n d) base64",
    "base\r\n 64",
    "base64\r",
    "\rbase64",
    "base64\rx",
    "BaSe64",
    "base64; charset=utf-8",
  ];
  const quoted = [
    "quoted-printable;",
    '"quoted-printable"',
    "(c) quoted-printable",
    "quotedprintable",
    "quoted printable",
  ];
  const unix = ["uuencode", "x-uuencode", "x-uue", "uue", "UUENCODE", "x-uuencoded", '"x-uuencode"'];
  return [
    ...values.map((value) => ({
      name: `encoding ${JSON.stringify(value)}`,
      entity: (payload: Buffer) => `${TYPE}\r\n${ENCODING}: ${value}\r\n\r\n${junk(base64(payload))}`,
    })),
    ...[...quoted, "Quoted-Printable\0", "=?us-ascii?Q?quoted-printable?="].map((value) => ({
      name: `encoding ${JSON.stringify(value)}`,
      entity: (payload: Buffer) => `${TYPE}\r\n${ENCODING}: ${value}\r\n\r\n${quotedPrintable(payload)}`,
    })),
    ...unix.map((value) => ({
      name: `encoding ${JSON.stringify(value)}`,
      entity: (payload: Buffer) => `${TYPE}\r\n${ENCODING}: ${value}\r\n\r\n${uuencode(payload)}`,
    })),
  ];
}

function encodingNames(): HeaderTrick[] {
  const lines = [
    `${ENCODING}:base64`,
    `${ENCODING} : base64`,
    `${ENCODING}\t:\tbase64`,
    `${ENCODING}\0: base64`,
    `${ENCODING}\x0b: base64`,
    `${ENCODING}\xa0: base64`,
    `\0${ENCODING}: base64`,
    `${ENCODING}\0x: base64`,
    `Content-Transfer-Enc\0oding: base64`,
    `\xef\xbb\xbf${ENCODING}: base64`,
    `${ENCODING}\r\n : base64`,
    ` ${ENCODING}: base64`,
    `\t${ENCODING}: base64`,
    `X: y\r${ENCODING}: base64`,
    `X: y\r\r${ENCODING}: base64`,
    `X: y\n\r${ENCODING}: base64`,
    `X: y\0\r\n${ENCODING}: base64`,
    `${ENCODING.toUpperCase()}: BASE64`,
    `X-Long: ${"y".repeat(2_000)}\r\n${ENCODING}: base64`,
    `X-Long: ${"y".repeat(70_000)}\r\n${ENCODING}: base64`,
    `X-Folded:\r\n${" y\r\n".repeat(500)}${ENCODING}: base64`,
    `X: (\r\n${ENCODING}: base64`,
    `X: "\r\n${ENCODING}: base64`,
    `: empty\r\n${ENCODING}: base64`,
    `no field at all\r\n${ENCODING}: base64`,
    `not a field: x\r\n${ENCODING}: base64`,
    `\xe9: x\r\n${ENCODING}: base64`,
    `From someone\r\n${ENCODING}: base64`,
    `>From someone\r\n${ENCODING}: base64`,
    `-- \r\n${ENCODING}: base64`,
    `.\r\n${ENCODING}: base64`,
    `\x1a\r\n${ENCODING}: base64`,
  ];
  return lines.flatMap((line) => [
    { name: `field ${brief(line)}`, entity: (payload) => `${TYPE}\r\n${line}\r\n\r\n${junk(base64(payload))}` },
    { name: `first field ${brief(line)}`, entity: (payload) => `${line}\r\n${TYPE}\r\n\r\n${junk(base64(payload))}` },
  ]);
}

function duplicates(): HeaderTrick[] {
  const others = ["7bit", "quoted-printable", "x-unknown", "", "binary"];
  return others.flatMap((other) => [
    trick(`base64 before "${other}"`, [TYPE, `${ENCODING}: base64`, `${ENCODING}: ${other}`], junk),
    trick(`base64 after "${other}"`, [TYPE, `${ENCODING}: ${other}`, `${ENCODING}: base64`], junk),
    trick(
      `base64 between two "${other}"`,
      [`${ENCODING}: ${other}`, `${ENCODING}: base64`, `${ENCODING}: ${other}`],
      junk,
    ),
    trick(`base64 first of a hundred "${other}"`, [`${ENCODING}: base64`, ...repeated(`${ENCODING}: ${other}`)], junk),
    trick(`base64 last of a hundred "${other}"`, [...repeated(`${ENCODING}: ${other}`), `${ENCODING}: base64`], junk),
    trick(`base64 on a second line after "${other}"`, [`${ENCODING}: ${other}`, "\tbase64"], junk),
  ]);
}

function repeated(line: string): string[] {
  return new Array<string>(100).fill(line);
}

function types(): HeaderTrick[] {
  const values = [
    "",
    "text",
    "text/",
    "/",
    "text/plain; charset=utf-16",
    "text/html",
    "image/png",
    "a/b/c",
    "foo;;;",
    "\0",
    ";",
  ];
  return values.map((value) => trick(`type "${value}"`, [`Content-Type: ${value}`, `${ENCODING}: base64`], junk));
}

function headerEnds(): HeaderTrick[] {
  const ends: Record<string, string> = {
    "white space": "\r\n \r\n",
    "a tab": "\r\n\t\r\n",
    "bare CRs": "\r\r",
    "LF LF": "\n\n",
    "LF CR LF CR": "\n\r\n\r",
    "CR CR LF CR CR LF": "\r\r\n\r\r\n",
    "CR LF CR": "\r\n\r",
    "CR LF LF": "\r\n\n",
    "LF CR LF": "\n\r\n",
    "a NUL": "\r\n\0\r\n",
    "a form feed": "\r\n\x0c\r\n",
    "a line without colon": "\r\nhere it comes\r\n",
    "a name with a space": "\r\nhere it comes: yes\r\n",
    "an 8-bit name": "\r\n\xe9: yes\r\n",
    "a dot": "\r\n.\r\n",
    "two hyphens": "\r\n--\r\n",
    nothing: "\r\n",
    "no line end": "\r",
  };
  const fields = `${TYPE}\r\n${ENCODING}: `;
  return Object.entries(ends).flatMap(([name, end]) => [
    { name: `ended by ${name}: base64`, entity: (payload) => `${fields}base64${end}${base64(payload)}` },
    { name: `ended by ${name}: odd base64`, entity: (payload) => `${fields}base64${end}${junk(base64(payload))}` },
    {
      name: `ended by ${name}: quoted-printable`,
      entity: (payload) => `${fields}quoted-printable${end}${quotedPrintable(payload)}`,
    },
    { name: `ended by ${name}: uuencode`, entity: (payload) => `${fields}x-uuencode${end}${uuencode(payload)}` },
    { name: `ended by ${name}: then a blank line`, entity: (payload) => `${fields}base64${end}\r\n${base64(payload)}` },
    {
      name: `ended by ${name}: then more fields`,
      entity: (payload) => `${fields}base64${end}${base64(payload)}\r\nX-More: y\r\n\r\n=`,
    },
  ]);
}

function trick(name: string, fields: readonly string[], change: (text: string) => string): HeaderTrick {
  return { name, entity: (payload) => `${fields.join("\r\n")}\r\n\r\n${change(base64(payload))}` };
}

/** Base64 that nobody decodes who does not know that it is base64. */
function junk(text: string): string {
  return text.replace(/.{4}/g, "$&.").replace(/.{25}/g, "$&\r\n");
}
