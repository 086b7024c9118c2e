/** Runs one session: owns both sockets, the timers and the held messages, and carries out what the session asks for. */
import type { Socket } from "node:net";
import { copyOf } from "../core/bytes.ts";
import { errorText } from "../core/errors.ts";
import { connectionLimits } from "../core/limits.ts";
import type { Failure, Side, UpstreamPeer } from "../core/model.ts";
import type { Session, SessionCommand } from "../protocol/command.ts";
import type { SessionEvent } from "../protocol/event.ts";
import { DownloadWatch } from "./download-watch.ts";
import { HoldDesk, type HoldDeskOptions } from "./hold-desk.ts";
import type { ConnectionRecord } from "./registry.ts";
import { Timers } from "./timers.ts";
import { Transport } from "./transport.ts";
import type { UpstreamConnector } from "./upstream-connector.ts";
import { failureOf } from "./upstream-failure.ts";

export interface ConnectionOptions extends HoldDeskOptions {
  readonly session: Session;
  readonly connector: UpstreamConnector;
  readonly record: ConnectionRecord;
  /** True when the listener can be reached from other hosts. */
  readonly isGuarded: boolean;
}

/** A fault in here or in the session ends this connection and no other. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #session: Session;
  readonly #client: Transport;
  readonly #desk: HoldDesk;
  readonly #timers: Timers;
  readonly #watch: DownloadWatch;
  readonly #abort = new AbortController();
  readonly #events: SessionEvent[] = [];
  #upstream: Transport | undefined;
  #peer: UpstreamPeer | undefined;
  #early: Buffer[] = [];
  #pastBytesIn = 0;
  #guard: NodeJS.Timeout | undefined;
  #isClosing = false;
  #isHandling = false;
  #isRecycled = false;
  #state: "running" | "ended" = "running";
  readonly #onEnd: () => void;

  constructor(socket: Socket, options: ConnectionOptions, onEnd: () => void) {
    this.#options = options;
    this.#session = options.session;
    this.#onEnd = onEnd;
    this.#timers = new Timers((name) => this.#dispatch({ type: "timer", name }));
    this.#watch = new DownloadWatch({
      octets: () => this.#bytesIn(),
      isPaused: () => this.#upstream?.isPaused ?? true,
      stalled: () => this.#dispatch({ type: "stalled" }),
    });
    this.#desk = new HoldDesk(options, this.#abort.signal, {
      event: (event) => this.#dispatch(event),
      pressure: (isHigh, from) => {
        if (from === "upstream") this.#pauseUpstream("spool", isHigh);
        else if (isHigh) this.#client.pause("spool");
        else this.#client.resume("spool");
      },
    });
    this.#client = new Transport(socket, {
      bytes: (bytes, isRecycled) => this.#received("client", bytes, isRecycled),
      closed: (how) => this.#closed("client", how),
      gone: () => this.end(),
      wrote: () => this.#count(),
      pressure: (isHigh) => {
        // Neither what the upstream sends nor what the client asks for may pile up before a client that does not read.
        this.#pauseUpstream("outbox", isHigh);
        if (isHigh) this.#client.pause("unread");
        else this.#client.resume("unread");
      },
      failed: (error) => this.#fault(error),
    });
  }

  /** Gives the session its first event. */
  start(): void {
    this.#dispatch({ type: "start" });
  }

  /** Ends both sides now. */
  end(): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.#abort.abort();
    this.#timers.clearAll();
    this.#watch.close();
    clearTimeout(this.#guard);
    this.#events.length = 0;
    this.#client.destroy(false);
    this.#upstream?.destroy(false);
    this.#desk.dispose();
    this.#count();
    this.#onEnd();
  }

  #dispatch(event: SessionEvent): void {
    if (this.#state === "ended") return;
    if (this.#isHandling) {
      this.#events.push(event.type === "bytes" ? { ...event, bytes: copyOf(event.bytes) } : event);
      return;
    }
    this.#isHandling = true;
    try {
      this.#handle(event);
      for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
        this.#isRecycled = false;
        this.#handle(next);
      }
    } catch (error) {
      this.#fault(error);
    } finally {
      this.#isHandling = false;
      this.#isRecycled = false;
    }
  }

  #handle(event: SessionEvent): void {
    for (const command of this.#session.handle(event)) {
      if (this.#state === "ended") return;
      this.#execute(command);
    }
  }

  #execute(command: SessionCommand): void {
    switch (command.type) {
      case "send":
        this.#side(command.to)?.outbox.push(this.#isRecycled ? copyOf(command.bytes) : command.bytes);
        return;
      case "send-range":
        this.#desk.sendRange(command, this.#side(command.to)?.outbox);
        return;
      case "send-decoded":
        this.#desk.sendDecoded(command, this.#side(command.to)?.outbox);
        return;
      case "spool-begin":
        if (command.direction !== "upload" && command.isObserved !== true) this.#watch.began(command.id);
        this.#desk.execute(command);
        return;
      case "spool-end":
      case "release":
        this.#watch.ended(command.id);
        this.#desk.execute(command);
        return;
      case "build-section":
      case "spool-bytes":
        this.#desk.execute(command);
        return;
      case "connect":
        void this.#connect(command.target);
        return;
      case "start-tls":
        void this.#startTls(command.side, command.buffered);
        return;
      case "compress":
        this.#side(command.side)?.compress(copyOf(command.received));
        return;
      case "pause":
        this.#side(command.side)?.pause("session");
        return;
      case "resume":
        this.#side(command.side)?.resume("session");
        return;
      case "close":
        this.#close(command.side, command.how);
        return;
      case "set-timer":
        this.#timers.set(command.name, command.ms);
        return;
      case "clear-timer":
        this.#timers.clear(command.name);
        return;
      case "report":
        this.#options.record.report(command.fact);
        return;
      default:
        command satisfies never;
    }
  }

  #side(side: Side): Transport | undefined {
    return side === "client" ? this.#client : this.#upstream;
  }

  #received(side: Side, bytes: Uint8Array, isRecycled: boolean): void {
    this.#isRecycled = isRecycled;
    this.#dispatch({ type: "bytes", from: side, bytes });
    this.#count();
  }

  #closed(side: Side, how: "fin" | "reset"): void {
    this.#dispatch({ type: "closed", from: side, how });
    if (side === "client" && how === "reset") this.end();
    else this.#guardEnd();
  }

  /** A connection that one peer has left, or that only has to be closed, ends when nothing moves on it any more, whatever
   *  its session waits for and whether or not its client reads. */
  #guardEnd(): void {
    if (this.#state === "ended" || this.#guard !== undefined) return;
    const bytes = this.#movedBytes();
    const { timeMs } = this.#options.settings.scan;
    this.#guard = setTimeout(() => {
      this.#guard = undefined;
      if (this.#movedBytes() === bytes) this.end();
      else this.#guardEnd();
    }, timeMs + connectionLimits.closingTimeoutMs);
  }

  #movedBytes(): number {
    const { bytesOut, bytesIn } = this.#client;
    return this.#isClosing ? bytesOut : bytesOut + bytesIn + this.#bytesIn();
  }

  #close(side: Side, how: "half" | "full" | "abort"): void {
    const transport = this.#side(side);
    if (transport === undefined) return;
    if (how === "abort") transport.destroy(true);
    else if (how === "full" && side === "upstream") transport.closeSoon();
    else transport.outbox.pushClose(how);
    if (side === "upstream" && how !== "half") this.#dropUpstream();
    if (side === "client" && how === "full") {
      this.#isClosing = true;
      this.#guardEnd();
    }
  }

  /** Its octets stay counted; what is still queued to it goes out. */
  #dropUpstream(): void {
    this.#pastBytesIn += this.#upstream?.bytesIn ?? 0;
    this.#upstream = undefined;
  }

  async #connect(target: UpstreamPeer["target"]): Promise<void> {
    this.#upstream?.destroy(false);
    this.#dropUpstream();
    this.#early = [];
    let transport: Transport | undefined;
    const receive = (bytes: Uint8Array): void => {
      if (transport === undefined) this.#early.push(copyOf(bytes));
      else transport.receive(bytes);
    };
    this.#options.record.connecting(target);
    try {
      const { socket, peer } = await this.#options.connector.connect(
        target,
        this.#options.isGuarded,
        receive,
        this.#abort.signal,
      );
      if (this.#state === "ended") {
        socket.destroy();
        return;
      }
      transport = this.#adoptUpstream(socket);
      this.#peer = peer;
      this.#options.record.connected(peer);
      this.#dispatch({ type: "connected", peer });
      for (const bytes of this.#early) transport.receive(bytes);
      this.#early = [];
      transport.resume("upgrade");
    } catch (error) {
      this.#dispatch({ type: "connect-failed", failure: this.#failure(error, target) });
    }
  }

  /** Not read until its session knows of it. */
  #adoptUpstream(socket: Socket): Transport {
    const transport: Transport = new Transport(socket, {
      bytes: (bytes, isRecycled) => {
        if (this.#upstream === transport) this.#received("upstream", bytes, isRecycled);
      },
      closed: (how) => {
        if (this.#upstream === transport) this.#closed("upstream", how);
      },
      gone: () => undefined,
      wrote: () => undefined,
      pressure: (isHigh) => {
        if (isHigh) this.#client.pause("outbox");
        else this.#client.resume("outbox");
      },
      failed: (error) => this.#fault(error),
    });
    transport.pause("upgrade");
    this.#upstream = transport;
    return transport;
  }

  async #startTls(side: Side, buffered: "discard" | "close"): Promise<void> {
    const transport = this.#side(side);
    const peer = this.#peer;
    if (side !== "upstream" || transport === undefined || peer === undefined) {
      this.#dispatch({ type: "tls-failed", side, failure: { code: "tls", detail: "TLS is not possible here" } });
      return;
    }
    const socket = transport.detach();
    const stale = socket.readableLength;
    if (stale > 0 && buffered === "close") {
      transport.destroy(true);
      const detail = `${peer.target.host} sent octets before TLS was up, which could be an attack`;
      this.#dispatch({ type: "tls-failed", side, failure: { code: "tls", detail } });
      return;
    }
    if (stale > 0) socket.read();
    try {
      const secure = await this.#options.connector.upgrade(socket, peer.target, this.#abort.signal);
      transport.adopt(secure.socket);
      this.#options.record.secured(secure.info);
      this.#dispatch({ type: "tls-established", side, info: secure.info });
    } catch (error) {
      transport.destroy(false);
      this.#dispatch({ type: "tls-failed", side, failure: this.#failure(error, peer.target) });
    }
  }

  #failure(error: unknown, target: UpstreamPeer["target"]): Failure {
    const failure = failureOf(error, target);
    this.#options.record.failed(failure);
    return failure;
  }

  #pauseUpstream(cause: "outbox" | "spool", isHigh: boolean): void {
    if (isHigh) this.#upstream?.pause(cause);
    else this.#upstream?.resume(cause);
  }

  #count(): void {
    this.#options.record.count(this.#bytesIn(), this.#client.bytesOut);
  }

  /** From upstreams. */
  #bytesIn(): number {
    return this.#pastBytesIn + (this.#upstream?.bytesIn ?? 0);
  }

  /** A programming error or a failure of this machine: said in the log, and this connection ends. */
  #fault(error: unknown): void {
    this.#options.logger.log("error", "connection-fault", {
      connection: this.#options.record.id,
      error: errorText(error),
      ...(error instanceof Error && error.stack !== undefined && { stack: error.stack.slice(0, STACK_CHARACTERS) }),
    });
    this.end();
  }
}

const STACK_CHARACTERS = 1_000;
