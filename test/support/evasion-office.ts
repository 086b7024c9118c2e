/** Documents of Microsoft's programs that hide a file in one way each, as attachments of a mail. Formats that cut content
 *  into sectors are built so that the payload nowhere stands as it is. */
import { deflateSync } from "node:zlib";
import { buildCompoundFile, type CompoundOptions, type CompoundStorage } from "./build-compound-file.ts";
import { agileDocument, encryptWorkbook, standardDocument } from "./build-encrypted-office.ts";
import { oldObject, ole10Native, packagedFile } from "./build-ole-objects.ts";
import { buildMessageFile, compressRtf, messageStorage } from "./build-outlook.ts";
import { buildVbaProject, type VbaModuleSource, vbaStorage } from "./build-vba.ts";
import { buildWorkbook } from "./build-workbook.ts";
import { buildZip } from "./build-zip.ts";
import { buildMail, type Evasion } from "./evasion.ts";

export const officeEvasions: readonly Evasion[] = [
  ...compoundTricks(),
  ...objectTricks(),
  ...macroTricks(),
  ...encryptionTricks(),
  ...messageTricks(),
];

/** A mail with the document that `build` makes of a payload. */
export function officeEvasion(name: string, build: (payload: Buffer) => Buffer, text?: string): Evasion {
  return {
    name: `office: ${name}`,
    build: (payload) => {
      const body = build(payload).toString("base64").replace(/.{76}/g, "$&\r\n");
      const mail = buildMail({ body });
      return text === undefined ? mail : Buffer.from(mail.toString("latin1").replace("is attached.", text), "latin1");
    },
  };
}

/** The payload across the border of two sectors, in a stream that is not among the small ones. */
export function straddled(payload: Buffer): Buffer {
  return Buffer.concat([Buffer.alloc(490, "x"), payload, Buffer.alloc(4500, "y")]);
}

function compoundTricks(): Evasion[] {
  return [
    compound("a stream in pieces", (payload) => ({ children: { Data: straddled(payload) } })),
    compound("sectors of 4,096 octets", (payload) => ({ children: { Data: late(payload) } }), { version: 4 }),
    compound("a storage in storages", (payload) => ({
      children: { a: { children: { b: { children: { c: straddled(payload) } } } } },
    })),
    compound("a stream of many", (payload) => ({
      children: Object.fromEntries(
        Array.from({ length: 300 }, (_, index) => [`s${index}`, index === 290 ? straddled(payload) : Buffer.from("s")]),
      ),
    })),
    compound("a zip archive in a stream", (payload) => ({
      children: { Package: straddled(buildZip([{ name: "a", content: compressible(payload) }])) },
    })),
    officeEvasion("a stream outside the directory's tree", (payload) => {
      const file = fragmented({ children: { Data: straddled(payload) } });
      file.writeUInt32LE(0xffffffff, directoryEntry(file, "Root Entry") + 76);
      return file;
    }),
    officeEvasion("a stream whose size is a lie", (payload) => {
      const file = fragmented({ children: { Data: straddled(payload) } });
      file.writeUInt32LE(0xffffffff, directoryEntry(file, "Data") + 120);
      return file;
    }),
    officeEvasion("a directory that is a circle", (payload) => {
      const file = fragmented({ children: { Data: straddled(payload), Text: Buffer.from("t") } });
      file.writeUInt32LE(0, directoryEntry(file, "Text") + 72);
      file.writeUInt32LE(0, directoryEntry(file, "Data") + 68);
      return file;
    }),
    officeEvasion("a count of tables that is a lie", (payload) => {
      const file = fragmented({ children: { Data: straddled(payload) } });
      file.writeUInt32LE(0, 44);
      file.writeUInt32LE(0xffffffff, 72);
      return file;
    }),
    officeEvasion("octets in front", (payload) =>
      Buffer.concat([Buffer.alloc(33, "junk"), fragmented({ children: { Data: straddled(payload) } })]),
    ),
  ];
}

function objectTricks(): Evasion[] {
  const packaged = (payload: Buffer): Buffer =>
    ole10Native("a.com", buildZip([{ name: "a", content: compressible(payload) }]));
  return [
    compound("a package", (payload) => ({
      children: { ObjectPool: { children: { _1: { children: { "\x01Ole10Native": pad(packaged(payload)) } } } } },
    })),
    compound("a package whose length is a lie", (payload) => {
      const data = pad(packaged(payload));
      data.writeUInt32LE(3, 0);
      return { children: { "\x01Ole10Native": data } };
    }),
    compound("a package whose file's length is a lie", (payload) => {
      const data = pad(packaged(payload));
      data.writeUInt32LE(2, data.indexOf("PK\x03\x04", 0, "latin1") - 4);
      return { children: { "\x01Ole10Native": data } };
    }),
    compound("native data that are no package", (payload) => {
      const data = pad(Buffer.concat([Buffer.alloc(4), buildZip([{ name: "a", content: compressible(payload) }])]));
      return { children: { "\x01oLE10nATIVe": data } };
    }),
    officeEvasion("an object in a document of the new format", (payload) => {
      const object = fragmented({ children: { "\x01Ole10Native": pad(packaged(payload)) } });
      return buildZip([{ name: "word/embeddings/oleObject1.bin", content: object }]);
    }),
    compound("a compressed object of a presentation", (payload) => ({
      children: { "PowerPoint Document": presentation(0x10, fragmented({ children: { Data: straddled(payload) } })) },
    })),
    compound("an object of a presentation that is not compressed", (payload) => ({
      children: { "PowerPoint Document": presentation(0, fragmented({ children: { Data: straddled(payload) } })) },
    })),
    officeEvasion("an object of the old kind", (payload) =>
      oldObject("Package", packagedFile("a.com", fragmented({ children: { Data: straddled(payload) } }))),
    ),
    officeEvasion("a document saved as web page", (payload) => {
      const header = Buffer.alloc(50);
      header.write("ActiveMime\0\0\x01\xf0", "latin1");
      header.writeUInt16LE(4, 30);
      return Buffer.concat([header, deflateSync(fragmented({ children: { Data: straddled(payload) } }))]);
    }),
    officeEvasion("octets as text in Word's XML", (payload) => {
      const base64 = fragmented({ children: { Data: straddled(payload) } }).toString("base64");
      return Buffer.from(
        `<?xml version="1.0"?><w:wordDocument><w:binData w:name="oledata.mso">${base64}</w:binData></w:wordDocument>`,
      );
    }),
    officeEvasion("octets as text in a flat package", (payload) => {
      const base64 = fragmented({ children: { Data: straddled(payload) } }).toString("base64");
      return Buffer.from(
        `\ufeff<?xml version="1.0" encoding="utf-16"?>\n<pkg:package><pkg:part><pkg:binaryData>${base64}</pkg:binaryData></pkg:part></pkg:package>`,
        "utf16le",
      );
    }),
  ];
}

function macroTricks(): Evasion[] {
  const module = (payload: Buffer): VbaModuleSource => ({ name: "Module1", source: sourceWith(payload) });
  return [
    officeEvasion("the source of a macro", (payload) => buildVbaProject([module(payload)])),
    officeEvasion("the second module", (payload) =>
      buildVbaProject([{ name: "ThisDocument", source: "" }, module(payload)], { isFragmented: true }),
    ),
    compound("a project that lists nothing", (payload) => {
      const storage = vbaStorage([module(payload)]);
      return {
        children: { Macros: { children: { VBA: { children: { ...storage.children, dir: Buffer.from("none") } } } } },
      };
    }),
    compound("a project whose offsets are lies", (payload) => {
      const { children } = vbaStorage([module(payload)]);
      const before = Buffer.concat([Buffer.alloc(77, "p"), children.Module1 as Buffer]);
      return { children: { VBA: { children: { ...children, Module1: before } } } };
    }),
    officeEvasion("a project in a document of the new format", (payload) =>
      buildZip([
        { name: "[Content_Types].xml", content: Buffer.from("<Types/>") },
        { name: "word/vbaProject.bin", content: buildVbaProject([module(payload)]) },
      ]),
    ),
    officeEvasion("a text that a macro puts together", (payload) => {
      const pieces = (payload.toString("latin1").match(/.{1,5}/g) ?? []).map((piece) => `"${piece}"`);
      return buildVbaProject([{ name: "M", source: Buffer.from(`x = ${pieces.join(" & _\r\n ")}`, "latin1") }]);
    }),
    officeEvasion("a macro of an OpenDocument file", (payload) => {
      const source = sourceWith(payload)
        .toString("latin1")
        .replaceAll("&", "&amp;")
        .replaceAll("$", "&#36;")
        .replaceAll("!", "&#x21;");
      return Buffer.from(
        `<?xml version="1.0"?><script:module script:language="StarBasic">${source}</script:module>`,
        "latin1",
      );
    }),
  ];
}

function encryptionTricks(): Evasion[] {
  const document = (payload: Buffer): Buffer => buildZip([{ name: "word/a", content: compressible(payload) }]);
  const workbook = (payload: Buffer): Buffer => buildWorkbook({ cell: payload });
  const inFile = (stream: Buffer): Buffer => buildCompoundFile({ children: { Workbook: pad(stream) } });
  return [
    officeEvasion("Excel's own password", (payload) => agileDocument(document(payload), EXCEL_PASSWORD)),
    officeEvasion(
      "a password in the text",
      (payload) => agileDocument(document(payload), "Winter2026"),
      "has the password Winter2026.",
    ),
    officeEvasion("the encryption of 2007", (payload) => standardDocument(document(payload), EXCEL_PASSWORD)),
    officeEvasion("a workbook in RC4", (payload) => inFile(encryptWorkbook(workbook(payload), EXCEL_PASSWORD, "rc4"))),
    officeEvasion("a workbook in RC4 of the newer kind", (payload) =>
      inFile(encryptWorkbook(workbook(payload), EXCEL_PASSWORD, "rc4-cryptoapi")),
    ),
    officeEvasion("an obfuscated workbook", (payload) =>
      inFile(encryptWorkbook(workbook(payload), EXCEL_PASSWORD, "xor")),
    ),
  ];
}

function messageTricks(): Evasion[] {
  const attachment = (payload: Buffer) => ({ name: "a.com", content: straddled(payload) });
  return [
    officeEvasion("a message file", (payload) => buildMessageFile([attachment(payload)], { isFragmented: true })),
    officeEvasion("a message in a message file", (payload) =>
      buildMessageFile([], { isFragmented: true, embedded: messageStorage([attachment(payload)]) }),
    ),
    officeEvasion("a message file whose text is HTML with a data URI", (payload) => {
      const html = `<html><a href="data:x;base64,${payload.toString("base64")}">x</a></html>`;
      return buildCompoundFile(messageStorage([], undefined, html), { isFragmented: true });
    }),
    officeEvasion("compressed RTF in a message file", (payload) =>
      buildCompoundFile(
        {
          children: { "__substg1.0_10090102": compressRtf(Buffer.from(`{\\rtf1{\\*\\x ${payload.toString("hex")}}}`)) },
        },
        { isFragmented: true },
      ),
    ),
  ];
}

function compound(name: string, storage: (payload: Buffer) => CompoundStorage, options: CompoundOptions = {}): Evasion {
  return officeEvasion(name, (payload) => fragmented(storage(payload), options));
}

function fragmented(storage: CompoundStorage, options: CompoundOptions = {}): Buffer {
  return buildCompoundFile(storage, { isFragmented: true, ...options });
}

/** Across the border of two large sectors. */
function late(payload: Buffer): Buffer {
  return Buffer.concat([Buffer.alloc(4060, "x"), payload, Buffer.alloc(5000, "y")]);
}

/** Long enough not to be among the small streams, so that it is in pieces. */
function pad(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(Math.max(0, 4500 - bytes.length))]);
}

/** Does not show in an archive as it is. */
function compressible(payload: Buffer): Buffer {
  return Buffer.concat([payload, Buffer.alloc(200, "filler ")]);
}

/** Enough before it that repeats for its beginning to be a copy. */
function sourceWith(payload: Buffer): Buffer {
  const text = payload.toString("latin1");
  return Buffer.from(`' ${text.slice(0, 9)}\r\n' ${text.slice(20, 40)}\r\nx = 1 ' ${text}\r\n`, "latin1");
}

function presentation(instance: number, object: Buffer): Buffer {
  const isCompressed = instance === 0x10;
  const size = Buffer.alloc(4);
  size.writeUInt32LE(object.length);
  const data = isCompressed ? Buffer.concat([size, deflateSync(object)]) : object;
  const header = Buffer.alloc(8);
  header.writeUInt16LE(instance, 0);
  header.writeUInt16LE(0x1011, 2);
  header.writeUInt32LE(data.length, 4);
  return pad(Buffer.concat([Buffer.alloc(40, 0x0f), header, data]));
}

/** Where in the file the directory's entry of the name is. */
function directoryEntry(file: Buffer, name: string): number {
  return file.indexOf(Buffer.from(`${name}\0`, "utf16le"));
}

const EXCEL_PASSWORD = "VelvetSweatshop";
