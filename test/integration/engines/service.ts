/** A scan service with engines for tests, and what it logs. */
import type { LogFields, Logger } from "../../../src/core/log.ts";
import type { EngineSettings, Settings } from "../../../src/core/settings.ts";
import { applyEdits } from "../../../src/mime/apply-edits.ts";
import type { Judgement, RewriteRequest } from "../../../src/scan/judge.ts";
import { knownFindings } from "../../../src/scan/remote/known-findings.ts";
import { type RemoteEngine, type RemoteMessage, WHOLE_MESSAGE } from "../../../src/scan/remote/remote-engine.ts";
import { RemoteFindings } from "../../../src/scan/remote/remote-findings.ts";
import { startScanService } from "../../../src/scan/service-client.ts";
import { noEngines } from "../../support/engine-settings.ts";
import { messageOf, scanSettings, systemClock } from "../scan-service/options.ts";

export interface EngineService extends AsyncDisposable {
  judge(message: Buffer): Promise<Judgement>;
  /** The message without what the judgement found. */
  rewrite(message: Buffer, judgement: Judgement, remove?: RewriteRequest["remove"]): Promise<Buffer>;
  /** The fields of the next event of that name, which may have come already. */
  logged(event: string): Promise<LogFields>;
}

export function startEngineService(
  engines: { readonly [K in keyof EngineSettings]?: Partial<EngineSettings[K]> },
  scan: Partial<Settings["scan"]> = {},
): EngineService {
  const log = new EventLog();
  const service = startScanService({
    scan: { ...scanSettings, messageBytes: 16 * 1024 * 1024, ...scan },
    engines: {
      signatures: { ...noEngines.signatures, ...engines.signatures },
      heuristics: { ...noEngines.heuristics, ...engines.heuristics },
      yara: { ...noEngines.yara, ...engines.yara },
      clamd: { ...noEngines.clamd, streamBytes: 10_000_000, ...engines.clamd },
      icap: { ...noEngines.icap, ...engines.icap },
      rspamd: { ...noEngines.rspamd, ...engines.rspamd },
    },
    logger: log,
    clock: systemClock,
  });
  return {
    judge: (message) => service.judge(messageOf(message)),
    async rewrite(message, { verdict }, remove) {
      const context = { protocol: "pop3", upstream: "pop.example.org", account: "ann", date: "" };
      const request = { context, known: knownFindings(verdict), ...(remove && { remove }) };
      const { edits } = await service.rewrite(messageOf(message), request);
      return Buffer.from(applyEdits(message, edits));
    },
    logged: (event) => log.next(event),
    [Symbol.asyncDispose]: () => service.close(),
  };
}

class EventLog implements Logger {
  readonly #events: { event: string; fields: LogFields }[] = [];
  #wake: () => void = () => {};

  log(_level: string, event: string, fields: LogFields = {}): void {
    this.#events.push({ event, fields });
    this.#wake();
  }

  async next(name: string): Promise<LogFields> {
    for (;;) {
      const index = this.#events.findIndex(({ event }) => event === name);
      if (index >= 0) return this.#events.splice(index, 1)[0]?.fields ?? {};
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/** What one engine says of a message, without a service; what it fails with is a reason. */
export async function askEngine(
  engine: RemoteEngine,
  message: Partial<RemoteMessage>,
  timeMs = 10_000,
): Promise<RemoteFindings> {
  const findings = new RemoteFindings(engine.name);
  const whole = { bytes: Buffer.from("message"), pieces: [], isCut: false, ...message };
  try {
    await engine.ask(whole, findings, AbortSignal.timeout(timeMs));
  } catch (error) {
    findings.incomplete(WHOLE_MESSAGE, String(error));
  }
  return findings;
}
