/** The scan service for whoever holds a message: turns what the process answers, or fails to, into judgements. */
import { availableParallelism } from "node:os";
import type { Clock } from "../core/clock.ts";
import { UserError } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import { type MessageDisplay, type Reason, type ReasonCode, verdictOf } from "../core/model.ts";
import { scanLimits } from "../core/scan-limits.ts";
import type { EngineSettings, Settings } from "../core/settings.ts";
import type { DecodedEncoding } from "../mime/sections/decode-part.ts";
import type { MessageStructure } from "../mime/sections/message-structure.ts";
import type { SectionMap } from "../mime/sections/section-map.ts";
import { headerLength } from "./header-length.ts";
import type { Judgement, MessageSource, Rewrite, RewriteRequest, ScanService } from "./judge.ts";
import { hasRemoteEngines } from "./remote/remote-connections.ts";
import type { SectionService, SectionsResult, SectionsWant } from "./sections.ts";
import { type SelfCommand, selfCommand } from "./self.ts";
import type { ServiceReady } from "./service-ready.ts";
import type { ServiceStart } from "./service-request.ts";
import { ServiceSupervisor } from "./service-supervisor.ts";
import { CachedJudge, type Scan, type ScanBackend, type VerdictStore } from "./verdict-cache-judge.ts";

export interface ScanServiceOptions {
  readonly scan: Settings["scan"];
  readonly engines: Settings["engines"];
  readonly logger: Logger;
  readonly clock: Clock;
  /** Verdicts are remembered only when this is given. */
  readonly cache?: CacheOptions | undefined;
  /** Where a form of the databases is kept that loads faster. */
  readonly cacheDirectory?: string | undefined;
  /** Whether a process that has to be started again may go on with the databases of the one before, when those on disk
   *  have been spoiled since; they are kept in the cache directory. */
  readonly keepsLastGood?: boolean;
  /** How to start the process, the subcommand included; this program itself by default. */
  readonly command?: SelfCommand;
}

export interface CacheOptions {
  readonly entries: number;
  /** Of the program as it was built: another one may judge otherwise. */
  readonly program: string;
  /** Undefined when verdicts end with the process. Closed with the service. */
  readonly store: VerdictStore | undefined;
}

/** A scan service that is starting or running. */
export interface StartedScanService extends ScanService, SectionService {
  /** Resolves when messages can be taken (they may be given before); rejects with a UserError when the process can not
   *  be started, because a configured hash list can not be read for example. */
  ready(): Promise<void>;
  /** Has the databases that `engines` names read again by a second process, which takes over when it is ready: messages
   *  in hand are finished by the first one. Rejects with a UserError when the new ones can not be used, and the first
   *  process goes on with the old ones. */
  reload(engines: EngineSettings): Promise<ServiceReady>;
  /** What messages are scanned with; undefined until the service is ready. */
  readonly loaded: ServiceReady | undefined;
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
  readonly #cacheOptions: CacheOptions | undefined;
  #start: ServiceStart;
  #cached: CachedJudge | undefined;

  constructor(options: ScanServiceOptions) {
    const { scan, engines, logger, clock, cache, cacheDirectory, keepsLastGood, command = serviceCommand() } = options;
    const { threads, passwordFile, ...caps } = scan;
    this.#clock = clock;
    this.#messageBytes = scan.messageBytes;
    this.#cacheOptions = cache;
    this.#start = {
      scan: { ...caps, parts: scanLimits.parts },
      threads: threads === 0 ? availableParallelism() : threads,
      engines,
      passwordFile,
      remembersParts: cache !== undefined,
      ...(cacheDirectory !== undefined && { cacheDirectory }),
      ...(keepsLastGood === true && { lastGood: "" }),
    };
    this.#supervisor = new ServiceSupervisor({ ...command, logger, clock, start: this.#start });
    this.#cached = this.#startCache();
  }

  get pid(): number | undefined {
    return this.#supervisor.pid;
  }

  get loaded(): ServiceReady | undefined {
    return this.#supervisor.loaded;
  }

  ready(): Promise<void> {
    return this.#supervisor.ready();
  }

  async judge(source: MessageSource, signal?: AbortSignal): Promise<Judgement> {
    // Of what is above the limit nothing is known: such a message is not remembered.
    if (this.#cached !== undefined && source.bytes <= this.#messageBytes) {
      return await this.#cached.judge(source, signal);
    }
    return (await this.#scan(source, signal)).judgement;
  }

  async rewrite(source: MessageSource, request: RewriteRequest, signal?: AbortSignal): Promise<Rewrite> {
    const bytes = Math.min(source.bytes, this.#messageBytes);
    const { answer } = await this.#supervisor.perform({ kind: "rewrite", bytes, rewrite: request }, source, signal);
    if (answer.type === "rewritten") return withoutTail(answer.rewrite, bytes, source.bytes);
    const { detail } = answer.type === "failed" ? answer : NO_ANSWER;
    throw new UserError(`Cannot take out what was found: ${detail}`);
  }

  async sectionMap(source: MessageSource, signal?: AbortSignal): Promise<SectionMap> {
    if (source.bytes > this.#messageBytes) return unmapped(source.bytes, await headerLength(source));
    const result = await this.#sections("map", source, signal);
    return result.want === "map" ? result.map : unmapped(source.bytes, await headerLength(source));
  }

  async structure(source: MessageSource, signal?: AbortSignal): Promise<MessageStructure> {
    if (source.bytes > this.#messageBytes) return NO_STRUCTURE;
    const result = await this.#sections("structure", source, signal);
    return result.want === "structure" ? result.structure : NO_STRUCTURE;
  }

  async decodePart(source: MessageSource, encoding: DecodedEncoding, signal?: AbortSignal): Promise<Uint8Array> {
    const result = await this.#sections(encoding, source, signal);
    return "bytes" in result ? result.bytes : new Uint8Array(0);
  }

  async preview(source: MessageSource, signal?: AbortSignal): Promise<string> {
    const result = await this.#sections("preview", source, signal);
    return result.want === "preview" ? result.preview : "";
  }

  async reload(engines: EngineSettings): Promise<ServiceReady> {
    const start = { ...this.#start, engines };
    const loaded = await this.#supervisor.reload(start);
    const hasOtherSettings = JSON.stringify(start) !== JSON.stringify(this.#start);
    this.#start = start;
    // The identity of the databases is in the keys already, the settings are not.
    if (hasOtherSettings) this.#cached = this.#startCache();
    return loaded;
  }

  async close(): Promise<void> {
    await this.#supervisor.close();
    await this.#cacheOptions?.store?.close();
  }

  async #sections(want: SectionsWant, source: MessageSource, signal?: AbortSignal): Promise<SectionsResult> {
    const bytes = want === "preview" ? Math.min(source.bytes, this.#messageBytes) : source.bytes;
    if (bytes > this.#messageBytes) throw new UserError("Cannot take a message apart: it is above the size limit");
    const { answer } = await this.#supervisor.perform({ kind: "sections", bytes, want }, source, signal);
    if (answer.type === "sections") return answer.result;
    const { detail } = answer.type === "failed" ? answer : NO_ANSWER;
    throw new UserError(`Cannot take a message apart: ${detail}`);
  }

  #startCache(): CachedJudge | undefined {
    if (this.#cacheOptions === undefined) return undefined;
    const { scan, engines, passwordFile } = this.#start;
    const backend: ScanBackend = {
      identity: () => this.#identity(),
      scan: (source, signal) => this.#scan(source, signal),
      describe: (source, headerBytes, signal) => this.#describe(source, headerBytes, signal),
    };
    const { entries, store, program } = this.#cacheOptions;
    return new CachedJudge({
      entries,
      store,
      backend,
      clock: this.#clock,
      settings: JSON.stringify({ program, scan, engines, passwordFile }),
      isRemote: hasRemoteEngines(engines),
    });
  }

  async #identity(): Promise<string | undefined> {
    if (this.#supervisor.loaded === undefined) await this.#supervisor.ready().catch(() => undefined);
    return this.#supervisor.loaded?.identity;
  }

  async #scan(source: MessageSource, signal?: AbortSignal): Promise<Scan> {
    const started = this.#clock.monotonic();
    const bytes = Math.min(source.bytes, this.#messageBytes);
    const { answer, identity } = await this.#supervisor.perform({ kind: "judge", bytes }, source, signal);
    if (answer.type === "judged") return { judgement: this.#withLimit(answer.judgement, source), identity };
    const { code, detail } = answer.type === "failed" ? answer : NO_ANSWER;
    const judgement: Judgement = {
      verdict: verdictOf([], [reason(code, detail)]),
      remarks: [],
      display: NOTHING_SHOWN,
      headerBytes: await headerLength(source),
      durationMs: this.#clock.monotonic() - started,
    };
    return { judgement, identity };
  }

  /** The header alone goes to the service. What breaks there is shown as nothing: the verdict stands. */
  async #describe(source: MessageSource, headerBytes: number, signal?: AbortSignal): Promise<MessageDisplay> {
    const { answer } = await this.#supervisor.perform({ kind: "describe", bytes: headerBytes }, source, signal);
    return answer.type === "described" ? answer.display : NOTHING_SHOWN;
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

/** A message of which only the header and what follows are known. */
function unmapped(bytes: number, headerBytes: number): SectionMap {
  const range = { start: 0, blankStart: headerBytes, bodyStart: headerBytes, end: bytes };
  return { bytes, parts: [{ ...range, children: [], kind: "leaf", encoding: "unknown", fields: [] }], isCut: true };
}

function serviceCommand(): SelfCommand {
  const { command, args } = selfCommand();
  return { command, args: [...args, "scan-service"] };
}

function reason(code: ReasonCode, detail: string): Reason {
  return { code, part: "", detail };
}

const NO_ANSWER = { code: "crash", detail: "the scan service gave no answer" } as const;
const NO_STRUCTURE: MessageStructure = { envelope: undefined, body: undefined, bodyStructure: undefined };
const NOTHING_SHOWN: MessageDisplay = { subject: "", from: "", date: "", messageId: "" };
