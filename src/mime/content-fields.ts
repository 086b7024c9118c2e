/** What the MIME fields of one header say, in all readings. */

import { mimeLimits } from "../core/limits.ts";
import { decodeWords } from "./encoded-word.ts";
import { parameterText } from "./extended-parameter.ts";
import { fieldText, type Header } from "./header.ts";
import { normalWord, type Parameter, parseStructuredValue } from "./parameters.ts";
import { encodingReadings, type TransferEncoding } from "./transfer-encoding.ts";

export interface ContentFields {
  /** `type/subtype` of the first Content-Type; empty when there is none. */
  readonly type: string;
  /** The types that other readings give, without the first. */
  readonly otherTypes: readonly string[];
  /** All Content-Type values. */
  readonly typeTexts: readonly string[];
  readonly encodings: readonly TransferEncoding[];
  readonly fileName: string;
  readonly parameters: readonly Parameter[];
  /** Something of the fields was too much to be parsed. */
  readonly isCut: boolean;
}

export function readContentFields(bytes: Buffer, header: Header): ContentFields {
  if (header.fields.length === 0) return NO_FIELDS;
  const texts = (name: string): string[] =>
    header.fields.filter((field) => field.name === name).map((field) => fieldText(bytes, field));
  const typeTexts = texts("content-type");
  const types = typeTexts.map((text) => parseStructuredValue(text));
  const first = types[0];
  const dispositions = texts("content-disposition").map((text) => parseStructuredValue(text));
  const parsed = types.concat(dispositions);
  return {
    type: first === undefined ? "" : normalWord(first.word),
    otherTypes: otherTypes(typeTexts),
    typeTexts,
    encodings: encodingReadings(texts("content-transfer-encoding")),
    fileName: fileName(
      dispositions.map((value) => value.parameters),
      types.map((value) => value.parameters),
    ),
    parameters: first?.parameters ?? [],
    isCut: header.isCut || parsed.some((value) => value.isCut) || header.fields.some(isLong),
  };
}

function otherTypes(texts: readonly string[]): string[] {
  const types = texts.slice(1).map(typeOf);
  for (const text of texts) {
    if (text.includes("=?")) types.push(typeOf(decodeWords(text)));
  }
  return types;
}

function typeOf(text: string): string {
  return normalWord(parseStructuredValue(text).word);
}

/** The disposition's `filename` before the type's `name` (RFC 2183 §2.3). */
function fileName(dispositions: readonly (readonly Parameter[])[], types: readonly (readonly Parameter[])[]): string {
  for (const parameters of dispositions) {
    const text = parameterText(parameters, "filename");
    if (text !== "") return text.slice(0, mimeLimits.nameCharacters);
  }
  for (const parameters of types) {
    const text = parameterText(parameters, "name");
    if (text !== "") return text.slice(0, mimeLimits.nameCharacters);
  }
  return "";
}

function isLong(field: { readonly valueStart: number; readonly end: number }): boolean {
  return field.end - field.valueStart > mimeLimits.fieldBytes;
}

const NO_FIELDS: ContentFields = {
  type: "",
  otherTypes: [],
  typeTexts: [],
  encodings: [],
  fileName: "",
  parameters: [],
  isCut: false,
};
