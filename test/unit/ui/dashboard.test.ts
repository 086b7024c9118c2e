import { setTimeout as wait } from "node:timers/promises";
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { NoticeLine, ProxySnapshot } from "../../../src/core/snapshot.ts";
import { type DashboardOptions, type RunningDashboard, renderDashboard } from "../../../src/ui/dashboard.tsx";
import { hostileText } from "./hostile-text.ts";
import { Keyboard, Screen } from "./screen.ts";
import { connection, connections, detection, START, snapshot } from "./snapshots.ts";

const HINTS = ["POP3: server 127.0.0.1, port 1110, user name YOU@example.org/pop.example.org"];

let running: RunningDashboard | undefined;

afterEach(() => {
  running?.unmount();
  running = undefined;
});

function start(
  columns: number,
  rows: number,
  first: ProxySnapshot,
  features: { hasUnicode?: boolean; notices?: DashboardOptions["notices"] } = {},
) {
  const screen = new Screen(columns, rows);
  const keyboard = new Keyboard();
  const listeners = new Set<() => void>();
  const onQuit = vi.fn();
  let current = first;
  running = renderDashboard({
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    getSnapshot: () => current,
    hints: HINTS,
    onQuit,
    stdout: screen as unknown as NodeJS.WriteStream,
    stdin: keyboard as unknown as NodeJS.ReadStream,
    clock: { now: () => START + 125_000, monotonic: () => 125_000 },
    features: { isUsable: true, hasColor: true, hasUnicode: features.hasUnicode ?? true },
    ...(features.notices !== undefined && { notices: features.notices }),
  });
  function publish(next: ProxySnapshot): void {
    current = next;
    for (const listener of listeners) listener();
  }
  return { screen, keyboard, onQuit, publish, listeners, dashboard: running };
}

describe("renderDashboard()", () => {
  for (const [columns, rows] of [
    [80, 24],
    [120, 40],
    [60, 15],
  ] as const) {
    test(`fills ${columns}x${rows} and no more`, async () => {
      const { screen } = start(columns, rows, snapshot({ connections: connections(3), recent: [detection()] }));
      await vi.waitFor(() => expect(screen.text()).toContain("us3***"));
      expect(screen.lines()).toHaveLength(rows);
      expect(screen.lines()[0]).toContain("mailward running 2 min · pop3 127.0.0.1:1110");
      expect(screen.lines().at(-1)).toBe("q quit · ↑↓/jk choose · ? help");
      expect(screen.text()).toContain("replaced Eicar-Test-Signature in invoice.zip");
      expect(screen.unknown).toEqual([]);
    });
  }

  test("shows what to type into a mail client while there is no connection", async () => {
    const { screen } = start(80, 24, snapshot());
    await vi.waitFor(() => expect(screen.text()).toContain("user name"));
    expect(screen.text()).toContain("no connections yet");
  });

  test("draws a changed snapshot", async () => {
    const { screen, publish } = start(80, 24, snapshot());
    await vi.waitFor(() => expect(screen.text()).toContain("no connections yet"));
    publish(snapshot({ connections: [connection(7, { state: "scanning 12.4 MB" })] }));
    await vi.waitFor(() => expect(screen.text()).toContain("scanning 12.4 MB"));
    expect(screen.text()).not.toContain("no connections yet");
  });

  test("shows a notice when it comes", async () => {
    const listeners = new Set<() => void>();
    let notice: NoticeLine | undefined;
    const notices = {
      subscribe(listener: () => void) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      getSnapshot: () => notice,
    };
    const { screen } = start(80, 24, snapshot(), { notices });
    await vi.waitFor(() => expect(screen.text()).toContain("no connections yet"));
    notice = { at: START, level: "error", text: "database-rejected: Cannot use it" };
    for (const listener of listeners) listener();
    await vi.waitFor(() => expect(screen.text()).toContain("database-rejected: Cannot use it"));
  });

  test("follows the terminal's size", async () => {
    const { screen } = start(120, 40, snapshot({ connections: connections(30) }));
    await vi.waitFor(() => expect(screen.text()).toContain("us30***"));
    screen.resize(60, 15);
    await vi.waitFor(() => expect(screen.lines()[14]).toBe("q quit · ↑↓/jk choose · ? help"));
    expect(screen.lines().every((line) => line.length <= 60)).toBe(true);
    expect(screen.text()).toMatch(/\+\d+ more/);
  });

  test("draws at most ten frames a second however often the source changes", async () => {
    const { screen, publish } = start(80, 24, snapshot());
    await vi.waitFor(() => expect(screen.frames).toBeGreaterThan(0));
    const before = screen.frames;
    const until = performance.now() + 500;
    for (let count = 1; performance.now() < until; count += 1) {
      publish(snapshot({ connections: [connection(1, { messages: count })] }));
      await wait(1);
    }
    expect(screen.frames - before).toBeGreaterThanOrEqual(2);
    expect(screen.frames - before).toBeLessThanOrEqual(7);
  });

  test("writes nothing while nothing changes", async () => {
    const { screen, publish } = start(80, 24, snapshot({ connections: connections(2) }));
    await vi.waitFor(() => expect(screen.text()).toContain("us2***"));
    const before = screen.raw.length;
    publish(snapshot({ connections: connections(2) }));
    await wait(300);
    expect(screen.raw.length).toBe(before);
  });

  test("asks to quit on q and on ctrl-C and stays until unmounted", async () => {
    const { screen, keyboard, onQuit, dashboard, publish } = start(80, 24, snapshot());
    await vi.waitFor(() => expect(keyboard.isRaw).toBe(true));
    keyboard.press("q");
    await vi.waitFor(() => expect(onQuit).toHaveBeenCalledTimes(1));
    keyboard.press("\u0003");
    await vi.waitFor(() => expect(onQuit).toHaveBeenCalledTimes(2));
    publish(snapshot({ state: "stopping" }));
    await vi.waitFor(() => expect(screen.text()).toContain("mailward stopping"));
    dashboard.unmount();
    await dashboard.waitUntilExit();
    expect(keyboard.isRaw).toBe(false);
    expect(screen.raw.endsWith("\u001b[?25h")).toBe(true);
    expect(screen.raw).toContain("\u001b[?1049l");
  });

  test("moves the choice with the arrows and with j and k, and shows its details", async () => {
    const { screen, keyboard } = start(80, 24, snapshot({ connections: connections(40) }));
    await vi.waitFor(() => expect(keyboard.isRaw).toBe(true));
    keyboard.press("j");
    await vi.waitFor(() => expect(screen.text()).toContain("127.0.0.1:50001 →"));
    keyboard.press("\u001b[B");
    await vi.waitFor(() => expect(screen.text()).toContain("127.0.0.1:50002 →"));
    keyboard.press("k");
    await vi.waitFor(() => expect(screen.text()).toContain("127.0.0.1:50001 →"));
    keyboard.press("G");
    await vi.waitFor(() => expect(screen.text()).toContain("us40***"));
  });

  test("shows the keys on ?", async () => {
    const { screen, keyboard } = start(80, 24, snapshot({ connections: connections(2) }));
    await vi.waitFor(() => expect(keyboard.isRaw).toBe(true));
    keyboard.press("?");
    await vi.waitFor(() => expect(screen.text()).toContain("open connections may finish"));
    keyboard.press("?");
    await vi.waitFor(() => expect(screen.text()).toContain("us2***"));
  });

  test("draws ASCII only where the locale is not UTF-8", async () => {
    const hostile = connection(1, { lastSubject: "請求書 Grüße" });
    const { screen } = start(80, 24, snapshot({ connections: [hostile], recent: [detection()] }), {
      hasUnicode: false,
    });
    await vi.waitFor(() => expect(screen.text()).toContain("Eicar"));
    expect(screen.raw.split("").every((character) => character.charCodeAt(0) < 0x80)).toBe(true);
  });

  test("ends quietly when the terminal is gone", async () => {
    const { screen, dashboard, listeners } = start(80, 24, snapshot());
    await vi.waitFor(() => expect(listeners.size).toBe(1));
    screen.destroy(Object.assign(new Error("write EIO"), { code: "EIO" }));
    await dashboard.waitUntilExit();
    expect(listeners.size).toBe(0);
  });

  test("emits no control sequence of a hostile text", async () => {
    const { screen, publish } = start(80, 24, snapshot());
    await vi.waitFor(() => expect(screen.frames).toBeGreaterThan(0));
    const texts = fc.sample(hostileText(), 8);
    for (const [index, text] of texts.entries()) {
      const marker = `end-${index}.`;
      const line = connection(1, { account: text, state: text, lastSubject: text, upstream: marker });
      publish(snapshot({ connections: [line], recent: [detection({ subject: text, sender: text, path: text })] }));
      await vi.waitFor(() => expect(screen.text()).toContain(marker));
    }
    expect(screen.unknown).toEqual([]);
    expect(new Set(screen.raw.match(OPERATING_SYSTEM_COMMANDS) ?? [])).toEqual(new Set());
    expect(screen.lines()).toHaveLength(24);
  });
});

// biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences looked for are control characters
const OPERATING_SYSTEM_COMMANDS = /\u001b[\]PX^_c]|[\u0080-\u009f]/gu;
