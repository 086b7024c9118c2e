import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mimeLimits } from "../../../src/core/scan-limits.ts";
import type { Entity, MessageTree } from "../../../src/mime/entity.ts";
import { walkMessage } from "../../../src/mime/walk.ts";
import { WalkAllowance } from "../../../src/mime/walk-allowance.ts";

describe("walkMessage()", () => {
  test("numbers the body of a simple message 1", () => {
    expect(numbers("Subject: a\n\nbody\n")).toEqual([["1", "leaf", "body\n"]]);
  });

  test("numbers the example of RFC 3501 §6.4.5 as IMAP does", () => {
    const inner = multipart("in", ["Content-Type: text/plain\n\nfirst", "\n\nsecond"]);
    const message = `Content-Type: message/rfc822\n\nSubject: inner\n${inner}`;
    const image = multipart("im", [
      "Content-Type: image/gif\n\ngif",
      `Content-Type: message/rfc822\n\nSubject: x\n${multipart("x", ["\ntext", multipart("alt", ["\nplain", "\nrich"])])}`,
    ]);
    const top = multipart("top", ["\ntext", "Content-Type: application/octet-stream\n\noctets", message, image]);
    expect(numbers(top).map(([number, kind]) => `${number} ${kind}`)).toEqual([
      " multipart",
      "1 leaf",
      "2 leaf",
      "3 message",
      "3 multipart",
      "3.1 leaf",
      "3.2 leaf",
      "4 multipart",
      "4.1 leaf",
      "4.2 message",
      "4.2 multipart",
      "4.2.1 leaf",
      "4.2.2 multipart",
      "4.2.2.1 leaf",
      "4.2.2.2 leaf",
    ]);
  });

  test("numbers the body of a simple message in a message", () => {
    const message = "Content-Type: message/rfc822\n\nSubject: inner\n\nbody";
    expect(numbers(message)).toEqual([
      ["1", "message", "Subject: inner\n\nbody"],
      ["1.1", "leaf", "body"],
    ]);
  });

  test("leaves the line end before a delimiter to the delimiter", () => {
    const parts = numbers(
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n\r\n--b\r\n\r\ntwo\n--b--\r\nend",
    );
    expect(parts.slice(1).map(([, , body]) => body)).toEqual(["one\r\n", "two"]);
  });

  test("keeps preamble and epilogue as gaps", () => {
    const { text, root } = walk("Content-Type: multipart/mixed; boundary=b\n\nbefore\n--b\n\none\n--b--\nafter");
    expect(root.gaps.map(({ start, end }) => text.slice(start, end))).toEqual(["before\n", "after"]);
  });

  test("ends an inner multipart at the outer delimiter", () => {
    const inner = "Content-Type: multipart/mixed; boundary=in\n\n--in\n\none";
    expect(
      numbers(multipart("out", [inner, "\ntwo"]))
        .map(([number, , body]) => [number, body])
        .slice(2),
    ).toEqual([
      ["1.1", "one"],
      ["2", "two"],
    ]);
  });

  test("takes parts of a digest for messages", () => {
    const digest = multipart("b", ["\nSubject: x\n\nbody"]).replace("multipart/mixed", "multipart/digest");
    expect(numbers(digest).slice(1)).toEqual([
      ["1", "message", "Subject: x\n\nbody"],
      ["1.1", "leaf", "body"],
    ]);
  });

  test("shows parts under a second boundary as irregular ones of the part they lie in", () => {
    const { text, entities } = walk(
      "Content-Type: multipart/mixed; boundary=a; boundary=b\n\n--a\n\none\n--b\n\ntwo\n--a--\n",
    );
    const irregular = entities.filter((entity) => !entity.isRegular);
    expect(irregular.map((entity) => [entity.number, text.slice(entity.header.end, entity.end)])).toEqual([
      ["", "two\n--a--\n"],
    ]);
  });

  test("takes no part apart twice that two readings share", () => {
    const { entities } = walk('Content-Type: multipart/mixed; boundary=a; boundary="a"\n\n--a\n\none\n--a--\n');
    expect(entities).toHaveLength(2);
  });

  test("shows the body that begins at a line that is no field as a reading of the part", () => {
    const { text, root, entities } = walk("Content-Type: a/b\nContent-Transfer-Encoding: base64\nQUJD\n\nend");
    expect(
      entities.map((entity) => [entity.number, entity.isRegular, text.slice(entity.header.end, entity.end)]),
    ).toEqual([
      ["1", true, "end"],
      ["1", false, "QUJD\n\nend"],
    ]);
    expect(entities[1]).toMatchObject({ parent: root, type: "a/b", encodings: ["base64"] });
  });

  test("gives a body that begins at a line that is no field the fields before that line", () => {
    const { entities } = walk("Subject: a\n--b\nContent-Type: multipart/mixed; boundary=b\n\n--b--\n");
    expect(entities.map(({ type, isRegular }) => [type, isRegular])).toEqual([
      ["multipart/mixed", true],
      ["text/plain", false],
    ]);
  });

  test("keeps a header's stray lines as a gap when no reading is left", () => {
    const allowance = new WalkAllowance(10);
    allowance.irregular = 0;
    const { root, limits } = walkMessage(Buffer.from("A: b\nQUJD\n\nend"), allowance);
    expect([root.gaps, limits.map(({ code }) => code)]).toEqual([[{ start: 5, end: 11 }], ["limit-views"]]);
  });

  test("stops at the parts allowed, names the limit, and keeps the rest as a gap", () => {
    const message = multipart("b", ["\none", "\ntwo", "\nthree"]);
    expect(walk(message, 4).limits).toEqual([]);
    const { text, root, entities, limits } = walk(message, 3);
    expect(entities).toHaveLength(3);
    expect(limits.map(({ code, entity }) => [code, entity === root])).toEqual([["limit-parts", true]]);
    expect(root.gaps.map(({ start, end }) => text.slice(start, end)).join()).toContain("three");
  });

  test("keeps what stands before the first part as a gap when there are too many parts", () => {
    const message = multipart("b", ["\none", "\ntwo"]).replace("\n--b", "\npreamble\n--b");
    const { text, root, limits } = walk(message, 2);
    expect(limits.map(({ code }) => code)).toEqual(["limit-parts"]);
    expect(root.gaps.map(({ start, end }) => text.slice(start, end)).join()).toContain("preamble");
  });

  test("keeps a message that is one part too many as a gap", () => {
    const { text, root, limits } = walk("Content-Type: message/rfc822\n\nSubject: inner\n\nbody", 1);
    expect(limits.map(({ code }) => code)).toEqual(["limit-parts"]);
    expect(root.gaps.map(({ start, end }) => text.slice(start, end))).toEqual(["Subject: inner\n\nbody"]);
  });

  test.each([0, Number.NaN])("makes the message itself however few parts are allowed (%d)", (parts) => {
    expect(walk(multipart("b", ["\none"]), parts).entities[0]?.number).toBe("");
  });

  test("stops at the depth allowed, names the limit, and keeps the rest as a gap", () => {
    const deep = (depth: number): string =>
      `${Array.from(
        { length: depth },
        (_, level) => `Content-Type: multipart/mixed; boundary="${level}-"\n\n--${level}-\n`,
      ).join("")}\nend`;
    expect(walk(deep(mimeLimits.depth)).limits).toEqual([]);
    const { text, entities, limits } = walk(deep(mimeLimits.depth + 1));
    expect(limits.map(({ code }) => code)).toEqual(["limit-depth"]);
    const last = entities.findLast((entity) => entity.isRegular);
    expect(last?.gaps.map(({ start, end }) => text.slice(start, end))).toEqual([`--${mimeLimits.depth}-\n\nend`]);
  });

  test("names the limit when comparing delimiters takes too long", () => {
    const allowance = new WalkAllowance(1000);
    allowance.comparisons = 2;
    const { limits } = walkMessage(Buffer.from(multipart("b", ["\none", "\ntwo", "\nthree"])), allowance);
    expect(limits.map(({ code }) => code)).toContain("limit-views");
  });

  test.each([
    ["Content-Type: text/plain\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b--\n", "duplicate-type"],
    ["Content-Transfer-Encoding: 7bit\nContent-Transfer-Encoding: base64\n\nQUJD", "duplicate-encoding"],
    ["Content-Transfer-Encoding: base64x\n\nQUJD", "encoding"],
    ["Content-Transfer-Encoding: x-uuencode\n\nQUJD", "encoding"],
    ["Content-Type: =?us-ascii?Q?multipart/mixed?=; boundary=b\n\n--b\n\none\n--b--\n", "type"],
    ["Content-Type: text/plain; boundary=b\n\n--b\n\none\n--b--\n", "type"],
    ["Content-Type: multipart/mixed; boundary=a; boundary=b\n\n--b\n\none\n--b--\n", "boundary"],
    ["Content-Type: multipart/mixed; boundary*=''b\n\n--b\n\none\n--b--\n", "boundary"],
    ["Content-Type: multipart/mixed; text/plain; boundary=b\n\n--b\n\none\n--b--\n", "boundary"],
    ["Content-Type: multipart/mixed\n\n--b\n\none\n--b--\n", "boundary"],
    [`${MULTIPART}\n--b\n${MULTIPART}\n--b\n\none\n--b--\n`, "boundary"],
    [`${MULTIPART}\n--b\n\none\n --b\n\ntwo\n--b--\n`, "delimiter"],
    [`${MULTIPART}\n--b\n\none\n--b--\n--b\n\ntwo\n`, "late-part"],
    ["Content-Type : text/plain\n\none", "field"],
    ["X: y\rContent-Transfer-Encoding: base64\n\nQUJD", "field"],
    ["X: y\nno field\nZ: z\n\none", "header-end"],
    ["\r\n\r\nSubject: late\r\n\r\none", "header-end"],
    ["Subject: a\r\n\r\r\none", "header-end"],
    ["Content-Type: a/b; name=a.txt\nContent-Disposition: x; filename=a.exe\n\none", "file-name"],
  ])("says what %j is ambiguous about", (text, expected) => {
    expect(walk(text).ambiguities.map(({ code }) => code)).toContain(expected);
  });

  test.each([
    "Subject: a\n\nbody\n",
    "",
    "no header at all",
    "From a@example.org\nSubject: a\n\nbody",
    `${MULTIPART}\nThis is a message in MIME.\n\n--b\n\none\n\n--b--\n\nThe list's footer.\n`,
    `${MULTIPART}\n--b\n\none\n`,
    `${MULTIPART}\n--b \t\n\none\n--b-- \n`,
    'Content-Type: Multipart/Mixed;\n\tboundary="----=_Part 0 (1)?"\n\n------=_Part 0 (1)?\n\none\n------=_Part 0 (1)?--\n',
    "Content-Type: multipart/mixed; boundary=----=_Part_1.2:3/4\n\n------=_Part_1.2:3/4\n\none\n",
    "Content-Type: text\n\none",
    "Content-Type: text/plain\nContent-Type: text/plain\n\none",
    "Content-Type: text/plain (comment); charset=utf-8\n\none",
    "Content-Transfer-Encoding: 8-bit\n\none",
    "Content-Transfer-Encoding:\n\none",
    "DKIM-Signature: v=1; h=From:To:\n\tContent-Type:Content-Transfer-Encoding; bh=base64=\n\none",
    "Subject: a\n b\n\tc\n\none",
    "Subject: a\r\rb: c\r\n\r\none".replace("\r\rb", "b"),
  ])("calls %j not ambiguous", (text) => {
    expect(walk(text).ambiguities).toEqual([]);
  });

  test("does not call delimiters ambiguous that begin like those of a part's own", () => {
    const inner = multipart("bb", ["\none", "\ntwo"]);
    expect(walk(multipart("b", [inner])).ambiguities).toEqual([]);
  });

  test("makes the parts that every reader sees before it spends anything on others", () => {
    const doubtful = `Content-Type: multipart/mixed; boundary=x; boundary=y\n\n${"--x\n\n--y\n\n".repeat(50)}`;
    const allowance = new WalkAllowance(70);
    const text = multipart("b", [doubtful, multipart("c", ["\nlast"])]);
    const { entities, limits } = walkMessage(Buffer.from(text), allowance);
    expect(entities.some(({ number, isRegular }) => isRegular && number === "2.1")).toBe(true);
    expect(limits.map(({ code }) => code)).toContain("limit-parts");
  });

  test("stops when the clock has run out, names the limit, and keeps the rest as a gap", () => {
    let asked = 0;
    const allowance = new WalkAllowance(1_000, () => {
      asked += 1;
      return asked > 3;
    });
    const text = multipart(
      "b",
      Array.from({ length: 20 }, (_, index) => `\npart ${index}`),
    );
    const { root, entities, limits } = walkMessage(Buffer.from(text), allowance);
    expect(entities.length).toBeLessThan(20);
    expect(new Set(limits.map(({ code }) => code))).toEqual(new Set(["limit-time"]));
    expect(root.gaps.map(({ start, end }) => text.slice(start, end)).join()).toContain("part 19");
  });

  test("names the limit when headers of other readings are too long", () => {
    const allowance = new WalkAllowance(1_000);
    allowance.headerBytes = 10;
    const text = "Content-Type: multipart/mixed; boundary=a; boundary=b\n\n--a\n--b\nX: a long header\n\n--b\n\ntwo";
    const { limits } = walkMessage(Buffer.from(text), allowance);
    expect(limits.map(({ code }) => code)).toEqual(["limit-views"]);
  });

  test("goes on with an inner multipart beyond the delimiter that ends it", () => {
    const text = multipart("out", [
      "Content-Type: multipart/mixed; boundary=in\n\n--in\n\none",
      "\ntwo\n--in\n\nthree",
    ]);
    const { entities } = walk(text);
    const bodies = entities.filter(({ isRegular }) => !isRegular).map(({ header, end }) => text.slice(header.end, end));
    expect(bodies.some((body) => body.startsWith("one\n--out"))).toBe(true);
    expect(bodies.some((body) => body.startsWith("three"))).toBe(true);
  });

  test("covers every octet of the message by headers, leaves and gaps, but for delimiters", () => {
    const pieces = fc.constantFrom(
      MULTIPART,
      "Content-Type: message/rfc822\n",
      "Content-Type: multipart/mixed; boundary=c\r\n",
      "\n",
      "\r\n",
      "--b\n",
      "--b--\n",
      "--c\r\n",
      "text",
      " ",
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
        const { text, entities } = walk(parts.join(""));
        const covered = new Uint8Array(text.length);
        // Parts after a closing delimiter are no part of the regular tree, and no gap either.
        const isLate = ({ header }: Entity): boolean => /^--[bc]--\r?\n/m.test(text.slice(0, header.start));
        for (const entity of entities.filter((candidate) => candidate.isRegular || isLate(candidate))) {
          covered.fill(1, entity.header.start, entity.header.end);
          if (entity.kind === "leaf") covered.fill(1, entity.header.end, entity.end);
          for (const gap of entity.gaps) covered.fill(1, gap.start, gap.end);
        }
        const rest = text
          .split("")
          .filter((_, index) => covered[index] === 0)
          .join("");
        expect(rest.replace(/--[bc](?:--)?|\s/g, "")).toBe("");
      }),
      { examples: [[[MULTIPART, "\r\n", "--b--\n", "--b\n", MULTIPART]]] },
    );
  });
});

const MULTIPART = "Content-Type: multipart/mixed; boundary=b\n";

function multipart(boundary: string, parts: readonly string[]): string {
  return `Content-Type: multipart/mixed; boundary=${boundary}\n\n${parts.map((part) => `--${boundary}\n${part}\n`).join("")}--${boundary}--\n`;
}

function walk(text: string, parts = 1_000): MessageTree & { text: string } {
  return { ...walkMessage(Buffer.from(text, "latin1"), new WalkAllowance(parts)), text };
}

/** Regular entities: number, kind, body. */
function numbers(text: string): [string, string, string][] {
  return walk(text)
    .entities.filter((entity) => entity.isRegular)
    .map((entity) => [entity.number, entity.kind, text.slice(entity.header.end, entity.end)]);
}
