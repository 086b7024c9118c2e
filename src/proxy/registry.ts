/** What the running proxy knows of itself: facts of the sessions gathered into snapshots and log lines. */
import type { Clock } from "../core/clock.ts";
import { formatBytes } from "../core/format.ts";
import { logLimits, snapshotLimits } from "../core/limits.ts";
import type { LogFields, Logger, LogLevel } from "../core/log.ts";
import type {
  Decision,
  Failure,
  MailProtocol,
  MessageDisplay,
  Target,
  TlsInfo,
  UpstreamPeer,
  Verdict,
} from "../core/model.ts";
import { sanitize } from "../core/sanitize.ts";
import {
  type ConnectionSnapshot,
  type DetectionLine,
  EMPTY_TOTALS,
  type ListenerSnapshot,
  type ProxySnapshot,
  type ProxyState,
  type ProxyTotals,
} from "../core/snapshot.ts";
import type { Fact } from "../protocol/command.ts";
import { maskAccount } from "./mask-account.ts";

export interface JudgedMessage {
  readonly label: string;
  readonly bytes: number;
  /** An "upload" is one that the client stores on the server. */
  readonly direction?: "upload" | undefined;
  readonly display: MessageDisplay;
  readonly verdict: Verdict;
  readonly decision: Decision;
  /** The verdict was remembered from an earlier scan of the same message. */
  readonly isCached?: boolean;
}

const TEXT_CHARACTERS = 200;

export class Registry {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #startedAt: number;
  readonly #records = new Map<number, ConnectionRecord>();
  readonly #subscribers = new Set<() => void>();
  readonly #listeners: ListenerSnapshot[] = [];
  #recent: readonly DetectionLine[] = [];
  readonly #totals: { -readonly [K in keyof ProxyTotals]: number } = { ...EMPTY_TOTALS };
  #state: ProxyState = "running";
  #lastId = 0;
  #snapshot: ProxySnapshot | undefined;

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
    this.#startedAt = clock.now();
  }

  get openConnections(): number {
    return this.#records.size;
  }

  /** The same object until something changes. */
  snapshot(): ProxySnapshot {
    this.#snapshot ??= this.#takeSnapshot();
    return this.#snapshot;
  }

  #takeSnapshot(): ProxySnapshot {
    return {
      startedAt: this.#startedAt,
      state: this.#state,
      listeners: [...this.#listeners],
      connections: Array.from(this.#records.values(), (record) => record.snapshot()),
      totals: { ...this.#totals },
      recent: this.#recent,
    };
  }

  /** Calls `onChange` after every change, synchronously: a reader that draws limits its own rate. */
  subscribe(onChange: () => void): () => void {
    this.#subscribers.add(onChange);
    return () => this.#subscribers.delete(onChange);
  }

  addListener(listener: ListenerSnapshot): void {
    this.#listeners.push(listener);
    this.#logger.log("info", "listening", { ...listener });
    this.changed();
  }

  stopping(): void {
    this.#state = "stopping";
    this.changed();
  }

  open(protocol: MailProtocol, clientAddress: string): ConnectionRecord {
    this.#lastId += 1;
    const record = new ConnectionRecord(this, this.#logger, this.#lastId, protocol, clientAddress, this.#clock.now());
    this.#records.set(record.id, record);
    this.#totals.connections += 1;
    this.#logger.log("debug", "connection-opened", { connection: record.id, protocol, client: clientAddress });
    this.changed();
    return record;
  }

  close(record: ConnectionRecord): void {
    if (!this.#records.delete(record.id)) return;
    const { messages, bytesIn, bytesOut } = record.snapshot();
    this.#logger.log("debug", "connection-closed", { connection: record.id, messages, bytesIn, bytesOut });
    this.changed();
  }

  judged(record: ConnectionRecord, message: JudgedMessage): void {
    const { verdict } = message;
    this.#totals.messages += 1;
    this.#totals.bytes += message.bytes;
    if (verdict.kind !== "clean") this.#totals[verdict.kind] += 1;
    if (message.decision.action === "refuse") this.#totals.refused += 1;
    if (verdict.kind !== "clean") {
      const line = this.#detectionLine(record, message);
      this.#recent = [line, ...this.#recent].slice(0, snapshotLimits.recentDetections);
    }
    this.changed();
  }

  refused(): void {
    this.#totals.refused += 1;
    this.changed();
  }

  changed(): void {
    this.#snapshot = undefined;
    for (const subscriber of this.#subscribers) subscriber();
  }

  #detectionLine(record: ConnectionRecord, message: JudgedMessage): DetectionLine {
    const [detection] = message.verdict.detections;
    const [reason] = message.verdict.reasons;
    return {
      at: this.#clock.now(),
      verdict: message.verdict.kind,
      name: sanitize(detection?.name ?? reason?.code ?? "", TEXT_CHARACTERS),
      path: sanitize(detection?.path.join(" > ") ?? "", TEXT_CHARACTERS),
      sender: sanitize(message.display.from, TEXT_CHARACTERS),
      subject: sanitize(message.display.subject, TEXT_CHARACTERS),
      account: maskAccount(record.account),
      action: actionWord(message),
    };
  }
}

function actionWord({ direction, decision }: JudgedMessage): string {
  return (direction === "upload" ? UPLOAD_WORDS : ACTION_WORDS)[decision.action];
}

const ACTION_WORDS = { deliver: "delivered", replace: "replaced", refuse: "refused" } as const;
const UPLOAD_WORDS = { deliver: "stored", replace: "replaced", refuse: "upload refused" } as const;

/** One connection's entry, written by its driver. */
export class ConnectionRecord {
  readonly id: number;
  readonly protocol: MailProtocol;
  readonly #registry: Registry;
  readonly #logger: Logger;
  readonly #clientAddress: string;
  readonly #startedAt: number;
  #account = "";
  #shownAccount = "";
  #upstream = "";
  #upstreamTls = "";
  #isExcluded = false;
  #messages = 0;
  #bytesIn = 0;
  #bytesOut = 0;
  /** In words, or the octets of the message being scanned. */
  #state: string | number = "connected";
  #last: JudgedMessage | undefined;
  #complaints = 0;

  constructor(
    registry: Registry,
    logger: Logger,
    id: number,
    protocol: MailProtocol,
    clientAddress: string,
    startedAt: number,
  ) {
    this.#registry = registry;
    this.#logger = logger;
    this.id = id;
    this.protocol = protocol;
    this.#clientAddress = clientAddress;
    this.#startedAt = startedAt;
  }

  /** As the client gave it, not masked. */
  get account(): string {
    return this.#account;
  }

  /** `host:port` of the upstream, or "". */
  get upstream(): string {
    return this.#upstream;
  }

  connecting(target: Target): void {
    this.#upstream = targetText(target);
    this.#setState("connecting");
  }

  connected(peer: UpstreamPeer): void {
    this.#upstreamTls = peer.tls?.version ?? "plain";
    this.#isExcluded = peer.exclusion !== undefined;
    this.#setState("login");
  }

  secured(info: TlsInfo): void {
    this.#upstreamTls = info.version;
    this.#registry.changed();
  }

  /** Octets of a message are coming in (`isWhole` false) or being scanned. */
  holding(bytes: number, isWhole: boolean): void {
    this.#setState(isWhole ? bytes : "receiving");
  }

  judged(message: JudgedMessage): void {
    this.#messages += 1;
    this.#last = message;
    this.#setState("idle");
    this.#registry.judged(this, message);
    const { verdict, decision, display } = message;
    this.#logger.log(verdict.kind === "clean" ? "info" : "warning", "message", {
      ...this.#fields(),
      message: message.label,
      bytes: message.bytes,
      ...(message.direction !== undefined && { direction: message.direction }),
      verdict: verdict.kind,
      action: actionWord(message),
      why: decision.why,
      cached: message.isCached === true,
      ...(verdict.detections.length > 0 && {
        detections: verdict.detections.map(({ name, path }) => [name, ...path].join(" > ")),
      }),
      ...(verdict.reasons.length > 0 && { reasons: verdict.reasons.map(({ code, detail }) => `${code}: ${detail}`) }),
      from: display.from,
      subject: display.subject,
      messageId: display.messageId,
    });
  }

  /** Counted when the session reports what it refused because of this. */
  failed(failure: Failure, label?: string): void {
    const isMessage = label !== undefined;
    this.#logger.log(isMessage ? "warning" : "debug", isMessage ? "message-refused" : "upstream-failed", {
      ...this.#fields(),
      ...(isMessage && { message: label }),
      code: failure.code,
      detail: failure.detail,
    });
  }

  /** A message that the client has, and nobody could look at. */
  unjudged(failure: Failure, label: string): void {
    const { code, detail } = failure;
    this.#logger.log("warning", "message-unjudged", { ...this.#fields(), message: label, code, detail });
  }

  report(fact: Fact): void {
    switch (fact.type) {
      case "account":
        this.#account = fact.name;
        this.#shownAccount = maskAccount(fact.name);
        this.#registry.changed();
        return;
      case "state":
        this.#setState(fact.state);
        return;
      case "passthrough":
        this.#isExcluded = true;
        this.#setState("excluded");
        this.#logger.log("info", "passthrough", { ...this.#fields(), rule: fact.rule });
        return;
      case "protocol-error":
        this.#complain("warning", "protocol-error", {
          ...this.#fields(),
          side: fact.side,
          code: fact.code,
          detail: fact.detail,
        });
        return;
      case "refused":
        this.#registry.refused();
        this.#complain("info", "refused", { ...this.#fields(), code: fact.code, detail: fact.detail });
        return;
      default:
        fact satisfies never;
    }
  }

  /** A peer that provokes complaints without end must not fill the log. */
  #complain(level: LogLevel, event: string, fields: LogFields): void {
    this.#complaints += 1;
    if (this.#complaints > logLimits.complaintsPerConnection) return;
    this.#logger.log(level, event, fields);
    if (this.#complaints < logLimits.complaintsPerConnection) return;
    this.#logger.log("warning", "complaints-muted", {
      ...this.#fields(),
      detail: "more of this connection are not logged",
    });
  }

  /** Octets received from the upstream and sent to the client so far. */
  count(bytesIn: number, bytesOut: number): void {
    this.#bytesIn = bytesIn;
    this.#bytesOut = bytesOut;
    this.#registry.changed();
  }

  close(): void {
    this.#registry.close(this);
  }

  snapshot(): ConnectionSnapshot {
    const last = this.#last;
    return {
      id: this.id,
      startedAt: this.#startedAt,
      clientAddress: this.#clientAddress,
      protocol: this.protocol,
      account: this.#shownAccount,
      upstream: sanitize(this.upstream, TEXT_CHARACTERS),
      upstreamTls: this.#upstreamTls,
      clientTls: "plain",
      isExcluded: this.#isExcluded,
      messages: this.#messages,
      bytesIn: this.#bytesIn,
      bytesOut: this.#bytesOut,
      state:
        typeof this.#state === "number"
          ? `scanning ${formatBytes(this.#state)}`
          : sanitize(this.#state, TEXT_CHARACTERS),
      ...(last !== undefined && {
        lastVerdict: last.verdict.kind,
        lastSubject: sanitize(last.display.subject, TEXT_CHARACTERS),
        lastSender: sanitize(last.display.from, TEXT_CHARACTERS),
      }),
    };
  }

  #setState(state: string | number): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#registry.changed();
  }

  #fields(): Record<string, string | number> {
    return {
      connection: this.id,
      protocol: this.protocol,
      account: this.#shownAccount,
      upstream: this.upstream,
    };
  }
}

function targetText({ host, port }: Target): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
