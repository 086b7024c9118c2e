/** Every boundary that some mail program may take for the one a header names. */
import { decodeWords } from "./encoded-word.ts";
import { parameterReadings } from "./extended-parameter.ts";
import { parseStructuredValue, withoutComments } from "./parameters.ts";

/** The readings of the `boundary` parameters in the Content-Type values `texts`, the usual ones first. One character
 *  per octet; without duplicates; not bounded. */
export function boundaryReadings(texts: readonly string[]): string[] {
  const usual = new Set<string>();
  const unusual = new Set<string>();
  for (const text of texts) {
    if (!/boundary|=\?/i.test(text)) continue;
    collect(text, usual, unusual);
    const decoded = decodeWords(text);
    if (decoded !== text) collect(decoded, unusual, unusual);
  }
  return [...usual.union(unusual)];
}

function collect(text: string, usual: Set<string>, unusual: Set<string>): void {
  const { parameters } = parseStructuredValue(text);
  for (const reading of parameterReadings(parameters, "boundary")) usual.add(reading);
  for (const { name, raw, value } of parameters) {
    if (!name.endsWith("boundary")) continue;
    for (const variant of variants(raw, value)) unusual.add(variant);
  }
  // Where quotes or comments hide the parameter from an orderly parser.
  for (const match of text.matchAll(/boundary\s{0,20}=\s{0,20}("[^"]*"?|[^\s;]*)/gi)) {
    for (const variant of variants(match[1] ?? "", "")) unusual.add(variant);
    if (unusual.size > MANY) return;
  }
}

/** Other ends and other contents of one value. */
function variants(raw: string, value: string): string[] {
  const content = raw.startsWith('"') ? raw.slice(1).split('"', 1).join("") : raw;
  if (content === value && /^[\w'+./=:?-]*$/.test(value)) return [value];
  const variants = [value, content];
  for (const text of [content, value]) {
    variants.push(
      withoutComments(text).trim(),
      (/^[^\s;]*/.exec(text)?.[0] ?? "").trim(),
      (/^[^\s,;()]*/.exec(text)?.[0] ?? "").trim(),
      text.replaceAll("\0", ""),
      text.split("\0", 1).join(""),
      decodeWords(text),
    );
  }
  return variants.map((variant) => variant.trimEnd());
}

/** Repetitions in one value after which nothing new is worth reading; the caller takes far fewer. */
const MANY = 100;
