/** The formats that are told by their content, and which one a file is in. */
import { emlReader } from "./eml-reader.ts";
import type { MailboxReader } from "./mailbox-reader.ts";
import { mboxReader } from "./mbox-reader.ts";

/** The reader for a file that begins with `head`. Names and extensions do not count: anybody can choose them. */
export function identifyMailbox(head: Uint8Array): MailboxReader {
  return READERS.find((reader) => reader.identifies(head)) ?? emlReader;
}

const READERS: readonly MailboxReader[] = [mboxReader];
