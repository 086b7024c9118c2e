/** Every boundary that some mail program may take for the one a header names (X-1). */
import { mimeLimits } from "../core/scan-limits.ts";
import { charsetText } from "./charset-text.ts";
import { decodeWords } from "./encoded-word.ts";
import { parameterReadings, percentDecoded } from "./extended-parameter.ts";
import { type Parameter, parseStructuredValue, withoutComments } from "./parameters.ts";

export interface BoundaryReadings {
  /** What orderly readers take; more than one when they disagree. */
  readonly usual: readonly string[];
  /** All of them, the usual ones first and the others in turn from either end; without duplicates. */
  readonly all: readonly string[];
  /** There are more than are listed. */
  readonly isCut: boolean;
}

/** The readings of the `boundary` parameters in the Content-Type values `texts`. One character per octet. */
export function boundaryReadings(texts: readonly string[]): BoundaryReadings {
  if (!texts.some((text) => MAY_NAME_ONE.test(text))) return NONE;
  const plain = texts.length === 1 ? plainBoundary(texts[0] ?? "") : undefined;
  return plain === undefined ? allReadings(texts) : { usual: [plain], all: [plain], isCut: false };
}

/** The one boundary of a value that nobody reads otherwise; undefined where that is not certain. */
function plainBoundary(text: string): string | undefined {
  if (text.length > MAX_PLAIN_CHARACTERS || text.includes("=?")) return undefined;
  const match = PLAIN.exec(text);
  const boundary = match?.[1] ?? match?.[2];
  const lower = text.toLowerCase();
  return lower.indexOf("boundary") === lower.lastIndexOf("boundary") ? boundary : undefined;
}

/** Takes them for whatever any reader may take them for. */
export function allReadings(texts: readonly string[]): BoundaryReadings {
  const usual = new Set<string>();
  const unusual = new Set<string>();
  for (const text of new Set(texts)) {
    if (!MAY_NAME_ONE.test(text)) continue;
    collect(text, usual, unusual);
    const decoded = octetsOf(decodeWords(text));
    if (decoded !== text) collect(decoded, unusual, unusual);
  }
  if (usual.size + unusual.size === 0) return NONE;
  const all = [...new Set([...fromBothEnds([...usual]), ...fromBothEnds([...unusual])])];
  const isCut = all.length > mimeLimits.boundaries;
  return { usual: [...usual], all: all.slice(0, mimeLimits.boundaries), isCut };
}

function collect(text: string, usual: Set<string>, unusual: Set<string>): void {
  const { parameters } = parseStructuredValue(text);
  for (const reading of parameterReadings(parameters, "boundary")) usual.add(reading);
  for (const parameter of parameters) {
    if (!parameter.name.includes("boundary")) continue;
    for (const variant of variants(parameter.raw, parameter.value)) unusual.add(variant);
    for (const variant of inItsCharset(parameter)) unusual.add(variant);
  }
  // Where quotes, comments or other signs hide the parameter from an orderly parser.
  for (const match of text.matchAll(/boundary[^=\s]{0,20}\s{0,20}=\s{0,20}("[^"]*"?|[^\s;]*)/gi)) {
    const raw = match[1] ?? "";
    for (const variant of variants(raw, contentOf(raw))) unusual.add(variant);
    if (unusual.size > 2 * mimeLimits.boundaries) return;
  }
}

/** Other ends and other contents of one value. */
function variants(raw: string, value: string): string[] {
  const content = contentOf(raw);
  if (content === value && /^[\w'+./=:?-]{0,70}$/.test(value) && !value.includes("=?")) return [value];
  const variants = [value, content];
  for (const text of new Set([content, value])) {
    variants.push(
      withoutComments(text).trim(),
      firstMatch(/^[^\s;]*/, text),
      firstMatch(/^[^\s,;()"]*/, text),
      text.replace(/["'\\<>]/g, ""),
      text.replace(/\s+/g, ""),
      text.replaceAll("\0", ""),
      text.split("\0", 1).join(""),
      octetsOf(decodeWords(text)),
      percentDecoded(text),
      // RFC 2046 §5.1.1 allows no more, and some readers keep no more.
      text.slice(0, 70),
    );
  }
  return variants.flatMap((variant) => [variant.trimEnd(), variant.trim()]).filter((variant) => variant !== "");
}

/** What stands between the quotes, to readers that know no escapes; without quotes, all of it. */
function contentOf(raw: string): string {
  return raw.startsWith('"') ? raw.slice(1).split('"', 1).join("") : raw;
}

/** The octets of a value with a charset (RFC 2231 §4), for readers that compare text: as UTF-8 and as Latin-1. */
function inItsCharset({ name, value }: Parameter): string[] {
  const match = name.endsWith("*") ? /^([^']{1,40})'[^']{0,40}'([\s\S]*)$/.exec(value) : null;
  if (match === null) return [];
  const text = charsetText(Buffer.from(percentDecoded(match[2] ?? ""), "latin1"), match[1]);
  return [Buffer.from(text, "utf8").toString("latin1"), octetsOf(text)];
}

/** Text with one character per octet: as it is, or its UTF-8. */
function octetsOf(text: string): string {
  for (let index = 0; index < text.length; index += 1) {
    if (text.charCodeAt(index) > 0xff) return Buffer.from(text, "utf8").toString("latin1");
  }
  return text;
}

/** First, last, second, last but one …: readers take the first or the last of what is repeated. */
function fromBothEnds(values: readonly string[]): string[] {
  return values.map((value, index) => (index % 2 === 0 ? values[index / 2] : values.at(-(index + 1) / 2)) ?? value);
}

function firstMatch(pattern: RegExp, text: string): string {
  return pattern.exec(text)?.[0] ?? "";
}

const MAY_NAME_ONE = /boundary|=\?/i;
const MAX_PLAIN_CHARACTERS = 500;
/** A type, parameters without anything odd in them, and among these a boundary of ordinary signs. */
const PLAIN =
  /^[\w.+-]+\/[\w.+-]+(?:[ \t]{0,4};[ \t]{0,4}[a-z-]+=(?:"[\w+./:@<> -]*"|[\w+./:-]+))*?[ \t]{0,4};[ \t]{0,4}boundary=(?:"([\w'+./:=?-]{1,70})"|([\w'+./:=?-]{1,70}))(?:[ \t]{0,4};[ \t]{0,4}[a-z-]+=(?:"[\w+./:@<> -]*"|[\w+./:-]+))*[ \t]{0,4};?$/i;
const NONE: BoundaryReadings = { usual: [], all: [], isCut: false };
