/** An entity of a message (RFC 2045 §2.4): where its octets are and what its header says. */
import type { Ambiguity } from "./ambiguity.ts";
import type { Range } from "./delimiter-lines.ts";
import type { Header } from "./header.ts";
import type { TransferEncoding } from "./transfer-encoding.ts";

export interface Entity {
  /** As IMAP counts (RFC 3501 §6.4.5): "" for a multipart message, "1" for the body of any other, "2.1" … IMAP does
   *  not count an irregular entity: it has its parent's number. */
  readonly number: string;
  readonly parent: Entity | undefined;
  /** Containing entities up to the message. */
  readonly depth: number;
  /** False when only another reading of an ambiguous header or delimiter shows it. */
  readonly isRegular: boolean;
  /** Its body is that of its parent from an earlier line on, and another reading has it from a line before that. */
  readonly isRest: boolean;
  readonly header: Header;
  /** The body is [header.end, end). */
  readonly end: number;
  /** `type/subtype` in lower case; the default where the header names none. */
  readonly type: string;
  /** What other readings of the header give for the type. */
  readonly otherTypes: readonly string[];
  /** All values of Content-Type, one character per octet. */
  readonly typeTexts: readonly string[];
  readonly kind: "leaf" | "multipart" | "message";
  readonly encodings: readonly TransferEncoding[];
  /** Decoded for people, never used as a path; empty when the header names none. */
  readonly fileName: string;
  /** Values of the first Content-Type's parameters that say how to treat the content; lower-case names. */
  readonly parameter: (name: string) => string;
  readonly children: readonly Entity[];
  /** Parts of the body that no child holds, in any reading: preamble, epilogue, and what limits left out. */
  readonly gaps: readonly Range[];
}

/** Why an entity is not taken apart in full. */
export type EntityLimit = "limit-parts" | "limit-depth" | "limit-views" | "limit-time";

export interface MessageTree {
  readonly root: Entity;
  /** Every entity in every reading; containing ones before what they contain. */
  readonly entities: readonly Entity[];
  readonly limits: readonly { readonly code: EntityLimit; readonly entity: Entity; readonly detail: string }[];
  /** What readers disagree on, each code once for a regular entity and the readings of it. */
  readonly ambiguities: readonly Ambiguity[];
}

/** The entity itself or, of an irregular one, the innermost regular entity that holds all its octets. */
export function regularEntity(entity: Entity): Entity {
  let regular = entity;
  while (!regular.isRegular && regular.parent !== undefined) regular = regular.parent;
  if (regular === entity) return entity;
  while (true) {
    const inner = regular.children.find((child) => child.isRegular && holds(child, entity));
    if (inner === undefined) return regular;
    regular = inner;
  }
}

function holds(outer: Entity, inner: Entity): boolean {
  return outer.header.start <= inner.header.start && inner.end <= outer.end;
}

/** Whether it starts a message: it has header fields that are not its own as a part. */
export function isMessageRoot(entity: Entity): boolean {
  return entity.parent === undefined || entity.parent.kind === "message";
}

/** Types whose body is a message (RFC 2046 §5.2.1, RFC 6532 §3.7). */
export function isMessageType(type: string): boolean {
  return type === "message/rfc822" || type === "message/global" || type === "message/news";
}
