/** PDF documents that hide a file or a script from one reader or another, each as an attachment of a mail. */
import { deflateRawSync, deflateSync } from "node:zlib";
import {
  buildPdf,
  objectBytes,
  objectStream,
  PAGES,
  type PdfPart,
  type PdfStreamPart,
  pdfWithFile,
} from "./build-pdf.ts";
import { encryptPdf, hexString, type PdfRevision } from "./build-pdf-encryption.ts";
import {
  encodeAscii85,
  encodeAsciiHex,
  encodeLzw,
  encodeRunLength,
  predictPng,
  predictTiff,
} from "./build-pdf-filters.ts";
import { buildZip } from "./build-zip.ts";
import { buildMail, type Evasion } from "./evasion.ts";

export const pdfEvasions: readonly Evasion[] = [
  ...filterTricks(),
  ...predictorTricks(),
  ...streamTricks(),
  ...documentTricks(),
  ...stringTricks(),
  ...encryptionTricks(),
  ...nestingTricks(),
];

function filterTricks(): Evasion[] {
  return [
    attached("stored", "", (payload) => payload),
    attached("deflated", "/Filter /FlateDecode", deflateSync),
    attached("LZW", "/Filter /LZWDecode", encodeLzw),
    attached("LZW that grows late", "/Filter /LZWDecode /DecodeParms << /EarlyChange 0 >>", (payload) =>
      encodeLzw(filled(payload), false),
    ),
    attached("a long LZW stream", "/Filter /LZWDecode", (payload) => encodeLzw(filled(payload))),
    attached("ASCII85", "/Filter /ASCII85Decode", encodeAscii85),
    attached("ASCII85 with its mark in front", "/Filter /ASCII85Decode", (payload) =>
      Buffer.concat([Buffer.from("<~"), encodeAscii85(payload)]),
    ),
    attached("hexadecimal", "/Filter /ASCIIHexDecode", encodeAsciiHex),
    attached("run lengths", "/Filter /RunLengthDecode", (payload) =>
      encodeRunLength(Buffer.concat([Buffer.alloc(300), payload])),
    ),
    attached("a row of filters", "/Filter [/ASCIIHexDecode /ASCII85Decode /RunLengthDecode /FlateDecode]", (payload) =>
      encodeAsciiHex(encodeAscii85(encodeRunLength(deflateSync(payload)))),
    ),
    attached("short names of filters", "/Filter [/AHx /A85 /RL /Fl]", (payload) =>
      encodeAsciiHex(encodeAscii85(encodeRunLength(deflateSync(payload)))),
    ),
    attached("the short name of the entry", "/F /Fl", deflateSync),
    attached("escapes in the name of the filter", "/#46ilter /#46lateD#65code", deflateSync),
    attached("an unknown filter behind", "/Filter [/FlateDecode /NothingDecode]", deflateSync),
    attached("a picture's filter behind", "/Filter [/FlateDecode /DCTDecode]", deflateSync),
    attached("the entry twice, the first right", "/Filter /FlateDecode /Filter /LZWDecode", deflateSync),
    attached("the entry twice, the last right", "/Filter /LZWDecode /Filter /FlateDecode", deflateSync),
    attached("a filter behind a reference", "/Filter 6 0 R", deflateSync, ["/FlateDecode"]),
    attached(
      "a list of filters behind references",
      "/Filter 6 0 R",
      (payload) => encodeAsciiHex(deflateSync(payload)),
      ["[7 0 R /FlateDecode]", "/ASCIIHexDecode"],
    ),
    attached("a filter whose object comes twice", "/Filter 6 0 R", deflateSync, [
      "/FlateDecode\nendobj\n6 0 obj\n/LZWDecode",
    ]),
    attached("deflate without its header", "/Filter /FlateDecode", deflateRawSync),
    attached("deflate with a wrong checksum", "/Filter /FlateDecode", (payload) =>
      Buffer.concat([deflateSync(payload).subarray(0, -4), Buffer.from("zzzz")]),
    ),
    attached("deflate that breaks off", "/Filter /FlateDecode", (payload) =>
      deflateSync(filled(payload)).subarray(0, -30),
    ),
    attached("deflate that is damaged behind", "/Filter /FlateDecode", damagedBehind),
    attached("a picture that is none", "/Subtype /Image /Width 1 /Height 1 /Filter /FlateDecode", deflateSync),
  ];
}

function predictorTricks(): Evasion[] {
  const parameters = (predictor: number): string =>
    `/Filter /FlateDecode /DecodeParms << /Predictor ${predictor} /Columns 24 >>`;
  return [
    ...[0, 1, 2, 3, 4].map((kind) =>
      attached(`PNG prediction ${kind}`, parameters(10 + kind), (payload) =>
        deflateSync(predictPng(payload, 24, kind)),
      ),
    ),
    attached("TIFF prediction", parameters(2), (payload) => deflateSync(predictTiff(payload, 24))),
    attached("LZW with prediction", "/Filter [/LZW] /DP [<< /Predictor 15 /Columns 24 >>]", (payload) =>
      encodeLzw(predictPng(payload, 24, 4)),
    ),
    attached(
      "parameters behind references",
      "/Filter [/AHx /Fl] /DecodeParms [null 6 0 R]",
      (payload) => encodeAsciiHex(deflateSync(predictPng(payload, 24, 2))),
      ["<< /Predictor 7 0 R /Columns 8 0 R >>", "12", "24"],
    ),
  ];
}

function streamTricks(): Evasion[] {
  const variants: Record<string, Partial<PdfStreamPart>> = {
    "a length of 0": { length: "/Length 0" },
    "a length that is too small": { length: "/Length 7" },
    "a length that is too large": { length: "/Length 99999" },
    "a negative length": { length: "/Length -1" },
    "no length": { length: "" },
    "a length behind a reference to nothing": { length: "/Length 99 0 R" },
    "no endstream": { length: "", tail: "" },
    "endstream at once": { tail: "endstream" },
    "a bare CR behind stream": { lead: "stream\r" },
    "blanks behind stream": { lead: "stream  \n" },
    "nothing behind stream": { lead: "stream" },
    "a blank line behind stream": { lead: "stream\n\n", length: "" },
    "a comment before stream": { lead: "% stream\nstream\n" },
    "a comment in the dictionary": { entries: "/Filter % >> endobj\n/FlateDecode" },
    "an open dictionary": { entries: "/Filter /FlateDecode /X <<" },
    "a string with all words": { entries: "/X (>> stream endstream endobj) /Filter /FlateDecode" },
  };
  return [
    ...Object.entries(variants).map(([name, variant]) => ({
      name: `pdf: ${name}`,
      build: (payload: Buffer) =>
        mailWith(pdfWithFile({ entries: "/Filter /FlateDecode", data: deflateSync(payload), ...variant })),
    })),
    {
      name: "pdf: endstream in the compressed data",
      build: (payload) => mailWith(pdfWithFile({ entries: "/Filter /FlateDecode", data: storedBehindWords(payload) })),
    },
    {
      name: "pdf: endstream in the compressed data, and no length",
      build: (payload) =>
        mailWith(pdfWithFile({ entries: "/Filter /FlateDecode", data: storedBehindWords(payload), length: "" })),
    },
  ];
}

function documentTricks(): Evasion[] {
  const plain = (payload: Buffer): PdfPart => ({ entries: "/Filter /FlateDecode", data: deflateSync(payload) });
  const document = (payload: Buffer): Buffer => pdfWithFile(plain(payload));
  return [
    whole("no header", (payload) => document(payload).subarray(9)),
    whole("a header behind other octets", (payload) =>
      Buffer.concat([Buffer.from("junk ".repeat(5000)), document(payload)]),
    ),
    whole("the header of PostScript", (payload) =>
      pdfWithFile(plain(payload), [], { header: "%!PS-Adobe-3.0 PDF-1.4\n" }),
    ),
    whole("no cross-reference table", (payload) => document(payload).subarray(0, document(payload).indexOf("xref\n"))),
    whole("an object that nothing refers to", (payload) =>
      buildPdf(["<< /Type /Catalog /Pages 2 0 R >>", ...PAGES, plain(payload)]),
    ),
    whole("an earlier revision", (payload) =>
      Buffer.concat([
        document(payload),
        objectBytes(5, plain(Buffer.from("harmless"))),
        Buffer.from("trailer << /Root 1 0 R >>"),
      ]),
    ),
    whole("a later revision", (payload) =>
      Buffer.concat([
        document(Buffer.from("harmless")),
        objectBytes(5, plain(payload)),
        Buffer.from("trailer << /Root 1 0 R >>"),
      ]),
    ),
    whole("words that run into each other", (payload) =>
      Buffer.from(
        document(payload).toString("latin1").replaceAll(" obj\n<<", " obj<<").replaceAll("endobj\n", "endobj"),
        "latin1",
      ),
    ),
    whole("comments between the numbers", (payload) =>
      Buffer.from(document(payload).toString("latin1").replace("5 0 obj", "5 % 7 0 obj\n0 %\nobj"), "latin1"),
    ),
    whole("the last of many objects", (payload) =>
      buildPdf([
        "<< /Type /Catalog /Pages 2 0 R >>",
        ...PAGES,
        ...Array.from({ length: 3000 }, () => "<< /A [1 2 3] >>"),
        plain(payload),
      ]),
    ),
    whole("a stream without an object", (payload) =>
      Buffer.concat([
        document(Buffer.from("harmless")),
        Buffer.from("<< /Filter /FlateDecode >>\nstream\n"),
        deflateSync(payload),
        Buffer.from("\nendstream\n"),
      ]),
    ),
    whole("the name of the filter in an object stream", (payload) => {
      const packed = objectStream(new Map([[6, "/FlateDecode"]]));
      const stream = { entries: `${packed.entries} /Filter /FlateDecode`, data: deflateSync(packed.data) };
      return pdfWithFile({ entries: "/Filter 6 0 R", data: deflateSync(payload) }, ["null", stream]);
    }),
  ];
}

function stringTricks(): Evasion[] {
  const action = (string: string): string => `<< /S /JavaScript /JS ${string} >>`;
  const script = (name: string, write: (text: string) => string): Evasion =>
    whole(name, (payload) =>
      buildPdf([
        `<< /Type /Catalog /Pages 2 0 R /OpenAction 4 0 R >>`,
        ...PAGES,
        action(write(payload.toString("latin1"))),
      ]),
    );
  const octal = (text: string): string =>
    `(${[...text].map((character) => `\\${character.charCodeAt(0).toString(8).padStart(3, "0")}`).join("")})`;
  const wide = (text: string): Buffer => Buffer.from(`\ufeff${text}`, "utf16le");
  return [
    script("a script in octal escapes", octal),
    script("a script in short escapes", (text) => `(${text.replace(/[()\\]/g, "\\$&").replace(/.{5}/g, "$&\\\n")})`),
    script(
      "a script in hexadecimal",
      (text) => `<${Buffer.from(text, "latin1").toString("hex").replace(/../g, "$& ")}>`,
    ),
    script("a script in UTF-16", (text) => hexString(wide(text).swap16())),
    script("a script in UTF-16, the other order", (text) => hexString(wide(text))),
    whole("a script in a string behind a reference", (payload) =>
      buildPdf([
        "<< /Type /Catalog /Pages 2 0 R /OpenAction 4 0 R >>",
        ...PAGES,
        action("5 0 R"),
        octal(payload.toString("latin1")),
      ]),
    ),
    whole("a script in a stream", (payload) =>
      buildPdf([
        "<< /Type /Catalog /Pages 2 0 R /OpenAction 4 0 R >>",
        ...PAGES,
        action("5 0 R"),
        { entries: "/Filter /Fl", data: deflateSync(payload) },
      ]),
    ),
    whole("a script in an object stream", (payload) => {
      const { entries, data } = objectStream(new Map([[4, action(octal(payload.toString("latin1")))]]));
      return buildPdf([
        "<< /Type /Catalog /Pages 2 0 R /OpenAction 4 0 R >>",
        ...PAGES,
        "null",
        { entries: `${entries} /Filter /FlateDecode`, data: deflateSync(data) },
      ]);
    }),
  ];
}

function encryptionTricks(): Evasion[] {
  const revisions: readonly PdfRevision[] = [2, 3, 4, 5, 6, 7];
  return [
    ...revisions.map((revision) =>
      whole(`encrypted without a password, revision ${revision}`, (payload) => {
        const { trailer, encipher } = encryptPdf(revision);
        return pdfWithFile({ entries: "/Filter /FlateDecode", data: encipher(5, deflateSync(payload)) }, [], {
          trailer,
        });
      }),
    ),
    ...revisions.map((revision) =>
      whole(`an encrypted script, revision ${revision}`, (payload) => {
        const { trailer, encipher } = encryptPdf(revision);
        const script = `<< /S /JavaScript /JS ${hexString(encipher(4, payload))} >>`;
        return buildPdf(["<< /Type /Catalog /Pages 2 0 R /OpenAction 4 0 R >>", ...PAGES, script], { trailer });
      }),
    ),
    whole("only files are encrypted", (payload) => {
      const { trailer, encipher } = encryptPdf(6, { streams: "Identity", files: "StdCF" });
      const data = encipher(5, deflateSync(payload));
      return pdfWithFile({ entries: "/Type /EmbeddedFile /Filter /FlateDecode", data }, [], { trailer });
    }),
    whole("all is encrypted but the file", (payload) => {
      const { trailer } = encryptPdf(4);
      const entries = "/Filter [/Crypt /FlateDecode] /DecodeParms [<< /Name /Identity >> null]";
      return pdfWithFile({ entries, data: deflateSync(payload) }, [], { trailer });
    }),
    whole("a plain file in an encrypted document", (payload) =>
      pdfWithFile({ entries: "/Filter /FlateDecode", data: deflateSync(payload) }, [], {
        trailer: encryptPdf(4).trailer,
      }),
    ),
    whole("an encrypted object stream", (payload) => {
      const { trailer, encipher } = encryptPdf(6);
      const { entries, data } = objectStream(new Map([[6, `<< /S /JavaScript /JS ${hexString(payload)} >>`]]));
      const stream = { entries: `${entries} /Filter /FlateDecode`, data: encipher(5, deflateSync(data)) };
      return pdfWithFile(stream, [], { trailer });
    }),
  ];
}

function nestingTricks(): Evasion[] {
  const document = (payload: Buffer): Buffer =>
    pdfWithFile({ entries: "/Filter /FlateDecode", data: deflateSync(payload) });
  return [
    whole("a document in a document", (payload) => pdfWithFile({ entries: "", data: document(payload) })),
    whole("a document in a document, compressed", (payload) => document(document(payload))),
    whole("a document in a zip archive", (payload) => buildZip([{ name: "a.pdf", content: document(payload) }])),
    whole("a document in a zip archive, stored", (payload) =>
      buildZip([{ name: "a.pdf", content: document(payload), method: "store" }]),
    ),
    whole("a zip archive in a document", (payload) => document(zip(payload))),
    whole("a zip archive behind a document", (payload) =>
      Buffer.concat([document(Buffer.from("harmless")), zip(payload)]),
    ),
    whole("a document behind a zip archive", (payload) =>
      Buffer.concat([zip(Buffer.from("harmless")), document(payload)]),
    ),
  ];
}

/** Twins that can not be looked at in full, and why. */
export const limitedPdfTwins: Readonly<Record<string, string[]>> = {
  "pdf: an unknown filter behind": ["unsupported"],
  "pdf: deflate that is damaged behind": ["damaged"],
};

/** A document with the payload attached as a stream with these entries. */
function attached(
  name: string,
  entries: string,
  encode: (payload: Buffer) => Buffer,
  further: readonly PdfPart[] = [],
): Evasion {
  return whole(name, (payload) => pdfWithFile({ entries, data: encode(payload) }, further));
}

function whole(name: string, build: (payload: Buffer) => Buffer): Evasion {
  return { name: `pdf: ${name}`, build: (payload) => mailWith(build(payload)) };
}

function mailWith(content: Buffer): Buffer {
  return buildMail({
    partFields: ['Content-Type: application/pdf; name="offer.pdf"', "Content-Transfer-Encoding: base64"],
    body: content.toString("base64").replace(/.{76}/g, "$&\r\n"),
  });
}

/** Long enough that codes of every width come. */
function filled(payload: Buffer): Buffer {
  const lines = Array.from({ length: 3000 }, (_, index) => `line ${index * 7919} of many\n`);
  return Buffer.concat([Buffer.from(lines.join("")), payload, Buffer.from(lines.join(""))]);
}

function damagedBehind(payload: Buffer): Buffer {
  const data = deflateRawSync(payload, { finishFlush: 2 });
  return Buffer.concat([Buffer.from([0x78, 0x9c]), data, Buffer.from([0xff, 0xff, 0xff, 0xff])]);
}

/** A stored block with the words in it, and then the payload, compressed. */
function storedBehindWords(payload: Buffer): Buffer {
  const words = Buffer.from("\nendstream\nendobj\n");
  const block = Buffer.alloc(5);
  block.writeUInt16LE(words.length, 1);
  block.writeUInt16LE(~words.length & 0xffff, 3);
  const rest = deflateRawSync(payload);
  return Buffer.concat([Buffer.from([0x78, 0x9c]), block, words, rest, Buffer.from("sums")]);
}

function zip(payload: Buffer): Buffer {
  return buildZip([{ name: "a.com", content: Buffer.concat([payload, Buffer.alloc(200, "filler ")]) }]);
}
