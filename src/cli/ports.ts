/** `mailward ports`: the servers' ports, by protocol. What it does is loaded when it is run. */
import type { CAC } from "cac";
import type { CliOptions } from "./arguments.ts";
import type { CliContext } from "./context.ts";
import { chooseWord } from "./subcommand.ts";

const FORMS = [
  "ports list [PROTOCOL]          print the ports",
  "ports add PROTOCOL PORT...     add ports; commas or spaces between",
  "ports remove PROTOCOL PORT...  take ports away",
];

const ACTIONS = ["list", "add", "remove"] as const;

export function registerPorts(cli: CAC, context: CliContext): void {
  cli
    .command("ports [action] [protocol] [...ports]", "List and change the ports of imap, imaps, pop3 and pop3s servers")
    .usage(FORMS.join("\n"))
    .option("--json", "Print JSON (list)")
    .example("mailward ports add imaps 9993")
    .example("mailward ports list --json")
    .action(
      async (
        action: string | undefined,
        protocol: string | undefined,
        ports: readonly string[],
        options: CliOptions,
      ) => {
        const chosen = chooseWord("ports", action, ACTIONS);
        const { runPorts } = await import("./ports-actions.ts");
        return await runPorts(chosen, protocol, ports, options, context);
      },
    );
}

export type PortsAction = (typeof ACTIONS)[number];
