/** One session under test with a model of its driver: what it sent, what it spooled, which timers run. Rules that hold
 *  for every session are checked on every command. Each event's octets are overwritten once handled, so that a session
 *  that keeps them without a copy is caught. */
import { fromLatin1 } from "../../src/core/bytes.ts";
import type { Decision, Side, Target } from "../../src/core/model.ts";
import { CLEAN } from "../../src/core/model.ts";
import type { Fact, Session, SessionCommand } from "../../src/protocol/command.ts";
import type { SessionEvent, SpoolId } from "../../src/protocol/event.ts";
import { DotStuffer } from "../../src/protocol/pop3/dot-stuffer.ts";
import { show } from "./show.ts";
import { buildItem, deliveredBytes, headerLength, type Judged, type SpoolModel, topEnd } from "./spool-model.ts";

/** What went towards one side, in order. Neighbouring octets are one item. */
export type StreamItem =
  | { readonly type: "bytes"; bytes: Buffer }
  | { readonly type: "connect"; readonly target: Target }
  | { readonly type: "start-tls"; readonly buffered: "discard" | "close" }
  | { readonly type: "compress" }
  | { readonly type: "close"; readonly how: "half" | "full" | "abort" };

/** Raised when a session broke a rule or a script's expectation; vitest shows `expected` and `actual` as a diff. */
export class PlaybookError extends Error {
  readonly expected: unknown;
  readonly actual: unknown;
  readonly showDiff: boolean;

  constructor(message: string, difference?: { expected: unknown; actual: unknown }) {
    super(message);
    this.name = "PlaybookError";
    this.expected = difference?.expected;
    this.actual = difference?.actual;
    this.showDiff = difference !== undefined;
  }
}

export class SessionRun {
  readonly name: string;
  readonly pending: Record<Side, StreamItem[]> = { client: [], upstream: [] };
  readonly sent: Record<Side, Buffer[]> = { client: [], upstream: [] };
  readonly paused: Record<Side, boolean> = { client: false, upstream: false };
  readonly closed: Record<Side, "open" | "half" | "full"> = { client: "open", upstream: "open" };
  readonly facts: Fact[] = [];
  readonly timers = new Map<string, number>();
  /** Timers set, or set anew, by the last step. */
  readonly freshTimers = new Set<string>();
  readonly spools = new Map<SpoolId, SpoolModel>();
  readonly #session: Session;
  readonly #segment: (bytes: Buffer) => Iterable<Buffer>;
  readonly #marker: Buffer | undefined;
  readonly #withholdsSections: boolean;
  readonly #knownTimers = new Set<string>();
  readonly #log: string[] = [];
  readonly #waiting: Record<Side, SessionEvent[]> = { client: [], upstream: [] };
  readonly #sections: Extract<SessionCommand, { type: "build-section" }>[] = [];
  readonly #kept: { readonly bytes: Uint8Array; readonly copy: Buffer }[] = [];
  #markerTail = Buffer.alloc(0);
  #hasUpstream = false;
  #isHandling = false;

  constructor(options: {
    name: string;
    session: Session;
    segment: (bytes: Buffer) => Iterable<Buffer>;
    marker: string | undefined;
    withholdsSections: boolean;
  }) {
    this.name = options.name;
    this.#session = options.session;
    this.#segment = options.segment;
    this.#marker = options.marker === undefined ? undefined : fromLatin1(options.marker);
    this.#withholdsSections = options.withholdsSections;
  }

  /** Gives the session octets in this run's segments; what comes while it has paused the side waits for `resume`. */
  receive(from: Side, bytes: Buffer): void {
    for (const segment of this.#segment(bytes)) this.#deliver(from, { type: "bytes", from, bytes: segment });
  }

  /** Any event but octets. */
  event(event: SessionEvent): void {
    if (event.type === "connected") this.#hasUpstream = true;
    if (event.type === "timer" && !this.timers.delete(event.name)) this.fail(`timer "${event.name}" is not running`);
    if (event.type === "closed") this.#deliver(event.from, event);
    else this.#handle(event);
  }

  judge(reference: SpoolId | string, judged: Judged): void {
    const spool = this.spool(reference);
    if (spool.state !== "whole") this.fail(`cannot judge ${spool.label}: it is ${spool.state}, not whole`);
    if (spool.isReleased) this.fail(`cannot judge ${spool.label}: it is released`);
    const original = Buffer.concat(spool.chunks);
    const delivered = deliveredBytes(original, judged);
    const decision: Decision =
      judged.decision ??
      (delivered === original ? { action: "deliver", why: "clean" } : { action: "replace", why: "test" });
    spool.state = "judged";
    if (decision.action !== "refuse") spool.delivered = delivered;
    this.#handle({
      type: "judged",
      id: spool.id,
      verdict: judged.verdict ?? CLEAN,
      decision,
      delivered: {
        bytes: delivered.length,
        headerBytes: headerLength(delivered),
        isOriginal: delivered.equals(original),
        ...(judged.told !== undefined && { told: judged.told }),
      },
    });
  }

  failHold(reference: SpoolId | string, detail: string): void {
    const spool = this.spool(reference);
    if (spool.isReleased) this.fail(`cannot fail ${spool.label}: it is released`);
    if (spool.state === "judged") this.fail(`cannot fail ${spool.label}: it is judged`);
    spool.state = "failed";
    this.#handle({ type: "hold-failed", id: spool.id, failure: { code: "spool", detail } });
  }

  /** Answers every section asked for so far. */
  buildSections(): void {
    for (const { id, request, section } of this.#sections.splice(0)) {
      const spool = this.spools.get(id);
      if (spool?.delivered === undefined || spool.isReleased) continue;
      const { delivered } = spool;
      if (section.type === "top") {
        this.#handle({ type: "section", id, request, start: 0, end: topEnd(delivered, section.lines) });
      } else {
        this.#handle({ type: "items", id, request, items: section.items.map((item) => buildItem(spool, item)) });
      }
    }
  }

  /** Answers every section asked for so far: it can not be had. */
  failSections(detail: string): void {
    for (const { id, request, section } of this.#sections.splice(0)) {
      if (section.type === "top") this.fail("the header and lines of a message can always be had");
      const items = section.items.map(() => ({ type: "failed", detail }) as const);
      this.#handle({ type: "items", id, request, items });
    }
  }

  /** The latest spool with this id or label that is not released, or the latest at all. */
  spool(reference: SpoolId | string): SpoolModel {
    const matching = [...this.spools.values()].filter((spool) => spool.id === reference || spool.label === reference);
    const spool = matching.findLast((candidate) => !candidate.isReleased) ?? matching.at(-1);
    if (spool === undefined) this.fail(`there is no held message ${JSON.stringify(reference)}`);
    return spool;
  }

  fail(message: string, difference?: { expected: unknown; actual: unknown }): never {
    const log = this.#log.slice(-LOG_LINES).join("\n  ");
    throw new PlaybookError(`[${this.name}] ${message}\n  ${log}`, difference);
  }

  #deliver(from: Side, event: SessionEvent): void {
    if (this.closed[from] === "full") return;
    this.#waiting[from].push(event);
    this.#pump();
  }

  #pump(): void {
    for (const side of SIDES) {
      while (!this.paused[side] && this.closed[side] !== "full") {
        const event = this.#waiting[side].shift();
        if (event === undefined) break;
        this.#handle(event);
      }
    }
  }

  #handle(event: SessionEvent): void {
    if (this.#isHandling) this.fail("the session was entered twice");
    this.#isHandling = true;
    if (this.#log.length > 2 * LOG_LINES) this.#log.splice(0, LOG_LINES);
    this.#log.push(`> ${show(event)}`);
    const given = event.type === "bytes" ? { ...event, bytes: ownMemory(event.bytes) } : event;
    let commands: readonly SessionCommand[];
    try {
      commands = this.#session.handle(given);
    } catch (error) {
      this.fail(`handle() threw: ${error instanceof Error ? error.stack : String(error)}`);
    }
    for (const command of commands) this.#carryOut(command);
    this.#checkKept(commands, given.type === "bytes" ? given.bytes : undefined);
    if (given.type === "bytes") given.bytes.fill(POISON);
    this.#checkEnd();
    this.#isHandling = false;
    if (!this.#withholdsSections) this.buildSections();
    this.#pump();
  }

  #carryOut(command: SessionCommand): void {
    this.#log.push(`  < ${show(command)}`);
    switch (command.type) {
      case "send":
        this.#checkMarker(command.to, command.bytes);
        this.#send(command.to, Buffer.from(command.bytes));
        break;
      case "send-range":
        this.#send(command.to, this.#range(command));
        break;
      case "send-decoded": {
        const { start, end } = command;
        this.#judged(command.id, "send-decoded");
        const bytes = this.spools.get(command.id)?.decoded[command.decoded];
        if (bytes === undefined || !(start >= 0 && start < end && end <= bytes.length))
          this.fail(`send-decoded ${start} to ${end} of ${bytes?.length} octets`);
        this.#send(command.to, Buffer.from(bytes.subarray(start, end)));
        break;
      }
      case "build-section":
        this.#judged(command.id, "build-section");
        this.#sections.push(command);
        break;
      case "connect":
        this.closed.upstream = "open";
        this.#hasUpstream = false;
        this.pending.upstream.push({ type: "connect", target: command.target });
        break;
      case "start-tls":
        this.#checkOpen(command.side, command.type);
        this.pending[command.side].push({ type: "start-tls", buffered: command.buffered });
        break;
      case "compress":
        this.#checkOpen(command.side, command.type);
        this.pending[command.side].push({ type: "compress" });
        if (command.received.length > 0)
          this.#waiting[command.side].unshift({
            type: "bytes",
            from: command.side,
            bytes: Buffer.from(command.received),
          });
        break;
      case "pause":
      case "resume":
        this.#setPaused(command.side, command.type === "pause");
        break;
      case "close":
        this.#close(command.side, command.how);
        break;
      case "set-timer":
        if (!(Number.isFinite(command.ms) && command.ms > 0)) this.fail(`timer "${command.name}" set to ${command.ms}`);
        this.#knownTimers.add(command.name);
        this.timers.set(command.name, command.ms);
        this.freshTimers.add(command.name);
        break;
      case "clear-timer":
        if (!this.#knownTimers.has(command.name)) this.fail(`timer "${command.name}" cleared but never set`);
        this.timers.delete(command.name);
        break;
      case "report":
        this.facts.push(command.fact);
        break;
      default:
        this.#carryOutSpool(command);
    }
  }

  #carryOutSpool(command: Extract<SessionCommand, { type: `spool-${string}` | "release" }>): void {
    if (command.type === "spool-begin") {
      if (this.spools.has(command.id)) this.fail(`spool ${command.id} begun twice`);
      const fresh = { state: "open", isReleased: false, isEndExpected: false, delivered: undefined } as const;
      this.spools.set(command.id, { id: command.id, label: command.label, chunks: [], decoded: [], ...fresh });
      return;
    }
    const spool = this.spools.get(command.id);
    if (spool === undefined) this.fail(`${command.type} of spool ${command.id}, which was never begun`);
    if (spool.isReleased) this.fail(`${command.type} of ${spool.label} after its release`);
    if (command.type === "release") {
      spool.isReleased = true;
      return;
    }
    if (spool.state === "failed") return;
    if (spool.state !== "open") this.fail(`${command.type} of ${spool.label}, which is ${spool.state}`);
    if (command.type === "spool-bytes") spool.chunks.push(Buffer.from(command.bytes));
    else spool.state = "whole";
  }

  #send(to: Side, bytes: Buffer): void {
    this.#checkOpen(to, "send");
    if (to === "upstream" && !this.#hasUpstream) this.fail("send to an upstream that is not connected");
    if (bytes.length === 0) return;
    this.sent[to].push(bytes);
    const last = this.pending[to].at(-1);
    if (last?.type === "bytes") last.bytes = Buffer.concat([last.bytes, bytes]);
    else this.pending[to].push({ type: "bytes", bytes });
  }

  #range(command: Extract<SessionCommand, { type: "send-range" }>): Buffer {
    const { bytes } = this.#judged(command.id, "send-range");
    const { start, end } = command;
    if (!(start >= 0 && start <= end && end <= bytes.length)) {
      this.fail(`send-range ${start} to ${end} of ${bytes.length} octets`);
    }
    const range = bytes.subarray(start, end);
    if (command.stuffing === undefined) return range;
    const stuffer = new DotStuffer();
    return Buffer.concat([...stuffer.push(range), ...stuffer.end()]);
  }

  #judged(id: SpoolId, what: string): { bytes: Buffer } {
    const spool = this.spools.get(id);
    if (spool === undefined || spool.isReleased) this.fail(`${what} of spool ${id}, which is not there`);
    if (spool.delivered === undefined)
      this.fail(`${what} of ${spool.label}, which is ${spool.state}: not judged fit to deliver`);
    return { bytes: spool.delivered };
  }

  #setPaused(side: Side, isPaused: boolean): void {
    if (this.paused[side] === isPaused) this.fail(`${side} ${isPaused ? "paused" : "resumed"} twice`);
    this.paused[side] = isPaused;
  }

  #close(side: Side, how: "half" | "full" | "abort"): void {
    const state = this.closed[side];
    if (state === "full" || (state === "half" && how === "half")) this.fail(`${side} closed twice`);
    this.closed[side] = how === "half" ? "half" : "full";
    if (how !== "half") this.#waiting[side].length = 0;
    this.pending[side].push({ type: "close", how });
  }

  #checkOpen(side: Side, what: string): void {
    if (this.closed[side] !== "open") this.fail(`${what} to the ${side} after its close`);
  }

  #checkMarker(to: Side, bytes: Uint8Array): void {
    if (this.#marker === undefined || to !== "client") return;
    const joined = Buffer.concat([this.#markerTail, bytes]);
    if (joined.includes(this.#marker)) this.fail("content that no verdict covers was sent to the client");
    this.#markerTail = Buffer.from(joined.subarray(Math.max(0, joined.length - this.#marker.length + 1)));
  }

  /** The driver keeps what it sends, without a copy, unless it aliases the event: a session must not write to it again. */
  #checkKept(commands: readonly SessionCommand[], given: Uint8Array | undefined): void {
    for (const { bytes, copy } of this.#kept) {
      if (!copy.equals(bytes))
        this.fail(`octets were changed after they were sent: ${show(copy)} became ${show(bytes)}`);
    }
    for (const command of commands) {
      if (command.type !== "send" || command.bytes.buffer === given?.buffer) continue;
      this.#kept.push({ bytes: command.bytes, copy: Buffer.from(command.bytes) });
    }
    this.#kept.splice(0, Math.max(0, this.#kept.length - KEPT_SENDS));
  }

  #checkEnd(): void {
    if (this.closed.client !== "full" || (this.closed.upstream !== "full" && this.#hasUpstream)) return;
    const held = [...this.spools.values()].find((spool) => !spool.isReleased);
    if (held !== undefined) this.fail(`both sides are closed and ${held.label} is not released`);
    if (this.timers.size > 0) this.fail(`both sides are closed and timers run: ${[...this.timers.keys()].join(", ")}`);
  }
}

const SIDES: readonly Side[] = ["client", "upstream"];
const LOG_LINES = 60;
const POISON = 0xee;
const KEPT_SENDS = 20;

/** A copy that shares its memory with nothing else. */
function ownMemory(bytes: Uint8Array): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}
