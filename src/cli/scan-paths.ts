/** The mail under the paths of a command line, with a word about paths that are not what was meant. */
import type { MailboxEvent } from "../mailbox/mailbox-message.ts";
import { type MailboxEvents, type ReadMailboxesOptions, readMailboxes } from "../mailbox/read-mailboxes.ts";

/** Everything under `paths`, in order. `tellEmpty` is called for a path that was read to its end and has no mail. */
export async function* readScanPaths(
  paths: readonly string[],
  options: ReadMailboxesOptions,
  tellEmpty: (path: string) => void,
): AsyncGenerator<MailboxEvents> {
  for (const path of paths) {
    const seen = { isEmpty: true };
    for await (const events of readMailboxes([path], options)) yield withAdvice(path, events, seen);
    if (seen.isEmpty) tellEmpty(path);
  }
}

function* withAdvice(path: string, events: MailboxEvents, seen: { isEmpty: boolean }): Generator<MailboxEvent> {
  for (const event of events) {
    if (event.type === "message" || event.type === "problem") seen.isEmpty = false;
    const isPath = event.type === "problem" && event.path === path;
    yield isPath ? { ...event, error: `${event.error}${adviceFor(path)}` } : event;
  }
}

function adviceFor(path: string): string {
  if (STREAM_NAMES.test(path)) return "; standard input is written -";
  // Arguments come as text: octets that are no UTF-8 have been replaced before this program sees them.
  if (path.includes("\ufffd")) return "; a name that is not UTF-8 can not be given, but its directory can";
  return "";
}

/** What shells and systems call open pipes. */
const STREAM_NAMES = /^\/(?:dev\/stdin|(?:dev|proc\/self)\/fd\/[0-9]+)$/;
