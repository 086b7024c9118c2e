import { describe, expect, test } from "vitest";
import { walkMessage } from "../../../../src/mime/walk.ts";
import { WalkAllowance } from "../../../../src/mime/walk-allowance.ts";
import type { Content } from "../../../../src/scan/engine.ts";
import type { Place } from "../../../../src/scan/inspection.ts";
import { isLookedAtAlways, SeenPieces } from "../../../../src/scan/seen-pieces.ts";

const CONTENT: Content = { bytes: Buffer.from("content"), origin: "decoded", name: "a" };

describe("isRepeated()", () => {
  test("is true of the same content in the same part, as deep or deeper", () => {
    const seen = new SeenPieces();
    expect(seen.isRepeated(CONTENT, place({ depth: 2 }))).toBe(false);
    expect(seen.isRepeated({ ...CONTENT, bytes: Buffer.from("content") }, place({ depth: 2 }))).toBe(true);
    expect(seen.isRepeated(CONTENT, place({ depth: 3 }))).toBe(true);
  });

  test("is false of what is less deep: more of it can be opened", () => {
    const seen = new SeenPieces();
    seen.isRepeated(CONTENT, place({ depth: 5 }));
    expect(seen.isRepeated(CONTENT, place({ depth: 4 }))).toBe(false);
    expect(seen.isRepeated(CONTENT, place({ depth: 4 }))).toBe(true);
  });

  test.each<Partial<Content>>([
    { bytes: Buffer.from("other") },
    { origin: "text" },
    { name: "b" },
    { type: "text/html" },
    { charset: "utf-7" },
  ])("is false of content that differs in %j", (change) => {
    const seen = new SeenPieces();
    seen.isRepeated(CONTENT, place({}));
    expect(seen.isRepeated({ ...CONTENT, ...change }, place({}))).toBe(false);
  });

  test("is false in another part", () => {
    const seen = new SeenPieces();
    seen.isRepeated(CONTENT, place({}));
    expect(seen.isRepeated(CONTENT, place({ part: "2" }))).toBe(false);
  });
});

describe("isLookedAtAlways()", () => {
  test("is true of entries and of what is the part itself", () => {
    expect(isLookedAtAlways({ ...CONTENT, origin: "entry" }, place({}))).toBe(true);
    expect(isLookedAtAlways(CONTENT, place({ depth: 0 }))).toBe(true);
    expect(isLookedAtAlways(CONTENT, place({}))).toBe(false);
  });
});

function place(change: Partial<Place>): Place {
  const { root } = walkMessage(Buffer.from("Subject: a\r\n\r\nbody"), new WalkAllowance(10));
  return { entity: root, part: "1", path: [], depth: 1, ...change };
}
