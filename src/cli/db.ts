/** `mailward db`: the signatures that mail is scanned with. What it does is loaded when it is run. */
import type { CAC } from "cac";
import type { CliOptions } from "./arguments.ts";
import type { CliContext } from "./context.ts";
import { setHelpDetails } from "./help.ts";
import { chooseWord } from "./subcommand.ts";

const FORMS = [
  "db info [NAME...]          print the databases, what is in them, and whether a running mailward has them",
  "db add URL|FILE|FOLDER...  fetch a database now and with every update, or use one that is here",
  "db remove NAME...          take away what was added, by its name, address or path",
  "db update [NAME...]        fetch what has changed",
  "db test [FILE...]          load all databases, or these, and check that a test virus is found with them",
];

const ACTIONS = ["info", "add", "remove", "update", "test"] as const;

export function registerDb(cli: CAC, context: CliContext): void {
  const command = cli
    .command("db [action] [...words]", "Show, fetch and check the databases of signatures")
    .usage(FORMS.join("\n"))
    .option("--json", "Print JSON (info, update, test)")
    .option("--license <name>", "The database's licence: its name, or the address of its text (add)")
    .option("--name <name>", "What to call it, instead of the last word of its address (add)")
    .option("--sha256 <digest>", "Accept this version alone (add)")
    .option("--allow-http", "Fetch it unencrypted from an http address (add)")
    .option("--no-fetch", "Register the address and fetch nothing yet (add)")
    .example("mailward db add /var/lib/clamav")
    .example("mailward db add https://example.org/own.hdb --license MIT")
    .example("mailward db update && mailward db test")
    .action(async (action: string | undefined, words: readonly string[], options: CliOptions) => {
      const chosen = chooseWord("db", action, ACTIONS);
      const { runDb } = await import("./db-actions.ts");
      return await runDb(chosen, words, options, context);
    });
  setHelpDetails(command, async () => DETAILS);
}

export type DbAction = (typeof ACTIONS)[number];

const DETAILS = `About databases:
  No database comes with mailward: by itself it knows the EICAR test file and
  what its heuristics tell. Whoever makes a database says under which licence it
  may be used, and mailward shows what it was told (--license).
  ClamAV's databases are under the GPL, version 2. They are fetched by freshclam,
  of the package clamav-freshclam, and not by mailward: "mailward db add
  /var/lib/clamav" uses what freshclam keeps there.
  A running mailward takes up new databases by itself within seconds, and goes on
  with the old ones when the new ones can not be loaded.
`;
