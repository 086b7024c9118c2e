/** `mailward heuristics`: what counts as suspicious, and whether it is on. What it does is loaded when it is run. */
import type { CAC } from "cac";
import type { CliOptions } from "./arguments.ts";
import type { CliContext } from "./context.ts";

const FORMS = [
  "heuristics          list the heuristics and whether they are on",
  "heuristics NAME...  say what a heuristic finds, and which honest mail it may hit",
];

export function registerHeuristics(cli: CAC, context: CliContext): void {
  cli
    .command("heuristics [...names]", "List and explain what counts as suspicious")
    .usage(FORMS.join("\n"))
    .option("--json", "Print a JSON list")
    .example("mailward heuristics macro-autorun")
    .example("mailward config set heuristics.on macro,pdf-javascript")
    .example("mailward config set heuristics.off html-smuggling")
    .action(async (names: readonly string[], options: CliOptions) => {
      const { runHeuristics } = await import("./heuristics-actions.ts");
      return await runHeuristics(names, options, context);
    });
}
