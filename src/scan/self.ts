/** How this program starts itself again: as the scan service, or as a daemon. */
import { isSea } from "node:sea";
import { fileURLToPath } from "node:url";
import { workerCode } from "./worker-code.ts";

export interface SelfCommand {
  readonly command: string;
  /** What comes before the subcommand. */
  readonly args: readonly string[];
}

/** The single executable is its own command; anything else is Node with the entry file. */
export function selfCommand(): SelfCommand {
  if (isSea()) return { command: process.execPath, args: [] };
  return { command: process.execPath, args: [fileURLToPath(entryUrl())] };
}

/** In the bundle this module and the entry are the same file. */
function entryUrl(): URL {
  return workerCode().kind === "source" ? new URL(import.meta.url) : new URL("../main.ts", import.meta.url);
}
