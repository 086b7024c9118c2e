/** Which section of a message is meant (RFC 9051 §9 `section-spec`). */

export interface SectionName {
  /** Part numbers, from the outermost: `2.1` is [2, 1]; empty for the message. */
  readonly path: readonly number[];
  /** `all` is a part's body, or the whole message when there is no path. */
  readonly what: "all" | "mime" | "header" | "text" | "fields" | "fields-not";
  /** Names of header fields, in lower case; for `fields` and `fields-not`. */
  readonly names: readonly string[];
}

/** Parses what stands between the brackets, one character per octet; undefined when the grammar does not know it. */
export function parseSectionName(text: string): SectionName | undefined {
  const numbers = NUMBERS.exec(text)?.[0] ?? "";
  const path = numbers === "" ? [] : numbers.split(".").map(Number);
  if (path.some((number) => number === 0)) return undefined;
  const rest = text.slice(numbers.length);
  if (rest === "") return { path, what: "all", names: [] };
  const spec = numbers === "" ? rest : rest.startsWith(".") ? rest.slice(1) : undefined;
  return spec === undefined ? undefined : parseText(spec, path);
}

function parseText(text: string, path: readonly number[]): SectionName | undefined {
  const words = FIELDS.exec(text)?.groups;
  if (words !== undefined) {
    const names = parseNames(words.names ?? "");
    if (names === undefined) return undefined;
    return { path, what: words.not === undefined ? "fields" : "fields-not", names };
  }
  switch (text.toUpperCase()) {
    case "HEADER":
      return { path, what: "header", names: [] };
    case "TEXT":
      return { path, what: "text", names: [] };
    case "MIME":
      return path.length === 0 ? undefined : { path, what: "mime", names: [] };
    default:
      return undefined;
  }
}

/** Atoms and quoted strings with spaces between them. */
function parseNames(text: string): string[] | undefined {
  const names: string[] = [];
  for (let at = 0; at < text.length; ) {
    NAME.lastIndex = at;
    const match = NAME.exec(text);
    if (match === null) return undefined;
    const { quoted, atom } = match.groups ?? {};
    names.push((quoted?.replace(/\\(.)/g, "$1") ?? atom ?? "").toLowerCase());
    at = NAME.lastIndex;
  }
  return names.length === 0 ? undefined : names;
}

/** Part numbers of more digits than any message has parts are none. */
const NUMBERS = /^(?:[0-9]{1,9}(?:\.[0-9]{1,9}){0,1000})?/;
const FIELDS = /^HEADER\.FIELDS(?<not>\.NOT)? *\((?<names>.*)\)$/is;
const NAME = / *(?:"(?<quoted>(?:[^"\\\r\n]|\\["\\])*)"|(?<atom>[^ ()"\\{\r\n]+)) */y;
