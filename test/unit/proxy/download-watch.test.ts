import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { connectionLimits } from "../../../src/core/limits.ts";
import { DownloadWatch } from "../../../src/proxy/download-watch.ts";

const { messageSilenceMs, messageTotalMs } = connectionLimits;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function watched() {
  const upstream = { octets: 0, isPaused: false, stalls: 0 };
  const watch = new DownloadWatch({
    octets: () => upstream.octets,
    isPaused: () => upstream.isPaused,
    stalled: () => {
      upstream.stalls += 1;
    },
  });
  return { upstream, watch };
}

describe("DownloadWatch", () => {
  test("says once that nothing has come for too long", () => {
    const { upstream, watch } = watched();
    watch.began(1);
    vi.advanceTimersByTime(messageSilenceMs - 1);
    expect(upstream.stalls).toBe(0);
    vi.advanceTimersByTime(1);
    expect(upstream.stalls).toBe(1);
    vi.advanceTimersByTime(10 * messageSilenceMs);
    expect(upstream.stalls).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("says nothing while octets come, until it takes too long all the same", () => {
    const { upstream, watch } = watched();
    watch.began(1);
    for (let passed = 0; passed < messageTotalMs - messageSilenceMs; passed += messageSilenceMs / 2) {
      upstream.octets += 1;
      vi.advanceTimersByTime(messageSilenceMs / 2);
    }
    expect(upstream.stalls).toBe(0);
    for (let passed = 0; passed < messageSilenceMs; passed += messageSilenceMs / 10) {
      upstream.octets += 1;
      vi.advanceTimersByTime(messageSilenceMs / 10);
    }
    expect(upstream.stalls).toBe(1);
  });

  test("does not count the time in which the upstream is not read", () => {
    const { upstream, watch } = watched();
    watch.began(1);
    upstream.isPaused = true;
    vi.advanceTimersByTime(2 * messageTotalMs);
    upstream.isPaused = false;
    vi.advanceTimersByTime(messageSilenceMs / 2);
    expect(upstream.stalls).toBe(0);
    vi.advanceTimersByTime(messageSilenceMs);
    expect(upstream.stalls).toBe(1);
  });

  test("counts anew for the next message, and not without one", () => {
    const { upstream, watch } = watched();
    for (let id = 1; id < 100; id += 1) {
      watch.began(id);
      vi.advanceTimersByTime((messageSilenceMs / 4) * 3 - 1);
      watch.ended(id);
    }
    expect(upstream.stalls).toBe(0);
    vi.advanceTimersByTime(messageSilenceMs);
    expect(vi.getTimerCount()).toBe(0);
    watch.began(100);
    watch.ended(99);
    vi.advanceTimersByTime(messageSilenceMs);
    expect(upstream.stalls).toBe(1);
  });

  test("says nothing once it is closed", () => {
    const { upstream, watch } = watched();
    watch.began(1);
    watch.close();
    vi.advanceTimersByTime(messageTotalMs);
    expect(upstream.stalls).toBe(0);
  });
});
