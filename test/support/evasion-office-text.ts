/** RTF, TNEF, OneNote sections and shortcuts that hide a file in one way each, as attachments of a mail. */
import { buildCompoundFile } from "./build-compound-file.ts";
import { hexLines, oldObject, packagedFile, rtfWithObject } from "./build-ole-objects.ts";
import { buildTnef, compressRtf, mapiProperty, namedProperty, objectProperty } from "./build-outlook.ts";
import { buildOneNote, buildShortcut } from "./build-shortcut.ts";
import { buildZip } from "./build-zip.ts";
import type { Evasion } from "./evasion.ts";
import { officeEvasion, straddled } from "./evasion-office.ts";

export const officeTextEvasions: readonly Evasion[] = [...rtfTricks(), ...tnefTricks(), ...otherTricks()];

function rtfTricks(): Evasion[] {
  const digits: Record<string, (hex: string) => string> = {
    "digits in lines": (hex) => hex.replace(/.{64}/g, "$&\r\n"),
    "upper case": (hex) => hex.toUpperCase(),
    "white space between all digits": (hex) => hex.split("").join(" \t\r\n"),
    "control words between the digits": (hex) => hex.replace(/.{6}/g, "$&\\par "),
    "unknown groups between the digits": (hex) => hex.replace(/.{10}/g, "$&{\\*\\unknown 41414}"),
    "groups around the digits": (hex) => hex.replace(/.{10}/g, "{$&}"),
    "groups in groups around the digits": (hex) => `{{{{${hex.replace(/.{40}/g, "{$&}")}}}}}`,
    "an escaped character after a half pair": (hex) => hex.replace(/.{8}/g, "$&7\\'41"),
    "a control word after a half pair": (hex) => hex.replace(/.{8}/g, "$&7\\bin0 "),
    "an escaped backslash in them": (hex) => hex.replace(/.{12}/g, "$&\\\\"),
    "other characters between them": (hex) => hex.replace(/.{2}/g, "$&~!z;"),
    "a number too large for raw octets": (hex) => `\\bin99999999999 ${hex}`,
    "raw octets that are not there": (hex) => `\\bin9999999 ${hex}`,
    "a negative count of raw octets": (hex) => `\\bin-5 ${hex}`,
    "no end": (hex) => `${hex}`,
  };
  return [
    ...Object.entries(digits).map(([name, write]) =>
      rtf(name, (payload) =>
        rtfWithObject(write(oldObject("Package", packagedFile("a.com", payload)).toString("hex"))),
      ),
    ),
    rtf("an object cut off", (payload) => {
      const text = rtfWithObject(hexLines(oldObject("Package", packagedFile("a.com", payload))));
      return text.slice(0, text.lastIndexOf("}}yours") - 14);
    }),
    rtf("a compound file", (payload) => rtfWithObject(hexLines(oldObject("OLE2Link", fragments(payload))))),
    rtf("an object of a version that is not", (payload) => {
      const object = oldObject("Package", packagedFile("a.com", zip(payload)));
      object.writeUInt32LE(0xdeadbeef, 0);
      return rtfWithObject(hexLines(object));
    }),
    rtf("the shortest header", (payload) => rtfWithObject(hexLines(zip(payload))).replace("{\\rtf1\\ansi", "{\\rt")),
    rtf("junk in front", (payload) => `\r\n \0junk${rtfWithObject(hexLines(zip(payload)))}`),
    rtf("a picture in digits", (payload) => `{\\rtf1{\\pict\\pngblip\\picw100 ${hexLines(payload)}}}`),
    rtf("a picture with a group in it", (payload) => `{\\rtf1{\\pict{\\*\\blipuid 00}\\pngblip ${hexLines(payload)}}}`),
    rtf("a data store", (payload) => `{\\rtf1{\\*\\datastore ${hexLines(fragments(payload))}}}`),
    rtf("a destination that nobody knows", (payload) => `{\\rtf1{\\*\\nobody ${hexLines(payload)}}}`),
    rtf("data outside of an object", (payload) => `{\\rtf1\\objdata ${hexLines(payload)}}`),
    rtf("data in a picture", (payload) => `{\\rtf1{\\pict 0011{\\object{\\*\\objdata ${hexLines(payload)}}}}}`),
    rtf("raw octets", (payload) => {
      const content = zip(payload).toString("latin1");
      return `{\\rtf1{\\pict\\bin${content.length} ${content}}}`;
    }),
    rtf("raw octets among the digits", (payload) => {
      const object = oldObject("Package", packagedFile("a.com", payload));
      const middle = object.subarray(90, 120).toString("latin1");
      const hex = object.toString("hex");
      return rtfWithObject(`${hex.slice(0, 180)}\\bin30 ${middle}${hex.slice(240)}`);
    }),
    rtf("raw octets that hold an object", (payload) => {
      const inner = `{\\object{\\*\\objdata ${hexLines(payload)}}}`;
      return `{\\rtf1{\\*\\x\\bin${inner.length} ${inner}}}`;
    }),
    rtf("RTF in RTF", (payload) =>
      rtfWithObject(hexLines(Buffer.from(rtfWithObject(hexLines(oldObject("Package", packagedFile("a", payload))))))),
    ),
    officeEvasion("rtf: HTML in it", (payload) => {
      const base64 = payload.toString("base64").split("").join("\\htmlrtf x\\htmlrtf0 ");
      return Buffer.from(
        `{\\rtf1\\ansi\\fromhtml1 {\\*\\htmltag64 <a href="data:x;base64,}${base64}{\\*\\htmltag ">}}`,
      );
    }),
  ];
}

function tnefTricks(): Evasion[] {
  return [
    tnef("an attachment", (payload) => buildTnef({ attachments: [{ name: "a.zip", content: zip(payload) }] })),
    tnef("the second attachment", (payload) =>
      buildTnef({
        attachments: [
          { name: "a.txt", content: Buffer.from("some text") },
          { name: "a.zip", content: zip(payload) },
        ],
      }),
    ),
    tnef("an object", (payload) => buildTnef({ attachmentProperties: [objectProperty(fragments(payload))] })),
    tnef("a message in it", (payload) =>
      buildTnef({
        attachmentProperties: [objectProperty(buildTnef({ attachments: [{ name: "a", content: zip(payload) }] }))],
      }),
    ),
    tnef("an object of the old kind", (payload) =>
      buildTnef({
        attachments: [{ name: "a", content: oldObject("Package", packagedFile("a.com", fragments(payload))) }],
      }),
    ),
    tnef("compressed RTF", (payload) =>
      buildTnef({
        properties: [mapiProperty(0x1009, 0x102, compressRtf(Buffer.from(rtfWithObject(hexLines(payload)))))],
      }),
    ),
    tnef("named properties before", (payload) =>
      buildTnef({
        properties: [
          namedProperty(0x8005, 0x1e, Buffer.from("a name\0")),
          mapiProperty(0x1013, 0x102, Buffer.from(`<a href="data:x;base64,${payload.toString("base64")}">`)),
        ],
      }),
    ),
    tnef("a wrong level and checksums", (payload) => {
      const file = buildTnef({ attachments: [{ name: "a.zip", content: zip(payload) }] });
      for (let found = file.indexOf("\x0f\x80\x06\0"); found >= 0; found = -1) file[found - 1] = 1;
      file.writeUInt16LE(0x7777, file.length - 2);
      return file;
    }),
    tnef("a length that is a lie", (payload) => {
      const file = buildTnef({ attachments: [{ name: "a.zip", content: zip(payload) }] });
      file.writeUInt32LE(0xfffffff0, file.indexOf("\x0f\x80\x06\0", 0, "latin1") + 4);
      return file;
    }),
  ];
}

function otherTricks(): Evasion[] {
  return [
    officeEvasion("onenote: a file in it", (payload) =>
      buildOneNote([Buffer.from("\x89PNG picture"), fragments(payload)]),
    ),
    officeEvasion("onenote: a length that is a lie", (payload) => {
      const file = buildOneNote([fragments(payload)]);
      file.writeUInt32LE(3, 1024 + 16);
      return file;
    }),
    officeEvasion("lnk: octets behind it", (payload) =>
      buildShortcut({ icon: "a.ico", appended: Buffer.concat([fragments(payload)]) }),
    ),
    officeEvasion("lnk: arguments", (payload) => buildShortcut({ commandLine: ` ${payload.toString("latin1")}` })),
  ];
}

function rtf(name: string, text: (payload: Buffer) => string): Evasion {
  return officeEvasion(`rtf: ${name}`, (payload) => Buffer.from(text(payload), "latin1"));
}

function tnef(name: string, build: (payload: Buffer) => Buffer): Evasion {
  return officeEvasion(`tnef: ${name}`, build);
}

/** A compound file in which the payload is in pieces. */
function fragments(payload: Buffer): Buffer {
  return buildCompoundFile({ children: { Data: straddled(payload) } }, { isFragmented: true });
}

function zip(payload: Buffer): Buffer {
  return buildZip([{ name: "a", content: Buffer.concat([payload, Buffer.alloc(200, "filler ")]) }]);
}
