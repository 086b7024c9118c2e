import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ColumnWish, planColumns } from "../../../src/ui/columns.ts";
import { actionsOf, INITIAL_VIEW_STATE, step } from "../../../src/ui/keys.ts";
import { ASCII_GLYPHS, toWidth, truncate, UNICODE_GLYPHS, widthOf, wrap } from "../../../src/ui/line.ts";
import { planRows } from "../../../src/ui/rows.ts";
import { terminalFeatures } from "../../../src/ui/terminal.ts";
import { untilNextChange } from "../../../src/ui/use-tick.ts";
import { hostileText } from "./hostile-text.ts";

describe("planColumns()", () => {
  const wishes: ColumnWish[] = [
    { name: "a", min: 4, ideal: 10, priority: 1 },
    { name: "b", min: 4, priority: 2 },
    { name: "c", min: 4, ideal: 6, priority: 3 },
  ];

  test("drops the least important column when the minima do not fit", () => {
    expect(planColumns(wishes, 14).map(({ name }) => name)).toEqual(["a", "b", "c"]);
    expect(planColumns(wishes, 13).map(({ name }) => name)).toEqual(["a", "b"]);
    expect(planColumns(wishes, 8).map(({ name }) => name)).toEqual(["a"]);
  });

  test("grows columns to their wish and gives the rest to the one without", () => {
    expect(planColumns(wishes, 40)).toEqual([
      { name: "a", width: 10 },
      { name: "b", width: 22 },
      { name: "c", width: 6 },
    ]);
  });

  test("never gives out more than there is", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200 }), (width) => {
        const plan = planColumns(wishes, width);
        const used = plan.reduce((sum, column) => sum + column.width, 0) + plan.length - 1;
        expect(used).toBeLessThanOrEqual(Math.max(width, 0));
      }),
    );
  });
});

describe("planRows()", () => {
  test("never gives out more than there is", () => {
    const count = fc.integer({ min: 0, max: 60 });
    fc.assert(
      fc.property(count, count, fc.constantFrom(0, 3), count, count, (rows, connections, detail, recent, hints) => {
        const plan = planRows(rows, { connections, detail, recent, hints });
        const used =
          (plan.hasHeading ? 1 : 0) +
          plan.table +
          plan.detail +
          (plan.recent > 0 ? plan.recent + 2 : 0) +
          (plan.hints > 0 ? plan.hints + 1 : 0);
        expect(used).toBeLessThanOrEqual(rows);
      }),
    );
  });

  test("fills a tall terminal with detections", () => {
    expect(planRows(40, { connections: 2, detail: 0, recent: 50, hints: 4 })).toMatchObject({
      table: 4,
      recent: 28,
      hints: 4,
    });
  });

  test("leaves the table half of the room when everything is asked for", () => {
    expect(planRows(21, { connections: 99, detail: 3, recent: 99, hints: 5 })).toMatchObject({ table: 10, recent: 5 });
  });
});

describe("truncate()", () => {
  test("cuts by columns, not by characters", () => {
    expect(truncate("請求書の件", 7, UNICODE_GLYPHS)).toBe("請求書…");
    expect(truncate("請求書の件", 6, UNICODE_GLYPHS)).toBe("請求…");
    expect(truncate("abcdef", 4, ASCII_GLYPHS)).toBe("abc~");
    expect(truncate("abcd", 4, ASCII_GLYPHS)).toBe("abcd");
  });

  test("never splits a grapheme and never passes the width", () => {
    expect(truncate("e\u0301e\u0301e\u0301", 2, UNICODE_GLYPHS)).toBe("e\u0301…");
    fc.assert(
      fc.property(hostileText(), fc.integer({ min: 0, max: 30 }), (text, width) => {
        expect(widthOf(truncate(text, width, UNICODE_GLYPHS))).toBeLessThanOrEqual(width);
      }),
    );
  });
});

describe("toWidth()", () => {
  test("fills on the side that is free", () => {
    expect(toWidth("ab", 4, UNICODE_GLYPHS)).toBe("ab  ");
    expect(toWidth("ab", 4, UNICODE_GLYPHS, "right")).toBe("  ab");
    expect(toWidth("請求書", 4, UNICODE_GLYPHS)).toBe("請… ");
  });
});

describe("wrap()", () => {
  test("breaks at spaces and cuts words that are too long", () => {
    expect(wrap("one two three", 7, ASCII_GLYPHS)).toEqual(["one two", "three"]);
    expect(wrap("incomprehensible", 6, ASCII_GLYPHS)).toEqual(["incom~"]);
  });
});

describe("actionsOf()", () => {
  test("knows the keys and nothing else", () => {
    expect(actionsOf("q", {})).toEqual(["quit"]);
    expect(actionsOf("c", { ctrl: true })).toEqual(["quit"]);
    expect(actionsOf("q", { ctrl: true })).toEqual([]);
    expect(actionsOf("", { downArrow: true })).toEqual(["next"]);
    expect(actionsOf("x", {})).toEqual([]);
    expect(actionsOf("", {})).toEqual([]);
  });

  test("repeats a key held down, and takes no order from pasted text", () => {
    expect(actionsOf("jjj", {})).toEqual(["next", "next", "next"]);
    expect(actionsOf("qq", {})).toEqual(["quit"]);
    expect(actionsOf("quit", {})).toEqual([]);
    expect(actionsOf("constructor", {})).toEqual([]);
    expect(actionsOf("j".repeat(100_000), {}).length).toBeLessThanOrEqual(100);
  });
});

describe("step()", () => {
  const ids = [3, 5, 9];

  test("moves among the open connections and stays at the ends", () => {
    const first = step(INITIAL_VIEW_STATE, "next", ids);
    expect(first.selectedId).toBe(3);
    expect(step(first, "previous", ids).selectedId).toBe(3);
    expect(step(step(first, "next", ids), "next", ids).selectedId).toBe(9);
    expect(step(INITIAL_VIEW_STATE, "previous", ids).selectedId).toBe(9);
    expect(step(step(first, "last", ids), "next", ids).selectedId).toBe(9);
  });

  test("starts again when the chosen connection is gone, and does nothing without any", () => {
    expect(step({ selectedId: 4, isHelp: false }, "next", ids).selectedId).toBe(3);
    expect(step(INITIAL_VIEW_STATE, "next", []).selectedId).toBeUndefined();
  });

  test("leaves the help page with any move", () => {
    const help = step(INITIAL_VIEW_STATE, "help", ids);
    expect(help.isHelp).toBe(true);
    expect(step(help, "help", ids).isHelp).toBe(false);
    expect(step(help, "next", ids).isHelp).toBe(false);
  });
});

describe("terminalFeatures()", () => {
  const terminal = { isTTY: true };

  test("is usable only on a terminal that can move its cursor", () => {
    expect(terminalFeatures(terminal, { TERM: "xterm" }).isUsable).toBe(true);
    expect(terminalFeatures(terminal, { TERM: "dumb" }).isUsable).toBe(false);
    expect(terminalFeatures(terminal, {}).isUsable).toBe(false);
    expect(terminalFeatures({}, { TERM: "xterm" }).isUsable).toBe(false);
  });

  test("has no colour with NO_COLOR set to anything but nothing", () => {
    expect(terminalFeatures(terminal, { NO_COLOR: "1" }).hasColor).toBe(false);
    expect(terminalFeatures(terminal, { NO_COLOR: "" }).hasColor).toBe(true);
  });

  test("takes the locale in the order of POSIX", () => {
    expect(terminalFeatures(terminal, { LANG: "C.UTF-8" }).hasUnicode).toBe(true);
    expect(terminalFeatures(terminal, { LC_ALL: "C", LANG: "C.UTF-8" }).hasUnicode).toBe(false);
    expect(terminalFeatures(terminal, { LC_ALL: "", LC_CTYPE: "en_US.utf8" }).hasUnicode).toBe(true);
    expect(terminalFeatures(terminal, {}).hasUnicode).toBe(false);
  });
});

describe("untilNextChange()", () => {
  test("is bounded whatever the clock says", () => {
    expect(untilNextChange(1500)).toBe(500);
    expect(untilNextChange(61_000)).toBe(59_000);
    for (const elapsed of [Number.NaN, -5, 0, 59_999, 60_000, Number.MAX_SAFE_INTEGER]) {
      const wait = untilNextChange(elapsed);
      expect(wait).toBeGreaterThanOrEqual(50);
      expect(wait).toBeLessThanOrEqual(60_000);
    }
  });
});
