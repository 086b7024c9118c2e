import fc from "fast-check";
import { visit } from "jsonc-parser";
import { describe, expect, test } from "vitest";
import { nodeAt, nodeValue, parseDocument } from "../../../src/config/document.ts";
import { setValue, unsetValue } from "../../../src/config/edit.ts";
import type { JsonValue } from "../../../src/config/leaf.ts";

function readBack(text: string): JsonValue | undefined {
  const parsed = parseDocument(text);
  if (parsed.type === "invalid") throw new Error(`${JSON.stringify(parsed.problems)} in\n${text}`);
  return parsed.document.root === undefined ? undefined : nodeValue(parsed.document.root);
}

function commentsOf(text: string): string[] {
  const comments: string[] = [];
  visit(
    text,
    { onComment: (offset, length) => comments.push(text.slice(offset, offset + length).trimEnd()) },
    { allowTrailingComma: true },
  );
  return comments;
}

const COMMENTED = `// head
{
  // ports
  "ports": {
    "imap": [143, 1143], // two
    "imaps": [
      993, // standard
      585 // old
    ]
  }, // end of ports
  /* scan */ "scan": { "depth": 5 },
  // tail
}
// foot
`;

describe("setValue()", () => {
  test("makes a file where there is nothing, after what comments there are", () => {
    expect(setValue("", ["scan", "depth"], 5)).toBe('{\n  "scan": {\n    "depth": 5\n  }\n}\n');
    expect(setValue("// head\n", ["forward"], ["a"])).toBe('// head\n{\n  "forward": ["a"]\n}\n');
    expect(setValue("// head", ["forward"], [])).toBe('// head\n{\n  "forward": []\n}\n');
  });

  test("puts a new key after the last one of its section", () => {
    expect(setValue(COMMENTED, ["scan", "ratio"], 7)).toBe(
      COMMENTED.replace('{ "depth": 5 }', '{ "depth": 5, "ratio": 7 }'),
    );
    expect(setValue(COMMENTED, ["ports", "pop3"], [110])).toBe(
      COMMENTED.replace("    ]\n  }, // end", '    ],\n    "pop3": [110]\n  }, // end'),
    );
    expect(setValue(COMMENTED, ["forward"], [])).toBe(COMMENTED.replace("// tail\n", '// tail\n  "forward": [],\n'));
  });

  test("changes a list entry by entry", () => {
    expect(setValue(COMMENTED, ["ports", "imaps"], [993, 585, 9993])).toBe(
      COMMENTED.replace("585 // old\n", "585, // old\n      9993\n"),
    );
    expect(setValue(COMMENTED, ["ports", "imaps"], [585])).toBe(
      COMMENTED.replace("993, // standard\n", "// standard\n"),
    );
    expect(setValue(COMMENTED, ["ports", "imaps"], [585, 993])).toBe(
      COMMENTED.replace("993, // standard\n      585 // old", "585, // standard\n      993 // old"),
    );
    expect(setValue(COMMENTED, ["ports", "imap"], [])).toBe(COMMENTED.replace("[143, 1143]", "[]"));
    expect(setValue(COMMENTED, ["ports", "imap"], [1143])).toBe(COMMENTED.replace("[143, 1143]", "[1143]"));
    expect(setValue(COMMENTED, ["ports", "imap"], [143])).toBe(COMMENTED.replace("[143, 1143]", "[143]"));
  });

  test("takes away the line of an entry that had one", () => {
    const text = '{\n  "exclude": {\n    "ip": [\n      "a",\n      "b",\n      "c"\n    ]\n  }\n}\n';
    expect(setValue(text, ["exclude", "ip"], ["a", "c"])).toBe(text.replace('      "b",\n', ""));
    expect(setValue(text, ["exclude", "ip"], ["a", "b"])).toBe(text.replace('"b",\n      "c"\n', '"b"\n'));
    expect(setValue(text, ["exclude", "ip"], ["c"])).toBe(text.replace('      "a",\n      "b",\n', ""));
  });

  test("changes nothing when the value is there already", () => {
    expect(setValue(COMMENTED, ["scan", "depth"], 5)).toBe(COMMENTED);
    expect(setValue(COMMENTED, ["ports", "imap"], [143, 1143])).toBe(COMMENTED);
  });

  test("keeps CRLF, tabs and a missing final line end", () => {
    const text = '{\r\n\t"scan": {\r\n\t\t"depth": 5\r\n\t}\r\n}';
    expect(setValue(text, ["scan", "ratio"], 7)).toBe(text.replace("5\r\n", '5,\r\n\t\t"ratio": 7\r\n'));
    expect(setValue(text, ["forward"], [])).toBe(text.replace("\t}\r\n}", '\t},\r\n\t"forward": []\r\n}'));
  });

  test("never writes into a line comment, whatever ends the line", () => {
    const text = '{"ports":{"imap":[143 // one\r]}}';
    expect(readBack(setValue(text, ["ports", "imap"], [143, 1143]))).toEqual({ ports: { imap: [143, 1143] } });
    expect(commentsOf(setValue(text, ["ports", "imap"], [143, 1143]))).toEqual(["// one"]);
  });

  test("writes a list that spans lines with a line for each entry, whatever shape it had", () => {
    const text =
      '{\n  "exclude": {\n    "ip": [\n      "::ffff:10.0.0.1", "10.0.0.0/8", // two\n      "10.1.0.0/16" ]\n  }\n}\n';
    expect(setValue(text, ["exclude", "ip"], ["::ffff:10.0.0.1", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.3"])).toBe(
      '{\n  "exclude": {\n    "ip": [\n      "::ffff:10.0.0.1",\n      "10.0.0.0/8", // two\n      "10.1.0.0/16",\n      "10.1.2.3"\n    ]\n  }\n}\n',
    );
    const wrapped = '{\n  "ports": {\n    "imap": [1, /* b */ 2,\n      3, 4]\n  }\n}\n';
    expect(setValue(wrapped, ["ports", "imap"], [1, 2, 3])).toBe(
      '{\n  "ports": {\n    "imap": [\n      1,\n      /* b */ 2,\n      3\n    ]\n  }\n}\n',
    );
  });

  test("writes a list that gets too long for a line with a line for each entry", () => {
    const entries = Array.from({ length: 40 }, (_, index) => `192.0.2.${index}`);
    const text = setValue("", ["exclude", "ip"], entries.slice(0, 3));
    const longer = entries.reduce(
      (current, _, index) => setValue(current, ["exclude", "ip"], entries.slice(0, index + 1)),
      text,
    );
    expect(readBack(longer)).toEqual({ exclude: { ip: entries } });
    const lines = entries.map((entry) => `      "${entry}"`).join(",\n");
    expect(longer).toBe(`{\n  "exclude": {\n    "ip": [\n${lines}\n    ]\n  }\n}\n`);
  });

  test("leaves a text alone that is no object, or has something else where the section belongs", () => {
    for (const text of ["[]", "5", '{"scan":5}']) expect(setValue(text, ["scan", "depth"], 5)).toBe(text);
  });
});

describe("unsetValue()", () => {
  test("takes a key out and leaves the comments around it", () => {
    expect(unsetValue(COMMENTED, ["scan"])).toBe(COMMENTED.replace('/* scan */ "scan": { "depth": 5 },', "/* scan */"));
    expect(unsetValue(COMMENTED, ["scan", "depth"])).toBe(COMMENTED.replace('{ "depth": 5 }', "{ }"));
    expect(unsetValue('{\n  "a": 1, // one\n  "b": 2\n}\n', ["b"])).toBe('{\n  "a": 1 // one\n}\n');
    expect(unsetValue('{\n  "a": 1,\n  "b": 2\n}\n', ["a"])).toBe('{\n  "b": 2\n}\n');
  });

  test("changes nothing when the key is not there", () => {
    expect(unsetValue(COMMENTED, ["log", "level"])).toBe(COMMENTED);
    expect(unsetValue("", ["scan", "depth"])).toBe("");
  });
});

describe("any sequence of changes", () => {
  type Step = { readonly path: readonly string[]; readonly value: JsonValue | undefined };
  const scalar = fc.oneof(
    fc.integer({ min: 0, max: 99 }),
    fc.boolean(),
    fc.constantFrom('with "quotes"', "// no comment", "a,b"),
  );
  const list = fc.uniqueArray(fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constantFrom("/* x */", "]")), {
    maxLength: 5,
  });
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({ path: fc.constantFrom(["scan", "depth"], ["scan", "ratio"], ["log", "level"]), value: scalar }),
    fc.record({ path: fc.constantFrom(["ports", "imap"], ["ports", "imaps"], ["forward"]), value: list }),
    fc.record({
      path: fc.constantFrom(["scan", "depth"], ["scan", "ratio"], ["log", "level"]),
      value: fc.constant(undefined),
    }),
  );
  /** White space and comments, each comment with a number of its own. */
  const gap = fc.array(fc.constantFrom(" ", "\n", "  ", "// c\n", "/* c */", "/* c\n c */", "\r\n", "\t"), {
    maxLength: 3,
  });
  const document = fc
    .record({
      gaps: fc.infiniteStream(gap),
      comma: fc.boolean(),
      entries: fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 3 }),
    })
    .map(({ gaps, comma, entries }) => {
      const next = (): string => gaps.next().value.join("");
      const trailing = comma ? "," : "";
      const listText = (items: readonly number[]): string =>
        `[${next()}${items.map((item) => `${item}${next()}`).join(`,${next()}`)}${items.length > 0 ? trailing : ""}${next()}]`;
      const scan = `"scan"${next()}:${next()}{${next()}"depth"${next()}:${next()}5${next()}${trailing}${next()}}`;
      const ports = `"ports":${next()}{${next()}"imap":${listText([...new Set(entries)])}${next()},${next()}"imaps":${listText([993])}${next()}}`;
      let number = 0;
      return `${next()}{${next()}${scan}${next()},${next()}${ports}${next()}${trailing}${next()}}${next()}`.replace(
        /\bc\b/g,
        () => {
          number += 1;
          return `c${number}`;
        },
      );
    });

  test("keeps every comment, the order of the keys, and says what was asked for", () => {
    fc.assert(
      fc.property(document, fc.array(step, { maxLength: 8 }), (start, steps) => {
        const model = JSON.parse(JSON.stringify(readBack(start))) as Record<string, unknown>;
        let text = start;
        for (const { path, value } of steps) {
          const before = text;
          text = value === undefined ? unsetValue(text, path) : setValue(text, path, value);
          apply(model, path, value);
          expect(readBack(text)).toEqual(model);
          if (value !== undefined && text !== before) expect(crowdedLines(text, path)).toEqual([]);
        }
        expect(commentsOf(text)).toEqual(commentsOf(start));
        expect(keysOf(readBack(text))).toEqual(keysOf(model as JsonValue));
      }),
      { numRuns: 500 },
    );
  });

  /** Entries of the list at `path` that share a line with the one before them although the list spans lines. */
  function crowdedLines(text: string, path: readonly string[]): string[] {
    const parsed = parseDocument(text);
    const list = parsed.type === "document" ? nodeAt(parsed.document.root, path) : undefined;
    if (list?.type !== "array") return [];
    const { offset, length, children = [] } = list;
    if (!/[\r\n]/.test(text.slice(offset, offset + length))) return [];
    const gaps = children.map((entry, index) => {
      const last = children[index - 1];
      return text.slice(last === undefined ? offset + 1 : last.offset + last.length, entry.offset);
    });
    return gaps.filter((gap) => !/[\r\n]/.test(gap));
  }

  /** Plain objects keep the order in which keys were first set, which is what is promised. */
  function apply(
    model: Record<string, unknown>,
    [section = "", key]: readonly string[],
    value: JsonValue | undefined,
  ): void {
    if (key === undefined) model[section] = value;
    else if (value !== undefined) {
      model[section] ??= {};
      (model[section] as Record<string, unknown>)[key] = value;
    } else delete (model[section] as Record<string, unknown> | undefined)?.[key];
  }

  function keysOf(value: JsonValue | undefined): string[] {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
    return Object.entries(value).flatMap(([key, inner]) => [
      key,
      ...keysOf(inner as JsonValue).map((name) => `${key}.${name}`),
    ]);
  }
});
