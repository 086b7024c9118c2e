/** A command whose literals are names and nothing else, made one line: the literals become quoted strings. So that what has
 *  to be understood before it passes can be read as a whole. */
import { CR, fromLatin1, LF, NUL } from "../../core/bytes.ts";
import { protocolLimits } from "../../core/limits.ts";
import { BACKSLASH, QUOTE } from "./astring.ts";
import { Collector } from "./collector.ts";
import type { LineFragment, LiteralFragment } from "./fetch-assembly.ts";
import { GO_AHEAD } from "./reply.ts";
import type { Wire } from "./wire.ts";

/** `problem`: the command can not be folded; the line that was given last may announce a literal that is still to come. */
export type Folded = { readonly bytes: Buffer } | { readonly problem: string };

/** Literals have up to `imapParsedLiteralBytes` each, and the whole is no longer than a line may be. */
export class FoldedCommand {
  readonly #wire: Wire;
  readonly #text: Collector;
  #problem: string | undefined;
  #isInLiteral = false;

  constructor(wire: Wire) {
    this.#wire = wire;
    this.#text = new Collector(wire.client.maxLineBytes);
  }

  /** Takes the command's next line, and asks for the literal after it. The command once it is whole. */
  line({ bytes, literal }: LineFragment): Folded | undefined {
    this.#add(literal === undefined ? bytes : bytes.subarray(0, literal.start));
    if (literal !== undefined && literal.bytes > protocolLimits.imapParsedLiteralBytes) this.#problem ??= TOO_LONG;
    if (this.#problem !== undefined) return { problem: this.#problem };
    if (literal === undefined) return { bytes: this.#text.take() };
    if (literal.isSynchronising) this.#wire.toClient(GO_AHEAD);
    return undefined;
  }

  literal({ bytes, remaining }: LiteralFragment): void {
    if (!this.#isInLiteral) this.#add(QUOTES);
    this.#isInLiteral = remaining > 0;
    this.#addEscaped(bytes);
    if (remaining === 0) this.#add(QUOTES);
  }

  #addEscaped(bytes: Uint8Array): void {
    if (this.#problem !== undefined) return;
    const escaped = Buffer.allocUnsafe(2 * bytes.length);
    let length = 0;
    for (const octet of bytes) {
      if (octet === CR || octet === LF || octet === NUL || octet > ASCII_END) {
        this.#problem = "a literal here holds what no name has";
        return;
      }
      if (octet === QUOTE || octet === BACKSLASH) {
        escaped[length] = BACKSLASH;
        length += 1;
      }
      escaped[length] = octet;
      length += 1;
    }
    this.#add(escaped.subarray(0, length));
  }

  #add(bytes: Uint8Array): void {
    if (this.#problem === undefined && !this.#text.append(bytes)) this.#problem = TOO_LONG;
  }
}

const TOO_LONG = "the command is too long";
const QUOTES = fromLatin1('"');
const ASCII_END = 0x7e;
