/** Which build of the program this is. */
import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import { isSea } from "node:sea";
import { fileURLToPath } from "node:url";
import { version } from "../core/version.ts";
import { ASSETS } from "./assets.ts";
import { workerCode } from "./worker-code.ts";

/** A text that another build does not have, the files beside the program included. Undefined when the program runs from
 *  its sources: they change without notice. */
export function programIdentity(): string | undefined {
  if (workerCode().kind === "file") return undefined;
  const program = isSea() ? process.execPath : fileURLToPath(import.meta.url);
  const files = [program, ...Object.keys(ASSETS).map((name) => join(dirname(program), name))];
  return [version, ...files.map(fileIdentity)].join(" ");
}

function fileIdentity(path: string): string {
  const status = statSync(path, { throwIfNoEntry: false });
  return status === undefined ? "-" : `${status.size}:${status.mtimeMs}`;
}
