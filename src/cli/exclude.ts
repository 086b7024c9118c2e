/** `mailward exclude`: servers whose mail is relayed unscanned. What it does is loaded when it is run. */
import type { CAC } from "cac";
import type { CliOptions } from "./arguments.ts";
import type { CliContext } from "./context.ts";
import { chooseWord } from "./subcommand.ts";

const FORMS = [
  "exclude list                     print all rules",
  "exclude ip|host list             print the rules of one kind",
  "exclude ip add|remove RULE...    an address, a range A-B, or a network A/24, A/255.255.255.0, 2001:db8::1/64",
  "exclude host add|remove RULE...  a host name or a glob: mail.example.org, '*.example.org'",
];

export function registerExclude(cli: CAC, context: CliContext): void {
  cli
    .command("exclude [kind] [action] [...rules]", "List and change the servers whose mail is relayed unscanned")
    .usage(FORMS.join("\n"))
    .option("--json", "Print JSON (list)")
    .example("mailward exclude ip add 192.168.1.0/24")
    .example("mailward exclude host add '*.example.org'")
    .example("mailward exclude list --json")
    .action(
      async (kindWord: string | undefined, word: string | undefined, rules: readonly string[], options: CliOptions) => {
        const kind = chooseWord("exclude", kindWord, ["ip", "host", "list"]);
        const { listAll, runExclude } = await import("./exclude-actions.ts");
        if (kind === "list") return await listAll([...(word === undefined ? [] : [word]), ...rules], options, context);
        const action = chooseWord(`exclude ${kind}`, word, ["list", "add", "remove"]);
        return await runExclude(kind, action, rules, options, context);
      },
    );
}
