/** Takes a message apart: the tree that IMAP servers see, and beside it the parts that other readings show. */
import { mimeLimits } from "../core/scan-limits.ts";
import type { Ambiguity, AmbiguityCode } from "./ambiguity.ts";
import { type BoundaryReadings, boundaryReadings } from "./boundary-readings.ts";
import { type ContentFields, readContentFields } from "./content-fields.ts";
import { type Delimiter, DelimiterLines, delimiterReadings, type Range } from "./delimiter-lines.ts";
import type { EarlyBody } from "./early-body.ts";
import { type Entity, type EntityLimit, isMessageRoot, isMessageType, type MessageTree } from "./entity.ts";
import { fieldAmbiguities, hasAmbiguousBoundary, hasLateHeader, hasNoHeader } from "./field-ambiguities.ts";
import { type Header, parseHeader } from "./header.ts";
import { splitMultipart } from "./multipart.ts";
import type { WalkAllowance } from "./walk-allowance.ts";

/** Walks a whole message and takes what it costs from `allowance`. Nothing is copied: all offsets are those of `bytes`.
 *  What a limit leaves out is a gap of the entity it lies in, and is named in `limits`. */
export function walkMessage(bytes: Buffer, allowance: WalkAllowance): MessageTree {
  return new Walk(bytes, allowance).run();
}

/** An entity while its children are being found. */
interface GrowingEntity extends Entity {
  readonly children: GrowingEntity[];
  readonly gaps: Range[];
}

/** Where an entity stands in the tree. */
interface Position {
  readonly parent: GrowingEntity | undefined;
  readonly number: string;
  readonly isRegular: boolean;
  readonly isRest?: boolean;
  readonly defaultType: string;
}

/** The body of an entity, and what was made of it in the usual reading. */
interface Body extends Range {
  readonly fields: ContentFields;
  readonly boundaries: BoundaryReadings;
  /** What the first Content-Type's boundary finds, loosely; exactly when it makes the entity a multipart. */
  readonly found: Found | undefined;
}

interface Found {
  readonly boundary: string;
  readonly delimiters: readonly Delimiter[];
  /** Those that every reader takes for such. */
  readonly exact: readonly Delimiter[];
}

class Walk {
  readonly #bytes: Buffer;
  readonly #allowance: WalkAllowance;
  readonly #maxDelimiters: number;
  #delimiterLines: DelimiterLines | undefined;
  readonly #entities: GrowingEntity[] = [];
  readonly #limits: { code: EntityLimit; entity: Entity; detail: string }[] = [];
  readonly #refused = new Set<EntityLimit>();
  readonly #ambiguities: Ambiguity[] = [];
  /** Multiparts with lines that are delimiters to some readers only, and all delimiters that are such to everybody. */
  readonly #doubtful: { entity: Entity; starts: number[] }[] = [];
  readonly #exact: (readonly Delimiter[])[] = [];
  #exactStarts: ReadonlySet<number> | undefined;
  /** Readings that wait until the tree that every reader sees is complete, so that they use up no limit before. */
  readonly #later: (() => void)[] = [];
  /** Start and end of each entity made, and, when readings ask for them, the same as texts: no reading takes the same
   *  octets apart again. */
  readonly #ranges: Range[] = [];
  readonly #seen = new Set<string>();

  constructor(bytes: Buffer, allowance: WalkAllowance) {
    this.#bytes = bytes;
    this.#allowance = allowance;
    // Beyond it the rest stays in the last part, which is then too long but not lost.
    this.#maxDelimiters = Math.min(Math.max(0, allowance.parts) * 2 + 2, mimeLimits.delimiterLines);
  }

  run(): MessageTree {
    const whole = { start: 0, end: this.#bytes.length };
    const root = this.#entity(whole, { parent: undefined, number: "", isRegular: true, defaultType: "text/plain" });
    // Each may add further ones, which wait their turn: no part of the message gets all of them.
    for (const read of this.#later) read();
    if (this.#hasManyLines()) this.#limit("limit-parts", root, "too many delimiter lines");
    if (this.#allowance.comparisons < 0) this.#limit("limit-views", root, "too many delimiters to compare");
    if (this.#allowance.isOver) this.#limit("limit-time", root, "too long to take apart");
    this.#noteDelimiters();
    return { root, entities: this.#entities, limits: this.#limits, ambiguities: this.#ambiguities };
  }

  #entity(range: Range, position: Position): GrowingEntity {
    this.#ranges.push(range);
    const header = parseHeader(this.#bytes, range.start, range.end);
    if (!position.isRegular) this.#allowance.headerBytes -= header.end - header.start;
    const fields = readContentFields(this.#bytes, header);
    const entity = this.#add(header, range.end, fields, position);
    if (!position.isRegular) return this.#withEarlyBodies(entity, position.defaultType);
    const isRoot = isMessageRoot(entity);
    for (const code of isRoot && hasNoHeader(header) ? [] : fieldAmbiguities(this.#bytes, header, fields)) {
      this.#note(code, entity);
    }
    if (isRoot && hasLateHeader(this.#bytes, header, range.end)) this.#note("header-end", entity);
    return this.#withEarlyBodies(entity, position.defaultType);
  }

  #withEarlyBodies(entity: GrowingEntity, defaultType: string): GrowingEntity {
    for (const earlyBody of entity.header.earlyBodies) {
      this.#later.push(() => this.#earlyBody(entity, earlyBody, defaultType));
    }
    return entity;
  }

  /** The body as readers see it that end the header at `start`. It is a reading of the entity, with its fields. */
  #earlyBody(entity: GrowingEntity, { start, isFirst }: EarlyBody, defaultType: string): void {
    if (!this.#takeIrregular(entity)) {
      leaveOut(entity, { start, end: entity.header.end });
      return;
    }
    const before = entity.header.fields.filter((field) => field.start < start);
    const header = { ...entity.header, start, blankStart: start, end: start, fields: before, earlyBodies: [] };
    const fields = { ...readContentFields(this.#bytes, header), encodings: entity.encodings };
    const position = { parent: entity, number: entity.number, isRegular: false, isRest: !isFirst, defaultType };
    entity.children.push(this.#add({ ...header, fields: [] }, entity.end, fields, position));
  }

  #add(header: Header, end: number, fields: ContentFields, position: Position): GrowingEntity {
    const type = fields.type === "" ? position.defaultType : fields.type;
    const body = this.#body(type, fields, { start: header.end, end });
    const isMultipart = body.found !== undefined && body.found.exact.length > 0;
    const isMessage = !isMultipart && isMessageType(type) && fields.encodings.length === 0;
    const isRoot = position.parent === undefined || position.parent.kind === "message";
    const entity: GrowingEntity = {
      number: !isMultipart && isRoot && position.isRegular ? childNumber(position.number, 1) : position.number,
      parent: position.parent,
      depth: position.parent === undefined ? 0 : position.parent.depth + 1,
      isRegular: position.isRegular,
      isRest: position.isRest === true,
      header,
      end,
      type,
      otherTypes: fields.otherTypes,
      typeTexts: fields.typeTexts,
      kind: isMultipart ? "multipart" : isMessage ? "message" : "leaf",
      encodings: fields.encodings,
      fileName: fields.fileName,
      parameter: (name) => fields.parameters.find((parameter) => parameter.name === name)?.value ?? "",
      children: [],
      gaps: [],
    };
    this.#entities.push(entity);
    this.#allowance.parts -= 1;
    if (fields.isCut) this.#limit("limit-views", entity, "header fields too long or too many");
    this.#descend(entity, body);
    return entity;
  }

  /** Looks for the delimiters of the first boundary that has any, when the first Content-Type is a multipart. */
  #body(type: string, fields: ContentFields, range: Range): Body {
    const boundaries = boundaryReadings(fields.typeTexts);
    if (!type.startsWith("multipart/") || boundaries.all.length === 0) {
      return { ...range, fields, boundaries, found: undefined };
    }
    const firsts = fields.typeTexts.length === 1 ? boundaries : boundaryReadings(fields.typeTexts.slice(0, 1));
    let loose: Found | undefined;
    for (const boundary of firsts.all.slice(0, mimeLimits.readings)) {
      const delimiters = this.#delimiters(range, boundary);
      const exact = delimiters.filter(({ looseness }) => looseness === 0);
      const found = { boundary, delimiters, exact };
      if (exact.length > 0) return { ...range, fields, boundaries, found };
      if (delimiters.length > 0) loose ??= found;
    }
    return { ...range, fields, boundaries, found: loose };
  }

  #descend(entity: GrowingEntity, body: Body): void {
    this.#noteBoundary(entity, body);
    if (body.start >= body.end) return;
    if (entity.depth >= mimeLimits.depth) {
      if (entity.kind === "leaf" && body.boundaries.all.length === 0) return;
      if (entity.kind !== "leaf") leaveOut(entity, body);
      this.#limit("limit-depth", entity, "parts inside parts");
      return;
    }
    if (entity.kind === "multipart" && body.found !== undefined) {
      const late = this.#multipart(entity, body, body.found.exact, true);
      if (late > 0) this.#note("late-part", entity);
      if (entity.isRegular) this.#exact.push(body.found.exact);
    } else if (entity.kind === "message" && !this.#child(entity, body, entity.number, true, "text/plain")) {
      leaveOut(entity, body);
    }
    if (!hasOneReading(entity, body)) this.#later.push(() => this.#otherReadings(entity, body));
  }

  /** Answers how many parts follow the closing delimiter. */
  #multipart(entity: GrowingEntity, body: Range, delimiters: readonly Delimiter[], isRegular: boolean): number {
    if (delimiters.length >= this.#maxDelimiters) this.#limit("limit-parts", entity, "too many delimiters");
    const { parts, late, gaps } = splitMultipart(this.#bytes, body, delimiters);
    const defaultType = entity.type === "multipart/digest" ? "message/rfc822" : "text/plain";
    for (const [index, part] of parts.entries()) {
      const number = isRegular && entity.isRegular ? childNumber(entity.number, index + 1) : entity.number;
      if (!this.#child(entity, part, number, isRegular, defaultType)) {
        if (isRegular) {
          entity.gaps.push(...gaps.filter((gap) => gap.end <= part.start));
          leaveOut(entity, { start: part.start, end: body.end });
        }
        return late.length;
      }
    }
    this.#later.push(() => {
      const left = late.find((part) => !this.#child(entity, part, entity.number, false, defaultType));
      if (left !== undefined && isRegular) leaveOut(entity, { start: left.start, end: body.end });
    });
    if (isRegular) entity.gaps.push(...gaps);
    return late.length;
  }

  /** False when a limit leaves it out. */
  #child(parent: GrowingEntity, range: Range, number: string, isRegular: boolean, defaultType: string): boolean {
    const child = { parent, number, isRegular: isRegular && parent.isRegular, defaultType };
    if (!child.isRegular && this.#isSeen(range)) return true;
    if (child.isRegular) {
      if (this.#allowance.isOver) return this.#refuse("limit-time", parent, "too long to take apart");
      if (this.#allowance.parts <= 0) return this.#refuse("limit-parts", parent, "too many parts");
    } else if (!this.#takeIrregular(parent)) return false;
    parent.children.push(this.#entity(range, child));
    return true;
  }

  #isSeen(range: Range): boolean {
    for (const { start, end } of this.#ranges) this.#seen.add(`${start}:${end}`);
    this.#ranges.length = 0;
    return this.#seen.has(`${range.start}:${range.end}`);
  }

  /** False when the limits allow no further reading. */
  #takeIrregular(parent: GrowingEntity): boolean {
    const { isOver, parts, irregular, headerBytes } = this.#allowance;
    if (isOver) return this.#refuse("limit-time", parent, "too long to take apart");
    if (parts <= 0) return this.#refuse("limit-parts", parent, "too many parts");
    if (irregular <= 0 || headerBytes <= 0) return this.#refuse("limit-views", parent, "too many readings");
    this.#allowance.irregular -= 1;
    return true;
  }

  /** Parts under every other boundary and under delimiters that only some readers take for such, and messages under
   *  other types. */
  #otherReadings(entity: GrowingEntity, body: Body): void {
    const known: (readonly Delimiter[])[] = [];
    for (const boundary of this.#otherBoundaries(entity, body)) {
      const isFound = boundary === body.found?.boundary;
      const delimiters = isFound ? body.found.delimiters : this.#delimiters(body, boundary);
      if (delimiters.length === 0 || known.some((other) => areEqual(other, delimiters))) continue;
      if (known.length >= mimeLimits.readings) {
        this.#limit("limit-views", entity, "too many boundaries");
        break;
      }
      known.push(delimiters);
      for (const reading of delimiterReadings(delimiters)) {
        if (!isFound || reading.length !== body.found.exact.length) this.#multipart(entity, body, reading, false);
      }
    }
    const isMultipartToSome = body.boundaries.usual.length > 0 && known.length > 0;
    if (isMultipartToSome && !entity.type.startsWith("multipart/")) this.#note("type", entity);
    if (body.boundaries.isCut) this.#limit("limit-views", entity, "too many boundaries");
    this.#beyondTheEnd(entity, body);
    if (entity.kind !== "message" && mayBeMessage(entity)) {
      this.#child(entity, body, entity.number, false, "text/plain");
    }
  }

  /** All that the header may name and, where none of it fits, what a reader can guess. */
  #otherBoundaries(entity: Entity, body: Body): readonly string[] {
    const types = [entity.type, ...entity.otherTypes];
    if (entity.kind === "multipart" || !types.some((type) => type.startsWith("multipart"))) return body.boundaries.all;
    const guesses = this.#lines().texts(body, GUESSES);
    const closed = guesses.filter((text) => text.endsWith("--")).map((text) => text.slice(0, -2));
    return [...new Set([...body.boundaries.all, ...guesses, ...closed])];
  }

  /** For readers to whom the delimiters of an outer multipart do not end an inner one. */
  #beyondTheEnd(entity: GrowingEntity, body: Body): void {
    if (entity.kind !== "multipart" || !entity.isRegular || body.found === undefined) return;
    let message: Entity = entity;
    while (message.parent !== undefined && message.parent.kind !== "message") message = message.parent;
    if (message === entity) return;
    const beyond = this.#delimiters({ start: entity.end, end: message.end }, body.found.boundary);
    // Where another multipart has the same boundary, they are its own.
    const further = beyond.filter(({ start, looseness }) => looseness === 0 && !this.#isExact(start));
    if (further.length === 0) return;
    this.#multipart(entity, { start: body.start, end: message.end }, [...body.found.exact, ...further], false);
    this.#note("boundary", entity);
  }

  /** Most messages have no boundary, and need none of it. */
  #lines(): DelimiterLines {
    this.#delimiterLines ??= new DelimiterLines(this.#bytes, this.#allowance);
    return this.#delimiterLines;
  }

  #hasManyLines(): boolean {
    const isPossible = this.#bytes.length > mimeLimits.delimiterLines * MIN_DELIMITER_BYTES;
    return (isPossible ? this.#lines() : this.#delimiterLines)?.isCut === true;
  }

  #delimiters(body: Range, boundary: string): readonly Delimiter[] {
    const found = this.#lines().find(body, Buffer.from(boundary, "latin1"), this.#maxDelimiters);
    // Every line begins with an empty boundary.
    return boundary === "" ? found.filter(({ looseness }) => looseness === 0) : found;
  }

  #noteBoundary(entity: GrowingEntity, { start, end, fields, boundaries, found }: Body): void {
    if (!entity.isRegular || !entity.type.startsWith("multipart/")) return;
    const [text = ""] = fields.typeTexts;
    const { usual } = fields.typeTexts.length === 1 ? boundaries : boundaryReadings([text]);
    const isShared = usual.some((boundary) => hasAncestor(entity, boundary));
    if (isShared || (start < end && hasAmbiguousBoundary(text, usual))) this.#note("boundary", entity);
    const starts =
      found?.delimiters.filter(({ looseness }) => looseness !== 0).map((delimiter) => delimiter.start) ?? [];
    if (starts.length > 0) this.#doubtful.push({ entity, starts });
  }

  /** A line that begins as one delimiter and is another one is neither's fault. */
  #noteDelimiters(): void {
    for (const { entity, starts } of this.#doubtful) {
      if (starts.some((start) => !this.#isExact(start))) this.#note("delimiter", entity);
    }
  }

  /** Whether every reader takes the line at `start` for a delimiter; known when the regular tree is complete. */
  #isExact(start: number): boolean {
    this.#exactStarts ??= new Set(this.#exact.flatMap((delimiters) => delimiters.map((delimiter) => delimiter.start)));
    return this.#exactStarts.has(start);
  }

  #note(code: AmbiguityCode, entity: Entity): void {
    if (!entity.isRegular || this.#ambiguities.length >= mimeLimits.ambiguities) return;
    const isKnown = this.#ambiguities.some((known) => known.entity === entity && known.code === code);
    if (!isKnown) this.#ambiguities.push({ code, entity });
  }

  /** What is used up stays so: naming it once is enough. */
  #refuse(code: EntityLimit, entity: Entity, detail: string): false {
    if (!this.#refused.has(code)) this.#limit(code, entity, detail);
    this.#refused.add(code);
    return false;
  }

  #limit(code: EntityLimit, entity: Entity, detail: string): void {
    // One of a kind is enough for readings that hardly anybody has: there are many of them, all alike.
    if (!entity.isRegular && this.#limits.some((limit) => limit.code === code && !limit.entity.isRegular)) return;
    this.#limits.push({ code, entity, detail });
  }
}

/** Whether no reader finds parts in the entity. */
function hasOneReading({ kind, type, otherTypes }: Entity, { boundaries }: Body): boolean {
  const hasBoundary = boundaries.all.length > 0 || boundaries.isCut;
  return (
    kind === "leaf" &&
    !hasBoundary &&
    otherTypes.length === 0 &&
    type !== "message/partial" &&
    !type.startsWith("multipart")
  );
}

/** What of an entity is not taken apart is looked at as text; of one in an unusual reading, that is done anyway. */
function leaveOut({ isRegular, gaps }: GrowingEntity, { start, end }: Range): void {
  if (isRegular) gaps.push({ start, end });
}

function mayBeMessage(entity: Entity): boolean {
  if (entity.otherTypes.some(isMessageType)) return true;
  return entity.type === "message/partial" && entity.parameter("number") === "1";
}

/** Whether a multipart around `entity` has the boundary too. */
function hasAncestor(entity: Entity, boundary: string): boolean {
  for (let outer = entity.parent; outer !== undefined && outer.kind !== "message"; outer = outer.parent) {
    if (outer.kind === "multipart" && outer.parameter("boundary") === boundary) return true;
  }
  return false;
}

function areEqual(left: readonly Delimiter[], right: readonly Delimiter[]): boolean {
  if (left.length !== right.length) return false;
  return left.every(({ start, end, looseness }, index) => {
    const other = right[index];
    return other?.start === start && other.end === end && other.looseness === looseness;
  });
}

function childNumber(number: string, index: number): string {
  return number === "" ? `${index}` : `${number}.${index}`;
}

/** Two hyphens and a line end. */
const MIN_DELIMITER_BYTES = 3;
/** Lines of a body without a boundary that are tried as one. */
const GUESSES = 4;
