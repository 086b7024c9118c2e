/** What the program shows of itself: an immutable picture of the running proxy, taken by the registry for any reader
 *  (the live table, later the control socket). Every text in it is already sanitized; account names are masked. */
import type { MailProtocol, VerdictKind } from "./model.ts";

export interface ProxySnapshot {
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** "running"; "stopping" once the daemon was asked to end and lets the connections finish. */
  readonly state: ProxyState;
  readonly listeners: readonly ListenerSnapshot[];
  /** Open connections, oldest first. */
  readonly connections: readonly ConnectionSnapshot[];
  readonly totals: ProxyTotals;
  /** The last findings, newest first; at most `snapshotLimits.recentDetections`. */
  readonly recent: readonly DetectionLine[];
}

/** What the program last had to say of itself and not of a message: an engine that is down, databases that were loaded. */
export interface NoticeLine {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly level: "info" | "warning" | "error";
  /** Sanitized. */
  readonly text: string;
}

export type ProxyState = "running" | "stopping";

export interface ListenerSnapshot {
  /** `host:port` as bound; the port is the real one when 0 was asked for. */
  readonly address: string;
  readonly protocol: MailProtocol;
  /** "explicit", or where a fixed forward goes: "imaps://mail.example.org:993". */
  readonly mode: string;
}

export interface ConnectionSnapshot {
  /** Unique in this run; never used again. */
  readonly id: number;
  readonly startedAt: number;
  /** `host:port` of the mail client. */
  readonly clientAddress: string;
  readonly protocol: MailProtocol;
  /** Masked; "" before the login. */
  readonly account: string;
  /** `host:port`; "" before an upstream is known. */
  readonly upstream: string;
  /** "TLSv1.3", "plain"; "" before an upstream is connected. */
  readonly upstreamTls: string;
  /** The same for the leg to the mail client. */
  readonly clientTls: string;
  /** True when an exclusion has the connection relayed unscanned. */
  readonly isExcluded: boolean;
  /** Messages judged on this connection. */
  readonly messages: number;
  /** Octets received from the upstream. */
  readonly bytesIn: number;
  /** Octets sent to the client. */
  readonly bytesOut: number;
  /** In a word or two for people: "login", "idle", "scanning 12.4 MB". */
  readonly state: string;
  /** Of the message judged last. */
  readonly lastVerdict?: VerdictKind;
  readonly lastSubject?: string;
  readonly lastSender?: string;
}

/** Since the start, closed connections included. */
export interface ProxyTotals {
  readonly connections: number;
  /** Messages judged, with their octets as the upstream sent them. */
  readonly messages: number;
  readonly bytes: number;
  readonly infected: number;
  readonly suspicious: number;
  readonly incomplete: number;
  /** Messages and requests that were answered with a refusal instead of content. */
  readonly refused: number;
}

/** One message that was not clean, for the list of the latest ones. */
export interface DetectionLine {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly verdict: VerdictKind;
  /** What was found, `Eicar-Test-Signature`, or the code of the reason for an incomplete message. */
  readonly name: string;
  /** Where, outermost first: `invoice.zip > eicar.com`; "" for the message as a whole. */
  readonly path: string;
  readonly sender: string;
  readonly subject: string;
  readonly account: string;
  /** What was done: "delivered", "replaced", "refused". */
  readonly action: string;
}

export const EMPTY_TOTALS: ProxyTotals = {
  connections: 0,
  messages: 0,
  bytes: 0,
  infected: 0,
  suspicious: 0,
  incomplete: 0,
  refused: 0,
};
