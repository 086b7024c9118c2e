/** The parts of a message as IMAP servers number them (RFC 9051 §6.4.5). It is one reading of many, chosen to be that of
 *  Dovecot, so that a client that has seen the upstream's BODYSTRUCTURE gets the parts it asks for. */
import { CR, LF, latin1 } from "../../core/bytes.ts";
import { sectionLimits } from "../../core/section-limits.ts";
import { type MediaType, parseMediaType } from "./content-type.ts";
import { beforeLineEnd, readHeader, type SectionField } from "./header-fields.ts";

/** A part; the first one is the message. Its octets are [start, end), those of its body [bodyStart, end). */
export interface Part {
  readonly parent: Part | undefined;
  /** A `message` has one child, the message inside. A multipart may have none. */
  readonly children: readonly Part[];
  readonly kind: "leaf" | "multipart" | "message";
  readonly start: number;
  /** Where the empty line after the header starts; `bodyStart` when there is none. */
  readonly blankStart: number;
  readonly bodyStart: number;
  readonly end: number;
  /** Of a message all fields, of other parts those that MIME knows. */
  readonly fields: readonly SectionField[];
  /** False when the header says nothing of MIME: then its Content fields do not count (RFC 2045 §4). */
  readonly isMime: boolean;
  /** What the first Content-Type says; undefined when there is none. */
  readonly mediaType: MediaType | undefined;
  /** Parts without a Content-Type are messages (RFC 2046 §5.1.5). */
  readonly isDigest: boolean;
}

export interface PartTree {
  /** Containing ones before what they contain, in the order of the message. */
  readonly parts: readonly Part[];
  /** A limit was met: parts are missing, or end too late. */
  readonly isCut: boolean;
}

/** Takes `bytes` apart. Nothing is copied. */
export function parseParts(bytes: Buffer): PartTree {
  return new PartParser(bytes).run();
}

/** Whether it has the header of a message and not that of a part. */
export function isMessagePart(part: Part): boolean {
  return part.parent === undefined || part.parent.kind === "message";
}

/** What it would be if there were no limits. */
export function declaredKind(part: Part): Part["kind"] {
  const { mediaType, parent } = part;
  if (mediaType === undefined) return parent?.kind === "multipart" && parent.isDigest ? "message" : "leaf";
  const type = mediaType.type.toLowerCase();
  if (type === "message" && mediaType.subtype.toLowerCase() === "rfc822") return "message";
  return type === "multipart" ? "multipart" : "leaf";
}

interface GrowingPart extends Part {
  readonly children: GrowingPart[];
  readonly parent: GrowingPart | undefined;
  kind: Part["kind"];
  blankStart: number;
  bodyStart: number;
  end: number;
  fields: readonly SectionField[];
  isMime: boolean;
  mediaType: MediaType | undefined;
  isDigest: boolean;
}

/** A boundary whose closing delimiter was not met yet. */
interface Boundary {
  readonly part: GrowingPart;
  readonly text: Buffer;
}

/** A line that is a delimiter. */
interface Delimiter {
  readonly boundary: Boundary;
  readonly isClosing: boolean;
}

/** What comes next: the header, or the body, of a part. */
interface Step {
  readonly part: GrowingPart;
  readonly next: "header" | "body";
  readonly at: number;
}

class PartParser {
  readonly #bytes: Buffer;
  readonly #parts: GrowingPart[] = [];
  /** Outer ones first. */
  #boundaries: Boundary[] = [];
  #comparisons: number = sectionLimits.comparisons;
  #fields: number = sectionLimits.fields;
  #isCut = false;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  run(): PartTree {
    let step: Step | undefined = { part: this.#add(undefined, 0), next: "header", at: 0 };
    while (step !== undefined) step = step.next === "header" ? this.#header(step) : this.#body(step);
    return { parts: this.#parts, isCut: this.#isCut };
  }

  #add(parent: GrowingPart | undefined, start: number): GrowingPart {
    const end = this.#bytes.length;
    const part: GrowingPart = {
      parent,
      children: [],
      kind: "leaf",
      start,
      blankStart: start,
      bodyStart: start,
      end,
      fields: [],
      isMime: parent?.kind === "multipart",
      mediaType: undefined,
      isDigest: false,
    };
    parent?.children.push(part);
    this.#parts.push(part);
    return part;
  }

  #header({ part, at }: Step): Step | undefined {
    const isMessage = isMessagePart(part);
    const header = readHeader(this.#bytes, at, {
      keeps: (name) => this.#keeps(name, isMessage),
      stops: (line) => (this.#boundaries.length === 0 ? undefined : this.#delimiterAt(line)),
    });
    part.fields = header.fields;
    part.blankStart = header.blankStart;
    part.bodyStart = header.end;
    this.#classify(part);
    if (header.stop !== undefined) return this.#endInHeader(part, header.stop.line, header.stop.reason);
    const outer = this.#boundaries.length;
    if (part.kind === "multipart" && header.blankStart < header.end) this.#openMultipart(part);
    const delimiter = outer > 0 ? this.#delimiterAt(header.end) : undefined;
    if (delimiter !== undefined && delimiter.boundary.part !== part) {
      // The empty line is the line end that belongs to the delimiter (RFC 2046 §5.1.1): there is no body.
      part.bodyStart = header.blankStart;
      return this.#endInHeader(part, header.end, delimiter);
    }
    if (part.kind !== "message") return { part, next: "body", at: header.end };
    return { part: this.#add(part, header.end), next: "header", at: header.end };
  }

  #keeps(name: string, isMessage: boolean): boolean {
    if (!isMessage && !name.startsWith("content-") && name !== "mime-version") return false;
    this.#fields -= 1 + (name.length >>> 5);
    if (this.#fields < 0) this.#isCut = true;
    return this.#fields >= 0;
  }

  #classify(part: GrowingPart): void {
    const type = part.fields.find(({ name }) => name === "content-type");
    part.isMime ||= type !== undefined || part.fields.some(({ name }) => name === "mime-version");
    if (type !== undefined) part.mediaType = parseMediaType(fieldValue(this.#bytes, type));
    part.kind = declaredKind(part);
    part.isDigest = part.kind === "multipart" && part.mediaType?.subtype.toLowerCase() === "digest";
    if (part.kind === "leaf") return;
    // Too deep to be taken apart: a leaf, as it is to Dovecot.
    if (depthOf(part) + 1 >= sectionLimits.depth) part.kind = "leaf";
    if (part.kind !== "message" || !this.#isFull) return;
    part.kind = "leaf";
    this.#isCut = true;
  }

  get #isFull(): boolean {
    return this.#parts.length >= sectionLimits.parts;
  }

  #openMultipart(part: GrowingPart): void {
    const boundary = part.mediaType?.boundary;
    if (boundary === undefined) return;
    const text = Buffer.from(boundary.slice(0, sectionLimits.boundaryBytes), "latin1");
    this.#boundaries.push({ part, text });
  }

  /** A delimiter stands where a line of the header should. Its line end before belongs to what is around the part. */
  #endInHeader(part: GrowingPart, line: number, delimiter: Delimiter): Step | undefined {
    if (part.kind === "message") this.#add(part, part.bodyStart).end = part.bodyStart;
    part.end = part.bodyStart;
    return this.#close(part.parent ?? part, line, line, delimiter);
  }

  #body({ part, at }: Step): Step | undefined {
    if (this.#boundaries.length === 0) return undefined;
    for (let line = at; line < this.#bytes.length; ) {
      const delimiter = this.#delimiterAt(line);
      if (delimiter !== undefined) {
        const end = line === at ? line : beforeLineEnd(this.#bytes, line, at);
        return this.#close(part, end, line, delimiter);
      }
      const found = this.#comparisons < 0 ? -1 : this.#bytes.indexOf(LINE_WITH_HYPHENS, line);
      if (found < 0) return undefined;
      line = found + 1;
    }
    return undefined;
  }

  /** Ends `part` and what is around it, up to the multipart of the delimiter, at `end`. */
  #close(part: GrowingPart, end: number, line: number, { boundary, isClosing }: Delimiter): Step | undefined {
    let ended: GrowingPart = part;
    while (ended !== boundary.part && ended.parent !== undefined) {
      ended.end = end;
      ended = ended.parent;
    }
    const kept = this.#boundaries.indexOf(boundary) + (isClosing ? 0 : 1);
    this.#boundaries = this.#boundaries.slice(0, kept);
    const lineFeed = this.#bytes.indexOf(LF, line);
    if (lineFeed < 0) return undefined;
    const at = lineFeed + 1;
    if (isClosing) return { part: ended, next: "body", at };
    return { part: this.#add(ended, at), next: "header", at };
  }

  /** Only the beginning of the line has to match, the longest boundary wins, and the inner one of equals. */
  #delimiterAt(line: number): Delimiter | undefined {
    const bytes = this.#bytes;
    if (bytes[line] !== HYPHEN || bytes[line + 1] !== HYPHEN) return undefined;
    this.#comparisons -= this.#boundaries.length;
    if (this.#comparisons < 0) this.#isCut = true;
    if (this.#isCut) return undefined;
    const { length, hasHyphens } = textOfLine(bytes, line + 2);
    let best: Boundary | undefined;
    for (let index = this.#boundaries.length - 1; index >= 0; index -= 1) {
      const boundary = this.#boundaries[index];
      if (boundary === undefined) break;
      const { text } = boundary;
      if (text.length > length || (best !== undefined && best.text.length >= text.length)) continue;
      if (bytes.compare(text, 0, text.length, line + 2, line + 2 + text.length) !== 0) continue;
      best = boundary;
      if (text.length === length || (text.length === length - 2 && hasHyphens)) break;
    }
    if (best === undefined) return undefined;
    if (this.#isFull) {
      this.#isCut = true;
      return undefined;
    }
    const after = line + 2 + best.text.length;
    return { boundary: best, isClosing: bytes[after] === HYPHEN && bytes[after + 1] === HYPHEN };
  }
}

/** The octets of a field's value as text, one character per octet, folded as they are. */
export function fieldValue(bytes: Buffer, field: SectionField): string {
  return latin1(bytes, field.valueStart, Math.min(field.valueEnd, field.valueStart + sectionLimits.fieldBytes));
}

function depthOf(part: Part): number {
  let depth = 0;
  for (let { parent } = part; parent !== undefined; parent = parent.parent) depth += 1;
  return depth;
}

/** The length of the line's text, which starts at `start`. */
function textOfLine(bytes: Buffer, start: number): { length: number; hasHyphens: boolean } {
  // Nothing after the longest boundary and its hyphens matters.
  const window = bytes.subarray(start, start + MAX_LINE_BYTES);
  const lineFeed = window.indexOf(LF);
  if (lineFeed < 0) return { length: window.length, hasHyphens: false };
  const length = lineFeed > 0 && window[lineFeed - 1] === CR ? lineFeed - 1 : lineFeed;
  const hasHyphens = length > 2 && window[length - 1] === HYPHEN && window[length - 2] === HYPHEN;
  return { length, hasHyphens };
}

const HYPHEN = 0x2d;
const LINE_WITH_HYPHENS = Buffer.from("\n--");
const MAX_LINE_BYTES = sectionLimits.boundaryBytes + 8;
