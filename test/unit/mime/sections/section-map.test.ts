import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sectionLimits } from "../../../../src/core/section-limits.ts";
import { findPart, resolveSection } from "../../../../src/mime/sections/resolve-section.ts";
import { type SectionMap, sectionMap } from "../../../../src/mime/sections/section-map.ts";
import { parseSectionName } from "../../../../src/mime/sections/section-name.ts";
import { partNumbers } from "../../../support/compare-sections.ts";
import { mimeShapes } from "../../../support/mime-shapes.ts";

/** The octets of a section as text; undefined when the map can not tell. */
function section(message: Buffer, name: string, map = sectionMap(message)): string | undefined {
  const parsed = parseSectionName(name);
  if (parsed === undefined) throw new Error(`no section: ${name}`);
  const ranges = resolveSection(map, parsed);
  return ranges?.map(({ start, end }) => message.toString("latin1", start, end)).join("");
}

function shape(name: string): Buffer {
  const found = mimeShapes().find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no shape: ${name}`);
  return found.message;
}

const octets = (text: string): Buffer => Buffer.from(text, "latin1");

describe("sectionMap()", () => {
  test("says of a message without parts that its body is part 1", () => {
    const message = octets("Subject: a\r\nX: b\r\n\r\ntext\r\n");
    expect(section(message, "")).toBe(message.toString("latin1"));
    expect(section(message, "HEADER")).toBe("Subject: a\r\nX: b\r\n\r\n");
    expect(section(message, "TEXT")).toBe("text\r\n");
    expect(section(message, "1")).toBe("text\r\n");
    expect(section(message, "1.MIME")).toBe("Subject: a\r\nX: b\r\n\r\n");
    for (const none of ["2", "1.1", "1.HEADER", "1.TEXT", "1.HEADER.FIELDS (Subject)"]) {
      expect(section(message, none)).toBe("");
    }
  });

  test("numbers parts inside parts and messages inside messages", () => {
    const nested = shape("nested");
    expect(partNumbers(sectionMap(nested))).toEqual(["1", "1.1", "1.2", "2"]);
    expect(section(nested, "1.1")).toBe("some text\r\nof two lines");
    expect(section(nested, "1")).toMatch(/^inner preamble\r\n--in\r\n.*inner epilogue$/s);
    const message = shape("message with parts");
    expect(partNumbers(sectionMap(message))).toEqual(["1", "2", "2.1", "2.2"]);
    expect(section(message, "2.HEADER")).toBe(
      'Subject: inner mixed\r\nContent-Type: multipart/mixed; boundary="in"\r\n\r\n',
    );
    expect(section(message, "2.TEXT")).toMatch(/^--in\r\n.*--in--\r\n$/s);
    expect(section(message, "2.MIME")).toBe("Content-Type: message/rfc822\r\nContent-Disposition: attachment\r\n\r\n");
    expect(section(message, "2.2")).toBe("c29tZSBkYXRh");
    expect(section(message, "2.HEADER.FIELDS (subject)")).toBe("Subject: inner mixed\r\n\r\n");
    expect(partNumbers(sectionMap(shape("message in a message")))).toEqual(["1", "1.1", "1.1.1"]);
    expect(partNumbers(sectionMap(shape("digest")))).toEqual(["1", "1.1", "2", "3", "3.1"]);
  });

  test("gives header fields in the order of the message, folded as they are", () => {
    const message = octets("A: 1\r\nB: 2\r\n 3\r\nno field\r\n folded\r\na : 4\r\nC:5\r\n\r\ntext");
    expect(section(message, "HEADER.FIELDS (b A)")).toBe("A: 1\r\nB: 2\r\n 3\r\na : 4\r\n\r\n");
    expect(section(message, 'HEADER.FIELDS ("c")')).toBe("C:5\r\n\r\n");
    expect(section(message, "HEADER.FIELDS (D)")).toBe("\r\n");
    expect(section(message, "HEADER.FIELDS.NOT (A)")).toBe("B: 2\r\n 3\r\nno field\r\n folded\r\nC:5\r\n\r\n");
    expect(section(octets("A: 1\r\nB: 2"), "HEADER.FIELDS (B)")).toBe("B: 2");
    expect(section(octets("A: 1\r\nB: 2"), "HEADER.FIELDS (C)")).toBe("");
  });

  test("takes what follows for no part of a multipart that is closed, and all of it for parts of one that is not", () => {
    expect(partNumbers(sectionMap(shape("never closed")))).toEqual(["1", "2"]);
    expect(partNumbers(sectionMap(shape("no parts")))).toEqual([]);
    expect(partNumbers(sectionMap(shape("inner never closed")))).toEqual(["1", "1.1", "1.2", "2"]);
    expect(partNumbers(sectionMap(shape("boundary is a prefix")))).toEqual(["1", "1.1", "2"]);
  });

  test("gives the line end before a delimiter to the delimiter, after an empty line too", () => {
    const message = octets("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nA: 1\r\n\r\n--b\r\n\r\nx\r\n--b--");
    expect(section(message, "1.MIME")).toBe("A: 1\r\n");
    expect(section(message, "1")).toBe("");
    expect(section(message, "2.MIME")).toBe("\r\n");
    expect(section(message, "2")).toBe("x");
  });

  test("knows the encoding of every leaf, and of nothing else", () => {
    const encodings = (name: string): unknown => sectionMap(shape(name)).parts.map(({ encoding }) => encoding);
    expect(encodings("mixed")).toEqual(["identity", "identity", "quoted-printable", "base64"]);
    expect(encodings("unknown encoding")).toEqual(["unknown"]);
    expect(encodings("odd encoding")).toEqual(["unknown"]);
    expect(encodings("encoding in capitals")).toEqual(["base64"]);
    expect(encodings("message in base64")).toEqual(["identity", "identity", "identity"]);
  });

  test("works with bare line feeds, and with none at all", () => {
    const message = octets("Content-Type: multipart/mixed; boundary=b\n\n--b\n\na\n--b--\n");
    expect(section(message, "1")).toBe("a");
    expect(section(message, "HEADER")).toBe("Content-Type: multipart/mixed; boundary=b\n\n");
    expect(partNumbers(sectionMap(Buffer.alloc(0)))).toEqual(["1"]);
    expect(section(Buffer.alloc(0), "1")).toBe("");
  });

  test("is cut when there are more parts than the limit, and says so", () => {
    const head = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
    const withParts = (count: number): Buffer => octets(`${head}${"--b\r\n\r\nx\r\n".repeat(count)}`);
    const full = sectionMap(withParts(sectionLimits.parts - 1));
    expect([full.parts.length, full.isCut]).toEqual([sectionLimits.parts, false]);
    const message = withParts(sectionLimits.parts);
    const cut = sectionMap(message);
    expect([cut.parts.length, cut.isCut]).toEqual([sectionLimits.parts, true]);
    expect(section(message, "1", cut)).toBeUndefined();
    expect(section(message, "HEADER.FIELDS (Content-Type)", cut)).toBeUndefined();
    expect(section(message, "HEADER", cut)).toBe(head);
    expect(section(message, "TEXT", cut)).toBe(message.toString("latin1", head.length));
    expect(section(message, "", cut)).toBe(message.toString("latin1"));
  });

  test("is cut when there are more header fields than the limit", () => {
    const withFields = (count: number): SectionMap => sectionMap(octets(`${"a:\r\n".repeat(count)}\r\n`));
    expect(withFields(sectionLimits.fields).isCut).toBe(false);
    expect(withFields(sectionLimits.fields + 1).isCut).toBe(true);
    expect(withFields(sectionLimits.fields + 1).parts[0]?.fields).toHaveLength(sectionLimits.fields);
  });

  test("takes parts that are too deep for leaves", () => {
    const levels = sectionLimits.depth + 20;
    const opening = Array.from(
      { length: levels },
      (_, level) => `Content-Type: multipart/mixed; boundary=x${level}x\r\n\r\n--x${level}x\r\n`,
    ).join("");
    const map = sectionMap(octets(`${opening}\r\ntext`));
    expect([map.parts.length, map.isCut, map.parts.at(-1)?.kind]).toEqual([sectionLimits.depth, false, "leaf"]);
    const messages = sectionMap(octets("Content-Type: message/rfc822\r\n\r\n".repeat(levels)));
    expect([messages.parts.length, messages.isCut]).toEqual([sectionLimits.depth, false]);
  });

  test("ends on lines that are delimiters to no one, however many boundaries there are", () => {
    const levels = sectionLimits.depth - 2;
    const opening = Array.from(
      { length: levels },
      (_, level) =>
        `Content-Type: multipart/mixed; boundary=${"a".repeat(70)}${level}\r\n\r\n--${"a".repeat(70)}${level}\r\n`,
    ).join("");
    const map = sectionMap(octets(`${opening}\r\n${`--${"a".repeat(70)}\r\n`.repeat(300_000)}`));
    expect(map.isCut).toBe(true);
  });
});

describe("resolveSection()", () => {
  const messages = [...mimeShapes().map(({ message }) => message)];
  const mutated = fc
    .tuple(
      fc.constantFrom(...messages),
      fc.array(
        fc.record({
          at: fc.double({ min: 0, max: 1, noNaN: true }),
          length: fc.integer({ min: 0, max: 20 }),
          put: fc.oneof(
            fc.constantFrom(
              "--b\r\n",
              "--b--\r\n",
              "\r\n",
              "\n",
              "\r",
              "--",
              "--out\r\n",
              "Content-Type: message/rfc822\r\n",
            ),
            fc.constantFrom("Content-Type: multipart/mixed; boundary=b\r\n\r\n", "\0", "(", '"', "\\", " ", ":"),
            fc.uint8Array({ maxLength: 5 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
          ),
        }),
        { maxLength: 8 },
      ),
    )
    .map(([message, changes]) =>
      changes.reduce((text, { at, length, put }) => {
        const position = Math.floor(at * text.length);
        return text.slice(0, position) + put + text.slice(position + length);
      }, message.toString("latin1")),
    )
    .map(octets);

  test("gives ranges in order and within the message, and header and body make up each part", () => {
    fc.assert(
      fc.property(mutated, (message) => {
        const map = sectionMap(message);
        expect(section(message, "", map)).toBe(message.toString("latin1"));
        expect(`${section(message, "HEADER", map)}${section(message, "TEXT", map)}`).toBe(message.toString("latin1"));
        for (const number of partNumbers(map)) checkPart(message, map, number);
      }),
      { numRuns: 400 },
    );
  });

  test("gives the octets of HEADER.FIELDS and HEADER.FIELDS.NOT that are together those of HEADER", () => {
    fc.assert(
      fc.property(mutated, fc.constantFrom("Subject", "Content-Type", "To From", "x"), (message, names) => {
        const map = sectionMap(message);
        const [root] = map.parts;
        const blank = message.toString("latin1", root?.blankStart, root?.bodyStart);
        const all = section(message, "HEADER", map) ?? "";
        const named = section(message, `HEADER.FIELDS (${names})`, map) ?? "";
        const others = section(message, `HEADER.FIELDS.NOT (${names})`, map) ?? "";
        expect(named.length + others.length).toBe(all.length + blank.length);
        expect(named.endsWith(blank) && others.endsWith(blank)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

function checkPart(message: Buffer, map: SectionMap, number: string): void {
  const part = findPart(map, number.split(".").map(Number));
  if (part === undefined) throw new Error(`no part ${number}`);
  const whole = message.toString("latin1", part.start, part.end);
  expect(`${section(message, `${number}.MIME`, map)}${section(message, number, map)}`).toBe(whole);
  if (part.kind !== "message") return;
  const body = section(message, number, map) ?? "";
  const inner = `${section(message, `${number}.HEADER`, map)}${section(message, `${number}.TEXT`, map)}`;
  // The line end between a header that has no empty line and the delimiter that ends it is in the part, and not in the
  // message in it.
  expect([body, body.replace(/\r?\n$/, "")]).toContain(inner);
}
