/** What knows one mailbox format. A further format is a further reader in `mailbox-formats.ts`. */
import type { MessageSource } from "../scan/judge.ts";
import type { MailboxFormat, MailboxMessage } from "./mailbox-message.ts";

export interface MailboxReader {
  readonly format: MailboxFormat;
  /** Whether a file that begins with `head` is in this format. */
  identifies(head: Uint8Array): boolean;
  messages(input: MailboxInput): AsyncIterable<MailboxMessage>;
}

/** One file's octets: read once from start to end, and stretches of them again. */
export interface MailboxInput {
  /** For people. */
  readonly path: string;
  /** In order, each in memory of its own: a reader may keep views of it. Never throws: see `problem`. */
  chunks(): AsyncIterable<Buffer>;
  /** Why `chunks` ended too early, in words; undefined when it gave everything. */
  readonly problem: string | undefined;
  /** All octets without reading them here first; undefined when the input can be read only once. */
  whole(): Stretch | undefined;
  /** Keeps octets that `chunks` has given beyond the memory for one message. */
  openLongMessage(): LongMessage;
}

/** Octets of one message that are too many to be kept in memory. */
export interface LongMessage {
  /** Takes the next octets; `position` is their offset in the input. Throws system errors. */
  append(bytes: Uint8Array, position: number): void;
  /** Octets [start, end) of the input; all of them have been appended. */
  stretch(start: number, end: number): Stretch;
  /** No further stretch will be asked for. */
  close(): void;
}

/** A stretch of octets that can be read again. */
export interface Stretch {
  readonly source: MessageSource;
  /** To be called once, when the source is not read any more. */
  release(): void;
}
