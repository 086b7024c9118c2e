/** Responses other than FETCH that have literals. */
import { protocolLimits } from "../../core/limits.ts";
import { Collector } from "./collector.ts";
import type { Assembly, LineFragment, LiteralFragment } from "./fetch-assembly.ts";
import type { Wire } from "./wire.ts";

/** Collects a response, for example LIST with a mailbox name as a literal, and passes it on whole: so nothing that the
 *  session itself has to say can fall into its middle. */
export class PlainAssembly implements Assembly {
  readonly #wire: Wire;
  readonly #collected = new Collector(protocolLimits.imapResponseBytes);

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  line({ bytes, literal }: LineFragment): void {
    this.#collect(bytes);
    if (literal === undefined) this.#wire.toClient(this.#collected.take());
  }

  literal({ bytes }: LiteralFragment): void {
    this.#collect(bytes);
  }

  #collect(bytes: Uint8Array): void {
    if (this.#collected.append(bytes)) return;
    this.#wire.endOnError("upstream", "response-too-long", "a response is longer than anything that is not a message");
  }
}

/** A response that the client does not get. */
export const DROPPED: Assembly = { line() {}, literal() {} };
