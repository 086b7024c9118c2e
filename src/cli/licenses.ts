/** `mailward licenses`: what the program contains of others, and under which terms. */
import type { CAC } from "cac";
import type { CliOptions } from "./arguments.ts";
import type { CliContext } from "./context.ts";

export function registerLicenses(cli: CAC, context: CliContext): void {
  cli
    .command("licenses", "Print the licences of everything that mailward contains")
    .option("--json", "Print a JSON list of names, versions and licences")
    .example("mailward licenses")
    .action(async (options: CliOptions) => {
      const { printLicenses } = await import("./licenses-actions.ts");
      return printLicenses(options.json === true, context);
    });
}
