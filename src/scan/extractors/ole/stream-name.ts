/** Names of streams as people read them: control characters that mark special ones are left out, and the names in
 *  installer packages are decoded. */

export function readableName(name: string): string {
  return (PACKED.test(name) ? unpackName(name) : name).replace(CONTROL, "");
}

/** Windows Installer packs two characters of a 64-letter alphabet into one. U+4840 marks a table. */
function unpackName(name: string): string {
  let text = "";
  for (const character of name) {
    const code = character.charCodeAt(0);
    if (code === TABLE_MARK) text += "!";
    else if (code >= PAIR_START && code < SINGLE_START) {
      const pair = code - PAIR_START;
      text += `${ALPHABET[pair & 63] ?? ""}${ALPHABET[pair >> 6] ?? ""}`;
    } else if (code >= SINGLE_START && code < TABLE_MARK) text += ALPHABET[code - SINGLE_START] ?? "";
    else text += character;
  }
  return text;
}

const PAIR_START = 0x3800;
const SINGLE_START = 0x4800;
const TABLE_MARK = 0x4840;
const PACKED = /^[\u3800-\u4840]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\0-\x1f]/g;
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._";
