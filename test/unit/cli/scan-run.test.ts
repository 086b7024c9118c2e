import { describe, expect, test } from "vitest";
import { runScan, type ScanRun } from "../../../src/cli/scan-run.ts";
import type { ScanTotals } from "../../../src/cli/scan-totals.ts";
import { UserError } from "../../../src/core/errors.ts";
import { MIB, mailboxLimits } from "../../../src/core/limits.ts";
import { CLEAN, verdictOf } from "../../../src/core/model.ts";
import { type MailboxEvent, MailboxReadError } from "../../../src/mailbox/mailbox-message.ts";
import type { Judgement, MessageSource } from "../../../src/scan/judge.ts";

describe("runScan()", () => {
  test("reports in the order of the mail, however late a judgement comes", async () => {
    const scan = new TestScan([
      file("a"),
      message("a", 1),
      message("a", 2),
      fileEnd("a"),
      problem("b"),
      message("c", 1),
    ]);
    const done = scan.run();
    await scan.until(() => scan.waiting.size === 3);
    scan.answer("c:1");
    scan.answer("a:2");
    await settled();
    expect(scan.told).toEqual(["begin a"]);
    scan.answer("a:1");
    await done;
    expect(scan.told).toEqual(["begin a", "a:1 clean", "a:2 clean", "end a", "problem b: why", "c:1 clean", "summary"]);
    expect(scan.released).toEqual(["c:1", "a:2", "a:1"]);
  });

  test("counts what it reports", async () => {
    const scan = new TestScan([
      { type: "directory", path: "d" },
      file("a"),
      message("a", 1, 100),
      message("a", 2, 200),
      message("a", 3, 300),
      fileEnd("a"),
      file("b"),
      message("b", 1, 1),
      fileEnd("b"),
      problem("c"),
      { type: "skipped", path: "d", why: "link" },
    ]);
    scan.answers = (name) => {
      if (name === "b:1") return judgement("incomplete");
      return name === "a:3" ? judgement("suspicious") : judgement("infected");
    };
    expect(await scan.run()).toEqual({
      directories: 1,
      files: 2,
      infectedFiles: 1,
      messages: 4,
      bytes: 601,
      infected: 2,
      suspicious: 1,
      incomplete: 1,
      errors: 1,
    });
  });

  test("has no more octets in flight than the cap, unless one message has more", async () => {
    const scan = new TestScan(
      Array.from({ length: 6 }, (_, at) => message("a", at + 1, 12 * MIB)).concat(message("a", 7, 99 * MIB)),
    );
    const done = scan.run();
    await settled();
    expect([...scan.waiting.keys()]).toEqual(["a:1", "a:2"]);
    scan.answer("a:2");
    await scan.until(() => scan.waiting.has("a:3"));
    await settled();
    expect([...scan.waiting.keys()]).toEqual(["a:1", "a:3"]);
    scan.answers = () => judgement("clean");
    scan.answer("a:1");
    scan.answer("a:3");
    expect((await done).messages).toBe(7);
    expect(scan.mostInFlight).toBe(99 * MIB);
  });

  test("reads no further than the cap while a message is waited for", async () => {
    const { eventsInFlight } = mailboxLimits;
    const rest = Array.from({ length: 2 * eventsInFlight }, () => fileEnd("b"));
    const scan = new TestScan([message("a", 1), ...rest]);
    const done = scan.run();
    await settled();
    // One more has been read and stands at the door.
    expect(scan.read).toBe(eventsInFlight + 1);
    scan.answer("a:1");
    await done;
    expect(scan.read).toBe(2 * eventsInFlight + 1);
  });

  test("finishes what is in flight when it is stopped, and reads no further", async () => {
    const scan = new TestScan([message("a", 1), message("a", 2), message("a", 3, 99 * MIB), message("a", 4)]);
    const done = scan.run();
    await scan.until(() => scan.waiting.size === 2);
    scan.stop.abort();
    await settled();
    expect(scan.told).toEqual([]);
    scan.answer("a:1");
    scan.answer("a:2");
    expect((await done).messages).toBe(2);
    expect(scan.told).toEqual(["a:1 clean", "a:2 clean", "summary"]);
    expect(scan.released.sort()).toEqual(["a:1", "a:2", "a:3"]);
    expect(scan.isClosed).toBe(true);
  });

  test("has an error for a message that can not be read again, and goes on", async () => {
    const scan = new TestScan([message("a", 1), message("a", 2)]);
    scan.answers = (name) => (name === "a:1" ? new MailboxReadError("gone") : judgement("clean"));
    expect(await scan.run()).toMatchObject({ messages: 1, errors: 1 });
    expect(scan.told).toEqual(["problem a: message 1: gone", "a:2 clean", "summary"]);
  });

  test("ends with one error when the scan service fails", async () => {
    const scan = new TestScan([
      message("a", 1),
      message("a", 2),
      message("a", 3),
      message("a", 4, 99 * MIB),
      problem("b"),
    ]);
    scan.answers = (name) =>
      name === "a:1" ? judgement("clean") : new UserError("Cannot start it", { hint: "Do this" });
    expect(await scan.run()).toMatchObject({ messages: 1, errors: 1 });
    expect(scan.told).toEqual(["a:1 clean", "failure a: Cannot start it, Do this", "summary"]);
    expect(scan.released.sort()).toEqual(["a:1", "a:2", "a:3", "a:4"]);
    expect(scan.isClosed).toBe(true);
  });

  test("waits for a reader of the results that is slow", async () => {
    const scan = new TestScan([fileEnd("a"), fileEnd("b")]);
    let open = (): void => {};
    scan.settle = () => new Promise((resolve) => (open = resolve));
    const done = scan.run();
    await settled();
    expect(scan.read).toBe(1);
    scan.settle = async () => {};
    open();
    await done;
    expect(scan.read).toBe(2);
  });
});

/** A scan whose service answers when it is told to. */
class TestScan {
  readonly told: string[] = [];
  readonly released: string[] = [];
  readonly waiting = new Map<string, (outcome: Judgement | Error) => void>();
  readonly stop = new AbortController();
  readonly #events: readonly TestEvent[];
  answers: ((name: string) => Judgement | Error) | undefined;
  settle = (): Promise<void> | undefined => undefined;
  read = 0;
  mostInFlight = 0;
  isClosed = false;
  #inFlight = 0;

  constructor(events: readonly TestEvent[]) {
    this.#events = events;
  }

  run(): Promise<ScanTotals> {
    const { told } = this;
    const run: ScanRun = {
      events: this.#read(),
      judge: (source) => this.#judge(source),
      stop: this.stop.signal,
      reporter: {
        beginFile: (path) => told.push(`begin ${path}`),
        endFile: (path) => told.push(`end ${path}`),
        message: ({ path, index }, { verdict }) => told.push(`${path}:${index} ${verdict.kind}`),
        problem: (path, error) => told.push(`problem ${path}: ${error}`),
        failure: (path, error, hint) => told.push(`failure ${path}: ${error}, ${hint}`),
        skipped: (path, why) => told.push(`skipped ${path}: ${why}`),
        summary: () => told.push("summary"),
        settle: () => this.settle(),
      },
    };
    return runScan(run);
  }

  answer(name: string): void {
    this.waiting.get(name)?.(judgement("clean"));
    this.waiting.delete(name);
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await settled();
  }

  async *#read(): AsyncGenerator<MailboxEvent[]> {
    try {
      for (const event of this.#events) {
        this.read += 1;
        if (event.type !== "test-message") {
          yield [event];
          continue;
        }
        const { path, index, length } = event;
        const name = `${path}:${index}`;
        const source: NamedSource = { name, bytes: length, async *chunks() {} };
        const release = (): void => void this.released.push(name);
        const message = { path, format: "mbox", index, offset: 0, length, source, release } as const;
        yield [{ type: "message", message: { ...message, readings: [], hasMoreReadings: false } }];
      }
    } finally {
      this.isClosed = true;
    }
  }

  async #judge(source: MessageSource): Promise<Judgement> {
    const { name } = source as NamedSource;
    this.#inFlight += source.bytes;
    this.mostInFlight = Math.max(this.mostInFlight, this.#inFlight);
    const outcome =
      this.answers?.(name) ?? (await new Promise<Judgement | Error>((resolve) => this.waiting.set(name, resolve)));
    await settled();
    this.#inFlight -= source.bytes;
    if (outcome instanceof Error) throw outcome;
    return outcome;
  }
}

type TestEvent = Exclude<MailboxEvent, { type: "message" }> | TestMessage;

interface TestMessage {
  readonly type: "test-message";
  readonly path: string;
  readonly index: number;
  readonly length: number;
}

interface NamedSource extends MessageSource {
  readonly name: string;
}

function message(path: string, index: number, length = 10): TestEvent {
  return { type: "test-message", path, index, length };
}

function file(path: string): TestEvent {
  return { type: "file", path };
}

function fileEnd(path: string): TestEvent {
  return { type: "file-end", path };
}

function problem(path: string): TestEvent {
  return { type: "problem", path, error: "why" };
}

function judgement(kind: "clean" | "infected" | "suspicious" | "incomplete"): Judgement {
  const detection = { name: "Test", engine: "signatures", part: "1", path: [] };
  const verdict = {
    clean: CLEAN,
    infected: verdictOf([{ ...detection, kind: "malware" }], []),
    suspicious: verdictOf([{ ...detection, kind: "heuristic" }], []),
    incomplete: verdictOf([], [{ code: "encrypted", part: "1", detail: "" }]),
  }[kind];
  return {
    verdict,
    remarks: [],
    display: { subject: "", from: "", date: "", messageId: "" },
    headerBytes: 0,
    durationMs: 1,
  };
}

/** All that can happen without anything new from outside has happened. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
