/** One scan of one message: every piece goes through the engines, and what is inside it becomes further pieces. */
import { errorText } from "../core/errors.ts";
import { mimeLimits } from "../core/limits.ts";
import type { ReasonCode } from "../core/model.ts";
import type { Entity } from "../mime/entity.ts";
import type { Budget } from "./budget.ts";
import type { Content, Engine } from "./engine.ts";
import type { Extractor, ExtractorSink } from "./extractors/extractor.ts";
import type { Findings } from "./findings.ts";

/** Where a piece is: in which entity, and under which names inside it. */
export interface Place {
  readonly entity: Entity;
  /** The number findings are reported under. */
  readonly part: string;
  readonly path: readonly string[];
  /** Containers around it. */
  readonly depth: number;
}

export class Inspection {
  readonly #engines: readonly Engine[];
  readonly #extractors: readonly Extractor[];
  readonly #budget: Budget;
  readonly #findings: Findings;

  constructor(engines: readonly Engine[], extractors: readonly Extractor[], budget: Budget, findings: Findings) {
    this.#engines = engines;
    this.#extractors = extractors;
    this.#budget = budget;
    this.#findings = findings;
  }

  /** Looks at one piece and at everything in it. */
  inspect(content: Content, place: Place): void {
    if (content.bytes.length === 0) return;
    if (this.#budget.isOutOfTime()) {
      this.reason(place, "limit-time", `more than ${this.#budget.options.timeMs} ms`);
      return;
    }
    for (const engine of this.#engines) this.#ask(engine, content, place);
    if (content.origin === "encoded" || content.origin === "header" || content.origin === "message") return;
    for (const extractor of this.#extractors) this.#open(extractor, content, place);
  }

  reason(place: Place, code: ReasonCode, detail: string): void {
    const names = [...place.path, detail].filter((text) => text !== "").join(": ");
    this.#findings.addReason(place.entity, { code, part: place.part, detail: names.slice(0, MAX_DETAIL_CHARACTERS) });
  }

  #ask(engine: Engine, content: Content, place: Place): void {
    try {
      for (const { name, kind } of engine.inspect(content)) {
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
      extractor.extract(content, this.#sink(place, content.name), this.#budget);
    } catch (error) {
      this.reason(place, "engine", `${extractor.name}: ${errorText(error)}`);
    }
  }

  #sink(place: Place, outerName: string): ExtractorSink {
    return {
      entry: (name, bytes, origin = "entry") => {
        const path = name === "" ? place.path : [...place.path, name.slice(0, mimeLimits.nameCharacters)];
        const inner = { ...place, path, depth: place.depth + 1 };
        this.inspect({ bytes, origin, name: name === "" ? outerName : name }, inner);
      },
      reason: (code, detail) => this.reason(place, code, detail),
    };
  }
}

const MAX_DETAIL_CHARACTERS = 300;
