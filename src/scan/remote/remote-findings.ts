/** What one engine in another program has said of one message: bounded, made safe, without repetitions. */

import type { Detection, DetectionKind, Reason } from "../../core/model.ts";
import { sanitize } from "../../core/sanitize.ts";
import { remoteLimits } from "../../core/scan-limits.ts";
import type { RemotePlace, RemoteSink } from "./remote-engine.ts";

export class RemoteFindings implements RemoteSink {
  readonly #engine: string;
  readonly #detections: Detection[] = [];
  readonly #reasons: Reason[] = [];
  readonly #known = new Set<string>();

  constructor(engine: string) {
    this.#engine = engine;
  }

  detection(places: readonly RemotePlace[], name: string, kind: DetectionKind): void {
    const safeName = sanitize(name.trim(), remoteLimits.nameCharacters) || "unnamed";
    for (const { part, path } of places) {
      if (!this.#isNew(["detection", safeName, part, ...path])) continue;
      this.#detections.push({ name: safeName, kind, engine: this.#engine, part, path });
    }
  }

  incomplete(places: readonly RemotePlace[], detail: string): void {
    for (const { part } of places) {
      const text = `${this.#engine}: ${sanitize(detail, remoteLimits.nameCharacters)}`;
      if (this.#isNew(["reason", part, text])) this.#reasons.push({ code: "engine", part, detail: text });
    }
  }

  /** Leaves out of the message as a whole what is also found in a part, which says more. */
  get detections(): readonly Detection[] {
    const inParts = new Set(this.#detections.filter(({ part }) => part !== "").map(({ name }) => name));
    return this.#detections.filter(({ part, name }) => part !== "" || !inParts.has(name));
  }

  get reasons(): readonly Reason[] {
    return this.#reasons;
  }

  #isNew(words: readonly string[]): boolean {
    const key = words.join("\n");
    if (this.#known.has(key)) return false;
    this.#known.add(key);
    if (this.#detections.length + this.#reasons.length < remoteLimits.detections) return true;
    if (this.#reasons.at(-1)?.code !== "limit-detections") {
      const detail = `${this.#engine}: there are more findings than are listed`;
      this.#reasons.push({ code: "limit-detections", part: "", detail });
    }
    return false;
  }
}
