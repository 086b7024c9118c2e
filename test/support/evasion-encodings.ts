/** What text can do to a payload on its way through mail: base64, quoted-printable and uuencode, as they should be and
 *  as some mail programs accept them. One character per octet. */

/** A body and what its transfer encoding should be declared as. */
export interface EncodedBody {
  readonly name: string;
  readonly encoding: string;
  body(payload: Buffer): string;
}

export const encodedBodies: readonly EncodedBody[] = [
  ...base64Bodies(),
  ...quotedPrintableBodies(),
  ...uuencodeBodies(),
];

/** Lines of 76 digits. */
export function base64(bytes: Buffer): string {
  return bytes.toString("base64").replace(/.{76}(?=.)/g, "$&\r\n");
}

/** Every octet as an escape, eight in a line. */
export function quotedPrintable(bytes: Buffer): string {
  return escapes(bytes).replace(/(?:=..){8}(?=.)/g, "$&=\r\n");
}

export function uuencode(bytes: Buffer): string {
  return ["begin 644 a.com", ...uuencodeLines(bytes), "`", "end"].join("\r\n");
}

function base64Bodies(): EncodedBody[] {
  const bodies: Record<string, (text: string) => string> = {
    "base64: as it should be": (text) => text,
    "base64: five digits a line": (text) => text.replace(/.{5}/g, "$&\r\n"),
    "base64: seventy-five digits a line": (text) => text.replace(/.{75}/g, "$&\r\n"),
    "base64: foreign characters in every quantum": (text) => text.replace(/.{3}/g, "$&!*"),
    "base64: control characters between the digits": (text) => text.replace(/./g, "$&\x01\x7f"),
    "base64: white space and tabs between the digits": (text) => text.replace(/./g, "$& \t"),
    "base64: vertical tabs and form feeds for line ends": (text) => text.replace(/.{10}/g, "$&\x0b\x0c"),
    "base64: LF CR for line ends": (text) => text.replace(/.{10}/g, "$&\n\r"),
    "base64: blank lines between": (text) => text.replace(/.{20}/g, "$&\r\n\r\n"),
    "base64: soft line breaks of quoted-printable": (text) => text.replace(/.{20}/g, "$&=\r\n"),
    "base64: padding inside a quantum": (text) => text.replace(/.{6}/g, "$&="),
    "base64: padding before it": (text) => `====\r\n${text}`,
    "base64: without padding": (text) => text.replaceAll("=", ""),
    "base64: text after it": (text) => `${text}\r\n-- \r\nThe list's footer.\r\n`,
    "base64: text on a line before it": (text) => `See below: (1)\r\n${text}`,
    "base64: a quoted reply": (text) => text.replace(/.{20}/g, "$&\r\n").replace(/^/gm, "> "),
    "base64: a delimiter of nobody in it": (text) => text.replace(/.{40}/, "$&\r\n--=!\r\n"),
  };
  return [
    ...Object.entries(bodies).map(([name, body]) => ({
      name,
      encoding: "base64",
      body: (payload: Buffer) => body(payload.toString("base64")),
    })),
    {
      name: "base64: two streams with the payload across them",
      encoding: "base64",
      body: (payload) => `${payload.subarray(0, 22).toString("base64")}\r\n${base64(payload.subarray(22))}`,
    },
    {
      name: "base64: ten streams on one line",
      encoding: "base64",
      body: (payload) =>
        pieces(payload, 7)
          .map((piece) => piece.toString("base64"))
          .join(""),
    },
    {
      name: "base64: streams without padding, a line each",
      encoding: "base64",
      body: (payload) =>
        pieces(payload, 7)
          .map((piece) => piece.toString("base64").replaceAll("=", ""))
          .join("\r\n"),
    },
  ];
}

function quotedPrintableBodies(): EncodedBody[] {
  const bodies: Record<string, (text: string) => string> = {
    "quoted-printable: as it should be": (text) => text.replace(/(?:=..){8}/g, "$&=\r\n"),
    "quoted-printable: lower case": (text) => text.toLowerCase(),
    "quoted-printable: CR CR LF after soft line breaks": (text) => text.replace(/(?:=..){8}/g, "$&=\r\r\n"),
    "quoted-printable: LF after soft line breaks": (text) => text.replace(/(?:=..){8}/g, "$&=\n"),
    "quoted-printable: white space and a bare CR": (text) => text.replace(/(?:=..){8}/g, "$&=  \r"),
    "quoted-printable: NULs between the escapes": (text) => text.replace(/(?:=..){8}/g, "$&\0"),
    "quoted-printable: NULs inside the escapes": (text) => text.replace(/=(.)(.)/g, "=$1\0$2"),
    "quoted-printable: a soft line break inside every escape": (text) => text.replace(/=(.)(.)/g, "=$1=\r\n$2"),
    "quoted-printable: form feeds after soft line breaks": (text) => text.replace(/(?:=..){8}/g, "$&=\x0c\r\n"),
    "quoted-printable: stray equals signs": (text) => text.replace(/(?:=..){8}/g, "$&=="),
  };
  return [
    ...Object.entries(bodies).map(([name, body]) => ({
      name,
      encoding: "quoted-printable",
      body: (payload: Buffer) => body(escapes(payload)),
    })),
    {
      name: "quoted-printable: only what must be escaped",
      encoding: "quoted-printable",
      body: (payload) => payload.toString("latin1").replaceAll("=", "=3D").replace(/.{30}/g, "$&=\r\n"),
    },
  ];
}

function uuencodeBodies(): EncodedBody[] {
  const shapes: Record<string, (lines: readonly string[]) => string[]> = {
    "uuencode: as it should be": (lines) => ["begin 644 a.com", ...lines, "`", "end"],
    "uuencode: no end": (lines) => ["begin 644 a.com", ...lines],
    "uuencode: no name": (lines) => ["begin 644", ...lines, "`", "end"],
    "uuencode: a long mode": (lines) => ["begin 100644 a.com", ...lines, "`", "end"],
    "uuencode: a short mode": (lines) => ["begin 0 a.com", ...lines, "`", "end"],
    "uuencode: text before begin on its line": (lines) => ["<pre>begin 644 a.com", ...lines, "`", "end"],
    "uuencode: white space before begin": (lines) => [" begin 644 a.com", ...lines, "`", "end"],
    "uuencode: blank lines between": (lines) => ["begin 644 a.com", ...lines.flatMap((line) => ["", line]), "`", "end"],
    "uuencode: text between the lines": (lines) => [
      "begin 644 a.com",
      ...lines.flatMap((line) => [line, "and more of it follows here"]),
      "end",
    ],
    "uuencode: more after every line": (lines) => [
      "begin 644 a.com",
      ...lines.map((line) => `${line}  and so on`),
      "end",
    ],
    "uuencode: a check character after every line": (lines) => [
      "begin 644 a.com",
      ...lines.map((line) => `${line}#`),
      "end",
    ],
    "uuencode: white space at the ends of lines": (lines) => [
      "begin 644 a.com",
      ...lines.map((line) => `${line} \t `),
      "end",
    ],
    "uuencode: a false begin before it": (lines) => ["begin 644 b.txt", "begin 644 a.com", ...lines, "`", "end"],
    "uuencode: a false begin inside it": (lines) => [
      "begin 644 a.com",
      ...lines.flatMap((line) => [line, "begin 644 b"]),
      "end",
    ],
    "uuencode: spaces for zeros, cut off": (lines) => [
      "begin 644 a.com",
      ...lines.map((line) => line.replaceAll("`", " ").trimEnd()),
      " ",
      "end",
    ],
  };
  const declared = Object.entries(shapes).flatMap(([name, shape]) => [
    { name, encoding: "x-uuencode", body: (payload: Buffer) => shape(uuencodeLines(payload)).join("\r\n") },
    {
      name: `${name}, bare CRs`,
      encoding: "x-uue",
      body: (payload: Buffer) => shape(uuencodeLines(payload)).join("\r"),
    },
  ]);
  // Readers that look for it in text skip nothing between its lines.
  const undeclared = declared.filter(({ name }) => !/between the|inside it|bare CRs/.test(name));
  return [
    ...declared,
    ...undeclared.map((body) => ({ ...body, name: `${body.name}, not declared`, encoding: "7bit" })),
  ];
}

function uuencodeLines(bytes: Buffer): string[] {
  return pieces(bytes, 45).map((line) => {
    const padded = Buffer.concat([line, Buffer.alloc(2)]);
    let text = String.fromCharCode(32 + line.length);
    for (let index = 0; index < line.length; index += 3) {
      const bits = padded.readUIntBE(index, 3);
      for (const shift of [18, 12, 6, 0]) text += String.fromCharCode(((bits >> shift) & 63) + 32).replace(" ", "`");
    }
    return text;
  });
}

function escapes(bytes: Buffer): string {
  return [...bytes].map((octet) => `=${octet.toString(16).toUpperCase().padStart(2, "0")}`).join("");
}

function pieces(bytes: Buffer, length: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / length) }, (_, index) =>
    bytes.subarray(index * length, (index + 1) * length),
  );
}
