/** What the MIME fields of one header say, in all readings. */

import { mimeLimits } from "../core/scan-limits.ts";
import { decodeWords } from "./encoded-word.ts";
import { parameterReadings, parameterText } from "./extended-parameter.ts";
import { fieldText, type Header, type HeaderField } from "./header.ts";
import { normalWord, type Parameter, parseStructuredValue, type StructuredValue } from "./parameters.ts";
import { encodingReadings, type TransferEncoding } from "./transfer-encoding.ts";

export interface ContentFields {
  /** `type/subtype` of the first Content-Type; empty when there is none. */
  readonly type: string;
  /** The types that other readings give, without the first. */
  readonly otherTypes: readonly string[];
  /** All Content-Type values. */
  readonly typeTexts: readonly string[];
  /** All Content-Transfer-Encoding values. */
  readonly encodingTexts: readonly string[];
  readonly encodings: readonly TransferEncoding[];
  readonly fileName: string;
  /** The endings of the file names that the fields give, in lower case, each once. */
  readonly fileEndings: readonly string[];
  readonly parameters: readonly Parameter[];
  /** Something of the fields was too much to be parsed. */
  readonly isCut: boolean;
}

/** Fields that say the same give the same object. */
export function readContentFields(bytes: Buffer, header: Header): ContentFields {
  if (header.fields.length === 0) return NO_FIELDS;
  const key = plainKey(bytes, header);
  if (key === undefined) return interpretFields(bytes, header);
  let fields = known.get(key);
  if (fields === undefined) {
    fields = interpretFields(bytes, header);
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(key, fields);
  }
  return fields;
}

/** All that is interpreted of the fields, as one text; undefined when it is long, or not plain. The fields of most mail
 *  say what those of the mail before it say. */
function plainKey(bytes: Buffer, header: Header): string | undefined {
  if (header.isCut) return undefined;
  let key = "";
  for (const field of header.fields) {
    const { name, valueStart, end, isRegular, isPlain } = field;
    if (!isRegular || !isPlain || end - valueStart > MAX_KEY_CHARACTERS) return undefined;
    if (INTERPRETED.has(name)) key += `${name}:${fieldText(bytes, field)}\n`;
  }
  return key.length > MAX_KEY_CHARACTERS ? undefined : key;
}

function interpretFields(bytes: Buffer, header: Header): ContentFields {
  const named = (name: string): HeaderField[] => header.fields.filter((field) => field.name === name);
  const texts = (name: string): string[] => named(name).map((field) => fieldText(bytes, field));
  const typeTexts = texts("content-type");
  const encodingTexts = named("content-transfer-encoding").map((field) => encodingText(bytes, field));
  const types = typeTexts.map((text) => parseStructuredValue(text));
  const first = types[0];
  const dispositions = texts("content-disposition").map((text) => parseStructuredValue(text));
  const parsed = types.concat(dispositions);
  return {
    type: first === undefined ? "" : normalWord(first.word),
    otherTypes: otherTypes(typeTexts),
    typeTexts,
    encodingTexts,
    encodings: encodingReadings(encodingTexts),
    fileName: fileName(dispositions, types),
    fileEndings: fileEndings(dispositions, types),
    parameters: first?.parameters ?? [],
    isCut: header.isCut || parsed.some((value) => value.isCut) || header.fields.some(isLong),
  };
}

/** The value of a Content-Transfer-Encoding field. Lists of field names, as in signatures, are folded before any of them,
 *  and what follows there is no encoding. */
export function encodingText(bytes: Buffer, field: HeaderField): string {
  const text = fieldText(bytes, field);
  return field.isRegular ? text : (text.split(/[;:]/, 1)[0] ?? "");
}

function otherTypes(texts: readonly string[]): string[] {
  const types = texts.slice(1).map(typeOf);
  for (const text of texts) {
    if (text.includes("=?")) types.push(typeOf(decodeWords(text)));
    // A reader may stop at what does not belong there, or go on after it.
    const container = /(?:multipart|message)[\s\0]*\/[\s\0]*[\w-]+/i.exec(text)?.[0];
    if (container !== undefined) types.push(typeOf(container));
  }
  return [...new Set(types)];
}

function typeOf(text: string): string {
  return normalWord(parseStructuredValue(text).word);
}

/** The disposition's `filename` before the type's `name` (RFC 2183 §2.3). */
function fileName(dispositions: readonly StructuredValue[], types: readonly StructuredValue[]): string {
  for (const { parameters } of dispositions) {
    const text = parameterText(parameters, "filename");
    if (text !== "") return text.slice(0, mimeLimits.nameCharacters);
  }
  for (const { parameters } of types) {
    const text = parameterText(parameters, "name");
    if (text !== "") return text.slice(0, mimeLimits.nameCharacters);
  }
  return "";
}

function fileEndings(dispositions: readonly StructuredValue[], types: readonly StructuredValue[]): string[] {
  const endings = new Set<string>();
  const add = ({ parameters }: StructuredValue, name: string): void => {
    for (const reading of parameterReadings(parameters, name)) {
      const ending = FILE_ENDING.exec(decodeWords(reading).slice(-mimeLimits.nameCharacters))?.[1];
      if (ending !== undefined) endings.add(ending.toLowerCase());
    }
  };
  for (const disposition of dispositions) add(disposition, "filename");
  for (const type of types) add(type, "name");
  return [...endings];
}

function isLong(field: { readonly valueStart: number; readonly end: number }): boolean {
  return field.end - field.valueStart > mimeLimits.fieldBytes;
}

const INTERPRETED: ReadonlySet<string> = new Set(["content-type", "content-transfer-encoding", "content-disposition"]);
const known = new Map<string, ContentFields>();
const MAX_KNOWN = 256;
const MAX_KEY_CHARACTERS = 500;
const FILE_ENDING = /[^\s.]\.([A-Za-z0-9]{1,8})[\s."]*$/;
const NO_FIELDS: ContentFields = {
  type: "",
  otherTypes: [],
  typeTexts: [],
  encodingTexts: [],
  encodings: [],
  fileName: "",
  fileEndings: [],
  parameters: [],
  isCut: false,
};
