/** Mails that hide what they carry in an encoding or a charset that nothing declares, each with one technique. */
import { deflateRawSync, deflateSync } from "node:zlib";
import { ebcdic, overlongUtf8, utf7, utf32 } from "./build-charsets.ts";
import { ascii85, binhex, hexDump, uuLines, yencLines } from "./build-text-encodings.ts";
import { buildMail, type Evasion } from "./evasion.ts";

export const textEvasions: readonly Evasion[] = [
  ...uuencodeTricks(),
  ...base64Tricks(),
  ...otherEncodings(),
  ...macintoshFiles(),
  ...charsetTricks(),
  ...calendarTricks(),
  ...documentTricks(),
];

function uuencodeTricks(): Evasion[] {
  const lines = (payload: Buffer): string[] => uuLines(payload);
  const bodies: Record<string, (payload: Buffer) => string[]> = {
    "spaces for zeros": (payload) => ["begin 644 a.com", ...uuLines(payload, { zero: " " }), " ", "end"],
    "no begin line": (payload) => [...lines(payload), "`", "end"],
    "no begin and no end": lines,
    "no mode": (payload) => ["begin a.com", ...lines(payload), "`", "end"],
    "two blanks and no mode": (payload) => ["begin  a.com", ...lines(payload), "`", "end"],
    "an odd mode": (payload) => ["begin 100644 a.com", ...lines(payload), "`", "end"],
    "end behind the last line": (payload) => [`begin 644 a.com`, `${lines(payload).join("\r\n")}end`],
    "check characters and more behind the lines": (payload) => [
      "begin 644 a.com",
      ...lines(payload).map((line) => `${line}A some words`),
      "end",
    ],
    "a blank line behind the first": (payload) => ["begin 644 a.com", "", ...lines(payload), "`", "end"],
    "foreign digits where none count": (payload) => [
      "begin 644 a.com",
      ...lines(payload).map((line) => withForeignPadding(line)),
      "`",
      "end",
    ],
    "blank lines between": (payload) => ["begin 644 a.com", ...lines(payload).flatMap((line) => [line, ""]), "end"],
    quoted: (payload) => ["begin 644 a.com", ...lines(payload), "`", "end"].map((line) => `> ${line}`),
    "quoted twice": (payload) => ["begin 644 a.com", ...lines(payload), "`", "end"].map((line) => `>> ${line}`),
    indented: (payload) => ["begin 644 a.com", ...lines(payload), "`", "end"].map((line) => `  ${line}`),
    "a decoy before": (payload) => ["begin 644 b.txt", "#0V%T", "`", "end", "", "begin 644 a.com", ...lines(payload)],
    xxencode: (payload) => ["begin 644 a.com", ...uuLines(payload, { isXx: true }), "+", "end"],
    "xxencode without begin and end": (payload) => uuLines(payload, { isXx: true }),
    "begin-base64": (payload) => ["begin-base64 644 a.com", payload.toString("base64"), "===="],
    "begin-base64 without an end": (payload) => ["begin-base64 644 a.com", payload.toString("base64")],
  };
  return [
    ...Object.entries(bodies).map(([name, body]) =>
      inText(`uuencode: ${name}`, (payload) => body(payload).join("\r\n")),
    ),
    inText("uuencode: lines that end with CR among others", (payload) =>
      ["", "begin 644 a.com", ...lines(payload), "`", "end"].join("\r"),
    ),
    whole("uuencode: lines that end with CR", (payload) =>
      ["begin 644 a.com", ...lines(payload), "`", "end"].join("\r"),
    ),
  ];
}

function base64Tricks(): Evasion[] {
  const digits = (payload: Buffer): string => payload.toString("base64");
  const url = (payload: Buffer): string => digits(payload).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  const bodies: Record<string, (payload: Buffer) => string> = {
    "one line": digits,
    "six digits a line": (payload) => digits(payload).replace(/.{6}/g, "$&\r\n"),
    "one digit a line": (payload) => digits(payload).replace(/./g, "$&\r\n"),
    quoted: (payload) => `> ${digits(payload).replace(/.{40}/g, "$&\r\n> ")}`,
    indented: (payload) => digits(payload).replace(/.{40}/g, "$&\r\n\t  "),
    "behind words on the line": (payload) => `the file is ${digits(payload)} and no more`,
    "in quotes": (payload) => `file = "${digits(payload)}";`,
    "a word on the line before": (payload) => `Hello\r\n${digits(payload).replace(/.{40}/g, "$&\r\n")}\r\nRegards`,
    "a line of hyphens before": (payload) => `----------\r\n${digits(payload)}\r\n----------`,
    "begun on the line of its name": (payload) => `DATA:${digits(payload).replace(/^.{20}|.{33}/g, "$&\r\n ")}`,
    "another stream before": (payload) => `${Buffer.alloc(50, 7).toString("base64")}\r\n${digits(payload)}`,
    "the URL-safe alphabet": url,
    "in armour": (payload) =>
      `-----BEGIN FILE-----\r\nVersion: 1\r\n\r\n${digits(payload)}\r\n=abcd\r\n-----END FILE-----`,
    "in XML": (payload) => `<a><b>${digits(payload).replace(/.{40}/g, "$&\r\n    ")}</b></a>`,
    "in XML with line ends as references": (payload) =>
      `<a><b>${digits(payload).replace(/.{40}/g, "$&&#13;\r\n")}</b></a>`,
    "in JSON with escaped slashes": (payload) => JSON.stringify({ a: digits(payload) }).replaceAll("/", "\\/"),
    "in JSON with escaped line ends": (payload) => JSON.stringify({ a: digits(payload).replace(/.{40}/g, "$&\r\n") }),
    "in JSON with escapes of characters": (payload) =>
      JSON.stringify({ a: digits(payload) }).replace(/[a-f]/g, (digit) => `\\u00${digit.charCodeAt(0).toString(16)}`),
    "among many tokens": (payload) =>
      [...Array.from({ length: 40 }, (_, index) => `x=${String(index).padStart(70, "aB1")}`), digits(payload)].join(
        "; ",
      ),
    "a mail in JSON": (payload) =>
      JSON.stringify({
        raw: `From: a@example.org\r\nContent-Type: application/x\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n${quoted(payload)}\r\n`,
      }),
  };
  return Object.entries(bodies).map(([name, body]) => inText(`base64: ${name}`, body));
}

function otherEncodings(): Evasion[] {
  const begin = (payload: Buffer): string => `=ybegin line=128 size=${payload.length} name=a.com\r\n`;
  const half = (payload: Buffer): number => payload.length >> 1;
  const part = (payload: Buffer, index: 0 | 1): string => {
    const cut = half(payload);
    const bytes = index === 0 ? payload.subarray(0, cut) : payload.subarray(cut);
    const place = index === 0 ? `begin=1 end=${cut}` : `begin=${cut + 1} end=${payload.length}`;
    const first = `=ybegin part=${index + 1} total=2 line=128 size=${payload.length} name=a.com`;
    return `${first}\r\n=ypart ${place}\r\n${yencLines(bytes)}\r\n=yend size=${bytes.length} part=${index + 1} pcrc32=00000000\r\n`;
  };
  const header = "(This file must be converted with BinHex 4.0)\r\n\r\n";
  const bodies: Record<string, (payload: Buffer) => string> = {
    yEnc: (payload) => `${begin(payload)}${yencLines(payload)}\r\n=yend size=${payload.length} crc32=00000000`,
    "yEnc without a trailer": (payload) => `${begin(payload)}${yencLines(payload)}`,
    "yEnc in short lines": (payload) => `${begin(payload)}${yencLines(payload, 10)}\r\n=yend`,
    "yEnc with every octet escaped": (payload) =>
      `${begin(payload)}${[...payload].map((byte) => `=${String.fromCharCode((byte + 106) & 0xff)}`).join("")}\r\n=yend`,
    "yEnc in two parts": (payload) => part(payload, 0) + part(payload, 1),
    "yEnc in two parts, the second first": (payload) => part(payload, 1) + part(payload, 0),
    "yEnc, two files": (payload) =>
      `${begin(payload)}${yencLines(Buffer.from("harmless"))}\r\n=yend\r\n${begin(payload)}${yencLines(payload)}\r\n=yend`,
    BinHex: (payload) => header + binhex("a.com", payload),
    "BinHex in the resource fork": (payload) => header + binhex("a.com", Buffer.alloc(9), payload),
    "BinHex without its words": (payload) => binhex("a.com", payload),
    "BinHex without an end": (payload) => header + binhex("a.com", payload).slice(0, -2),
    "BinHex with runs": (payload) =>
      header + binhex("a.com", Buffer.concat([Buffer.alloc(300, 0x90), Buffer.alloc(300), payload])),
    Ascii85: ascii85,
    "Ascii85 without an end": (payload) => ascii85(payload).slice(0, -2),
    "hexadecimal digits": (payload) => payload.toString("hex"),
    "hexadecimal digits in lines": (payload) => payload.toString("hex").toUpperCase().replace(/.{32}/g, "$&\r\n"),
    "hexadecimal digits with spaces": (payload) => pairs(payload).join(" "),
    "hexadecimal digits with spaces, in lines": (payload) =>
      pairs(payload).join(" ").toUpperCase().replace(/.{48}/g, "$&\r\n"),
    "hexadecimal digits with colons": (payload) => pairs(payload).join(":"),
    "hexadecimal digits of figures alone": (payload) => Buffer.from(payload.toString("hex"), "latin1").toString("hex"),
    "numbers of C": (payload) =>
      `unsigned char a[] = {\r\n${pairs(payload)
        .map((pair) => `0x${pair}`)
        .join(", ")
        .replace(/.{72}/g, "$&\r\n  ")} };`,
    "decimal numbers": (payload) => `[byte[]] $a = ${[...payload].join(",")}`,
    "escapes of two digits": (payload) =>
      pairs(payload)
        .map((pair) => `\\x${pair}`)
        .join(""),
    "octal escapes": (payload) => [...payload].map((octet) => `\\${octet.toString(8).padStart(3, "0")}`).join(""),
    "percent escapes": (payload) =>
      pairs(payload)
        .map((pair) => `%${pair}`)
        .join(""),
    "a list of the registry": (payload) => `"a"=hex:${pairs(payload).join(",").replace(/.{60}/g, "$&\\\r\n  ")}`,
    "zlib in base64": (payload) => deflateSync(payload).toString("base64"),
    "deflate in base64 in a script": (payload) =>
      `$a = New-Object IO.Compression.DeflateStream([Convert]::FromBase64String("${deflateRawSync(payload).toString("base64")}"))`,
    "base64 of quoted-printable of uuencode": (payload) =>
      Buffer.from(
        quoted(Buffer.from(["begin 644 a", ...uuLines(payload), "`", "end", ""].join("\r\n"), "latin1")),
      ).toString("base64"),
    "base64 in lines that end with form feeds": (payload) => payload.toString("base64").replace(/.{20}/g, "$&\x0c"),
    "a dump by xxd": (payload) => hexDump(payload, "xxd"),
    "a dump by hexdump": (payload) => hexDump(payload, "hexdump"),
  };
  return Object.entries(bodies).map(([name, body]) => inText(`encoding: ${name}`, body));
}

function macintoshFiles(): Evasion[] {
  const macBinary = (data: Buffer, resource: Buffer): Buffer => {
    const header = Buffer.alloc(128);
    header.write("\x05a.com", 1, "latin1");
    header.writeUInt32BE(data.length, 83);
    header.writeUInt32BE(resource.length, 87);
    const filler = Buffer.alloc((128 - (data.length % 128)) % 128);
    return Buffer.concat([header, data, filler, resource]);
  };
  const appleSingle = (magic: number, kind: number, payload: Buffer): Buffer => {
    const head = Buffer.alloc(38);
    head.writeUInt32BE(magic, 0);
    head.writeUInt32BE(0x20000, 4);
    head.writeUInt16BE(1, 24);
    head.writeUInt32BE(kind, 26);
    head.writeUInt32BE(38, 30);
    head.writeUInt32BE(payload.length, 34);
    return Buffer.concat([head, payload]);
  };
  // Packed, so that only who opens the fork sees a beginning of base64 there.
  const hidden = (payload: Buffer): Buffer => Buffer.from(payload.toString("base64").replace(/^.{7}|.{9}/g, "$&\r\n"));
  return [
    attached("macintosh: the data fork of MacBinary", (payload) => macBinary(hidden(payload), Buffer.alloc(0))),
    attached("macintosh: the resource fork of MacBinary", (payload) => macBinary(Buffer.alloc(200), hidden(payload))),
    attached("macintosh: AppleSingle", (payload) => appleSingle(0x00051600, 1, hidden(payload))),
    attached("macintosh: AppleDouble", (payload) => appleSingle(0x00051607, 2, hidden(payload))),
  ];
}

function charsetTricks(): Evasion[] {
  const text = (payload: Buffer): string => payload.toString("latin1");
  const chinese = "\u4e2d\u6587\u5b57".repeat(300);
  const wide = (payload: Buffer): Buffer => Buffer.from(text(payload), "utf16le");
  const typed = (name: string, charset: string, build: (payload: Buffer) => Buffer): Evasion => ({
    name: `charset: ${name}`,
    build: (payload) =>
      buildMail({
        partFields: [`Content-Type: text/html; charset=${charset}`, "Content-Transfer-Encoding: base64"],
        body: build(payload).toString("base64").replace(/.{76}/g, "$&\r\n"),
      }),
  });
  return [
    typed("UTF-16LE", "utf-16le", wide),
    typed("UTF-16BE", "utf-16be", (payload) => wide(payload).swap16()),
    typed("UTF-16 with a mark", "utf-16", (payload) => Buffer.concat([Buffer.of(0xff, 0xfe), wide(payload)])),
    typed("UTF-16BE with a mark", "utf-16", (payload) =>
      Buffer.concat([Buffer.of(0xfe, 0xff), Buffer.from(`${chinese}${text(payload)}`, "utf16le").swap16()]),
    ),
    typed("UTF-16LE behind other writing", "UTF-16LE", (payload) =>
      Buffer.from(`${chinese}${text(payload)}${chinese}`, "utf16le"),
    ),
    typed("UTF-32LE", "utf-32le", (payload) => utf32(text(payload), false)),
    typed("UTF-32BE", "utf-32be", (payload) => utf32(text(payload), true)),
    typed("UTF-32 with a mark", "utf-32", (payload) => utf32(`\ufeff${text(payload)}`, false)),
    typed("UTF-7, one character a run", "utf-7", (payload) => Buffer.from(utf7(text(payload), 1))),
    typed("UTF-7, all in one run", "utf-7", (payload) => Buffer.from(utf7(text(payload), 1_000))),
    typed("UTF-7 without a mark at the end", "utf-7", (payload) =>
      Buffer.from(utf7(text(payload), 1_000).slice(0, -1)),
    ),
    typed("UTF-7 behind other writing", "utf-7", (payload) =>
      Buffer.from(`+${utf7(`\u4e2d${text(payload)}`, 99).slice(1)}`),
    ),
    typed("modified UTF-7", "utf-7-imap", (payload) => Buffer.from(utf7(text(payload), 5, "modified"))),
    typed("overlong UTF-8", "utf-8", (payload) => overlongUtf8(payload, 2)),
    typed("overlong UTF-8 in three octets", "utf-8", (payload) => overlongUtf8(payload, 3)),
    typed("ISO 2022 escapes", "iso-2022-jp", (payload) =>
      Buffer.from(text(payload).replace(/.{2}/g, "$&\x1b(B"), "latin1"),
    ),
    typed("ISO 2022 escapes of other kinds", "iso-2022-kr", (payload) =>
      Buffer.from(`\x1b$)C${text(payload).replace(/.{5}/g, "$&\x1b$(C\x1b(J")}`, "latin1"),
    ),
    typed("HZ escapes", "hz-gb-2312", (payload) => Buffer.from(text(payload).replace(/.{3}/g, "$&~{~}"), "latin1")),
    typed("EBCDIC", "ibm037", ebcdic),
    typed("EBCDIC that is not declared", "us-ascii", ebcdic),
  ];
}

function calendarTricks(): Evasion[] {
  const folded = (line: string): string => line.replace(/^.{75}|.{74}/g, "$&\r\n ");
  const calendar = (lines: string): string =>
    ["BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", "UID:1", lines, "END:VEVENT", "END:VCALENDAR", ""].join("\r\n");
  const card = (lines: string): string => ["BEGIN:VCARD", "VERSION:2.1", "FN:A", lines, "END:VCARD", ""].join("\r\n");
  const bodies: Record<string, (payload: Buffer) => string> = {
    "an attachment": (payload) =>
      calendar(folded(`ATTACH;FILENAME=a.com;ENCODING=BASE64;VALUE=BINARY:${payload.toString("base64")}`)),
    "an attachment folded within quanta": (payload) =>
      calendar(`ATTACH;ENCODING=BASE64;VALUE=BINARY:${payload.toString("base64").replace(/^.|.{7}/g, "$&\r\n ")}`),
    "an attachment as a data address": (payload) =>
      calendar(folded(`ATTACH:data:application/x;base64,${payload.toString("base64")}`)),
    "a folded description": (payload) =>
      calendar(`DESCRIPTION:${payload.toString("latin1").replace(/.{5}/g, "$&\r\n ")}`),
    "an escaped description": (payload) =>
      calendar(`DESCRIPTION:${payload.toString("latin1").replace(/[^a-z0-9]/gi, "\\$&")}`),
    "a picture in a card": (payload) => card(`PHOTO;BASE64;TYPE=JPEG:\r\n ${payload.toString("base64")}\r\n`),
    "a key in a card": (payload) => card(folded(`KEY;ENCODING=b;TYPE=PGP:${payload.toString("base64")}`)),
    "quoted-printable in a card": (payload) =>
      card(`NOTE;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:${quoted(payload).replace(/(?:=..){8}/g, "$&=\r\n")}`),
    "lower case": (payload) =>
      calendar(folded(`attach;encoding=base64:${payload.toString("base64")}`)).replace("BEGIN:V", "begin:v"),
  };
  return Object.entries(bodies).map(([name, body]) =>
    attached(`calendar: ${name}`, (payload) => Buffer.from(body(payload), "latin1")),
  );
}

/** Files of other formats that are text with base64 in it, and a page saved as a mail. */
function documentTricks(): Evasion[] {
  const digits = (payload: Buffer): string => payload.toString("base64").replace(/.{60}/g, "$&\r\n      ");
  const documents: Record<string, (payload: Buffer) => string> = {
    "Flat ODF": (payload) =>
      `<?xml version="1.0"?><office:document><office:binary-data>${digits(payload)}</office:binary-data>`,
    WordML: (payload) => `<?xml version="1.0"?><w:wordDocument><w:binData w:name="a">${digits(payload)}</w:binData>`,
    "Flat OPC": (payload) => `<?xml version="1.0"?><pkg:part><pkg:binaryData>${digits(payload)}</pkg:binaryData>`,
    "a property list": (payload) =>
      `<?xml version="1.0"?><plist><dict><key>a</key><data>\r\n\t${digits(payload)}\r\n</data>`,
    "XML with CDATA": (payload) =>
      `<?xml version="1.0"?><a>${payload.toString("latin1").replace(/.{5}/g, "<![CDATA[$&]]>")}</a>`,
    MHTML: (payload) =>
      `From: <Saved by a browser>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=p\r\n\r\n--p\r\nContent-Type: image/x\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n${quoted(payload)}\r\n--p--\r\n`,
    "MHTML without fields of mail": (payload) =>
      `MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=p\r\n\r\n--p\r\nContent-Type: image/x\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n${quoted(payload)}\r\n--p--\r\n`,
  };
  return Object.entries(documents).map(([name, document]) =>
    attached(`document: ${name}`, (payload) => Buffer.from(document(payload), "latin1")),
  );
}

/** The last digits of a line that no octet depends on are of no alphabet. */
function withForeignPadding(line: string): string {
  const count = line.charCodeAt(0) - 32;
  const digits = Math.ceil((count * 4) / 3);
  return line.slice(0, 1 + digits).padEnd(1 + Math.ceil(count / 3) * 4, "~");
}

/** Between other lines of a text that declares nothing. */
function inText(name: string, body: (payload: Buffer) => string): Evasion {
  return {
    name,
    build: (payload) =>
      buildMail({
        partFields: ["Content-Type: text/plain"],
        body: `Please see below.\r\n\r\n${body(payload)}\r\n\r\nBye.`,
      }),
  };
}

/** All of a text. */
function whole(name: string, body: (payload: Buffer) => string): Evasion {
  return attached(name, (payload) => Buffer.from(body(payload), "latin1"));
}

function attached(name: string, content: (payload: Buffer) => Buffer): Evasion {
  return {
    name,
    build: (payload) => buildMail({ body: content(payload).toString("base64").replace(/.{76}/g, "$&\r\n") }),
  };
}

function pairs(payload: Buffer): string[] {
  return [...payload].map((octet) => octet.toString(16).padStart(2, "0"));
}

function quoted(payload: Buffer): string {
  return [...payload].map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
}
