/** A FETCH of slices as a FETCH of the whole message, or of nothing but the rest. */
import { fromLatin1 } from "../../core/bytes.ts";
import { type ContentItem, contentItems, type FetchItem, type FetchRequest } from "./fetch-request.ts";
import type { Copy } from "./judged-copies.ts";
import type { SequenceSet } from "./sequence-set.ts";

/** What the client gets while a FETCH of slices is under way. */
export interface Translation {
  readonly items: readonly ContentItem[];
  /** Where the items are: in the `BODY[]` that was asked for instead; or in a copy that is there already, for the end of
   *  the response that has its UID; or nowhere, for the end of every response about `sequenceSet`. */
  source: { readonly type: "whole" } | { readonly type: "copy"; copy: Copy | undefined } | { readonly type: "none" };
  readonly isUid: boolean;
  readonly sequenceSet: string;
  /** The same. */
  readonly numbers: SequenceSet;
}

/** The command for the upstream: everything that is its to answer as the client wrote it, and the whole message once.
 *  The whole message sets \Seen exactly when what the client asked for does. */
export function buildWholeRequest(tag: string, isUid: boolean, request: FetchRequest): Buffer {
  const whole = setsSeen(request) ? "BODY[]" : "BODY.PEEK[]";
  return buildRequest(tag, isUid, request, [...plainItems(request), whole]);
}

/** The command for the upstream when the content is there already. A header field that nobody has stands for what sets
 *  \Seen, and for nothing at all. */
export function buildRestRequest(tag: string, isUid: boolean, request: FetchRequest): Buffer {
  const plain = plainItems(request);
  const touch = setsSeen(request) ? [TOUCHED] : plain.length === 0 ? [TOUCHED.replace("BODY", "BODY.PEEK")] : [];
  return buildRequest(tag, isUid, request, [...plain, ...touch]);
}

/** The command without its lazy previews: everything else is the upstream's to answer. */
export function buildWithoutPreviews(tag: string, isUid: boolean, request: FetchRequest): Buffer {
  const texts = request.items.flatMap((item) => (isPreview(item) ? [] : [item.text]));
  return buildRequest(tag, isUid, request, texts.length === 0 ? ["UID"] : texts);
}

/** The command with UIDs in its answer, where it asks for what is not the upstream's to say of a replaced message: else
 *  nobody would know which one it is. Undefined when it needs none. */
export function buildUidRequest(tag: string, isUid: boolean, request: FetchRequest): Buffer | undefined {
  const texts = request.items.flatMap(({ text }) => MACROS.get(text.toUpperCase()) ?? [text]);
  if (isUid || texts.some(isUidItem) || !texts.some((text) => TOLD.test(text))) return undefined;
  return buildRequest(tag, isUid, request, ["UID", ...texts]);
}

/** What the response has of the message besides content, when nothing else is left for the upstream to answer or to
 *  change; undefined when something is. */
export function localItems(isUid: boolean, request: FetchRequest, { uid }: Copy): string | undefined {
  const plain = plainItems(request);
  if (request.modifiers !== "" || setsSeen(request) || !plain.every(isUidItem)) return undefined;
  if (!isUid && plain.length === 0) return "";
  return uid === undefined ? undefined : `UID ${uid} `;
}

/** True when the client reads one message piece by piece. */
export function isOneOfMany({ items, sequenceSet }: Translation): boolean {
  return /^[0-9]+$/.test(sequenceSet) && items.some(({ what, partial }) => partial !== undefined || isPart(what));
}

/** True for the item of a response that `buildRestRequest` has asked for. */
export function isTouched(name: string): boolean {
  return name.toUpperCase() === TOUCHED;
}

export function isPreview(item: FetchItem): boolean {
  return item.type === "content" && item.what.type === "preview";
}

function isPart(what: ContentItem["what"]): boolean {
  return what.type === "binary" || (what.type === "section" && what.section.path.length > 0);
}

function setsSeen(request: FetchRequest): boolean {
  return contentItems(request).some((item) => item.setsSeen);
}

function plainItems(request: FetchRequest): string[] {
  return request.items.flatMap((item) => (item.type === "content" ? [] : [item.text]));
}

function isUidItem(text: string): boolean {
  return text.toUpperCase() === "UID";
}

function buildRequest(tag: string, isUid: boolean, request: FetchRequest, items: readonly string[]): Buffer {
  const name = isUid ? "UID FETCH" : "FETCH";
  return fromLatin1(`${tag} ${name} ${request.sequenceSet} (${items.join(" ")})${request.modifiers}\r\n`);
}

/** RFC 9051 §6.4.5. */
const MACROS: ReadonlyMap<string, readonly string[]> = new Map([
  ["ALL", ["FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"]],
  ["FAST", ["FLAGS", "INTERNALDATE", "RFC822.SIZE"]],
  ["FULL", ["FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY"]],
]);
const TOLD = /^(?:RFC822\.SIZE|ENVELOPE|BODY|BODYSTRUCTURE|BINARY\.SIZE\[.*)$/i;
const TOUCHED = "BODY[HEADER.FIELDS (X-MAILWARD-SEEN)]";
