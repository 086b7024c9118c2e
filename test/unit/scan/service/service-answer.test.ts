import fc from "fast-check";
import { expect, test } from "vitest";
import { type Detection, type Reason, verdictOf } from "../../../../src/core/model.ts";
import { scanLimits, serviceLimits } from "../../../../src/core/scan-limits.ts";
import type { Judgement } from "../../../../src/scan/judge.ts";
import {
  CANCELLED,
  encodeDisplay,
  encodeFailure,
  encodeJudgement,
  encodeRewrite,
  maxEditBytes,
  parseAnswer,
} from "../../../../src/scan/service-answer.ts";

const DETECTION: Detection = { name: "X", kind: "malware", engine: "signatures", part: "1.2", path: ["a.zip", "b"] };
const REASON: Reason = { code: "limit-depth", part: "2", detail: "too deep" };
const DISPLAY = { subject: "s", from: "f", date: "d", messageId: "m" };
const NONE = Buffer.alloc(0);

test("parseAnswer() gives back what encodeJudgement() was given", () => {
  const judgement = judgementOf([DETECTION], [REASON]);
  expect(parse(encodeJudgement(judgement))).toEqual({ type: "judged", judgement });
});

test("parseAnswer() gives back what piece of a message it is", () => {
  for (const fragment of [
    { id: "a@example.org", number: 2, total: 3 },
    { id: "a@example.org", number: 1 },
  ]) {
    const judgement = { ...judgementOf([], [REASON]), fragment };
    expect(parse(encodeJudgement(judgement))).toEqual({ type: "judged", judgement });
  }
});

test("parseAnswer() gives back what encodeDisplay() was given, cut", () => {
  expect(parse(encodeDisplay(DISPLAY))).toEqual({ type: "described", display: DISPLAY });
  const long = parse(encodeDisplay({ ...DISPLAY, subject: "x".repeat(10_000) }));
  expect(long).toMatchObject({ display: { subject: `${"x".repeat(serviceLimits.textCharacters - 1)}…` } });
  const lie = JSON.stringify({ type: "described", display: { ...DISPLAY, from: "x".repeat(10_000) } });
  expect(parse(lie)).toBeUndefined();
  expect(parseAnswer(Buffer.from(encodeDisplay(DISPLAY)), Buffer.from("octets"), 10)).toBeUndefined();
});

test("parseAnswer() derives the verdict's kind from the findings", () => {
  const lie = JSON.parse(encodeJudgement(judgementOf([DETECTION], [])));
  const answer = parse(JSON.stringify({ ...lie, kind: "clean", verdict: { kind: "clean" } }));
  expect(answer).toMatchObject({ judgement: { verdict: { kind: "infected" } } });
});

test("encodeJudgement() cuts the longest findings to a size that parseAnswer() takes", () => {
  const long = "\u0000".repeat(100_000);
  const path = Array.from({ length: 1_000 }, () => long);
  const detection: Detection = {
    name: long,
    kind: "heuristic",
    engine: long,
    part: long,
    path: [...path, "innermost"],
  };
  const reason: Reason = { code: "damaged", part: long, detail: long };
  const judgement = {
    ...judgementOf([...times(101, detection), DETECTION], times(101, reason)),
    display: { subject: long, from: long, date: long, messageId: long },
  };
  const json = encodeJudgement(judgement);
  expect(Buffer.byteLength(json)).toBeLessThanOrEqual(serviceLimits.resultBytes);
  const answer = parse(json);
  if (answer?.type !== "judged") throw new Error("not judged");
  const { detections, reasons, kind } = answer.judgement.verdict;
  expect([detections.length, reasons.length, kind]).toEqual([scanLimits.findings, scanLimits.findings, "infected"]);
  expect(detections[1]?.name).toBe(`${long.slice(0, serviceLimits.textCharacters - 1)}…`);
  expect(detections[1]?.path).toHaveLength(serviceLimits.pathNames);
  expect(detections[1]?.path.at(-1)).toBe("innermost");
});

test("parseAnswer() gives back the edits of a rewrite", () => {
  const edits = [
    { start: 0, end: 10, bytes: Buffer.from("one") },
    { start: 10, end: 10, bytes: Buffer.from("two") },
    { start: 50, end: 100, bytes: NONE },
  ];
  const json = encodeRewrite({ edits, headerBytes: 46, isWhole: false });
  expect(parse(json, Buffer.from("onetwo"))).toEqual({
    type: "rewritten",
    rewrite: { edits, headerBytes: 46, isWhole: false },
  });
});

test.each([
  ["octets missing", { edits: [[0, 1, 4]], headerBytes: 0, isWhole: true }],
  ["octets left", { edits: [[0, 1, 2]], headerBytes: 0, isWhole: true }],
  [
    "edits that overlap",
    {
      edits: [
        [0, 5, 1],
        [4, 6, 2],
      ],
      headerBytes: 0,
      isWhole: true,
    },
  ],
  [
    "edits out of order",
    {
      edits: [
        [5, 6, 1],
        [0, 1, 2],
      ],
      headerBytes: 0,
      isWhole: true,
    },
  ],
  ["an edit that ends before it starts", { edits: [[5, 4, 3]], headerBytes: 0, isWhole: true }],
  ["an edit beyond the message", { edits: [[0, 101, 3]], headerBytes: 0, isWhole: true }],
  ["a negative edit", { edits: [[-1, 1, 3]], headerBytes: 0, isWhole: true }],
  ["half an octet", { edits: [[0.5, 1, 3]], headerBytes: 0, isWhole: true }],
  ["a header longer than the edited message", { edits: [[0, 100, 3]], headerBytes: 4, isWhole: true }],
  ["no isWhole", { edits: [[0, 1, 3]], headerBytes: 0 }],
  ["a range that is none", { edits: ["0,1,3"], headerBytes: 0, isWhole: true }],
])("parseAnswer() refuses a rewrite with %s", (_name, value) => {
  expect(parse(JSON.stringify({ type: "rewritten", ...value }), Buffer.from("abc"))).toBeUndefined();
});

test.each([
  ["an unknown kind of detection", { detections: [{ ...DETECTION, kind: "benign" }] }],
  ["a kind from the prototype", { detections: [{ ...DETECTION, kind: "constructor" }] }],
  ["a detection without a path", { detections: [{ ...DETECTION, path: undefined }] }],
  ["a path of numbers", { detections: [{ ...DETECTION, path: [1] }] }],
  ["too long a path", { detections: [{ ...DETECTION, path: times(serviceLimits.pathNames + 1, "a") }] }],
  ["too long a name", { detections: [{ ...DETECTION, name: "a".repeat(serviceLimits.textCharacters + 1) }] }],
  ["too many detections", { detections: times(scanLimits.findings + 1, DETECTION) }],
  ["too many reasons", { reasons: times(scanLimits.findings + 1, REASON) }],
  ["an unknown reason", { reasons: [{ ...REASON, code: "bored" }] }],
  ["a reason that is null", { reasons: [null] }],
  ["no findings", { detections: undefined }],
  ["a display with a number", { display: { ...DISPLAY, subject: 1 } }],
  ["no display", { display: undefined }],
  ["a fragment that is none", { fragment: 1 }],
  ["a fragment beyond its total", { fragment: { id: "a", number: 3, total: 2 } }],
  ["a fragment with too long an identifier", { fragment: { id: "a".repeat(256), number: 1 } }],
  ["a header beyond the message", { headerBytes: 101 }],
  ["a negative header", { headerBytes: -1 }],
  ["a header that is no number", { headerBytes: null }],
  ["a negative duration", { durationMs: -1 }],
  ["no duration", { durationMs: undefined }],
  ["another type", { type: "fine" }],
])("parseAnswer() refuses a judgement with %s", (_name, change) => {
  const value = JSON.parse(encodeJudgement(judgementOf([], [])));
  expect(parse(JSON.stringify({ ...value, ...change }))).toBeUndefined();
});

test("parseAnswer() refuses octets that belong to no edit", () => {
  expect(parse(encodeJudgement(judgementOf([], [])), Buffer.from("x"))).toBeUndefined();
});

test("parseAnswer() refuses more edits than there may be", () => {
  const edits = times(serviceLimits.edits, { start: 0, end: 0, bytes: NONE });
  expect(parse(encodeRewrite({ edits, headerBytes: 0, isWhole: false }))).toBeDefined();
  const more = [...edits, { start: 0, end: 0, bytes: NONE }];
  expect(parse(encodeRewrite({ edits: more, headerBytes: 0, isWhole: false }))).toBeUndefined();
});

test("parseAnswer() takes failures with a text of its own length only", () => {
  expect(parse(encodeFailure("timeout", "t".repeat(10_000)))).toMatchObject({ type: "failed", code: "timeout" });
  expect(parse(CANCELLED)).toEqual({ type: "cancelled" });
  const detail = "t".repeat(serviceLimits.textCharacters + 1);
  expect(parse(JSON.stringify({ type: "failed", code: "crash", detail }))).toBeUndefined();
  expect(parse(JSON.stringify({ type: "failed", code: "engine", detail: "" }))).toBeUndefined();
});

test("parseAnswer() answers any JSON and any octets with a value", () => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string()), fc.uint8Array(), (text, octets) => {
      expect([undefined, "cancelled"]).toContain(parse(text, Buffer.from(octets))?.type);
    }),
  );
});

test("maxEditBytes() leaves room for a notice in an empty message", () => {
  expect(maxEditBytes(0)).toBe(serviceLimits.editBytes);
});

function judgementOf(detections: readonly Detection[], reasons: readonly Reason[]): Judgement {
  return { verdict: verdictOf(detections, reasons), remarks: [], display: DISPLAY, headerBytes: 100, durationMs: 1.5 };
}

function parse(json: string, octets: Buffer = NONE): ReturnType<typeof parseAnswer> {
  return parseAnswer(Buffer.from(json), octets, 100);
}

function times<T>(count: number, value: T): T[] {
  return Array.from({ length: count }, () => value);
}
