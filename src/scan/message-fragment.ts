/** A message that is one of several pieces of another (message/partial, RFC 2046 §5.2.2). */
import { fragmentLimits } from "../core/scan-limits.ts";
import type { Entity } from "../mime/entity.ts";

/** What the pieces are put together by. Comes from the wire. */
export interface Fragment {
  readonly id: string;
  /** From 1. */
  readonly number: number;
  /** How many there are; the last piece has to say it, the others may. */
  readonly total?: number;
}

/** Undefined for a message that is none, or of which the piece can not be told: `root` is the message. A piece that is
 *  encoded, which RFC 2046 §5.2.2 forbids, is put together by some readers as it stands and by others decoded: it is
 *  none here, and stays a message that could not be looked at in full. */
export function fragmentOf(root: Entity): Fragment | undefined {
  if (root.type !== "message/partial" || root.encodings.length > 0) return undefined;
  return fragmentFrom(root.parameter("id"), count(root.parameter("number")), optionalCount(root.parameter("total")));
}

/** A fragment of checked values; undefined when one of them is out of bounds. */
export function fragmentFrom(id: unknown, number: unknown, total: unknown): Fragment | undefined {
  if (typeof id !== "string" || id === "" || id.length > fragmentLimits.idCharacters) return undefined;
  if (!isCount(number) || (total !== undefined && !isCount(total))) return undefined;
  if (total !== undefined && number > total) return undefined;
  return total === undefined ? { id, number } : { id, number, total };
}

function optionalCount(text: string): number | undefined {
  return text === "" ? undefined : count(text);
}

function count(text: string): number {
  return /^\s*\d{1,9}\s*$/.test(text) ? Number(text) : Number.NaN;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= fragmentLimits.fragments;
}
