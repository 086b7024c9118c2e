/** Links and macro sheets in the XML parts of workbooks. */
import { fromLatin1 } from "../../../core/bytes.ts";
import type { ExtractorSink } from "../extractor.ts";
import { callsInterpreter } from "./remote-target.ts";
import { findTags, textAfter } from "./xml-tags.ts";

/** Links by DDE. Market data come that way, so a link counts only when its other end is a shell or the like. */
export function readExternalLink(text: string, sink: ExtractorSink): void {
  for (const tag of findTags(text, "ddeLink|dde-source|dde-connection-decl|Path|FormulaName|Topic|SupBook")) {
    const { attributes } = tag;
    const words = ["ddeService", "ddeTopic", "dde-application", "dde-topic", "dde-item"].map((name) =>
      attributes.get(name),
    );
    const link = [...words, textAfter(text, tag, MAX_CHARACTERS)].join(" ");
    if (callsInterpreter(` ${link}`)) {
      sink.heuristic("dde");
      return;
    }
  }
}

/** Excel 4 macros. No honest mail has had one for decades, so what calls out counts whether or not it runs by itself. */
export function readMacroSheet(text: string, sink: ExtractorSink): void {
  sink.heuristic("macro-xl4");
  const formulas: string[] = [];
  let characters = 0;
  for (const tag of findTags(text, "f")) {
    const formula = textAfter(text, tag, MAX_CHARACTERS);
    formulas.push(formula);
    characters += formula.length;
    if (characters > MAX_TEXT_CHARACTERS) break;
  }
  const source = formulas.join("\n");
  sink.entry("macro sheet", fromLatin1(source));
  if (DANGEROUS.test(source)) sink.heuristic("macro-autorun");
}

const MAX_CHARACTERS = 8192;
/** The part itself is looked at as well. */
const MAX_TEXT_CHARACTERS = 4 * 1024 * 1024;
const DANGEROUS = /\b(?:EXEC|CALL|REGISTER|FOPEN|FWRITE|FWRITELN|FORMULA|FORMULA\.FILL|FORMULA\.ARRAY)[ \t]{0,10}\(/i;
