/** Files that run when they are opened: what a document has no reason to carry, whatever it calls them. */
import { identifyContent, isActive } from "../../engines/heuristics/identify-content.ts";
import { scriptFormat } from "../../engines/heuristics/script-format.ts";

/** Whether opening the file runs something: a program, a shortcut, an installer, a script. Text is a script when the name
 *  makes the system run it, or when it can be nothing else. */
export function isDangerousFile(bytes: Buffer, name: string): boolean {
  const identified = identifyContent(bytes);
  return identified === undefined ? scriptFormat(bytes, name) !== undefined : isActive(identified.family);
}
