/** Judges messages with the help of remembered verdicts: what was scanned before is not scanned again, and of several
 *  requests for the same message at the same time only the first one is. */
import { createHash, hash } from "node:crypto";
import type { Clock } from "../core/clock.ts";
import { cacheLimits } from "../core/limits.ts";
import type { MessageDisplay } from "../core/model.ts";
import type { Judgement, MessageSource } from "./judge.ts";
import { isPlainClean, isRepeatable, type RememberedVerdict, VerdictCache } from "./verdict-cache.ts";

/** Where verdicts of clean messages outlive the process. `context` has 32 octets, a digest is Latin-1 text of 32
 *  characters. Nothing here rejects: what can not be kept is not kept. */
export interface VerdictStore {
  load(context: Buffer, add: (digest: string, headerBytes: number) => void): Promise<void>;
  save(context: Buffer, digest: string, headerBytes: number): void;
  /** Resolves when everything is written. */
  close(): Promise<void>;
}

/** The scan service behind the cache. */
export interface ScanBackend {
  /** Resolves with the identity of the data that the service scans with now, undefined when it can not be known. */
  identity(): Promise<string | undefined>;
  /** A scan, and the identity of the data that it was made with. */
  scan(source: MessageSource, signal?: AbortSignal): Promise<Scan>;
  /** What people are shown of the message whose header has `headerBytes`. */
  describe(source: MessageSource, headerBytes: number, signal?: AbortSignal): Promise<MessageDisplay>;
}

export interface Scan {
  readonly judgement: Judgement;
  readonly identity: string | undefined;
}

export interface CachedJudgeOptions {
  readonly backend: ScanBackend;
  readonly clock: Clock;
  readonly entries: number;
  /** What verdicts depend on besides message and databases: settings and program. */
  readonly settings: string;
  /** An engine in another program has a say, whose database nobody knows. */
  readonly isRemote: boolean;
  readonly store: VerdictStore | undefined;
}

export class CachedJudge {
  readonly #options: CachedJudgeOptions;
  readonly #cache: VerdictCache;
  /** Undefined when the octets turned out not to be those that were asked for. */
  readonly #running = new Map<string, Promise<Judgement | undefined>>();
  /** Kept between runs of the program; a verdict that holds for minutes is not. */
  readonly #store: VerdictStore | undefined;
  #identity = "";
  #context = Buffer.alloc(0);
  #loading: Promise<void> = Promise.resolve();

  constructor(options: CachedJudgeOptions) {
    const { entries, clock, isRemote, store } = options;
    this.#options = options;
    this.#cache = new VerdictCache({ entries, clock, ...(isRemote && { ageMs: cacheLimits.remoteAgeMs }) });
    this.#store = isRemote ? undefined : store;
  }

  /** As the service's own judge(); `isCached` when the message was not scanned for this call. */
  async judge(source: MessageSource, signal?: AbortSignal): Promise<Judgement> {
    const { backend, clock } = this.#options;
    const { digest, stable } = await readStable(source, signal);
    const identity = await backend.identity();
    if (identity === undefined) return (await backend.scan(stable, signal)).judgement;
    await this.#use(identity);
    const started = clock.monotonic();
    for (;;) {
      signal?.throwIfAborted();
      const remembered = this.#identity === identity ? this.#cache.get(digest) : undefined;
      if (remembered !== undefined) {
        const display = await backend.describe(stable, remembered.headerBytes, signal);
        return { ...remembered, display, durationMs: clock.monotonic() - started, isCached: true };
      }
      const running = this.#running.get(identity + digest);
      if (running === undefined) return await this.#scan(stable, digest, identity, signal);
      // A scan that somebody else gave up, or that failed, is tried again.
      const shared = await outcome(running, signal);
      if (shared !== undefined) return { ...shared, durationMs: clock.monotonic() - started, isCached: true };
    }
  }

  async close(): Promise<void> {
    await this.#store?.close();
  }

  /** Forgets what was judged with other data. */
  async #use(identity: string): Promise<void> {
    if (identity !== this.#identity) {
      this.#identity = identity;
      this.#cache.clear();
      this.#context = createHash("sha256").update(`${identity}\n${this.#options.settings}`).digest();
      this.#loading = this.#load(identity);
    }
    await this.#loading;
  }

  async #load(identity: string): Promise<void> {
    await this.#store?.load(this.#context, (digest, headerBytes) => {
      if (this.#identity === identity) this.#cache.set(digest, { ...NOTHING_FOUND, headerBytes });
    });
  }

  async #scan(source: StableSource, digest: string, identity: string, signal?: AbortSignal): Promise<Judgement> {
    const key = identity + digest;
    const scanning = this.#options.backend.scan(source, signal);
    this.#running.set(
      key,
      scanning.then(
        ({ judgement }) => (source.isUnchanged() ? judgement : undefined),
        () => undefined,
      ),
    );
    try {
      const { judgement, identity: used } = await scanning;
      // It may have been scanned by a process with newer data than was asked for, or have changed since it was hashed.
      if (used === identity && source.isUnchanged()) this.#remember(digest, identity, judgement);
      return judgement;
    } finally {
      this.#running.delete(key);
    }
  }

  #remember(digest: string, identity: string, { verdict, remarks, headerBytes, fragment }: Judgement): void {
    if (identity !== this.#identity || !isRepeatable(verdict)) return;
    const remembered = { verdict, remarks, headerBytes, ...(fragment && { fragment }) };
    this.#cache.set(digest, remembered);
    if (isPlainClean(remembered)) this.#store?.save(this.#context, digest, headerBytes);
  }
}

/** A source whose octets are those that were hashed, as far as `isUnchanged` says so after they were read. */
interface StableSource extends MessageSource {
  isUnchanged(): boolean;
}

const NOTHING_FOUND: Omit<RememberedVerdict, "headerBytes"> = {
  verdict: { kind: "clean", detections: [], reasons: [] },
  remarks: [],
};

/** Reads the message once and hashes it. One that may change meanwhile is kept when it is small, and else hashed again
 *  when it is read for the scan. */
async function readStable(
  source: MessageSource,
  signal: AbortSignal | undefined,
): Promise<{ digest: string; stable: StableSource }> {
  const whole = source.isStable === true ? source.whole?.() : undefined;
  if (whole?.length === source.bytes) {
    return { digest: hash("sha256", whole, "binary"), stable: { ...keep(source), isUnchanged: () => true } };
  }
  const isHeld = source.isStable !== true && source.bytes <= cacheLimits.heldBytes;
  const held = isHeld ? Buffer.allocUnsafe(source.bytes) : undefined;
  const sum = createHash("sha256");
  let bytes = 0;
  for await (const chunk of source.chunks()) {
    signal?.throwIfAborted();
    const piece = chunk.subarray(0, source.bytes - bytes);
    sum.update(piece);
    held?.set(piece, bytes);
    bytes += piece.length;
  }
  if (bytes < source.bytes) throw new Error(`the message ended ${source.bytes - bytes} octets early`);
  const digest = sum.digest("binary");
  if (held !== undefined) return { digest, stable: inMemory(held) };
  if (source.isStable === true) return { digest, stable: { ...keep(source), isUnchanged: () => true } };
  return { digest, stable: hashedAgain(source, digest) };
}

function inMemory(octets: Buffer): StableSource {
  return {
    bytes: octets.length,
    isStable: true,
    async *chunks() {
      yield octets;
    },
    isUnchanged: () => true,
  };
}

function hashedAgain(source: MessageSource, digest: string): StableSource {
  let last = "";
  return {
    bytes: source.bytes,
    async *chunks() {
      const sum = createHash("sha256");
      let bytes = 0;
      for await (const chunk of source.chunks()) {
        const piece = chunk.subarray(0, source.bytes - bytes);
        bytes += piece.length;
        sum.update(piece);
        // Whoever reads stops after the last octet, not after the last chunk.
        if (bytes === source.bytes) last = sum.digest("binary");
        yield piece;
        if (bytes === source.bytes) return;
      }
    },
    isUnchanged: () => last === digest,
  };
}

function keep(source: MessageSource): MessageSource {
  const whole = source.whole?.bind(source);
  return { bytes: source.bytes, isStable: true, ...(whole && { whole }), chunks: () => source.chunks() };
}

/** What `running` resolves with. Rejects when `signal` says so. */
async function outcome<T>(running: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await running;
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([running, promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
