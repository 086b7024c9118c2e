/** Commands that the upstream has and has not completed yet. */
import { fromLatin1, latin1 } from "../../core/bytes.ts";
import { protocolLimits } from "../../core/limits.ts";
import type { SpoolId } from "../event.ts";
import { type ReplyCode, taggedReply } from "./reply.ts";
import type { ResponseStatus } from "./response.ts";
import { SequenceSet } from "./sequence-set.ts";

export interface PendingCommand {
  readonly tag: string;
  readonly name: string;
  readonly isUid: boolean;
  /** Of a FETCH: the messages it asks for, or what stands for any message where that is long. */
  readonly sequenceSet: string | undefined;
  /** The same. */
  readonly numbers: SequenceSet | undefined;
  /** Of a FETCH: responses that may belong to it and wait for a verdict. */
  openHolds: number;
  /** Why a message that it may have asked for was not delivered. */
  failure: HoldFailure | undefined;
  /** Its completion, when that came while responses of it were still held; `place` is where it stands in the output. */
  completion: { readonly place: SpoolId; readonly line: Uint8Array; readonly status: ResponseStatus } | undefined;
  isCompleted: boolean;
  /** Of a login: whose it is, where it shows that. */
  account: string | undefined;
}

export interface HoldFailure {
  readonly text: string;
  readonly code: ReplyCode;
}

export class PendingCommands {
  readonly #commands = new Map<string, PendingCommand>();
  /** Completed, but responses that may belong to them were still held when that was last looked at. */
  readonly #lingering = new Set<PendingCommand>();
  #keptBytes = 0;

  get size(): number {
    return this.#commands.size;
  }

  /** True while there are so many, or they take so much memory, that no more may be added. */
  get isFull(): boolean {
    if (this.size >= protocolLimits.pipelinedCommands) return true;
    if (this.#keptBytes <= protocolLimits.pendingCommandBytes) return false;
    for (const command of this.#lingering) this.#forget(command);
    return this.#keptBytes > protocolLimits.pendingCommandBytes;
  }

  has(tag: string): boolean {
    return this.#commands.has(tag);
  }

  get(tag: string): PendingCommand | undefined {
    return this.#commands.get(tag);
  }

  add(tag: string, name: string, isUid: boolean, sequenceSet?: string): PendingCommand {
    const command = newPendingCommand(tag, name, isUid, keptSet(sequenceSet));
    this.#commands.set(tag, command);
    this.#keptBytes += keptBytes(command);
    return command;
  }

  complete(command: PendingCommand): void {
    command.isCompleted = true;
    this.#commands.delete(command.tag);
    this.#lingering.add(command);
    this.#forget(command);
  }

  /** Every FETCH that a FETCH response arriving now may belong to: completions come out of order (imap-pop3.md). */
  fetches(): PendingCommand[] {
    return [...this.#commands.values()].filter((command) => command.sequenceSet !== undefined);
  }

  /** A completed command of which nothing is held any more is not kept by anybody. */
  #forget(command: PendingCommand): void {
    if (command.openHolds === 0 && this.#lingering.delete(command)) this.#keptBytes -= keptBytes(command);
  }
}

export function newPendingCommand(
  tag: string,
  name: string,
  isUid: boolean,
  sequenceSet: string | undefined,
): PendingCommand {
  const state = { openHolds: 0, failure: undefined, completion: undefined, isCompleted: false, account: undefined };
  const numbers = sequenceSet === undefined ? undefined : new SequenceSet(sequenceSet);
  return { tag, name, isUid, sequenceSet, numbers, ...state };
}

/** The set in memory of its own: a piece of a text keeps the whole text, here the whole line. */
function keptSet(sequenceSet: string | undefined): string | undefined {
  if (sequenceSet === undefined) return undefined;
  return sequenceSet.length <= protocolLimits.sequenceSetBytes ? latin1(fromLatin1(sequenceSet)) : "*";
}

function keptBytes({ tag, sequenceSet }: PendingCommand): number {
  return COMMAND_BYTES + tag.length + (sequenceSet?.length ?? 0);
}

/** What a command costs besides its texts. */
const COMMAND_BYTES = 256;

/** The completion that the client gets: a FETCH of which something was not delivered did not succeed. */
export function completionOf(command: PendingCommand, line: Uint8Array, status: ResponseStatus): Uint8Array {
  const { failure, tag } = command;
  if (failure === undefined || status !== "OK") return line;
  return taggedReply(tag, "NO", failure.text, failure.code);
}
