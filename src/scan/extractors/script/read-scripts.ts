/** Looks into scripts and hands on what they have in their literals. */
import { latin1 } from "../../../core/bytes.ts";
import { mimeLimits } from "../../../core/scan-limits.ts";
import type { Budget } from "../../budget.ts";
import type { ExtractorSink } from "../extractor.ts";
import { type HiddenContent, hiddenContent } from "./hidden-content.ts";
import { evaluateScript, type ScriptValues } from "./script-values.ts";

/** What is known of the scripts of one document. */
export interface ScriptFacts {
  readonly names: ReadonlySet<string>;
  /** Each of them is handed on. */
  readonly files: readonly Buffer[];
}

/** Evaluates `scripts` in the languages that they may be in. */
export function readScripts(scripts: readonly Buffer[], sink: ExtractorSink, budget: Budget): ScriptFacts {
  const names = new Set<string>();
  const files: Buffer[] = [];
  const worthwhile = scripts.filter((script) => script.length >= MIN_SCRIPT_BYTES);
  for (const script of scripts) {
    if (script.length >= MIN_SCRIPT_BYTES) continue;
    for (const [name] of latin1(script).matchAll(/[a-z]\w+/gi)) names.add(name);
  }
  if (worthwhile.length > MAX_SCRIPTS) sink.reason("limit-views", "scripts");
  for (const script of worthwhile.slice(0, MAX_SCRIPTS)) {
    for (const language of languagesOf(script)) {
      if (!budget.takeView(script.length)) {
        sink.reason("limit-views", "scripts");
        return { names, files };
      }
      const found = evaluateScript(latin1(script), language);
      const hidden = hiddenContent(found.values);
      for (const name of found.names) names.add(name);
      for (const file of hidden.files) files.push(file);
      if (!giveHidden(hidden, found, sink, budget)) return { names, files };
    }
  }
  return { names, files };
}

/** False when the budget allows no more. */
function giveHidden(
  { files, text }: HiddenContent,
  { isCut }: ScriptValues,
  sink: ExtractorSink,
  budget: Budget,
): boolean {
  // Scripts have thousands of short lists and texts; of those the octets alone are looked at.
  const isSmall = (file: Buffer): boolean => files.length > MAX_SINGLE_FILES && file.length < MIN_FILE_BYTES;
  const single = files.filter((file) => !isSmall(file));
  const small = files.filter(isSmall).flatMap((file) => [file, LINE_FEED]);
  const pieces = [...single.slice(0, mimeLimits.embeddedPieces), Buffer.concat(small), text];
  for (const piece of pieces) {
    if (piece.length === 0) continue;
    if (!budget.takeView(piece.length)) {
      sink.reason("limit-views", "scripts");
      return false;
    }
    sink.entry("", piece, "decoded");
  }
  if (isCut || single.length > mimeLimits.embeddedPieces) sink.reason("limit-views", "scripts");
  return true;
}

function languagesOf(script: Buffer): ("javascript" | "vbscript")[] {
  return VISUAL_BASIC.test(latin1(script, 0, HEAD_BYTES)) ? ["vbscript", "javascript"] : ["javascript"];
}

const VISUAL_BASIC =
  /\b(?:end\s(?:sub|if|function)\b|on\serror\sresume|strreverse\s?\(|chr[wb]?\s?\(\s?[\d&]|replace\s?\(\s?"|array\s?\(\s?\d)|^\s{0,8}(?:dim|execute|executeglobal)\s|"\s{0,8}&[\s_]{0,8}"/im;
const HEAD_BYTES = 256 * 1024;
const LINE_FEED = Buffer.of(0x0a);
/** Nothing that does harm is put together by less. */
const MIN_SCRIPT_BYTES = 48;
/** A page with a handler for each of its cells has thousands. */
const MAX_SCRIPTS = 10_000;
const MAX_SINGLE_FILES = 16;
const MIN_FILE_BYTES = 1_024;
