/** Takes a message apart: the tree that IMAP servers see, and beside it the parts that other readings show. */
import { mimeLimits } from "../core/limits.ts";
import { boundaryReadings } from "./boundary-readings.ts";
import { type ContentFields, readContentFields } from "./content-fields.ts";
import { type Delimiter, DelimiterLines, type DelimiterMatch, type Range } from "./delimiter-lines.ts";
import type { Entity, EntityLimit, MessageTree } from "./entity.ts";
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
  readonly defaultType: string;
}

class Walk {
  readonly #bytes: Buffer;
  readonly #allowance: WalkAllowance;
  readonly #maxDelimiters: number;
  readonly #lines: DelimiterLines;
  readonly #entities: GrowingEntity[] = [];
  readonly #limits: { code: EntityLimit; entity: Entity; detail: string }[] = [];
  readonly #refused = new Set<EntityLimit>();
  /** `start:end` of the entities made, so that no reading takes the same octets apart again. */
  readonly #seen = new Set<string>();

  constructor(bytes: Buffer, allowance: WalkAllowance) {
    this.#bytes = bytes;
    this.#allowance = allowance;
    // Beyond it the rest stays in the last part, which is then too long but not lost.
    this.#maxDelimiters = Math.min(Math.max(0, allowance.parts) * 2 + 2, mimeLimits.delimiterLines);
    this.#lines = new DelimiterLines(bytes, allowance);
  }

  run(): MessageTree {
    const whole = { start: 0, end: this.#bytes.length };
    const root = this.#entity(whole, { parent: undefined, number: "", isRegular: true, defaultType: "text/plain" });
    if (this.#lines.isCut) this.#limit("limit-parts", root, "too many delimiter lines");
    if (this.#allowance.comparisons <= 0) this.#limit("limit-views", root, "too many delimiters to compare");
    return { root, entities: this.#entities, limits: this.#limits };
  }

  #entity(range: Range, position: Position): GrowingEntity {
    this.#seen.add(`${range.start}:${range.end}`);
    const header = parseHeader(this.#bytes, range.start, range.end);
    const fields = readContentFields(this.#bytes, header);
    const entity = this.#add(header, range.end, fields, position);
    for (const { start } of header.earlyBodies) this.#earlyBody(entity, start, position.defaultType);
    return entity;
  }

  /** The body as readers see it that end the header at `start`. It is a reading of the entity, with its fields. */
  #earlyBody(entity: GrowingEntity, start: number, defaultType: string): void {
    if (!this.#takeIrregular(entity)) {
      entity.gaps.push({ start, end: entity.header.end });
      return;
    }
    const before = entity.header.fields.filter((field) => field.start < start);
    const header = { ...entity.header, start, blankStart: start, end: start, fields: before, earlyBodies: [] };
    const fields = { ...readContentFields(this.#bytes, header), encodings: entity.encodings };
    const position = { parent: entity, number: entity.number, isRegular: false, defaultType };
    entity.children.push(this.#add({ ...header, fields: [] }, entity.end, fields, position));
  }

  #add(header: Header, end: number, fields: ContentFields, position: Position): GrowingEntity {
    const type = fields.type === "" ? position.defaultType : fields.type;
    const body = { start: header.end, end };
    const multipart = this.#regularDelimiters(type, fields, body);
    const isMessage = multipart === undefined && isMessageType(type) && fields.encodings.length === 0;
    const isRoot = position.parent === undefined || position.parent.kind === "message";
    const entity: GrowingEntity = {
      number: multipart === undefined && isRoot && position.isRegular ? firstPart(position.number) : position.number,
      parent: position.parent,
      depth: position.parent === undefined ? 0 : position.parent.depth + 1,
      isRegular: position.isRegular,
      header,
      end,
      type,
      kind: multipart === undefined ? (isMessage ? "message" : "leaf") : "multipart",
      encodings: fields.encodings,
      fileName: fields.fileName,
      parameter: (name) => fields.parameters.find((parameter) => parameter.name === name)?.value ?? "",
      children: [],
      gaps: [],
    };
    this.#entities.push(entity);
    this.#allowance.parts -= 1;
    if (fields.isCut) this.#limit("limit-views", entity, "header fields too long or too many");
    this.#descend(entity, body, multipart, fields);
    return entity;
  }

  #descend(entity: GrowingEntity, body: Range, delimiters: Delimiter[] | undefined, fields: ContentFields): void {
    if (body.start >= body.end) return;
    if (entity.depth >= mimeLimits.depth) {
      if (entity.kind === "leaf" && boundaryReadings(fields.typeTexts).length === 0) return;
      if (entity.kind !== "leaf") entity.gaps.push(body);
      this.#limit("limit-depth", entity, "parts inside parts");
      return;
    }
    if (delimiters !== undefined) this.#multipart(entity, body, delimiters, true);
    else if (entity.kind === "message" && !this.#child(entity, body, entity.number, true, "text/plain")) {
      entity.gaps.push(body);
    }
    this.#otherReadings(entity, body, delimiters, fields);
  }

  #multipart(entity: GrowingEntity, body: Range, delimiters: Delimiter[], isRegular: boolean): void {
    if (delimiters.length >= this.#maxDelimiters) this.#limit("limit-parts", entity, "too many delimiters");
    const { parts, late, gaps } = splitMultipart(this.#bytes, body, delimiters);
    const defaultType = entity.type === "multipart/digest" ? "message/rfc822" : "text/plain";
    for (const [index, part] of parts.entries()) {
      const number = isRegular && entity.isRegular ? childNumber(entity.number, index + 1) : entity.number;
      if (!this.#child(entity, part, number, isRegular, defaultType)) {
        entity.gaps.push({ start: part.start, end: body.end });
        return;
      }
    }
    for (const part of late) {
      if (this.#child(entity, part, entity.number, false, defaultType)) continue;
      entity.gaps.push({ start: part.start, end: body.end });
      break;
    }
    if (isRegular) entity.gaps.push(...gaps);
  }

  /** False when the limit of parts leaves it out. */
  #child(parent: GrowingEntity, range: Range, number: string, isRegular: boolean, defaultType: string): boolean {
    const child = { parent, number, isRegular: isRegular && parent.isRegular, defaultType };
    if (!child.isRegular && this.#seen.has(`${range.start}:${range.end}`)) return true;
    if (child.isRegular) {
      if (this.#allowance.parts <= 0) return this.#refuse("limit-parts", parent, "too many parts");
    } else if (!this.#takeIrregular(parent)) return false;
    parent.children.push(this.#entity(range, child));
    return true;
  }

  /** False when the limits allow no further reading. */
  #takeIrregular(parent: GrowingEntity): boolean {
    if (this.#allowance.parts <= 0) return this.#refuse("limit-parts", parent, "too many parts");
    if (this.#allowance.irregular <= 0) return this.#refuse("limit-views", parent, "too many readings");
    this.#allowance.irregular -= 1;
    return true;
  }

  /** The delimiters of the first boundary that has any, when the first Content-Type is a multipart. */
  #regularDelimiters(type: string, fields: ContentFields, body: Range): Delimiter[] | undefined {
    if (!type.startsWith("multipart/")) return undefined;
    for (const reading of boundaryReadings(fields.typeTexts.slice(0, 1)).slice(0, mimeLimits.readings)) {
      const delimiters = this.#delimiters(body, reading, "exact");
      if (delimiters.length > 0) return delimiters;
    }
    return undefined;
  }

  /** Parts under every other boundary and under delimiters that only some readers take for such, and messages under other types. */
  #otherReadings(entity: GrowingEntity, body: Range, regular: Delimiter[] | undefined, fields: ContentFields): void {
    const hasMultipart = [entity.type, ...fields.otherTypes].some((type) => type.startsWith("multipart"));
    const boundaries = boundaryReadings(fields.typeTexts);
    if (hasMultipart && regular === undefined) {
      const guess = this.#lines.firstText(body);
      if (guess !== undefined) boundaries.push(guess);
    }
    const known = [regular ?? []];
    for (const boundary of boundaries.slice(0, mimeLimits.readings)) {
      for (const match of ["exact", "loose"] as const) {
        const delimiters = this.#delimiters(body, boundary, match);
        if (delimiters.length === 0 || known.some((other) => areEqual(other, delimiters))) continue;
        known.push(delimiters);
        this.#multipart(entity, body, delimiters, false);
      }
    }
    if (boundaries.length > mimeLimits.readings) this.#limit("limit-views", entity, "too many boundaries");
    if (entity.kind !== "message" && this.#mayBeMessage(entity, fields)) {
      if (!this.#child(entity, body, entity.number, false, "text/plain")) entity.gaps.push(body);
    }
  }

  #mayBeMessage(entity: Entity, fields: ContentFields): boolean {
    if (fields.otherTypes.some(isMessageType)) return true;
    return entity.type === "message/partial" && entity.parameter("number") === "1";
  }

  #delimiters(body: Range, boundary: string, match: DelimiterMatch): Delimiter[] {
    if (boundary === "" && match === "loose") return [];
    return this.#lines.find(body, Buffer.from(boundary, "latin1"), match, this.#maxDelimiters);
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

/** Types whose body is a message (RFC 2046 §5.2.1, RFC 6532 §3.7). */
function isMessageType(type: string): boolean {
  return type === "message/rfc822" || type === "message/global" || type === "message/news";
}

/** The body of a message that is no multipart is its part 1 (RFC 3501 §6.4.5). */
function firstPart(number: string): string {
  return childNumber(number, 1);
}

function childNumber(number: string, index: number): string {
  return number === "" ? `${index}` : `${number}.${index}`;
}

function areEqual(left: readonly Delimiter[], right: readonly Delimiter[]): boolean {
  if (left.length !== right.length) return false;
  return left.every((delimiter, index) => {
    const other = right[index];
    return other?.start === delimiter.start && other.end === delimiter.end && other.isClosing === delimiter.isClosing;
  });
}
