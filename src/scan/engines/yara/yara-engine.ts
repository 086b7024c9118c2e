/** YARA-X as an engine. A rule is meant for one content, but a call costs milliseconds whatever it is given: all pieces
 *  of a message are joined and looked through with relaxed forms of the rules, and those pieces in which one of them
 *  matches are matched one by one with the rules as they are. */
import { hash } from "node:crypto";
import { sanitize } from "../../../core/sanitize.ts";
import { yaraLimits } from "../../../core/scan-limits.ts";
import type { MessageEngine, MessageFinding, Piece } from "../../engine.ts";
import { compileRules, startYara, type YaraMatch, type YaraRuleSet } from "./yara-library.ts";
import type { YaraSetup } from "./yara-rules.ts";

export interface YaraEngine extends MessageEngine {
  /** The library has failed in a way after which it can not be trusted: this thread should not go on. */
  readonly isBroken: boolean;
}

/** Compiles the rules in this thread. `timeMs` is for one message; within a call only whoever owns the thread can keep
 *  it. `now` is a clock in milliseconds. */
export function createYaraEngine(setup: YaraSetup, timeMs: number, now: () => number): YaraEngine {
  startYara(setup.module);
  return new YaraMatcher(setup, timeMs, now);
}

class YaraMatcher implements YaraEngine {
  readonly name = "yara";
  readonly #all: YaraRuleSet;
  readonly #relaxed: YaraRuleSet | undefined;
  readonly #strict: YaraRuleSet | undefined;
  readonly #timeMs: number;
  readonly #now: () => number;
  #isBroken = false;

  constructor({ sources, relaxed, strict }: YaraSetup, timeMs: number, now: () => number) {
    this.#all = compileRules(sources);
    this.#relaxed = relaxed.length === 0 ? undefined : compileRules(relaxed);
    this.#strict = strict.length === 0 ? undefined : compileRules(strict);
    this.#timeMs = timeMs;
    this.#now = now;
    // The code of a function is made when it is first called, which takes longer than the call.
    for (const rules of [this.#all, this.#relaxed, this.#strict]) rules?.scan(new Uint8Array(1));
  }

  get isBroken(): boolean {
    return this.#isBroken;
  }

  *inspectMessage(pieces: readonly Piece[]): Iterable<MessageFinding> {
    const deadline = this.#now() + this.#timeMs;
    const contents = distinct(pieces);
    const candidates = contents.length === 1 ? new Set(contents) : this.#candidates(contents, deadline);
    for (const content of contents) {
      const rules = candidates.has(content) ? this.#all : this.#strict;
      if (rules === undefined) continue;
      for (const match of this.#scan(rules, content.bytes, deadline)) {
        for (const piece of content.pieces) yield { ...findingOf(match), piece };
      }
    }
  }

  /** The contents in which a relaxed rule has matched, or may have. */
  #candidates(contents: readonly DistinctContent[], deadline: number): Set<DistinctContent> {
    const candidates = new Set<DistinctContent>();
    if (this.#relaxed === undefined) return candidates;
    for (const batch of batches(contents)) {
      const ends: number[] = [];
      const octets = joined(batch, ends);
      for (const { offsets } of this.#scan(this.#relaxed, octets, deadline)) {
        for (const places of offsets) addCandidates(candidates, batch, ends, places);
      }
    }
    return candidates;
  }

  #scan(rules: YaraRuleSet, octets: Uint8Array, deadline: number): YaraMatch[] {
    if (!(this.#now() < deadline)) throw new Error(`the rules did not finish within ${this.#timeMs} ms`);
    try {
      return rules.scan(octets);
    } catch (error) {
      // Nobody knows in which state its memory was left.
      this.#isBroken = true;
      throw error;
    }
  }
}

/** Octets, and the indices of all pieces that consist of them. */
interface DistinctContent {
  readonly bytes: Buffer;
  readonly pieces: number[];
}

function distinct(pieces: readonly Piece[]): DistinctContent[] {
  const contents = new Map<string, DistinctContent>();
  for (const [index, { content }] of pieces.entries()) {
    const key = `${content.bytes.length}:${hash("sha256", content.bytes, "base64")}`;
    const known = contents.get(key);
    if (known === undefined) contents.set(key, { bytes: content.bytes, pieces: [index] });
    else known.pieces.push(index);
  }
  return [...contents.values()];
}

/** Groups that are joined for one call each. */
function batches(contents: readonly DistinctContent[]): DistinctContent[][] {
  const groups: DistinctContent[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const content of contents) {
    if (bytes + content.bytes.length > yaraLimits.joinedBytes) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1)?.push(content);
    bytes += content.bytes.length;
  }
  return groups;
}

/** The contents with a separator behind each; `ends` gets where each ends, that included. */
function joined(contents: readonly DistinctContent[], ends: number[]): Buffer {
  const parts: Buffer[] = [];
  let end = 0;
  for (const { bytes } of contents) {
    parts.push(bytes, SEPARATOR);
    end += bytes.length + SEPARATOR.length;
    ends.push(end);
  }
  return Buffer.concat(parts, end);
}

/** Adds the contents in which matches begin. Where matches were no more counted, all that follow. */
function addCandidates(
  candidates: Set<DistinctContent>,
  batch: readonly DistinctContent[],
  ends: readonly number[],
  places: readonly number[],
): void {
  let index = 0;
  for (const place of places) {
    while (index < ends.length - 1 && place >= (ends[index] ?? 0)) index += 1;
    const content = batch[index];
    if (content !== undefined) candidates.add(content);
  }
  if (places.length < yaraLimits.patternMatches) return;
  for (const content of batch.slice(index)) candidates.add(content);
}

/** A rule is of malware unless it says otherwise, by its tag or by `mailward = "suspicious"`. */
function findingOf({ rule, namespace, tags, metadata }: YaraMatch): Omit<MessageFinding, "piece"> {
  const isSuspicious = tags.includes("suspicious") || metadata.get("mailward") === "suspicious";
  const about = ABOUT.flatMap((key) => {
    const value = metadata.get(key);
    return value === undefined ? [] : [`${key} ${sanitize(value, yaraLimits.metadataCharacters)}`];
  });
  return {
    name: rule,
    kind: isSuspicious ? "heuristic" : "malware",
    about: [`${rule} (${namespace})`, about.join(", ")].filter((text) => text !== "").join(": "),
  };
}

/** No word goes on across it, and nothing in it is text. */
const SEPARATOR = Buffer.alloc(16);
/** What a rule says about itself that is shown: the Detection Rule License asks for the author. */
const ABOUT = ["author", "severity", "license", "reference"] as const;
