/** One file that is one message, whatever is in it: what is no mail is judged as well. */
import { HeldOctets } from "./held-octets.ts";
import type { MailboxFormat, MailboxMessage } from "./mailbox-message.ts";
import type { MailboxInput, MailboxReader, Stretch } from "./mailbox-reader.ts";

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
  const stretch = input.whole() ?? (await readThrough(input));
  const { source, release } = stretch;
  const length = source.bytes;
  if (length === 0) release();
  else
    yield {
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
}

async function readThrough(input: MailboxInput): Promise<Stretch> {
  const held = new HeldOctets(input);
  let length = 0;
  try {
    for await (const chunk of input.chunks()) {
      held.add(chunk);
      length += chunk.length;
    }
    return held.stretch(0, length);
  } finally {
    held.begin(length);
  }
}
