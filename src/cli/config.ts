/** `mailward config`: reads and changes the configuration. What it does is loaded when it is run. */
import type { CAC } from "cac";
import { UserError } from "../core/errors.ts";
import type { CliOptions } from "./arguments.ts";
import type { CliContext } from "./context.ts";
import { setHelpDetails } from "./help.ts";
import { chooseWord } from "./subcommand.ts";

const FORMS = [
  "config get KEY              print the value of a key, or of all keys of a section",
  "config set KEY VALUE...     write a value to the file; a list is replaced: commas or spaces between, [] for none",
  "config add KEY VALUE...     add entries to a list",
  "config remove KEY VALUE...  take entries out of a list",
  "config unset KEY            take a key out of the file: its default counts again",
  "config show                 print all values in force",
  "config path                 print the name of the file",
  "config validate [FILE]      check a file without using it",
];

const ACTIONS = ["get", "set", "add", "remove", "unset", "show", "path", "validate"] as const;

export function registerConfig(cli: CAC, context: CliContext): void {
  const command = cli
    .command("config [action] [...words]", "Read and change the configuration")
    .usage(FORMS.join("\n"))
    .option("--json", "Print JSON (get, show, validate)")
    .option("--origin", "Print where each value comes from (show)")
    .example("mailward config set scan.archiveSize 50MB")
    .example("mailward config add yara.rules ~/own.yar")
    .example("mailward config get listen.imap")
    .example("mailward config show --origin")
    .action(async (action: string | undefined, words: readonly string[], options: CliOptions) => {
      if (action === "edit") throw noEditor();
      const chosen = chooseWord("config", action, ACTIONS);
      const { runConfig } = await import("./config-actions.ts");
      return await runConfig(chosen, words, options, context);
    });
  setHelpDetails(command, async () => (await import("./config-keys.ts")).configKeysHelp());
}

/** What other programs have, and people try. */
function noEditor(): UserError {
  return new UserError('Cannot run "mailward config edit": there is no editor in it', {
    hint: "Edit the file that mailward config path names; mailward config validate checks it",
  });
}

export type ConfigAction = (typeof ACTIONS)[number];
