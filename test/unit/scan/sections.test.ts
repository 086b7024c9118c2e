import { describe, expect, test } from "vitest";
import { sectionMap } from "../../../src/mime/sections/section-map.ts";
import { encodeSectionMap } from "../../../src/mime/sections/section-map-json.ts";
import { encodeSections, parseSections, type SectionsWant } from "../../../src/scan/sections.ts";
import { mimeShapes } from "../../support/mime-shapes.ts";

const octets = (text: string): Buffer => Buffer.from(text, "latin1");
const NOTHING = Buffer.alloc(0);

/** What the daemon makes of a thread's answer about `message`. */
function answer(message: Buffer, want: SectionsWant, maxBytes = 1_000_000): unknown {
  const { json, octets: parts } = encodeSections(message, want, maxBytes);
  return parseSections(JSON.parse(json), Buffer.concat(parts), message.length);
}

describe("parseSections()", () => {
  test.each(mimeShapes())("reads what encodeSections() says of: $name", ({ message }) => {
    expect(answer(message, "map")).toMatchObject({ want: "map", map: { bytes: message.length, isCut: false } });
    expect(answer(message, "structure")).toMatchObject({ want: "structure" });
    expect(answer(message, "preview")).toMatchObject({ want: "preview" });
  });

  test("restores the map", () => {
    for (const { name, message } of mimeShapes()) {
      const { map } = answer(message, "map") as { map: ReturnType<typeof sectionMap> };
      const expected = sectionMap(message);
      // Names that no client can ask for are not sent.
      const fields = expected.parts.map((part) =>
        part.fields.map((field) => (/^[!-~]+$/.test(field.name) ? field : { ...field, name: "" })),
      );
      expect(map.parts, name).toEqual(expected.parts.map((part, index) => ({ ...part, fields: fields[index] })));
    }
  });

  test("has the decoded octets of a part", () => {
    expect(answer(octets("Z3LDvMOf\r\n"), "base64")).toEqual({ want: "base64", bytes: Buffer.from("grüß") });
    expect(answer(octets("a=3Db=\r\nc"), "quoted-printable")).toEqual({
      want: "quoted-printable",
      bytes: octets("a=bc"),
    });
    expect(parseSections({ want: "base64" }, octets("four"), 3)).toBeUndefined();
  });

  test("has no structure that is longer than may be sent", () => {
    const result = answer(octets("Subject: s\r\n\r\n"), "structure", 50) as { structure: object };
    expect(Object.values(result.structure).map((text) => text?.length)).toEqual([41, undefined, undefined]);
  });

  const part = (row: unknown[]): unknown => ({ isCut: false, parts: [[-1, 1, 0, 0, 5, 7, 20, []], row] });
  test("takes a part that lies where it may", () => {
    expect(parseSections({ want: "map", map: part([0, 0, 0, 8, 9, 9, 20, []]) }, NOTHING, 20)).toBeDefined();
  });

  test.each([
    ["before its parent's body", part([0, 0, 0, 6, 9, 9, 20, []])],
    ["beyond its parent", part([0, 0, 0, 8, 9, 9, 21, []])],
    ["with an end before its start", part([0, 0, 0, 9, 9, 9, 8, []])],
    ["with a body before its header", part([0, 0, 0, 8, 10, 9, 20, []])],
    ["of no parent", part([1, 0, 0, 8, 9, 9, 20, []])],
    ["of a second message", part([-1, 0, 0, 0, 9, 9, 20, []])],
    ["of no kind", part([0, 3, 0, 8, 9, 9, 20, []])],
    ["of no encoding", part([0, 0, 4, 8, 9, 9, 20, []])],
    ["with a fraction", part([0, 0, 0, 8.5, 9, 9, 20, []])],
    ["with NaN", part([0, 0, 0, Number.NaN, 9, 9, 20, []])],
    ["with a field beyond its header", part([0, 0, 0, 8, 9, 9, 20, ["a", 0, 2]])],
    ["with a field of negative length", part([0, 0, 0, 8, 9, 9, 20, ["a", 1, -1]])],
    ["with a name that has a line end", part([0, 0, 0, 8, 9, 9, 20, ["a\r\nb", 0, 1]])],
    ["with half a field", part([0, 0, 0, 8, 9, 9, 20, ["a", 0]])],
    ["that is a message without one in it", part([0, 2, 0, 8, 9, 9, 20, []])],
    ["that is no list", part([])],
  ])("refuses a map with a part %s", (_, map) => {
    expect(parseSections({ want: "map", map }, NOTHING, 20)).toBeUndefined();
  });

  test("refuses a map of another message, of nothing, and of too many parts", () => {
    const map = encodeSectionMap(sectionMap(octets("a: b\r\n\r\n")));
    expect(parseSections({ want: "map", map }, NOTHING, 8)).toBeDefined();
    expect(parseSections({ want: "map", map }, NOTHING, 9)).toBeUndefined();
    expect(parseSections({ want: "map", map }, octets("x"), 8)).toBeUndefined();
    for (const none of [undefined, null, 1, [], {}, { isCut: false, parts: [] }, { parts: [[]] }]) {
      expect(parseSections({ want: "map", map: none }, NOTHING, 8)).toBeUndefined();
    }
    const many = [[-1, 1, 0, 0, 0, 0, 9, []], ...Array.from({ length: 10_000 }, () => [0, 0, 0, 9, 9, 9, 9, []])];
    expect(
      parseSections({ want: "map", map: { isCut: false, parts: many.slice(0, 10_000) } }, NOTHING, 9),
    ).toBeDefined();
    expect(parseSections({ want: "map", map: { isCut: false, parts: many } }, NOTHING, 9)).toBeUndefined();
  });

  test.each([
    ["a line end", "()\r\n"],
    ["another response", '("")\r\n* 2 FETCH (BODY[] "x")'],
    ["a literal that is too long", "({9}\r\nx)"],
    ["two lists", "()()"],
    ["content", '("a) BODY[] {1}\r\nx ("")'],
  ])("refuses a structure with %s", (_, text) => {
    const lengths = [text.length, -1, -1];
    expect(parseSections({ want: "structure", lengths }, octets(text), 100)).toBeUndefined();
  });

  test("refuses a structure whose lengths are not those of its octets", () => {
    for (const lengths of [[2, -1], [3, -1, -1], [1, 1, -1], [2, 2, -1], [2, -2, -1], [2, -1, "x"], "x", undefined]) {
      expect(parseSections({ want: "structure", lengths }, octets("()"), 100)).toBeUndefined();
    }
    expect(parseSections({ want: "structure", lengths: [2, -1, -1] }, octets("()"), 100)).toBeDefined();
  });

  test("refuses a preview of two lines, too long, or broken", () => {
    const preview = (text: unknown): unknown => parseSections({ want: "preview", preview: text }, NOTHING, 9);
    expect(preview("😀".repeat(200))).toBeDefined();
    for (const text of ["a\nb", "\x1b", "a".repeat(201), "😀".repeat(201), "\ud83d", 1, undefined]) {
      expect(preview(text)).toBeUndefined();
    }
  });

  test("refuses what nobody wants", () => {
    for (const want of [undefined, "", "x-uuencode", 1]) expect(parseSections({ want }, NOTHING, 9)).toBeUndefined();
  });
});
