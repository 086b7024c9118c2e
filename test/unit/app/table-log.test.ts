import { describe, expect, test } from "vitest";
import { TableLog } from "../../../src/app/table-log.ts";
import { logLimits } from "../../../src/core/limits.ts";

const AT = Date.UTC(2026, 0, 5, 8, 0, 0);

function setUp() {
  const written: string[] = [];
  const clock = { now: () => AT, monotonic: () => 0 };
  const log = new TableLog({ output: { write: (text) => void written.push(text) }, format: "text", clock });
  let told = 0;
  const unsubscribe = log.subscribe(() => {
    told += 1;
  });
  return { log, written, unsubscribe, told: () => told };
}

describe("TableLog", () => {
  test("shows the last thing that is not about a message, made safe", () => {
    const { log, told, unsubscribe } = setUp();
    expect(log.getSnapshot()).toBeUndefined();
    log.log("warning", "engine-down", { engine: "clamd", detail: "nobody listens there\u001b[31m" });
    const down = { at: AT, level: "warning", text: "engine-down clamd: nobody listens there\\x1b[31m" };
    expect(log.getSnapshot()).toEqual(down);
    log.log("warning", "message", { verdict: "infected" });
    log.log("info", "listening", { address: "127.0.0.1:1110" });
    log.log("debug", "engine-down", {});
    expect([log.getSnapshot(), told()]).toEqual([down, 1]);
    log.log("info", "engine-up", { engine: "clamd" });
    expect(log.getSnapshot()?.text).toBe("engine-up clamd");
    log.log("info", "databases-loaded", { signatures: 1 });
    expect(log.getSnapshot()?.text).toBe("databases-loaded: 1 signature");
    log.log("error", "database-rejected", { error: "Cannot use it", detail: "it goes on" });
    expect(log.getSnapshot()).toMatchObject({ level: "error", text: "database-rejected: Cannot use it" });
    unsubscribe();
    log.log("error", "fault", {});
    expect([log.getSnapshot()?.text, told()]).toEqual(["fault", 4]);
  });

  test("writes errors at once, and those of a time when the terminal was taken afterwards", () => {
    const { log, written } = setUp();
    log.log("warning", "engine-down", {});
    log.log("error", "one", {});
    expect(written).toEqual(["2026-01-05T08:00:00Z error one\n"]);
    log.hold();
    log.log("error", "two", {});
    expect(written).toHaveLength(1);
    log.release();
    log.log("error", "three", {});
    expect(written.map((line) => line.split(" ").at(-1))).toEqual(["one\n", "two\n", "three\n"]);
  });

  test("holds no more lines than the cap, and the last ones", () => {
    const { log, written } = setUp();
    log.hold();
    for (let index = 0; index <= logLimits.heldLines; index += 1) log.log("error", `event-${index}`, {});
    log.release();
    expect(written).toHaveLength(logLimits.heldLines);
    expect(written[0]).toContain("event-1\n");
  });
});
