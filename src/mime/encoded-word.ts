/** RFC 2047 encoded words, read as leniently as mail programs do: anywhere, in any length, also inside quotes. */
import { charsetText } from "./charset-text.ts";

/** `text` (one character per octet) with its encoded words decoded; unchanged when there are none. White space between
 *  two of them goes away (RFC 2047 §6.2). */
export function decodeWords(text: string): string {
  if (!text.includes("=?")) return text;
  return text
    .replace(BETWEEN_WORDS, "$1")
    .replace(ENCODED_WORD, (_word, charset: string, encoding: string, content: string) =>
      charsetText(wordOctets(encoding, content), charset.split("*")[0] ?? ""),
    );
}

function wordOctets(encoding: string, content: string): Buffer {
  if (encoding === "b" || encoding === "B") return Buffer.from(content, "base64");
  const octets = content
    .replaceAll("_", " ")
    .replace(/=([0-9a-fA-F]{2})/g, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(octets, "latin1");
}

const ENCODED_WORD = /=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=/g;
const BETWEEN_WORDS = /(\?=)\s+(?==\?)/g;
