/** Reads HTML, SVG and other markup: text as it is seen, addresses with content in them, documents in documents, scripts
 *  and what they carry. */
import { mimeLimits } from "../../../core/scan-limits.ts";
import type { Budget } from "../../budget.ts";
import type { Content } from "../../engine.ts";
import type { Extractor, ExtractorSink } from "../extractor.ts";
import { SIGNS } from "../octet-survey.ts";
import { readScripts } from "../script/read-scripts.ts";
import { dataUriContents } from "./data-uri.ts";
import { isMarkup } from "./identify-markup.ts";
import { type Markup, readMarkup } from "./markup.ts";
import { isSmuggling } from "./smuggling.ts";

/** Text as it is seen, which is no markup any more whatever stands in it. */
export const renderedTextExtractor: Extractor = {
  name: "rendered-text",
  mayMatch: (survey) => (survey & (SIGNS.less | SIGNS.ampersand)) !== 0,
  matches: isDocument,
  extract({ bytes }, sink, budget) {
    const { text, isCut } = markupOf(bytes);
    if (isCut) sink.reason("limit-views", "entities");
    give("", text, sink, budget);
  },
};

export const htmlExtractor: Extractor = {
  name: "html",
  mayMatch: (survey) => (survey & (SIGNS.less | SIGNS.ampersand)) !== 0,
  matches: isDocument,
  extract({ bytes }, sink, budget) {
    const markup = markupOf(bytes);
    if (markup.isSvg && markup.scripts.length > 0) sink.heuristic("svg-script");
    let count = 0;
    for (const { name, content } of embeddedContents(markup)) {
      count += 1;
      if (count > mimeLimits.embeddedPieces) {
        sink.reason("limit-views", "markup");
        break;
      }
      if (!give(name, content, sink, budget)) break;
    }
    if (markup.scripts.length === 0) return;
    const facts = readScripts(markup.scripts, sink, budget);
    if (isSmuggling(bytes, markup.hasDownload, facts)) sink.heuristic("html-smuggling");
  },
};

function* embeddedContents({ documents, uris }: Markup): Generator<{ name: string; content: Buffer }, undefined> {
  for (const content of documents) yield { name: "", content };
  for (const { value, name, isPlain } of uris) {
    for (const content of dataUriContents(value, name !== "" || !isPlain)) yield { name, content };
  }
  return undefined;
}

/** What is quoted comes again decoded, and is markup then. */
function isDocument({ bytes, type, origin, container }: Content): boolean {
  return origin !== "quoted" && container !== "rendered-text" && isMarkupOnce(bytes, type);
}

/** Both extractors ask for the same octets, one after the other: they are gone through once. */
function isMarkupOnce(bytes: Buffer, type: string | undefined): boolean {
  if (bytes !== lastBytes || type !== lastType) {
    lastAnswer = isMarkup(bytes, type);
    lastBytes = bytes;
    lastType = type;
  }
  return lastAnswer;
}

/** Read once for both. */
function markupOf(bytes: Buffer): Markup {
  const known = read.get(bytes);
  if (known !== undefined) {
    read.delete(bytes);
    return known;
  }
  const markup = readMarkup(bytes);
  read.set(bytes, markup);
  return markup;
}

/** False when the budget allows no more. */
function give(name: string, content: Buffer, sink: ExtractorSink, budget: Budget): boolean {
  if (content.length === 0) return true;
  if (!budget.takeView(content.length)) {
    sink.reason("limit-views", "markup");
    return false;
  }
  sink.entry(name, content, "decoded");
  return true;
}

const read = new WeakMap<Buffer, Markup>();
let lastBytes: Buffer | undefined;
let lastType: string | undefined;
let lastAnswer = false;
