/** Makes text from the wire safe to show: nothing in it can move the cursor, set a colour, reverse or hide text. */

const DEFAULT_MAX_CHARACTERS = 500;

/** Control characters (C0, DEL, C1), bidi controls, zero-width and other invisible formatting, line and paragraph
 *  separators, tags, variation selectors, lone surrogates, private use and non-characters. */
export const UNSAFE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this finds
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: each is meant as a character of its own
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff]|[\u{e0000}-\u{e0fff}]|[\u{1d173}-\u{1d17a}]|\p{Surrogate}|\p{Co}/gu;

/** Escapes every unsafe character as `\xNN` or `\u{NNNN}` and cuts the result at `maxCharacters` with an ellipsis.
 *  The output is one line. */
export function sanitize(text: string, maxCharacters: number = DEFAULT_MAX_CHARACTERS): string {
  // Nearly all text is of this kind, and every message that is logged has ten of them.
  if (text.length <= maxCharacters && PLAIN.test(text)) return text;
  const head = text.length > maxCharacters * 2 ? text.slice(0, maxCharacters * 2) : text;
  const safe = head.replace(UNSAFE, escapeCharacter);
  const characters = Array.from(safe);
  if (characters.length <= maxCharacters && head.length === text.length) return safe;
  return `${characters.slice(0, Math.max(0, maxCharacters - 1)).join("")}…`;
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  return code <= 0xff ? `\\x${hex.padStart(2, "0")}` : `\\u{${hex}}`;
}

/** The ellipsis is our own. */
const PLAIN = /^[ -~…]*$/;
