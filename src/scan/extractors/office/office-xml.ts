/** Looks into the XML parts of Office and OpenDocument files, each by itself, wherever it comes from: what they fetch,
 *  what they start, what they carry as text. */
import type { Budget } from "../../budget.ts";
import type { Content } from "../../engine.ts";
import type { Extractor, ExtractorSink } from "../extractor.ts";
import { SIGNS } from "../octet-survey.ts";
import { isScriptingClass } from "../ole/scripting-class.ts";
import { hasDdeFields } from "../word/word-xml-fields.ts";
import { handOnBinaryData } from "./binary-data.ts";
import { readBasicModule, readManifest, readOpenDocument } from "./open-document.ts";
import { readRelationships } from "./relationships.ts";
import { readExternalLink, readMacroSheet } from "./spreadsheet-xml.ts";
import { findTags, readTags } from "./xml-tags.ts";
import { beginsAsXml, xmlText } from "./xml-text.ts";

export const officeXmlExtractor: Extractor = {
  name: "office-xml",
  mayMatch: (survey) => (survey & SIGNS.less) !== 0,
  matches: ({ bytes }) => bytes.length >= MIN_BYTES && beginsAsXml(bytes) && readerOf(bytes) !== undefined,
  extract({ bytes }, sink, budget) {
    readerOf(bytes)?.(xmlText(bytes, bytes.length), sink, budget);
  },
};

/** Looks at the text of one kind of part. */
type PartReader = (text: string, sink: ExtractorSink, budget: Budget) => void;

/** By the outermost element: the part's name and type are what the sender says. */
function readerOf(bytes: Content["bytes"]): PartReader | undefined {
  const root = rootName(bytes, HEAD_BYTES) ?? (bytes.length > HEAD_BYTES ? rootName(bytes, bytes.length) : undefined);
  return root === undefined ? undefined : READERS.get(root);
}

function rootName(bytes: Buffer, maxBytes: number): string | undefined {
  for (const { name } of readTags(xmlText(bytes, maxBytes))) {
    if (!name.startsWith("!")) return name;
  }
  return undefined;
}

const readWordPart: PartReader = (text, sink) => {
  if (hasDdeFields(text)) sink.heuristic("dde");
};

/** Word's main part, or an OpenDocument file of one piece: both are called so. */
const readDocument: PartReader = (text, sink, budget) => {
  readWordPart(text, sink, budget);
  if (text.includes("opendocument")) readOpenDocument(text, sink, budget);
};

/** Everything in one file: flat packages, Word's XML of 2003. */
const readWhole: PartReader = (text, sink, budget) => {
  readWordPart(text, sink, budget);
  readRelationships(text, sink);
  readExternalLink(text, sink);
  handOnBinaryData(text, sink, budget);
};

/** A control, by its class. */
const readControl: PartReader = (text, sink) => {
  for (const { attributes } of findTags(text, "ocx")) {
    if (isScriptingClass((attributes.get("classid") ?? "").replaceAll(/[{}]/g, ""))) {
      sink.heuristic("embedded-executable");
    }
  }
};

const READERS: ReadonlyMap<string, PartReader> = new Map<string, PartReader>([
  ["Relationships", readRelationships],
  ["document", readDocument],
  ["hdr", readWordPart],
  ["ftr", readWordPart],
  ["footnotes", readWordPart],
  ["endnotes", readWordPart],
  ["comments", readWordPart],
  ["glossaryDocument", readWordPart],
  ["package", readWhole],
  ["wordDocument", readWhole],
  ["Workbook", readExternalLink],
  ["externalLink", readExternalLink],
  ["macrosheet", readMacroSheet],
  ["document-content", readOpenDocument],
  ["document-styles", readOpenDocument],
  ["module", readBasicModule],
  ["manifest", readManifest],
  ["ocx", readControl],
]);
const MIN_BYTES = 32;
const HEAD_BYTES = 16 * 1024;
