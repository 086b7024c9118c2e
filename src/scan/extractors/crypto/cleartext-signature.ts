/** Reads text with an OpenPGP signature below it (RFC 4880 §7): any line may begin with "- ", which readers take away. */
import { CR, LF } from "../../../core/bytes.ts";
import { surveyLines } from "../encodings/line-survey.ts";
import type { Extractor } from "../extractor.ts";
import { SIGNS } from "../octet-survey.ts";

export const cleartextSignatureExtractor: Extractor = {
  name: "cleartext-signature",
  mayMatch: (survey) => (survey & SIGNS.hyphenLine) !== 0,
  matches: (content) => surveyLines(content)?.hasArmor === true && nextEscaped(content.bytes, 0) !== undefined,
  extract({ bytes }, sink, budget) {
    for (let text = nextEscaped(bytes, 0); text !== undefined; text = nextEscaped(bytes, text.end)) {
      if (!budget.takeEntry() || !budget.takeView(text.bytes.length)) {
        sink.reason("limit-views", "signed text");
        return;
      }
      sink.entry("", text.bytes, "decoded");
    }
  },
};

/** The next signed text at or after `from` that has escaped lines, without the escapes. */
function nextEscaped(bytes: Buffer, from: number): { bytes: Buffer; end: number } | undefined {
  let begin = bytes.indexOf(BEGIN, from);
  while (begin >= 0) {
    const start = begin + BEGIN.length;
    const signature = bytes.indexOf(END, start);
    const end = signature < 0 ? bytes.length : signature;
    const text = withoutEscapes(bytes.subarray(start, end));
    if (text !== undefined) return { bytes: text, end };
    begin = bytes.indexOf(BEGIN, end);
  }
  return undefined;
}

function withoutEscapes(text: Buffer): Buffer | undefined {
  const pieces: Buffer[] = [];
  let kept = 0;
  for (let found = text.indexOf(ESCAPE); found >= 0; found = text.indexOf(ESCAPE, found + ESCAPE.length)) {
    const before = text[found - 1];
    if (before !== LF && before !== CR) continue;
    pieces.push(text.subarray(kept, found));
    kept = found + ESCAPE.length;
  }
  if (pieces.length === 0) return undefined;
  pieces.push(text.subarray(kept));
  return Buffer.concat(pieces);
}

const BEGIN = Buffer.from("-----BEGIN PGP SIGNED MESSAGE-----", "latin1");
const END = Buffer.from("-----BEGIN PGP SIGNATURE-----", "latin1");
const ESCAPE = Buffer.from("- ", "latin1");
