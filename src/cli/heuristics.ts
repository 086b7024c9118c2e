/** `mailward heuristics`: what counts as suspicious, and whether it is on. What it does is loaded when it is run. */
import type { CAC } from "cac";
import type { CliOptions } from "./arguments.ts";
import type { CliContext } from "./context.ts";

const FORMS = [
  "heuristics [list]          list the heuristics and whether they are on",
  "heuristics NAME...         say what a heuristic finds, and which honest mail it may hit",
  "heuristics on|off NAME...  switch heuristics on or off, and leave the others as they are",
];

export function registerHeuristics(cli: CAC, context: CliContext): void {
  cli
    .command("heuristics [...words]", "List, explain and switch what counts as suspicious")
    .usage(FORMS.join("\n"))
    .option("--json", "Print a JSON list (list, NAME)")
    .example("mailward heuristics macro-autorun")
    .example("mailward heuristics on macro pdf-javascript")
    .example("mailward heuristics off html-smuggling")
    .action(async (words: readonly string[], options: CliOptions) => {
      const { listHeuristics, switchHeuristics } = await import("./heuristics-actions.ts");
      const [first, ...names] = words;
      if (first === "on" || first === "off") return await switchHeuristics(first, names, options, context);
      return await listHeuristics(first === "list" ? names : words, options, context);
    });
}
