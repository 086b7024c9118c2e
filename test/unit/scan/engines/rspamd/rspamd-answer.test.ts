import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { matches, parseRspamdAnswer } from "../../../../../src/scan/engines/rspamd/rspamd-answer.ts";

const PATTERNS = { malware: ["VIRUS", "*_VIRUS"], suspicious: ["PHISHING", "PHISHED_*"] };

describe("parseRspamdAnswer()", () => {
  test("takes antivirus symbols with their names, whatever their score", () => {
    const symbols = { CLAM_VIRUS: { score: 0, options: ["Some.Name", "Other.Name"] }, VIRUS: { score: 0 } };
    expect(parse({ symbols })).toEqual({
      detections: [
        { name: "CLAM_VIRUS(Some.Name)", kind: "malware" },
        { name: "CLAM_VIRUS(Other.Name)", kind: "malware" },
        { name: "VIRUS", kind: "malware" },
      ],
      problems: [],
    });
  });

  test("takes phishing symbols that score, and no spam", () => {
    const symbols = {
      PHISHING: { score: 4, options: ["a.example->b.example"] },
      PHISHED_OPENPHISH: { score: 0 },
      BAYES_SPAM: { score: 100 },
      R_SPF_FAIL: { score: 1 },
    };
    const answer = parse({ symbols, score: 104, action: "reject" });
    expect(answer).toEqual({ detections: [{ name: "PHISHING", kind: "heuristic" }], problems: [] });
  });

  test("takes a rejection because of a virus, whatever the symbol is called", () => {
    const messages = { smtp_message: 'clamav: virus found: "Some.Name"' };
    const symbols = { MY_OWN_NAME: { score: 0 } };
    const expected = [{ name: 'clamav: virus found: "Some.Name"', kind: "malware" }];
    expect(parse({ symbols, messages, action: "reject" }).detections).toEqual(expected);
    expect(parse({ symbols, messages, action: "no action" }).detections).toEqual([]);
    expect(parse({ symbols, messages: { smtp_message: "too much spam" }, action: "reject" }).detections).toEqual([]);
  });

  test("says what rspamd did not look at", () => {
    const failed = { symbols: { CLAM_VIRUS_FAIL: { options: ["failed to scan and retransmits exceed"] } } };
    expect(parse(failed).problems).toEqual(["CLAM_VIRUS_FAIL: failed to scan and retransmits exceed"]);
    expect(parse({ symbols: {}, is_skipped: true }).problems).toEqual(["it skipped the message"]);
    expect(parse({ error: "message too large" }, 500).problems).toEqual(['it answered "message too large"']);
    expect(parse({ symbols: {} }, 403).problems).toEqual(["it answered with HTTP status 403"]);
  });

  test.each(["", "null", "[]", '"text"', "{}", '{"symbols":[]}', '{"symbols":{}'])("refuses %j", (text) => {
    expect(() => parseRspamdAnswer(200, Buffer.from(text), PATTERNS)).toThrow("not the JSON");
  });

  test("throws nothing but errors, whatever comes", () => {
    fc.assert(
      fc.property(fc.json(), fc.json(), (symbolsText, optionsText) => {
        const [symbols, options] = [JSON.parse(symbolsText), JSON.parse(optionsText)];
        for (const value of [symbols, { symbols }, { symbols: { VIRUS: options, CLAM_VIRUS: { options } } }]) {
          try {
            parse(value);
          } catch (error) {
            expect(error).toBeInstanceOf(Error);
          }
        }
      }),
    );
  });
});

test("matches() takes a star for any characters", () => {
  const cases: [string, string, boolean][] = [
    ["VIRUS", "VIRUS", true],
    ["VIRUS", "CLAM_VIRUS", false],
    ["*_VIRUS", "CLAM_VIRUS", true],
    ["*_VIRUS", "_VIRUS", true],
    ["*_VIRUS", "VIRUS", false],
    ["A*B*C", "AxxBxxC", true],
    ["A*B*C", "AxxCxxB", false],
    ["AB*BA", "ABA", false],
    ["*", "", true],
    ["phished_*", "PHISHED_X", true],
  ];
  for (const [pattern, name, expected] of cases)
    expect([pattern, name, matches([pattern], name)]).toEqual([pattern, name, expected]);
});

function parse(value: unknown, status = 200) {
  return parseRspamdAnswer(status, Buffer.from(JSON.stringify(value)), PATTERNS);
}
