/** One scan of one message: every piece goes through the engines, and what is inside it becomes further pieces. */
import { errorText } from "../core/errors.ts";
import type { HeuristicName } from "../core/heuristics.ts";
import type { ReasonCode, RemarkKind } from "../core/model.ts";
import { mimeLimits, scanLimits } from "../core/scan-limits.ts";
import type { Entity } from "../mime/entity.ts";
import type { Budget } from "./budget.ts";
import type { CollectedPieces } from "./collected-pieces.ts";
import type { Content, Engine, EngineNotes, MessageEngine, Origin } from "./engine.ts";
import { heuristicFinding } from "./engines/heuristics/catalogue.ts";
import { identifyContent } from "./engines/heuristics/identify-content.ts";
import type { Extractor, ExtractorSink } from "./extractors/extractor.ts";
import { surveyOctets } from "./extractors/octet-survey.ts";
import { COMPOUND_MAGIC } from "./extractors/ole/compound-file.ts";
import type { Findings } from "./findings.ts";
import type { PasswordList } from "./passwords.ts";
import { isLookedAtAlways, SeenPieces } from "./seen-pieces.ts";

/** Where a piece is: in which entity, and under which names inside it. */
export interface Place {
  readonly entity: Entity;
  /** The number findings are reported under. */
  readonly part: string;
  readonly path: readonly string[];
  /** Containers around it. */
  readonly depth: number;
}

/** What one scan works with. */
export interface InspectionTools {
  readonly engines: readonly Engine[];
  readonly extractors: readonly Extractor[];
  readonly budget: Budget;
  readonly findings: Findings;
  readonly isHeuristicOn: (heuristic: HeuristicName) => boolean;
  readonly passwords: () => PasswordList;
  /** Told of every piece that is a file, or text that may be one. */
  readonly collect?: (content: Content, place: Place) => void;
}

export class Inspection {
  readonly #tools: InspectionTools;
  readonly #budget: Budget;
  readonly #findings: Findings;
  readonly #seen = new SeenPieces();
  /** What the engine says that is asked at the moment. */
  readonly #notes: EngineNotes = {
    incomplete: (detail) => {
      if (this.#askedAt !== undefined) this.reason(this.#askedAt, "engine", `${this.#asked?.name}: ${detail}`);
    },
    dependsOnParent: () => {
      this.#told += 1;
    },
  };
  #asked: Engine | undefined;
  #askedAt: Place | undefined;
  #told = 0;

  constructor(tools: InspectionTools) {
    this.#tools = tools;
    this.#budget = tools.budget;
    this.#findings = tools.findings;
  }

  /** Counts whatever could make one message's answer differ from another's: findings, reasons, remarks, questions for
   *  the words of the message, and pieces that are looked at or not for what came before them. While it stands still,
   *  nothing but the budget has changed. */
  get told(): number {
    return this.#told;
  }

  /** Looks at one piece and at everything in it. */
  inspect(content: Content, place: Place): void {
    if (content.bytes.length === 0) return;
    if (!isLookedAtAlways(content, place)) {
      this.#told += 1;
      if (this.#seen.isRepeated(content, place)) return;
    }
    if (this.#budget.isOutOfTime()) {
      this.reason(place, "limit-time", `more than ${this.#budget.options.timeMs} ms`);
      return;
    }
    for (const engine of this.#tools.engines) this.#ask(engine, content, place);
    if (NEVER_OPENED.has(content.origin)) return;
    this.#tools.collect?.(content, place);
    const survey = surveyOctets(content.bytes);
    for (const extractor of this.#tools.extractors) {
      if (survey !== undefined && extractor.mayMatch?.(survey, content) === false) continue;
      this.#open(extractor, content, place);
    }
  }

  /** Asks the engines that take all pieces at once. */
  inspectCollected(engines: readonly MessageEngine[], { pieces, places, isCut }: CollectedPieces): void {
    const [first] = places;
    if (first === undefined) return;
    for (const engine of engines) {
      if (isCut) this.reason(first, "engine", `${engine.name}: more content than it is given`);
      try {
        for (const { name, kind, piece, about } of engine.inspectMessage(pieces)) {
          const { entity, part, path } = places[piece] ?? first;
          this.#told += 1;
          this.#findings.addDetection(entity, { name, kind, engine: engine.name, part, path });
          if (about !== undefined) this.#findings.addRemark({ kind: "rule", part, detail: about });
        }
      } catch (error) {
        this.reason(first, "engine", `${engine.name}: ${errorText(error)}`);
      }
    }
  }

  reason(place: Place, code: ReasonCode, detail: string): void {
    this.#told += 1;
    const names = [...place.path, detail].filter((text) => text !== "").join(": ");
    this.#findings.addReason(place.entity, { code, part: place.part, detail: names.slice(0, MAX_DETAIL_CHARACTERS) });
  }

  remark(place: Place, kind: RemarkKind, detail: string): void {
    this.#told += 1;
    const names = [...place.path, detail].filter((text) => text !== "").join(": ");
    this.#findings.addRemark({ kind, part: place.part, detail: names.slice(0, MAX_DETAIL_CHARACTERS) });
  }

  #ask(engine: Engine, content: Content, place: Place): void {
    try {
      this.#asked = engine;
      this.#askedAt = place;
      const found = engine.inspect(content, this.#notes);
      if (found.length === 0) return;
      for (const { name, kind } of found) {
        this.#told += 1;
        const detection = { name, kind, engine: engine.name, part: place.part, path: place.path };
        this.#findings.addDetection(place.entity, detection);
      }
    } catch (error) {
      this.reason(place, "engine", `${engine.name}: ${errorText(error)}`);
    }
  }

  #open(extractor: Extractor, content: Content, place: Place): void {
    try {
      if (!extractor.matches(content)) return;
      if (!(place.depth < this.#budget.options.depth)) {
        this.reason(place, "limit-depth", `more than ${this.#budget.options.depth} containers inside each other`);
        return;
      }
      extractor.extract(content, this.#sink(place, content, extractor), this.#budget);
    } catch (error) {
      this.reason(place, "engine", `${extractor.name}: ${errorText(error)}`);
    }
  }

  #sink(place: Place, outer: Content, { name: container, isLayer = false }: Extractor): ExtractorSink {
    const depth = place.depth + (isLayer ? scanLimits.layerDepth : 1);
    const isOnDiskImage = outer.isOnDiskImage === true || identifyContent(outer.bytes)?.family === "disk-image";
    const carried = { container, parent: outer, ...(isOnDiskImage && { isOnDiskImage }) };
    return {
      entry: (name, bytes, origin = "entry", charset = "") => {
        const path = name === "" ? place.path : [...place.path, name.slice(0, mimeLimits.nameCharacters)];
        const inner = { ...place, path, depth };
        const content = { bytes, origin, name: name === "" ? outer.name : name, ...carried };
        this.inspect(charset === "" ? content : { ...content, charset }, inner);
      },
      reason: (code, detail) => {
        if (!isInPieces(outer, container) || code.startsWith("limit-")) this.reason(place, code, detail);
      },
      heuristic: (heuristic, entryName = "") => {
        this.#told += 1;
        if (!this.#tools.isHeuristicOn(heuristic)) return;
        const path = entryName === "" ? place.path : [...place.path, entryName.slice(0, mimeLimits.nameCharacters)];
        this.#findings.addDetection(place.entity, { ...heuristicFinding(heuristic), part: place.part, path });
      },
      remark: (kind, detail) => this.remark(place, kind, detail),
      passwords: () => {
        this.#told += 1;
        return this.#tools.passwords().words;
      },
      isWordOfMessage: (word) => {
        this.#told += 1;
        return this.#tools.passwords().isOfMessage(word);
      },
    };
  }
}

/** In a compound file the octets of a stream need not stand together: what another extractor calls damaged there is whole
 *  in its stream, which is looked at by itself. */
function isInPieces({ bytes }: Content, container: string): boolean {
  return container !== "ole" && bytes.subarray(0, COMPOUND_MAGIC.length).equals(COMPOUND_MAGIC);
}

/** Nobody takes a file out of them, or what is in them comes in other pieces. */
const NEVER_OPENED: ReadonlySet<Origin> = new Set(["encoded", "header", "message", "drawn"]);
const MAX_DETAIL_CHARACTERS = 300;
