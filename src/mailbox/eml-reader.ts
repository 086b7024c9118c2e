/** One file that is one message, whatever is in it: what is no mail is judged as well. */
import type { MailboxFormat, MailboxMessage } from "./mailbox-message.ts";
import type { MailboxInput, MailboxReader, Stretch } from "./mailbox-reader.ts";

export const emlReader: MailboxReader = singleMessageReader("eml");

/** A file in `cur` or `new` of a Maildir. A line "From " at its start is part of it. */
export const maildirMessageReader: MailboxReader = singleMessageReader("maildir");

function singleMessageReader(format: MailboxFormat): MailboxReader {
  return {
    format,
    identifies: () => true,
    messages: (input) => messages(format, input),
    messagesOf: (input, octets) => messageIn(format, input, input.stretch(0, octets.length)),
  };
}

async function* messages(format: MailboxFormat, input: MailboxInput): AsyncGenerator<Iterable<MailboxMessage>> {
  yield messageIn(format, input, input.whole() ?? (await readThrough(input)));
}

/** Nothing for an empty file. */
function messageIn(format: MailboxFormat, input: MailboxInput, { source, release }: Stretch): MailboxMessage[] {
  const length = source.bytes;
  const message: MailboxMessage = {
    path: input.path,
    format,
    index: 1,
    offset: 0,
    length,
    source,
    readings: [],
    hasMoreReadings: false,
    release,
  };
  if (length > 0) return [message];
  release();
  return [];
}

async function readThrough(input: MailboxInput): Promise<Stretch> {
  let length = 0;
  for await (const chunk of input.chunks()) length += chunk.length;
  return input.stretch(0, length);
}
