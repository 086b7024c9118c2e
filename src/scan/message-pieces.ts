/** The pieces of a message that engines look at: every octet of it as it stands, and every part decoded. */
import type { ReasonCode } from "../core/model.ts";
import type { AmbiguityCode } from "../mime/ambiguity.ts";
import type { Entity, MessageTree } from "../mime/entity.ts";
import type { Budget } from "./budget.ts";
import { decodeBody, structuredReadings } from "./decoded-body.ts";
import type { Origin } from "./engine.ts";
import { headerWords } from "./header-words.ts";
import { wholeReadings } from "./whole-readings.ts";

export interface PieceVisitor {
  /** `name` is that of the entity, or one that an encoding gives. */
  piece(entity: Entity, bytes: Buffer, origin: Origin, name: string): void;
  reason(entity: Entity, code: ReasonCode, detail: string): void;
  ambiguity(entity: Entity, code: AmbiguityCode): void;
}

/** Visits the entities that every reader sees first, then the message as readers see it who change its octets, then all
 *  other readings: what limits leave out are the least likely ones. */
export function visitPieces(bytes: Buffer, tree: MessageTree, budget: Budget, visitor: PieceVisitor): void {
  for (const { code, entity, detail } of tree.limits) visitor.reason(entity, code, detail);
  for (const { code, entity } of tree.ambiguities) visitor.ambiguity(entity, code);
  for (const entity of tree.entities) {
    if (entity.isRegular) visitEntity(bytes, entity, visitor);
  }
  for (const reading of wholeReadings(bytes, tree)) {
    if (budget.takeView(reading.length)) visitor.piece(tree.root, reading, "decoded", "");
    else visitor.reason(tree.root, "limit-views", "too many readings");
  }
  for (const entity of tree.entities) {
    if (entity.isRegular) continue;
    if (budget.takeView((entity.end - entity.header.start) * BYTES_PER_VIEW)) {
      visitEntity(bytes, entity, { ...visitor, ambiguity: () => {} });
    } else visitor.reason(entity, "limit-views", "too many readings");
  }
}

function visitEntity(bytes: Buffer, entity: Entity, visitor: PieceVisitor): void {
  const { header, end, kind, fileName } = entity;
  const body = bytes.subarray(header.end, end);
  const headerBytes = bytes.subarray(header.start, header.end);
  visitor.piece(entity, headerBytes, "header", fileName);
  const words = headerWords(headerBytes);
  if (words !== undefined) visitor.piece(entity, words, "header", fileName);
  for (const gap of entity.gaps) visitor.piece(entity, bytes.subarray(gap.start, gap.end), "text", fileName);
  for (const { code, detail } of opaqueTypes(entity)) visitor.reason(entity, code, detail);
  const { origin, readings, ambiguities, isCut } = decodeBody(entity, body);
  if (isCut) visitor.reason(entity, "limit-views", "more pieces in one part than are looked at");
  // What is in text is looked for in the longest reading of it.
  if (kind === "leaf") visitor.piece(entity, body, entity.isRest ? "encoded" : origin, fileName);
  else if (kind === "message") visitor.piece(entity, body, "message", fileName);
  for (const reading of readings) visitor.piece(entity, reading.bytes, "decoded", reading.name);
  if (kind !== "leaf") return;
  for (const code of ambiguities) visitor.ambiguity(entity, code);
  const structured = structuredReadings(entity, readings);
  if (structured.length > 0) visitor.ambiguity(entity, "encoded-structure");
  for (const reading of structured) visitor.piece(entity, reading.bytes, "decoded", reading.name);
}

/** Types, in any reading, that say of themselves that their content is not here or not readable. */
function opaqueTypes(entity: Entity): readonly { code: ReasonCode; detail: string }[] {
  if (entity.otherTypes.length === 0) return opaqueType(entity, entity.type);
  return [...new Set([entity.type, ...entity.otherTypes])].flatMap((type) => opaqueType(entity, type));
}

function opaqueType(entity: Entity, type: string): readonly { code: ReasonCode; detail: string }[] {
  switch (type) {
    case "multipart/encrypted":
      return [{ code: "encrypted", detail: type }];
    case "application/pkcs7-mime":
    case "application/x-pkcs7-mime":
      return envelopedReason(entity.parameter("smime-type"));
    case "message/partial":
      return isWholeMessage(entity) ? NOTHING : [{ code: "partial", detail: type }];
    case "message/external-body":
      return [{ code: "external-body", detail: type }];
    default:
      return NOTHING;
  }
}

/** In the same words as where the content itself shows it, so that it is told once. */
function envelopedReason(smimeType: string): readonly { code: ReasonCode; detail: string }[] {
  if (/^envel/i.test(smimeType)) return [{ code: "encrypted", detail: "S/MIME enveloped data" }];
  if (/^auth-?envel/i.test(smimeType)) return [{ code: "encrypted", detail: "S/MIME authenticated enveloped data" }];
  return NOTHING;
}

/** The only fragment holds everything (RFC 2046 §5.2.2). */
function isWholeMessage(entity: Entity): boolean {
  return ["number", "total"].every((name) => /^\s*0*1\s*$/.test(entity.parameter(name)));
}

/** What an entity is looked at as: itself and, as a rule, one decoding. */
const BYTES_PER_VIEW = 2;
const NOTHING: readonly { code: ReasonCode; detail: string }[] = [];
