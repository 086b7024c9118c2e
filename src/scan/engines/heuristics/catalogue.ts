/** Every heuristic: what it means, and whether it is on when the user says nothing. */
import { HEURISTIC_NAMES, type HeuristicName } from "../../../core/heuristics.ts";
import type { Detection } from "../../../core/model.ts";
import type { EngineSettings } from "../../../core/settings.ts";

/** What a detection by the heuristic is called. */
export function heuristicFinding(heuristic: HeuristicName): Pick<Detection, "name" | "kind" | "engine"> {
  return { name: `Heuristics.${heuristic}`, kind: "heuristic", engine: "heuristics" };
}

/** Which heuristics are on under the user's settings. */
export function heuristicPolicy(settings: EngineSettings["heuristics"]): (heuristic: HeuristicName) => boolean {
  const isOn = (name: HeuristicName): boolean => {
    if (!settings.isOn || settings.off.includes(name)) return false;
    return settings.on.includes(name) || !OFF_BY_DEFAULT.has(name);
  };
  const on = new Set(HEURISTIC_NAMES.filter(isOn));
  return (heuristic) => on.has(heuristic);
}

const OFF_BY_DEFAULT: ReadonlySet<HeuristicName> = new Set([
  "executable",
  "script",
  "installer",
  "type-mismatch",
  "macro",
  "macro-xl4",
  "pdf-javascript",
  "disk-image",
  "svg-script",
  "display-name",
]);
