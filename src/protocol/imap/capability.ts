/** Capability lists: what would blind the scanner is taken out, everything else passes in its order, unknown words too. */
import { latin1, SPACE, view } from "../../core/bytes.ts";
import { atomEnd } from "./astring.ts";

/** The words of a list, in upper case, and as they were written. */
export type Capabilities = ReadonlyMap<string, string>;

/** Where the words of a capability list stand in a line. */
interface ListRange {
  readonly start: number;
  readonly end: number;
}

/** The words of `* CAPABILITY IMAP4rev1 …`; the line ends with CRLF. */
export function dataList(line: Uint8Array, argumentsStart: number): ListRange {
  return { start: argumentsStart, end: line.length - 2 };
}

/** The words of a `[CAPABILITY …]` code at the start of a status response's text (RFC 9051 §7.1), if there is one. */
export function codeList(line: Uint8Array, textStart: number): ListRange | undefined {
  const prefix = CODE.exec(latin1(line, textStart, textStart + MAX_CODE_PREFIX_BYTES))?.[0];
  if (prefix === undefined) return undefined;
  const end = view(line).indexOf(CLOSING_BRACKET, textStart);
  return end < 0 ? undefined : { start: textStart + prefix.length - 1, end };
}

/** The words of the list. */
export function readCapabilities(line: Uint8Array, list: ListRange): Capabilities {
  const words = latin1(line, list.start, list.end).split(" ");
  return new Map(words.filter((word) => word !== "").map((word) => [word.toUpperCase(), word]));
}

/** The line without the hidden words and the space before each; the same memory when none is there. */
export function hideCapabilities(line: Uint8Array, list: ListRange, hiding: Hiding): Uint8Array {
  const kept: Uint8Array[] = [];
  let keptFrom = 0;
  for (let at = list.start; at < list.end; ) {
    let wordStart = at;
    while (wordStart < list.end && line[wordStart] === SPACE) wordStart += 1;
    let wordEnd = wordStart;
    while (wordEnd < list.end && line[wordEnd] !== SPACE) wordEnd += 1;
    if (isHidden(latin1(line, wordStart, wordEnd).toUpperCase(), hiding)) {
      kept.push(line.subarray(keptFrom, at));
      keptFrom = wordEnd;
    }
    at = wordEnd;
  }
  if (keptFrom === 0) return line;
  return Buffer.concat([...kept, line.subarray(keptFrom)]);
}

export interface Hiding {
  /** In explicit mode the session logs in for the client, so what the upstream says about logins is not for the client. */
  readonly mode: "explicit" | "fixed";
  /** CATENATE (RFC 4469) makes messages of what is on servers already: nothing that could be scanned on its way. */
  readonly scansUploads: boolean;
}

/** The mechanism that AUTHENTICATE names, from `start` in its line; undefined when that is no atom, but a string or with
 *  more than one space before it, where servers do not agree on what is meant. */
export function mechanismOf(line: Uint8Array, start: number): string | undefined {
  const end = atomEnd(line, start, line.length - 2);
  if (end === start || (end < line.length - 2 && line[end] !== SPACE)) return undefined;
  return latin1(line, start, end);
}

/** True for SASL mechanisms that can put a security layer between client and upstream (P-26), or that bind to the TLS
 *  channel, which ends here. */
export function isHiddenMechanism(mechanism: string): boolean {
  const upper = mechanism.toUpperCase();
  return SECURITY_LAYERS.has(upper) || upper.endsWith("-PLUS");
}

function isHidden(word: string, { mode, scansUploads }: Hiding): boolean {
  if (word.startsWith("AUTH=")) return isHiddenMechanism(word.slice("AUTH=".length));
  if (word === "LOGINDISABLED") return mode === "explicit";
  if (word === "CATENATE") return scansUploads;
  return HIDDEN.test(word);
}

/** Compression that is not undone here would make the stream unreadable, STARTTLS on the client's side too. URLAUTH and
 *  CONVERT fetch content past FETCH, SNIPPET and PREVIEW=FUZZY (of drafts before RFC 8970) in a form that is not computed from the judged
 *  message. */
const HIDDEN = /^(?:COMPRESS=(?!DEFLATE$).*|STARTTLS|URLAUTH(?:=.*)?|CONVERT|SNIPPET(?:=.*)?|PREVIEW=.*)$/;

const SECURITY_LAYERS: ReadonlySet<string> = new Set([
  "GSSAPI",
  "GSS-SPNEGO",
  "KERBEROS_V4",
  "DIGEST-MD5",
  "NTLM",
  "SRP",
]);

const CODE = /^ *\[CAPABILITY /i;
const MAX_CODE_PREFIX_BYTES = 32;
const CLOSING_BRACKET = 0x5d;
