/** What engines in other programs found in a message when it was judged: the rewrite of the message is told, because a
 *  scan thread alone would not find it again. */

import type { Detection, DetectionKind, Verdict } from "../../core/model.ts";
import { remoteLimits } from "../../core/scan-limits.ts";
import { REMOTE_ENGINE_NAMES } from "./remote-engine-names.ts";

export interface KnownFindings {
  readonly detections: readonly Detection[];
  /** Engines that did not look at everything, YARA included: their silence says nothing. */
  readonly incomplete: readonly string[];
}

export const NOTHING_KNOWN: KnownFindings = { detections: [], incomplete: [] };

/** What of a verdict the rewrite has to be told; bounded, for it travels in one frame. */
export function knownFindings({ detections, reasons }: Verdict): KnownFindings {
  const engines: ReadonlySet<string> = new Set([...REMOTE_ENGINE_NAMES, YARA]);
  const incomplete = new Set<string>();
  for (const { code, detail } of reasons) {
    const name = code === "engine" || code === "limit-detections" ? (detail.split(":", 1)[0] ?? "") : "";
    if (engines.has(name)) incomplete.add(name);
  }
  const known = detections.filter(({ engine }) => isRemote(engine)).slice(0, remoteLimits.knownDetections);
  return { detections: known.map(shortened), incomplete: [...incomplete] };
}

/** Undefined when anything is wrong. */
export function parseKnownFindings(value: unknown): KnownFindings | undefined {
  if (value === undefined) return NOTHING_KNOWN;
  const { detections, incomplete } = record(value);
  if (!isTexts(incomplete, remoteLimits.knownDetections) || !Array.isArray(detections)) return undefined;
  if (detections.length > remoteLimits.knownDetections) return undefined;
  const parsed: Detection[] = [];
  for (const detection of detections) {
    const { name, kind, engine, part, path } = record(detection);
    if (!isText(name) || !isKind(kind) || !isText(engine) || !isText(part)) return undefined;
    if (!isTexts(path, remoteLimits.knownPathNames)) return undefined;
    parsed.push({ name, kind, engine, part, path });
  }
  return { detections: parsed, incomplete };
}

/** Whether an engine of that name is in another program. */
export function isRemote(engine: string): boolean {
  return REMOTE_ENGINE_NAMES.some((name) => name === engine);
}

function shortened({ name, kind, engine, part, path }: Detection): Detection {
  const { nameCharacters, knownPathNames, knownPathCharacters } = remoteLimits;
  const names = path.slice(-knownPathNames).map((text) => text.slice(0, knownPathCharacters));
  return { name: name.slice(0, nameCharacters), kind, engine, part: part.slice(0, nameCharacters), path: names };
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length <= remoteLimits.nameCharacters;
}

function isTexts(value: unknown, maxLength: number): value is readonly string[] {
  return Array.isArray(value) && value.length <= maxLength && value.every(isText);
}

function isKind(value: unknown): value is DetectionKind {
  return value === "malware" || value === "heuristic" || value === "policy";
}

const YARA = "yara";
