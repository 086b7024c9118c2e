/** What the transfer encodings of an entity make of its body, in all readings. */
import { fromLatin1 } from "../core/bytes.ts";
import type { AmbiguityCode } from "../mime/ambiguity.ts";
import { decodeBase64 } from "../mime/base64.ts";
import { isMessageType } from "../mime/entity.ts";
import { decodeQuotedPrintable, hasAmbiguousEscapes } from "../mime/quoted-printable.ts";
import type { TransferEncoding } from "../mime/transfer-encoding.ts";
import { decodeUuencode } from "../mime/uuencode.ts";
import type { Origin } from "./engine.ts";

/** What of a header says how to decode. */
export interface EncodedContent {
  readonly encodings: readonly TransferEncoding[];
  readonly type: string;
  readonly typeTexts: readonly string[];
  readonly fileName: string;
}

export interface Reading {
  /** That of the entity, or one that the encoding gives. */
  readonly name: string;
  readonly bytes: Buffer;
}

export interface DecodedBody {
  /** What the body is as it stands. */
  readonly origin: Origin;
  readonly readings: readonly Reading[];
  readonly ambiguities: readonly AmbiguityCode[];
  /** There is more than is decoded. */
  readonly isCut: boolean;
}

export function decodeBody({ encodings, fileName }: EncodedContent, body: Buffer): DecodedBody {
  if (encodings.length === 0) return { origin: "text", readings: [], ambiguities: [], isCut: false };
  const readings: Reading[] = [];
  const ambiguities: AmbiguityCode[] = [];
  const add = (bytes: Buffer): void => void readings.push({ name: fileName, bytes });
  let origin: Origin = "text";
  let isCut = false;
  if (encodings.includes("base64")) {
    const base64 = decodeBase64(body);
    if (base64.isPlain) origin = "encoded";
    if (base64.isAmbiguous) ambiguities.push("base64");
    base64.readings.forEach(add);
  }
  if (encodings.includes("quoted-printable")) {
    if (origin === "text") origin = "quoted";
    const decoded = decodeQuotedPrintable(body);
    if (hasAmbiguousEscapes(body)) ambiguities.push("quoted-printable");
    decoded.forEach(add);
  }
  if (encodings.includes("uuencode")) {
    const decoded = decodeUuencode(body);
    isCut = decoded.isCut;
    for (const { name, bytes } of decoded.files) readings.push({ name: name === "" ? fileName : name, bytes });
  }
  return { origin, readings, ambiguities, isCut };
}

/** An encoded multipart or message, which RFC 2045 §6.4 forbids, as a message of its own: each of the `readings` under
 *  the entity's type, however it begins. Nothing for any other content. */
export function structuredReadings({ type, typeTexts }: EncodedContent, readings: readonly Reading[]): Reading[] {
  if (readings.length === 0) return [];
  const isMultipart = [type, ...typeTexts].some((text) => /multipart|boundary/i.test(text));
  if (!isMultipart && !isMessageType(type)) return [];
  const types = isMultipart ? typeTexts : [type];
  const header = fromLatin1(`${types.map((text) => `Content-Type: ${text}\r\n`).join("")}\r\n`);
  return readings.map(({ name, bytes }) => ({ name, bytes: Buffer.concat([header, bytes]) }));
}
