/** The nouns that every rank shares: sides, targets, verdicts, decisions, and what is shown of a connection. */

/** The two ends of a connection: the mail client that came to us, and the mail server we went to for it. */
export type Side = "client" | "upstream";

export type MailProtocol = "pop3" | "imap";

/** How the upstream leg is protected. `starttls` means required: a server that does not offer it is refused. */
export type UpstreamSecurity = "tls" | "starttls" | "plain";

/** A mail server to connect to. `host` is a lower-case name or an IP address without brackets. */
export interface Target {
  readonly protocol: MailProtocol;
  readonly host: string;
  readonly port: number;
  readonly security: UpstreamSecurity;
}

/** What TLS negotiated on one leg. */
export interface TlsInfo {
  readonly version: string;
  readonly cipher: string;
}

/** The upstream a connection really reached: `address` is numeric. `exclusion` names the rule that excludes it. */
export interface UpstreamPeer {
  readonly target: Target;
  readonly address: string;
  readonly tls?: TlsInfo;
  readonly exclusion?: string;
  /** What is left of the connect timeout for the greeting, STARTTLS included; at least a second. */
  readonly greetingTimeoutMs?: number;
}

export type VerdictKind = "clean" | "infected" | "suspicious" | "incomplete";

/** What one finding counts as: malware, any other detection, or a reason why something was not looked at in full. */
export type FindingClass = Exclude<VerdictKind, "clean">;

export type DetectionKind = "malware" | "heuristic" | "policy";

/** One thing found. `part` is the IMAP part number ("" for the message as a whole), `path` the names of nested
 *  containers and entries inside that part, outermost first. Names come from the wire: sanitize before showing. */
export interface Detection {
  readonly name: string;
  readonly kind: DetectionKind;
  readonly engine: string;
  readonly part: string;
  readonly path: readonly string[];
}

/** Why a message could not be looked at in full. A limit is always one of these, never silence. */
export type ReasonCode =
  | "limit-message"
  | "limit-depth"
  | "limit-parts"
  | "limit-views"
  | "limit-bytes"
  | "limit-entries"
  | "limit-ratio"
  | "limit-detections"
  | "limit-time"
  | "unsupported"
  | "encrypted"
  | "damaged"
  | "partial"
  | "external-body"
  | "engine"
  | "crash"
  | "timeout";

export interface Reason {
  readonly code: ReasonCode;
  readonly part: string;
  readonly detail: string;
}

/** What is worth telling of a message and does not change its verdict: `ambiguity`, that mail programs may read it
 *  differently (all readings were scanned); `opened`, that something encrypted was opened with a word of the message
 *  or of the user's list; `rule`, what a rule that matched says about itself (some licences ask for the author). */
export type RemarkKind = "ambiguity" | "opened" | "rule";

export interface Remark {
  readonly kind: RemarkKind;
  readonly part: string;
  readonly detail: string;
}

/** `kind` is the gravest finding: infected, then suspicious, then incomplete; clean only with no finding at all. */
export interface Verdict {
  readonly kind: VerdictKind;
  readonly detections: readonly Detection[];
  readonly reasons: readonly Reason[];
}

/** Header values as people read them, decoded. For display only: nothing decides on them. */
export interface MessageDisplay {
  readonly subject: string;
  readonly from: string;
  readonly date: string;
  readonly messageId: string;
}

/** What the configuration may ask to be done with a verdict. */
export type ActionName = "pass" | "clean" | "delete";

/** What happens to a message: `deliver` unchanged, `replace` (parts become notices), `refuse` (nothing is delivered). */
export interface Decision {
  readonly action: "deliver" | "replace" | "refuse";
  readonly why: string;
}

/** When content reaches the client: once it is judged (`hold`); its beginning slowly before that, so that a client which
 *  takes no other sign of life is not left alone (`trickle`); at once, the verdict being told only (`observe`). */
export type DeliveryMode = "hold" | "trickle" | "observe";

/** Replaces octets [start, end) of a message by `bytes`. A list of edits is ascending and does not overlap. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly bytes: Uint8Array;
}

export type FailureCode =
  | "unknown-host"
  | "refused"
  | "timeout"
  | "unreachable"
  | "reset"
  | "closed"
  | "certificate"
  | "tls"
  | "loop"
  | "forbidden-target"
  | "spool"
  | "scan"
  | "fault";

/** Something that went wrong at a peer or on this machine; `detail` is one sanitized line for people. */
export interface Failure {
  readonly code: FailureCode;
  readonly detail: string;
}

export const CLEAN: Verdict = { kind: "clean", detections: [], reasons: [] };

/** The verdict that findings amount to. */
export function verdictOf(detections: readonly Detection[], reasons: readonly Reason[]): Verdict {
  return { kind: verdictKind(detections, reasons), detections, reasons };
}

function verdictKind(detections: readonly Detection[], reasons: readonly Reason[]): VerdictKind {
  if (detections.some((detection) => detection.kind === "malware")) return "infected";
  if (detections.length > 0) return "suspicious";
  return reasons.length > 0 ? "incomplete" : "clean";
}
