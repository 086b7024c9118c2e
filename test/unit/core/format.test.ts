import { describe, expect, test } from "vitest";
import { formatBytes, formatCount, formatDuration } from "../../../src/core/format.ts";

describe("formatBytes()", () => {
  test("uses decimal units with one place", () => {
    expect(formatBytes(0)).toBe("0 B");
    expect(formatBytes(999)).toBe("999 B");
    expect(formatBytes(1000)).toBe("1.0 kB");
    expect(formatBytes(12_400_000)).toBe("12.4 MB");
    expect(formatBytes(999_960)).toBe("1.0 MB");
    expect(formatBytes(3e18)).toBe("3000.0 PB");
  });

  test("has no figure for what is not one", () => {
    expect(formatBytes(Number.NaN)).toBe("?");
    expect(formatBytes(-1)).toBe("?");
  });
});

describe("formatDuration()", () => {
  test("shows the two largest units", () => {
    expect(formatDuration(42_900)).toBe("42 s");
    expect(formatDuration(12 * 60_000 + 59_000)).toBe("12 min");
    expect(formatDuration(3 * 3_600_000 + 5 * 60_000)).toBe("3 h 05 min");
    expect(formatDuration(52 * 3_600_000)).toBe("2 d 4 h");
    expect(formatDuration(Number.NaN)).toBe("0 s");
    expect(formatDuration(-1)).toBe("0 s");
  });
});

describe("formatCount()", () => {
  test("agrees with its noun", () => {
    expect(formatCount(1, "message")).toBe("1 message");
    expect(formatCount(0, "message")).toBe("0 messages");
    expect(formatCount(2, "mailbox", "mailboxes")).toBe("2 mailboxes");
  });
});
