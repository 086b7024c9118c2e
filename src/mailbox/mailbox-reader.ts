/** What knows one mailbox format. A further format is a further reader in `mailbox-formats.ts`. */
import type { MessageSource } from "../scan/judge.ts";
import type { MailboxFormat, MailboxMessage } from "./mailbox-message.ts";

export interface MailboxReader {
  readonly format: MailboxFormat;
  /** Whether a file that begins with `head` is in this format. */
  identifies(head: Uint8Array): boolean;
  /** The messages, in groups of those that are there without waiting: each is to be gone through before the next. */
  messages(input: MailboxInput): AsyncIterable<Iterable<MailboxMessage>>;
  /** The messages of an input that consists of `octets`. */
  messagesOf(input: MailboxInput, octets: Buffer): Iterable<MailboxMessage>;
}

/** One file's octets: read once from start to end, and stretches of them again. */
export interface MailboxInput {
  /** For people. */
  readonly path: string;
  /** In order; each holds until the next one is asked for. Never throws because of what is read: see `problem`. */
  chunks(): AsyncIterable<Buffer>;
  /** Why `chunks` ended too early, in words; undefined when it gave everything. */
  readonly problem: string | undefined;
  /** Octets [start, end), which `chunks` has given and `forget` has not let go of. */
  stretch(start: number, end: number): Stretch;
  /** Nothing before `position` will be asked for any more. */
  forget(position: number): void;
  /** All octets without reading them here first; undefined when the input can be read only once. */
  whole(): Stretch | undefined;
  /** Nothing more will be asked for. Stretches stay readable until they are released. */
  close(): void;
}

/** Octets that can be read again. */
export interface Stretch {
  readonly source: MessageSource;
  /** To be called once, when the source is not read any more. */
  release(): void;
}
