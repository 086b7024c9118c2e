import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ProxySnapshot } from "../../../src/core/snapshot.ts";
import { ASCII_GLYPHS, lineText, UNICODE_GLYPHS, widthOf } from "../../../src/ui/line.ts";
import { dashboardLines, type ViewOptions } from "../../../src/ui/view.ts";
import { hostileText } from "./hostile-text.ts";
import { connection, connections, detection, START, snapshot } from "./snapshots.ts";

const HINTS = ["POP3: server 127.0.0.1, port 1110, user name YOU@example.org/pop.example.org"];

function draw(shown: ProxySnapshot, change: Partial<ViewOptions> = {}): string[] {
  const lines = dashboardLines(shown, {
    columns: 80,
    rows: 24,
    now: START + 125_000,
    hints: HINTS,
    glyphs: UNICODE_GLYPHS,
    selectedId: undefined,
    isHelp: false,
    ...change,
  });
  return lines.map(lineText);
}

describe("dashboardLines()", () => {
  test("fits every size, with hostile texts and any number of connections", () => {
    fc.assert(
      fc.property(
        hostileText(),
        fc.integer({ min: 0, max: 130 }),
        fc.integer({ min: 0, max: 50 }),
        fc.integer({ min: 0, max: 60 }),
        fc.integer({ min: -1, max: 60 }),
        fc.boolean(),
        fc.boolean(),
        (text, columns, rows, count, selectedId, isHelp, isUnicode) => {
          const hostile = { account: text, upstream: text, state: text, lastSubject: text, clientTls: text };
          const shown = snapshot({
            listeners: [{ address: text, protocol: "imap", mode: text }],
            connections: Array.from({ length: count }, (_, index) => connection(index, hostile)),
            recent: [detection({ name: text, path: text, sender: text, subject: text, action: text })],
          });
          const glyphs = isUnicode ? UNICODE_GLYPHS : ASCII_GLYPHS;
          const notice = { at: START, level: "error", text } as const;
          const lines = draw(shown, { columns, rows, selectedId, isHelp, glyphs, hints: [text], notice });
          expect(lines).toHaveLength(columns === 0 ? 0 : rows);
          for (const line of lines) {
            expect(widthOf(line)).toBeLessThanOrEqual(columns);
            expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
            if (!isUnicode) expect(line).toMatch(/^[ -~]*$/);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  test("shows the last notice on a line of its own, with its time", () => {
    const at = new Date(2026, 0, 5, 9, 8, 7).getTime();
    const lines = draw(snapshot(), { notice: { at, level: "warning", text: "engine-down clamd: it is gone" } });
    expect(lines[2]).toBe("09:08:07 engine-down clamd: it is gone");
    expect(draw(snapshot())[2]).not.toContain("engine-down");
  });

  test("keeps the chosen connection in sight and counts those that are not", () => {
    const shown = snapshot({ connections: connections(200) });
    for (const selectedId of [1, 2, 17, 100, 199, 200]) {
      const lines = draw(shown, { selectedId });
      const chosen = lines.filter((line) => line.startsWith("›"));
      expect(chosen).toHaveLength(1);
      expect(chosen[0]).toContain(`us${selectedId}***`);
      const visible = lines.filter((line) => /^[› ] (imap|pop3)/.test(line)).length;
      expect(lines.join("\n")).toContain(`+${200 - visible} more`);
    }
  });

  test("formats only what is visible of ten thousand connections", () => {
    const many = connections(10_000);
    let reads = 0;
    const counted = many.map((item) => ({
      ...item,
      get account() {
        reads += 1;
        return item.account;
      },
    }));
    draw(snapshot({ connections: counted }), { rows: 40 });
    expect(reads).toBeLessThanOrEqual(40);
  });

  test("gives the last message a line of its own while there is room", () => {
    const shown = snapshot({ connections: [connection(1, { lastVerdict: "infected", lastSubject: "Your invoice" })] });
    expect(draw(shown)).toContain("       infected  office@example.org: Your invoice");
    expect(draw(shown, { columns: 160 }).join("\n")).toContain("infected  office@example.org: Your invoice");
  });

  test("shows both legs of TLS where there is room, and the upstream's where there is not", () => {
    const shown = snapshot({ connections: connections(1) });
    expect(draw(shown, { columns: 120 }).join("\n")).toContain("plain→TLSv1.3");
    expect(draw(shown, { columns: 120, glyphs: ASCII_GLYPHS }).join("\n")).toContain("plain>TLSv1.3");
    expect(draw(shown, { columns: 80 }).join("\n")).toMatch(/ TLSv1\.3 /);
  });

  test("says so when a connection is not scanned", () => {
    const shown = snapshot({ connections: [connection(1, { isExcluded: true })] });
    expect(draw(shown, { columns: 120 }).join("\n")).toContain("unscanned");
  });

  test("shows what was found, where, of whom, and what was done", () => {
    const lines = draw(snapshot({ connections: connections(1), recent: [detection()] }), { columns: 120 });
    expect(lines.find((line) => line.includes("Eicar"))).toMatch(
      /^\d\d:\d\d:\d\d replaced Eicar-Test-Signature in invoice\.zip > eicar\.com · billing@example\.org: Your invoice$/,
    );
  });

  test("names verdicts that did not occur only for infected", () => {
    const totals = draw(snapshot())[1];
    expect(totals).toBe("0 connections · 128 messages, 45.6 MB · 2 infected");
  });

  test("shows the hints first while there is no connection, and the whole of them on the help page", () => {
    expect(draw(snapshot(), { rows: 12 }).join("\n")).toContain("pop.example.org");
    const busy = snapshot({ connections: connections(50) });
    expect(draw(busy).join("\n")).not.toContain("pop.example.org");
    expect(draw(busy, { isHelp: true }).join("\n")).toContain("pop.example.org");
  });
});
