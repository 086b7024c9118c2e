/** An ICAP service as an engine (RFC 3507): the message and its pieces, each as a download or an upload of its own. */
import { Conversation } from "../../remote/conversation.ts";
import { KeptWires } from "../../remote/kept-wires.ts";
import {
  PROBE_CONTENT,
  type RemoteEngine,
  type RemoteMessage,
  type RemoteSink,
  remoteItems,
} from "../../remote/remote-engine.ts";
import { Wire } from "../../remote/wire.ts";
import { showContent } from "./icap-exchange.ts";
import { askOptions, type IcapOptions, type IcapService, icapService } from "./icap-service.ts";

/** `address` is an `icap:` URL. */
export function createIcapEngine(address: string): RemoteEngine {
  return new IcapEngine(icapService(new URL(address)));
}

class IcapEngine implements RemoteEngine {
  readonly name = "icap";
  readonly #service: IcapService;
  readonly #wires: KeptWires;
  #options: (IcapOptions & { readonly until: number }) | undefined;

  constructor(service: IcapService) {
    this.#service = service;
    this.#wires = new KeptWires(service.address);
  }

  async ask(message: RemoteMessage, sink: RemoteSink, signal: AbortSignal): Promise<void> {
    const conversation = new Conversation(this.#wires, signal);
    try {
      const options = await this.#learn(conversation);
      for (const { places, bytes } of remoteItems(message)) {
        const answer = await conversation.exchange((wire) => showContent(wire, this.#service, options, bytes));
        if (answer.isLast) conversation.drop();
        for (const { name, kind } of answer.findings) sink.detection(places, name, kind);
        if (answer.problem !== undefined) sink.incomplete(places, answer.problem);
      }
    } catch (error) {
      conversation.drop();
      // What it offers may have changed with what went wrong.
      this.#options = undefined;
      throw error;
    }
    conversation.end();
  }

  async probe(signal: AbortSignal): Promise<void> {
    const wire = await Wire.open(this.#service.address, signal);
    try {
      this.#remember(await askOptions(wire, this.#service));
    } finally {
      wire.close();
    }
    await this.#probeScan(signal);
  }

  /** OPTIONS is answered while the scanner behind the service is stuck. */
  async #probeScan(signal: AbortSignal): Promise<void> {
    const conversation = new Conversation(this.#wires, signal);
    try {
      const options = await this.#learn(conversation);
      await conversation.exchange((wire) => showContent(wire, this.#service, options, PROBE_CONTENT));
    } finally {
      conversation.drop();
    }
  }

  close(): void {
    this.#wires.close();
  }

  async #learn(conversation: Conversation): Promise<IcapOptions> {
    if (this.#options !== undefined && performance.now() < this.#options.until) return this.#options;
    const options = await conversation.exchange((wire) => askOptions(wire, this.#service));
    if (options.isLast) conversation.drop();
    return this.#remember(options);
  }

  #remember(options: IcapOptions): IcapOptions {
    this.#options = { ...options, until: performance.now() + options.timeMs };
    return options;
  }
}
