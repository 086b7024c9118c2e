import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createLogger, type LoggerOptions, systemClock } from "../../../src/app/log-writer.ts";
import { logLimits } from "../../../src/core/limits.ts";
import type { LogFields } from "../../../src/core/log.ts";

const clock = { now: () => Date.UTC(2026, 10, 22, 6, 30, 0, 999), monotonic: () => 0 };

function collect(options: Partial<LoggerOptions> = {}): {
  lines: string[];
  log: ReturnType<typeof createLogger>["log"];
} {
  const lines: string[] = [];
  const output = { write: (text: string) => void lines.push(text) };
  const logger = createLogger({ output, level: "info", format: "text", clock, ...options });
  return { lines, log: (level, event, fields) => logger.log(level, event, fields) };
}

const fields: LogFields = {
  account: "ann",
  count: 3,
  isClean: true,
  names: ["a b", "c"],
  none: undefined,
  text: 'say "hi"\\',
};

describe("createLogger()", () => {
  test("writes text lines for people", () => {
    const { lines, log } = collect();
    log("info", "message-judged", fields);
    expect(lines).toEqual([
      '2026-11-22T06:30:00Z info message-judged account=ann count=3 isClean=true names="a b,c" text="say \\"hi\\"\\\\"\n',
    ]);
  });

  test("writes JSON lines for programs", () => {
    const { lines, log } = collect({ format: "json" });
    log("error", "message-judged", { ...fields, level: "forged", ratio: Number.NaN });
    expect(JSON.parse(lines[0] ?? "")).toEqual({
      time: "2026-11-22T06:30:00Z",
      level: "error",
      event: "message-judged",
      account: "ann",
      count: 3,
      isClean: true,
      names: ["a b", "c"],
      text: 'say "hi"\\',
      field_level: "forged",
      ratio: "NaN",
    });
  });

  test("leaves out what is less important than its level", () => {
    const { lines, log } = collect({ level: "warning" });
    for (const level of ["debug", "info", "warning", "error"] as const) log(level, level);
    expect(lines.map((line) => line.split(" ")[1])).toEqual(["warning", "error"]);
  });

  test.each(["text", "json"] as const)("writes one safe, bounded %s line whatever the values are", (format) => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 2_000 }),
      fc.string({
        unit: fc.constantFrom("\n", "\r", "\u001b", "\u009b", "\u202e", '"', "\\", "=", " ", "a"),
        maxLength: 60,
      }),
    );
    const value = fc.oneof(text, fc.array(text, { maxLength: 5 }), fc.double(), fc.boolean());
    fc.assert(
      fc.property(fc.dictionary(text, value, { maxKeys: 20 }), (dictionary) => {
        const { lines, log } = collect({ format });
        log("info", "event", dictionary);
        expect(lines).toHaveLength(1);
        expect(lines[0]).toMatch(/^[^\p{Cc}\u202a-\u202e\u2066-\u2069]*\n$/u);
        expect((lines[0] ?? "").length).toBeLessThanOrEqual(logLimits.lineCharacters + 1);
        if (format === "json") expect(JSON.parse(lines[0] ?? "")).toMatchObject({ event: "event" });
      }),
      { numRuns: 300 },
    );
  });

  test("lets no value pass for a field of its own in a text line", () => {
    const { lines, log } = collect();
    log("info", "login", { account: "ann verdict=clean", name: 'x" verdict="clean', tail: "y\\" });
    const names = [...(lines[0] ?? "").matchAll(/ (\w+)=(?:"(?:[^"\\]|\\.)*"|[^\s"]+)/g)].map((match) => match[1]);
    expect(names).toEqual(["account", "name", "tail"]);
  });

  test("says that a line was cut", () => {
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`field${index}`, "x".repeat(400)]));
    const text = collect();
    text.log("info", "event", many);
    expect(text.lines[0]).toMatch(/ …\n$/);
    const json = collect({ format: "json" });
    json.log("info", "event", many);
    expect(JSON.parse(json.lines[0] ?? "")).toMatchObject({ truncated: true });
  });

  test("drops and counts lines for a reader that does not keep up", () => {
    const lines: string[] = [];
    const output = { pendingBytes: logLimits.pendingBytes + 1, write: (text: string) => void lines.push(text) };
    const logger = createLogger({ output, level: "info", format: "text", clock });
    logger.log("info", "one");
    logger.log("info", "two");
    output.pendingBytes = logLimits.pendingBytes;
    logger.log("info", "three");
    expect(lines).toEqual([
      "2026-11-22T06:30:00Z warning log-lines-dropped count=2\n",
      "2026-11-22T06:30:00Z info three\n",
    ]);
  });

  test("never throws, even when its output or its clock does", () => {
    const fail = (): never => {
      throw new Error("broken");
    };
    expect(() => collect({ output: { write: fail } }).log("info", "event")).not.toThrow();
    expect(() => collect({ clock: { now: () => Number.NaN, monotonic: () => 0 } }).log("info", "event")).not.toThrow();
  });
});

describe("systemClock", () => {
  test("tells the time, and measures without jumping back", () => {
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1_000);
    const first = systemClock.monotonic();
    expect(systemClock.monotonic()).toBeGreaterThanOrEqual(first);
  });
});
