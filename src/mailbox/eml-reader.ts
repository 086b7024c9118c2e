/** One file that is one message, whatever is in it: what is no mail is judged as well. */
import { HeldOctets } from "./held-octets.ts";
import type { MailboxFormat, MailboxMessage } from "./mailbox-message.ts";
import type { MailboxInput, MailboxReader } from "./mailbox-reader.ts";

export const emlReader: MailboxReader = singleMessageReader("eml");

/** A file in `cur` or `new` of a Maildir. A line "From " at its start is part of it. */
export const maildirMessageReader: MailboxReader = singleMessageReader("maildir");

function singleMessageReader(format: MailboxFormat): MailboxReader {
  return {
    format,
    identifies: () => true,
    messages: (input) => message(format, input),
  };
}

/** Nothing for an empty file. */
async function* message(format: MailboxFormat, input: MailboxInput): AsyncGenerator<MailboxMessage> {
  const held = new HeldOctets(input);
  let length = 0;
  try {
    for await (const chunk of input.chunks()) {
      held.add(chunk);
      length += chunk.length;
    }
    if (length === 0) return;
    const { source, release } = held.stretch(0, length);
    yield { path: input.path, format, index: 1, offset: 0, length, source, readings: [], hasMoreReadings: false, release };
  } finally {
    held.begin(length);
  }
}
