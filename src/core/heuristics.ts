/** The names of all heuristics; what each means and whether it is on by default stands with the engine. */

export const HEURISTIC_NAMES = [
  "executable",
  "script",
  "installer",
  "disguised-executable",
  "double-extension",
  "rtlo-name",
  "type-mismatch",
  "macro",
  "macro-autorun",
  "macro-xl4",
  "external-template",
  "embedded-executable",
  "dde",
  "equation-editor",
  "shortcut",
  "disk-image",
  "onenote-dropper",
  "html-smuggling",
  "svg-script",
  "pdf-launch",
  "pdf-javascript",
  "pdf-embedded-executable",
  "archive-password-in-text",
  "display-name",
] as const;

export type HeuristicName = (typeof HEURISTIC_NAMES)[number];
