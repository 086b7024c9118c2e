/** Which messages are known to be replaced, and what IMAP has to tell of them: one truth over all connections of an account,
 *  because clients keep what they are told (messages never change under a UID, RFC 9051 §2.3.1.1). */
import type { DeliveredStructure } from "../event.ts";

/** Values as they stand in a FETCH response. What is undefined is not known. */
export interface Told extends DeliveredStructure {
  /** RFC822.SIZE. */
  readonly bytes: number;
}

/** A mailbox whose UIDs always mean the same messages. */
export interface MailboxPlace {
  /** `host:port`. */
  readonly upstream: string;
  readonly account: string;
  /** As it stands on the wire, without quotes. */
  readonly mailbox: string;
  readonly uidValidity: number;
}

/** What is known of one mailbox. */
export interface RewrittenMailbox {
  /** False when no message of it is known. */
  readonly hasAny: boolean;
  find(uid: number): Told | undefined;
  set(uid: number, told: Told): void;
  /** The message is delivered as it is. */
  delete(uid: number): void;
}

/** All that is known; synchronous, because responses are answered in order. */
export interface RewrittenMessages {
  mailbox(place: MailboxPlace): RewrittenMailbox;
}
