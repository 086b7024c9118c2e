/** Which mailbox is selected, and which of its messages are known to be replaced: by UID in the index of all connections,
 *  and by sequence number as long as those can be followed. */
import { latin1, SPACE } from "../../core/bytes.ts";
import { protocolLimits, rewrittenLimits } from "../../core/limits.ts";
import { atomEnd, QUOTE, quotedEnd, unquote } from "./astring.ts";
import { Collector } from "./collector.ts";
import type { MessageNumber } from "./held-responses.ts";
import type { PendingCommand } from "./pending-commands.ts";
import type { ResponseStatus } from "./response.ts";
import type { RewrittenMailbox, RewrittenMessages, Told } from "./rewritten-messages.ts";
import type { SequenceSet } from "./sequence-set.ts";

/** Where a connection leads. */
export interface MailAccount {
  /** `host:port`; undefined while it leads nowhere. */
  readonly upstream: string | undefined;
  /** Undefined when the login did not show it. */
  readonly account: string | undefined;
}

/** A message that is followed by its sequence number. */
interface Followed {
  sequence: number;
  readonly uid: number | undefined;
  readonly told: Told;
}

/** What is known of a mailbox while it is selected. Responses that wait keep the selection that they came under. */
export class Selection {
  readonly #mailbox: RewrittenMailbox | undefined;
  #followed: Followed[] = [];
  /** Changes when messages get other numbers. */
  #numbering = 0;

  constructor(mailbox: RewrittenMailbox | undefined) {
    this.#mailbox = mailbox;
  }

  get numbering(): number {
    return this.#numbering;
  }

  /** Whether a FETCH should ask for UIDs, so that it can be told which messages are replaced. */
  get needsUids(): boolean {
    return this.#mailbox?.hasAny === true;
  }

  find({ sequence, uid }: MessageNumber): Told | undefined {
    if (this.#followed.length === 0 && !this.needsUids) return undefined;
    if (uid !== undefined) {
      const known = this.#mailbox?.find(uid) ?? this.#followed.find((followed) => followed.uid === uid)?.told;
      if (known !== undefined || this.#mailbox !== undefined) return known;
    }
    return this.#followed.find((followed) => followed.sequence === sequence)?.told;
  }

  /** What was delivered of a message; undefined when it was delivered as it is. `numbering` is of the time when it had
   *  this sequence number. */
  learn({ sequence, uid }: MessageNumber, told: Told | undefined, numbering: number): void {
    if (uid !== undefined && told !== undefined) this.#mailbox?.set(uid, told);
    else if (uid !== undefined) this.#mailbox?.delete(uid);
    if (sequence === undefined || numbering !== this.#numbering) return;
    this.#followed = this.#followed.filter((followed) => followed.sequence !== sequence);
    if (told === undefined) return;
    this.#followed.push({ sequence, uid, told: small(told) });
    let bytes = this.#followed.reduce((sum, followed) => sum + textBytes(followed.told), 0);
    while (this.#followed.length > MAX_FOLLOWED || bytes > rewrittenLimits.followedBytes) {
      const oldest = this.#followed.shift();
      if (oldest === undefined) return;
      bytes -= textBytes(oldest.told);
    }
  }

  /** RFC 9051 §7.5.1. */
  expunged(sequence: number): void {
    this.#numbering += 1;
    this.#followed = this.#followed.filter((followed) => followed.sequence !== sequence);
    for (const followed of this.#followed) if (followed.sequence > sequence) followed.sequence -= 1;
  }

  /** RFC 7162 §3.2.10. */
  vanished(uids: SequenceSet): void {
    this.#numbering += 1;
    const kept: Followed[] = [];
    for (const followed of this.#followed) {
      const { uid } = followed;
      if (uid === undefined || uids.mayContain(uid)) continue;
      const below = uids.below(uid);
      if (below >= followed.sequence) continue;
      followed.sequence -= below;
      kept.push(followed);
    }
    this.#followed = kept;
  }
}

export class SelectedMailbox {
  readonly #store: RewrittenMessages | undefined;
  readonly #account: () => MailAccount;
  /** Commands under way that select, or deselect, and the names that they have so far. */
  readonly #selecting = new Map<PendingCommand, Collector | string | undefined>();
  #uidValidity: number | undefined;
  #name: string | undefined;
  #current = new Selection(undefined);

  constructor(store: RewrittenMessages | undefined, account: () => MailAccount) {
    this.#store = store;
    this.#account = account;
  }

  get current(): Selection {
    return this.#current;
  }

  /** A command that changes the mailbox goes to the upstream; `line` is its first one. */
  selecting(command: PendingCommand, line: Uint8Array, argumentsStart: number, hasLiteral: boolean): void {
    const isSelect = command.name === "SELECT" || command.name === "EXAMINE";
    const name = isSelect && !hasLiteral ? readName(line, argumentsStart) : undefined;
    this.#selecting.set(command, isSelect && hasLiteral ? new Collector(protocolLimits.imapStringBytes) : name);
  }

  /** Octets of a literal of that command. Only the first literal of SELECT is a name; it has no other one. */
  nameOctets(command: PendingCommand, bytes: Uint8Array): void {
    const name = this.#selecting.get(command);
    if (name instanceof Collector && !name.append(bytes)) this.#selecting.set(command, undefined);
  }

  completed(command: PendingCommand, status: ResponseStatus): void {
    if (!this.#selecting.has(command)) return;
    const name = this.#selecting.get(command);
    this.#selecting.delete(command);
    const isSelect = command.name === "SELECT" || command.name === "EXAMINE";
    // A SELECT that fails leaves nothing selected (RFC 9051 §6.3.2); a CLOSE that fails changes nothing.
    if (!isSelect && status !== "OK") return;
    this.#name = isSelect && status === "OK" ? (name instanceof Collector ? latin1(name.peek()) : name) : undefined;
    this.#open();
    // The next mailbox has one of its own, or none that is known.
    this.#uidValidity = undefined;
  }

  /** The text of an untagged OK that begins with a response code. */
  said(text: string): void {
    const uidValidity = /^\[UIDVALIDITY ([1-9][0-9]{0,9})\]/i.exec(text)?.[1];
    if (uidValidity !== undefined) {
      this.#uidValidity = Number(uidValidity);
      if (this.#selecting.size === 0) this.#open();
    } else if (/^\[CLOSED\]/i.test(text)) {
      this.#name = undefined;
      this.#uidValidity = undefined;
      this.#current = new Selection(undefined);
    }
  }

  #open(): void {
    const { upstream, account } = this.#account();
    const mailbox = this.#name;
    const uidValidity = this.#uidValidity;
    const isKnown = mailbox !== undefined && uidValidity !== undefined && upstream !== undefined;
    const place =
      isKnown && account !== undefined ? { upstream, account, mailbox: plain(mailbox), uidValidity } : undefined;
    this.#current = new Selection(place === undefined ? undefined : this.#store?.mailbox(place));
  }
}

/** Without texts that are larger than honest messages have: hostile ones have megabytes. */
function small(told: Told): Told {
  if (textBytes(told) <= rewrittenLimits.entryBytes) return told;
  return { ...told, envelope: undefined, body: undefined, bodyStructure: undefined };
}

function textBytes({ envelope, body, bodyStructure }: Told): number {
  return (envelope?.length ?? 0) + (body?.length ?? 0) + (bodyStructure?.length ?? 0);
}

/** INBOX is the only name without case. */
function plain(mailbox: string): string {
  return mailbox.toUpperCase() === "INBOX" ? "INBOX" : mailbox;
}

/** The first argument as it stands, an atom or a quoted string; undefined for anything else. */
function readName(line: Uint8Array, start: number): string | undefined {
  const end = line.length - 2;
  const isQuoted = line[start] === QUOTE;
  const next = isQuoted ? quotedEnd(line, start, end) : atomEnd(line, start, end);
  if (next <= start || (next < end && line[next] !== SPACE)) return undefined;
  return isQuoted ? latin1(unquote(line.subarray(start, next))) : latin1(line, start, next);
}

/** Replaced messages of one mailbox that are followed by number; the oldest are forgotten. */
const MAX_FOLLOWED = 1_000;
