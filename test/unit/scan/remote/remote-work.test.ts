import { describe, expect, test } from "vitest";
import type { Detection, Reason } from "../../../../src/core/model.ts";
import { verdictOf } from "../../../../src/core/model.ts";
import type { Judgement, RewriteLevel, RewriteRequest } from "../../../../src/scan/judge.ts";
import type { PackedPieces } from "../../../../src/scan/remote/packed-pieces.ts";
import type { RemoteMessage } from "../../../../src/scan/remote/remote-engine.ts";
import type { RemoteVerdict } from "../../../../src/scan/remote/remote-engines.ts";
import { RemoteWork } from "../../../../src/scan/remote/remote-work.ts";
import type { ThreadAnswer, ThreadRequest } from "../../../../src/scan/service-worker.ts";

const FOUND = detection("clamd", "Found", "2");
const CLEAN_VERDICT: RemoteVerdict = { detections: [], reasons: [], incomplete: [] };
const FAILED: RemoteVerdict = { detections: [], reasons: [reason("clamd: no answer")], incomplete: ["clamd"] };
const CONTEXT = { protocol: "pop3", upstream: "", account: "", date: "" };
const PIECES: PackedPieces = {
  octets: Uint8Array.from(Buffer.from("piece")),
  pieces: [{ end: 5, places: [{ part: "2", path: [] }] }],
  isCut: false,
};

describe("RemoteWork of a judgement", () => {
  test("puts what engines find to what the thread found, and shows them message and pieces", async () => {
    const bench = workbench([{ ...CLEAN_VERDICT, detections: [FOUND], reasons: [reason("icap: no answer")] }]);
    const request = bench.work.begin(1, { kind: "judge", bytes: octetsOf("message") });
    // As the thread does: its memory goes with the message.
    request.bytes.buffer.transfer(0);
    bench.work.finish(1, judged([detection("signatures", "Own", "3")], [reason("zip: broken")]), 100);
    const answer = JSON.parse((await bench.answered()).json);
    expect(answer.detections.map(({ name }: Detection) => name)).toEqual(["Own", "Found"]);
    expect(answer.reasons.map(({ detail }: Reason) => detail)).toEqual(["zip: broken", "icap: no answer"]);
    expect(answer.durationMs).toBeGreaterThanOrEqual(5);
    expect(bench.asked).toMatchObject([{ text: "message", pieces: ["piece"], isCut: false }]);
    expect(bench.asked[0]?.timeMs).toBeLessThanOrEqual(900);
    expect(bench.work.isBusy).toBe(false);
  });

  test("keeps the engines' reasons when there are more than are listed", async () => {
    const bench = workbench([FAILED]);
    bench.work.begin(1, { kind: "judge", bytes: octetsOf("m") });
    const many = Array.from({ length: 100 }, (_, index) => reason(`zip: ${index}`));
    bench.work.finish(1, judged([], many), 0);
    const { reasons } = JSON.parse((await bench.answered()).json);
    expect(reasons).toHaveLength(100);
    expect(reasons.at(-1).detail).toBe("clamd: no answer");
  });

  test("passes on what a thread answers without a question", async () => {
    const bench = workbench([]);
    bench.work.begin(1, { kind: "judge", bytes: octetsOf("m") });
    bench.work.finish(1, { json: '{"type":"failed"}', octets: undefined }, 0);
    expect((await bench.answered()).json).toBe('{"type":"failed"}');
    expect(bench.work.begin(2, { kind: "describe", bytes: octetsOf("h") }).bytes).toEqual(octetsOf("h"));
    expect(bench.work.begin(3, { kind: "sections", bytes: octetsOf("s"), want: "map" }).bytes).toEqual(octetsOf("s"));
  });

  test("answers at once for a job that is abandoned", async () => {
    const bench = workbench(["hang"]);
    bench.work.begin(1, { kind: "judge", bytes: octetsOf("m") });
    bench.work.finish(1, judged([], []), 0);
    expect(bench.work.isBusy).toBe(true);
    bench.work.abandon(1);
    expect((await bench.answered()).json).toBe('{"type":"cancelled"}');
  });
});

describe("RemoteWork of a rewrite", () => {
  test("uses a rewritten message in which engines find nothing", async () => {
    const { levels, asked } = await rewrite([CLEAN_VERDICT], {});
    expect(levels).toEqual(["parts"]);
    expect(asked).toMatchObject([{ text: "rewritten parts", pieces: ["piece"] }]);
  });

  test("has more taken out until engines find nothing", async () => {
    const found = { ...CLEAN_VERDICT, detections: [FOUND] };
    expect((await rewrite([found, CLEAN_VERDICT], {})).levels).toEqual(["parts", "body"]);
    const { levels, asked } = await rewrite([found, found], {});
    expect(levels).toEqual(["parts", "body", "message"]);
    // Nothing of the original is left: nobody has to be asked.
    expect(asked).toHaveLength(2);
  });

  test("does not mind findings that are not to be taken out", async () => {
    const found = { ...CLEAN_VERDICT, detections: [{ ...FOUND, kind: "heuristic" as const }] };
    expect((await rewrite([found], { remove: ["infected"] })).levels).toEqual(["parts"]);
    expect((await rewrite([found, CLEAN_VERDICT], { remove: ["suspicious"] })).levels).toEqual(["parts", "body"]);
  });

  test("replaces the whole message when an engine can not say any more that the finding is gone", async () => {
    const known = { detections: [FOUND], incomplete: [] };
    expect((await rewrite([FAILED], { known, remove: ["infected"] })).levels).toEqual(["parts", "message"]);
    expect((await rewrite([FAILED], {})).levels).toEqual(["parts", "message"]);
  });

  test("does not miss an engine that had nothing to say of the original either", async () => {
    const known = { detections: [], incomplete: ["clamd"] };
    expect((await rewrite([FAILED], { known, remove: ["infected"] })).levels).toEqual(["parts"]);
    expect((await rewrite([FAILED], { known, remove: ["infected", "incomplete"] })).levels).toEqual([
      "parts",
      "message",
    ]);
  });

  test("takes the body out when an engine found something somewhere and can not say where", async () => {
    const known = { detections: [{ ...FOUND, part: "" }], incomplete: ["clamd"] };
    expect((await rewrite([FAILED, FAILED], { known, remove: ["infected"] })).levels).toEqual(["parts", "body"]);
  });
});

/** Plays a job whose threads always manage what they are asked for; the levels of the rewrites they made. */
async function rewrite(verdicts: RemoteVerdict[], request: Partial<RewriteRequest>) {
  const bench = workbench(verdicts);
  const levels: RewriteLevel[] = [];
  const threads = (job: number, work: ThreadRequest): void => {
    const level = work.kind === "rewrite" ? (work.atLeast ?? "parts") : "parts";
    expect(Buffer.from(work.bytes).toString()).toBe("message");
    work.bytes.buffer.transfer(0);
    levels.push(level);
    const message = octetsOf(`rewritten ${level}`);
    const json = JSON.stringify({ level });
    bench.work.finish(
      job,
      { json, octets: undefined, question: { kind: "rewrite", level, message, pieces: PIECES } },
      1,
    );
  };
  bench.again = threads;
  const rewriteRequest = { context: CONTEXT, ...request };
  threads(1, bench.work.begin(1, { kind: "rewrite", bytes: octetsOf("message"), rewrite: rewriteRequest }));
  const answer = await bench.answered();
  expect(JSON.parse(answer.json)).toEqual({ level: levels.at(-1) });
  return { levels, asked: bench.asked };
}

interface Asked {
  readonly text: string;
  readonly pieces: readonly string[];
  readonly isCut: boolean;
  readonly timeMs: number;
}

/** Engines that answer what they are told, one after the other. */
function workbench(verdicts: (RemoteVerdict | "hang")[]) {
  const asked: Asked[] = [];
  const { promise, resolve } = Promise.withResolvers<ThreadAnswer>();
  const bench = {
    asked,
    answered: () => promise,
    again: (_job: number, _request: ThreadRequest): void => {},
    work: new RemoteWork({
      engines: {
        async ask({ bytes, pieces, isCut }: RemoteMessage, timeMs, signal) {
          asked.push({ text: bytes.toString(), pieces: pieces.map((piece) => piece.bytes.toString()), isCut, timeMs });
          const verdict = verdicts.shift();
          if (verdict === "hang") {
            return await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
          }
          return verdict ?? CLEAN_VERDICT;
        },
      },
      timeMs: 1_000,
      again: (job, request) => bench.again(job, request),
      answer: (_job, answer) => resolve(answer),
    }),
  };
  return bench;
}

function judged(detections: Detection[], reasons: Reason[]): ThreadAnswer {
  const display = { subject: "", from: "", date: "", messageId: "" };
  const verdict = verdictOf(detections, reasons);
  const judgement: Judgement = { verdict, remarks: [], display, headerBytes: 0, durationMs: 5 };
  return { json: "{}", octets: undefined, question: { kind: "judge", judgement, pieces: PIECES } };
}

function octetsOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(text));
}

function detection(engine: string, name: string, part: string): Detection {
  return { name, kind: "malware", engine, part, path: [] };
}

function reason(detail: string): Reason {
  return { code: "engine", part: "", detail };
}
