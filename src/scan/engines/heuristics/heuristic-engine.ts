/** The engine that judges what content is and under what name it comes; none of its findings rests on a name alone. */
import type { HeuristicName } from "../../../core/heuristics.ts";
import type { Content, Engine, EngineFinding } from "../../engine.ts";
import { type ActiveContent, identifyActive } from "./active-content.ts";
import { heuristicFinding } from "./catalogue.ts";
import { hasImitatedSender } from "./display-name.ts";
import { extensionOf, nameFamily } from "./file-extensions.ts";
import { identifyContent } from "./identify-content.ts";
import { hasBidiOverride, hasDoubleExtension } from "./misleading-name.ts";
import { isPromisedHarmless, isTypeMismatch } from "./promised-type.ts";

/** `isOn` is asked once for every heuristic. */
export function createHeuristicEngine(isOn: (heuristic: HeuristicName) => boolean): Engine {
  const findings = new Map<HeuristicName, EngineFinding>();
  const report = (heuristic: HeuristicName): readonly EngineFinding[] => {
    if (!isOn(heuristic)) return NOTHING;
    const known = findings.get(heuristic);
    if (known !== undefined) return [known];
    const { name, kind } = heuristicFinding(heuristic);
    findings.set(heuristic, { name, kind });
    return [{ name, kind }];
  };
  const isDisplayNameOn = isOn("display-name");
  const seeksScripts = isOn("script");
  return {
    name: "heuristics",
    inspect(content) {
      switch (content.origin) {
        case "header":
          return isDisplayNameOn && hasImitatedSender(content.bytes) ? report("display-name") : NOTHING;
        case "text":
        case "decoded":
        case "entry":
          return inspectFile(content, seeksScripts).flatMap(report);
        case "message":
        case "quoted":
        case "encoded":
        case "drawn":
          // What they hold comes again, decoded, or is no file.
          return NOTHING;
        default:
          return content.origin satisfies never;
      }
    },
  };
}

/** The heuristics that hold for a file, or for text that may be one. */
function inspectFile(content: Content, seeksScripts: boolean): HeuristicName[] {
  const identified = identifyContent(content.bytes);
  const active = identifyActive(content, identified, seeksScripts);
  if (active === undefined)
    return identified !== undefined && isTypeMismatch(content, identified) ? ["type-mismatch"] : [];
  const found: HeuristicName[] = [active.family];
  if (active.isInstaller) found.push("installer");
  if (isPromisedHarmless(content, active)) found.push("disguised-executable", "type-mismatch");
  if (content.isOnDiskImage === true) found.push("disk-image");
  if (content.container === "onenote") found.push("onenote-dropper");
  if (isMisleading(content, active, hasDoubleExtension)) found.push("double-extension");
  if (isMisleading(content, active, hasBidiOverride)) found.push("rtlo-name");
  return found;
}

/** Whether the name hides what the system does with the file; a name that it does nothing with hides nothing. */
function isMisleading({ name }: Content, active: ActiveContent, isTrick: (name: string) => boolean): boolean {
  if (name === "" || !isTrick(name)) return false;
  const family = nameFamily(extensionOf(name));
  return active.family !== "script" || family === "script" || family === "executable";
}

const NOTHING: readonly EngineFinding[] = [];
