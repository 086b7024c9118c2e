/** A message as it lies in saved mail, and what else happens while mailboxes are read. */
import type { MessageSource } from "../scan/judge.ts";

export type MailboxFormat = "eml" | "mbox" | "maildir";

export interface MailboxMessage {
  /** The file that holds it, for people: octets that are no UTF-8 are shown as `\xNN`. */
  readonly path: string;
  readonly format: MailboxFormat;
  /** Its place in the file, from 1. */
  readonly index: number;
  /** Where it begins in the file and how many octets it has, without the lines that separate it from its neighbours. */
  readonly offset: number;
  readonly length: number;
  /** Readable until `release`. */
  readonly source: MessageSource;
  /** The pieces a mail program may see instead, when the message holds lines at which some programs begin another
   *  message and others do not. What is found in any of them is found in the message. */
  readonly readings: readonly MessageSource[];
  /** True when there were more such lines than are told apart. */
  readonly hasMoreReadings: boolean;
  /** To be called once, when nothing reads the source any more. */
  release(): void;
}

/** What reading a list of paths gives, in order. Messages of a file lie between its `file` and its `file-end`. */
export type MailboxEvent =
  | { readonly type: "directory"; readonly path: string }
  | { readonly type: "file"; readonly path: string }
  | { readonly type: "message"; readonly message: MailboxMessage }
  | { readonly type: "file-end"; readonly path: string }
  /** Something could not be read: `error` is one line for people. The others are read all the same. */
  | { readonly type: "problem"; readonly path: string; readonly error: string }
  /** Left out by rule. */
  | { readonly type: "skipped"; readonly path: string; readonly why: string };

/** A message that was found could not be read again. */
export class MailboxReadError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "MailboxReadError";
  }
}
