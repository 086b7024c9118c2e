/** Looks at the beginning of every line once, for all encodings that are told by it. */
import { CR, LF } from "../../../core/bytes.ts";
import type { Content } from "../../engine.ts";
import { looksLikeText } from "../charsets/looks-like-text.ts";
import { startsBinhexLine } from "./binhex.ts";
import { startsHexDumpLine } from "./hex-dump.ts";
import { startsUuencodeLine } from "./uuencode.ts";

/** Which encodings there may be lines of. */
export interface LineSurvey {
  readonly hasUuencode: boolean;
  readonly hasBinhex: boolean;
  readonly hasHexDump: boolean;
}

/** Text of the message is looked at whatever is in it; other content when it looks like text. */
export function surveyLines(content: Content): LineSurvey {
  const { bytes, origin, type = "" } = content;
  const known = surveys.get(bytes);
  if (known !== undefined) return known;
  const isText = origin === "text" || origin === "quoted" || type.startsWith("text/") || looksLikeText(bytes);
  const survey = isText ? readLines(bytes) : NOTHING;
  surveys.set(bytes, survey);
  return survey;
}

function readLines(bytes: Buffer): LineSurvey {
  // Macintosh text has no line feeds.
  const lineEnd = bytes.indexOf(LF) < 0 ? CR : LF;
  let hasUuencode = false;
  let hasBinhex = false;
  let hasHexDump = false;
  for (let start = 0; start >= 0 && start < bytes.length; ) {
    switch (bytes[start]) {
      case 0x3a:
        hasBinhex ||= startsBinhexLine(bytes, start);
        break;
      case 0x30:
        hasHexDump ||= startsHexDumpLine(bytes, start);
        break;
      case 0x09:
      case 0x20:
      case 0x3e:
      case 0x62:
      case 0x7c:
      case 0x4d:
      case 0x68:
        hasUuencode ||= startsUuencodeLine(bytes, start);
        break;
    }
    const end = bytes.indexOf(lineEnd, start);
    start = end < 0 ? -1 : end + 1;
  }
  return { hasUuencode, hasBinhex, hasHexDump };
}

const surveys = new WeakMap<Buffer, LineSurvey>();
const NOTHING: LineSurvey = { hasUuencode: false, hasBinhex: false, hasHexDump: false };
