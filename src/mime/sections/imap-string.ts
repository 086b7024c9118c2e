/** Strings of IMAP responses (RFC 9051 §4.3): quoted where that is possible and not longer, literals otherwise. Texts are
 *  one character per octet. */

/** A string, or NIL for undefined. A NUL, which no string may have, becomes U+FFFD. */
export function imapString(value: string | undefined): string {
  if (value === undefined) return "NIL";
  const text = value.replaceAll("\0", REPLACEMENT);
  if (!NEEDS_LITERAL.test(text) && escapes(text) < MAX_ESCAPES) return `"${text.replace(ESCAPED, "\\$&")}"`;
  return `{${text.length}}\r\n${text}`;
}

/** The same for a header value that may be folded: the line ends are taken out. */
export function unfoldedString(value: string | undefined): string {
  return imapString(value?.replace(/[\r\n]+(?=([^ \t])?)/g, (_end, next?: string) => (next === undefined ? "" : " ")));
}

/** The same for what people read: white space is one space, and none at the ends. */
export function readableString(value: string | undefined): string {
  if (value === undefined) return "NIL";
  const text = value.replace(/[ \t\r\n]+/g, " ").replace(/^ | $/g, "");
  if (text === value && !text.includes('"') && !text.includes("\\")) return imapString(text);
  return text === "" ? '""' : `{${literalText(text).length}}\r\n${literalText(text)}`;
}

function literalText(text: string): string {
  return text.replaceAll("\0", REPLACEMENT);
}

function escapes(text: string): number {
  let count = 0;
  for (let index = 0; index < text.length && count < MAX_ESCAPES; index += 1) {
    if (text[index] === '"' || text[index] === "\\") count += 1;
  }
  return count;
}

/** From here on a literal is shorter. */
const MAX_ESCAPES = 5;
const NEEDS_LITERAL = /[\r\n\x80-\xff]/;
const ESCAPED = /["\\]/g;
/** U+FFFD in UTF-8. */
const REPLACEMENT = "\xef\xbf\xbd";
