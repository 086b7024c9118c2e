/** The contract between whoever holds a message and the scan service: a message in, a small validated value out. */

import type { Edit, FindingClass, MessageDisplay, Remark, Verdict } from "../core/model.ts";
import type { Fragment } from "./message-fragment.ts";
import type { KnownFindings } from "./remote/known-findings.ts";

/** The caps of one scan; units as in `scanLimits`. */
export interface ScanOptions {
  readonly messageBytes: number;
  readonly archiveBytes: number;
  readonly messageArchiveBytes: number;
  readonly depth: number;
  readonly entries: number;
  readonly parts: number;
  readonly ratio: number;
  readonly timeMs: number;
}

/** What a scan found. `headerBytes` is the length of the header with the blank line that ends it (all of the message
 *  when there is none). */
export interface Judgement {
  readonly verdict: Verdict;
  readonly remarks: readonly Remark[];
  readonly display: MessageDisplay;
  readonly headerBytes: number;
  readonly durationMs: number;
  /** The message was not scanned for this: it was before, with the same data and settings. */
  readonly isCached?: boolean;
  /** The message is a piece of another one. */
  readonly fragment?: Fragment;
}

/** What a notice tells the reader besides the detections. */
export interface NoticeContext {
  readonly protocol: string;
  readonly upstream: string;
  readonly account: string;
  readonly date: string;
}

/** What to take out of a message: the parts with findings of the classes in `remove`, all of them when it is not
 *  given. */
export interface RewriteRequest {
  readonly context: NoticeContext;
  readonly remove?: readonly FindingClass[];
  /** What the judgement of the message says that a scan thread alone can not know; nothing when it is not given. */
  readonly known?: KnownFindings;
}

/** How much of a message a rewrite takes out: parts of it, its body, all of it. */
export type RewriteLevel = "parts" | "body" | "message";

/** The edits that take out what was found. `headerBytes` is that of the edited message. `isWhole` is true when nothing
 *  of the original body is left. */
export interface Rewrite {
  readonly edits: readonly Edit[];
  readonly headerBytes: number;
  readonly isWhole: boolean;
}

/** A message that can be read more than once, in order, in chunks of any size. A chunk holds until the next one is asked
 *  for. */
export interface MessageSource {
  readonly bytes: number;
  /** True when the octets can not be others the next time. */
  readonly isStable?: boolean;
  /** All octets at once, in memory that nothing else uses, where that takes no waiting. Fails as `chunks` does. */
  whole?(): Uint8Array;
  chunks(): AsyncIterable<Uint8Array>;
}

/** The scan service as the proxy and `mailward scan` see it. Neither call rejects because of message content: what
 *  breaks the scanner is a verdict (`incomplete`). They reject with a UserError or an AbortError when the service is
 *  closed or can not be started. */
export interface ScanService {
  judge(source: MessageSource, signal?: AbortSignal): Promise<Judgement>;
  rewrite(source: MessageSource, request: RewriteRequest, signal?: AbortSignal): Promise<Rewrite>;
  close(): Promise<void>;
}
