/** What extractors look for anywhere in large content, found by all of them in one pass. */
import { EICAR_LITERAL } from "../engines/signatures/eicar.ts";
import { BASE64_CHAIN_OCTETS } from "../extractors/encodings/base64-chains.ts";
import { TELLING_ELEMENTS } from "../extractors/html/tag-names.ts";
import { type Needle, NeedleSearch } from "./needle-search.ts";

/** `base64` are 32 octets side by side that may be digits of base64, line ends and indents. */
export type ContentMark = keyof typeof NEEDLES | "base64";

/** False when `mark` is certainly not in the content; true also for content so short that looking for it costs little. */
export function mayHold(bytes: Buffer, mark: ContentMark): boolean {
  if (bytes.length < MIN_BYTES) return true;
  let marks = known.get(bytes);
  if (marks === undefined) {
    marks = search(bytes);
    known.set(bytes, marks);
  }
  return marks === "any" || marks.has(mark);
}

function search(bytes: Buffer): ReadonlySet<ContentMark> | "any" {
  searcher ??= createSearcher();
  const found = searcher === "none" ? undefined : searcher.search(bytes);
  if (found === undefined) return "any";
  const marks = new Set<ContentMark>();
  for (const index of found.needles) marks.add(MARK_OF_NEEDLE[index] as ContentMark);
  if (found.hasRun) marks.add("base64");
  return marks;
}

/** Without WebAssembly, everything is looked for one by one. */
function createSearcher(): NeedleSearch | "none" {
  try {
    return new NeedleSearch(Object.values(NEEDLES).flat(), BASE64_CHAIN_OCTETS);
  } catch {
    return "none";
  }
}

function needle(text: string): Needle {
  return { octets: Buffer.from(text, "latin1") };
}

/** A tag or declaration that alone tells markup. */
function tag(name: string): Needle[] {
  return ["<", "</"].map((lead) => ({ ...needle(lead + name), ignoresCase: true }));
}

const NEEDLES = {
  zip: [needle("PK\x03\x04")],
  pdf: [needle("%PDF-")],
  "pdf-object": [needle("obj")],
  yenc: [needle("=ybegin ")],
  "7z": [needle("\xbc\xaf\x27\x1c")],
  rar: [needle("\x1a\x07\x00"), needle("\x1a\x07\x01\x00")],
  xz: [needle("\xfd7zXZ\0")],
  tag: [...TELLING_ELEMENTS, "!doctype", "![cdata["].flatMap(tag),
  eicar: [{ octets: EICAR_LITERAL }],
} as const satisfies Record<string, readonly Needle[]>;
const MARK_OF_NEEDLE = Object.entries(NEEDLES).flatMap(([mark, needles]) => needles.map(() => mark));
const known = new WeakMap<Buffer, ReadonlySet<ContentMark> | "any">();
let searcher: NeedleSearch | "none" | undefined;
/** Below it, a native search for each costs as much as one for all. */
const MIN_BYTES = 16 * 1024;
