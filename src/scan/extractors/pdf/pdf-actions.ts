/** Collects from the objects of a PDF document what tells of its streams and of what it does: names of embedded files,
 *  scripts, actions, strings. */
import { pdfLimits } from "../../../core/scan-limits.ts";
import type { PdfObject } from "./pdf-objects.ts";
import {
  hasName,
  isReference,
  isString,
  type PdfDictionary,
  type PdfReference,
  type PdfString,
  type PdfValue,
  valuesOf,
} from "./pdf-value.ts";

/** A string and the object whose number it is enciphered with. */
export interface PlacedString {
  readonly string: PdfString;
  readonly object: Pick<PdfObject, "number" | "generation" | "isPacked">;
}

export interface PlacedAction {
  readonly kind: "launch" | "go-to" | "uri";
  readonly dictionary: PdfDictionary;
  readonly object: PlacedString["object"];
}

export class PdfActions {
  /** By the number of the stream with its content. */
  readonly fileNames = new Map<number, PlacedString>();
  /** Numbers of embedded files, whether or not they have a name. */
  readonly files = new Set<number>();
  /** Numbers of objects with JavaScript. */
  readonly scripts = new Set<number>();
  /** Numbers of streams with text of pages, and of fonts. */
  readonly drawn = new Set<number>();
  /** Numbers of streams with forms in XML (XFA). */
  readonly forms = new Set<number>();
  readonly scriptStrings: PlacedString[] = [];
  /** Strings whose octets do not stand in the file, or that may be enciphered. */
  readonly strings: PlacedString[] = [];
  readonly actions: PlacedAction[] = [];
  hasScript = false;
  isCut = false;
  #stringBytes = 0;

  readonly visit = (object: PdfObject): void => {
    for (const value of object.values) this.#visit(value, object);
  };

  /** As deep as the parser goes. */
  #visit(value: PdfValue, object: PdfObject): void {
    if (typeof value === "number") return;
    if (value.kind === "string") this.#addString(value, object);
    else if (value.kind === "array") for (const item of value.items) this.#visit(item, object);
    else if (value.kind === "dictionary") {
      this.#read(value, object);
      for (const [, inner] of value.pairs) this.#visit(inner, object);
    }
  }

  #addString(string: PdfString, { number, generation, isPacked }: PdfObject): void {
    if (string.bytes.length < MIN_STRING_BYTES) return;
    this.#stringBytes += string.bytes.length;
    if (this.strings.length >= pdfLimits.strings || this.#stringBytes > pdfLimits.stringBytes) this.isCut = true;
    else this.strings.push({ string, object: { number, generation, isPacked } });
  }

  #read(dictionary: PdfDictionary, object: PdfObject): void {
    const { number, generation, isPacked } = object;
    const place = { number, generation, isPacked };
    for (const value of valuesOf(dictionary, "JS")) {
      this.hasScript = true;
      if (isReference(value)) this.scripts.add(value.number);
      else if (isString(value)) this.#push(this.scriptStrings, { string: value, object: place });
    }
    if (hasName(dictionary, "S", "JavaScript")) this.hasScript = true;
    addReferences(this.drawn, valuesOf(dictionary, "Contents", "FontFile", "FontFile2", "FontFile3", "ToUnicode"));
    addReferences(this.forms, valuesOf(dictionary, "XFA"));
    for (const files of valuesOf(dictionary, "EF")) this.#readFiles(files, dictionary, place);
    for (const [name, kind] of ACTIONS) {
      if (hasName(dictionary, "S", name)) this.#push(this.actions, { kind, dictionary, object: place });
    }
  }

  /** The embedded files of a file specification (§7.11.3). */
  #readFiles(files: PdfValue, specification: PdfDictionary, object: PlacedString["object"]): void {
    if (typeof files === "number" || files.kind !== "dictionary") return;
    const names = valuesOf(specification, "UF", "F", "Unix", "Mac", "DOS").filter(isString);
    for (const { number } of files.pairs.map(([, value]) => value).filter(isFile)) {
      if (this.files.size >= pdfLimits.actions) {
        this.isCut = true;
        return;
      }
      this.files.add(number);
      const [name] = names;
      if (name !== undefined) this.fileNames.set(number, { string: name, object });
    }
  }

  #push<Item>(list: Item[], item: Item): void {
    if (list.length < pdfLimits.actions) list.push(item);
    else this.isCut = true;
  }
}

/** Direct ones, and those of arrays. */
function addReferences(numbers: Set<number>, values: readonly PdfValue[]): void {
  for (const value of values) {
    if (isReference(value)) numbers.add(value.number);
    else if (typeof value === "object" && value.kind === "array")
      addReferences(numbers, value.items.filter(isReference));
  }
}

function isFile(value: PdfValue): value is PdfReference {
  return isReference(value);
}

const ACTIONS = [
  ["Launch", "launch"],
  ["GoToE", "go-to"],
  ["GoToR", "go-to"],
  ["URI", "uri"],
] as const;
/** Shorter ones hold nothing that does harm. */
const MIN_STRING_BYTES = 16;
