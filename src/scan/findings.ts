/** Collects what a scan finds, bounded, without repetitions, and by entity for taking it out again. */

import {
  type Detection,
  type FindingClass,
  type Reason,
  type ReasonCode,
  type Remark,
  type Verdict,
  verdictOf,
} from "../core/model.ts";
import { mimeLimits, scanLimits } from "../core/scan-limits.ts";
import { type Entity, regularEntity } from "../mime/entity.ts";

/** What was found in one regular entity, apart from the entities in it. */
export interface EntityFindings {
  readonly detections: readonly Detection[];
  readonly reasons: readonly Reason[];
}

export class Findings {
  readonly #detections: Detection[] = [];
  readonly #reasons: Reason[] = [];
  readonly #remarks: Remark[] = [];
  readonly #known = new Set<string>();
  readonly #byEntity = new Map<Entity, { detections: Detection[]; reasons: Reason[] }>();
  #isCut = false;

  addDetection(entity: Entity, detection: Detection): void {
    if (!this.#isNew(["detection", detection.engine, detection.name, detection.part, ...detection.path])) return;
    // Which entities are concerned is kept beyond the cap: all of them are taken out.
    const { detections } = this.#of(entity);
    if (detections.length < scanLimits.findings) detections.push(detection);
    if (this.#detections.length < scanLimits.findings) this.#detections.push(detection);
    else this.#isCut = true;
  }

  /** Of one limit, one reason for each part is enough, and one in all of a limit that the whole message shares. */
  addReason(entity: Entity, reason: Reason): void {
    const { code, part, detail } = reason;
    const isLimit = code.startsWith("limit-");
    if (!this.#isNew(["reason", code, SHARED_LIMITS.has(code) ? "" : part, isLimit ? "" : detail])) return;
    const { reasons } = this.#of(entity);
    if (reasons.length < scanLimits.findings) reasons.push(reason);
    if (this.#reasons.length < scanLimits.findings - 1) this.#reasons.push(reason);
    else this.#isCut = true;
  }

  addRemark(remark: Remark): void {
    if (this.#remarks.length >= scanLimits.findings) return;
    const isAmbiguity = remark.kind === "ambiguity";
    // Of these there may be many in hostile mail; they leave room for the others.
    if (isAmbiguity && this.#remarks.filter(({ kind }) => kind === remark.kind).length >= mimeLimits.ambiguities)
      return;
    if (this.#isNew(["remark", remark.kind, remark.part, remark.detail])) this.#remarks.push(remark);
  }

  remarks(): readonly Remark[] {
    return this.#remarks;
  }

  verdict(): Verdict {
    const detections = mostSpecific(this.#detections);
    if (!this.#isCut) return verdictOf(detections, this.#reasons);
    const cut: Reason = { code: "limit-detections", part: "", detail: "there are more findings than are listed" };
    return verdictOf(detections, [...this.#reasons, cut]);
  }

  /** The regular entities with findings, in no particular order. */
  byEntity(): ReadonlyMap<Entity, EntityFindings> {
    return this.#byEntity;
  }

  #isNew(words: readonly string[]): boolean {
    const key = words.join("\n");
    if (this.#known.has(key)) return false;
    this.#isCut ||= this.#known.size >= MAX_KNOWN;
    if (!this.#isCut) this.#known.add(key);
    return true;
  }

  #of(entity: Entity): { detections: Detection[]; reasons: Reason[] } {
    const regular = regularEntity(entity);
    let findings = this.#byEntity.get(regular);
    if (findings === undefined) {
      findings = { detections: [], reasons: [] };
      this.#byEntity.set(regular, findings);
    }
    return findings;
  }
}

/** Leaves out what only says less of another detection: a signature found in a stored entry is also found in the octets
 *  of the container around it. */
export function mostSpecific(detections: readonly Detection[]): Detection[] {
  return detections.filter((detection) => !detections.some((other) => isInside(other, detection)));
}

function isInside(inner: Detection, outer: Detection): boolean {
  if (inner.name !== outer.name || inner.engine !== outer.engine || inner.part !== outer.part) return false;
  return inner.path.length > outer.path.length && outer.path.every((name, index) => inner.path[index] === name);
}

/** The classes of findings in `findings`. */
export function classesOf(findings: EntityFindings): ReadonlySet<FindingClass> {
  const classes = new Set<FindingClass>();
  for (const { kind } of findings.detections) classes.add(kind === "malware" ? "infected" : "suspicious");
  if (findings.reasons.length > 0) classes.add("incomplete");
  return classes;
}

/** Once reached, they are reached for everything that follows. */
const SHARED_LIMITS: ReadonlySet<ReasonCode> = new Set(["limit-entries", "limit-parts", "limit-time", "limit-views"]);
/** Parts times kinds of findings, with room to spare. */
const MAX_KNOWN = 100_000;
