import { tmpdir } from "node:os";
import { describe, expect, test } from "vitest";
import { defaultSettings } from "../../src/config/defaults.ts";
import { spoolLimits } from "../../src/core/limits.ts";
import { type LogFields, silentLogger } from "../../src/core/log.ts";
import { CLEAN, type Side, type Verdict, verdictOf } from "../../src/core/model.ts";
import type { SessionEvent } from "../../src/protocol/event.ts";
import { HoldDesk } from "../../src/proxy/hold-desk.ts";
import { Registry } from "../../src/proxy/registry.ts";
import { SpoolStore } from "../../src/proxy/spool-store.ts";
import { cleanService } from "../support/relay-proxy.ts";

const DETECTION = { name: "Test", kind: "malware", engine: "e", part: "2", path: [] } as const;

/** A desk whose scanner finds `verdict` in everything, with what it says. */
function open(verdict: Verdict, spool = defaultSettings().spool) {
  const settings = { ...defaultSettings(), spool };
  const events: SessionEvent[] = [];
  const pressure: [boolean, Side][] = [];
  const lines: LogFields[] = [];
  const logger = { log: (_level: string, event: string, fields: LogFields = {}) => lines.push({ event, ...fields }) };
  const registry = new Registry({ now: () => 0, monotonic: () => 0 }, logger);
  const store = new SpoolStore({ ...spool, directory: tmpdir() });
  const scanService: typeof cleanService = {
    ...cleanService,
    judge: async (source, signal) => ({ ...(await cleanService.judge(source, signal)), verdict }),
  };
  const desk = new HoldDesk(
    { settings, store, scanService, logger: silentLogger, record: registry.open("imap", "test") },
    new AbortController().signal,
    { event: (event) => events.push(event), pressure: (isHigh, from) => pressure.push([isHigh, from]) },
  );
  const upload = (bytes: Uint8Array): void => {
    desk.execute({ type: "spool-begin", id: 1, label: "upload to Sent", direction: "upload" });
    desk.execute({ type: "spool-bytes", id: 1, bytes });
    desk.execute({ type: "spool-end", id: 1 });
  };
  return { desk, store, events, pressure, lines, upload };
}

describe("HoldDesk and uploads", () => {
  test("delivers what is clean", async () => {
    const { events, upload, lines } = open(CLEAN);
    upload(Buffer.from("mail"));
    await expect.poll(() => events).toHaveLength(1);
    expect(events[0]).toMatchObject({ type: "judged", decision: { action: "deliver" }, delivered: { bytes: 4 } });
    expect(lines).toContainEqual(expect.objectContaining({ message: "upload to Sent", direction: "upload" }));
  });

  test("refuses what would be replaced on its way to a client, and rewrites nothing", async () => {
    const { events, upload } = open(verdictOf([DETECTION], []));
    upload(Buffer.from("mail"));
    await expect.poll(() => events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      type: "judged",
      decision: { action: "refuse", why: "infected: Test (actions.infected is clean)" },
      delivered: { bytes: 4, isOriginal: true },
    });
  });

  test("has the client wait while the disk is behind, and not the upstream", async () => {
    const { desk, store, events, pressure, upload } = open(CLEAN);
    upload(Buffer.alloc(2 * spoolLimits.unwrittenBytes));
    expect(pressure).toEqual([[true, "client"]]);
    await expect.poll(() => events).toHaveLength(1);
    expect(pressure).toEqual([
      [true, "client"],
      [false, "client"],
    ]);
    desk.execute({ type: "release", id: 1 });
    await expect.poll(() => store.diskBytes).toBe(0);
  });

  test("says so when there is no space for one, and goes on reading", async () => {
    const spool = { memoryBytesPerMessage: 10, memoryBytesTotal: 10, diskBytesTotal: 1_000 };
    const { desk, store, events, pressure, upload } = open(CLEAN, spool);
    upload(Buffer.alloc(2 * spoolLimits.unwrittenBytes));
    await expect.poll(() => events).toHaveLength(1);
    expect(events[0]).toMatchObject({ type: "hold-failed", failure: { code: "spool" } });
    expect(pressure.at(-1)).toEqual([false, "client"]);
    desk.execute({ type: "release", id: 1 });
    await expect.poll(() => store.diskBytes).toBe(0);
  });
});
