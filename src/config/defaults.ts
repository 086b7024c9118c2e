/** The settings when nobody has said anything. */
import type { Settings } from "../core/settings.ts";
import { resolveLayers, toSettings } from "./resolve.ts";

export function defaultSettings(): Settings {
  return toSettings(resolveLayers([]).values);
}
