/** Commands that the upstream has and has not completed yet. */
import type { SpoolId } from "../event.ts";
import { type ReplyCode, taggedReply } from "./reply.ts";
import type { ResponseStatus } from "./response.ts";

export interface PendingCommand {
  readonly tag: string;
  readonly name: string;
  readonly isUid: boolean;
  /** Of a FETCH: the messages it asks for. */
  readonly sequenceSet: string | undefined;
  /** Of a FETCH: responses that may belong to it and wait for a verdict. */
  openHolds: number;
  /** Why a message that it may have asked for was not delivered. */
  failure: HoldFailure | undefined;
  /** Its completion, when that came while responses of it were still held; `place` is where it stands in the output. */
  completion: { readonly place: SpoolId; readonly line: Uint8Array; readonly status: ResponseStatus } | undefined;
  isCompleted: boolean;
}

export interface HoldFailure {
  readonly text: string;
  readonly code: ReplyCode;
}

export class PendingCommands {
  readonly #commands = new Map<string, PendingCommand>();

  get size(): number {
    return this.#commands.size;
  }

  has(tag: string): boolean {
    return this.#commands.has(tag);
  }

  get(tag: string): PendingCommand | undefined {
    return this.#commands.get(tag);
  }

  add(tag: string, name: string, isUid: boolean, sequenceSet?: string): PendingCommand {
    const state = { openHolds: 0, failure: undefined, completion: undefined, isCompleted: false };
    const command: PendingCommand = { tag, name, isUid, sequenceSet, ...state };
    this.#commands.set(tag, command);
    return command;
  }

  complete(command: PendingCommand): void {
    command.isCompleted = true;
    this.#commands.delete(command.tag);
  }

  /** Every FETCH that a FETCH response arriving now may belong to: completions come out of order (imap-pop3.md). */
  fetches(): PendingCommand[] {
    return [...this.#commands.values()].filter((command) => command.sequenceSet !== undefined);
  }
}

/** The completion that the client gets: a FETCH of which something was not delivered did not succeed. */
export function completionOf(command: PendingCommand, line: Uint8Array, status: ResponseStatus): Uint8Array {
  const { failure, tag } = command;
  if (failure === undefined || status !== "OK") return line;
  return taggedReply(tag, "NO", failure.text, failure.code);
}
