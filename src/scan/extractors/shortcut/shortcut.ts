/** Looks into Windows shortcuts.
 *
 *  False positives: a shortcut to a document or program is odd in a mail and harmless. It counts when it makes a shell,
 *  script host or downloader do something, when what it starts is on a foreign host, or when a file is hidden behind it. */
import { fromLatin1 } from "../../../core/bytes.ts";
import type { Extractor } from "../extractor.ts";
import { SIGNS } from "../octet-survey.ts";
import { callsInterpreter, isForeignPath } from "../office/remote-target.ts";
import { isShortcut, readShortcut } from "./shortcut-file.ts";

export const shortcutExtractor: Extractor = {
  name: "lnk",
  mayMatch: (survey) => (survey & SIGNS.nul) !== 0,
  matches: ({ bytes }) => isShortcut(bytes),
  extract({ bytes }, sink) {
    const { text, targets, commandLine, overlay } = readShortcut(bytes);
    const runs = commandLine.trim() !== "" && [...targets, ` ${commandLine}`].some(callsInterpreter);
    const hasOverlay = overlay.length >= MIN_OVERLAY_BYTES && overlay.some((octet) => octet !== 0);
    if (runs || hasOverlay || targets.some(isForeignPath)) sink.heuristic("shortcut");
    // Spaces without end push the arguments out of sight.
    sink.entry("command line", fromLatin1(text.replaceAll(/\s{3,}/g, " ")));
    if (hasOverlay) sink.entry("appended", overlay);
  },
};

const MIN_OVERLAY_BYTES = 64;
