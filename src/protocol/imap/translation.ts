/** A FETCH of slices as a FETCH of the whole message. */
import { fromLatin1 } from "../../core/bytes.ts";
import type { ContentItem, FetchRequest } from "./fetch-request.ts";

/** What the client wants cut out of the whole message, in its order. */
export function contentItems(request: FetchRequest): ContentItem[] {
  return request.items.filter((item) => item.type === "content");
}

/** The command for the upstream: everything that is its to answer as the client wrote it, and the whole message once.
 *  The whole message sets \Seen exactly when what the client asked for does. */
export function buildWholeRequest(tag: string, isUid: boolean, request: FetchRequest): Buffer {
  const others = request.items.flatMap((item) => (item.type === "content" ? [] : [item.text]));
  const whole = contentItems(request).some((item) => item.setsSeen) ? "BODY[]" : "BODY.PEEK[]";
  const items = [...others, whole].join(" ");
  const name = isUid ? "UID FETCH" : "FETCH";
  return fromLatin1(`${tag} ${name} ${request.sequenceSet} (${items})${request.modifiers}\r\n`);
}
