/** A session test that reads as a dialogue. Every step is played on several runs of the same session at once, each with
 *  another segmentation of the octets (whole, one octet at a time, random), and every expectation must hold for all of
 *  them: a dialogue is a chunk-invariance test as well. */
import { fromLatin1, latin1 } from "../../src/core/bytes.ts";
import type { Failure, FailureCode, Side, Target, UpstreamPeer } from "../../src/core/model.ts";
import type { Fact, Session } from "../../src/protocol/command.ts";
import type { SessionEvent, SpoolId } from "../../src/protocol/event.ts";
import { SessionRun, type StreamItem } from "./session-run.ts";
import { show } from "./show.ts";
import type { Judged } from "./spool-model.ts";

export type Segmentation = "whole" | "byte" | { readonly seed: number };

export interface PlaybookOptions {
  /** Default: whole, one octet at a time, and two random ones. */
  readonly segmentations?: readonly Segmentation[];
  /** Text of the test messages that may reach the client only out of a judged message. */
  readonly marker?: string;
  /** True to answer build-section by `.sections()` instead of at once. */
  readonly withholdsSections?: boolean;
}

type Octets = string | Uint8Array;

/** Begins a dialogue; `create` makes a fresh session for each segmentation. */
export function playbook(create: () => Session, options: PlaybookOptions = {}): Playbook {
  const segmentations = options.segmentations ?? DEFAULT_SEGMENTATIONS;
  const runs = segmentations.map(
    (segmentation) =>
      new SessionRun({
        name: typeof segmentation === "string" ? segmentation : `random ${segmentation.seed}`,
        session: create(),
        segment: segmenter(segmentation),
        marker: options.marker,
        withholdsSections: options.withholdsSections ?? false,
      }),
  );
  return new Playbook(runs);
}

/** Steps and expectations. Before every step, and at `end()`, all that was sent, connected, encrypted or closed must
 *  have been expected; facts, timers, pauses and spools may be. */
export class Playbook {
  readonly runs: readonly SessionRun[];
  #connectTarget: Target | undefined;

  constructor(runs: readonly SessionRun[]) {
    this.runs = runs;
  }

  start(): this {
    return this.event({ type: "start" });
  }

  /** The client says this. */
  client(...octets: Octets[]): this {
    return this.#step((run) => run.receive("client", join(octets)));
  }

  /** The upstream says this. */
  upstream(...octets: Octets[]): this {
    return this.#step((run) => run.receive("upstream", join(octets)));
  }

  /** The upstream is up; by default it is the target that was asked for. */
  connected(peer: Partial<UpstreamPeer> = {}): this {
    const target = peer.target ?? this.#connectTarget;
    if (target === undefined) throw new Error("connected() needs an expectConnect() before it, or a target");
    return this.event({ type: "connected", peer: { address: "192.0.2.1", ...peer, target } });
  }

  connectFailed(code: FailureCode = "refused", detail = "connection refused"): this {
    return this.event({ type: "connect-failed", failure: { code, detail } });
  }

  tlsEstablished(side: Side): this {
    return this.event({
      type: "tls-established",
      side,
      info: { version: "TLSv1.3", cipher: "TLS_AES_128_GCM_SHA256" },
    });
  }

  tlsFailed(side: Side, failure: Failure = { code: "certificate", detail: "certificate has expired" }): this {
    return this.event({ type: "tls-failed", side, failure });
  }

  closed(from: Side, how: "fin" | "reset" = "fin"): this {
    return this.event({ type: "closed", from, how });
  }

  /** A timer runs out; it must be running. */
  timer(name: string): this {
    return this.event({ type: "timer", name });
  }

  /** The held message with this label (or id) is judged: clean, unless said otherwise. */
  judged(reference: SpoolId | string, judged: Judged = {}): this {
    return this.#step((run) => run.judge(reference, judged));
  }

  /** The held message could not be kept or judged. */
  holdFailed(reference: SpoolId | string, detail = "no space left on device"): this {
    return this.#step((run) => run.failHold(reference, detail));
  }

  /** Answers build-section where the option `withholdsSections` is on. */
  sections(): this {
    return this.#step((run) => run.buildSections());
  }

  event(event: SessionEvent): this {
    return this.#step((run) => run.event(event));
  }

  /** Exactly these octets, no more and no fewer, were sent since the last expectation. */
  expectSend(to: Side, ...octets: Octets[]): this {
    const expected = lines(join(octets));
    return this.#check((run) => {
      const item = run.pending[to][0];
      if (item?.type === "bytes") {
        run.pending[to].shift();
        const actual = lines(item.bytes);
        if (!same(actual, expected)) run.fail(`other octets than expected to the ${to}`, { expected, actual });
        return;
      }
      if (expected.length > 0) run.fail(`expected octets to the ${to}, got ${show(item)}`, { expected, actual: [] });
    });
  }

  expectClient(...octets: Octets[]): this {
    return this.expectSend("client", ...octets);
  }

  expectUpstream(...octets: Octets[]): this {
    return this.expectSend("upstream", ...octets);
  }

  /** What was sent is one line or more and matches; for texts whose wording is not the point. */
  expectMatch(to: Side, pattern: RegExp): this {
    return this.#check((run) => {
      const item = run.pending[to].shift();
      if (item?.type !== "bytes") return run.fail(`expected octets to the ${to} like ${pattern}, got ${show(item)}`);
      const text = latin1(item.bytes);
      if (!pattern.test(text))
        run.fail(`octets to the ${to} do not match`, { expected: String(pattern), actual: text });
    });
  }

  /** Nothing was sent, connected, encrypted or closed since the last expectation. */
  expectNothing(): this {
    return this.#check(checkNothing);
  }

  expectConnect(target: Partial<Target>): this {
    return this.#check((run) => {
      const item = this.#take(run, "upstream", "connect");
      const actual = Object.fromEntries(Object.keys(target).map((key) => [key, Reflect.get(item.target, key)]));
      if (show(actual) !== show(target)) run.fail("other target than expected", { expected: target, actual });
      this.#connectTarget = item.target;
    });
  }

  expectStartTls(side: Side, buffered?: "discard" | "close"): this {
    return this.#check((run) => {
      const item = this.#take(run, side, "start-tls");
      if (buffered !== undefined && item.buffered !== buffered) run.fail(`start-tls with buffered "${item.buffered}"`);
    });
  }

  /** From here on octets to and from this side are compressed; scripts give and expect them as they are before that. */
  expectCompress(side: Side): this {
    return this.#check((run) => void this.#take(run, side, "compress"));
  }

  expectClose(side: Side, how?: "half" | "full" | "abort"): this {
    return this.#check((run) => {
      const item = this.#take(run, side, "close");
      if (how !== undefined && item.how !== how) run.fail(`${side} closed "${item.how}" instead of "${how}"`);
    });
  }

  /** A message is being held, not yet whole. */
  expectHeld(reference: SpoolId | string): this {
    return this.#check((run) => {
      const spool = run.spool(reference);
      if (spool.state !== "open" || spool.isReleased)
        run.fail(`${spool.label} is ${spool.isReleased ? "released" : spool.state}`);
    });
  }

  /** A held message is whole, waits for its verdict, and has this content. */
  expectWhole(reference: SpoolId | string, ...content: Octets[]): this {
    return this.#check((run) => {
      const spool = run.spool(reference);
      if (spool.state !== "whole" || spool.isReleased)
        run.fail(`${spool.label} is ${spool.isReleased ? "released" : spool.state}`);
    }).expectSpooled(reference, ...content);
  }

  /** A message was handed in whole, and may be released. */
  expectSpooled(reference: SpoolId | string, ...content: Octets[]): this {
    return this.#check((run) => {
      const spool = run.spool(reference);
      if (spool.state === "open") run.fail(`${spool.label} is not whole`);
      const [expected, actual] = [lines(join(content)), lines(Buffer.concat(spool.chunks))];
      if (!same(actual, expected)) run.fail(`other content of ${spool.label}`, { expected, actual });
    });
  }

  /** Every message held so far is released, and there were `count` of them. */
  expectReleased(count?: number): this {
    return this.#check((run) => {
      const held = [...run.spools.values()].filter((spool) => !spool.isReleased);
      if (held.length > 0) run.fail(`not released: ${held.map((spool) => spool.label).join(", ")}`);
      if (count !== undefined && run.spools.size !== count) run.fail(`${run.spools.size} messages held, not ${count}`);
    });
  }

  expectPaused(side: Side, isPaused = true): this {
    return this.#check((run) => {
      if (run.paused[side] !== isPaused) run.fail(`the ${side} is ${isPaused ? "not " : ""}paused`);
    });
  }

  expectTimer(name: string, ms?: number): this {
    return this.#check((run) => {
      const actual = run.timers.get(name);
      if (actual === undefined) run.fail(`timer "${name}" does not run; running: ${[...run.timers.keys()].join(", ")}`);
      if (ms !== undefined && actual !== ms) run.fail(`timer "${name}" has ${actual} ms, not ${ms}`);
    });
  }

  /** The timer was set, or begun anew, by the last step. */
  expectFreshTimer(name: string): this {
    return this.#check((run) => {
      if (!run.freshTimers.has(name)) run.fail(`timer "${name}" was not set anew`);
    });
  }

  expectNoTimer(name: string): this {
    return this.#check((run) => {
      if (run.timers.has(name)) run.fail(`timer "${name}" runs`);
    });
  }

  /** A fact with these properties was reported, at any time so far. */
  expectFact(fact: Partial<Fact>): this {
    return this.#check((run) => {
      const wanted = Object.entries(fact);
      const found = run.facts.some((candidate) =>
        wanted.every(([key, value]) => Reflect.get(candidate, key) === value),
      );
      if (!found) run.fail("the fact was not reported", { expected: fact, actual: run.facts });
    });
  }

  /** Drops what is pending where a test is about something else. */
  skip(): this {
    return this.#check((run) => {
      run.pending.client.length = 0;
      run.pending.upstream.length = 0;
    });
  }

  /** The dialogue is over: nothing is left unexpected, and all segmentations gave the same octets and facts. */
  end(): void {
    this.#check(checkNothing);
    const [first] = this.runs;
    if (first === undefined) return;
    for (const run of this.runs) {
      for (const side of ["client", "upstream"] as const) {
        const [expected, actual] = [lines(Buffer.concat(first.sent[side])), lines(Buffer.concat(run.sent[side]))];
        if (!same(actual, expected)) run.fail(`not what "${first.name}" sent to the ${side}`, { expected, actual });
      }
      if (show(run.facts) !== show(first.facts)) {
        run.fail(`other facts than "${first.name}"`, { expected: first.facts, actual: run.facts });
      }
    }
  }

  #step(play: (run: SessionRun) => void): this {
    this.#check(checkNothing);
    for (const run of this.runs) run.freshTimers.clear();
    return this.#check(play);
  }

  #check(check: (run: SessionRun) => void): this {
    for (const run of this.runs) check(run);
    return this;
  }

  #take<T extends StreamItem["type"]>(run: SessionRun, side: Side, type: T): Extract<StreamItem, { type: T }> {
    const item = run.pending[side].shift();
    if (!isOfType(item, type)) run.fail(`expected ${type} on the ${side}, got ${show(item)}`);
    return item;
  }
}

const DEFAULT_SEGMENTATIONS: readonly Segmentation[] = ["whole", "byte", { seed: 1 }, { seed: 2 }];

function checkNothing(run: SessionRun): void {
  for (const side of ["client", "upstream"] as const) {
    const item = run.pending[side][0];
    if (item !== undefined) {
      const actual = item.type === "bytes" ? lines(item.bytes) : item;
      run.fail(`unexpected on the ${side}: ${show(item)}`, { expected: [], actual });
    }
  }
}

function isOfType<T extends StreamItem["type"]>(
  item: StreamItem | undefined,
  type: T,
): item is Extract<StreamItem, { type: T }> {
  return item?.type === type;
}

function join(octets: readonly Octets[]): Buffer {
  return Buffer.concat(octets.map((part) => (typeof part === "string" ? fromLatin1(part) : part)));
}

/** Text as lines with their ends, so that a diff is readable. */
function lines(bytes: Uint8Array): string[] {
  return latin1(bytes).match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function same(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((line, index) => line === right[index]);
}

/** How octets are cut into segments. */
export function segmenter(segmentation: Segmentation): (bytes: Buffer) => Iterable<Buffer> {
  if (segmentation === "whole") return (bytes) => [bytes];
  if (segmentation === "byte") return (bytes) => pieces(bytes, () => 1);
  const random = randomSizes(segmentation.seed);
  return (bytes) => pieces(bytes, random);
}

function* pieces(bytes: Buffer, size: () => number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + size());
    yield bytes.subarray(at, end);
    at = end;
  }
}

/** Mostly tiny, sometimes large segments, the same for the same seed. */
function randomSizes(seed: number): () => number {
  let state = (seed * 0x9e3779b1) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return 1 + (state % 2 === 0 ? state % 7 : state % 4_001);
  };
}
