/** Names armoured OpenPGP messages that are no packets which can be read: what is in them has not been looked at. The
 *  others are base64 in text and are opened as such. */
import { latin1 } from "../../../core/bytes.ts";
import { mimeLimits } from "../../../core/scan-limits.ts";
import { decodeBase64 } from "../../../mime/base64.ts";
import { surveyLines } from "../encodings/line-survey.ts";
import type { Extractor } from "../extractor.ts";
import { SIGNS } from "../octet-survey.ts";
import { readPackets } from "./openpgp-packets.ts";

export const openpgpArmorExtractor: Extractor = {
  name: "openpgp-armor",
  mayMatch: (survey) => (survey & SIGNS.hyphenLine) !== 0,
  matches: (content) => surveyLines(content)?.hasArmor === true && content.bytes.indexOf(BEGIN) >= 0,
  extract({ bytes }, sink) {
    let begin = bytes.indexOf(BEGIN);
    for (let count = 0; begin >= 0; count += 1) {
      if (count >= mimeLimits.embeddedPieces) {
        sink.reason("limit-views", "OpenPGP armour");
        return;
      }
      const start = begin + BEGIN.length;
      if (isUnreadable(bytes.subarray(start, start + PROBE_BYTES))) {
        sink.reason("encrypted", "OpenPGP message that can not be read");
        return;
      }
      begin = bytes.indexOf(BEGIN, start);
    }
  },
};

/** Whether base64 follows, after header lines and a blank one, that does not begin with a packet. */
function isUnreadable(text: Buffer): boolean {
  const lines = latin1(text)
    .split(/\r\n|\r|\n/)
    .map((line) => line.replace(/^[> \t]+|[ \t]+$/g, ""));
  const digits = lines.findIndex((line) => /^[A-Za-z0-9+/]{32,}=*$/.test(line));
  if (digits < 0) return false;
  const [packets] = decodeBase64(Buffer.from(lines[digits] ?? "", "latin1")).readings;
  // Its body breaks off with the line.
  return packets !== undefined && (readPackets(packets).next().done ?? true);
}

const BEGIN = Buffer.from("-----BEGIN PGP MESSAGE-----", "latin1");
const PROBE_BYTES = 4_096;
