/** `mailward scan` as the command line knows it; what it does is loaded when it is run. */
import type { CAC } from "cac";
import type { CliOptions } from "./arguments.ts";
import type { CliContext } from "./context.ts";

export function registerScan(cli: CAC, context: CliContext): void {
  cli
    .command("scan [...paths]", "Scan saved mail: message files, mbox, Maildir, folders of these, - for standard input")
    .usage("scan PATH...")
    .option("--jsonl", "One JSON object a line: each message, then a summary")
    .option("-i, --infected", "Print only what was found")
    .option("--no-summary", "Leave out the summary")
    .option("--quiet", "Print nothing but errors")
    .option("-r, --recursive", "Accepted for clamscan's sake: directories are always searched through")
    .option("--no-cache", "Scan every message, also one that was scanned before")
    .option("--threads <count>", "Scan with so many threads (default: one for each core)")
    .example("mailward scan ~/Mail")
    .example("mailward scan --jsonl archive.mbox")
    .example("mailward scan - < message.eml")
    .action(async (paths: readonly string[], options: CliOptions) => {
      const { scan } = await import("./scan-command.ts");
      return await scan(paths, options, context);
    });
}
