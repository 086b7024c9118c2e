/** What is told when something encrypted was opened with a word that the scanner had to guess. */
import { extensionOf, nameFamily } from "../../engines/heuristics/file-extensions.ts";
import { identifyContent, isActive } from "../../engines/heuristics/identify-content.ts";
import type { ExtractorSink } from "../extractor.ts";

/** A password in the same mail as the archive keeps scanners out and no person: when what is inside also runs, it is
 *  suspicious. Honest senders write passwords into mails too, but then of documents and pictures. */
export function reportOpened(
  label: string,
  password: string,
  files: readonly { readonly name: string; readonly bytes: Buffer }[],
  sink: ExtractorSink,
): void {
  const isOfMessage = sink.isWordOfMessage(password);
  const source = isOfMessage ? "a word of the message" : "a word of the list";
  sink.remark("opened", label === "" ? `with ${source}` : `${label}: with ${source}`);
  if (!isOfMessage) return;
  const runs = files.find(isRunning);
  if (runs !== undefined) sink.heuristic("archive-password-in-text", runs.name);
}

/** Programs, installers, scripts and shortcuts, by content or by name, and disk images, which bring them past the marks
 *  that a system puts on what was downloaded. */
function isRunning({ name, bytes }: { readonly name: string; readonly bytes: Buffer }): boolean {
  const family = identifyContent(bytes)?.family;
  if (family !== undefined && (isActive(family) || family === "disk-image")) return true;
  const named = nameFamily(extensionOf(name));
  return named === "executable" || named === "script" || named === "shortcut";
}
