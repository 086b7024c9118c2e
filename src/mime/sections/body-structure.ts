/** BODY and BODYSTRUCTURE of a message (RFC 9051 §7.5.2). */
import { sectionLimits } from "../../core/section-limits.ts";
import { type FieldParameter, parseParameters } from "./content-type.ts";
import { envelopeFields } from "./envelope.ts";
import { FieldText } from "./field-text.ts";
import { imapString, unfoldedString } from "./imap-string.ts";
import type { LineCounts } from "./line-counts.ts";
import { declaredKind, fieldValue, type Part } from "./part-tree.ts";

/** With parentheses, one character per octet; `isExtended` is what BODYSTRUCTURE has and BODY has not. Undefined when
 *  it would be too long. */
export function bodyStructure(
  bytes: Buffer,
  message: Part,
  lines: LineCounts,
  isExtended: boolean,
): string | undefined {
  const writer = new StructureWriter(bytes, lines, isExtended);
  writer.part(message);
  return writer.text;
}

class StructureWriter {
  readonly #bytes: Buffer;
  readonly #lines: LineCounts;
  readonly #isExtended: boolean;
  readonly #pieces: string[] = [];
  #length = 0;

  constructor(bytes: Buffer, lines: LineCounts, isExtended: boolean) {
    this.#bytes = bytes;
    this.#lines = lines;
    this.#isExtended = isExtended;
  }

  get text(): string | undefined {
    return this.#isFull ? undefined : this.#pieces.join("");
  }

  /** Parts inside each other are limited in number, and so is how deep this goes. */
  part(part: Part): void {
    if (this.#isFull) return;
    this.#add("(");
    if (part.kind === "multipart") this.#multipart(part);
    else this.#single(part);
    this.#add(")");
  }

  #multipart(part: Part): void {
    for (const child of part.children) this.part(child);
    // The grammar wants one.
    if (part.children.length === 0) this.#add(this.#isExtended ? EMPTY_BODYSTRUCTURE : EMPTY_BODY);
    this.#add(` ${imapString(part.mediaType?.subtype ?? "")}`);
    if (!this.#isExtended) return;
    this.#add(` ${parameterList(part.mediaType?.parameters ?? [])}`);
    this.#extension(new PartFields(this.#bytes, part));
  }

  #single(part: Part): void {
    const { mediaType } = part;
    const fields = new PartFields(this.#bytes, part);
    const type = part.kind === "message" ? "message" : (mediaType?.type ?? "text");
    const isTooDeep = part.kind !== declaredKind(part);
    const isText = part.kind === "leaf" && !isTooDeep && type.toLowerCase() === "text";
    if (part.kind === "message") this.#add('"message" "rfc822"');
    else if (isTooDeep) this.#add('"application" "octet-stream"');
    else this.#add(`${imapString(type)} ${imapString(mediaType === undefined ? "plain" : mediaType.subtype)}`);
    this.#add(` ${parameterList(mediaType?.parameters ?? [], isText)}`);
    this.#add(` ${unfoldedString(fields.text("content-id"))} ${unfoldedString(fields.text("content-description"))}`);
    this.#add(` ${imapString(fields.transferEncoding ?? "7bit")} ${part.end - part.bodyStart}`);
    if (isText) this.#add(` ${this.#lines.of(part)}`);
    const [child] = part.children;
    if (part.kind === "message" && child !== undefined) {
      const envelope = envelopeFields(this.#bytes, child);
      if (envelope === undefined) this.#length = Number.POSITIVE_INFINITY;
      this.#add(` (${envelope}) `);
      this.part(child);
      this.#add(` ${this.#lines.of(part)}`);
    }
    if (!this.#isExtended) return;
    this.#add(` ${unfoldedString(fields.text("content-md5"))}`);
    this.#extension(fields);
  }

  #extension(fields: PartFields): void {
    const { disposition, languages } = fields;
    this.#add(disposition === undefined ? " NIL" : ` (${imapString(disposition.word)} ${disposition.parameters})`);
    this.#add(languages.length === 0 ? " NIL" : ` (${languages.map(imapString).join(" ")})`);
    this.#add(` ${unfoldedString(fields.text("content-location"))}`);
  }

  #add(text: string): void {
    this.#length += text.length;
    if (!this.#isFull) this.#pieces.push(text);
  }

  get #isFull(): boolean {
    return this.#length > sectionLimits.structureBytes;
  }
}

/** The Content fields of a part; those of one that is not MIME do not count. */
export class PartFields {
  readonly #bytes: Buffer;
  readonly #part: Part;

  constructor(bytes: Buffer, part: Part) {
    this.#bytes = bytes;
    this.#part = part;
  }

  /** The value of the first field of this name, as it stands. */
  text(name: string): string | undefined {
    return this.#all(name)[0];
  }

  /** The first one that is a word. */
  get transferEncoding(): string | undefined {
    for (const value of this.#all("content-transfer-encoding")) {
      const text = new FieldText(value);
      text.skipBlanks();
      const { word, outcome } = text.token();
      if (outcome === "end" && word !== "") return word;
    }
    return undefined;
  }

  /** The last one, or the first one with parameters. */
  get disposition(): { word: string; parameters: string } | undefined {
    let found: { word: string; parameters: string } | undefined;
    for (const value of this.#all("content-disposition")) {
      const text = new FieldText(value);
      text.skipBlanks();
      const { word, outcome } = text.token();
      if (outcome === "broken") continue;
      const parameters = parseParameters(text);
      found = { word, parameters: parameterList(parameters) };
      if (parameters.length > 0) break;
    }
    return found;
  }

  get languages(): string[] {
    for (const value of this.#all("content-language")) {
      const languages = languagesOf(value);
      if (languages.length > 0) return languages;
    }
    return [];
  }

  #all(name: string): string[] {
    if (!this.#part.isMime) return [];
    return this.#part.fields.filter((field) => field.name === name).map((field) => fieldValue(this.#bytes, field));
  }
}

function languagesOf(value: string): string[] {
  const text = new FieldText(value);
  const languages: string[] = [];
  text.skipBlanks();
  for (let atom = text.atom(); atom !== undefined; atom = text.atom()) {
    if (atom.outcome === "broken") break;
    languages.push(atom.word);
    if (atom.outcome !== "more" || text.peek() !== "," || languages.length >= sectionLimits.parameters) break;
    text.position += 1;
    text.skipBlanks();
  }
  return languages;
}

/** Text has a charset, said or not (RFC 2045 §5.2). */
function parameterList(parameters: readonly FieldParameter[], isText = false): string {
  const texts = parameters.map(({ name, value }) => `${imapString(name)} ${imapString(value)}`);
  const hasCharset = parameters.some(({ name }) => name.toLowerCase() === "charset");
  if (isText && !hasCharset) texts.push('"charset" "us-ascii"');
  return texts.length === 0 ? "NIL" : `(${texts.join(" ")})`;
}

const EMPTY_BODY = '("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0)';
const EMPTY_BODYSTRUCTURE = '("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0 NIL NIL NIL NIL)';
