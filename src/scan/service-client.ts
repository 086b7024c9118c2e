/** The scan service for whoever holds a message: turns what the process answers, or fails to, into judgements. */
import { availableParallelism } from "node:os";
import type { Clock } from "../core/clock.ts";
import { UserError } from "../core/errors.ts";
import { scanLimits } from "../core/limits.ts";
import type { Logger } from "../core/log.ts";
import { type Reason, type ReasonCode, verdictOf } from "../core/model.ts";
import type { Settings } from "../core/settings.ts";
import { headerLength } from "./header-length.ts";
import type { Judgement, MessageSource, Rewrite, RewriteRequest, ScanService } from "./judge.ts";
import { type SelfCommand, selfCommand } from "./self.ts";
import { ServiceSupervisor } from "./service-supervisor.ts";

export interface ScanServiceOptions {
  readonly scan: Settings["scan"];
  readonly engines: Settings["engines"];
  readonly logger: Logger;
  readonly clock: Clock;
  /** How to start the process, the subcommand included; this program itself by default. */
  readonly command?: SelfCommand;
}

/** A scan service that is starting or running. */
export interface StartedScanService extends ScanService {
  /** Resolves when messages can be taken (they may be given before); rejects with a UserError when the process can not
   *  be started, because a configured hash list can not be read for example. */
  ready(): Promise<void>;
  /** The process that is running now, for showing. */
  readonly pid: number | undefined;
}

/** Starts the scan service. The process is started again whenever it ends, until close(). */
export function startScanService(options: ScanServiceOptions): StartedScanService {
  return new ScanClient(options);
}

class ScanClient implements StartedScanService {
  readonly #supervisor: ServiceSupervisor;
  readonly #clock: Clock;
  readonly #messageBytes: number;

  constructor({ scan, engines, logger, clock, command = serviceCommand() }: ScanServiceOptions) {
    const { threads, passwordFile, ...caps } = scan;
    this.#clock = clock;
    this.#messageBytes = scan.messageBytes;
    this.#supervisor = new ServiceSupervisor({
      ...command,
      logger,
      clock,
      start: {
        scan: { ...caps, parts: scanLimits.parts },
        threads: threads === 0 ? availableParallelism() : threads,
        engines,
        passwordFile,
      },
    });
  }

  get pid(): number | undefined {
    return this.#supervisor.pid;
  }

  ready(): Promise<void> {
    return this.#supervisor.ready();
  }

  async judge(source: MessageSource, signal?: AbortSignal): Promise<Judgement> {
    const started = this.#clock.monotonic();
    const bytes = Math.min(source.bytes, this.#messageBytes);
    const answer = await this.#supervisor.perform({ kind: "judge", bytes }, source, signal);
    if (answer.type === "judged") return this.#withLimit(answer.judgement, source);
    const { code, detail } = answer.type === "failed" ? answer : NO_ANSWER;
    return {
      verdict: verdictOf([], [reason(code, detail)]),
      remarks: [],
      display: { subject: "", from: "", date: "", messageId: "" },
      headerBytes: await headerLength(source),
      durationMs: this.#clock.monotonic() - started,
    };
  }

  async rewrite(source: MessageSource, request: RewriteRequest, signal?: AbortSignal): Promise<Rewrite> {
    const bytes = Math.min(source.bytes, this.#messageBytes);
    const answer = await this.#supervisor.perform({ kind: "rewrite", bytes, rewrite: request }, source, signal);
    if (answer.type === "rewritten") return withoutTail(answer.rewrite, bytes, source.bytes);
    const { detail } = answer.type === "failed" ? answer : NO_ANSWER;
    throw new UserError(`Cannot take out what was found: ${detail}`);
  }

  close(): Promise<void> {
    return this.#supervisor.close();
  }

  /** What is above the limit was not looked at: the verdict is never clean. */
  #withLimit(judgement: Judgement, source: MessageSource): Judgement {
    if (source.bytes <= this.#messageBytes) return judgement;
    const { detections, reasons } = judgement.verdict;
    const limit = reason("limit-message", `only ${this.#messageBytes} of ${source.bytes} octets were looked at`);
    return { ...judgement, verdict: verdictOf(detections, [...reasons, limit]) };
  }
}

/** A message that is rewritten contained something bad: what nobody has looked at is not delivered with the rest. */
function withoutTail(rewrite: Rewrite, seenBytes: number, messageBytes: number): Rewrite {
  if (seenBytes === messageBytes) return rewrite;
  const last = rewrite.edits.at(-1);
  const edits =
    last?.end === seenBytes
      ? [...rewrite.edits.slice(0, -1), { ...last, end: messageBytes }]
      : [...rewrite.edits, { start: seenBytes, end: messageBytes, bytes: new Uint8Array(0) }];
  return { ...rewrite, edits };
}

function serviceCommand(): SelfCommand {
  const { command, args } = selfCommand();
  return { command, args: [...args, "scan-service"] };
}

function reason(code: ReasonCode, detail: string): Reason {
  return { code, part: "", detail };
}

const NO_ANSWER = { code: "crash", detail: "the scan service gave no answer" } as const;
