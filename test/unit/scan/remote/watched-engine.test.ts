import { afterEach, describe, expect, test } from "vitest";
import { remoteLimits } from "../../../../src/core/scan-limits.ts";
import type { RemoteEngine, RemoteMessage } from "../../../../src/scan/remote/remote-engine.ts";
import { WHOLE_MESSAGE } from "../../../../src/scan/remote/remote-engine.ts";
import { WatchedEngine, type WatchedEngineOptions } from "../../../../src/scan/remote/watched-engine.ts";

const message: RemoteMessage = { bytes: Buffer.from("message"), pieces: [], isCut: false };
const never = new AbortController().signal;
const engines: WatchedEngine[] = [];

afterEach(() => {
  for (const engine of engines.splice(0)) engine.close();
});

describe("WatchedEngine", () => {
  test("keeps what an engine says before it fails, and says that it failed", async () => {
    const { engine } = watch({
      async ask(_message, sink) {
        sink.detection(WHOLE_MESSAGE, "Found", "malware");
        throw new Error("it broke");
      },
    });
    const { detections, reasons } = await engine.ask(message, 1_000, never);
    expect(detections).toMatchObject([{ name: "Found", engine: "test" }]);
    expect(reasons).toEqual([{ code: "engine", part: "", detail: "test: it broke" }]);
  });

  test("does not wait longer than the message or the engine may take", async () => {
    const { engine } = watch({ ask: hang }, { timeMs: 50 });
    expect((await engine.ask(message, 60_000, never)).reasons).toMatchObject([
      { detail: "test: no answer within 50 ms" },
    ]);
    expect((await engine.ask(message, 10, never)).reasons).toMatchObject([{ detail: "test: no answer within 10 ms" }]);
    expect((await engine.ask(message, 0, never)).reasons).toMatchObject([{ detail: "test: no time is left for it" }]);
    expect((await engine.ask(message, Number.NaN, never)).reasons).toHaveLength(1);
  });

  test("counts waiting for a connection as time", async () => {
    const { engine } = watch({ ask: hang }, { timeMs: 50, connections: 1 });
    const both = await Promise.all([engine.ask(message, 1_000, never), engine.ask(message, 1_000, never)]);
    expect(both.map(({ reasons }) => reasons.length)).toEqual([1, 1]);
  });

  test("says that there was more content than it was given", async () => {
    const { engine } = watch({});
    const { reasons } = await engine.ask({ ...message, isCut: true }, 1_000, never);
    expect(reasons).toMatchObject([{ detail: "test: there is more content than it is given" }]);
  });

  test("rejects when nobody waits for the message any more", async () => {
    const { engine } = watch({ ask: hang });
    const abort = new AbortController();
    const asked = engine.ask(message, 60_000, abort.signal);
    abort.abort(new Error("cancelled"));
    await expect(asked).rejects.toThrow("cancelled");
  });

  test("probes at once, reports an engine that is down once, and fails without asking it", async () => {
    let asked = 0;
    const state = { isWell: false };
    const { engine, reports } = watch({
      async probe() {
        if (!state.isWell) throw new Error("no PONG");
      },
      async ask() {
        asked += 1;
      },
    });
    expect(await reports.next()).toEqual(["test", false, "no PONG"]);
    const { reasons } = await engine.ask(message, 1_000, never);
    expect(reasons).toMatchObject([{ detail: "test: it is down: no PONG" }]);
    expect(asked).toBe(0);
    state.isWell = true;
    expect(await reports.next()).toEqual(["test", true, ""]);
    expect((await engine.ask(message, 1_000, never)).reasons).toEqual([]);
    expect(asked).toBe(1);
  });

  test("goes down when failures are followed by a failed probe, and lets go of those who wait", async () => {
    const state = { isWell: true };
    const { engine, reports } = watch(
      {
        async probe() {
          if (!state.isWell) throw new Error("no PONG");
        },
        ask: ({ bytes }, _sink, signal) =>
          bytes.length === 0 ? Promise.reject(new Error("broken")) : hang(message, _sink, signal),
      },
      { timeMs: 60_000 },
    );
    await engine.ask({ ...message, bytes: Buffer.alloc(0) }, 60_000, never);
    const waiting = engine.ask(message, 60_000, never);
    state.isWell = false;
    for (let failures = 1; failures < remoteLimits.failures; failures += 1) {
      await engine.ask({ ...message, bytes: Buffer.alloc(0) }, 60_000, never);
    }
    expect(await reports.next()).toEqual(["test", false, "no PONG"]);
    expect((await waiting).reasons).toMatchObject([{ detail: "test: it is down: no PONG" }]);
  });

  test("goes on asking an engine that fails with messages and answers probes", async () => {
    let asked = 0;
    const { engine } = watch({
      async ask() {
        asked += 1;
        throw new Error("not this one");
      },
    });
    for (let count = 0; count < 3 * remoteLimits.failures; count += 1) await engine.ask(message, 1_000, never);
    expect(asked).toBe(3 * remoteLimits.failures);
  });
});

function hang(_message: RemoteMessage, _sink: unknown, signal: AbortSignal): Promise<void> {
  return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
}

type Report = Parameters<WatchedEngineOptions["report"]>;

/** Reports in the order they come in. */
class Reports {
  readonly #arrived: Report[] = [];
  readonly #waiting: ((report: Report) => void)[] = [];

  add(report: Report): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#arrived.push(report);
    else next(report);
  }

  next(): Promise<Report> {
    const report = this.#arrived.shift();
    return report === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(report);
  }
}

function watch(
  engine: Partial<RemoteEngine>,
  options: Partial<WatchedEngineOptions> = {},
): { engine: WatchedEngine; reports: Reports } {
  const reports = new Reports();
  const watched = new WatchedEngine(
    { name: "test", ask: async () => {}, probe: async () => {}, close() {}, ...engine },
    { timeMs: 10_000, connections: 2, report: (...report) => reports.add(report), ...options },
  );
  engines.push(watched);
  return { engine: watched, reports };
}
