/** Parts of messages in which nothing was found, remembered by one scan thread: the same picture in a hundred messages
 *  is looked at twice. Verdicts are the same with and without it: what a part cost is charged again. */
import { hash } from "node:crypto";
import { cacheLimits } from "../core/limits.ts";
import type { Budget, Cost } from "./budget.ts";
import type { Content } from "./engine.ts";

/** What counts whatever a message is told of. */
export interface Teller {
  readonly told: number;
}

export class PartCache {
  /** Of a part by its digest, name and type: what looking at it costs. In the order of use. */
  readonly #costs = new Map<string, Cost>();
  /** How the parts looked that were seen: a hash costs as much as a good part of a scan, so that the first of its kind
   *  is not hashed. */
  readonly #looks = new Set<number>();

  /** Parts remembered. */
  get size(): number {
    return this.#costs.size;
  }

  /** Calls `inspect`, which looks at `content` at the beginning of a part, unless it is known that nothing would come of
   *  it. `teller` tells of everything that comes of it. */
  spare(content: Content, budget: Budget, teller: Teller, inspect: () => void): void {
    if (!isWorthIt(content) || this.#isNewLook(content)) {
      inspect();
      return;
    }
    // Heuristics go by names, and the scanner and its extractors by what a part declares itself to be.
    const { bytes, type, charset, name } = content;
    const key = JSON.stringify([hash("sha256", bytes, "base64"), type, charset, name]);
    const known = this.#costs.get(key);
    if (known !== undefined && budget.takeAgain(known)) {
      this.#costs.delete(key);
      this.#costs.set(key, known);
      return;
    }
    const before = budget.spent();
    const { told } = teller;
    inspect();
    // Not everybody who leaves something out when time is up says so.
    if (teller.told === told && !budget.hasRunOut) this.#remember(key, difference(budget.spent(), before));
    else this.#costs.delete(key);
  }

  #remember(key: string, cost: Cost): void {
    // What other messages are in it shares its limits with the rest of the message in ways that no number tells.
    if (cost.walks !== 0) return;
    this.#costs.set(key, cost);
    forgetOldest(this.#costs, cacheLimits.parts);
  }

  #isNewLook({ bytes }: Content): boolean {
    const look = lookOf(bytes);
    const isNew = !this.#looks.delete(look);
    this.#looks.add(look);
    forgetOldest(this.#looks, cacheLimits.partLooks);
    return isNew;
  }
}

/** Texts are left out: they rarely come again, and their words may open an archive in another part. */
function isWorthIt({ bytes, origin, type = "" }: Content): boolean {
  return origin === "decoded" && bytes.length >= cacheLimits.partBytes && !type.startsWith("text/");
}

/** A number that parts with the same octets have in common, from a few octets all over them. */
function lookOf(bytes: Buffer): number {
  let look = bytes.length;
  const step = Math.floor(bytes.length / SAMPLES);
  for (let sample = 1; sample <= SAMPLES; sample += 1) {
    look = (Math.imul(look, MULTIPLIER) + bytes.readUInt32LE(sample * step - 4)) >>> 0;
  }
  return look;
}

function difference(after: Cost, before: Cost): Cost {
  return {
    outputBytes: after.outputBytes - before.outputBytes,
    viewBytes: after.viewBytes - before.viewBytes,
    entries: after.entries - before.entries,
    runs: after.runs - before.runs,
    walks: after.walks - before.walks,
  };
}

/** Maps and sets keep the order in which their keys came. */
function forgetOldest(kept: Map<string, unknown> | Set<number>, max: number): void {
  if (kept.size <= max) return;
  for (const key of kept.keys()) {
    if (kept instanceof Map) kept.delete(String(key));
    else kept.delete(Number(key));
    return;
  }
}

const SAMPLES = 64;
/** Of the linear congruential generator in Numerical Recipes. */
const MULTIPLIER = 1_664_525;
