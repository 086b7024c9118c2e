/** Saved mail under a list of paths, message by message. */
import { mailboxLimits } from "../core/limits.ts";
import { maildirMessageReader } from "./eml-reader.ts";
import { identifyMailbox } from "./mailbox-formats.ts";
import type { MailboxEvent, MailboxMessage } from "./mailbox-message.ts";
import type { MailboxInput, MailboxReader } from "./mailbox-reader.ts";
import { shownPath } from "./octet-path.ts";
import { openFile } from "./open-file.ts";
import { StreamInput } from "./stream-input.ts";
import { systemProblem } from "./system-problem.ts";
import { type FoundFile, type WalkEvent, walk } from "./walk.ts";

export interface ReadMailboxesOptions {
  /** What `-` stands for. */
  readonly standardInput: AsyncIterable<Uint8Array>;
  /** Where long messages from standard input are kept while they are scanned. */
  readonly temporaryDirectory: string;
}

/** What comes without waiting for anything. It is read while it is gone through, which must be done before the next one
 *  is asked for: a promise for each of many small files would cost more than to read them. */
export type MailboxEvents = Iterable<MailboxEvent>;

/** Everything under `paths`, in order. Never throws: what can not be read is a problem, and the others are read. */
export async function* readMailboxes(
  paths: readonly string[],
  options: ReadMailboxesOptions,
): AsyncGenerator<MailboxEvents> {
  for (const path of paths) {
    if (path === "-") yield* readStandardInput(options);
    else yield* readFiles(walk(path));
  }
}

async function* readFiles(found: Iterator<WalkEvent>): AsyncGenerator<MailboxEvents> {
  for (;;) {
    const run: SmallFiles = { large: undefined };
    yield readSmallFiles(found, run);
    if (run.large === undefined) return;
    yield* readInput(run.large.input, run.large.reader);
  }
}

/** Small files in a row. */
interface SmallFiles {
  /** The one that ended the row; undefined when there are no more files. */
  large: { readonly input: MailboxInput; readonly reader: MailboxReader } | undefined;
}

function* readSmallFiles(found: Iterator<WalkEvent>, run: SmallFiles): Generator<MailboxEvent> {
  for (let step = found.next(); step.done !== true; step = found.next()) {
    const event = step.value;
    if (event.type !== "file") {
      yield event;
      continue;
    }
    const opened = openFile(event.file);
    switch (opened.type) {
      case "read":
        yield* eventsOf(opened.input, readerFor(event.file, opened.head), opened.input.octets);
        break;
      case "opened":
        run.large = { input: opened.input, reader: readerFor(event.file, opened.head) };
        return;
      case "problem":
        yield { type: "problem", path: shownPath(event.file.path), error: opened.error };
        break;
      case "gone":
        break;
      default:
        opened satisfies never;
    }
  }
}

function readerFor(file: FoundFile, head: Buffer): MailboxReader {
  return file.maildir === undefined ? identifyMailbox(head) : maildirMessageReader;
}

async function* readStandardInput(options: ReadMailboxesOptions): AsyncGenerator<MailboxEvents> {
  const input = new StreamInput("stdin", options.standardInput, options.temporaryDirectory);
  const head = await input.head(mailboxLimits.identifyBytes);
  yield* readInput(input, identifyMailbox(head));
}

function* eventsOf(input: MailboxInput, reader: MailboxReader, octets: Buffer): Generator<MailboxEvent> {
  const { path } = input;
  yield { type: "file", path };
  for (const message of reader.messagesOf(input, octets)) yield { type: "message", message };
  if (input.problem !== undefined) yield { type: "problem", path, error: input.problem };
  yield { type: "file-end", path };
}

async function* readInput(input: MailboxInput, reader: MailboxReader): AsyncGenerator<MailboxEvents> {
  const { path } = input;
  try {
    yield [{ type: "file", path }];
    for await (const messages of reader.messages(input)) yield messageEvents(messages);
    if (input.problem !== undefined) yield [{ type: "problem", path, error: input.problem }];
    yield [{ type: "file-end", path }];
  } catch (error) {
    yield [
      { type: "problem", path, error: systemProblem(error) },
      { type: "file-end", path },
    ];
  } finally {
    input.close();
  }
}

function* messageEvents(messages: Iterable<MailboxMessage>): Generator<MailboxEvent> {
  for (const message of messages) yield { type: "message", message };
}
