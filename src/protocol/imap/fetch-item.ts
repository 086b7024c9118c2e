/** What an item of a FETCH response holds, by its name. Rule zero is decided here, on what the upstream sends. */
/** `plain`: no content. `header`: header lines, which may pass before the verdict. `whole`: a whole message, which is
 *  held. `forbidden`: content of any other form, which is never forwarded. */
export type ItemKind = "plain" | "header" | "whole" | "forbidden";

/** The kind of item `name`, one character per octet, as sent. Names that hold a section are content unless they are known
 *  not to be; names without one are content only when an RFC says so. */
export function itemKind(name: string): ItemKind {
  const upper = name.toUpperCase();
  const bracket = upper.indexOf("[");
  if (bracket >= 0) return sectionKind(upper, bracket);
  if (upper === "RFC822") return "whole";
  if (upper === "RFC822.HEADER") return "header";
  if (upper === "RFC822.SIZE") return "plain";
  return CONTENT_NAME.test(upper) ? "forbidden" : "plain";
}

/** Where the value of an item without content may have strings. Clients look for literals, not for the names of items: so
 *  a literal stands only where the grammar has a string (RFC 9051 §9), and not in what has numbers, atoms and dates. */
export function stringPlace(name: string): "nowhere" | "list" | "anywhere" {
  const upper = name.toUpperCase();
  if (LISTS.has(upper)) return "list";
  return WITHOUT_STRINGS.has(upper) || upper.startsWith("BINARY.SIZE[") ? "nowhere" : "anywhere";
}

function sectionKind(name: string, bracket: number): ItemKind {
  const base = name.slice(0, bracket);
  const end = name.lastIndexOf("]");
  const section = name.slice(bracket + 1, end);
  const origin = name.slice(end + 1);
  if (base === "BINARY.SIZE") return "plain";
  if (base !== "BODY") return "forbidden";
  if (section === "") return origin === "" || origin === "<0>" ? "whole" : "forbidden";
  const isHeader = section === "HEADER" || HEADER_FIELDS.test(section);
  return isHeader && origin === "" ? "header" : "forbidden";
}

const HEADER_FIELDS = /^HEADER\.FIELDS(?:\.NOT)? *\(.*\)$/s;

const LISTS: ReadonlySet<string> = new Set(["ENVELOPE", "BODY", "BODYSTRUCTURE"]);

const WITHOUT_STRINGS: ReadonlySet<string> = new Set([
  "FLAGS",
  "UID",
  "RFC822.SIZE",
  "INTERNALDATE",
  "MODSEQ",
  "EMAILID",
  "THREADID",
  "SAVEDATE",
]);

const CONTENT_NAME = /^(?:RFC822|BINARY|PREVIEW|SNIPPET|BODY\.)/;
