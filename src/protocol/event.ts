/** What a session is told. Events come one at a time; a session is never entered twice. */
import type { Decision, Failure, Side, TlsInfo, UpstreamPeer, Verdict } from "../core/model.ts";
import type { MessageStructure } from "../mime/sections/message-structure.ts";

export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A held message, numbered by its session; ids are never used again within one session. */
export type SpoolId = number;

/** A judged message as it will be delivered: `bytes` octets of which the first `headerBytes` are the header with the
 *  blank line that ends it. `isOriginal` is true when it is, octet for octet, what the upstream sent. */
export interface Delivered {
  readonly bytes: number;
  readonly headerBytes: number;
  readonly isOriginal: boolean;
  /** What IMAP tells of it, when it is not the original. */
  readonly told?: DeliveredStructure;
}

/** Values of IMAP's items. What is undefined is not known. */
export interface DeliveredStructure extends MessageStructure {
  /** BINARY.SIZE by part number. */
  readonly binarySizes: ReadonlyMap<string, number>;
}

/** An item as it is to be sent. */
export type BuiltItem =
  /** Pieces [start, end) of the delivered message, one behind the other. */
  | { readonly type: "ranges"; readonly ranges: readonly Range[]; readonly hasNul?: boolean }
  /** `bytes` octets that the driver keeps under the number `decoded` until the message is released. */
  | { readonly type: "decoded"; readonly decoded: number; readonly bytes: number; readonly hasNul: boolean }
  /** On one line, of any characters but NUL. */
  | { readonly type: "text"; readonly text: string }
  /** The message has no such part. */
  | { readonly type: "none" }
  /** Nobody can decode it. */
  | { readonly type: "unknown-encoding" }
  | { readonly type: "failed"; readonly detail: string };

export type SessionEvent =
  /** The client is connected; nothing has been read yet. */
  | { readonly type: "start" }
  /** `bytes` is valid only during handle(): a session that keeps any of it copies it. */
  | { readonly type: "bytes"; readonly from: Side; readonly bytes: Uint8Array }
  /** Answer to `connect`: the upstream is up, TLS included where the target asked for implicit TLS. */
  | { readonly type: "connected"; readonly peer: UpstreamPeer }
  | { readonly type: "connect-failed"; readonly failure: Failure }
  /** Answers to `start-tls`. */
  | { readonly type: "tls-established"; readonly side: Side; readonly info: TlsInfo }
  | { readonly type: "tls-failed"; readonly side: Side; readonly failure: Failure }
  | { readonly type: "closed"; readonly from: Side; readonly how: "fin" | "reset" }
  /** Answer to `spool-end`. */
  | {
      readonly type: "judged";
      readonly id: SpoolId;
      readonly verdict: Verdict;
      readonly decision: Decision;
      readonly delivered: Delivered;
    }
  /** The message could not be kept or judged (disk full, service gone): nothing of it may be delivered. */
  | { readonly type: "hold-failed"; readonly id: SpoolId; readonly failure: Failure }
  /** Answer to `build-section`: octets [start, end) of the delivered message. */
  | {
      readonly type: "section";
      readonly id: SpoolId;
      readonly request: number;
      readonly start: number;
      readonly end: number;
    }
  /** Answer to `build-section` for items, one each in their order. */
  | { readonly type: "items"; readonly id: SpoolId; readonly request: number; readonly items: readonly BuiltItem[] }
  /** The upstream has stopped in the middle of a message, or takes longer for one than anybody waits. */
  | { readonly type: "stalled" }
  | { readonly type: "timer"; readonly name: string };
