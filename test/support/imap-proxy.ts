/** A running proxy in front of a scripted IMAP server, with a scan service that waits until it is told to answer. */
import { connect, type Socket } from "node:net";
import type { RunningProxy } from "../../src/app/compose.ts";
import { startProxy } from "../../src/app/compose.ts";
import { defaultSettings } from "../../src/config/defaults.ts";
import { type Logger, silentLogger } from "../../src/core/log.ts";
import type { Settings } from "../../src/core/settings.ts";
import { sectionMap } from "../../src/mime/sections/section-map.ts";
import type { MessageSource, ScanService } from "../../src/scan/judge.ts";
import type { SectionService } from "../../src/scan/sections.ts";
import { cleanService } from "./relay-proxy.ts";

export interface GatedService extends ScanService, SectionService {
  judge: ScanService["judge"];
  /** Verdicts and sections that are waited for. */
  readonly waiting: () => number;
  /** Lets the oldest `count` that wait go on; all, and all that come, without a number. */
  open(count?: number): void;
  shut(): void;
}

/** Everything is clean, once it may say so. */
export function gatedService(): GatedService {
  let isOpen = false;
  const gates: (() => void)[] = [];
  const gate = (signal: AbortSignal | undefined): Promise<void> =>
    new Promise((resolve, reject) => {
      if (isOpen) resolve();
      else gates.push(resolve);
      signal?.addEventListener(
        "abort",
        () => {
          const at = gates.indexOf(resolve);
          if (at >= 0) gates.splice(at, 1);
          reject(signal.reason);
        },
        { once: true },
      );
    });
  return {
    ...cleanService,
    waiting: () => gates.length,
    open(count) {
      if (count === undefined) isOpen = true;
      for (const go of gates.splice(0, count ?? gates.length)) go();
    },
    shut() {
      isOpen = false;
    },
    async judge(source, signal) {
      await gate(signal);
      return { ...(await cleanService.judge(source, signal)), headerBytes: await headerLength(source) };
    },
    async sectionMap(source, signal) {
      await gate(signal);
      const chunks: Uint8Array[] = [];
      for await (const chunk of source.chunks()) chunks.push(chunk);
      return sectionMap(Buffer.concat(chunks));
    },
  };
}

async function headerLength(source: MessageSource): Promise<number> {
  for await (const chunk of source.chunks()) {
    const end = Buffer.from(chunk).indexOf("\r\n\r\n");
    return end < 0 ? chunk.length : end + 4;
  }
  return 0;
}

export interface ImapProxyOptions {
  readonly upstreamPort: number;
  readonly service: ScanService & SectionService;
  readonly temporaryDirectory: string;
  readonly settings?: Partial<Settings>;
  readonly logger?: Logger;
}

export async function startImapProxy(options: ImapProxyOptions): Promise<RunningProxy & { readonly port: number }> {
  const proxy = await startProxy({
    settings: {
      ...defaultSettings(),
      listen: { pop3: [], imap: [] },
      forward: [`127.0.0.1:0=imap://127.0.0.1:${options.upstreamPort}`],
      ...options.settings,
    },
    scanService: options.service,
    logger: options.logger ?? silentLogger,
    clock: { now: () => 0, monotonic: () => 0 },
    temporaryDirectory: options.temporaryDirectory,
  });
  return { ...proxy, port: proxy.addresses[0]?.port ?? 0 };
}

/** A client that keeps all that it receives. */
export class RawClient {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  #received = Buffer.alloc(0);

  constructor(port: number) {
    this.socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    this.socket.on("error", () => undefined);
    this.socket.on("data", (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
    });
    this.socket.on("end", () => this.socket.end());
    this.closed = new Promise((resolve) => this.socket.once("close", () => resolve()));
  }

  get received(): Buffer {
    return this.#received;
  }

  say(content: string | Uint8Array): void {
    this.socket.write(typeof content === "string" ? Buffer.from(content, "latin1") : content);
  }
}
