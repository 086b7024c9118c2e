/** The scanner: a function from the octets of a message to a verdict. The same octets, the same verdict; the
 *  clock serves the time limit alone. */
import { view } from "../core/bytes.ts";
import type { Clock } from "../core/clock.ts";
import type { HeuristicName } from "../core/heuristics.ts";
import type { Remark, Verdict } from "../core/model.ts";
import { ambiguityText } from "../mime/ambiguity.ts";
import { displayOf } from "../mime/display.ts";
import { type Entity, type MessageTree, regularEntity } from "../mime/entity.ts";
import { walkMessage } from "../mime/walk.ts";
import { ArchiveVolumes } from "./archive-volumes.ts";
import { Budget } from "./budget.ts";
import { collectPieces } from "./collected-pieces.ts";
import type { Content, Engine, MessageEngine, Piece } from "./engine.ts";
import { builtInExtractors } from "./extractors/built-in.ts";
import type { Extractor } from "./extractors/extractor.ts";
import { type EntityFindings, Findings } from "./findings.ts";
import { Inspection, type Place } from "./inspection.ts";
import type { Judgement, ScanOptions } from "./judge.ts";
import { fragmentOf } from "./message-fragment.ts";
import { visitPieces } from "./message-pieces.ts";
import { readMessageTexts } from "./message-texts.ts";
import { type PasswordList, passwordList } from "./passwords.ts";
import type { PartCache } from "./verdict-cache-parts.ts";

export interface ScannerSetup {
  readonly engines: readonly Engine[];
  readonly options: ScanOptions;
  readonly clock: Clock;
  /** All built-in ones when not given. */
  readonly extractors?: readonly Extractor[];
  readonly messageEngines?: readonly MessageEngine[];
  /** None is when not given. */
  readonly isHeuristicOn?: (heuristic: HeuristicName) => boolean;
  /** The user's list, tried on what is encrypted after the words of the message. */
  readonly passwords?: readonly string[];
  /** Whether the report has the pieces, for engines in other programs. */
  readonly collects?: boolean;
  /** Parts that nothing was found in; of this scanner alone. Without it every part is looked at. */
  readonly partCache?: PartCache;
}

/** All that a scan knows; the tree's offsets are those of the message. */
export interface ScanReport {
  readonly verdict: Verdict;
  readonly remarks: readonly Remark[];
  /** Empty unless the scanner collects them. */
  readonly pieces: readonly Piece[];
  /** There were more of them than are collected. */
  readonly isCut: boolean;
  readonly tree: MessageTree;
  /** Less than the message when that is larger than is looked at. */
  readonly scannedBytes: number;
  readonly byEntity: ReadonlyMap<Entity, EntityFindings>;
}

/** A judgement and what it comes from. */
export interface JudgedMessage extends Judgement {
  readonly report: ScanReport;
}

export interface Scanner {
  /** Synchronous, and the only place where message content is looked at. Engines that take all pieces at once are not
   *  asked when `isWithout` says so. */
  scan(message: Uint8Array, isWithout?: (engine: string) => boolean): ScanReport;
  /** `scan` with what people are shown of the message. `prepare` is told what was found before the engines that take
   *  all pieces at once are asked, which may take long; it is not called when there are none. */
  judgeMessage(message: Uint8Array, prepare?: (judged: JudgedMessage) => void): Promise<JudgedMessage>;
}

export function createScanner(setup: ScannerSetup): Scanner {
  const { messageEngines = [], clock } = setup;
  return {
    scan(message, isWithout = () => false) {
      const scan = beginScan(view(message), setup);
      scan.ask(messageEngines.filter(({ name }) => !isWithout(name)));
      return scan.report();
    },
    async judgeMessage(message, prepare) {
      const startMs = clock.monotonic();
      const scan = beginScan(view(message), setup);
      const first = scan.report();
      const headerBytes = first.tree.root.header.end;
      const display = await displayOf(view(message), headerBytes);
      const judged = (report: ScanReport): JudgedMessage => {
        const { verdict, remarks } = report;
        const durationMs = clock.monotonic() - startMs;
        const fragment = fragmentOf(report.tree.root);
        return { verdict, remarks, display, headerBytes, durationMs, ...(fragment && { fragment }), report };
      };
      if (messageEngines.length === 0) return judged(first);
      prepare?.(judged(first));
      scan.ask(messageEngines);
      return judged(scan.report());
    },
  };
}

/** A scan that all engines but those for whole messages have been asked in. */
interface BegunScan {
  ask(engines: readonly MessageEngine[]): void;
  /** What was found so far. */
  report(): ScanReport;
}

function beginScan(message: Buffer, setup: ScannerSetup): BegunScan {
  const {
    engines,
    options,
    clock,
    extractors = builtInExtractors,
    messageEngines = [],
    passwords = [],
    partCache,
  } = setup;
  const bytes = message.subarray(0, options.messageBytes);
  const budget = new Budget(options, clock, bytes.length);
  const findings = new Findings();
  let words: PasswordList | undefined;
  const collected = setup.collects === true || messageEngines.length > 0 ? collectPieces() : undefined;
  const inspection = new Inspection({
    engines,
    extractors,
    budget,
    findings,
    isHeuristicOn: setup.isHeuristicOn ?? (() => false),
    passwords: () => {
      words ??= passwordList(readMessageTexts(bytes, tree), passwords);
      return words;
    },
    ...(collected === undefined ? {} : { collect: collected.add }),
  });
  const tree = walkMessage(bytes, budget.walks);
  const whole: Place = { entity: tree.root, part: "", path: [], depth: 0 };
  if (bytes.length < message.length) inspection.reason(whole, "limit-message", `more than ${bytes.length} octets`);
  const parent: Content = { bytes, origin: "message", name: "" };
  inspection.inspect(parent, whole);
  const volumes = new ArchiveVolumes();
  visitPieces(bytes, tree, budget, {
    piece(entity, piece, origin, name) {
      budget.beginPart();
      const { type } = entity;
      const content: Content = { bytes: piece, origin, name, type, charset: entity.parameter("charset"), parent };
      if (entity.kind === "leaf") volumes.add(content, placeOf(entity));
      const inspect = (): void => inspection.inspect(content, placeOf(entity));
      // What collects pieces needs every one of them; other readings are looked at or not for what came before them.
      if (partCache === undefined || collected !== undefined || !entity.isRegular) inspect();
      else partCache.spare(content, budget, inspection, inspect);
    },
    reason: (entity, code, detail) => inspection.reason(placeOf(entity), code, detail),
    ambiguity: (entity, code) => inspection.remark({ ...placeOf(entity), path: [] }, "ambiguity", ambiguityText(code)),
  });
  volumes.inspect(inspection, budget);
  // Not everybody who leaves something out for it says so.
  if (budget.hasRunOut) inspection.reason(whole, "limit-time", "there was no time for everything");
  return {
    ask(messageEngines) {
      if (collected !== undefined) inspection.inspectCollected(messageEngines, collected);
    },
    report: () => ({
      verdict: findings.verdict(),
      remarks: findings.remarks(),
      pieces: collected?.pieces ?? [],
      isCut: collected?.isCut ?? false,
      tree,
      scannedBytes: bytes.length,
      byEntity: findings.byEntity(),
    }),
  };
}

function placeOf(entity: Entity): Place {
  const path = entity.fileName === "" ? [] : [entity.fileName];
  return { entity, part: regularEntity(entity).number, path, depth: 0 };
}
