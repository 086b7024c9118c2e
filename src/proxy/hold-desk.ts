/** The held messages of one connection: spooled, judged, decided on, rewritten, and sent in ranges. */

import { LF } from "../core/bytes.ts";
import { errorText, systemErrorCode } from "../core/errors.ts";
import { protocolLimits } from "../core/limits.ts";
import type { Logger } from "../core/log.ts";
import type { Decision, Failure, Side } from "../core/model.ts";
import { sanitize } from "../core/sanitize.ts";
import type { Settings } from "../core/settings.ts";
import { classesToRemove, decide, decideUpload } from "../policy/decide.ts";
import type { ItemRequest, SessionCommand } from "../protocol/command.ts";
import type { DeliveredStructure, SessionEvent, SpoolId } from "../protocol/event.ts";
import { DotStuffer } from "../protocol/pop3/dot-stuffer.ts";
import type { Judgement, ScanService } from "../scan/judge.ts";
import { knownFindings } from "../scan/remote/known-findings.ts";
import type { SectionService } from "../scan/sections.ts";
import { deliveredStructure } from "./delivered-structure.ts";
import { HeldMessage } from "./held-message.ts";
import type { Outbox } from "./outbox.ts";
import type { ConnectionRecord } from "./registry.ts";
import { SectionBuilder } from "./section-builder.ts";
import { SpoolFullError, type SpoolStore } from "./spool-store.ts";

export interface HoldDeskOptions {
  readonly settings: Settings;
  readonly store: SpoolStore;
  readonly scanService: ScanService & SectionService;
  readonly record: ConnectionRecord;
  readonly logger: Logger;
}

export interface HoldDeskPeer {
  event(event: SessionEvent): void;
  /** More, or no more, is waiting for the disk or for verdicts than should be, of what comes from this side. */
  pressure(isHigh: boolean, from: Side): void;
}

type HoldCommand = Extract<
  SessionCommand,
  { type: "spool-begin" | "spool-bytes" | "spool-end" | "release" | "build-section" }
>;

interface Held {
  readonly message: HeldMessage;
  readonly sections: SectionBuilder;
  readonly label: string;
  readonly direction: "upload" | undefined;
  readonly isObserved: boolean;
  headerBytes: number;
}

export class HoldDesk {
  readonly #options: HoldDeskOptions;
  readonly #signal: AbortSignal;
  readonly #peer: HoldDeskPeer;
  readonly #held = new Map<SpoolId, Held>();
  readonly #pressed: Record<Side, Set<HeldMessage | "observed">> = { client: new Set(), upstream: new Set() };
  /** Messages that are delivered and wait for their verdict. */
  #observed = 0;

  constructor(options: HoldDeskOptions, signal: AbortSignal, peer: HoldDeskPeer) {
    this.#options = options;
    this.#signal = signal;
    this.#peer = peer;
  }

  execute(command: HoldCommand): void {
    switch (command.type) {
      case "spool-begin": {
        const { direction, isObserved = false } = command;
        const from = direction === "upload" ? "client" : "upstream";
        const pressure = (isHigh: boolean): void => this.#press(from, message, isHigh);
        const message: HeldMessage = new HeldMessage(this.#options.store, pressure, command.expectedBytes);
        const { store, scanService: service } = this.#options;
        const sections = new SectionBuilder({ service, store, message, signal: this.#signal });
        this.#held.set(command.id, { message, sections, label: command.label, direction, isObserved, headerBytes: 0 });
        this.#options.record.holding(message.bytes, false);
        return;
      }
      case "spool-bytes":
        this.#get(command.id).message.append(command.bytes);
        return;
      case "spool-end":
        this.#whole(command.id, this.#get(command.id));
        return;
      case "build-section":
        this.#build(command);
        return;
      case "release":
        this.#release(this.#held.get(command.id));
        this.#held.delete(command.id);
        return;
      default:
        command satisfies never;
    }
  }

  sendRange(command: Extract<SessionCommand, { type: "send-range" }>, outbox: Outbox | undefined): void {
    const filter = command.stuffing === "dot" ? new DotStuffer() : undefined;
    outbox?.pushRange(this.#get(command.id).message, command.start, command.end, filter);
  }

  sendDecoded(command: Extract<SessionCommand, { type: "send-decoded" }>, outbox: Outbox | undefined): void {
    const decoded = this.#get(command.id).sections.decoded(command.decoded);
    outbox?.pushRange(decoded, command.start, command.end, undefined);
  }

  /** Frees everything; the connection is over. */
  dispose(): void {
    for (const held of this.#held.values()) this.#release(held);
    this.#held.clear();
  }

  #release(held: Held | undefined): void {
    held?.sections.dispose();
    held?.message.release();
  }

  #get(id: SpoolId): Held {
    const held = this.#held.get(id);
    if (held === undefined) throw new Error(`the session names a message that is not held: ${id}`);
    return held;
  }

  #whole(id: SpoolId, held: Held): void {
    if (held.isObserved) void this.#observe(held);
    else void this.#judge(id, held);
  }

  /** A side is read again when nothing that comes from it is behind any more. */
  #press(from: Side, cause: HeldMessage | "observed", isHigh: boolean): void {
    const causes = this.#pressed[from];
    const wasHigh = causes.size > 0;
    if (isHigh) causes.add(cause);
    else causes.delete(cause);
    if (wasHigh !== causes.size > 0) this.#peer.pressure(!wasHigh, from);
  }

  /** The client has the message: its verdict is told even when the connection is over by then. */
  async #observe({ message, label }: Held): Promise<void> {
    const { record, scanService } = this.#options;
    message.use();
    this.#countObserved(1);
    try {
      await message.finish();
      const { verdict, display, isCached = false } = await scanService.judge(message.source(), NEVER);
      record.judged({ label, bytes: message.bytes, display, verdict, decision: OBSERVED, isCached });
    } catch (error) {
      record.unjudged(holdFailure(error), label);
    } finally {
      message.release();
      this.#countObserved(-1);
    }
  }

  #countObserved(change: 1 | -1): void {
    this.#observed += change;
    if (this.#observed > protocolLimits.heldMessages) this.#press("upstream", "observed", true);
    else if (this.#observed <= protocolLimits.heldMessages / 2) this.#press("upstream", "observed", false);
  }

  async #judge(id: SpoolId, held: Held): Promise<void> {
    const { record, scanService, settings } = this.#options;
    const { message, label, direction } = held;
    message.use();
    try {
      record.holding(message.bytes, true);
      if (!message.isSettled) await message.finish();
      const judgement = await scanService.judge(message.source(), this.#signal);
      const { verdict } = judgement;
      const decision = (direction === "upload" ? decideUpload : decide)(verdict, settings.actions);
      held.headerBytes = judgement.headerBytes;
      const told = decision.action === "replace" ? await this.#rewrite(held, judgement) : undefined;
      if (this.#signal.aborted) return;
      const { display, isCached = false } = judgement;
      record.judged({ label, bytes: message.bytes, direction, display, verdict, decision, isCached });
      const delivered = {
        bytes: message.deliveredBytes,
        headerBytes: held.headerBytes,
        isOriginal: decision.action !== "replace",
        ...(told !== undefined && { told }),
      };
      this.#peer.event({ type: "judged", id, verdict, decision, delivered });
    } catch (error) {
      if (this.#signal.aborted) return;
      const failure = holdFailure(error);
      record.failed(failure, label);
      this.#peer.event({ type: "hold-failed", id, failure });
    } finally {
      message.release();
    }
  }

  /** Answers what IMAP is to tell of the new message. */
  async #rewrite(held: Held, judgement: Judgement): Promise<DeliveredStructure | undefined> {
    const { record, scanService, settings } = this.#options;
    const remove = classesToRemove(judgement.verdict, settings.actions);
    const context = {
      protocol: record.protocol,
      upstream: record.upstream,
      account: record.account,
      // No time of removal: each fetch of a message gets the same octets (IMAP messages are immutable per UID).
      date: "",
    };
    const known = knownFindings(judgement.verdict);
    const rewrite = await scanService.rewrite(held.message.source(), { context, remove, known }, this.#signal);
    if (rewrite.edits.length === 0) {
      throw new Error(`nothing could be removed although the message is ${judgement.verdict.kind}`);
    }
    held.message.setEdits(rewrite.edits);
    held.headerBytes = rewrite.headerBytes;
    if (record.protocol !== "imap") return undefined;
    return await deliveredStructure(scanService, held.message, rewrite.edits, this.#signal);
  }

  #build({ id, request, section }: Extract<HoldCommand, { type: "build-section" }>): void {
    const held = this.#get(id);
    if (section.type === "top") void this.#buildTop(id, request, section.lines, held);
    else void this.#buildItems(id, request, section.items, held);
  }

  async #buildItems(id: SpoolId, request: number, items: readonly ItemRequest[], held: Held): Promise<void> {
    const { message, sections } = held;
    message.use();
    try {
      const built = await sections.build(items);
      if (!this.#signal.aborted) this.#peer.event({ type: "items", id, request, items: built });
    } finally {
      message.release();
    }
  }

  /** RFC 1939 §7 TOP: the header, the blank line, and `lines` lines of the body. */
  async #buildTop(id: SpoolId, request: number, lines: number, held: Held): Promise<void> {
    const { message, headerBytes } = held;
    message.use();
    try {
      const end = await endOfLines(message, headerBytes, lines);
      this.#peer.event({ type: "section", id, request, start: 0, end });
    } catch (error) {
      this.#peer.event({ type: "hold-failed", id, failure: holdFailure(error) });
    } finally {
      message.release();
    }
  }
}

const OBSERVED: Decision = { action: "deliver", why: "delivered before its verdict (delivery.mode is observe)" };

const NEVER = new AbortController().signal;

async function endOfLines(message: HeldMessage, start: number, lines: number): Promise<number> {
  let position = start;
  let left = lines;
  for (const piece of message.pieces(start, message.deliveredBytes)) {
    const length = piece.type === "memory" ? piece.bytes.length : piece.end - piece.start;
    for (let done = 0; done < length && left > 0; ) {
      const bytes = piece.type === "memory" ? piece.bytes : await message.readFile(piece.start + done, piece.end);
      let next = 0;
      while (left > 0) {
        const found = bytes.indexOf(LF, next);
        if (found < 0) break;
        next = found + 1;
        left -= 1;
        if (left === 0) return position + next;
      }
      done += bytes.length;
      position += bytes.length;
    }
    if (left === 0) return position;
  }
  return position;
}

function holdFailure(error: unknown): Failure {
  if (error instanceof SpoolFullError) return { code: "spool", detail: error.message };
  const code = systemErrorCode(error);
  if (code === "ENOSPC" || code === "EDQUOT") return { code: "spool", detail: "the disk for held messages is full" };
  if (code === "EROFS" || code === "EACCES" || code === "EMFILE" || code === "ENFILE" || code === "EIO") {
    return { code: "spool", detail: `a held message could not be stored (${code})` };
  }
  return { code: "scan", detail: `the message could not be scanned: ${sanitize(errorText(error), 200)}` };
}
