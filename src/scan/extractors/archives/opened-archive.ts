/** What is told when something encrypted was opened with a word that the scanner had to guess. */
import type { ExtractorSink } from "../extractor.ts";
import { isDangerousFile } from "../ole/dangerous-file.ts";

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
  const runs = files.find(({ name, bytes }) => isDangerousFile(bytes, name));
  if (runs !== undefined) sink.heuristic("archive-password-in-text", runs.name);
}
