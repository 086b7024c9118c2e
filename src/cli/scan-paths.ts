/** The mail under the paths of a command line, with a word about paths that are not what was meant. */
import type { MailboxEvent } from "../mailbox/mailbox-message.ts";
import { type ReadMailboxesOptions, readMailboxes } from "../mailbox/read-mailboxes.ts";

/** Everything under `paths`, in order. `tellEmpty` is called for a path that was read to its end and has no mail. */
export async function* readScanPaths(
  paths: readonly string[],
  options: ReadMailboxesOptions,
  tellEmpty: (path: string) => void,
): AsyncGenerator<MailboxEvent> {
  for (const path of paths) {
    let isEmpty = true;
    for await (const event of readMailboxes([path], options)) {
      if (event.type === "message" || event.type === "problem") isEmpty = false;
      yield event.type === "problem" && event.path === path
        ? { ...event, error: `${event.error}${adviceFor(path)}` }
        : event;
    }
    if (isEmpty) tellEmpty(path);
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
