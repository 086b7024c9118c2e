/** What readers disagree on in the MIME fields of one header. Sloppy fields that all of them read alike are none. */
import { latin1 } from "../core/bytes.ts";
import type { AmbiguityCode } from "./ambiguity.ts";
import { type ContentFields, encodingText } from "./content-fields.ts";
import { isMessageType } from "./entity.ts";
import { fieldText, type Header, type HeaderField } from "./header.ts";
import { normalWord, type Parameter, parseStructuredValue } from "./parameters.ts";
import { encodingReadings, isWellFormedEncoding } from "./transfer-encoding.ts";

export function fieldAmbiguities(bytes: Buffer, header: Header, fields: ContentFields): readonly AmbiguityCode[] {
  const ofFields = header.fields.length === 0 ? NO_CODES : ofContentFields(bytes, header, fields);
  const hasClearEnd = header.earlyBodies.length === 0 && hasPlainEnd(header);
  return hasClearEnd ? ofFields : ["header-end", ...ofFields];
}

/** Of fields that are nothing but what they say, once for each `ContentFields`. */
function ofContentFields(bytes: Buffer, header: Header, fields: ContentFields): readonly AmbiguityCode[] {
  if (!header.fields.every(({ isRegular, isPlain }) => isRegular && isPlain))
    return readAmbiguities(bytes, header, fields);
  let codes = known.get(fields);
  if (codes === undefined) {
    codes = readAmbiguities(bytes, header, fields);
    known.set(fields, codes);
  }
  return codes;
}

function readAmbiguities(bytes: Buffer, header: Header, fields: ContentFields): readonly AmbiguityCode[] {
  const codes: AmbiguityCode[] = [];
  const note = (code: AmbiguityCode, isSo: boolean): void => {
    if (isSo) codes.push(code);
  };
  const texts = (name: string): string[] =>
    header.fields.filter((field) => field.isRegular && field.name === name).map((field) => fieldText(bytes, field));
  const types = texts("content-type");
  const encodings = texts("content-transfer-encoding");
  note(
    "field",
    header.fields.some((field) => isDisguised(bytes, field)),
  );
  note("duplicate-type", areDifferent(types));
  note("duplicate-encoding", areDifferent(encodings));
  note("type", types.length > 0 && hasOtherKind(types[0] ?? "", fields));
  note("encoding", !encodings.every(isWellFormedEncoding));
  note("file-name", fields.fileEndings.length > 1);
  return codes;
}

/** Whether a message has no header at all: what is no mail is not ambiguous either. */
export function hasNoHeader({ start, fields, earlyBodies }: Header): boolean {
  return fields.length === 0 && earlyBodies.some((body) => body.isCertain && body.start === start);
}

/** Whether a message begins with blank lines, which some readers take for the end of its header. */
export function hasLateHeader(bytes: Buffer, header: Header, end: number): boolean {
  if (header.blankStart !== header.start) return false;
  const start = bytes.subarray(header.end, Math.min(end, header.end + PEEK_BYTES));
  return /^\s*[!-9;-~]+:/.test(latin1(start));
}

/** Whether readers take something else, or nothing, for the boundary of a multipart with the Content-Type value `text`.
 *  `usual` is what orderly readers take. */
export function hasAmbiguousBoundary(text: string, usual: readonly string[]): boolean {
  if (usual.length !== 1) return true;
  const { parameters, hasStray } = parseStructuredValue(text);
  const named = parameters.filter(({ name }) => name.includes("boundary"));
  return hasStray || named.length !== 1 || !named.every(isPlainBoundary);
}

/** Whether the blank line is one to everybody: with more CRs than one it is not. */
function hasPlainEnd({ blankStart, end }: Header): boolean {
  return end - blankStart <= 2;
}

/** A field that matters, and that some readers do not take for one. */
function isDisguised(bytes: Buffer, field: HeaderField): boolean {
  if (field.isRegular) return !field.isPlain && DECISIVE.has(field.name);
  if (field.name === "content-transfer-encoding") return encodingReadings([encodingText(bytes, field)]).length > 0;
  const [type = ""] = fieldText(bytes, field).split(";", 1);
  return field.name === "content-type" && kindOf(normalWord(type)) !== "leaf";
}

function areDifferent(texts: readonly string[]): boolean {
  return new Set(texts.map((text) => text.replace(/\s+/g, "").toLowerCase())).size > 1;
}

/** Whether a reading of the first type is a multipart or a message, and the usual reading is not, or the other way. */
function hasOtherKind(text: string, { type, typeTexts, otherTypes }: ContentFields): boolean {
  if (text !== typeTexts[0]) return true;
  const kind = kindOf(type);
  if (typeTexts.length === 1 && otherTypes.some((other) => kindOf(other) !== kind)) return true;
  const [word = ""] = text.split(";", 1);
  return kind !== "leaf" && !/^[\w/+.-]*$/.test(word.trim());
}

function kindOf(type: string): "multipart" | "message" | "leaf" {
  if (type.startsWith("multipart/")) return "multipart";
  return isMessageType(type) ? "message" : "leaf";
}

function isPlainBoundary({ name, raw }: Parameter): boolean {
  return name === "boundary" && (QUOTED_BOUNDARY.test(raw) || BARE_BOUNDARY.test(raw)) && !raw.includes("=?");
}

const NO_CODES: readonly AmbiguityCode[] = [];
const known = new WeakMap<ContentFields, readonly AmbiguityCode[]>();
const PEEK_BYTES = 200;
const DECISIVE: ReadonlySet<string> = new Set(["content-type", "content-transfer-encoding"]);
const QUOTED_BOUNDARY = /^"[!#-[\]-~](?:[ !#-[\]-~]{0,68}[!#-[\]-~])?"$/;
/** Signs that need quotes and often stand without are read alike by all. */
const BARE_BOUNDARY = /^[!#-'*+\--:<-[\]-~]{1,70}$/;
