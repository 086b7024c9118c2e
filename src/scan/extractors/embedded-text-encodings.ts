/** Finds uuencode and quoted-printable in text that is not declared so. */
import { decodeQuotedPrintable } from "../../mime/quoted-printable.ts";
import { decodeUuencode } from "../../mime/uuencode.ts";
import type { Extractor } from "./extractor.ts";

export const uuencodeExtractor: Extractor = {
  name: "uuencode",
  matches: ({ bytes }) => bytes.indexOf(BEGIN) >= 0,
  extract({ bytes }, sink, budget) {
    const { files, isCut } = decodeUuencode(bytes);
    for (const file of files) {
      if (!budget.takeView(file.bytes.length)) {
        sink.reason("limit-views", "uuencode in text");
        return;
      }
      sink.entry(file.name, file.bytes, "decoded");
    }
    if (isCut) sink.reason("limit-views", "uuencode in text");
  },
};

/** Only in text as it stands in the message: elsewhere nobody decodes it. */
export const quotedPrintableExtractor: Extractor = {
  name: "quoted-printable",
  matches: ({ bytes, origin }) => origin === "text" && hasEscape(bytes),
  extract({ bytes }, sink, budget) {
    for (const reading of decodeQuotedPrintable(bytes)) {
      if (!budget.takeView(reading.length)) {
        sink.reason("limit-views", "quoted-printable in text");
        return;
      }
      sink.entry("", reading, "decoded");
    }
  },
};

function hasEscape(bytes: Buffer): boolean {
  let position = bytes.indexOf(EQUALS);
  while (position >= 0) {
    if (isHexDigit(bytes[position + 1]) && isHexDigit(bytes[position + 2])) return true;
    position = bytes.indexOf(EQUALS, position + 1);
  }
  return false;
}

function isHexDigit(byte = 0): boolean {
  const lower = byte | 0x20;
  return (byte >= 0x30 && byte <= 0x39) || (lower >= 0x61 && lower <= 0x66);
}

const BEGIN = Buffer.from("begin", "latin1");
const EQUALS = 0x3d;
