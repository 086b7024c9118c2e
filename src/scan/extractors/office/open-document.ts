/** Macros of OpenDocument files: Basic in modules of XML, and events that run them. */
import { fromLatin1 } from "../../../core/bytes.ts";
import type { Budget } from "../../budget.ts";
import type { ExtractorSink } from "../extractor.ts";
import { analyseMacros } from "../vba/macro-analysis.ts";
import { handOnBinaryData } from "./binary-data.ts";
import { readExternalLink } from "./spreadsheet-xml.ts";
import { findTags, textAfter } from "./xml-tags.ts";

/** Content and styles: events, links by DDE, octets as text in flat files. */
export function readOpenDocument(text: string, sink: ExtractorSink, budget: Budget): void {
  for (const { attributes } of findTags(text, "event-listener")) {
    const isMacro = /^(?:vnd\.sun\.star\.script:|macro:)/i.test(attributes.get("href") ?? "");
    if (isMacro && OPENING.test(attributes.get("event-name") ?? "")) note(budget, "opening", sink);
  }
  readBasicModule(text, sink, budget);
  readExternalLink(text, sink);
  handOnBinaryData(text, sink, budget);
}

/** A module: its text is the source. */
export function readBasicModule(text: string, sink: ExtractorSink, budget: Budget): void {
  for (const tag of findTags(text, "module|source-code")) {
    readSource(textAfter(text, tag, MAX_SOURCE_CHARACTERS), sink, budget);
  }
}

/** The list of a package's parts: of encrypted ones nothing else tells that they are. */
export function readManifest(text: string, sink: ExtractorSink): void {
  if (!findTags(text, "encryption-data").next().done) sink.reason("encrypted", "OpenDocument file");
}

function readSource(source: string, sink: ExtractorSink, budget: Budget): void {
  if (source.trim() === "") return;
  sink.entry("macro", fromLatin1(source));
  const { isCode, isAutomatic, isDangerous } = analyseMacros(source);
  if (isCode) sink.heuristic("macro");
  if (isDangerous || SYSTEM_SERVICE.test(source)) note(budget, "dangerous", sink);
  if (isAutomatic && isDangerous) sink.heuristic("macro-autorun");
}

/** Events and modules are parts of their own: what one scan has seen of each. */
function note(budget: Budget, trait: "opening" | "dangerous", sink: ExtractorSink): void {
  const traits = seen.get(budget) ?? new Set();
  traits.add(trait);
  seen.set(budget, traits);
  if (traits.size === 2) sink.heuristic("macro-autorun");
}

const seen = new WeakMap<Budget, Set<string>>();
const MAX_SOURCE_CHARACTERS = 4 * 1024 * 1024;
const OPENING =
  /^(?:dom:(?:load|unload|focus|blur)|office:(?:load-finished|new|open|view-created|prepare-unload)|On\w{2,30})$/i;
const SYSTEM_SERVICE = /com\.sun\.star\.(?:system\.SystemShellExecute|bridge\.oleautomation)|\bSystemShellExecute\b/i;
