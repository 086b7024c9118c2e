/** Responses other than FETCH that have literals. */
import { protocolLimits } from "../../core/limits.ts";
import { Collector } from "./collector.ts";
import type { Assembly, LineFragment, LiteralFragment } from "./fetch-assembly.ts";
import { isOneLine, isTooLongString } from "./string-guard.ts";
import type { Wire } from "./wire.ts";

/** Collects a response, for example LIST with a mailbox name as a literal, and passes it on whole: so nothing that the
 *  session itself has to say can fall into its middle. A literal that is no short line is not what it should be: the
 *  response is dropped. */
export class PlainAssembly implements Assembly {
  readonly #wire: Wire;
  readonly #name: string;
  readonly #collected = new Collector(protocolLimits.imapResponseBytes);
  #state: "collecting" | "dropped" = "collecting";

  /** `name` is the response's, in upper case. */
  constructor(wire: Wire, name: string) {
    this.#wire = wire;
    this.#name = name;
  }

  line({ bytes, literal }: LineFragment): void {
    if (literal !== undefined && isTooLongString(literal.bytes)) this.#drop();
    this.#collect(bytes);
    if (literal === undefined && this.#state === "collecting") this.#wire.toClient(this.#collected.take());
  }

  literal({ bytes }: LiteralFragment): void {
    if (!isOneLine(bytes)) this.#drop();
    this.#collect(bytes);
  }

  #collect(bytes: Uint8Array): void {
    if (this.#state === "dropped" || this.#collected.append(bytes)) return;
    this.#wire.endOnError("upstream", "response-too-long", "a response is longer than anything that is not a message");
  }

  #drop(): void {
    if (this.#state === "dropped" || TEXT_NAMES.has(this.#name)) return;
    this.#state = "dropped";
    this.#collected.take();
    const detail = `a literal that may be a message, in a response that has none: ${this.#name}`;
    this.#wire.report({ type: "protocol-error", side: "upstream", code: "unjudged-content", detail });
  }
}

/** A response that the client does not get. */
export const DROPPED: Assembly = { line() {}, literal() {} };

/** Their values are texts of any number of lines (RFC 5464, and the drafts before it). */
const TEXT_NAMES: ReadonlySet<string> = new Set(["METADATA", "ANNOTATION"]);
