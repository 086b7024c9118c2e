import { expect, test, vi } from "vitest";
import { Deadline } from "../../../src/proxy/deadline.ts";

test("a deadline aborts when the time is over, and says so", () => {
  vi.useFakeTimers();
  try {
    const deadline = new Deadline(new AbortController().signal, 1_000);
    vi.advanceTimersByTime(999);
    expect([deadline.signal.aborted, deadline.isOver]).toEqual([false, false]);
    vi.advanceTimersByTime(1);
    expect([deadline.signal.aborted, deadline.isOver]).toEqual([true, true]);
  } finally {
    vi.useRealTimers();
  }
});

test("a deadline aborts with the connection, for its reason, and is not over then", () => {
  const connection = new AbortController();
  const before = new Deadline(connection.signal, 1_000);
  connection.abort("gone");
  const after = new Deadline(connection.signal, 1_000);
  for (const { signal, isOver } of [before, after])
    expect([signal.aborted, signal.reason, isOver]).toEqual([true, "gone", false]);
});

test("a deadline that has ended aborts nothing and leaves no timer", () => {
  vi.useFakeTimers();
  try {
    const connection = new AbortController();
    const deadline = new Deadline(connection.signal, 1_000);
    deadline.end();
    connection.abort("gone");
    expect([deadline.signal.aborted, vi.getTimerCount()]).toEqual([false, 0]);
  } finally {
    vi.useRealTimers();
  }
});
