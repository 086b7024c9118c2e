/** What the encoded words of a header (RFC 2047) say, as octets: nothing else decodes them but for names and display. */
import { latin1 } from "../core/bytes.ts";
import { decodePercents } from "./extractors/html/percent-encoding.ts";

/** The content of all words in `header`, one a line and those of one text together; undefined when there are none. */
export function headerWords(header: Buffer): Buffer | undefined {
  if (header.indexOf(BEGIN) < 0) return undefined;
  const pieces: Buffer[] = [];
  let end = -1;
  const text = latin1(header);
  for (const match of text.matchAll(ENCODED_WORD)) {
    // White space between two of them is none (RFC 2047 §6.2).
    if (end >= 0 && text.slice(end, match.index).trim() !== "") pieces.push(LINE_FEED);
    end = match.index + match[0].length;
    pieces.push(wordOctets(match[1] ?? "", match[2] ?? ""));
  }
  return pieces.length === 0 ? undefined : Buffer.concat(pieces);
}

function wordOctets(encoding: string, content: string): Buffer {
  if (encoding === "b" || encoding === "B") return Buffer.from(content, "base64");
  return decodePercents(
    Buffer.from(content.replaceAll("%", "%25").replaceAll("_", " ").replaceAll("=", "%"), "latin1"),
  );
}

const BEGIN = Buffer.from("=?", "latin1");
const LINE_FEED = Buffer.of(0x0a);
const ENCODED_WORD = /=\?[^?\s]{1,60}\?([bBqQ])\?([^?]*)\?=/g;
