/** Commands that the session answers itself, with their literals. */
import { SPACE } from "../../core/bytes.ts";
import { protocolLimits } from "../../core/limits.ts";
import { readArguments } from "./astring.ts";
import { Collector } from "./collector.ts";
import { parseCommand } from "./command.ts";
import type { LineFragment, LiteralFragment } from "./fetch-assembly.ts";
import { GO_AHEAD } from "./reply.ts";
import type { Wire } from "./wire.ts";

/** `name` is empty, and `problem` says why, when the line is no command; then `tag` may be "*". `words` are the arguments
 *  when all of them are astrings. */
export interface CollectedCommand {
  readonly tag: string;
  readonly name: string;
  readonly problem: string | undefined;
  words: Buffer[] | undefined;
}

/** Asks for synchronising literals and collects all of them, up to `imapParsedLiteralBytes` each and twice that in all:
 *  a name and a password. */
export class CommandCollector {
  readonly #wire: Wire;
  #command: CollectedCommand | undefined;
  #literal = newLiteral();
  #literalBytes = 0;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  /** Takes the client's next fragment; the command once it is whole. */
  collect(fragment: LineFragment | LiteralFragment): CollectedCommand | undefined {
    if (fragment.type === "line") return this.#line(fragment);
    if (!this.#literal.append(fragment.bytes)) this.#endTooLong();
    else if (fragment.remaining === 0) this.#command?.words?.push(this.#literal.take());
    return undefined;
  }

  #line(fragment: LineFragment): CollectedCommand | undefined {
    const command = this.#command ?? this.#begin(fragment);
    this.#command = command;
    this.#readWords(fragment, command);
    const { literal } = fragment;
    if (literal === undefined) {
      this.#reset();
      return command;
    }
    this.#literalBytes += literal.bytes;
    const isTooLong =
      literal.bytes > protocolLimits.imapParsedLiteralBytes ||
      this.#literalBytes > 2 * protocolLimits.imapParsedLiteralBytes;
    if (!isTooLong) {
      if (literal.isSynchronising) this.#wire.toClient(GO_AHEAD);
      return undefined;
    }
    if (!literal.isSynchronising) {
      this.#endTooLong();
      return undefined;
    }
    this.#wire.client.abandonLiteral();
    this.#reset();
    return { tag: command.tag, name: "", problem: "the literal is too long", words: undefined };
  }

  #begin({ bytes }: LineFragment): CollectedCommand {
    const command = parseCommand(bytes);
    if (command.type === "invalid") return { tag: command.tag, name: "", problem: command.text, words: undefined };
    const { tag, name, isUid } = command;
    return { tag, name: isUid ? `UID ${name}` : name, problem: undefined, words: [] };
  }

  #readWords({ bytes, literal, isContinued }: LineFragment, command: CollectedCommand): void {
    if (command.words === undefined) return;
    const end = literal?.start ?? bytes.length - 2;
    const start = isContinued ? 0 : argumentsStart(bytes, end);
    const isSeparated = !isContinued || start === end || bytes[start] === SPACE;
    const words = isSeparated ? readArguments(bytes, isContinued ? start + 1 : start, end) : undefined;
    if (words === undefined) command.words = undefined;
    else command.words.push(...words);
  }

  #endTooLong(): void {
    this.#wire.endOnError("client", "literal-too-long", "the literal is too long");
  }

  #reset(): void {
    this.#command = undefined;
    this.#literal = newLiteral();
    this.#literalBytes = 0;
  }
}

/** Where the arguments of a command line begin, after the tag and the name. */
function argumentsStart(line: Uint8Array, end: number): number {
  const command = parseCommand(line);
  return command.type === "command" ? Math.min(command.argumentsStart, end) : end;
}

function newLiteral(): Collector {
  return new Collector(2 * protocolLimits.imapParsedLiteralBytes);
}
