/** What a session asks for. Commands are carried out in the order given; `send` and `send-range` to one side arrive in
 *  that order however long a range takes to read. */
import type { MailProtocol, Side, Target } from "../core/model.ts";
import type { SectionName } from "../mime/sections/section-name.ts";
import type { SpoolId } from "./event.ts";

/** Facts are what the rest of the program sees of a session. Texts come from the wire and are not yet sanitized. */
export type Fact =
  /** The account name as the client gave it, without any `/server`. */
  | { readonly type: "account"; readonly name: string }
  /** Where the dialogue stands, in a word or two for people: "login", "idle", "authenticated". */
  | { readonly type: "state"; readonly state: string }
  /** From here on bytes are relayed unscanned because `rule` excludes the upstream. */
  | { readonly type: "passthrough"; readonly rule: string }
  /** Content that no verdict covers was not forwarded, or a peer broke the protocol. `code` is kebab-case. */
  | { readonly type: "protocol-error"; readonly side: Side; readonly code: string; readonly detail: string }
  /** Something was refused to the client in the protocol's own words. */
  | { readonly type: "refused"; readonly code: string; readonly detail: string };

/** What takes counting lines or parsing to cut out of the delivered message. `top` is the header, the blank line and the
 *  first `lines` lines of the body (RFC 1939 §7 TOP). `items` are an IMAP FETCH's. */
export type SectionRequest =
  | { readonly type: "top"; readonly lines: number }
  | { readonly type: "items"; readonly items: readonly ItemRequest[] };

/** A section, a part with its transfer encoding undone, text for a list of messages. */
export type ItemRequest =
  | { readonly type: "section"; readonly section: SectionName }
  | { readonly type: "binary"; readonly path: readonly number[] }
  | { readonly type: "preview" };

export type SessionCommand =
  /** `bytes` may alias the event's bytes; the driver copies what it can not write at once. */
  | { readonly type: "send"; readonly to: Side; readonly bytes: Uint8Array }
  /** Octets [start, end) of a judged message; `dot` stuffs them for POP3 and ends with CRLF "." CRLF. */
  | {
      readonly type: "send-range";
      readonly to: Side;
      readonly id: SpoolId;
      readonly start: number;
      readonly end: number;
      readonly stuffing?: "dot";
    }
  /** Octets [start, end) of what was decoded of a judged message; see BuiltItem. */
  | {
      readonly type: "send-decoded";
      readonly to: Side;
      readonly id: SpoolId;
      readonly decoded: number;
      readonly start: number;
      readonly end: number;
    }
  | { readonly type: "build-section"; readonly id: SpoolId; readonly request: number; readonly section: SectionRequest }
  | { readonly type: "connect"; readonly target: Target }
  /** TLS on a side that spoke plainly so far. Octets received but not yet handled are discarded or end the connection. */
  | { readonly type: "start-tls"; readonly side: Side; readonly buffered: "discard" | "close" }
  /** DEFLATE both ways on a side (RFC 4978): what is sent from here on, and what was received of which `received` has been
   *  given to the session already. The octets of the next events are decompressed. */
  | { readonly type: "compress"; readonly side: Side; readonly received: Uint8Array }
  /** `label` names the message for the log ("RETR 3", "UID 812"); `expectedBytes` is a hint, never trusted. An "upload" comes
   *  from the client: it is judged to be stored as it is, or not at all. An observed one has been delivered already: its
   *  verdict is told to people, not to the session, which releases it as soon as it is whole. */
  | {
      readonly type: "spool-begin";
      readonly id: SpoolId;
      readonly label: string;
      readonly expectedBytes?: number;
      readonly direction?: "upload";
      readonly isObserved?: boolean;
    }
  | { readonly type: "spool-bytes"; readonly id: SpoolId; readonly bytes: Uint8Array }
  /** The message is whole: judge it. */
  | { readonly type: "spool-end"; readonly id: SpoolId }
  /** Not needed any more; ranges already asked for are still sent. Also ends a message that never became whole. */
  | { readonly type: "release"; readonly id: SpoolId }
  /** Stop and go on reading from a side. */
  | { readonly type: "pause" | "resume"; readonly side: Side }
  /** `half` sends FIN after what is queued, `full` closes after what is queued, `abort` resets at once. */
  | { readonly type: "close"; readonly side: Side; readonly how: "half" | "full" | "abort" }
  | { readonly type: "set-timer"; readonly name: string; readonly ms: number }
  | { readonly type: "clear-timer"; readonly name: string }
  | { readonly type: "report"; readonly fact: Fact };

/** How a listener's sessions find their upstream: named in the login, or fixed. */
export type SessionMode = { readonly type: "explicit" } | { readonly type: "fixed"; readonly target: Target };

/** A protocol dialogue without sockets, timers or clocks. `handle` is synchronous and never throws on peer input. */
export interface Session {
  readonly protocol: MailProtocol;
  handle(event: import("./event.ts").SessionEvent): readonly SessionCommand[];
}
