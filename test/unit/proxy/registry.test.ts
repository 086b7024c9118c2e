import { describe, expect, test } from "vitest";
import { logLimits } from "../../../src/core/limits.ts";
import type { LogFields, LogLevel } from "../../../src/core/log.ts";
import { CLEAN, verdictOf } from "../../../src/core/model.ts";
import { Registry } from "../../../src/proxy/registry.ts";

const clock = { now: () => 1_000, monotonic: () => 0 };
const DISPLAY = { subject: "Hello", from: "Ann <ann@example.org>", date: "", messageId: "" };

function registry() {
  const lines: { level: LogLevel; event: string; fields: LogFields | undefined }[] = [];
  const made = new Registry(clock, { log: (level, event, fields) => lines.push({ level, event, fields }) });
  return { made, lines };
}

describe("Registry", () => {
  test("snapshot() is the same object until something changes", () => {
    const { made } = registry();
    const before = made.snapshot();
    expect(made.snapshot()).toBe(before);
    const record = made.open("pop3", "127.0.0.1:5");
    expect(made.snapshot()).not.toBe(before);
    expect(made.snapshot().connections).toHaveLength(1);
    record.close();
    expect(made.snapshot()).toMatchObject({ connections: [], totals: { connections: 1 } });
  });

  test("judged() counts, lists what was not clean, and masks the account", () => {
    const { made, lines } = registry();
    const record = made.open("imap", "127.0.0.1:5");
    record.report({ type: "account", name: "ann@example.org" });
    const detection = { name: "Test", kind: "malware", engine: "e", part: "2", path: ["a.zip", "x.com"] } as const;
    const message = { label: "UID 1", bytes: 10, display: { ...DISPLAY, subject: "\u001b[31mred\r\n" } };
    record.judged({ ...message, verdict: CLEAN, decision: { action: "deliver", why: "" } });
    record.judged({ ...message, verdict: verdictOf([detection], []), decision: { action: "replace", why: "" } });
    const snapshot = made.snapshot();
    expect(snapshot.totals).toMatchObject({ messages: 2, bytes: 20, infected: 1, refused: 0 });
    expect(snapshot.recent).toEqual([
      expect.objectContaining({ name: "Test", path: "a.zip > x.com", account: "a…@example.org", action: "replaced" }),
    ]);
    expect(JSON.stringify(snapshot)).not.toContain("\\u001b");
    expect(JSON.stringify(lines)).not.toContain('ann@example.org","upstream');
    expect(snapshot.connections[0]).toMatchObject({ account: "a…@example.org", messages: 2, lastVerdict: "infected" });
  });

  test("judged() logs whether the verdict was remembered", () => {
    const { made, lines } = registry();
    const record = made.open("imap", "127.0.0.1:5");
    const message = { label: "UID 1", bytes: 10, display: DISPLAY, verdict: CLEAN };
    record.judged({ ...message, decision: { action: "deliver", why: "" } });
    record.judged({ ...message, decision: { action: "deliver", why: "" }, isCached: true });
    const judged = lines.filter(({ event }) => event === "message");
    expect(judged.map(({ fields }) => fields?.cached)).toEqual([false, true]);
  });

  test("judged() tells what clients store from what they get", () => {
    const { made, lines } = registry();
    const record = made.open("imap", "127.0.0.1:5");
    const detection = { name: "Test", kind: "malware", engine: "e", part: "2", path: [] } as const;
    const message = { label: "upload to \u001b[31mSent", bytes: 10, display: DISPLAY, direction: "upload" } as const;
    record.judged({ ...message, verdict: CLEAN, decision: { action: "deliver", why: "" } });
    record.judged({ ...message, verdict: verdictOf([detection], []), decision: { action: "refuse", why: "" } });
    const judged = lines.filter(({ event }) => event === "message");
    expect(judged.map(({ fields }) => [fields?.direction, fields?.action])).toEqual([
      ["upload", "stored"],
      ["upload", "upload refused"],
    ]);
    expect(made.snapshot().recent).toEqual([expect.objectContaining({ name: "Test", action: "upload refused" })]);
    expect(made.snapshot().totals).toMatchObject({ messages: 2, infected: 1, refused: 1 });
  });

  test("report() stops logging the complaints of one connection, not of others (R-17)", () => {
    const { made, lines } = registry();
    const record = made.open("imap", "127.0.0.1:5");
    lines.length = 0;
    for (let count = 0; count < 1_000; count += 1) {
      record.report({ type: "refused", code: "fetch", detail: "no" });
      record.report({ type: "protocol-error", side: "upstream", code: "x", detail: "y" });
    }
    expect(lines).toHaveLength(logLimits.complaintsPerConnection + 1);
    expect(lines.at(-1)?.event).toBe("complaints-muted");
    expect(made.snapshot().totals.refused).toBe(1_000);
    const other = made.open("imap", "127.0.0.1:6");
    other.report({ type: "refused", code: "fetch", detail: "no" });
    expect(lines.at(-1)?.event).toBe("refused");
  });
});
