/** Saved mail under a list of paths, message by message. */
import { mailboxLimits } from "../core/limits.ts";
import { maildirMessageReader } from "./eml-reader.ts";
import { identifyMailbox } from "./mailbox-formats.ts";
import type { MailboxEvent } from "./mailbox-message.ts";
import type { MailboxInput, MailboxReader } from "./mailbox-reader.ts";
import { shownPath } from "./octet-path.ts";
import { openFile } from "./open-file.ts";
import { StreamInput } from "./stream-input.ts";
import { systemProblem } from "./system-problem.ts";
import { type FoundFile, walk } from "./walk.ts";

export interface ReadMailboxesOptions {
  /** What `-` stands for. */
  readonly standardInput: AsyncIterable<Uint8Array>;
  /** Where long messages from standard input are kept while they are scanned. */
  readonly temporaryDirectory: string;
}

/** Everything under `paths`, in order. Never throws: what can not be read is a problem, and the others are read. */
export async function* readMailboxes(
  paths: readonly string[],
  options: ReadMailboxesOptions,
): AsyncGenerator<MailboxEvent> {
  for (const path of paths) {
    if (path === "-") {
      yield* readStandardInput(options);
      continue;
    }
    for (const event of walk(path)) {
      if (event.type === "file") yield* readFile(event.file);
      else yield event;
    }
  }
}

async function* readFile(file: FoundFile): AsyncGenerator<MailboxEvent> {
  const opened = openFile(file);
  switch (opened.type) {
    case "opened":
      yield* readInput(opened.input, file.maildir === undefined ? identifyMailbox(opened.head) : maildirMessageReader);
      return;
    case "problem":
      yield { type: "problem", path: shownPath(file.path), error: opened.error };
      return;
    case "gone":
      return;
    default:
      opened satisfies never;
  }
}

async function* readStandardInput(options: ReadMailboxesOptions): AsyncGenerator<MailboxEvent> {
  const input = new StreamInput("stdin", options.standardInput, options.temporaryDirectory);
  const head = await input.head(mailboxLimits.identifyBytes);
  yield* readInput(input, identifyMailbox(head));
}

async function* readInput(input: MailboxInput, reader: MailboxReader): AsyncGenerator<MailboxEvent> {
  const { path } = input;
  try {
    yield { type: "file", path };
    for await (const message of reader.messages(input)) yield { type: "message", message };
    if (input.problem !== undefined) yield { type: "problem", path, error: input.problem };
    yield { type: "file-end", path };
  } catch (error) {
    yield { type: "problem", path, error: systemProblem(error) };
    yield { type: "file-end", path };
  } finally {
    input.close();
  }
}
