/** A FETCH of slices as a FETCH of the whole message. */
import { fromLatin1 } from "../../core/bytes.ts";
import type { ContentItem, FetchRequest } from "./fetch-request.ts";
import type { Copy, JudgedCopy } from "./judged-copy.ts";

/** What the client gets while a FETCH of slices is under way: `items` in the place of the `BODY[]` that was asked for
 *  instead; or, out of a copy that is there already, at the end of the response that has its UID. */
export interface Translation {
  readonly items: readonly ContentItem[];
  copy: Copy | undefined;
}

/** The copy that can answer the request. Not where the upstream has to set \Seen. */
export function usableCopy(isUid: boolean, request: FetchRequest, copy: JudgedCopy): Copy | undefined {
  const isPeek = contentItems(request).every((item) => !item.setsSeen);
  return isUid && isPeek ? copy.use(request.sequenceSet) : undefined;
}

/** What the client wants cut out of the whole message, in its order. */
export function contentItems(request: FetchRequest): ContentItem[] {
  return request.items.filter((item) => item.type === "content");
}

/** The command for the upstream: everything that is its to answer as the client wrote it, and the whole message once.
 *  The whole message sets \Seen exactly when what the client asked for does. */
export function buildWholeRequest(tag: string, isUid: boolean, request: FetchRequest): Buffer {
  const whole = contentItems(request).some((item) => item.setsSeen) ? "BODY[]" : "BODY.PEEK[]";
  return buildRequest(tag, isUid, request, [...otherItems(request), whole]);
}

/** The command for the upstream when the content is there already. */
export function buildRestRequest(tag: string, request: FetchRequest): Buffer {
  const others = otherItems(request);
  return buildRequest(tag, true, request, others.length === 0 ? ["UID"] : others);
}

function otherItems(request: FetchRequest): string[] {
  return request.items.flatMap((item) => (item.type === "content" ? [] : [item.text]));
}

function buildRequest(tag: string, isUid: boolean, request: FetchRequest, items: readonly string[]): Buffer {
  const name = isUid ? "UID FETCH" : "FETCH";
  return fromLatin1(`${tag} ${name} ${request.sequenceSet} (${items.join(" ")})${request.modifiers}\r\n`);
}
