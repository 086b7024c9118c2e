/** Looks at the beginning of every line once, for all encodings that are told by it. */
import { CR, LF, latin1 } from "../../../core/bytes.ts";
import type { Content } from "../../engine.ts";
import { looksLikeText } from "../charsets/looks-like-text.ts";
import { startsBinhexLine } from "./binhex.ts";
import { startsHexDumpLine } from "./hex-dump.ts";
import { startsUuencodeLine } from "./uuencode.ts";
import { startsYencLine } from "./yenc.ts";

/** Which encodings there may be lines of. */
export interface LineSurvey {
  readonly hasUuencode: boolean;
  readonly hasBinhex: boolean;
  readonly hasHexDump: boolean;
  readonly hasYenc: boolean;
  /** A calendar or a card. */
  readonly hasCalendar: boolean;
  /** Armour of OpenPGP. */
  readonly hasArmor: boolean;
}

/** Undefined when the content is not looked at line by line: text of the message always is, whatever is in it, and other
 *  content when it looks like text. */
export function surveyLines(content: Content): LineSurvey | undefined {
  const { bytes, origin, type = "" } = content;
  const known = surveys.get(bytes);
  if (known !== undefined) return known;
  const isText = origin === "text" || origin === "quoted" || type.startsWith("text/") || looksLikeText(bytes);
  if (!isText) return undefined;
  const survey = readLines(bytes);
  surveys.set(bytes, survey);
  return survey;
}

function readLines(bytes: Buffer): LineSurvey {
  // Macintosh text has no line feeds.
  const lineEnd = bytes.indexOf(LF) < 0 ? CR : LF;
  const found = {
    hasUuencode: false,
    hasBinhex: false,
    hasHexDump: false,
    hasYenc: false,
    hasCalendar: false,
    hasArmor: false,
  };
  for (let start = 0; start >= 0 && start < bytes.length; ) {
    switch (bytes[start]) {
      case 0x3a:
        found.hasBinhex ||= startsBinhexLine(bytes, start);
        break;
      case 0x30:
        found.hasHexDump ||= startsHexDumpLine(bytes, start);
        break;
      case 0x3d:
        found.hasYenc ||= startsYencLine(bytes, start);
        break;
      case 0x2d:
        found.hasArmor ||= startsWith(bytes, start, "-----BEGIN PGP ");
        break;
      case 0x42:
      case 0xef:
        found.hasCalendar ||= startsCalendar(bytes, start);
        break;
      case 0x62:
        found.hasCalendar ||= startsCalendar(bytes, start);
        found.hasUuencode ||= startsUuencodeLine(bytes, start);
        break;
      case 0x09:
      case 0x20:
      case 0x3e:
      case 0x7c:
      case 0x4d:
      case 0x68:
        found.hasUuencode ||= startsUuencodeLine(bytes, start);
        break;
    }
    const end = bytes.indexOf(lineEnd, start);
    start = end < 0 ? -1 : end + 1;
  }
  // Between lines that end otherwise.
  found.hasUuencode ||= bytes.indexOf(BEGIN_AFTER_CR) >= 0;
  return found;
}

/** Names of components are in any case; a byte order mark may stand before the first. */
function startsCalendar(bytes: Buffer, start: number): boolean {
  const name = bytes[start] === 0xef ? start + 3 : start;
  return bytes[name + 5] === 0x3a && /^begin:v/i.test(latin1(bytes, name, name + 7));
}

function startsWith(bytes: Buffer, start: number, text: string): boolean {
  return latin1(bytes, start, start + text.length) === text;
}

const BEGIN_AFTER_CR = Buffer.from("\rbegin", "latin1");
const surveys = new WeakMap<Buffer, LineSurvey>();
