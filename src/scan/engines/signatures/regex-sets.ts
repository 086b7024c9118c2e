/** Sets of octets that regular expressions have names for. */

/** `\d`, `\w` and their like by letter, `[:alpha:]` and its like by name; empty when there is none of that name. */
export function namedSet(name: string): Uint8Array {
  const set = new Uint8Array(32);
  const isIn = NAMED[name] ?? (() => false);
  for (let octet = 0; octet < 256; octet += 1) {
    if (isIn(octet)) set[octet >>> 3] = (set[octet >>> 3] ?? 0) | (1 << (octet & 7));
  }
  return set;
}

export type Escaped =
  | { readonly octet: number; readonly set?: undefined; readonly end: number }
  | { readonly octet?: undefined; readonly set: Uint8Array; readonly end: number };

/** What the escape at `position`, behind the backslash, stands for; or why it is not supported. */
export function escapedSet(text: string, position: number, isInClass: boolean): Escaped | string {
  const letter = text[position];
  if (letter === undefined) return "a backslash ends it";
  const control = CONTROLS[letter];
  if (control !== undefined) return { octet: control, end: position + 1 };
  if (letter === "b" && isInClass) return { octet: 0x08, end: position + 1 };
  if (letter === "x") return hexadecimal(text, position + 1);
  if (letter === "c") return { octet: (text.toUpperCase().charCodeAt(position + 1) ^ 0x40) & 0xff, end: position + 2 };
  // Three digits are an octet, one or two may be a group.
  const isOctal = letter === "0" || isInClass || /^[1-3][0-7]{2}/.test(text.slice(position, position + 3));
  if (isOctal && letter >= "0" && letter <= "7") return octal(text, position);
  if (/[1-9gkK]/.test(letter)) return "references to groups are not supported";
  if (letter in NAMED && letter.length === 1) return { set: namedSet(letter), end: position + 1 };
  if (/[A-Za-z]/.test(letter)) return `"\\${letter}" is not supported`;
  const octet = letter.charCodeAt(0);
  return octet > 0xff ? "characters beyond one octet are not supported" : { octet, end: position + 1 };
}

function hexadecimal(text: string, position: number): Escaped | string {
  const match = /^(?:\{([\da-fA-F]{1,8})\}|([\da-fA-F]{0,2}))/.exec(text.slice(position, position + 10));
  const octet = Number.parseInt(match?.[1] ?? (match?.[2] || "0"), 16);
  if (octet > 0xff) return "characters beyond one octet are not supported";
  return { octet, end: position + (match?.[0].length ?? 0) };
}

function octal(text: string, position: number): Escaped {
  const digits = /^[0-7]{1,3}/.exec(text.slice(position, position + 3))?.[0] ?? "0";
  return { octet: Number.parseInt(digits, 8) & 0xff, end: position + digits.length };
}

const between = (first: number, last: number) => (octet: number) => octet >= first && octet <= last;
const isDigit = between(0x30, 0x39);
const isUpper = between(0x41, 0x5a);
const isLower = between(0x61, 0x7a);
const isAlpha = (octet: number): boolean => isUpper(octet) || isLower(octet);
const isSpace = (octet: number): boolean => octet === 0x20 || (octet >= 0x09 && octet <= 0x0d);
const isWord = (octet: number): boolean => isAlpha(octet) || isDigit(octet) || octet === 0x5f;
const isBlank = (octet: number): boolean => octet === 0x20 || octet === 0x09;
const isVertical = (octet: number): boolean => (octet >= 0x0a && octet <= 0x0d) || octet === 0x85;
const isHorizontal = (octet: number): boolean => isBlank(octet) || octet === 0xa0;
const isGraphic = between(0x21, 0x7e);

const NAMED: Readonly<Record<string, (octet: number) => boolean>> = {
  d: isDigit,
  D: (octet) => !isDigit(octet),
  s: isSpace,
  S: (octet) => !isSpace(octet),
  w: isWord,
  W: (octet) => !isWord(octet),
  h: isHorizontal,
  H: (octet) => !isHorizontal(octet),
  v: isVertical,
  V: (octet) => !isVertical(octet),
  N: (octet) => octet !== 0x0a,
  alpha: isAlpha,
  digit: isDigit,
  alnum: (octet) => isAlpha(octet) || isDigit(octet),
  upper: isUpper,
  lower: isLower,
  space: isSpace,
  blank: isBlank,
  punct: (octet) => isGraphic(octet) && !isAlpha(octet) && !isDigit(octet),
  print: between(0x20, 0x7e),
  graph: isGraphic,
  cntrl: (octet) => octet < 0x20 || octet === 0x7f,
  xdigit: (octet) => isDigit(octet) || between(0x41, 0x46)(octet) || between(0x61, 0x66)(octet),
  word: isWord,
  ascii: between(0, 0x7f),
};

const CONTROLS: Readonly<Record<string, number>> = { n: 0x0a, r: 0x0d, t: 0x09, f: 0x0c, e: 0x1b, a: 0x07 };
