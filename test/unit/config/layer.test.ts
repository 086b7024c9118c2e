import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readFileLayer, suggestKey } from "../../../src/config/layer.ts";
import type { Values } from "../../../src/config/schema.ts";
import { configLimits } from "../../../src/core/limits.ts";

const base = { directory: "/etc/example", home: "/home/ann" };

function read(text: string): Partial<Values> | string[] {
  const result = readFileLayer(text, "c", "user", base);
  return result.type === "layer"
    ? result.layer.values
    : result.problems.map((problem) => `${problem.place}: ${problem.text}`);
}

describe("readFileLayer()", () => {
  test("takes nothing, white space, comments and an empty object for no values", () => {
    for (const text of ["", " \n\t", "// nothing\n/* at all */", "{}", "\ufeff{}", "\ufeff"]) {
      expect([text, read(text)]).toEqual([text, {}]);
    }
  });

  test("reads values with comments, trailing commas and a $schema", () => {
    const text = `{ // head
      "$schema": "https://example.org/schema.json",
      "scan": { "archiveSize": "50 MB", /* no */ "depth": 3, },
      "ports": { "imap": [143, 143, 1143,] },
      "upstream": { "allowPrivate": true },
    }`;
    expect(read(text)).toEqual({
      "scan.archiveSize": 50 * 1024 * 1024,
      "scan.depth": 3,
      "ports.imap": [143, 1143],
      "upstream.allowPrivate": true,
    });
  });

  test("reads a time that may be off", () => {
    expect(read('{"delivery":{"mode":"observe","keepAlive":"2s"}}')).toEqual({
      "delivery.mode": "observe",
      "delivery.keepAlive": 2_000,
    });
    for (const off of ["off", " OFF"]) {
      expect(read(`{"delivery":{"keepAlive":"${off}"}}`)).toEqual({ "delivery.keepAlive": undefined });
    }
  });

  test("takes relative paths from the file's folder and ~ from the home", () => {
    expect(read('{"upstream":{"caFile":"ca.pem"},"signatures":{"files":["~/a.hdb","/b.hsb"]}}')).toEqual({
      "upstream.caFile": "/etc/example/ca.pem",
      "signatures.files": ["/home/ann/a.hdb", "/b.hsb"],
    });
    expect(read('{"upstream":{"caFile":null}}')).toEqual({ "upstream.caFile": undefined });
  });

  test.each([
    [
      '{"scan":{"dept":3}}',
      'c:1:10: unknown key "scan.dept"; did you mean "scan.depth"? accepted in it: messageSize, archiveSize',
    ],
    [
      '{"sacn":{"depth":3}}',
      'c:1:2: unknown key "sacn"; did you mean "scan"? accepted: listen, forward, ports, exclude',
    ],
    ['{"scan":{"foo":3}}', 'c:1:10: unknown key "scan.foo"; accepted in it: messageSize, archiveSize'],
    [
      '{"listen":{"smtp":[]}}',
      'c:1:12: unknown key "listen.smtp"; did you mean "listen.imap"? accepted in it: pop3, imap',
    ],
    ['{"timeLimit":3}', 'c:1:2: unknown key "timeLimit"; did you mean "scan.timeLimit"?'],
    ['{"scan.depth":3}', 'c:1:2: unknown key "scan.depth"; write it as "scan": { "depth": … }'],
    ['{"xyzzy":3}', 'c:1:2: unknown key "xyzzy"'],
    ['{"__proto__":{"scan":1}}', 'c:1:2: unknown key "__proto__"'],
    ['{"scan":{"__proto__":{"depth":1}}}', 'c:1:10: unknown key "scan.__proto__"'],
    ['{"constructor":1}', 'c:1:2: unknown key "constructor"'],
    ['{"scan":{"depth":3,\n\n  "depth":4}}', 'c:3:3: the key "scan.depth" is there twice'],
    ['{"scan":{},"scan":{}}', 'c:1:12: the key "scan" is there twice'],
    ["[]", "c:1:1: the configuration can not be []; accepted: an object, { … }"],
    ["3", "c:1:1: the configuration can not be 3; accepted: an object, { … }"],
    ['{"scan":5}', 'c:1:9: "scan" can not be 5; accepted: an object, { … }'],
    ['{"scan":{"depth":"x"}}', 'c:1:18: "scan.depth" can not be "x"; accepted: a whole number from 1 to 100'],
    ['{"scan":{"depth":0}}', 'c:1:18: "scan.depth" can not be 0; accepted: a whole number from 1 to 100'],
    ['{"scan":{"depth":101}}', 'c:1:18: "scan.depth" can not be 101; accepted: a whole number from 1 to 100'],
    ['{"scan":{"depth":1e999}}', 'c:1:18: "scan.depth" can not be null; accepted: a whole number from 1 to 100'],
    ['{"scan":{"depth":2.5}}', 'c:1:18: "scan.depth" can not be 2.5; accepted: a whole number from 1 to 100'],
    [
      '{"log":{"level":"loud"}}',
      'c:1:17: "log.level" can not be "loud"; accepted: "debug", "info", "warning", "error"',
    ],
    ['{"delivery":{"mode":"trickle"}}', 'c:1:21: "delivery.mode" can not be "trickle"; accepted: "hold", "observe"'],
    [
      '{"delivery":{"keepAlive":"11 s"}}',
      'c:1:26: "delivery.keepAlive" can not be "11 s" (11 s is more than 10 s); accepted: a time such as 90 s or 2 min, or a number of milliseconds, from 1 s to 10 s, or "off"',
    ],
    ['{"delivery":{"keepAlive":0}}', '"delivery.keepAlive" can not be 0 (0 ms is less than 1 s)'],
    ['{"delivery":{"keepAlive":"on"}}', '"delivery.keepAlive" can not be "on" (not a time)'],
    ['{"delivery":{"keepAlive":null}}', '"delivery.keepAlive" can not be null; accepted: a time'],
    ['{"a" 1}', "c:1:6: the colon after the key is missing here"],
    ['{"scan":{"depth":3}} {}', "c:1:22: the configuration has ended before this: it is one object"],
    ['{"scan":{"depth":3', 'c:1:19: a closing "}" is missing here'],
    ["{'scan':{}}", "a word that JSON does not have"],
  ])("refuses %s", (text, problem) => {
    expect(read(text)).toContainEqual(expect.stringContaining(problem));
  });

  test("points at the entry of a list, after CRLF, CR and a byte order mark too", () => {
    const text = '\ufeff{\r\n "ports": {\r  "imap": [143,\n 70000, "x"]}}';
    expect(read(text)).toEqual([
      'c:4:2: "ports.imap" can not hold 70000; accepted: a list of port numbers from 1 to 65535',
      'c:4:9: "ports.imap" can not hold "x"; accepted: a list of port numbers from 1 to 65535',
    ]);
  });

  test("never shows a password, nor lets a value forge a line", () => {
    const [problem] = read('{"forward":["127.0.0.1:1=imap://ann:hunter2@mail.example.org"]}') as string[];
    expect(problem).toContain("[secret]@mail.example.org");
    expect(problem).not.toContain("hunter2");
    const hostile = read('{"log":{"level":"\\u001b[31m\\nc:1:1: fine\\u202e"}}') as string[];
    expect(hostile).toHaveLength(1);
    expect(hostile[0]).not.toMatch(/[\p{Cc}\u202e]/u);
  });

  test("reports a problem of one place once", () => {
    expect(read('{ "scan": { "depth": 10 ')).toEqual(['c:1:25: a closing "}" is missing here']);
    expect(read('{"ports":{"imap":[1')).toEqual([
      'c:1:20: a closing "]" is missing here',
      'c:1:20: a closing "}" is missing here',
    ]);
  });

  test("refuses an empty text in a list", () => {
    expect(read('{"listen":{"imap":[" "]},"forward":[""]}')).toEqual([
      expect.stringContaining('"listen.imap" can not hold " " (it is empty); accepted: '),
      expect.stringContaining('"forward" can not hold "" (it is empty); accepted: '),
    ]);
  });

  test("reports only so many problems", () => {
    const keys = Array.from({ length: 500 }, (_, index) => `"unknown${index}":1`);
    expect(read(`{${keys.join(",")}}`)).toHaveLength(configLimits.problems);
    expect(read("{".repeat(5) + "x ".repeat(500))).toHaveLength(configLimits.problems);
  });

  test("reads what is as deep as allowed and refuses what is deeper, however deep", () => {
    const nest = (depth: number): string => `${"[".repeat(depth)}${"]".repeat(depth)}`;
    expect(read(nest(configLimits.depth))).toEqual([expect.stringContaining("can not be")]);
    expect(read(nest(configLimits.depth + 1))).toEqual([`c:1:${configLimits.depth + 1}: ${TOO_DEEP}`]);
    expect(read('{"a":'.repeat(200_000))).toEqual([expect.stringContaining(TOO_DEEP)]);
  });

  test("never throws, whatever the text is", () => {
    const token = fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      '"scan"',
      '"depth"',
      "3",
      "//",
      "/*",
      "*/",
      "\n",
      "\\",
      '"',
    );
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: token, maxLength: 40 }), fc.string({ unit: "binary" }), fc.json()),
        (text) => {
          expect(["layer", "invalid"]).toContain(readFileLayer(text, "c", "user", base).type);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

describe("suggestKey()", () => {
  test("finds a key by its last word or by its nearest name", () => {
    expect(suggestKey("archiveSize")).toBe("scan.archiveSize");
    expect(suggestKey("TIMELIMIT")).toBe("scan.timeLimit");
    expect(suggestKey("exclude.ips")).toBe("exclude.ip");
    expect(suggestKey("zzz")).toBeUndefined();
  });
});

const TOO_DEEP = `more than ${configLimits.depth} braces and brackets inside each other`;
